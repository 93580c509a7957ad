"""The interface of everything that can be fetched again by its id."""

from collections.abc import Sequence
from inspect import isawaitable
from typing import Any

import strawberry

from lms_gateway.domain.asks import ById
from lms_gateway.domain.records import RECORDS, Kind, Record
from lms_gateway.execution import LEVELWISE
from lms_gateway.schema.enums import Vendor
from lms_gateway.schema.fields import Info
from lms_gateway.schema.ids import TENANT, read_id, write_id
from lms_gateway.schema.sources import Targeted, Told, View
from lms_gateway.schema.types.refs import TenantType


def global_id(root: strawberry.Parent[Any]) -> strawberry.ID:
    if isinstance(root, View):
        return strawberry.ID(write_id(root.tenant.slug, TENANT, ""))
    # A record, or something told that has a key.
    return strawberry.ID(write_id(root.tenant, root.key.kind, root.key.id))


def global_ids(sources: Sequence[Any], _info: Info) -> list[str]:
    """`global_id` of each; all are of one class."""
    if isinstance(sources[0], View):
        return [write_id(view.tenant.slug, TENANT, "") for view in sources]
    return [write_id(source.tenant, *source.key) for source in sources]


@strawberry.interface(description="An object that can be fetched again by its `id`.")
class Node:
    id: strawberry.ID = strawberry.field(
        resolver=global_id,
        metadata={LEVELWISE: global_ids},
        description="Opaque and global: names its tenant, and is the same however the object was "
        "reached.",
    )


def tenant_of(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.view_of(root)


def vendor_of(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.view_of(root).tenant.vendor


def slug_of(root: strawberry.Parent[Any]) -> str:
    record: Record = root
    return record.tenant


def vendor_id_of(root: strawberry.Parent[Any]) -> strawberry.ID:
    if isinstance(root, Told):
        return strawberry.ID(root.key.id.rpartition(".")[2] if root.key else "")
    record: Record = root
    return strawberry.ID(record.vendor_id)


def vendor_id_field() -> Any:
    """`vendorId: ID!`."""
    return strawberry.field(
        resolver=vendor_id_of,
        description="The vendor's own id, in one spelling (Canvas `1~123` is written long).",
    )


def vendor_field() -> Any:
    """`vendor: Vendor!`."""
    make: Any = strawberry.field
    return make(
        resolver=vendor_of, graphql_type=Vendor, description="The platform that keeps the object."
    )


def tenant_field() -> Any:
    """`tenant: Tenant!`."""
    make: Any = strawberry.field
    return make(
        resolver=tenant_of, graphql_type=TenantType, description="The tenant that it belongs to."
    )


def tenant_slug_field() -> Any:
    """`tenantSlug: String!`, for subgraphs that hold the vendors' ids."""
    return strawberry.field(
        resolver=slug_of,
        description="The tenant's slug: with `vendorId`, a key for other subgraphs.",
    )


def is_kind(kind: Kind) -> Any:
    """`is_type_of` for the type of that kind: sources are the domain's records as they are."""

    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, Record) and source.key.kind is kind

    is_type_of.instances_of = frozenset({RECORDS[kind]})  # type: ignore[attr-defined]
    return staticmethod(is_type_of)


def referred_by_id(kind: Kind) -> Any:
    """`resolve_reference` for a type whose only key is `id`."""

    async def resolve_reference(info: Info, id: str) -> Any:
        return await _resolve_id(info, kind, id)

    return staticmethod(resolve_reference)


def referred(kind: Kind) -> Any:
    """`resolve_reference` for a type that also has the key `tenantSlug vendorId`."""

    async def resolve_reference(
        info: Info,
        id: str | None = None,
        tenantSlug: str | None = None,
        vendorId: str | None = None,
    ) -> Any:
        if id is not None:
            return await _resolve_id(info, kind, id)
        view = info.context.view(str(tenantSlug))
        key = view.session.backend.canonical_id(kind, str(vendorId))
        return await _resolve(info, Targeted(view.session, ById(kind, key)))

    return staticmethod(resolve_reference)


async def _resolve_id(info: Info, kind: Kind, id: str) -> Any:
    found = read_id(id, kind)
    return await _resolve(info, info.context.by_id(found.tenant, kind, found.key))


async def _resolve(info: Info, target: Targeted) -> Any:
    """The object that another subgraph refers to; None where the vendor knows no such one."""
    answer = info.context.load_one(None, target, info)
    return await answer if isawaitable(answer) else answer
