"""Filters and orders that only Canvas has."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry

from lms_gateway.domain.asks import Arguments
from lms_gateway.domain.records import Kind
from lms_gateway.schema.context import Context, given
from lms_gateway.schema.references import key_of


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


def choice(description: str) -> Any:
    """A filter's field: what is left out does not narrow."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What only Canvas can narrow or sort an account's courses by.")
class CanvasCoursesFilter:
    with_enrollments: bool | None = choice("True: with people in them; false: without.")
    published: bool | None = choice("True: published ones; false: the others.")
    completed: bool | None = choice("True: concluded ones; false: the others.")
    blueprint: bool | None = choice("True: blueprint courses; false: the others.")
    blueprint_associated: bool | None = choice("True: those that follow a blueprint; false: none.")
    public: bool | None = choice("True: public ones; false: the others.")
    enrollment_type: list[CanvasEnrollmentType] | None = choice("With somebody in such a role.")
    by_subaccounts: list[strawberry.ID] | None = choice("Of these accounts: Accounts' `id`s.")
    hide_enrollmentless_courses: bool | None = choice("True: only with people in them.")
    homeroom: bool | None = choice("True: homerooms only.")
    starts_before: date | None = choice("Starting before that day.")
    ends_after: date | None = choice("Ending after that day.")
    search_by: CanvasSearchBy | None = choice("What `search` looks at; COURSE if left out.")
    sort: CanvasCourseSort | None = choice("What to sort by.")
    order: CanvasOrder | None = choice("In which direction; needs `sort`.")

    def narrow(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _arguments(self, context, source)


@strawberry.input(description="What only Canvas can narrow a user's courses by.")
class CanvasUserCoursesFilter:
    enrollment_type: CanvasEnrollmentType | None = choice("In which the user has that role.")
    enrollment_role_id: strawberry.ID | None = choice("In which the user has that course role.")
    enrollment_state: CanvasEnrollmentState | None = choice("In which the user is so far.")
    exclude_blueprint_courses: bool | None = choice("True: no blueprint courses.")
    homeroom: bool | None = choice("True: homerooms only.")
    account: strawberry.ID | None = choice("Of this account: an Account's `id`.")

    def narrow(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _arguments(self, context, source)


@strawberry.input(description="What only Canvas can narrow or sort a course's users by.")
class CanvasMembersFilter:
    sort: CanvasUserSort | None = choice("What to sort by.")
    enrollment_role_id: strawberry.ID | None = choice("In this course role.")
    user: strawberry.ID | None = choice("The page that this user is on: a User's `id`.")

    def narrow(self, context: Context, source: object) -> Arguments:
        """The filter under Canvas's names. Raises BadInput, TenantForbidden for a foreign id."""
        return _arguments(self, context, source)


_IDS = {
    "by_subaccounts": ("by_subaccounts", Kind.ACCOUNT),
    "account": ("account_id", Kind.ACCOUNT),
    "user": ("user_id", Kind.USER),
}
"""Fields that hold global ids: Canvas's name, and what they must name."""


def _arguments(filter: object, context: Context, source: object) -> Arguments:
    told: list[tuple[str, Any]] = []
    for name, value in vars(filter).items():
        if given(value) is None:
            continue
        if name in _IDS:
            renamed, kind = _IDS[name]
            several = isinstance(value, list)
            ids = tuple(key_of(context, source, kind, id) for id in (value if several else [value]))
            told.append((renamed, ids if several else ids[0]))
        elif isinstance(value, list):
            told.append((name, tuple(one.value for one in value)))
        elif isinstance(value, Enum):
            told.append((name, value.value))
        else:
            told.append((name, value.isoformat() if isinstance(value, date) else value))
    return tuple(told)
