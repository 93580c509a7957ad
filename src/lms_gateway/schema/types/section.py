"""Course sections."""

from datetime import datetime, time
from typing import Any

import strawberry

from lms_gateway.domain.loads import Load, TermsOf
from lms_gateway.domain.models import Day
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import embedded, load_field, requires
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
from lms_gateway.schema.declarations.record_fields import Info, field, to_one, vendor_block
from lms_gateway.schema.types.canvas import CanvasSection
from lms_gateway.schema.types.refs import CourseType, TenantType, TermType
from lms_gateway.schema.types.schoology import SchoologySection


@strawberry.federation.type(shareable=True, description="When a section meets.")
class Meeting:
    days: list[Day] = strawberry.field(description="The days of the week; empty where none is set.")
    start_time: time | None = strawberry.field(
        description="When a meeting begins, in school-local time; null where not set."
    )
    end_time: time | None = strawberry.field(
        description="When a meeting ends, in school-local time; null where not set."
    )


@strawberry.type(description="What the viewer may do with a section.")
class SectionPermissions:
    may_manage_calendar: bool | None = strawberry.field(
        name="manageCalendar",
        description="Whether the viewer may edit its calendar; null where the vendor does not say.",
        metadata=requires("may_manage_calendar"),
    )


def _terms_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return TermsOf(root.key)


def _permissions(root: strawberry.Parent[Any]) -> SectionPermissions | None:
    return None if root.may_manage_calendar is None else root


def _is_cross_listed(root: strawberry.Parent[Any]) -> bool | None:
    if "original_course_id" not in root.known_fields:
        return None
    return root.original_course_id is not None


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"],
    description="A course section: the people who meet, and when. "
    "Canvas section, Schoology course section.",
)
class Section(Node):
    is_type_of = is_type_of_kind(Kind.SECTION)
    resolve_reference = reference_by_id_or_vendor_id(Kind.SECTION)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = field("name", "Its name; Schoology calls it the section's title.")
    code: str | None = field("code", "Its code within its course (Schoology only).")
    sis_id: str | None = field(
        "sis_id",
        "Its id in the school's information system; null where unset or not to be seen. "
        "Schoology's section school code.",
    )
    integration_id: str | None = field("integration_id", "Its integration id (Canvas only).")
    description: str | None = field("description", "What its teachers say of it (Schoology only).")
    location: str | None = field("location", "Where it meets (Schoology only).")
    start_at: datetime | None = field("start_at", "When it begins (Canvas only); null where unset.")
    end_at: datetime | None = field("end_at", "When it ends (Canvas only); null where unset.")
    is_active: bool | None = field(
        "is_active", "Whether it is within its grading periods now (Schoology only)."
    )
    is_synced: bool | None = field(
        "is_synced", "Whether the school's information system keeps it (Schoology only)."
    )
    url: str | None = field("url", "Its page at the vendor; null where the vendor names none.")
    course = to_one(
        Kind.COURSE,
        "course_id",
        returns=CourseType | None,
        name="course",
        description="The course that it is now in. Where the course itself is refused, what its "
        "section tells of it.",
    )
    original_course = to_one(
        Kind.COURSE,
        "original_course_id",
        returns=CourseType | None,
        name="original_course",
        description="The course that it came from; null where it is not cross-listed "
        "(Canvas only).",
    )
    is_cross_listed: bool | None = strawberry.field(
        resolver=_is_cross_listed,
        description="Whether it was moved from another course (Canvas only).",
        metadata=requires("original_course_id"),
    )
    terms = load_field(
        _terms_load,
        returns=list[TermType] | None,
        name="terms",
        requires=("term_ids",),
        description="The terms that it runs in: Canvas its course's one, Schoology its grading "
        "periods.",
    )
    meeting: Meeting | None = field(
        "meeting", "When it meets (Schoology only); null where not set."
    )
    student_count: int | None = field(
        "student_count", "How many students are active or invited, each once."
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    permissions: SectionPermissions | None = strawberry.field(
        resolver=_permissions,
        description="What the viewer may do with it (Canvas only).",
        metadata=embedded(),
    )
    canvas: CanvasSection | None = vendor_block(Vendor.CANVAS, CanvasSection | None)
    schoology: SchoologySection | None = vendor_block(Vendor.SCHOOLOGY, SchoologySection | None)
