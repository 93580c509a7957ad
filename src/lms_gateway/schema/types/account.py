"""Accounts: Canvas accounts, Schoology schools and buildings."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.asks import (
    AccountFilter,
    Ask,
    Children,
    CourseFilter,
    Detail,
    Details,
)
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed, needs
from lms_gateway.schema.context import given
from lms_gateway.schema.details import arguments, one, plain_list, several
from lms_gateway.schema.enums import AccountKind, Vendor
from lms_gateway.schema.fields import Connection, Info, block, fact, relation
from lms_gateway.schema.filters import CoursesFilter
from lms_gateway.schema.node import (
    Node,
    is_kind,
    referred_by_id,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.types.account_details import (
    AccountCalendar,
    AccountNotification,
    AvailableReport,
    HelpLinks,
    Report,
    TermsOfService,
)
from lms_gateway.schema.types.canvas import CanvasAccount
from lms_gateway.schema.types.course_details import Permission
from lms_gateway.schema.types.refs import AccountType, CourseType, TenantType
from lms_gateway.schema.types.schoology import SchoologyAccount


def _ask_sub_accounts(root: strawberry.Parent[Any], info: Info, recursive: bool = False) -> Ask:
    return Children(root.key, Kind.ACCOUNT, AccountFilter(recursive))


def _ask_courses(
    root: strawberry.Parent[Any], info: Info, filter: CoursesFilter | None = strawberry.UNSET
) -> Ask:
    narrowed = CourseFilter() if not filter else filter.narrow(info.context, root)
    return Children(root.key, Kind.COURSE, narrowed)


def _ask_settings(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("account_settings", root.key)


def _ask_permissions(
    root: strawberry.Parent[Any], info: Info, names: list[str] | None = strawberry.UNSET
) -> Ask:
    return Detail("account_permissions", root.key, arguments(names=names))


def _ask_terms_of_service(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("terms_of_service", root.key)


def _ask_help_links(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("help_links", root.key)


def _ask_calendar(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("calendar", root.key)


def _ask_calendars(
    root: strawberry.Parent[Any],
    info: Info,
    search: str | None = strawberry.UNSET,
    visible: bool | None = strawberry.UNSET,
) -> Ask:
    shown = given(visible)
    filter = None if shown is None else "visible" if shown else "hidden"
    return Details("calendars", root.key, arguments(search=search, filter=filter))


def _ask_calendars_count(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("visible_calendars_count", root.key)


def _ask_notifications(
    root: strawberry.Parent[Any], info: Info, include_past: bool = False, include_all: bool = False
) -> Ask:
    return Detail(
        "notifications",
        root.key,
        arguments(include_past=include_past or None, include_all=include_all or None),
    )


def _ask_available_reports(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("available_reports", root.key)


def _ask_reports(root: strawberry.Parent[Any], info: Info, report: str) -> Ask:
    return Details("reports", root.key, arguments(report=report))


def _kind(root: strawberry.Parent[Any]) -> Any:
    return root.account_kind


def _kind_field() -> Any:
    make: Any = strawberry.field
    return make(
        resolver=_kind,
        graphql_type=AccountKind | None,
        description="What it is in the vendor's hierarchy.",
        metadata=needs("account_kind"),
    )


@strawberry.federation.type(
    keys=["id"], description="Who runs courses: a Canvas account, a Schoology school or building."
)
class Account(Node):
    is_type_of = is_kind(Kind.ACCOUNT)
    resolve_reference = referred_by_id(Kind.ACCOUNT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = fact("name", "Its name.")
    sis_id: str | None = fact(
        "sis_id",
        "Its id in the school's information system (Canvas only); null where unset or not to be "
        "seen.",
    )
    kind: AccountKind | None = _kind_field()
    parent = relation(
        Kind.ACCOUNT,
        "parent_id",
        returns=AccountType | None,
        name="parent",
        description="The account above it; null for the outermost, and where it was not told.",
    )
    sub_accounts = listed(
        _ask_sub_accounts,
        returns=Connection[AccountType] | None,
        name="sub_accounts",
        description="The accounts directly below it, or all that lie below it (`recursive`).",
    )
    courses = listed(
        _ask_courses,
        returns=Connection[CourseType] | None,
        name="courses",
        description="Its courses, with those of the accounts below it.",
    )
    time_zone: str | None = fact("time_zone", "The IANA time zone of its courses (Canvas only).")
    settings = one(
        _ask_settings,
        JSON,
        "settings",
        "Those settings that the vendor tells, under its names (Canvas only).",
    )
    permissions = several(
        _ask_permissions,
        Permission,
        "permissions",
        "What the viewer may do, of the permissions named or of all (Canvas only).",
    )
    terms_of_service = one(
        _ask_terms_of_service,
        TermsOfService,
        "terms_of_service",
        "Its terms of service (Canvas only).",
    )
    help_links = one(
        _ask_help_links,
        HelpLinks,
        "help_links",
        "Its help menu; null below the root (Canvas only).",
    )
    calendar = one(_ask_calendar, AccountCalendar, "calendar", "Its calendar (Canvas only).")
    calendars = plain_list(
        _ask_calendars,
        AccountCalendar,
        "calendars",
        "Its calendar and those of the accounts directly below it; with `search` or `visible` of "
        "all below it (Canvas only).",
    )
    visible_calendars_count = one(
        _ask_calendars_count,
        int,
        "visible_calendars_count",
        "How many calendars are visible (Canvas only).",
    )
    notifications = several(
        _ask_notifications,
        AccountNotification,
        "notifications",
        "Announcements to everybody. Without `includeAll` those for the viewer, whichever account "
        "is asked (Canvas only).",
    )
    available_reports = several(
        _ask_available_reports,
        AvailableReport,
        "available_reports",
        "The reports that it can run (Canvas only).",
    )
    reports = plain_list(
        _ask_reports,
        Report,
        "reports",
        "The runs of a report, the newest first (Canvas only).",
    )
    canvas: CanvasAccount | None = block(Vendor.CANVAS, CanvasAccount | None)
    schoology: SchoologyAccount | None = block(Vendor.SCHOOLOGY, SchoologyAccount | None)
