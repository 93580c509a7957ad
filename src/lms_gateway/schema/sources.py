"""What fields have as their sources, besides the domain's records as they are."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from lms_gateway.domain.asks import Ask, Page, Plain
from lms_gateway.loaders import Session
from lms_gateway.schema.cursors import Cursors
from lms_gateway.tenancy import Scope, Tenant


class View:
    """A tenant as the source of the GraphQL type `Tenant`, and of the root for a selected one."""

    __slots__ = ("scopes", "session", "tenant")

    def __init__(self, tenant: Tenant, session: Session, scopes: frozenset[Scope]) -> None:
        self.tenant = tenant
        self.session = session
        self.scopes = scopes  # what the caller may do there


class OfTenant:
    """Anything else that knows its tenant by the slug."""

    __slots__ = ("tenant",)

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant


class Told(OfTenant):
    """What an operation told, as a source: fields read its value under the vendor's names."""

    __slots__ = ("key", "value")

    def __init__(self, tenant: str, plain: Plain) -> None:
        super().__init__(tenant)
        self.value = plain.value
        self.key = plain.key


class Targeted:
    """An ask for another tenant than the field's own: the one that a global id names."""

    __slots__ = ("ask", "session")

    def __init__(self, session: Session, ask: Ask) -> None:
        self.session = session
        self.ask = ask


class Later:
    """An awaitable that begins only when it is awaited.

    A request that ends early leaves fields behind that nobody awaits; a coroutine would complain.
    """

    __slots__ = ("_begin",)

    def __init__(self, begin: Callable[[], Awaitable[Any]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begin().__await__()


class Listing:
    """A page as the source of a connection."""

    __slots__ = ("_cursors", "after", "items", "page")

    def __init__(
        self, page: Page, items: Sequence[Any], cursors: Cursors, after: str | None
    ) -> None:
        self.page = page
        self.items = items
        self.after = after
        self._cursors = cursors

    def cursor(self, index: int) -> str:
        """The cursor behind the row at `index`."""
        return self._cursors.write(self.page.positions[index])


def source_of(tenant: str, item: Any) -> Any:
    """What an answer, or a row of one, is as a field's source."""
    if not isinstance(item, Plain):
        return item
    if isinstance(item.value, list):
        rows = (each if isinstance(each, Plain) else Plain(each) for each in item.value)
        return [Told(tenant, row) for row in rows]
    return Told(tenant, item) if isinstance(item.value, dict) else item.value
