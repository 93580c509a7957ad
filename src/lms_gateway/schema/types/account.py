"""Accounts: Canvas accounts, Schoology schools and buildings."""

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.loads import AccountFilter, Children, Load, OperationListLoad, OperationLoad
from lms_gateway.domain.models import AccountKind
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection, requires
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.member_connections import filtered_connection
from lms_gateway.schema.declarations.node import TenantObject, is_type_of_kind, reference_by_id
from lms_gateway.schema.declarations.operation_fields import (
    NAMES,
    operation,
    operation_connection,
    operation_list,
    present_arguments,
)
from lms_gateway.schema.declarations.record_fields import (
    Connection,
    Info,
    field,
    makes_load,
    to_one,
    typed_field,
    vendor_block,
)
from lms_gateway.schema.inputs.filters import CoursesFilter
from lms_gateway.schema.types.canvas.account_operations import (
    AccountCalendar,
    AccountNotification,
    AvailableReport,
    HelpLinks,
    Report,
    TermsOfService,
)
from lms_gateway.schema.types.canvas.blocks import CanvasAccount
from lms_gateway.schema.types.canvas.course_operations import Permission
from lms_gateway.schema.types.refs import AccountType, CourseType
from lms_gateway.schema.types.schoology.blocks import SchoologyAccount


@makes_load(Children, Kind.ACCOUNT)
def _sub_accounts_load(
    root: strawberry.Parent[Any],
    info: Info,
    recursive: Annotated[
        bool, strawberry.argument(description="Whether to include all accounts below it.")
    ] = False,
) -> Load:
    return Children(root.key, Kind.ACCOUNT, AccountFilter(recursive))


@makes_load(OperationLoad)
def _calendars_load(
    root: strawberry.Parent[Any],
    info: Info,
    search: Annotated[
        str | None, strawberry.argument(description="Part of the account's name.")
    ] = strawberry.UNSET,
    visible: Annotated[
        bool | None, strawberry.argument(description="True: visible calendars; false: hidden calendars.")
    ] = strawberry.UNSET,
) -> Load:
    is_visible = unset_to_none(visible)
    filter = None if is_visible is None else "visible" if is_visible else "hidden"
    return OperationListLoad("calendars", root.key, present_arguments(search=search, filter=filter))


def _kind(root: strawberry.Parent[Any]) -> Any:
    return root.account_kind


@strawberry.federation.type(
    keys=["id"], description="An organizational unit: a Canvas account, a Schoology school or building."
)
class Account(TenantObject):
    is_type_of = is_type_of_kind(Kind.ACCOUNT)
    resolve_reference = reference_by_id(Kind.ACCOUNT)

    name: str | None = field("Name.")
    sis_id: str | None = field("SIS id (Canvas only); null if unset or not visible.")
    kind: AccountKind | None = typed_field(
        AccountKind | None, "Position in the vendor's hierarchy.", _kind, metadata=requires("account_kind")
    )
    parent = to_one(
        Kind.ACCOUNT,
        "parent_id",
        AccountType,
        "The parent account; null for the root, and if the vendor did not report it.",
    )
    sub_accounts = connection(
        _sub_accounts_load,
        returns=Connection[AccountType] | None,
        description="The accounts directly below, or with `recursive` all accounts below.",
    )
    courses = filtered_connection(
        Children,
        Kind.COURSE,
        CoursesFilter,
        CourseType,
        "The courses of the account and of the accounts below it.",
    )
    time_zone: str | None = field("IANA time zone of its courses (Canvas only).")
    settings = operation("account_settings", JSON, "Settings, with Canvas's keys (Canvas only).")
    permissions = operation_list(
        "account_permissions", Permission, "The viewer's permissions in the account (Canvas only).", **NAMES
    )
    terms_of_service = operation("terms_of_service", TermsOfService, "Terms of service (Canvas only).")
    help_links = operation(
        "help_links", HelpLinks, "Help menu; null unless the account is the root (Canvas only)."
    )
    calendar = operation("calendar", AccountCalendar, "The account's calendar (Canvas only).")
    calendars = connection(
        _calendars_load,
        returns=Connection[AccountCalendar] | None,
        description="The calendars of the account and of the accounts directly below it; with "
        "`search` or `visible`, of all accounts below it (Canvas only).",
    )
    visible_calendars_count = operation(
        "visible_calendars_count", int, "Number of visible calendars (Canvas only)."
    )
    notifications = operation_list(
        "notifications",
        AccountNotification,
        "Announcements. Without `includeAll`, those for the viewer, whichever account is queried "
        "(Canvas only).",
        include_past=(bool, "Whether to include announcements that have ended."),
        include_all=(bool, "Whether to include announcements for all roles."),
    )
    available_reports = operation_list(
        "available_reports", AvailableReport, "Reports that the account can run (Canvas only)."
    )
    reports = operation_connection(
        "reports",
        Report,
        "Runs of a report, newest first (Canvas only).",
        report=(str, "Which report: an `AvailableReport.report`."),
    )
    canvas: CanvasAccount | None = vendor_block(Vendor.CANVAS, CanvasAccount)
    schoology: SchoologyAccount | None = vendor_block(Vendor.SCHOOLOGY, SchoologyAccount)
