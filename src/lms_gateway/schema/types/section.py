"""Course sections."""

from datetime import datetime, time
from typing import Any

import strawberry

from lms_gateway.domain.asks import Ask, TermsOf
from lms_gateway.domain.records import Kind
from lms_gateway.execution import loaded, needs, through
from lms_gateway.schema.enums import Day, Vendor
from lms_gateway.schema.fields import Info, block, fact, relation
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
        metadata=needs("may_manage_calendar"),
    )


def _ask_terms(root: strawberry.Parent[Any], info: Info) -> Ask:
    return TermsOf(root.key)


def _permissions(root: strawberry.Parent[Any]) -> SectionPermissions | None:
    return None if root.may_manage_calendar is None else root


def _is_cross_listed(root: strawberry.Parent[Any]) -> bool | None:
    if "original_course_id" not in root.known:
        return None
    return root.original_course_id is not None


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"],
    description="A course section: the people who meet, and when. "
    "Canvas section, Schoology course section.",
)
class Section(Node):
    is_type_of = is_kind(Kind.SECTION)
    resolve_reference = referred(Kind.SECTION)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = fact("name", "Its name; Schoology calls it the section's title.")
    code: str | None = fact("code", "Its code within its course (Schoology only).")
    sis_id: str | None = fact(
        "sis_id",
        "Its id in the school's information system; null where unset or not to be seen. "
        "Schoology's section school code.",
    )
    integration_id: str | None = fact("integration_id", "Its integration id (Canvas only).")
    description: str | None = fact("description", "What its teachers say of it (Schoology only).")
    location: str | None = fact("location", "Where it meets (Schoology only).")
    start_at: datetime | None = fact("start_at", "When it begins (Canvas only); null where unset.")
    end_at: datetime | None = fact("end_at", "When it ends (Canvas only); null where unset.")
    is_active: bool | None = fact(
        "is_active", "Whether it is within its grading periods now (Schoology only)."
    )
    is_synced: bool | None = fact(
        "is_synced", "Whether the school's information system keeps it (Schoology only)."
    )
    url: str | None = fact("url", "Its page at the vendor; null where the vendor names none.")
    course = relation(
        Kind.COURSE,
        "course_id",
        returns=CourseType | None,
        name="course",
        description="The course that it is now in. Where the course itself is refused, what its "
        "section tells of it.",
    )
    original_course = relation(
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
        metadata=needs("original_course_id"),
    )
    terms = loaded(
        _ask_terms,
        returns=list[TermType] | None,
        name="terms",
        needs=("term_ids",),
        description="The terms that it runs in: Canvas its course's one, Schoology its grading "
        "periods.",
    )
    meeting: Meeting | None = fact("meeting", "When it meets (Schoology only); null where not set.")
    student_count: int | None = fact(
        "student_count", "How many students are active or invited, each once."
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    permissions: SectionPermissions | None = strawberry.field(
        resolver=_permissions,
        description="What the viewer may do with it (Canvas only).",
        metadata=through(),
    )
    canvas: CanvasSection | None = block(Vendor.CANVAS, CanvasSection | None)
    schoology: SchoologySection | None = block(Vendor.SCHOOLOGY, SchoologySection | None)
