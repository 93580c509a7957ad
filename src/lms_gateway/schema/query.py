"""The query root: the selected tenant's fields, and those that need none selected."""

from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.declarations.node import Node
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.ids import TENANT, decode_id
from lms_gateway.schema.jobs.fields import progress_field, report_field
from lms_gateway.schema.root import Root
from lms_gateway.schema.types.refs import TenantType


def _tenant(info: Info, slug: str | None = strawberry.UNSET) -> Any:
    context = info.context
    return (
        context.selected_tenant_scope()
        if unset_to_none(slug) is None
        else context.tenant_scope(slug or "")
    )


def _tenants(
    info: Info,
    slugs: list[str] | None = strawberry.UNSET,
    vendor: Vendor | None = strawberry.UNSET,
) -> Any:
    context = info.context
    requested_slugs = unset_to_none(slugs)
    # Each once: thousands of one slug would have the whole answer written as often.
    tenant_scopes = (
        context.tenant_scopes()
        if requested_slugs is None
        else [context.tenant_scope(slug) for slug in dict.fromkeys(requested_slugs)]
    )
    return [
        tenant_scope
        for tenant_scope in tenant_scopes
        if not vendor or tenant_scope.tenant.vendor is vendor
    ]


def _load_by_id(context: Context, id: str, info: Info) -> Any:
    global_id = decode_id(id)
    if global_id.kind == TENANT:
        return context.tenant_scope(global_id.tenant)
    return context.load_single(
        None, context.load_by_global_id(global_id.tenant, Kind(global_id.kind), global_id.key), info
    )


def _node(info: Info, id: strawberry.ID) -> Any:
    return _load_by_id(info.context, id, info)


def _nodes(info: Info, ids: list[strawberry.ID]) -> Any:
    if len(ids) > MAX_ROWS:
        raise BadInput(f"ids: at most {MAX_ROWS} at a time")
    info.context.count_references(len(ids))
    objects: list[Any] = []
    for id in ids:
        try:
            objects.append(_load_by_id(info.context, id, info))
        except LmsError as error:
            objects.append(error)  # raised at the item's own path
    return objects


def _field(resolver: Any, returns: Any, description: str) -> Any:
    make_field: Any = strawberry.field
    return make_field(resolver=resolver, graphql_type=returns, description=description)


@strawberry.type(description="Fields of the selected tenant, and those that need none selected.")
class Query(Root):
    tenant = _field(
        _tenant, TenantType | None, "A tenant by its slug; without one, the selected tenant."
    )
    tenants = _field(
        _tenants,
        list[TenantType] | None,
        "The tenants that the caller may use, or those named, each once.",
    )
    node = _field(_node, Node | None, "Any object by its global id; null where it is gone.")
    nodes = _field(
        _nodes, list[Node | None], "Objects by their global ids, in the order asked, at most 500."
    )
    progress = progress_field()
    report = report_field()
