"""Tenants."""

from operator import attrgetter
from typing import Any

import strawberry

from lms_gateway.domain.record import Vendor
from lms_gateway.execution.library_internals import core_schema_of
from lms_gateway.schema.capabilities import Capability, capabilities_of
from lms_gateway.schema.declarations.node import Node
from lms_gateway.schema.declarations.record_fields import Info, typed_field
from lms_gateway.schema.ids import TENANT, decode_id
from lms_gateway.schema.root import Root
from lms_gateway.schema.sources import TenantScope


def _capabilities(root: strawberry.Parent[Any], info: Info) -> Any:
    return capabilities_of(core_schema_of(info.schema), root.session.backend.limitations)


def _tenant_field(name: str, type_: Any, description: str) -> Any:
    """Return a field that reads an attribute of the configured tenant."""
    read = attrgetter(name)

    def resolve(root: strawberry.Parent[Any]) -> Any:
        return read(root.tenant)

    return typed_field(type_, description, resolve)


@strawberry.federation.type(keys=["id"], description="A school or university on the platform of one vendor.")
class Tenant(Node, Root):
    slug: str = _tenant_field("slug", str, "Short name, for X-Tenant and /t/{slug}.")
    name: str = _tenant_field("name", str, "Full name.")
    vendor: Vendor = _tenant_field("vendor", Vendor, "The platform of the tenant.")
    viewer_is_service: bool = _tenant_field(
        "viewer_is_service",
        bool,
        "Whether the gateway uses the tenant's service account for all callers: every caller can "
        "see what that account can see.",
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
