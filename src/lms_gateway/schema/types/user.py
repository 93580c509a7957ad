"""People."""

from typing import Any

import strawberry

from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import ScopeRequired
from lms_gateway.domain.loads import (
    Children,
    CourseFilter,
    Load,
    MemberFilter,
    OperationLoad,
    SectionFilter,
)
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.node import (
    Node,
    is_type_of_kind,
    reference_by_id_or_vendor_id,
    tenant_field,
    tenant_slug_field,
    vendor_field,
    vendor_id_field,
)
from lms_gateway.schema.declarations.operation_fields import operation
from lms_gateway.schema.declarations.record_fields import Connection, Info, field, vendor_block
from lms_gateway.schema.inputs.filters import MembersFilter, UserCoursesFilter
from lms_gateway.schema.types.account_details import AccessToken
from lms_gateway.schema.types.canvas import CanvasUser
from lms_gateway.schema.types.refs import CourseType, EnrollmentType, SectionType, TenantType
from lms_gateway.schema.types.schoology import SchoologyUser


def _sections_load(
    root: strawberry.Parent[Any], info: Info, include_past: bool | None = strawberry.UNSET
) -> Load:
    return Children(root.key, Kind.SECTION, SectionFilter(include_past=unset_to_none(include_past)))


def _courses_load(
    root: strawberry.Parent[Any], info: Info, filter: UserCoursesFilter | None = strawberry.UNSET
) -> Load:
    course_filter = filter.to_domain(info.context, root) if filter else CourseFilter()
    return Children(root.key, Kind.COURSE, course_filter)


def _enrollments_load(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Load:
    member_filter = MemberFilter() if not filter else filter.to_domain(info.context, root)
    return Children(root.key, Kind.ENROLLMENT, member_filter)


def _token_load(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Load:
    if not info.context.has_scope(root.tenant, Scope.ADMIN):
        raise ScopeRequired("accessToken needs the admin scope")
    return OperationLoad("access_token", root.key, (("id", id),))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A person: student, teacher or other."
)
class User(Node):
    is_type_of = is_type_of_kind(Kind.USER)
    resolve_reference = reference_by_id_or_vendor_id(Kind.USER)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = field("name", "The full name.")
    display_name: str | None = field(
        "display_name",
        "The name to show. Rosters carry it, so that asking for no more costs no call a person.",
    )
    sortable_name: str | None = field(
        "sortable_name", "Last name first, for sorting (Canvas only)."
    )
    given_name: str | None = field("given_name", "The first name.")
    family_name: str | None = field("family_name", "The last name.")
    pronouns: str | None = field("pronouns", "Their pronouns (Canvas only); null where not told.")
    email: str | None = field("email", "Their e-mail address; null where not to be seen.")
    username: str | None = field("username", "What they sign in with; null where not to be seen.")
    sis_id: str | None = field(
        "sis_id",
        "Their id in the school's information system; null where unset or not to be seen.",
    )
    integration_id: str | None = field("integration_id", "Their integration id (Canvas only).")
    avatar_url: str | None = field("avatar_url", "Their picture; null where there is none.")
    bio: str | None = field("bio", "What they say of themselves (Canvas only).")
    locale: str | None = field("locale", "The language they chose; null where none.")
    time_zone: str | None = field("time_zone", "Their IANA time zone; null where not told.")
    sections = connection(
        _sections_load,
        returns=Connection[SectionType] | None,
        name="sections",
        description="The sections that they are enrolled in.",
    )
    courses = connection(
        _courses_load,
        returns=Connection[CourseType] | None,
        name="courses",
        description="The courses that they are enrolled in.",
    )
    enrollments = connection(
        _enrollments_load,
        returns=Connection[EnrollmentType] | None,
        name="enrollments",
        description="Their places in sections.",
    )
    access_token = operation(
        _token_load,
        AccessToken,
        "access_token",
        "One of their access tokens, by the vendor's id or its hint; never its secret. Needs the "
        "`admin` scope (Canvas only).",
    )
    canvas: CanvasUser | None = vendor_block(Vendor.CANVAS, CanvasUser | None)
    schoology: SchoologyUser | None = vendor_block(Vendor.SCHOOLOGY, SchoologyUser | None)
