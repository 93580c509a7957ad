"""Accounts: Canvas accounts, Schoology schools and buildings."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.loads import (
    AccountFilter,
    Children,
    CourseFilter,
    Load,
    OperationListLoad,
    OperationLoad,
)
from lms_gateway.domain.models import AccountKind
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection, requires
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    reference_by_id,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.declarations.operation_fields import (
    operation,
    operation_connection,
    operation_list,
    present_arguments,
)
from lms_gateway.schema.declarations.record_fields import (
    Connection,
    Info,
    field,
    to_one,
    vendor_block,
)
from lms_gateway.schema.inputs.filters import CoursesFilter
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


def _sub_accounts_load(root: strawberry.Parent[Any], info: Info, recursive: bool = False) -> Load:
    return Children(root.key, Kind.ACCOUNT, AccountFilter(recursive))


def _courses_load(
    root: strawberry.Parent[Any], info: Info, filter: CoursesFilter | None = strawberry.UNSET
) -> Load:
    course_filter = CourseFilter() if not filter else filter.to_domain(info.context, root)
    return Children(root.key, Kind.COURSE, course_filter)


def _settings_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("account_settings", root.key)


def _permissions_load(
    root: strawberry.Parent[Any], info: Info, names: list[str] | None = strawberry.UNSET
) -> Load:
    return OperationLoad("account_permissions", root.key, present_arguments(names=names))


def _terms_of_service_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("terms_of_service", root.key)


def _help_links_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("help_links", root.key)


def _calendar_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("calendar", root.key)


def _calendars_load(
    root: strawberry.Parent[Any],
    info: Info,
    search: str | None = strawberry.UNSET,
    visible: bool | None = strawberry.UNSET,
) -> Load:
    is_visible = unset_to_none(visible)
    filter = None if is_visible is None else "visible" if is_visible else "hidden"
    return OperationListLoad("calendars", root.key, present_arguments(search=search, filter=filter))


def _calendars_count_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("visible_calendars_count", root.key)


def _notifications_load(
    root: strawberry.Parent[Any], info: Info, include_past: bool = False, include_all: bool = False
) -> Load:
    return OperationLoad(
        "notifications",
        root.key,
        present_arguments(include_past=include_past or None, include_all=include_all or None),
    )


def _available_reports_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("available_reports", root.key)


def _reports_load(root: strawberry.Parent[Any], info: Info, report: str) -> Load:
    return OperationListLoad("reports", root.key, present_arguments(report=report))


def _kind(root: strawberry.Parent[Any]) -> Any:
    return root.account_kind


def _kind_field() -> Any:
    make_field: Any = strawberry.field
    return make_field(
        resolver=_kind,
        graphql_type=AccountKind | None,
        description="What it is in the vendor's hierarchy.",
        metadata=requires("account_kind"),
    )


@strawberry.federation.type(
    keys=["id"], description="Who runs courses: a Canvas account, a Schoology school or building."
)
class Account(Node):
    is_type_of = is_type_of_kind(Kind.ACCOUNT)
    resolve_reference = reference_by_id(Kind.ACCOUNT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = field("name", "Its name.")
    sis_id: str | None = field(
        "sis_id",
        "Its id in the school's information system (Canvas only); null where unset or not to be "
        "seen.",
    )
    kind: AccountKind | None = _kind_field()
    parent = to_one(
        Kind.ACCOUNT,
        "parent_id",
        returns=AccountType | None,
        name="parent",
        description="The account above it; null for the outermost, and where it was not told.",
    )
    sub_accounts = connection(
        _sub_accounts_load,
        returns=Connection[AccountType] | None,
        name="sub_accounts",
        description="The accounts directly below it, or all that lie below it (`recursive`).",
    )
    courses = connection(
        _courses_load,
        returns=Connection[CourseType] | None,
        name="courses",
        description="Its courses, with those of the accounts below it.",
    )
    time_zone: str | None = field("time_zone", "The IANA time zone of its courses (Canvas only).")
    settings = operation(
        _settings_load,
        JSON,
        "settings",
        "Those settings that the vendor tells, under its names (Canvas only).",
    )
    permissions = operation_list(
        _permissions_load,
        Permission,
        "permissions",
        "What the viewer may do, of the permissions named or of all (Canvas only).",
    )
    terms_of_service = operation(
        _terms_of_service_load,
        TermsOfService,
        "terms_of_service",
        "Its terms of service (Canvas only).",
    )
    help_links = operation(
        _help_links_load,
        HelpLinks,
        "help_links",
        "Its help menu; null below the root (Canvas only).",
    )
    calendar = operation(_calendar_load, AccountCalendar, "calendar", "Its calendar (Canvas only).")
    calendars = operation_connection(
        _calendars_load,
        AccountCalendar,
        "calendars",
        "Its calendar and those of the accounts directly below it; with `search` or `visible` of "
        "all below it (Canvas only).",
    )
    visible_calendars_count = operation(
        _calendars_count_load,
        int,
        "visible_calendars_count",
        "How many calendars are visible (Canvas only).",
    )
    notifications = operation_list(
        _notifications_load,
        AccountNotification,
        "notifications",
        "Announcements to everybody. Without `includeAll` those for the viewer, whichever account "
        "is asked (Canvas only).",
    )
    available_reports = operation_list(
        _available_reports_load,
        AvailableReport,
        "available_reports",
        "The reports that it can run (Canvas only).",
    )
    reports = operation_connection(
        _reports_load,
        Report,
        "reports",
        "The runs of a report, the newest first (Canvas only).",
    )
    canvas: CanvasAccount | None = vendor_block(Vendor.CANVAS, CanvasAccount | None)
    schoology: SchoologyAccount | None = vendor_block(Vendor.SCHOOLOGY, SchoologyAccount | None)
