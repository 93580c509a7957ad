"""The fields that a tenant offers: below `tenant`, and at the root for the selected one."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.loads import (
    CourseFilter,
    Load,
    OperationListLoad,
    OperationLoad,
    Search,
    UserFilter,
    Viewer,
)
from lms_gateway.domain.record import Kind
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.declarations.operation_fields import (
    operation_connection,
    operation_list,
    present_arguments,
)
from lms_gateway.schema.declarations.record_fields import Connection, Info
from lms_gateway.schema.inputs.filters import CoursesFilter, UsersFilter
from lms_gateway.schema.inputs.references import (
    AccountRef,
    CourseRef,
    SectionRef,
    UserRef,
    load_for_reference,
    loads_for_references,
)
from lms_gateway.schema.types.account_details import AccountCalendar, AccountDomain
from lms_gateway.schema.types.refs import AccountType, CourseType, SectionType, UserType

_NULL_IF_UNKNOWN = "Null, without an error, where the vendor knows no such one or hides it."
_IN_REQUEST_ORDER = (
    "In the order asked, at most 500; null where the vendor knows no such one or hides it."
)


def _viewer_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Viewer()


def _section_load(root: strawberry.Parent[Any], info: Info, by: SectionRef) -> Any:
    return load_for_reference(info.context, root, Kind.SECTION, by)


def _course_load(root: strawberry.Parent[Any], info: Info, by: CourseRef) -> Any:
    return load_for_reference(info.context, root, Kind.COURSE, by)


def _user_load(root: strawberry.Parent[Any], info: Info, by: UserRef) -> Any:
    return load_for_reference(info.context, root, Kind.USER, by)


def _account_load(root: strawberry.Parent[Any], info: Info, by: AccountRef) -> Any:
    return load_for_reference(info.context, root, Kind.ACCOUNT, by)


def _sections_by_load(root: strawberry.Parent[Any], info: Info, refs: list[SectionRef]) -> Any:
    return loads_for_references(info.context, root, Kind.SECTION, refs)


def _courses_by_load(root: strawberry.Parent[Any], info: Info, refs: list[CourseRef]) -> Any:
    return loads_for_references(info.context, root, Kind.COURSE, refs)


def _users_by_load(root: strawberry.Parent[Any], info: Info, refs: list[UserRef]) -> Any:
    return loads_for_references(info.context, root, Kind.USER, refs)


def _courses_load(
    root: strawberry.Parent[Any], info: Info, filter: CoursesFilter | None = strawberry.UNSET
) -> Load:
    course_filter = CourseFilter() if not filter else filter.to_domain(info.context, root)
    return Search(Kind.COURSE, course_filter)


def _users_load(
    root: strawberry.Parent[Any], info: Info, filter: UsersFilter | None = strawberry.UNSET
) -> Load:
    return Search(Kind.USER, UserFilter() if not filter else filter.to_domain())


def _accounts_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Search(Kind.ACCOUNT)


def _manageable_accounts_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("manageable_accounts")


def _course_creation_accounts_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("course_creation_accounts")


def _course_accounts_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("course_accounts")


def _manually_created_courses_account_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("manually_created_courses_account")


def _environment_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("environment")


def _domains_load(
    root: strawberry.Parent[Any],
    info: Info,
    name: str | None = strawberry.UNSET,
    domain: str | None = strawberry.UNSET,
    latitude: float | None = strawberry.UNSET,
    longitude: float | None = strawberry.UNSET,
) -> Load:
    domain_arguments = present_arguments(
        name=name, domain=domain, latitude=latitude, longitude=longitude
    )
    return OperationLoad("account_domains", arguments=domain_arguments)


def _account_calendars_load(
    root: strawberry.Parent[Any], info: Info, search: str | None = strawberry.UNSET
) -> Load:
    return OperationListLoad("account_calendars", arguments=present_arguments(search=search))


def lookup(make_load: Any, returns: Any, name: str, description: str) -> Any:
    """A field that answers one object."""
    return load_field(make_load, returns=returns | None, name=name, description=description)


def lookup_list(make_load: Any, returns: Any, name: str, description: str) -> Any:
    """A field that answers objects in the order asked."""
    return load_field(
        make_load, returns=Sequence[returns | None], name=name, description=description
    )


@strawberry.type
class Root:
    """What `Query` and `Tenant` have in common."""

    viewer = lookup(
        _viewer_load,
        UserType,
        "viewer",
        "The user whom the vendor sees: the tenant's service account where `viewerIsService`.",
    )
    section = lookup(_section_load, SectionType, "section", f"One section. {_NULL_IF_UNKNOWN}")
    sections_by = lookup_list(
        _sections_by_load, SectionType, "sections_by", f"Several sections. {_IN_REQUEST_ORDER}"
    )
    course = lookup(_course_load, CourseType, "course", f"One course. {_NULL_IF_UNKNOWN}")
    courses_by = lookup_list(
        _courses_by_load, CourseType, "courses_by", f"Several courses. {_IN_REQUEST_ORDER}"
    )
    courses = connection(
        _courses_load,
        returns=Connection[CourseType] | None,
        name="courses",
        description="The tenant's courses; where the credential may not list them, its own.",
    )
    user = lookup(_user_load, UserType, "user", f"One user. {_NULL_IF_UNKNOWN}")
    users_by = lookup_list(
        _users_by_load, UserType, "users_by", f"Several users. {_IN_REQUEST_ORDER}"
    )
    users = connection(
        _users_load,
        returns=Connection[UserType] | None,
        name="users",
        description="The tenant's users.",
    )
    account = lookup(_account_load, AccountType, "account", f"One account. {_NULL_IF_UNKNOWN}")
    accounts = connection(
        _accounts_load,
        returns=Connection[AccountType] | None,
        name="accounts",
        description="The accounts that the credential may see.",
    )
    manageable_accounts = operation_connection(
        _manageable_accounts_load,
        AccountType,
        "manageable_accounts",
        "The accounts in which the viewer may manage courses (Canvas only).",
    )
    course_creation_accounts = operation_connection(
        _course_creation_accounts_load,
        AccountType,
        "course_creation_accounts",
        "The accounts in which the viewer may create courses (Canvas only).",
    )
    course_accounts = operation_connection(
        _course_accounts_load,
        AccountType,
        "course_accounts",
        "The accounts of courses that the viewer teaches, assists or designs (Canvas only).",
    )
    manually_created_courses_account = lookup(
        _manually_created_courses_account_load,
        AccountType,
        "manually_created_courses_account",
        "The account that courses created by hand go to (Canvas only).",
    )
    environment = lookup(
        _environment_load,
        JSON,
        "environment",
        "What the vendor's installation is set to, under its names (Canvas only).",
    )
    account_domains = operation_list(
        _domains_load,
        AccountDomain,
        "account_domains",
        "Up to five schools by part of their name or domain (Canvas only).",
    )
    account_calendars = operation_connection(
        _account_calendars_load,
        AccountCalendar,
        "account_calendars",
        "The account calendars that the viewer may add (Canvas only).",
    )
