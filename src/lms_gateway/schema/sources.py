"""Sources of fields, other than the records of the domain."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from lms_gateway.domain.access import Scope
from lms_gateway.domain.loads import Document, Load, Page
from lms_gateway.loading import TenantSession
from lms_gateway.schema.cursors import CursorCodec
from lms_gateway.tenancy import Tenant


class TenantScope:
    """A tenant with its session and what the caller may do: the source of the type `Tenant`."""

    __slots__ = ("granted_scopes", "session", "tenant")

    def __init__(self, tenant: Tenant, session: TenantSession, granted_scopes: frozenset[Scope]) -> None:
        self.tenant = tenant
        self.session = session
        self.granted_scopes = granted_scopes


class TenantOwned:
    """Base class of sources that contain the slug of their tenant."""

    __slots__ = ("tenant",)

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant


class DocumentSource(TenantOwned):
    """A document of a vendor operation: fields read the keys of its value."""

    __slots__ = ("key", "value")

    def __init__(self, tenant: str, document: Document) -> None:
        super().__init__(tenant)
        self.value = document.value
        self.key = document.key


class CrossTenantLoad:
    """A load of the tenant that a global id identifies, instead of the field's own tenant."""

    __slots__ = ("load", "session")

    def __init__(self, session: TenantSession, load: Load) -> None:
        self.session = session
        self.load = load


class LazyAwaitable:
    """An awaitable that starts when it is awaited.

    A request that ends early does not await all fields; a coroutine would then issue a warning.
    """

    __slots__ = ("_start",)

    def __init__(self, start: Callable[[], Awaitable[Any]]) -> None:
        self._start = start

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._start().__await__()


class PageSource:
    """A page as the source of a connection. `after` is the cursor of the request, or None."""

    __slots__ = ("_cursors", "after", "items", "page")

    def __init__(self, page: Page, items: Sequence[Any], cursors: CursorCodec, after: str | None) -> None:
        self.page = page
        self.items = items
        self.after = after
        self._cursors = cursors

    def cursor(self, index: int) -> str:
        """Return the cursor of the item at `index`."""
        return self._cursors.encode(self.page.positions[index])


def source_of(tenant: str, item: Any) -> Any:
    """Return a load's result, or an item of it, as the source of a field."""
    if not isinstance(item, Document):
        return item
    if isinstance(item.value, list):
        rows = (row if isinstance(row, Document) else Document(row) for row in item.value)
        return [DocumentSource(tenant, row) for row in rows]
    return DocumentSource(tenant, item) if isinstance(item.value, dict) else item.value
