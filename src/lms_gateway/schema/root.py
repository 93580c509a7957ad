"""The fields that a tenant offers: below `tenant`, and at the root for the selected one."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.asks import Ask, CourseFilter, Detail, Details, Search, UserFilter, Viewer
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed, loaded
from lms_gateway.schema.details import arguments, plain_list, several
from lms_gateway.schema.fields import Connection, Info
from lms_gateway.schema.filters import CoursesFilter, UsersFilter
from lms_gateway.schema.references import (
    AccountRef,
    CourseRef,
    SectionRef,
    UserRef,
    ask_ref,
    ask_refs,
)
from lms_gateway.schema.types.account_details import AccountCalendar, AccountDomain
from lms_gateway.schema.types.refs import AccountType, CourseType, SectionType, UserType

_BY = "Null, without an error, where the vendor knows no such one or hides it."
_MANY = "In the order asked, at most 500; null where the vendor knows no such one or hides it."


def _ask_viewer(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Viewer()


def _ask_section(root: strawberry.Parent[Any], info: Info, by: SectionRef) -> Any:
    return ask_ref(info.context, root, Kind.SECTION, by)


def _ask_course(root: strawberry.Parent[Any], info: Info, by: CourseRef) -> Any:
    return ask_ref(info.context, root, Kind.COURSE, by)


def _ask_user(root: strawberry.Parent[Any], info: Info, by: UserRef) -> Any:
    return ask_ref(info.context, root, Kind.USER, by)


def _ask_account(root: strawberry.Parent[Any], info: Info, by: AccountRef) -> Any:
    return ask_ref(info.context, root, Kind.ACCOUNT, by)


def _ask_sections_by(root: strawberry.Parent[Any], info: Info, refs: list[SectionRef]) -> Any:
    return ask_refs(info.context, root, Kind.SECTION, refs)


def _ask_courses_by(root: strawberry.Parent[Any], info: Info, refs: list[CourseRef]) -> Any:
    return ask_refs(info.context, root, Kind.COURSE, refs)


def _ask_users_by(root: strawberry.Parent[Any], info: Info, refs: list[UserRef]) -> Any:
    return ask_refs(info.context, root, Kind.USER, refs)


def _ask_courses(
    root: strawberry.Parent[Any], info: Info, filter: CoursesFilter | None = strawberry.UNSET
) -> Ask:
    narrowed = CourseFilter() if not filter else filter.narrow(info.context, root)
    return Search(Kind.COURSE, narrowed)


def _ask_users(
    root: strawberry.Parent[Any], info: Info, filter: UsersFilter | None = strawberry.UNSET
) -> Ask:
    return Search(Kind.USER, UserFilter() if not filter else filter.narrow())


def _ask_accounts(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Search(Kind.ACCOUNT)


def _ask_manageable(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("manageable_accounts")


def _ask_course_creation(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("course_creation_accounts")


def _ask_course_accounts(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("course_accounts")


def _ask_manually_created(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("manually_created_courses_account")


def _ask_environment(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("environment")


def _ask_domains(
    root: strawberry.Parent[Any],
    info: Info,
    name: str | None = strawberry.UNSET,
    domain: str | None = strawberry.UNSET,
    latitude: float | None = strawberry.UNSET,
    longitude: float | None = strawberry.UNSET,
) -> Ask:
    given = arguments(name=name, domain=domain, latitude=latitude, longitude=longitude)
    return Detail("account_domains", arguments=given)


def _ask_account_calendars(
    root: strawberry.Parent[Any], info: Info, search: str | None = strawberry.UNSET
) -> Ask:
    return Details("account_calendars", arguments=arguments(search=search))


def one(ask: Any, returns: Any, name: str, description: str) -> Any:
    """A field that answers one object."""
    return loaded(ask, returns=returns | None, name=name, description=description)


def many(ask: Any, returns: Any, name: str, description: str) -> Any:
    """A field that answers objects in the order asked."""
    return loaded(ask, returns=Sequence[returns | None], name=name, description=description)


@strawberry.type
class Root:
    """What `Query` and `Tenant` have in common."""

    viewer = one(
        _ask_viewer,
        UserType,
        "viewer",
        "The user whom the vendor sees: the tenant's service account where `viewerIsService`.",
    )
    section = one(_ask_section, SectionType, "section", f"One section. {_BY}")
    sections_by = many(_ask_sections_by, SectionType, "sections_by", f"Several sections. {_MANY}")
    course = one(_ask_course, CourseType, "course", f"One course. {_BY}")
    courses_by = many(_ask_courses_by, CourseType, "courses_by", f"Several courses. {_MANY}")
    courses = listed(
        _ask_courses,
        returns=Connection[CourseType] | None,
        name="courses",
        description="The tenant's courses; where the credential may not list them, its own.",
    )
    user = one(_ask_user, UserType, "user", f"One user. {_BY}")
    users_by = many(_ask_users_by, UserType, "users_by", f"Several users. {_MANY}")
    users = listed(
        _ask_users,
        returns=Connection[UserType] | None,
        name="users",
        description="The tenant's users.",
    )
    account = one(_ask_account, AccountType, "account", f"One account. {_BY}")
    accounts = listed(
        _ask_accounts,
        returns=Connection[AccountType] | None,
        name="accounts",
        description="The accounts that the credential may see.",
    )
    manageable_accounts = plain_list(
        _ask_manageable,
        AccountType,
        "manageable_accounts",
        "The accounts in which the viewer may manage courses (Canvas only).",
    )
    course_creation_accounts = plain_list(
        _ask_course_creation,
        AccountType,
        "course_creation_accounts",
        "The accounts in which the viewer may create courses (Canvas only).",
    )
    course_accounts = plain_list(
        _ask_course_accounts,
        AccountType,
        "course_accounts",
        "The accounts of courses that the viewer teaches, assists or designs (Canvas only).",
    )
    manually_created_courses_account = one(
        _ask_manually_created,
        AccountType,
        "manually_created_courses_account",
        "The account that courses created by hand go to (Canvas only).",
    )
    environment = one(
        _ask_environment,
        JSON,
        "environment",
        "What the vendor's installation is set to, under its names (Canvas only).",
    )
    account_domains = several(
        _ask_domains,
        AccountDomain,
        "account_domains",
        "Up to five schools by part of their name or domain (Canvas only).",
    )
    account_calendars = plain_list(
        _ask_account_calendars,
        AccountCalendar,
        "account_calendars",
        "The account calendars that the viewer may add (Canvas only).",
    )
