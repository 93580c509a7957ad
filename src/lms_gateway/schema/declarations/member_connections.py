"""Declarations of connections with a filter, such as the members of sections and courses."""

from collections.abc import Callable
from typing import Any

import strawberry

from lms_gateway.domain.loads import Load, MemberFilter, Members, Search
from lms_gateway.domain.models import Role
from lms_gateway.domain.record import Kind
from lms_gateway.execution import connection
from lms_gateway.schema.declarations.record_fields import Connection, Info, makes_load
from lms_gateway.schema.inputs.filters import FilterOf, MembersFilter
from lms_gateway.schema.types.refs import EnrollmentType, UserType


def filtered_connection(
    load: Callable[..., Load], kind: Kind, filter_type: Any, returns: Any, description: str
) -> Any:
    """Return a connection of the objects of a kind, with the argument `filter`."""

    unfiltered = filter_type().to_domain(None, None)

    @makes_load(load, kind)
    def make_load(root: strawberry.Parent[Any], info: Info, filter: Any = strawberry.UNSET) -> Load:
        domain_filter = filter.to_domain(info.context, root) if filter else unfiltered
        if load is Search:
            return load(kind, domain_filter)
        return load(root.key, kind, domain_filter)

    make_load.__annotations__["filter"] = FilterOf[filter_type]  # type: ignore[misc]
    return connection(make_load, returns=Connection[returns] | None, description=description)


def users_field() -> Any:
    """Return the field `users(filter:)`."""
    return filtered_connection(
        Members,
        Kind.USER,
        MembersFilter,
        UserType,
        "The enrolled users, each once. Null with FORBIDDEN if the credential cannot read the roster.",
    )


def enrollments_field() -> Any:
    """Return the field `enrollments(filter:)`."""
    description = "The enrollments: users with their role and state."
    return filtered_connection(Members, Kind.ENROLLMENT, MembersFilter, EnrollmentType, description)


def students_field() -> Any:
    """Return the field `students`."""
    return _members_field(
        Role.STUDENT, "The students that are active or invited, each once: those that `studentCount` counts."
    )


def teachers_field() -> Any:
    """Return the field `teachers`."""
    return _members_field(Role.TEACHER, "The teachers that are active or invited, each once.")


def _members_field(role: Role, description: str) -> Any:
    @makes_load(Members, Kind.USER)
    def make_load(root: strawberry.Parent[Any], info: Info) -> Load:
        return Members(root.key, Kind.USER, MemberFilter(roles=(role,)))

    return connection(make_load, returns=Connection[UserType] | None, description=description)
