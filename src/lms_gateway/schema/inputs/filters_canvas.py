"""Filters and orders of lists that only Canvas supports."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry
from strawberry import enum_value

from lms_gateway.domain.loads import Arguments
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import Context, unset_to_none
from lms_gateway.schema.inputs.fields import optional
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


class _CanvasFilter:
    def to_arguments(self, context: Context, source: object) -> Arguments:
        """Return the filter with Canvas's names. Raises BadInput, TenantForbidden."""
        return _to_arguments(self, context, source)


@strawberry.input(description="Filters and order of an account's courses that only Canvas has.")
class CanvasCoursesFilter(_CanvasFilter):
    with_enrollments: bool | None = optional("True: with enrollments; false: without.")
    published: bool | None = optional("True: published courses; false: all others.")
    completed: bool | None = optional("True: concluded courses; false: all others.")
    blueprint: bool | None = optional("True: blueprint courses; false: all others.")
    blueprint_associated: bool | None = optional("True: associated with a blueprint; false: not.")
    public: bool | None = optional("True: public courses; false: all others.")
    enrollment_type: list[CanvasEnrollmentType] | None = optional("With one of these roles.")
    by_subaccounts: list[strawberry.ID] | None = optional("Of these accounts: Accounts' `id`s.")
    hide_enrollmentless_courses: bool | None = optional("True: only with enrollments.")
    homeroom: bool | None = optional("True: only homeroom courses.")
    starts_before: date | None = optional("Courses that start before this day.")
    ends_after: date | None = optional("Courses that end after this day.")
    search_by: CanvasSearchBy | None = optional("What `search` compares; COURSE if omitted.")
    sort: CanvasCourseSort | None = optional("Sort key.")
    order: CanvasOrder | None = optional("Sort direction; requires `sort`.")


@strawberry.input(description="Filters of a user's courses that only Canvas has.")
class CanvasUserCoursesFilter(_CanvasFilter):
    enrollment_type: CanvasEnrollmentType | None = optional("The user has this role.")
    enrollment_role_id: strawberry.ID | None = optional("The user has this course role.")
    enrollment_state: CanvasEnrollmentState | None = optional("State of the user's enrollment.")
    exclude_blueprint_courses: bool | None = optional("True: no blueprint courses.")
    homeroom: bool | None = optional("True: only homeroom courses.")
    account: strawberry.ID | None = optional("Courses of this account: the Account's `id`.")


@strawberry.input(description="Filters and order of a course's users that only Canvas has.")
class CanvasMembersFilter(_CanvasFilter):
    sort: CanvasUserSort | None = optional("Sort key.")
    enrollment_role_id: strawberry.ID | None = optional("Users with this course role.")
    user: strawberry.ID | None = optional("The page that contains this user: the User's `id`.")


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
                key_from_global_id(context, source, kind, id) for id in (value if is_list else [value])
            )
            arguments.append((canvas_name, ids if is_list else ids[0]))
        elif isinstance(value, list):
            arguments.append((name, tuple(item.value for item in value)))
        elif isinstance(value, Enum):
            arguments.append((name, value.value))
        else:
            arguments.append((name, value.isoformat() if isinstance(value, date) else value))
    return tuple(arguments)
