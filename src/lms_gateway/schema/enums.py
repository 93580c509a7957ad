"""The domain's enums, registered as GraphQL enums with the same names."""

from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.commands import CommandStatus, CourseEvent, DeleteMode
from lms_gateway.domain.models import AccountKind, CourseState, Day, EnrollmentState, ProgressState, Role
from lms_gateway.domain.record import Vendor


def _register(enum: type[Enum], description: str, /, *, name: str | None = None, **values: str) -> None:
    """Register an enum. `values` are the descriptions of its values."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum
    for value in definition.__strawberry_definition__.values:
        value.description = values[value.name]


_register(
    Vendor,
    "The learning platform of a tenant.",
    CANVAS="Canvas by Instructure.",
    SCHOOLOGY="Schoology by PowerSchool.",
)
_register(
    Role,
    "Role of a person in a section. Schoology distinguishes only teachers and students.",
    STUDENT="A student.",
    TEACHER="A teacher; at Schoology, an administrator of the section.",
    TA="A teaching assistant.",
    OBSERVER="An observer, such as a parent.",
    DESIGNER="A course designer.",
    STUDENT_VIEW="The course's test student.",
)
_register(
    EnrollmentState,
    "State of an enrollment.",
    ACTIVE="The enrollment is active.",
    INVITED="The person is invited and has not accepted yet.",
    REQUESTED="The person asked to be enrolled.",
    INACTIVE="The enrollment is deactivated.",
    COMPLETED="The enrollment is concluded.",
    ARCHIVED="The enrollment is archived, as its section.",
    REJECTED="The person rejected the invitation.",
    DELETED="The enrollment is deleted.",
)
_register(
    CourseState,
    "Publication state of a course.",
    UNPUBLISHED="Students cannot see the course.",
    AVAILABLE="The course is published.",
    COMPLETED="The course is concluded: it is read-only.",
    DELETED="The course is deleted.",
)
_register(
    ProgressState,
    "State of a vendor's job.",
    QUEUED="The job has not started.",
    RUNNING="The job is running.",
    COMPLETED="The job has succeeded.",
    FAILED="The job has failed.",
)
_register(
    AccountKind,
    "Position of an account in its vendor's hierarchy.",
    ROOT="The root account of Canvas.",
    SUB_ACCOUNT="An account of Canvas below another account.",
    SCHOOL="A school of Schoology.",
    BUILDING="A building of a Schoology school.",
)
_register(Day, "A day of the week.", **{day.value: f"{day.value.title()}." for day in Day})
_register(
    CommandStatus,
    "Outcome of one item of a bulk mutation.",
    CONFIRMED="The vendor confirmed the change.",
    ACCEPTED="The vendor accepted the change as a job.",
    REFUSED="The change was not made.",
    UNKNOWN="The change was sent and no usable reply was received.",
    name="RowStatus",
)
_register(
    DeleteMode,
    "What happens to the enrollment. Schoology supports only DELETE.",
    DELETE="The enrollment is deleted.",
    CONCLUDE="The enrollment becomes COMPLETED.",
    DEACTIVATE="The enrollment becomes INACTIVE.",
    name="EnrollmentEnd",
)
_register(
    CourseEvent,
    "Event that changes the state of courses.",
    OFFER="Publish the courses.",
    CONCLUDE="Conclude the courses.",
    DELETE="Delete the courses.",
    UNDELETE="Restore deleted courses.",
)
