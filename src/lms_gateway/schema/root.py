"""Fields of a tenant: of the type `Tenant`, and of the query root for the selected tenant."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.loads import ByAlias, Load, Search, Viewer
from lms_gateway.domain.record import Kind
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.declarations.member_connections import filtered_connection
from lms_gateway.schema.declarations.operation_fields import (
    SEARCH,
    argument,
    operation,
    operation_connection,
    operation_list,
)
from lms_gateway.schema.declarations.record_fields import Connection, Info, makes_load
from lms_gateway.schema.inputs.filters import CoursesFilter, UsersFilter
from lms_gateway.schema.inputs.references import (
    AccountRef,
    CourseRef,
    SectionRef,
    UserRef,
    load_for_reference,
    loads_for_references,
)
from lms_gateway.schema.types.canvas.account_operations import AccountCalendar, AccountDomain
from lms_gateway.schema.types.refs import AccountType, CourseType, SectionType, UserType


@makes_load(Viewer)
def _viewer_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Viewer()


@makes_load(Search, Kind.ACCOUNT)
def _accounts_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return Search(Kind.ACCOUNT)


def _lookup(kind: Kind, reference: Any, returns: Any) -> Any:
    """Return a field that finds one object by a reference."""

    @makes_load(ByAlias, kind)
    def make_load(root: strawberry.Parent[Any], info: Info, by: Any) -> Any:
        return load_for_reference(info.context, root, kind, by)

    make_load.__annotations__["by"] = argument(reference, f"The {kind} to return.")
    return load_field(
        make_load,
        returns=returns | None,
        description=f"One {kind}. Null without an error if it does not exist or is not visible.",
    )


def _lookup_list(kind: Kind, reference: Any, returns: Any) -> Any:
    """Return a field that finds objects by references."""

    @makes_load(ByAlias, kind)
    def make_load(root: strawberry.Parent[Any], info: Info, refs: Any) -> Any:
        return loads_for_references(info.context, root, kind, refs)

    make_load.__annotations__["refs"] = argument(list[reference], f"The {kind}s to return, at most 500.")
    return load_field(
        make_load,
        returns=Sequence[returns | None],
        description=f"Several {kind}s in the order of `refs`. An item is null without an error if "
        "it does not exist or is not visible.",
    )


@strawberry.type
class Root:
    """The fields that `Query` and `Tenant` have in common."""

    viewer = load_field(
        _viewer_load,
        returns=UserType | None,
        description="The user of the credential: the tenant's service account if `viewerIsService`.",
    )
    section = _lookup(Kind.SECTION, SectionRef, SectionType)
    sections_by = _lookup_list(Kind.SECTION, SectionRef, SectionType)
    course = _lookup(Kind.COURSE, CourseRef, CourseType)
    courses_by = _lookup_list(Kind.COURSE, CourseRef, CourseType)
    courses = filtered_connection(
        Search,
        Kind.COURSE,
        CoursesFilter,
        CourseType,
        "The tenant's courses, or the viewer's own courses if the credential cannot list those of "
        "the account.",
    )
    user = _lookup(Kind.USER, UserRef, UserType)
    users_by = _lookup_list(Kind.USER, UserRef, UserType)
    users = filtered_connection(Search, Kind.USER, UsersFilter, UserType, "The tenant's users.")
    account = _lookup(Kind.ACCOUNT, AccountRef, AccountType)
    accounts = connection(
        _accounts_load,
        returns=Connection[AccountType] | None,
        description="The accounts that are visible to the credential.",
    )
    manageable_accounts = operation_connection(
        "manageable_accounts", AccountType, "Accounts in which the viewer can manage courses (Canvas only)."
    )
    course_creation_accounts = operation_connection(
        "course_creation_accounts",
        AccountType,
        "Accounts in which the viewer can create courses (Canvas only).",
    )
    course_accounts = operation_connection(
        "course_accounts",
        AccountType,
        "Accounts of courses in which the viewer is a teacher, assistant or designer (Canvas only).",
    )
    manually_created_courses_account = operation(
        "manually_created_courses_account",
        AccountType,
        "The account of manually created courses (Canvas only).",
    )
    environment = operation(
        "environment", JSON, "Settings of the vendor's installation, with its keys (Canvas only)."
    )
    account_domains = operation_list(
        "account_domains",
        AccountDomain,
        "Up to five schools, found by name or domain (Canvas only).",
        name=(str | None, "Part of the school's name."),
        domain=(str | None, "Part of the school's domain."),
        latitude=(float | None, "Latitude of a location, to sort by distance."),
        longitude=(float | None, "Longitude of a location, to sort by distance."),
    )
    account_calendars = operation_connection(
        "account_calendars",
        AccountCalendar,
        "Account calendars that the viewer can add (Canvas only).",
        **SEARCH,
    )
