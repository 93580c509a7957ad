"""Tenants."""

from typing import Any

import strawberry

from lms_gateway.domain.record import Vendor
from lms_gateway.execution.library_internals import core_schema_of
from lms_gateway.schema.capabilities import Capability, capabilities_of
from lms_gateway.schema.declarations.node import Node
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.ids import TENANT, decode_id
from lms_gateway.schema.root import Root
from lms_gateway.schema.sources import TenantScope


def _slug(root: strawberry.Parent[Any]) -> str:
    slug: str = root.tenant.slug
    return slug


def _name(root: strawberry.Parent[Any]) -> str:
    name: str = root.tenant.name
    return name


def _viewer_is_service(root: strawberry.Parent[Any]) -> bool:
    is_service: bool = root.tenant.viewer_is_service
    return is_service


def _capabilities(root: strawberry.Parent[Any], info: Info) -> Any:
    return capabilities_of(core_schema_of(info.schema), root.session.backend.limitations)


def _vendor(root: strawberry.Parent[Any]) -> Any:
    return root.tenant.vendor


def _vendor_field() -> Any:
    make_field: Any = strawberry.field
    return make_field(resolver=_vendor, graphql_type=Vendor, description="The platform it is on.")


@strawberry.federation.type(
    keys=["id"], description="A school or university on the platform of one vendor."
)
class Tenant(Node, Root):
    slug: str = strawberry.field(
        resolver=_slug, description="Short name, for X-Tenant and /t/{slug}."
    )
    name: str = strawberry.field(resolver=_name, description="Full name.")
    vendor: Vendor = _vendor_field()
    viewer_is_service: bool = strawberry.field(
        resolver=_viewer_is_service,
        description="Whether the gateway uses the tenant's service account for all callers: every "
        "caller can see what that account can see.",
    )
    capabilities: list[Capability] = strawberry.field(
        resolver=_capabilities, description="Which operations of this schema the vendor supports."
    )

    @staticmethod
    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, TenantScope)

    @classmethod
    def resolve_reference(cls, info: Info, id: str) -> Any:
        return info.context.tenant_scope(decode_id(id, TENANT).tenant)
