"""Courses."""

from datetime import datetime
from typing import Any

import strawberry

from lms_gateway.domain.asks import Ask, Children, Detail, Details, SectionFilter
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed
from lms_gateway.schema.context import given
from lms_gateway.schema.details import arguments, one, plain_list, several
from lms_gateway.schema.enums import CourseState, Vendor
from lms_gateway.schema.fields import Connection, Info, block, fact, relation
from lms_gateway.schema.members import (
    enrollments_field,
    students_field,
    teachers_field,
    users_field,
)
from lms_gateway.schema.node import (
    Node,
    is_kind,
    referred,
    tenant_field,
    tenant_slug_field,
    vendor_field,
    vendor_id_field,
)
from lms_gateway.schema.references import UserRef, look_up
from lms_gateway.schema.sources import Later
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


def ask_sections(
    root: strawberry.Parent[Any],
    info: Info,
    include_past: bool | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Ask:
    if given(search) is not None and not (search or "").strip():
        raise BadInput("search: must not be empty")
    return Children(root.key, Kind.SECTION, SectionFilter(given(search), given(include_past)))


def _ask_user(root: strawberry.Parent[Any], info: Info, by: UserRef) -> Any:
    return Later(lambda: _of_user(root, info, "course_user", by))


def _ask_progress(root: strawberry.Parent[Any], info: Info, user: UserRef) -> Any:
    return Later(lambda: _of_user(root, info, "course_progress", user))


async def _of_user(root: Any, info: Info, name: str, ref: UserRef) -> Ask | None:
    key = await look_up(info.context, info.context.view_of(root), Kind.USER, ref)
    return None if key is None else Detail(name, root.key, (("user", key.id),))


def _ask_student_progress(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("student_progress", root.key)


def _ask_settings(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("course_settings", root.key)


def _ask_permissions(
    root: strawberry.Parent[Any], info: Info, names: list[str] | None = strawberry.UNSET
) -> Ask:
    return Detail("course_permissions", root.key, arguments(names=names))


def _ask_recent_students(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("recent_students", root.key)


def _ask_share_users(root: strawberry.Parent[Any], info: Info, search: str) -> Ask:
    return Details("content_share_users", root.key, arguments(search=search))


def _ask_stream(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("activity_stream", root.key)


def _ask_summary(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Detail("activity_stream_summary", root.key)


def _ask_todo(root: strawberry.Parent[Any], info: Info) -> Ask:
    return Details("todo_items", root.key)


def _ask_due_dates(
    root: strawberry.Parent[Any],
    info: Info,
    assignment_ids: list[strawberry.ID] | None = strawberry.UNSET,
) -> Ask:
    return Detail("effective_due_dates", root.key, arguments(assignment_ids=assignment_ids))


def _ask_preview(root: strawberry.Parent[Any], info: Info, html: str) -> Ask:
    return Detail("preview_html", root.key, arguments(html=html))


def _ask_copy(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Ask:
    return Detail("course_copy", root.key, arguments(id=id))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A course; people enrol into its sections."
)
class Course(Node):
    is_type_of = is_kind(Kind.COURSE)
    resolve_reference = referred(Kind.COURSE)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = fact("name", "Its name, as the credential's user sees it.")
    code: str | None = fact("code", "Its code, e.g. BIO-101.")
    sis_id: str | None = fact(
        "sis_id",
        "Its id in the school's information system (Canvas only); null where unset or not to be "
        "seen.",
    )
    integration_id: str | None = fact("integration_id", "Its integration id (Canvas only).")
    description: str | None = fact(
        "description", "What it is about. Canvas: the public description."
    )
    department: str | None = fact("department", "Its department (Schoology only).")
    subject: str | None = fact("subject", "Its subject area in words (Schoology only).")
    grade_levels: list[str] | None = fact(
        "grade_levels", "The grade levels that it is for, in words (Schoology only)."
    )
    credits: float | None = fact("credits", "What it counts for (Schoology only).")
    state: CourseState | None = fact("state", "Its publication state (Canvas only).")
    start_at: datetime | None = fact("start_at", "When it begins (Canvas only); null where unset.")
    end_at: datetime | None = fact("end_at", "When it ends (Canvas only); null where unset.")
    time_zone: str | None = fact("time_zone", "Its IANA time zone (Canvas only).")
    image_url: str | None = fact("image_url", "Its picture (Canvas only); null where none is set.")
    url: str | None = fact("url", "Its page at the vendor; null where the vendor names none.")
    term = relation(
        Kind.TERM,
        "term_id",
        returns=TermType | None,
        name="term",
        description="Its term (Canvas only: at Schoology sections have them).",
    )
    student_count: int | None = fact(
        "student_count", "How many students are active or invited in it, each once."
    )
    account = relation(
        Kind.ACCOUNT,
        "account_id",
        returns=AccountType | None,
        name="account",
        description="The account that it belongs to: Canvas account, Schoology building or school.",
    )
    sections = listed(
        ask_sections,
        returns=Connection[SectionType] | None,
        name="sections",
        description="Its sections. Schoology leaves out those of past grading periods unless "
        "`includePast`; Canvas lists them always.",
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    user = one(
        _ask_user,
        UserType,
        "user",
        "One user, if enrolled in it and visible to the credential (Canvas only).",
        follows=False,
    )
    progress = one(
        _ask_progress,
        CanvasCourseProgress,
        "progress",
        "How far a user has come; null where the course is not module-based (Canvas only).",
        follows=False,
    )
    student_progress = plain_list(
        _ask_student_progress,
        StudentProgress,
        "student_progress",
        "How far each student has come in a module-based course (Canvas only).",
    )
    settings = one(_ask_settings, CourseSettings, "settings", "Its settings (Canvas only).")
    permissions = several(
        _ask_permissions,
        Permission,
        "permissions",
        "What the viewer may do, of the permissions named or of all (Canvas only).",
    )
    recent_students = plain_list(
        _ask_recent_students,
        UserType,
        "recent_students",
        "Students by when they last signed in, the latest first (Canvas only).",
    )
    content_share_users = plain_list(
        _ask_share_users,
        UserType,
        "content_share_users",
        "People whom content may be shared with, by part of their name (Canvas only).",
    )
    activity_stream = plain_list(
        _ask_stream, ActivityStreamItem, "activity_stream", "What happened in it (Canvas only)."
    )
    activity_stream_summary = several(
        _ask_summary,
        ActivityStreamSummary,
        "activity_stream_summary",
        "How much happened in it, by type (Canvas only).",
    )
    todo_items = plain_list(
        _ask_todo, TodoItem, "todo_items", "What the viewer has to do in it (Canvas only)."
    )
    effective_due_dates = several(
        _ask_due_dates,
        EffectiveDueDate,
        "effective_due_dates",
        "When each student's assignments are due: those named, or all (Canvas only).",
    )
    preview_html = one(
        _ask_preview,
        str,
        "preview_html",
        "What HTML becomes in the course's pages (Canvas only).",
    )
    copy = one(
        _ask_copy,
        CanvasCourseCopy,
        "copy",
        "A job that copied content into it, by the vendor's id (Canvas only).",
    )
    canvas: CanvasCourse | None = block(Vendor.CANVAS, CanvasCourse | None)
    schoology: SchoologyCourse | None = block(Vendor.SCHOOLOGY, SchoologyCourse | None)
