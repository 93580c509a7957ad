"""The query root: the selected tenant's fields, and those that need none selected."""

from typing import Any

import strawberry

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.records import Kind
from lms_gateway.schema.context import MOST_ROWS, Context, given
from lms_gateway.schema.enums import Vendor
from lms_gateway.schema.fields import Info
from lms_gateway.schema.ids import TENANT, read_id
from lms_gateway.schema.node import Node
from lms_gateway.schema.progress import progress_field, report_field
from lms_gateway.schema.root import Root
from lms_gateway.schema.types.refs import TenantType


def _tenant(info: Info, slug: str | None = strawberry.UNSET) -> Any:
    context = info.context
    return context.selected() if given(slug) is None else context.view(slug or "")


def _tenants(
    info: Info,
    slugs: list[str] | None = strawberry.UNSET,
    vendor: Vendor | None = strawberry.UNSET,
) -> Any:
    context = info.context
    named = given(slugs)
    # Each once: thousands of one slug would have the whole answer written as often.
    views = (
        context.views() if named is None else [context.view(slug) for slug in dict.fromkeys(named)]
    )
    return [view for view in views if not vendor or view.tenant.vendor is vendor]


def _find(context: Context, id: str, info: Info) -> Any:
    found = read_id(id)
    if found.kind == TENANT:
        return context.view(found.tenant)
    return context.load_one(None, context.by_id(found.tenant, Kind(found.kind), found.key), info)


def _node(info: Info, id: strawberry.ID) -> Any:
    return _find(info.context, id, info)


def _nodes(info: Info, ids: list[strawberry.ID]) -> Any:
    if len(ids) > MOST_ROWS:
        raise BadInput(f"ids: at most {MOST_ROWS} at a time")
    info.context.count_references(len(ids))
    found: list[Any] = []
    for id in ids:
        try:
            found.append(_find(info.context, id, info))
        except LmsError as error:
            found.append(error)  # raised at the item's own path
    return found


def _field(resolver: Any, returns: Any, description: str) -> Any:
    make: Any = strawberry.field
    return make(resolver=resolver, graphql_type=returns, description=description)


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
