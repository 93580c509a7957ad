"""Inputs of mutations of enrollments."""

from uuid import UUID

import strawberry

from lms_gateway.domain.commands import DeleteMode
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.schema.inputs.fields import (
    IDEMPOTENCY,
    LIMITED,
    canvas_block,
    limited_field,
    option_field,
    optional_field,
    required_field,
)
from lms_gateway.schema.inputs.references import SectionRef, UserRef


@strawberry.input(description="Values of an enrollment that only Canvas supports.")
class CanvasEnrollmentInput:
    role_id: strawberry.ID | None = optional_field("A custom course role.")
    limit_privileges_to_course_section: bool | None = optional_field(
        "Restrict the user to the members of the own section."
    )
    associated_user_id: strawberry.ID | None = optional_field(
        "Vendor id of the user whom an observer observes."
    )
    notify: bool | None = option_field("Notify the user by e-mail.")


@strawberry.input(description="A user to enroll.")
class NewEnrollment:
    section: SectionRef = required_field("The section.")
    user: UserRef = required_field("The user.")
    role: Role = required_field("Role. Schoology supports only TEACHER and STUDENT.")
    state: EnrollmentState | None = optional_field(
        "Enrollment state; the vendor's default if omitted."
    )
    canvas: CanvasEnrollmentInput | None = canvas_block("enrollment")


@strawberry.input(description="A user to enroll.")
class EnrollUserInput(NewEnrollment):
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Users to enroll, at most 500.")
class EnrollUsersInput:
    enrollments: list[NewEnrollment] = required_field("The users, in order.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(
    description="A section's access code with which the viewer enrolls (Schoology only)."
)
class RedeemAccessCodeInput:
    section: SectionRef = required_field("The section.")
    access_code: str = required_field("The section's access code.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values of an enrollment. Omitted fields do not change.")
class UpdateEnrollmentInput:
    enrollment: strawberry.ID = required_field("The Enrollment's `id`.")
    role: Role | None = limited_field("Role (Schoology only).")
    state: EnrollmentState | None = limited_field(
        "Enrollment state. Canvas supports ACTIVE, INACTIVE and COMPLETED."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An enrollment to end.")
class UnenrollUserInput:
    enrollment: strawberry.ID = required_field("The Enrollment's `id`.")
    how: DeleteMode = strawberry.field(
        default=DeleteMode.DELETE,
        metadata={LIMITED: True},
        description="What happens to the enrollment. Schoology supports only DELETE.",
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
