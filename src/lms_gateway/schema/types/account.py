"""Accounts: Canvas accounts, Schoology schools and buildings."""

from typing import Any

import strawberry

from lms_gateway.domain.asks import AccountFilter, Ask, ById, Children, CourseFilter
from lms_gateway.domain.records import Kind
from lms_gateway.execution import listed, loaded, needs
from lms_gateway.schema.enums import AccountKind, Vendor
from lms_gateway.schema.fields import Connection, Info, block, fact
from lms_gateway.schema.inputs import CoursesFilter
from lms_gateway.schema.node import (
    Node,
    is_kind,
    resolve_reference,
    tenant_field,
    vendor_id_field,
)
from lms_gateway.schema.types.canvas import CanvasAccount
from lms_gateway.schema.types.refs import AccountType, CourseType, TenantType
from lms_gateway.schema.types.schoology import SchoologyAccount


def _ask_parent(root: strawberry.Parent[Any], info: Info) -> Ask | None:
    return root.parent_id and ById(Kind.ACCOUNT, root.parent_id)


def _ask_sub_accounts(root: strawberry.Parent[Any], info: Info, recursive: bool = False) -> Ask:
    return Children(root.key, Kind.ACCOUNT, AccountFilter(recursive))


def _ask_courses(
    root: strawberry.Parent[Any], info: Info, filter: CoursesFilter | None = strawberry.UNSET
) -> Ask:
    narrowed = CourseFilter() if not filter else filter.narrow(info.context, root)
    return Children(root.key, Kind.COURSE, narrowed)


def _kind(root: strawberry.Parent[Any]) -> Any:
    return root.account_kind


def _kind_field() -> Any:
    make: Any = strawberry.field
    return make(
        resolver=_kind,
        graphql_type=AccountKind | None,
        description="What it is in the vendor's hierarchy.",
        metadata=needs("account_kind"),
    )


@strawberry.federation.type(
    keys=["id"], description="Who runs courses: a Canvas account, a Schoology school or building."
)
class Account(Node):
    is_type_of = is_kind(Kind.ACCOUNT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = fact("name", "Its name.")
    sis_id: str | None = fact(
        "sis_id",
        "Its id in the school's information system (Canvas only); null where unset or not to be "
        "seen.",
    )
    kind: AccountKind | None = _kind_field()
    parent = loaded(
        _ask_parent,
        returns=AccountType | None,
        name="parent",
        needs=("parent_id",),
        description="The account above it; null for the outermost, and where it was not told.",
    )
    sub_accounts = listed(
        _ask_sub_accounts,
        returns=Connection[AccountType] | None,
        name="sub_accounts",
        description="The accounts directly below it, or all that lie below it (`recursive`).",
    )
    courses = listed(
        _ask_courses,
        returns=Connection[CourseType] | None,
        name="courses",
        description="Its courses, with those of the accounts below it.",
    )
    time_zone: str | None = fact("time_zone", "The IANA time zone of its courses (Canvas only).")
    canvas: CanvasAccount | None = block(Vendor.CANVAS, CanvasAccount | None)
    schoology: SchoologyAccount | None = block(Vendor.SCHOOLOGY, SchoologyAccount | None)

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Any:
        return await resolve_reference(info, Kind.ACCOUNT, id=id, tenant_slug=None, vendor_id=None)
