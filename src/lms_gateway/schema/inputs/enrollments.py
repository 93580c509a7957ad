"""Inputs of mutations of enrollments."""

import strawberry

from lms_gateway.domain.commands import DeleteMode
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.schema.inputs.fields import (
    LIMITED,
    canvas_block,
    limited,
    mutation_input,
    option,
    optional,
    required,
)
from lms_gateway.schema.inputs.references import SectionRef, UserRef


@strawberry.input(description="Values of an enrollment that only Canvas supports.")
class CanvasEnrollmentInput:
    role_id: strawberry.ID | None = optional("A custom course role.")
    limit_privileges_to_course_section: bool | None = optional("Show only the own section's members.")
    associated_user_id: strawberry.ID | None = optional("Vendor id of the observed user.")
    notify: bool | None = option("Notify the user by e-mail.")


@strawberry.input(description="A user to enroll.")
class NewEnrollment:
    section: SectionRef = required("The section.")
    user: UserRef = required("The user.")
    role: Role = required("Role. Schoology supports only TEACHER and STUDENT.")
    state: EnrollmentState | None = optional("Enrollment state; the vendor's default if omitted.")
    canvas: CanvasEnrollmentInput | None = canvas_block("enrollment")


@mutation_input("A user to enroll.")
class EnrollUserInput(NewEnrollment):
    pass


@mutation_input("Users to enroll, at most 500.")
class EnrollUsersInput:
    enrollments: list[NewEnrollment] = required("The users, in order.")


@mutation_input("A section's access code with which the viewer enrolls (Schoology only).")
class RedeemAccessCodeInput:
    section: SectionRef = required("The section.")
    access_code: str = required("The section's access code.")


@mutation_input("New values of an enrollment. Omitted fields do not change.")
class UpdateEnrollmentInput:
    enrollment: strawberry.ID = required("The Enrollment's `id`.")
    role: Role | None = limited("Role (Schoology only).")
    state: EnrollmentState | None = limited("State. Canvas supports ACTIVE, INACTIVE and COMPLETED.")


@mutation_input("An enrollment to end.")
class UnenrollUserInput:
    enrollment: strawberry.ID = required("The Enrollment's `id`.")
    how: DeleteMode = strawberry.field(
        default=DeleteMode.DELETE,
        metadata={LIMITED: True},
        description="What happens to the enrollment. Schoology supports only DELETE.",
    )
