"""Users."""

from typing import Annotated, Any

import strawberry

from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import ScopeRequired
from lms_gateway.domain.loads import Children, Load, OperationLoad, SectionFilter
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import connection, load_field
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.declarations.member_connections import filtered_connection
from lms_gateway.schema.declarations.node import VendorObject, is_type_of_kind, reference_by_id_or_vendor_id
from lms_gateway.schema.declarations.record_fields import Connection, Info, field, makes_load, vendor_block
from lms_gateway.schema.inputs.filters import MembersFilter, UserCoursesFilter
from lms_gateway.schema.types.canvas.account_operations import AccessToken
from lms_gateway.schema.types.canvas.blocks import CanvasUser
from lms_gateway.schema.types.course import INCLUDE_PAST
from lms_gateway.schema.types.refs import CourseType, EnrollmentType, SectionType
from lms_gateway.schema.types.schoology.blocks import SchoologyUser


@makes_load(Children, Kind.SECTION)
def _sections_load(
    root: strawberry.Parent[Any],
    info: Info,
    include_past: Annotated[bool | None, strawberry.argument(description=INCLUDE_PAST)] = strawberry.UNSET,
) -> Load:
    return Children(root.key, Kind.SECTION, SectionFilter(include_past=unset_to_none(include_past)))


@makes_load(OperationLoad)
def _access_token_load(
    root: strawberry.Parent[Any],
    info: Info,
    id: Annotated[
        strawberry.ID, strawberry.argument(description="The vendor's id of the token, or its hint.")
    ],
) -> Load:
    if not info.context.has_scope(root.tenant, Scope.ADMIN):
        raise ScopeRequired("accessToken needs the admin scope")
    return OperationLoad("access_token", root.key, (("id", id),))


@strawberry.federation.type(
    keys=["id", "tenantSlug vendorId"], description="A person: a student, teacher or other user."
)
class User(VendorObject):
    is_type_of = is_type_of_kind(Kind.USER)
    resolve_reference = reference_by_id_or_vendor_id(Kind.USER)

    name: str | None = field("Full name.")
    display_name: str | None = field("Display name. Part of rosters: costs no call per user.")
    sortable_name: str | None = field("Name to sort by, last name first (Canvas only).")
    given_name: str | None = field("First name.")
    family_name: str | None = field("Last name.")
    pronouns: str | None = field("Pronouns (Canvas only); null if unset.")
    email: str | None = field("E-mail address; null if not visible.")
    username: str | None = field("Name to sign in with; null if not visible.")
    sis_id: str | None = field("SIS id; null if unset or not visible.")
    integration_id: str | None = field("Integration id (Canvas only).")
    avatar_url: str | None = field("URL of the picture; null if there is none.")
    bio: str | None = field("Biography (Canvas only).")
    locale: str | None = field("Preferred language; null if unset.")
    time_zone: str | None = field("IANA time zone; null if not reported.")
    sections = connection(
        _sections_load,
        returns=Connection[SectionType] | None,
        description="The sections in which the user is enrolled.",
    )
    courses = filtered_connection(
        Children, Kind.COURSE, UserCoursesFilter, CourseType, "The courses in which the user is enrolled."
    )
    enrollments = filtered_connection(
        Children, Kind.ENROLLMENT, MembersFilter, EnrollmentType, "The user's enrollments."
    )
    access_token = load_field(
        _access_token_load,
        returns=AccessToken | None,
        description="One access token of the user, without its secret. Requires the `admin` scope "
        "(Canvas only).",
        can_prefetch=True,
    )
    canvas: CanvasUser | None = vendor_block(Vendor.CANVAS, CanvasUser)
    schoology: SchoologyUser | None = vendor_block(Vendor.SCHOOLOGY, SchoologyUser)
