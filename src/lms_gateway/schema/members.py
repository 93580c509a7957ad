"""The connections of people that sections and courses share."""

from typing import Any

import strawberry

from lms_gateway.domain.asks import Ask, MemberFilter, Members
from lms_gateway.domain.records import Kind, Role
from lms_gateway.execution import listed
from lms_gateway.schema.fields import Connection, Info
from lms_gateway.schema.filters import MembersFilter
from lms_gateway.schema.types.refs import EnrollmentType, UserType


def _filter(root: Any, info: Info, given: MembersFilter | None) -> MemberFilter:
    return given.narrow(info.context, root) if given else MemberFilter()


def _ask_users(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Ask:
    return Members(root.key, Kind.USER, _filter(root, info, filter))


def _ask_enrollments(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Ask:
    return Members(root.key, Kind.ENROLLMENT, _filter(root, info, filter))


def _ask_students(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.STUDENT,)))


def _ask_teachers(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.TEACHER,)))


def users_field() -> Any:
    """`users(filter:)`: everybody enrolled."""
    return listed(
        _ask_users,
        returns=Connection[UserType] | None,
        name="users",
        description="Everybody enrolled here, each once. Null with FORBIDDEN where the credential "
        "may not see the roster.",
    )


def enrollments_field() -> Any:
    """`enrollments(filter:)`: who is what."""
    return listed(
        _ask_enrollments,
        returns=Connection[EnrollmentType] | None,
        name="enrollments",
        description="Who is enrolled here, in which role and state.",
    )


def students_field() -> Any:
    """`students`: the people whom `studentCount` counts."""
    return listed(
        _ask_students,
        returns=Connection[UserType] | None,
        name="students",
        description="Students active or invited, each once: the people whom `studentCount` counts.",
    )


def teachers_field() -> Any:
    """`teachers`."""
    return listed(
        _ask_teachers,
        returns=Connection[UserType] | None,
        name="teachers",
        description="Teachers active or invited, each once.",
    )
