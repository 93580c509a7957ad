"""Filters and orders that only Canvas has."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.loads import Arguments
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import Context, unset_to_none
from lms_gateway.schema.inputs.references import key_from_global_id


@strawberry.enum(description="A role, in Canvas's short words.")
class CanvasEnrollmentType(Enum):
    TEACHER = "teacher"
    STUDENT = "student"
    TA = "ta"
    OBSERVER = "observer"
    DESIGNER = "designer"


@strawberry.enum(description="How far the viewer's enrollment in a course is.")
class CanvasEnrollmentState(Enum):
    ACTIVE = "active"
    INVITED_OR_PENDING = "invited_or_pending"
    COMPLETED = "completed"


@strawberry.enum(description="What an account's courses are sorted by.")
class CanvasCourseSort(Enum):
    COURSE_STATUS = "course_status"
    COURSE_NAME = "course_name"
    SIS_COURSE_ID = "sis_course_id"
    TEACHER = "teacher"
    ACCOUNT_NAME = "account_name"


@strawberry.enum(description="A direction to sort in.")
class CanvasOrder(Enum):
    ASC = "asc"
    DESC = "desc"


@strawberry.enum(description="What a course search looks at.")
class CanvasSearchBy(Enum):
    COURSE = "course"
    TEACHER = "teacher"


@strawberry.enum(description="What a course's users are sorted by.")
class CanvasUserSort(Enum):
    USERNAME = "username"
    LAST_LOGIN = "last_login"
    EMAIL = "email"
    SIS_ID = "sis_id"


def filter_field(description: str) -> Any:
    """A filter's field: what is left out does not narrow."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What only Canvas can narrow or sort an account's courses by.")
class CanvasCoursesFilter:
    with_enrollments: bool | None = filter_field("True: with people in them; false: without.")
    published: bool | None = filter_field("True: published ones; false: the others.")
    completed: bool | None = filter_field("True: concluded ones; false: the others.")
    blueprint: bool | None = filter_field("True: blueprint courses; false: the others.")
    blueprint_associated: bool | None = filter_field(
        "True: those that follow a blueprint; false: none."
    )
    public: bool | None = filter_field("True: public ones; false: the others.")
    enrollment_type: list[CanvasEnrollmentType] | None = filter_field(
        "With somebody in such a role."
    )
    by_subaccounts: list[strawberry.ID] | None = filter_field("Of these accounts: Accounts' `id`s.")
    hide_enrollmentless_courses: bool | None = filter_field("True: only with people in them.")
    homeroom: bool | None = filter_field("True: homerooms only.")
    starts_before: date | None = filter_field("Starting before that day.")
    ends_after: date | None = filter_field("Ending after that day.")
    search_by: CanvasSearchBy | None = filter_field("What `search` looks at; COURSE if left out.")
    sort: CanvasCourseSort | None = filter_field("What to sort by.")
    order: CanvasOrder | None = filter_field("In which direction; needs `sort`.")

    def to_arguments(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _to_arguments(self, context, source)


@strawberry.input(description="What only Canvas can narrow a user's courses by.")
class CanvasUserCoursesFilter:
    enrollment_type: CanvasEnrollmentType | None = filter_field("In which the user has that role.")
    enrollment_role_id: strawberry.ID | None = filter_field(
        "In which the user has that course role."
    )
    enrollment_state: CanvasEnrollmentState | None = filter_field("In which the user is so far.")
    exclude_blueprint_courses: bool | None = filter_field("True: no blueprint courses.")
    homeroom: bool | None = filter_field("True: homerooms only.")
    account: strawberry.ID | None = filter_field("Of this account: an Account's `id`.")

    def to_arguments(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _to_arguments(self, context, source)


@strawberry.input(description="What only Canvas can narrow or sort a course's users by.")
class CanvasMembersFilter:
    sort: CanvasUserSort | None = filter_field("What to sort by.")
    enrollment_role_id: strawberry.ID | None = filter_field("In this course role.")
    user: strawberry.ID | None = filter_field("The page that this user is on: a User's `id`.")

    def to_arguments(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _to_arguments(self, context, source)


_ID_FIELDS = {
    "by_subaccounts": ("by_subaccounts", Kind.ACCOUNT),
    "account": ("account_id", Kind.ACCOUNT),
    "user": ("user_id", Kind.USER),
}
"""Fields that hold global ids: Canvas's name, and what they must name."""


def _to_arguments(filter: object, context: Context, source: object) -> Arguments:
    arguments: list[tuple[str, Any]] = []
    for name, value in vars(filter).items():
        if unset_to_none(value) is None:
            continue
        if name in _ID_FIELDS:
            canvas_name, kind = _ID_FIELDS[name]
            is_list = isinstance(value, list)
            ids = tuple(
                key_from_global_id(context, source, kind, id)
                for id in (value if is_list else [value])
            )
            arguments.append((canvas_name, ids if is_list else ids[0]))
        elif isinstance(value, list):
            arguments.append((name, tuple(item.value for item in value)))
        elif isinstance(value, Enum):
            arguments.append((name, value.value))
        else:
            arguments.append((name, value.isoformat() if isinstance(value, date) else value))
    return tuple(arguments)
