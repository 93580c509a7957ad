"""Course sections."""

from datetime import datetime, time
from typing import Any

import strawberry

from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.loads import Load, Members, TermsOf
from lms_gateway.domain.models import Day
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import embedded, load_field, requires
from lms_gateway.schema.declarations.member_connections import (
    enrollments_field,
    students_field,
    teachers_field,
    users_field,
)
from lms_gateway.schema.declarations.node import VendorObject, is_type_of_kind, reference_by_id_or_vendor_id
from lms_gateway.schema.declarations.record_fields import Info, field, makes_load, to_one, value, vendor_block
from lms_gateway.schema.types.canvas.blocks import CanvasSection
from lms_gateway.schema.types.refs import CourseType, TermType
from lms_gateway.schema.types.schoology.blocks import SchoologySection


@strawberry.federation.type(shareable=True, description="Weekly meetings of a section.")
class Meeting:
    days: list[Day] = value("Days of the week; empty if unset.")
    start_time: time | None = value("Start in the school's local time; null if unset.")
    end_time: time | None = value("End in the school's local time; null if unset.")


@strawberry.type(description="The viewer's permissions in a section.")
class SectionPermissions:
    may_manage_calendar: bool | None = strawberry.field(
        name="manageCalendar",
        description="Whether the viewer can edit the calendar; null if not reported.",
        metadata=requires("may_manage_calendar"),
    )


@makes_load(TermsOf)
def _terms_load(root: strawberry.Parent[Any], info: Info) -> Load:
    return TermsOf(root.key)


def _permissions(root: strawberry.Parent[Any]) -> SectionPermissions | None:
    return None if root.may_manage_calendar is None else root


def _is_cross_listed(root: strawberry.Parent[Any]) -> bool | None:
    if "original_course_id" not in root.known_fields:
        return None
    return root.original_course_id is not None


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A section of a course, with its members and meetings."
)
class Section(VendorObject):
    is_type_of = is_type_of_kind(Kind.SECTION)
    resolve_reference = reference_by_id_or_vendor_id(Kind.SECTION)

    name: str | None = field("Name; Schoology's section title.")
    code: str | None = field("Code within the course (Schoology only).")
    sis_id: str | None = field(
        "Id in the student information system; null if unset or not visible. Schoology's section school code."
    )
    integration_id: str | None = field("Integration id (Canvas only).")
    description: str | None = field("Description (Schoology only).")
    location: str | None = field("Location of the meetings (Schoology only).")
    start_at: datetime | None = field("Start (Canvas only); null if unset.")
    end_at: datetime | None = field("End (Canvas only); null if unset.")
    is_active: bool | None = field("Whether a grading period includes today (Schoology only).")
    is_synced: bool | None = field("Managed by a student information system (Schoology only).")
    url: str | None = field("URL of the section's page; null if the vendor does not report it.")
    course = to_one(
        Kind.COURSE,
        "course_id",
        CourseType,
        "The course of the section. If the course itself is not readable, the fields that the "
        "section contains.",
    )
    original_course = to_one(
        Kind.COURSE,
        "original_course_id",
        CourseType,
        "The course before cross-listing; null if the section is not cross-listed (Canvas only).",
    )
    is_cross_listed: bool | None = strawberry.field(
        resolver=_is_cross_listed,
        description="Whether the section was moved from another course (Canvas only).",
        metadata=requires("original_course_id"),
    )
    terms = load_field(
        _terms_load,
        returns=list[TermType] | None,
        requires=("term_ids",),
        description="The terms: at Canvas the term of the course, at Schoology the grading periods.",
    )
    meeting: Meeting | None = field("Weekly meetings (Schoology only); null if unset.")
    student_count: int | None = field(
        "Number of students that are active or invited, each counted once.",
        capability=Limitation(Members, Kind.USER),
    )
    users = users_field()
    enrollments = enrollments_field()
    students = students_field()
    teachers = teachers_field()
    permissions: SectionPermissions | None = strawberry.field(
        resolver=_permissions, description="The viewer's permissions (Canvas only).", metadata=embedded()
    )
    canvas: CanvasSection | None = vendor_block(Vendor.CANVAS, CanvasSection)
    schoology: SchoologySection | None = vendor_block(Vendor.SCHOOLOGY, SchoologySection)
