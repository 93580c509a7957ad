"""Connections of members, which sections and courses have in common."""

from typing import Any

import strawberry

from lms_gateway.domain.loads import Load, MemberFilter, Members
from lms_gateway.domain.models import Role
from lms_gateway.domain.record import Kind
from lms_gateway.execution import connection
from lms_gateway.schema.declarations.record_fields import Connection, Info, makes_load
from lms_gateway.schema.inputs.filters import FilterOf, MembersFilter
from lms_gateway.schema.types.refs import EnrollmentType, UserType


@makes_load(Members, Kind.USER)
def _users_load(
    root: strawberry.Parent[Any], info: Info, filter: FilterOf[MembersFilter] = strawberry.UNSET
) -> Load:
    member_filter = (filter or MembersFilter()).to_domain(info.context, root)
    return Members(root.key, Kind.USER, member_filter)


@makes_load(Members, Kind.ENROLLMENT)
def _enrollments_load(
    root: strawberry.Parent[Any], info: Info, filter: FilterOf[MembersFilter] = strawberry.UNSET
) -> Load:
    member_filter = (filter or MembersFilter()).to_domain(info.context, root)
    return Members(root.key, Kind.ENROLLMENT, member_filter)


@makes_load(Members, Kind.USER)
def _students_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.STUDENT,)))


@makes_load(Members, Kind.USER)
def _teachers_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Members(root.key, Kind.USER, MemberFilter(roles=(Role.TEACHER,)))


def users_field() -> Any:
    """Return the field `users(filter:)`."""
    return connection(
        _users_load,
        returns=Connection[UserType] | None,
        description="The enrolled users, each once. Null with FORBIDDEN if the credential cannot "
        "read the roster.",
    )


def enrollments_field() -> Any:
    """Return the field `enrollments(filter:)`."""
    return connection(
        _enrollments_load,
        returns=Connection[EnrollmentType] | None,
        description="The enrollments: users with their role and state.",
    )


def students_field() -> Any:
    """Return the field `students`."""
    return connection(
        _students_load,
        returns=Connection[UserType] | None,
        description="The students that are active or invited, each once: those that "
        "`studentCount` counts.",
    )


def teachers_field() -> Any:
    """Return the field `teachers`."""
    return connection(
        _teachers_load,
        returns=Connection[UserType] | None,
        description="The teachers that are active or invited, each once.",
    )
