"""Courses."""

from datetime import datetime
from typing import Any

import strawberry

from lms_gateway.domain.asks import Ask, ById, Children, SectionFilter
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed, loaded
from lms_gateway.schema.context import given
from lms_gateway.schema.enums import CourseState, Vendor
from lms_gateway.schema.fields import Connection, Info, block, fact
from lms_gateway.schema.members import (
    enrollments_field,
    students_field,
    teachers_field,
    users_field,
)
from lms_gateway.schema.node import (
    Node,
    is_kind,
    resolve_reference,
    tenant_field,
    tenant_slug_field,
    vendor_field,
    vendor_id_field,
)
from lms_gateway.schema.types.canvas import CanvasCourse
from lms_gateway.schema.types.refs import AccountType, SectionType, TenantType, TermType
from lms_gateway.schema.types.schoology import SchoologyCourse


def _ask_term(root: strawberry.Parent[Any], info: Info) -> Ask | None:
    return root.term_id and ById(Kind.TERM, root.term_id)


def _ask_account(root: strawberry.Parent[Any], info: Info) -> Ask | None:
    return root.account_id and ById(Kind.ACCOUNT, root.account_id)


def ask_sections(
    root: strawberry.Parent[Any],
    info: Info,
    include_past: bool | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Ask:
    if given(search) is not None and not (search or "").strip():
        raise BadInput("search: must not be empty")
    return Children(root.key, Kind.SECTION, SectionFilter(given(search), given(include_past)))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A course; people enrol into its sections."
)
class Course(Node):
    is_type_of = is_kind(Kind.COURSE)

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
    term = loaded(
        _ask_term,
        returns=TermType | None,
        name="term",
        needs=("term_id",),
        description="Its term (Canvas only: at Schoology sections have them).",
    )
    student_count: int | None = fact(
        "student_count", "How many students are active or invited in it, each once."
    )
    account = loaded(
        _ask_account,
        returns=AccountType | None,
        name="account",
        needs=("account_id",),
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
    canvas: CanvasCourse | None = block(Vendor.CANVAS, CanvasCourse | None)
    schoology: SchoologyCourse | None = block(Vendor.SCHOOLOGY, SchoologyCourse | None)

    @classmethod
    async def resolve_reference(
        cls,
        info: Info,
        id: str | None = None,
        tenantSlug: str | None = None,
        vendorId: str | None = None,
    ) -> Any:
        return await resolve_reference(
            info, Kind.COURSE, id=id, tenant_slug=tenantSlug, vendor_id=vendorId
        )
