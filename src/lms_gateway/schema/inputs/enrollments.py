"""Inputs that describe enrollments."""

from uuid import UUID

import strawberry

from lms_gateway.domain.commands import DeleteMode
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.schema.inputs.references import SectionRef, UserRef
from lms_gateway.schema.inputs.sections import IDEMPOTENCY
from lms_gateway.schema.mutations.input_values import option_field, optional_field

strawberry.enum(
    DeleteMode,
    name="EnrollmentEnd",
    description="How an enrollment ends. Schoology can only delete.",
)


@strawberry.input(description="What only Canvas takes for an enrollment.")
class CanvasEnrollmentInput:
    role_id: strawberry.ID | None = optional_field("A course role that the school made.")
    limit_privileges_to_course_section: bool | None = optional_field(
        "Let them see only their own section's people."
    )
    associated_user_id: strawberry.ID | None = optional_field(
        "Whom an observer observes: the vendor's id."
    )
    notify: bool | None = option_field("Write to them.")


@strawberry.input(description="A person to enrol.")
class NewEnrollment:
    section: SectionRef = strawberry.field(description="Where.")
    user: UserRef = strawberry.field(description="Who.")
    role: Role = strawberry.field(
        description="As what. Schoology tells only teachers and students apart."
    )
    state: EnrollmentState | None = optional_field("How far; the vendor's default if left out.")
    canvas: CanvasEnrollmentInput | None = optional_field("What only Canvas takes.")


@strawberry.input(description="A person to enrol.")
class EnrollUserInput(NewEnrollment):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="People to enrol, at most 500.")
class EnrollUsersInput:
    enrollments: list[NewEnrollment] = strawberry.field(description="The people, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="The viewer enrols with a section's access code (Schoology only).")
class RedeemAccessCodeInput:
    section: SectionRef = strawberry.field(description="Where.")
    access_code: str = strawberry.field(description="The section's access code.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for an enrollment; what is left out stays.")
class UpdateEnrollmentInput:
    enrollment: strawberry.ID = strawberry.field(description="The Enrollment's `id`.")
    role: Role | None = optional_field("As what (Schoology only).")
    state: EnrollmentState | None = optional_field(
        "How far. Canvas can make an enrollment ACTIVE, INACTIVE or COMPLETED."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An enrollment to end.")
class UnenrollUserInput:
    enrollment: strawberry.ID = strawberry.field(description="The Enrollment's `id`.")
    how: DeleteMode = strawberry.field(
        default=DeleteMode.DELETE, description="How it ends. Schoology can only delete."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
