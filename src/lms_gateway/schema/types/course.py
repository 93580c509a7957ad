"""Courses."""

from datetime import datetime
from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import Children, Load, OperationListLoad, OperationLoad, SectionFilter
from lms_gateway.domain.models import CourseState
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.member_connections import (
    enrollments_field,
    students_field,
    teachers_field,
    users_field,
)
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    reference_by_id_or_vendor_id,
    tenant_field,
    tenant_slug_field,
    vendor_field,
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
from lms_gateway.schema.inputs.references import UserRef, resolve_key
from lms_gateway.schema.sources import LazyAwaitable
from lms_gateway.schema.types.canvas import CanvasCourse
from lms_gateway.schema.types.canvas_parts import CanvasCourseProgress
from lms_gateway.schema.types.course_details import (
    ActivityStreamItem,
    ActivityStreamSummary,
    CanvasCourseCopy,
    CourseSettings,
    EffectiveDueDate,
    Permission,
    StudentProgress,
    TodoItem,
)
from lms_gateway.schema.types.refs import (
    AccountType,
    SectionType,
    TenantType,
    TermType,
    UserType,
)
from lms_gateway.schema.types.schoology import SchoologyCourse


def sections_load(
    root: strawberry.Parent[Any],
    info: Info,
    include_past: bool | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Load:
    if unset_to_none(search) is not None and not (search or "").strip():
        raise BadInput("search: must not be empty")
    return Children(
        root.key, Kind.SECTION, SectionFilter(unset_to_none(search), unset_to_none(include_past))
    )


def _user_load(root: strawberry.Parent[Any], info: Info, by: UserRef) -> Any:
    return LazyAwaitable(lambda: _user_operation_load(root, info, "course_user", by))


def _progress_load(root: strawberry.Parent[Any], info: Info, user: UserRef) -> Any:
    return LazyAwaitable(lambda: _user_operation_load(root, info, "course_progress", user))


async def _user_operation_load(root: Any, info: Info, name: str, ref: UserRef) -> Load | None:
    key = await resolve_key(info.context, info.context.tenant_scope_of(root), Kind.USER, ref)
    return None if key is None else OperationLoad(name, root.key, (("user", key.id),))


def _student_progress_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("student_progress", root.key)


def _settings_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("course_settings", root.key)


def _permissions_load(
    root: strawberry.Parent[Any], info: Info, names: list[str] | None = strawberry.UNSET
) -> Load:
    return OperationLoad("course_permissions", root.key, present_arguments(names=names))


def _recent_students_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("recent_students", root.key)


def _share_users_load(root: strawberry.Parent[Any], info: Info, search: str) -> Load:
    return OperationListLoad("content_share_users", root.key, present_arguments(search=search))


def _stream_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("activity_stream", root.key)


def _summary_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationLoad("activity_stream_summary", root.key)


def _todo_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return OperationListLoad("todo_items", root.key)


def _due_dates_load(
    root: strawberry.Parent[Any],
    info: Info,
    assignment_ids: list[strawberry.ID] | None = strawberry.UNSET,
) -> Load:
    return OperationLoad(
        "effective_due_dates", root.key, present_arguments(assignment_ids=assignment_ids)
    )


def _preview_load(root: strawberry.Parent[Any], info: Info, html: str) -> Load:
    return OperationLoad("preview_html", root.key, present_arguments(html=html))


def _copy_load(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Load:
    return OperationLoad("course_copy", root.key, present_arguments(id=id))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A course; people enrol into its sections."
)
class Course(Node):
    is_type_of = is_type_of_kind(Kind.COURSE)
    resolve_reference = reference_by_id_or_vendor_id(Kind.COURSE)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = field("name", "Its name, as the credential's user sees it.")
    code: str | None = field("code", "Its code, e.g. BIO-101.")
    sis_id: str | None = field(
        "sis_id",
        "Its id in the school's information system (Canvas only); null where unset or not to be "
        "seen.",
    )
    integration_id: str | None = field("integration_id", "Its integration id (Canvas only).")
    description: str | None = field(
        "description", "What it is about. Canvas: the public description."
    )
    department: str | None = field("department", "Its department (Schoology only).")
    subject: str | None = field("subject", "Its subject area in words (Schoology only).")
    grade_levels: list[str] | None = field(
        "grade_levels", "The grade levels that it is for, in words (Schoology only)."
    )
    credits: float | None = field("credits", "What it counts for (Schoology only).")
    state: CourseState | None = field("state", "Its publication state (Canvas only).")
    start_at: datetime | None = field("start_at", "When it begins (Canvas only); null where unset.")
    end_at: datetime | None = field("end_at", "When it ends (Canvas only); null where unset.")
    time_zone: str | None = field("time_zone", "Its IANA time zone (Canvas only).")
    image_url: str | None = field("image_url", "Its picture (Canvas only); null where none is set.")
    url: str | None = field("url", "Its page at the vendor; null where the vendor names none.")
    term = to_one(
        Kind.TERM,
        "term_id",
        returns=TermType | None,
        name="term",
        description="Its term (Canvas only: at Schoology sections have them).",
    )
    student_count: int | None = field(
        "student_count", "How many students are active or invited in it, each once."
    )
    account = to_one(
        Kind.ACCOUNT,
        "account_id",
        returns=AccountType | None,
        name="account",
        description="The account that it belongs to: Canvas account, Schoology building or school.",
    )
    sections = connection(
        sections_load,
        returns=Connection[SectionType] | None,
        name="sections",
        description="Its sections. Schoology leaves out those of past grading periods unless "
        "`includePast`; Canvas lists them always.",
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    user = operation(
        _user_load,
        UserType,
        "user",
        "One user, if enrolled in it and visible to the credential (Canvas only).",
        follows=False,
    )
    progress = operation(
        _progress_load,
        CanvasCourseProgress,
        "progress",
        "How far a user has come; null where the course is not module-based (Canvas only).",
        follows=False,
    )
    student_progress = operation_connection(
        _student_progress_load,
        StudentProgress,
        "student_progress",
        "How far each student has come in a module-based course (Canvas only).",
    )
    settings = operation(_settings_load, CourseSettings, "settings", "Its settings (Canvas only).")
    permissions = operation_list(
        _permissions_load,
        Permission,
        "permissions",
        "What the viewer may do, of the permissions named or of all (Canvas only).",
    )
    recent_students = operation_connection(
        _recent_students_load,
        UserType,
        "recent_students",
        "Students by when they last signed in, the latest first (Canvas only).",
    )
    content_share_users = operation_connection(
        _share_users_load,
        UserType,
        "content_share_users",
        "People whom content may be shared with, by part of their name (Canvas only).",
    )
    activity_stream = operation_connection(
        _stream_load, ActivityStreamItem, "activity_stream", "What happened in it (Canvas only)."
    )
    activity_stream_summary = operation_list(
        _summary_load,
        ActivityStreamSummary,
        "activity_stream_summary",
        "How much happened in it, by type (Canvas only).",
    )
    todo_items = operation_connection(
        _todo_load, TodoItem, "todo_items", "What the viewer has to do in it (Canvas only)."
    )
    effective_due_dates = operation_list(
        _due_dates_load,
        EffectiveDueDate,
        "effective_due_dates",
        "When each student's assignments are due: those named, or all (Canvas only).",
    )
    preview_html = operation(
        _preview_load,
        str,
        "preview_html",
        "What HTML becomes in the course's pages (Canvas only).",
    )
    copy = operation(
        _copy_load,
        CanvasCourseCopy,
        "copy",
        "A job that copied content into it, by the vendor's id (Canvas only).",
    )
    canvas: CanvasCourse | None = vendor_block(Vendor.CANVAS, CanvasCourse | None)
    schoology: SchoologyCourse | None = vendor_block(Vendor.SCHOOLOGY, SchoologyCourse | None)
