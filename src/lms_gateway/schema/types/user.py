"""People."""

from typing import Any

import strawberry

from lms_gateway.domain.asks import Ask, Children, CourseFilter, Detail, MemberFilter, SectionFilter
from lms_gateway.domain.errors import ScopeRequired
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed
from lms_gateway.schema.context import given
from lms_gateway.schema.details import one
from lms_gateway.schema.enums import Vendor
from lms_gateway.schema.fields import Connection, Info, block, fact
from lms_gateway.schema.filters import MembersFilter, UserCoursesFilter
from lms_gateway.schema.node import (
    Node,
    is_kind,
    referred,
    tenant_field,
    tenant_slug_field,
    vendor_field,
    vendor_id_field,
)
from lms_gateway.schema.types.account_details import AccessToken
from lms_gateway.schema.types.canvas import CanvasUser
from lms_gateway.schema.types.refs import CourseType, EnrollmentType, SectionType, TenantType
from lms_gateway.schema.types.schoology import SchoologyUser
from lms_gateway.tenancy import Scope


def _ask_sections(
    root: strawberry.Parent[Any], info: Info, include_past: bool | None = strawberry.UNSET
) -> Ask:
    return Children(root.key, Kind.SECTION, SectionFilter(include_past=given(include_past)))


def _ask_courses(
    root: strawberry.Parent[Any], info: Info, filter: UserCoursesFilter | None = strawberry.UNSET
) -> Ask:
    narrowed = filter.narrow(info.context, root) if filter else CourseFilter()
    return Children(root.key, Kind.COURSE, narrowed)


def _ask_enrollments(
    root: strawberry.Parent[Any], info: Info, filter: MembersFilter | None = strawberry.UNSET
) -> Ask:
    narrowed = MemberFilter() if not filter else filter.narrow(info.context, root)
    return Children(root.key, Kind.ENROLLMENT, narrowed)


def _ask_token(root: strawberry.Parent[Any], info: Info, id: strawberry.ID) -> Ask:
    if not info.context.has_scope(root.tenant, Scope.ADMIN):
        raise ScopeRequired("accessToken needs the admin scope")
    return Detail("access_token", root.key, (("id", id),))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A person: student, teacher or other."
)
class User(Node):
    is_type_of = is_kind(Kind.USER)
    resolve_reference = referred(Kind.USER)

    vendor_id: strawberry.ID = vendor_id_field()
    vendor: Vendor = vendor_field()
    tenant: TenantType = tenant_field()
    tenant_slug: str = tenant_slug_field()
    name: str | None = fact("name", "The full name.")
    display_name: str | None = fact(
        "display_name",
        "The name to show. Rosters carry it, so that asking for no more costs no call a person.",
    )
    sortable_name: str | None = fact("sortable_name", "Last name first, for sorting (Canvas only).")
    given_name: str | None = fact("given_name", "The first name.")
    family_name: str | None = fact("family_name", "The last name.")
    pronouns: str | None = fact("pronouns", "Their pronouns (Canvas only); null where not told.")
    email: str | None = fact("email", "Their e-mail address; null where not to be seen.")
    username: str | None = fact("username", "What they sign in with; null where not to be seen.")
    sis_id: str | None = fact(
        "sis_id",
        "Their id in the school's information system; null where unset or not to be seen.",
    )
    integration_id: str | None = fact("integration_id", "Their integration id (Canvas only).")
    avatar_url: str | None = fact("avatar_url", "Their picture; null where there is none.")
    bio: str | None = fact("bio", "What they say of themselves (Canvas only).")
    locale: str | None = fact("locale", "The language they chose; null where none.")
    time_zone: str | None = fact("time_zone", "Their IANA time zone; null where not told.")
    sections = listed(
        _ask_sections,
        returns=Connection[SectionType] | None,
        name="sections",
        description="The sections that they are enrolled in.",
    )
    courses = listed(
        _ask_courses,
        returns=Connection[CourseType] | None,
        name="courses",
        description="The courses that they are enrolled in.",
    )
    enrollments = listed(
        _ask_enrollments,
        returns=Connection[EnrollmentType] | None,
        name="enrollments",
        description="Their places in sections.",
    )
    access_token = one(
        _ask_token,
        AccessToken,
        "access_token",
        "One of their access tokens, by the vendor's id or its hint; never its secret. Needs the "
        "`admin` scope (Canvas only).",
    )
    canvas: CanvasUser | None = block(Vendor.CANVAS, CanvasUser | None)
    schoology: SchoologyUser | None = block(Vendor.SCHOOLOGY, SchoologyUser | None)
