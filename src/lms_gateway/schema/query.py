"""The query root: the fields of the selected tenant, and those that require no tenant."""

from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.declarations.node import Node
from lms_gateway.schema.declarations.operation_fields import argument
from lms_gateway.schema.declarations.record_fields import Info, typed_field
from lms_gateway.schema.ids import TENANT, decode_id
from lms_gateway.schema.jobs.fields import progress_field, report_field
from lms_gateway.schema.root import Root
from lms_gateway.schema.types.refs import TenantType


def _tenant(info: Info, slug: str | None = strawberry.UNSET) -> Any:
    context = info.context
    if unset_to_none(slug) is None:
        return context.selected_tenant_scope()
    return context.tenant_scope(slug or "")


def _tenants(
    info: Info, slugs: list[str] | None = strawberry.UNSET, vendor: Vendor | None = strawberry.UNSET
) -> Any:
    context = info.context
    if unset_to_none(slugs) is None:
        scopes = context.tenant_scopes()
    else:
        # Each tenant once: a request that repeats a slug must not multiply the response.
        scopes = [context.tenant_scope(slug) for slug in dict.fromkeys(slugs or ())]
    return [scope for scope in scopes if not vendor or scope.tenant.vendor is vendor]


def _load_by_id(context: Context, id: str, info: Info) -> Any:
    tenant, kind, key = decode_id(id)
    if kind == TENANT:
        return context.tenant_scope(tenant)
    return context.load_single(None, context.load_by_global_id(tenant, Kind(kind), key), info)


def _node(info: Info, id: strawberry.ID) -> Any:
    return _load_by_id(info.context, id, info)


def _nodes(info: Info, ids: list[strawberry.ID]) -> Any:
    if len(ids) > MAX_ROWS:
        raise BadInput(f"ids: must not contain more than {MAX_ROWS} ids")
    info.context.count_references(len(ids))
    objects: list[Any] = []
    for id in ids:
        try:
            objects.append(_load_by_id(info.context, id, info))
        except LmsError as error:
            objects.append(error)  # raised at the path of the item
    return objects


def _field(resolver: Any, returns: Any, description: str, **arguments: str) -> Any:
    """Return a field. `arguments` are the descriptions of its arguments."""
    for name, text in arguments.items():
        resolver.__annotations__[name] = argument(resolver.__annotations__[name], text)
    return typed_field(returns, description, resolver)


@strawberry.type(description="Fields of the selected tenant, and fields that require no tenant.")
class Query(Root):
    tenant = _field(
        _tenant, TenantType | None, "A tenant.", slug="Slug of the tenant; the selected tenant if omitted."
    )
    tenants = _field(
        _tenants,
        list[TenantType] | None,
        "The accessible tenants, each once.",
        slugs="Slugs of the tenants; all accessible tenants if omitted.",
        vendor="Only tenants of this vendor.",
    )
    node = _field(
        _node,
        Node | None,
        "An object by its global id. Null without an error if it does not exist.",
        id="Global id.",
    )
    nodes = _field(
        _nodes,
        list[Node | None],
        "Objects by their global ids, in the order of `ids`.",
        ids="Global ids, at most 500.",
    )
    progress = progress_field()
    report = report_field()
