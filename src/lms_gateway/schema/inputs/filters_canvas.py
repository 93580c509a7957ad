"""Filters and orders of lists that only Canvas supports."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry
from strawberry import enum_value

from lms_gateway.domain.loads import Arguments
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import Context, unset_to_none
from lms_gateway.schema.inputs.references import key_from_global_id


@strawberry.enum(description="A role in a course.")
class CanvasEnrollmentType(Enum):
    TEACHER = enum_value("teacher", description="A teacher.")
    STUDENT = enum_value("student", description="A student.")
    TA = enum_value("ta", description="A teaching assistant.")
    OBSERVER = enum_value("observer", description="An observer of a student.")
    DESIGNER = enum_value("designer", description="A designer.")


@strawberry.enum(description="The state of a user's enrollment in a course.")
class CanvasEnrollmentState(Enum):
    ACTIVE = enum_value("active", description="The enrollment is active.")
    INVITED_OR_PENDING = enum_value(
        "invited_or_pending", description="The user is invited or the enrollment is pending."
    )
    COMPLETED = enum_value("completed", description="The enrollment is concluded.")


@strawberry.enum(description="Sort key of an account's courses.")
class CanvasCourseSort(Enum):
    COURSE_STATUS = enum_value("course_status", description="By publication state.")
    COURSE_NAME = enum_value("course_name", description="By name.")
    SIS_COURSE_ID = enum_value("sis_course_id", description="By SIS id.")
    TEACHER = enum_value("teacher", description="By the teacher's name.")
    ACCOUNT_NAME = enum_value("account_name", description="By the account's name.")


@strawberry.enum(description="Sort direction.")
class CanvasOrder(Enum):
    ASC = enum_value("asc", description="Ascending.")
    DESC = enum_value("desc", description="Descending.")


@strawberry.enum(description="What a search among courses compares.")
class CanvasSearchBy(Enum):
    COURSE = enum_value("course", description="Names, codes and SIS ids of courses.")
    TEACHER = enum_value("teacher", description="Names of teachers.")


@strawberry.enum(description="Sort key of a course's users.")
class CanvasUserSort(Enum):
    USERNAME = enum_value("username", description="By name.")
    LAST_LOGIN = enum_value("last_login", description="By last sign-in.")
    EMAIL = enum_value("email", description="By e-mail address.")
    SIS_ID = enum_value("sis_id", description="By SIS id.")


def filter_field(description: str) -> Any:
    """Return a field of a filter; if omitted, it does not restrict the list."""
    return strawberry.field(default=strawberry.UNSET, description=description)


class _CanvasFilter:
    def to_arguments(self, context: Context, source: object) -> Arguments:
        """Return the filter with Canvas's names. Raises BadInput, TenantForbidden."""
        return _to_arguments(self, context, source)


@strawberry.input(description="Filters and order of an account's courses that only Canvas has.")
class CanvasCoursesFilter(_CanvasFilter):
    with_enrollments: bool | None = filter_field("True: with enrollments; false: without.")
    published: bool | None = filter_field("True: published courses; false: all others.")
    completed: bool | None = filter_field("True: concluded courses; false: all others.")
    blueprint: bool | None = filter_field("True: blueprint courses; false: all others.")
    blueprint_associated: bool | None = filter_field(
        "True: courses associated with a blueprint; false: all others."
    )
    public: bool | None = filter_field("True: public courses; false: all others.")
    enrollment_type: list[CanvasEnrollmentType] | None = filter_field(
        "With an enrollment of one of these roles."
    )
    by_subaccounts: list[strawberry.ID] | None = filter_field(
        "Courses of these accounts: `id`s of Accounts."
    )
    hide_enrollmentless_courses: bool | None = filter_field("True: only with enrollments.")
    homeroom: bool | None = filter_field("True: only homeroom courses.")
    starts_before: date | None = filter_field("Courses that start before this day.")
    ends_after: date | None = filter_field("Courses that end after this day.")
    search_by: CanvasSearchBy | None = filter_field("What `search` compares; COURSE if omitted.")
    sort: CanvasCourseSort | None = filter_field("Sort key.")
    order: CanvasOrder | None = filter_field("Sort direction; requires `sort`.")


@strawberry.input(description="Filters of a user's courses that only Canvas has.")
class CanvasUserCoursesFilter(_CanvasFilter):
    enrollment_type: CanvasEnrollmentType | None = filter_field("The user has this role.")
    enrollment_role_id: strawberry.ID | None = filter_field("The user has this course role.")
    enrollment_state: CanvasEnrollmentState | None = filter_field(
        "The user's enrollment is in this state."
    )
    exclude_blueprint_courses: bool | None = filter_field("True: no blueprint courses.")
    homeroom: bool | None = filter_field("True: only homeroom courses.")
    account: strawberry.ID | None = filter_field("Courses of this account: the Account's `id`.")


@strawberry.input(description="Filters and order of a course's users that only Canvas has.")
class CanvasMembersFilter(_CanvasFilter):
    sort: CanvasUserSort | None = filter_field("Sort key.")
    enrollment_role_id: strawberry.ID | None = filter_field("Users with this course role.")
    user: strawberry.ID | None = filter_field("The page that contains this user: the User's `id`.")


_ID_FIELDS = {
    "by_subaccounts": ("by_subaccounts", Kind.ACCOUNT),
    "account": ("account_id", Kind.ACCOUNT),
    "user": ("user_id", Kind.USER),
}
"""Fields that contain global ids: Canvas's name and the kind of the objects."""


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
