"""Enrollments."""

from datetime import datetime

import strawberry

from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    reference_by_id,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.declarations.record_fields import field, to_one, vendor_block
from lms_gateway.schema.types.canvas import CanvasEnrollment
from lms_gateway.schema.types.refs import CourseType, SectionType, TenantType, UserType
from lms_gateway.schema.types.schoology import SchoologyEnrollment


@strawberry.federation.type(shareable=True, description="A student's standing.")
class Grades:
    current_score: float | None = strawberry.field(
        description="Per cent, over what is graded; null where not to be seen."
    )
    current_grade: str | None = strawberry.field(description="The letter for `currentScore`.")
    final_score: float | None = strawberry.field(
        description="Per cent, over everything; null where not to be seen."
    )
    final_grade: str | None = strawberry.field(description="The letter for `finalScore`.")


@strawberry.federation.type(keys=["id"], description="A person's place in a section.")
class Enrollment(Node):
    is_type_of = is_type_of_kind(Kind.ENROLLMENT)
    resolve_reference = reference_by_id(Kind.ENROLLMENT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    role: Role | None = field(
        "role", "What they are there; null for a role that is new, which the vendor's block tells."
    )
    state: EnrollmentState | None = field(
        "state", "How far it has come; null for a state that is new, which the block tells."
    )
    user = to_one(Kind.USER, "user_id", returns=UserType | None, name="user", description="Who.")
    section = to_one(
        Kind.SECTION,
        "section_id",
        returns=SectionType | None,
        name="section",
        description="Where; null where the vendor hides sections.",
    )
    course = to_one(
        Kind.COURSE,
        "course_id",
        returns=CourseType | None,
        name="course",
        description="The section's course.",
    )
    grades: Grades | None = field(
        "grades", "The student's standing (Canvas only); null for others, or where hidden."
    )
    start_at: datetime | None = field("start_at", "When it begins (Canvas only); null where unset.")
    end_at: datetime | None = field("end_at", "When it ends (Canvas only); null where unset.")
    last_activity_at: datetime | None = field(
        "last_activity_at", "When they were last active in the course (Canvas only)."
    )
    canvas: CanvasEnrollment | None = vendor_block(Vendor.CANVAS, CanvasEnrollment | None)
    schoology: SchoologyEnrollment | None = vendor_block(
        Vendor.SCHOOLOGY, SchoologyEnrollment | None
    )
