"""The interface `Node`, and the fields and references that its types have in common."""

from collections.abc import Sequence
from inspect import isawaitable
from typing import Any

import strawberry

from lms_gateway.domain.loads import ById
from lms_gateway.domain.models import RECORDS
from lms_gateway.domain.record import Kind, Record, Vendor
from lms_gateway.execution import BATCH_RESOLVER
from lms_gateway.schema.declarations.record_fields import Info, typed_field
from lms_gateway.schema.ids import TENANT, decode_id, encode_id
from lms_gateway.schema.sources import CrossTenantLoad, DocumentSource, TenantScope
from lms_gateway.schema.types.refs import TenantType


def global_id(root: strawberry.Parent[Any]) -> strawberry.ID:
    if isinstance(root, TenantScope):
        return strawberry.ID(encode_id(root.tenant.slug, TENANT, ""))
    # A record, or a document that has a key.
    return strawberry.ID(encode_id(root.tenant, root.key.kind, root.key.id))


def global_ids(sources: Sequence[Any], _info: Info) -> list[str]:
    """Return the global id of each source. All sources have one class."""
    if isinstance(sources[0], TenantScope):
        return [encode_id(tenant_scope.tenant.slug, TENANT, "") for tenant_scope in sources]
    return [encode_id(source.tenant, *source.key) for source in sources]


@strawberry.interface(description="An object that can be read by its `id`.")
class Node:
    id: strawberry.ID = strawberry.field(
        resolver=global_id,
        metadata={BATCH_RESOLVER: global_ids},
        description="Opaque global id. It identifies the tenant and does not depend on how the "
        "object was reached.",
    )


def _tenant_of(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.tenant_scope_of(root)


def _vendor_of(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.tenant_scope_of(root).tenant.vendor


def _slug_of(root: strawberry.Parent[Any]) -> str:
    record: Record = root
    return record.tenant


def _vendor_id_of(root: strawberry.Parent[Any]) -> strawberry.ID:
    if isinstance(root, DocumentSource):
        return strawberry.ID(root.key.id.rpartition(".")[2] if root.key else "")
    record: Record = root
    return strawberry.ID(record.vendor_id)


_VENDOR_ID = "The vendor's id in canonical form (Canvas: `1~123` is expanded)."


@strawberry.type
class TenantObject(Node):
    """Base class of the types of objects that belong to a tenant."""

    vendor_id: strawberry.ID = typed_field(strawberry.ID, _VENDOR_ID, _vendor_id_of)
    tenant: TenantType = typed_field(TenantType, "The tenant of the object.", _tenant_of)


@strawberry.type
class VendorObject(Node):
    """Base class of the types that have the key `tenantSlug vendorId` for other subgraphs."""

    vendor_id: strawberry.ID = typed_field(strawberry.ID, _VENDOR_ID, _vendor_id_of)
    vendor: Vendor = typed_field(Vendor, "The platform of the object.", _vendor_of)
    tenant: TenantType = typed_field(TenantType, "The tenant of the object.", _tenant_of)
    tenant_slug: str = typed_field(
        str, "Slug of the tenant; with `vendorId`, a key for other subgraphs.", _slug_of
    )


def is_type_of_kind(kind: Kind) -> Any:
    """Return `is_type_of` of the type whose sources are the records of a kind."""

    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, Record) and source.key.kind is kind

    is_type_of.instances_of = frozenset({RECORDS[kind]})  # type: ignore[attr-defined]
    return staticmethod(is_type_of)


def reference_by_id(kind: Kind) -> Any:
    """Return `resolve_reference` of a type whose only key is `id`."""

    async def resolve_reference(info: Info, id: str) -> Any:
        return await _resolve_id(info, kind, id)

    return staticmethod(resolve_reference)


def reference_by_id_or_vendor_id(kind: Kind) -> Any:
    """Return `resolve_reference` of a type that also has the key `tenantSlug vendorId`."""

    async def resolve_reference(
        info: Info, id: str | None = None, tenantSlug: str | None = None, vendorId: str | None = None
    ) -> Any:
        if id is not None:
            return await _resolve_id(info, kind, id)
        tenant_scope = info.context.tenant_scope(str(tenantSlug))
        key = tenant_scope.session.backend.canonical_id(kind, str(vendorId))
        return await _resolve(info, CrossTenantLoad(tenant_scope.session, ById(kind, key)))

    return staticmethod(resolve_reference)


async def _resolve_id(info: Info, kind: Kind, id: str) -> Any:
    parsed = decode_id(id, kind)
    return await _resolve(info, info.context.load_by_global_id(parsed.tenant, kind, parsed.key))


async def _resolve(info: Info, target: CrossTenantLoad) -> Any:
    """Return the object to which another subgraph refers; None if it does not exist."""
    answer = info.context.load_single(None, target, info)
    return await answer if isawaitable(answer) else answer
