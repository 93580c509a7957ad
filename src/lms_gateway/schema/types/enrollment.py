"""Enrollments."""

from datetime import datetime

import strawberry

from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.schema.declarations.node import TenantObject, is_type_of_kind, reference_by_id
from lms_gateway.schema.declarations.record_fields import field, to_one, value, vendor_block
from lms_gateway.schema.types.canvas.blocks import CanvasEnrollment
from lms_gateway.schema.types.refs import CourseType, SectionType, UserType
from lms_gateway.schema.types.schoology.blocks import SchoologyEnrollment


@strawberry.federation.type(shareable=True, description="Grades of a student in a course.")
class Grades:
    current_score: float | None = value("Score of the graded work in percent; null if not visible.")
    current_grade: str | None = value("Letter grade of `currentScore`.")
    final_score: float | None = value("Score of all work in percent; null if not visible.")
    final_grade: str | None = value("Letter grade of `finalScore`.")


@strawberry.federation.type(keys=["id"], description="A user's membership in a section.")
class Enrollment(TenantObject):
    is_type_of = is_type_of_kind(Kind.ENROLLMENT)
    resolve_reference = reference_by_id(Kind.ENROLLMENT)

    role: Role | None = field("Role; null for an unrecognized role, see `canvas` or `schoology`.")
    state: EnrollmentState | None = field("State; null if unrecognized, see `canvas` or `schoology`.")
    user = to_one(Kind.USER, "user_id", UserType, "The enrolled user.")
    section = to_one(
        Kind.SECTION, "section_id", SectionType, "The section; null if the vendor hides sections."
    )
    course = to_one(Kind.COURSE, "course_id", CourseType, "The course of the section.")
    grades: Grades | None = field("Grades of a student (Canvas only); null if not visible.")
    start_at: datetime | None = field("Start (Canvas only); null if unset.")
    end_at: datetime | None = field("End (Canvas only); null if unset.")
    last_activity_at: datetime | None = field("Last activity in the course (Canvas only).")
    canvas: CanvasEnrollment | None = vendor_block(Vendor.CANVAS, CanvasEnrollment)
    schoology: SchoologyEnrollment | None = vendor_block(Vendor.SCHOOLOGY, SchoologyEnrollment)
