"""Courses."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.loads import Children, Load, Members, OperationLoad, SectionFilter
from lms_gateway.domain.models import CourseState
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.member_connections import (
    enrollments_field,
    students_field,
    teachers_field,
    users_field,
)
from lms_gateway.schema.declarations.node import VendorObject, is_type_of_kind, reference_by_id_or_vendor_id
from lms_gateway.schema.declarations.operation_fields import (
    NAMES,
    argument,
    operation,
    operation_connection,
    operation_list,
)
from lms_gateway.schema.declarations.record_fields import (
    Connection,
    Info,
    field,
    makes_load,
    to_one,
    vendor_block,
)
from lms_gateway.schema.inputs.references import UserRef, resolve_key
from lms_gateway.schema.sources import LazyAwaitable
from lms_gateway.schema.types.canvas.blocks import CanvasCourse
from lms_gateway.schema.types.canvas.course_operations import (
    ActivityStreamItem,
    ActivityStreamSummary,
    CanvasCourseCopy,
    CourseSettings,
    EffectiveDueDate,
    Permission,
    StudentProgress,
    TodoItem,
)
from lms_gateway.schema.types.canvas.nested import CanvasCourseProgress
from lms_gateway.schema.types.refs import AccountType, SectionType, TermType, UserType
from lms_gateway.schema.types.schoology.blocks import SchoologyCourse

INCLUDE_PAST = "Whether to include sections of past grading periods; the vendor's default if null."


@makes_load(Children, Kind.SECTION)
def _sections_load(
    root: strawberry.Parent[Any],
    info: Info,
    include_past: Annotated[bool | None, strawberry.argument(description=INCLUDE_PAST)] = strawberry.UNSET,
    search: Annotated[
        str | None, strawberry.argument(description="Part of the name (Canvas only).")
    ] = strawberry.UNSET,
) -> Load:
    if unset_to_none(search) is not None and not (search or "").strip():
        raise BadInput("search: must not be empty")
    return Children(root.key, Kind.SECTION, SectionFilter(unset_to_none(search), unset_to_none(include_past)))


def _user_operation(name: str, returns: Any, user_argument: str, description: str) -> Any:
    """Return a field that an operation answers about one user of the course.

    The user's key may have to be looked up first, so the field cannot be prefetched.
    """

    async def load_for_user(root: Any, info: Info, ref: UserRef) -> Load | None:
        key = await resolve_key(info.context, info.context.tenant_scope_of(root), Kind.USER, ref)
        return None if key is None else OperationLoad(name, root.key, (("user", key.id),))

    def by(root: strawberry.Parent[Any], info: Info, by: UserRef) -> Any:
        return LazyAwaitable(lambda: load_for_user(root, info, by))

    def user(root: strawberry.Parent[Any], info: Info, user: UserRef) -> Any:
        return LazyAwaitable(lambda: load_for_user(root, info, user))

    make_load = makes_load(OperationLoad)(by if user_argument == "by" else user)
    make_load.__annotations__[user_argument] = argument(UserRef, "The user.")
    return load_field(make_load, returns=returns | None, description=description)


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A course. People enroll in its sections."
)
class Course(VendorObject):
    is_type_of = is_type_of_kind(Kind.COURSE)
    resolve_reference = reference_by_id_or_vendor_id(Kind.COURSE)

    name: str | None = field("Name, as the user of the credential sees it.")
    code: str | None = field("Course code, for example BIO-101.")
    sis_id: str | None = field("SIS id (Canvas only); null if unset or not visible.")
    integration_id: str | None = field("Integration id (Canvas only).")
    description: str | None = field("Description. Canvas: the public description.")
    department: str | None = field("Department (Schoology only).")
    subject: str | None = field("Name of the subject area (Schoology only).")
    grade_levels: list[str] | None = field("Names of the grade levels (Schoology only).")
    credits: float | None = field("Number of credits (Schoology only).")
    state: CourseState | None = field("Publication state (Canvas only).")
    start_at: datetime | None = field("Start (Canvas only); null if unset.")
    end_at: datetime | None = field("End (Canvas only); null if unset.")
    time_zone: str | None = field("IANA time zone (Canvas only).")
    image_url: str | None = field("URL of the image (Canvas only); null if unset.")
    url: str | None = field("URL of the course's page; null if the vendor does not report it.")
    term = to_one(
        Kind.TERM, "term_id", TermType, "The term (Canvas only; at Schoology, sections have terms)."
    )
    student_count: int | None = field(
        "Number of students that are active or invited, each counted once.",
        capability=Limitation(Members, Kind.USER),
    )
    account = to_one(
        Kind.ACCOUNT,
        "account_id",
        AccountType,
        "The account of the course: a Canvas account, a Schoology building or school.",
    )
    sections = connection(
        _sections_load,
        returns=Connection[SectionType] | None,
        description="The sections. Schoology omits those of past grading periods unless "
        "`includePast`; Canvas always lists them.",
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    user = _user_operation(
        "course_user", UserType, "by", "One user; null if not enrolled or not visible (Canvas only)."
    )
    progress = _user_operation(
        "course_progress",
        CanvasCourseProgress,
        "user",
        "Progress of a user; null if the course is not module-based (Canvas only).",
    )
    student_progress = operation_connection(
        "student_progress",
        StudentProgress,
        "Progress of each student in a module-based course (Canvas only).",
    )
    settings = operation("course_settings", CourseSettings, "Settings (Canvas only).")
    permissions = operation_list(
        "course_permissions", Permission, "The viewer's permissions in the course (Canvas only).", **NAMES
    )
    recent_students = operation_connection(
        "recent_students", UserType, "Students by last sign-in, latest first (Canvas only)."
    )
    content_share_users = operation_connection(
        "content_share_users",
        UserType,
        "Users who can receive shared content (Canvas only).",
        search=(str, "Part of the user's name."),
    )
    activity_stream = operation_connection(
        "activity_stream", ActivityStreamItem, "Activity in the course (Canvas only)."
    )
    activity_stream_summary = operation_list(
        "activity_stream_summary",
        ActivityStreamSummary,
        "Number of items of the activity stream by type (Canvas only).",
    )
    todo_items = operation_connection("todo_items", TodoItem, "The viewer's to-do items (Canvas only).")
    effective_due_dates = operation_list(
        "effective_due_dates",
        EffectiveDueDate,
        "Due dates of assignments for each student (Canvas only).",
        assignment_ids=(list[strawberry.ID] | None, "Vendor ids of the assignments; all if omitted."),
    )
    preview_html = operation(
        "preview_html",
        str,
        "HTML as the course's pages display it (Canvas only).",
        html=(str, "The HTML to process."),
    )
    copy = operation(
        "course_copy",
        CanvasCourseCopy,
        "A job that copied content into the course (Canvas only).",
        id=(strawberry.ID, "The vendor's id of the job."),
    )
    canvas: CanvasCourse | None = vendor_block(Vendor.CANVAS, CanvasCourse)
    schoology: SchoologyCourse | None = vendor_block(Vendor.SCHOOLOGY, SchoologyCourse)
