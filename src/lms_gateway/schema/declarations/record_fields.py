"""Declarations of fields that are read from records, and of connections.

A source is a record of the domain. The source of a vendor's block refers to the same record: its
field `locale` reads the record field `canvas.locale`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar, dataclass_transform

import strawberry

from lms_gateway.domain.access import Scope
from lms_gateway.domain.limitations import Limitation
from lms_gateway.domain.loads import ById, Load, Page
from lms_gateway.domain.record import Kind, Record, Vendor
from lms_gateway.execution import BATCH_RESOLVER, DECLARATION, DeclaredField, Requires, embedded, to_one_load
from lms_gateway.schema.context import Context
from lms_gateway.schema.sources import DocumentSource, PageSource

T = TypeVar("T")
Info = strawberry.Info[Context, Any]

CAPABILITY = "capability"
"""Key of a field's metadata: the `Limitation` by which a vendor declares that it lacks the field.

`schema.capabilities` lists every field that has one.
"""


class VendorBlockSource:
    """A record as the source of its vendor's block. `prefix` is that of the vendor's fields."""

    __slots__ = ("prefix", "record")

    def __init__(self, record: Record, prefix: str) -> None:
        self.record = record
        self.prefix = prefix


def read(source: Any, name: str) -> Any:
    """Return a field's value: the default resolver of the schema."""
    if type(source) is VendorBlockSource:
        return getattr(source.record, source.prefix + name)
    if type(source) is dict:
        return source.get(name)
    if type(source) is DocumentSource:
        return source.value.get(name)
    return getattr(source, name)


def read_all(sources: Sequence[Any], name: str) -> list[Any]:
    """Return what `read` returns for each source. Fast if all sources have one class."""
    classes = set(map(type, sources))
    if classes.isdisjoint(_SPECIAL_SOURCES):
        return list(map(attrgetter(name), sources))
    if classes == _VENDOR_BLOCK_ONLY:
        record_field = sources[0].prefix + name  # a block's field belongs to one vendor
        return [getattr(source.record, record_field) for source in sources]
    return [read(source, name) for source in sources]


_VENDOR_BLOCK_ONLY = {VendorBlockSource}
_SPECIAL_SOURCES = frozenset({VendorBlockSource, dict, DocumentSource})


def as_json(value: Any) -> Any:
    """Return a document's value with its datetimes as text, for the JSON scalar."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def field(description: str, capability: Limitation | None = None) -> Any:
    """Return a field that is read from the record field of the same name."""
    metadata: dict[object, Any] = {DECLARATION: Requires(())}
    if capability is not None:
        metadata[CAPABILITY] = capability
    return DeclaredField(description=description, metadata=metadata)


def value(description: str) -> Any:
    """Return a field that is read from the key of the same name of a nested object or document."""
    return strawberry.field(description=description)


def typed_field(returns: Any, description: str, resolver: Any = None, **options: Any) -> Any:
    """Return a field of that type, which the annotation of the resolver does not change."""
    make_field: Any = strawberry.field
    return make_field(resolver=resolver, graphql_type=returns, description=description, **options)


def to_one(kind: Kind, id_field: str, returns: Any, description: str) -> Any:
    """Return the field of the object whose id is in `id_field`; null if that is null."""

    def load_related(root: strawberry.Parent[Any], info: Info) -> Load | None:
        id = getattr(root, id_field)
        return ById(kind, id) if id else None

    return to_one_load(load_related, id_field=id_field, returns=returns | None, description=description)


def makes_load(operation: Any, kind: Kind | None = None) -> Callable[[T], T]:
    """Declare which load a function makes, so that a vendor can declare that it lacks it."""

    def mark(make_load: T) -> T:
        setattr(make_load, CAPABILITY, Limitation(operation, kind))
        return make_load

    return mark


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def vendor_block_type(vendor: Vendor, *, description: str) -> Callable[[type[T]], type[T]]:
    """Declare the type of a vendor's block: its fields read the vendor's record fields."""

    def declare(cls: type[T]) -> type[T]:
        for name, attribute in vars(cls).items():
            if isinstance(attribute, DeclaredField):
                attribute.declare(Requires((f"{vendor}.{name}",)))
        return strawberry.type(cls, description=description)

    return declare


def vendor_block(vendor: Vendor, returns: Any) -> Any:
    """Return the field of a vendor's block; null for the tenants of other vendors."""
    prefix = f"{vendor}."

    def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        tenant = info.context.tenant_scope_of(root).tenant
        return VendorBlockSource(root, prefix) if tenant.vendor is vendor else None

    def resolve_all(sources: Sequence[Any], info: Info) -> Sequence[Any]:
        slugs = {source.tenant for source in sources}
        vendor_slugs = {slug for slug in slugs if info.context.tenant_scope(slug).tenant.vendor is vendor}
        return [
            VendorBlockSource(source, prefix) if source.tenant in vendor_slugs else None for source in sources
        ]

    return typed_field(
        returns | None,
        f"Fields that only {vendor.name.title()} has; null for other vendors.",
        resolve,
        metadata={**embedded(), BATCH_RESOLVER: resolve_all},
    )


def has_admin_scope(source: VendorBlockSource, info: Info) -> bool:
    """Return whether the caller may read secrets, such as access codes, of the source's tenant."""
    return info.context.has_scope(source.record.tenant, Scope.ADMIN)


@strawberry.federation.type(shareable=True, description="Pagination information.")
class PageInfo:
    has_next_page: bool = value("Whether more items follow this page.")
    has_previous_page: bool = value("Whether the page was requested with `after`.")
    start_cursor: str | None = value("Cursor of the first item; null if the page is empty.")
    end_cursor: str | None = value("Cursor of the last item, for `after`; null if the page is empty.")


class EdgeSource:
    """One item of a page as the source of an edge."""

    __slots__ = ("_index", "_page", "node")

    def __init__(self, page: PageSource, index: int) -> None:
        self._page = page
        self._index = index
        self.node = page.items[index]

    @property
    def cursor(self) -> str:
        return self._page.cursor(self._index)


@strawberry.type(description="An item of a connection.")
class Edge(Generic[T]):
    cursor: str = value(
        "Cursor of this item, for `after`. It is bound to this connection, its "
        "arguments, the tenant and the credential."
    )
    node: T = strawberry.field(description="The object.", metadata=embedded())


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


@strawberry.type(description="One page of a list, in the vendor's order.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(
        resolver=_edges, description="The items with their cursors.", metadata=embedded()
    )
    nodes: list[T] = strawberry.field(
        resolver=_nodes, description="The objects without cursors.", metadata=embedded()
    )
    page_info: PageInfo = strawberry.field(
        resolver=_page_info, description="Whether more items follow, and their cursors."
    )
    total_count: int | None = strawberry.field(
        resolver=_total,
        description="Number of all items, as reported by the vendor, or counted when all items "
        "are loaded; otherwise null. Never costs a vendor call.",
    )
