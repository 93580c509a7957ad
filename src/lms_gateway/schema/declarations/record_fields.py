"""How the schema's types read their sources.

Sources are the domain's records as they are; a vendor's block reads the same record's `native`.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import strawberry

from lms_gateway.domain.access import Scope
from lms_gateway.domain.loads import ById, Load, Page
from lms_gateway.domain.record import Kind, Record, Vendor
from lms_gateway.execution import BATCH_RESOLVER, embedded, requires, to_one_load
from lms_gateway.schema.context import Context
from lms_gateway.schema.sources import DocumentSource, PageSource

T = TypeVar("T")
Info = strawberry.Info[Context, Any]


class VendorBlockSource:
    """A record as the source of its vendor's block."""

    __slots__ = ("prefix", "record")

    def __init__(self, record: Record, prefix: str) -> None:
        self.record = record
        self.prefix = prefix  # of the vendor's facets


def read(source: Any, name: str) -> Any:
    """The schema's default resolver: a facet, a native facet, or a key of a nested object."""
    if type(source) is VendorBlockSource:
        return getattr(source.record, source.prefix + name)
    if type(source) is dict:
        return source.get(name)
    if type(source) is DocumentSource:
        return source.value.get(name)
    return getattr(source, name)


def read_all(sources: Sequence[Any], name: str) -> list[Any]:
    """What `read` gives for each of the sources, which are mostly of one class."""
    classes = set(map(type, sources))
    if classes.isdisjoint(_SPECIAL_SOURCES):
        return list(map(attrgetter(name), sources))
    if classes == _VENDOR_BLOCK_ONLY:
        record_field = sources[0].prefix + name  # a block's field is of one vendor
        return [getattr(source.record, record_field) for source in sources]
    return [read(source, name) for source in sources]


_VENDOR_BLOCK_ONLY = {VendorBlockSource}
_SPECIAL_SOURCES = frozenset({VendorBlockSource, dict, DocumentSource})


def as_json(value: Any) -> Any:
    """A told value with its moments as text, for a JSON scalar."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def field(record_field: str, description: str) -> Any:
    """A leaf that is read off the source, once the facet is known.

    The facet has the field's own name, in a vendor's block behind `canvas.` or `schoology.`.
    """
    return strawberry.field(description=description, metadata=requires(record_field))


def to_one(kind: Kind, record_field: str, *, returns: Any, name: str, description: str) -> Any:
    """The field of the one object whose id the facet holds; null where it holds none."""

    def load_related(root: strawberry.Parent[Any], info: Info) -> Load | None:
        id = getattr(root, record_field)
        return ById(kind, id) if id else None

    return to_one_load(
        load_related, id_field=record_field, returns=returns, name=name, description=description
    )


def vendor_block(vendor: Vendor, returns: Any) -> Any:
    """The field that holds what only `vendor` has; null at the other vendor."""

    prefix = f"{vendor}."

    def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        tenant = info.context.tenant_scope_of(root).tenant
        return VendorBlockSource(root, prefix) if tenant.vendor is vendor else None

    def resolve_all(sources: Sequence[Any], info: Info) -> Sequence[Any]:
        slugs = {source.tenant for source in sources}
        vendor_slugs = {
            slug for slug in slugs if info.context.tenant_scope(slug).tenant.vendor is vendor
        }
        return [
            VendorBlockSource(source, prefix) if source.tenant in vendor_slugs else None
            for source in sources
        ]

    make_field: Any = strawberry.field
    return make_field(
        resolver=resolve,
        graphql_type=returns,
        description=f"What only {vendor.name.title()} has; null where the tenant is not on it.",
        metadata={**embedded(), BATCH_RESOLVER: resolve_all},
    )


def has_admin_scope(source: VendorBlockSource, info: Info) -> bool:
    """Whether the caller may see secrets such as access codes at the source's tenant."""
    return info.context.has_scope(source.record.tenant, Scope.ADMIN)


@strawberry.federation.type(
    shareable=True, description="Where a connection's page lies in the whole."
)
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow behind this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for behind a cursor."
    )
    start_cursor: str | None = strawberry.field(
        description="The first row's cursor; null where the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The last row's cursor, for `after`; null where the page is empty."
    )


class EdgeSource:
    """One row of a page as the source of an edge."""

    __slots__ = ("_index", "_page", "node")

    def __init__(self, page: PageSource, index: int) -> None:
        self._page = page
        self._index = index
        self.node = page.items[index]

    @property
    def cursor(self) -> str:
        return self._page.cursor(self._index)


@strawberry.type(description="A row of a connection.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(
        description="Where the connection goes on behind this row: for `after`. "
        "Bound to this connection, its arguments, tenant and credential."
    )
    node: T = strawberry.field(description="The object itself.", metadata=embedded())


def _edges(root: strawberry.Parent[Any]) -> Any:
    return [EdgeSource(root, index) for index in range(len(root.page.items))]


def _nodes(root: strawberry.Parent[Any]) -> Any:
    return root.items


def _page_info(root: strawberry.Parent[Any]) -> PageInfo:
    page: Page = root.page
    last = len(page.items) - 1
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=root.after is not None,
        start_cursor=root.cursor(0) if last >= 0 else None,
        end_cursor=root.cursor(last) if last >= 0 else None,
    )


def _total(root: strawberry.Parent[Any]) -> int | None:
    page: Page = root.page
    return page.total


@strawberry.type(description="A page of a list, in the vendor's order.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(
        resolver=_edges, description="The rows with their cursors.", metadata=embedded()
    )
    nodes: list[T] = strawberry.field(
        resolver=_nodes, description="The objects alone.", metadata=embedded()
    )
    page_info: PageInfo = strawberry.field(
        resolver=_page_info, description="Whether there is more, and from where."
    )
    total_count: int | None = strawberry.field(
        resolver=_total,
        description="How many there are in all, as the vendor said or as is wholly in hand; null "
        "where neither is so. Never costs a vendor call.",
    )
