"""What resolvers get: the caller, the tenants in reach, and a session for each that is touched."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import strawberry
from strawberry.schema.schema_converter import GraphQLCoreConverter

from lms_gateway.domain.asks import (
    Answer,
    Ask,
    ById,
    Detail,
    Page,
    PageAsk,
    TermsOf,
    kind_of,
)
from lms_gateway.domain.errors import (
    BadInput,
    LmsError,
    ScopeRequired,
    TenantForbidden,
    TenantRequired,
)
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.execution import Collector, Follow, Loaded, Pending, PlannedInfo, Wants
from lms_gateway.loaders import Session
from lms_gateway.schema.cursors import Cursors
from lms_gateway.schema.errors import too_complex
from lms_gateway.schema.shared import Shared
from lms_gateway.schema.sources import (
    Later,
    Listing,
    OfTenant,
    Targeted,
    View,
    source_of,
)
from lms_gateway.tenancy import Caller, Scope, Tenant, Tenants

MOST_ROWS = 500
"""The largest `first` of any connection, and the most ids in one `…By` list."""

_MOST_REFERENCES = 5000
"""References and ids in all lists of one operation: aliases would have each list looked up anew."""

TYPE_NAMES: Mapping[Kind | None, str] = {
    Kind.SECTION: "Section",
    Kind.COURSE: "Course",
    Kind.USER: "User",
    Kind.ENROLLMENT: "Enrollment",
    Kind.TERM: "Term",
    Kind.ACCOUNT: "Account",
    Kind.PROGRESS: "Progress",
}


class _Asking:
    """What an ask that goes with its parent's reads of an Info."""

    __slots__ = ("context",)

    def __init__(self, context: "Context") -> None:
        self.context = context


Asked = Ask | Targeted | Record | LmsError | None


class Context:
    """One operation of one caller. Resolvers reach vendors through `load` and nothing else."""

    def __init__(
        self,
        *,
        tenants: Tenants,
        caller: Caller,
        selected: Tenant | None,
        pinned: bool = False,
        request_id: str | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.caller = caller
        self.shared = shared or Shared()
        self.request_id = request_id
        self._tenants = tenants
        self._selected = selected
        self._pinned = pinned  # by the path: no other tenant is in reach
        self._views: dict[str, View] = {}
        self._collector: Collector | None = None
        self._references = 0

    async def aclose(self) -> None:
        """End the vendor calls that nobody waits for any more."""
        ending = [task for view in self._views.values() for task in view.session.close()]
        if ending:
            await asyncio.gather(*ending, return_exceptions=True)
        # Sessions know this context. Left to the collector of cycles, all that a request has
        # learned would cost more to find than it took to read.
        self._views.clear()

    # -- tenants

    def selected(self) -> View:
        """The tenant that the request was sent to. Raises TenantRequired where it named none."""
        if self._selected is None:
            raise TenantRequired(
                "this field belongs to a tenant: send X-Tenant, use /t/{slug}/graphql, "
                "or ask below tenant(slug:)"
            )
        return self._view(self._selected)

    def view(self, slug: str) -> View:
        """A tenant by its slug. Raises TenantForbidden where it is not in the caller's reach."""
        if self._pinned and self._selected is not None and slug != self._selected.slug:
            raise TenantForbidden
        return self._view(self._tenants.get(self.caller, slug))

    def views(self) -> Sequence[View]:
        """Every tenant in the caller's reach, in the order of the configuration."""
        if self._pinned and self._selected is not None:
            return [self._view(self._selected)]
        return [self._view(tenant) for tenant in self._tenants.usable(self.caller)]

    def view_of(self, source: object) -> View:
        """The tenant that a source object belongs to; the selected one for the query itself."""
        if isinstance(source, Record | OfTenant):
            return self._views.get(source.tenant) or self.view(source.tenant)
        return source if isinstance(source, View) else self.selected()

    def recall(self, record: Record) -> Record:
        """An object that is gone, as it was, for what hangs below it to be told from."""
        return self.view_of(record).session.store.learn(*record.key, record.facts())

    def has_scope(self, slug: str, scope: Scope) -> bool:
        """Whether the caller's key grants the scope at that tenant."""
        return scope in self._views[slug].scopes

    def require_reading(self, slug: str) -> None:
        """Raises ScopeRequired where the caller's key does not let it read at that tenant."""
        if Scope.READ not in self._views[slug].scopes:
            raise ScopeRequired("reading needs the read scope")

    def _view(self, tenant: Tenant) -> View:
        view = self._views.get(tenant.slug)
        if view is None:
            session = Session(tenant.slug, tenant.backend, self._follow)
            scopes = self._tenants.scopes(self.caller, tenant)
            view = self._views[tenant.slug] = View(tenant, session, scopes)
        return view

    # -- loading

    def load(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        """The value of a declared field, or an awaitable of it."""
        if declared.paged:
            return self._load_page(declared, source, arguments, info)
        asked = self._ask_of(declared, source, arguments, info)
        if isawaitable(asked):
            return Later(partial(self._load_later, source, asked, info))
        if isinstance(asked, list):
            return [self._load_item(source, ask, info) for ask in asked]
        return self.load_one(source, asked, info)

    def load_level(
        self,
        declared: Loaded,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        """`load` for all sources of a plan's level; what it would raise is a value."""
        if declared.relation is None:
            return [self._load_or_error(declared, source, arguments, info) for source in sources]
        facet = declared.relation
        # By tenant and what the facet holds: the last of each stands for all of them.
        keys = [(source.tenant, getattr(source, facet)) for source in sources]
        found = {
            key: self._load_or_error(declared, source, arguments, info)
            for key, source in dict(zip(keys, sources, strict=True)).items()
        }
        return [found[key] for key in keys]

    def flush(self) -> None:
        """Send off what was loaded: a plan loads nothing more before some of it has arrived."""
        for view in self._views.values():
            view.session.flush()

    def load_one(self, source: Any, asked: Asked, info: strawberry.Info) -> Any:
        """The record of a single ask: at once where it is known, else an awaitable of it."""
        if asked is None or isinstance(asked, LmsError | Record):
            return asked
        if isinstance(asked, Targeted):
            session, ask = asked.session, asked.ask
        else:
            session, ask = self.view_of(source).session, asked
        self.require_reading(session.slug)
        wants = self.wants(info, TYPE_NAMES.get(kind_of(ask)))
        known = session.known(ask, wants)
        if known is not None:
            return known
        started = session.start(ask, wants)
        if isinstance(started, Record):
            return started
        finish = partial(session.finish, ask, wants)
        is_told = isinstance(ask, TermsOf | Detail)  # then the answer is not the value as it is
        return Pending(started, partial(_source, session.slug, finish) if is_told else finish)

    def wants(self, info: strawberry.Info, type_name: str | None = None) -> Wants:
        """What the field in hand selects of its object(s)."""
        if isinstance(info, PlannedInfo):
            return info.wants(type_name)
        raw = info._raw_info
        if self._collector is None:
            converter = cast(GraphQLCoreConverter, cast(Any, info.schema).schema_converter)
            self._collector = Collector.of(raw, converter)
        return self._collector.wants(raw.field_nodes, raw.return_type, type_name)

    def _ask_of(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        """What a declared field asks for: one ask, a list of them, or None for null."""
        for facet in declared.needs:
            value = getattr(source, facet)
            if isinstance(value, LmsError):  # the facet itself could not be had: `loaders`
                raise value
        return declared.ask(source, info, **arguments)

    def _follow(self, follow: Follow, parent: Record) -> Ask | None:
        """The ask of a child load that goes with its parent's."""
        # Asks read nothing of `info` but the context.
        info = cast(strawberry.Info, _Asking(self))
        declared, arguments = follow.declared, follow.arguments
        if declared.paged:
            ask: Ask | None = self._page_ask(declared, parent, arguments, info)[0]
        else:
            ask = self._ask_of(declared, parent, arguments, info)
        return ask

    def _page_ask(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> tuple[Any, Cursors | None]:
        """The ask of a connection with its page, and the connection's cursors; both None for null.

        Raises BadInput for a page that cannot be.
        """
        filters = dict(arguments)
        first, after = filters.pop("first"), given(filters.pop("after", None))
        if not 0 <= first <= MOST_ROWS:
            raise BadInput(f"first: must lie between 0 and {MOST_ROWS}")
        ask = self._ask_of(declared, source, filters, info)
        if ask is None:
            return None, None
        view = self.view_of(source)
        key = view.session.backend.cursor_key
        cursors = Cursors(key, view.tenant.slug, declared.name, ask)
        position = None if after is None else cursors.read(after)
        # The ask was made this moment and is in nobody else's hands yet: it need not be copied.
        object.__setattr__(ask, "page", PageAsk(first, position))
        return ask, cursors

    async def _load_later(
        self, source: Any, asking: Awaitable[Asked], info: strawberry.Info
    ) -> Any:
        """The value of a field whose ask had to look something up first."""
        value = self.load_one(source, await asking, info)
        return await value if isawaitable(value) else value

    def _load_page(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        ask, cursors = self._page_ask(declared, source, arguments, info)
        if ask is None or cursors is None:
            return None
        session = self.view_of(source).session
        self.require_reading(session.slug)
        wants = self.wants(info)
        started = session.start(ask, wants)
        assert not isinstance(started, Record)  # a list is never known beforehand
        after = given(arguments.get("after"))
        return Pending(started, partial(_listing, session, ask, wants, cursors, after))

    def _load_or_error(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        try:
            return self.load(declared, source, arguments, info)
        except Exception as error:
            return error

    def _load_item(self, source: Any, asked: Asked, info: strawberry.Info) -> Any:
        try:
            return self.load_one(source, asked, info)
        except LmsError as error:
            return error  # graphql-core raises it at the item's own path

    # -- references

    def count_references(self, number: int) -> None:
        """Raises QUERY_TOO_COMPLEX where an operation's lists of references come to too many."""
        self._references += number
        if self._references > _MOST_REFERENCES:
            raise too_complex(f"an operation refers to more than {_MOST_REFERENCES} objects")

    def by_id(self, tenant: str, kind: Kind, key: str, within: object = None) -> Targeted:
        """An ask for a global id's object. `within` is a Tenant's source: other tenants' ids are
        refused there exactly like unknown ones.

        Raises TenantForbidden for what is out of reach, BadInput for a key that is none,
        ScopeRequired for a token without the scope that tokens need.
        """
        view = self.view(tenant)
        if isinstance(within, View) and within.tenant.slug != tenant:
            raise TenantForbidden
        if view.session.backend.canonical_id(kind, key) != key:
            raise BadInput("this is not an id that this gateway gave out")
        if kind is Kind.TOKEN and not self.has_scope(tenant, Scope.ADMIN):
            raise ScopeRequired("access tokens need the admin scope")
        return Targeted(view.session, ask_of_id(kind, key))


def ask_of_id(kind: Kind, key: str) -> Ask:
    """What asks for the object of a global id."""
    owner, _, rest = key.partition(".")
    match kind:
        case Kind.CALENDAR:
            return Detail("calendar", Key(Kind.ACCOUNT, key))
        case Kind.NOTIFICATION:
            return Detail("notification", Key(Kind.ACCOUNT, owner), (("id", rest),))
        case Kind.REPORT:
            name, _, id = rest.rpartition(".")
            return Detail("report", Key(Kind.ACCOUNT, owner), (("report", name), ("id", id)))
        case Kind.TOKEN:
            return Detail("access_token", Key(Kind.USER, owner), (("id", rest),))
        case _:
            return ById(kind, key)


def given(value: Any) -> Any:
    """An optional argument's value; None both where it is null and where it was left out."""
    return None if value is strawberry.UNSET else value


def _source(tenant: str, finish: Callable[[Any], Any], answer: Answer | LmsError) -> Any:
    """What an answer of `TermsOf` or `Detail` is as a field's source."""
    return _then(finish(answer), partial(_as_source, tenant))


def _as_source(tenant: str, answer: Answer) -> Any:
    return list(answer.items) if isinstance(answer, Page) else source_of(tenant, answer)


def _listing(
    session: Session, ask: Ask, wants: Wants, cursors: Cursors, after: str | None, answer: Any
) -> Any:
    """What the answer of a paged ask is as a connection's source."""

    def make(page: Answer) -> Listing | None:
        if not isinstance(page, Page):
            return None
        items = page.items
        if not all(isinstance(item, Record) for item in items):
            items = [source_of(session.slug, item) for item in items]
        return Listing(page, items, cursors, after)

    return _then(session.finish(ask, wants, answer), make)


def _then(answer: Any, make: Callable[[Any], Any]) -> Any:
    """What `make` makes of an answer, once it is here; an error stays what it is."""
    if isawaitable(answer):
        return _await_then(answer, make)
    return answer if isinstance(answer, LmsError) else make(answer)


async def _await_then(answer: Awaitable[Any], make: Callable[[Any], Any]) -> Any:
    return make(await answer)
