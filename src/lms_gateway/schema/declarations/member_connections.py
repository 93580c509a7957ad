"""The connections of people that sections and courses share."""

from typing import Any

import strawberry

from lms_gateway.domain.loads import Load, MemberFilter, Members
from lms_gateway.domain.models import Role
from lms_gateway.domain.record import Kind
from lms_gateway.execution import connection
from lms_gateway.schema.declarations.record_fields import Connection, Info
from lms_gateway.schema.inputs.filters import MembersFilter
from lms_gateway.schema.types.refs import EnrollmentType, UserType


def _member_filter(root: Any, info: Info, members_filter: MembersFilter | None) -> MemberFilter:
    return members_filter.to_domain(info.context, root) if members_filter else MemberFilter()


def _users_load(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Load:
    return Members(root.key, Kind.USER, _member_filter(root, info, filter))


def _enrollments_load(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Load:
    return Members(root.key, Kind.ENROLLMENT, _member_filter(root, info, filter))


def _students_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.STUDENT,)))


def _teachers_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.TEACHER,)))


def users_field() -> Any:
    """`users(filter:)`: everybody enrolled."""
    return connection(
        _users_load,
        returns=Connection[UserType] | None,
        name="users",
        description="Everybody enrolled here, each once. Null with FORBIDDEN where the credential "
        "may not see the roster.",
    )


def enrollments_field() -> Any:
    """`enrollments(filter:)`: who is what."""
    return connection(
        _enrollments_load,
        returns=Connection[EnrollmentType] | None,
        name="enrollments",
        description="Who is enrolled here, in which role and state.",
    )


def students_field() -> Any:
    """`students`: the people whom `studentCount` counts."""
    return connection(
        _students_load,
        returns=Connection[UserType] | None,
        name="students",
        description="Students active or invited, each once: the people whom `studentCount` counts.",
    )


def teachers_field() -> Any:
    """`teachers`."""
    return connection(
        _teachers_load,
        returns=Connection[UserType] | None,
        name="teachers",
        description="Teachers active or invited, each once.",
    )
