"""What fields have as their sources, besides the domain's records as they are."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from lms_gateway.domain.access import Scope
from lms_gateway.domain.loads import Document, Load, Page
from lms_gateway.loading import TenantSession
from lms_gateway.schema.cursors import CursorCodec
from lms_gateway.tenancy import Tenant


class TenantScope:
    """A tenant as the source of the GraphQL type `Tenant`, and of the root for a selected one."""

    __slots__ = ("granted_scopes", "session", "tenant")

    def __init__(
        self, tenant: Tenant, session: TenantSession, granted_scopes: frozenset[Scope]
    ) -> None:
        self.tenant = tenant
        self.session = session
        self.granted_scopes = granted_scopes  # what the caller may do there


class TenantOwned:
    """Anything else that knows its tenant by the slug."""

    __slots__ = ("tenant",)

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant


class DocumentSource(TenantOwned):
    """What an operation told, as a source: fields read its value under the vendor's names."""

    __slots__ = ("key", "value")

    def __init__(self, tenant: str, document: Document) -> None:
        super().__init__(tenant)
        self.value = document.value
        self.key = document.key


class CrossTenantLoad:
    """An ask for another tenant than the field's own: the one that a global id names."""

    __slots__ = ("load", "session")

    def __init__(self, session: TenantSession, load: Load) -> None:
        self.session = session
        self.load = load


class LazyAwaitable:
    """An awaitable that begins only when it is awaited.

    A request that ends early leaves fields behind that nobody awaits; a coroutine would complain.
    """

    __slots__ = ("_start",)

    def __init__(self, start: Callable[[], Awaitable[Any]]) -> None:
        self._start = start

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._start().__await__()


class PageSource:
    """A page as the source of a connection."""

    __slots__ = ("_cursors", "after", "items", "page")

    def __init__(
        self, page: Page, items: Sequence[Any], cursors: CursorCodec, after: str | None
    ) -> None:
        self.page = page
        self.items = items
        self.after = after
        self._cursors = cursors

    def cursor(self, index: int) -> str:
        """The cursor behind the row at `index`."""
        return self._cursors.encode(self.page.positions[index])


def source_of(tenant: str, item: Any) -> Any:
    """What an answer, or a row of one, is as a field's source."""
    if not isinstance(item, Document):
        return item
    if isinstance(item.value, list):
        rows = (
            element if isinstance(element, Document) else Document(element)
            for element in item.value
        )
        return [DocumentSource(tenant, row) for row in rows]
    return DocumentSource(tenant, item) if isinstance(item.value, dict) else item.value
