"""What resolvers get: the caller, the tenants in reach, and a session for each that is touched."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import strawberry
from strawberry.schema.schema_converter import GraphQLCoreConverter

from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import (
    BadInput,
    LmsError,
    ScopeRequired,
    TenantForbidden,
    TenantRequired,
)
from lms_gateway.domain.loads import (
    ById,
    Load,
    LoadResult,
    OperationLoad,
    Page,
    PageRequest,
    TermsOf,
    kind_of,
)
from lms_gateway.domain.projection import Prefetch, Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.execution import Deferred, LoadedField, PlannedInfo, ProjectionCollector
from lms_gateway.loading import TenantSession
from lms_gateway.schema.cursors import CursorCodec
from lms_gateway.schema.errors import too_complex
from lms_gateway.schema.process_state import ProcessState
from lms_gateway.schema.sources import (
    CrossTenantLoad,
    LazyAwaitable,
    PageSource,
    TenantOwned,
    TenantScope,
    source_of,
)
from lms_gateway.tenancy import Caller, Tenant, Tenants

MAX_ROWS = 500
"""The largest `first` of any connection, and the most ids in one `…By` list."""

_MAX_REFERENCES = 5000
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


class _PrefetchInfo:
    """What an ask that goes with its parent's reads of an Info."""

    __slots__ = ("context",)

    def __init__(self, context: "Context") -> None:
        self.context = context


LoadTarget = Load | CrossTenantLoad | Record | LmsError | None


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
        process_state: ProcessState | None = None,
    ) -> None:
        self.caller = caller
        self.process_state = process_state or ProcessState()
        self.request_id = request_id
        self._tenants = tenants
        self._selected = selected
        self._is_pinned = pinned  # by the path: no other tenant is in reach
        self._tenant_scopes: dict[str, TenantScope] = {}
        self._collector: ProjectionCollector | None = None
        self._reference_count = 0

    async def aclose(self) -> None:
        """End the vendor calls that nobody waits for any more."""
        tasks = [
            task
            for tenant_scope in self._tenant_scopes.values()
            for task in tenant_scope.session.close()
        ]
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        # Sessions know this context. Left to the collector of cycles, all that a request has
        # learned would cost more to find than it took to read.
        self._tenant_scopes.clear()

    # -- tenants

    def selected_tenant_scope(self) -> TenantScope:
        """The tenant that the request was sent to. Raises TenantRequired where it named none."""
        if self._selected is None:
            raise TenantRequired(
                "this field belongs to a tenant: send X-Tenant, use /t/{slug}/graphql, "
                "or ask below tenant(slug:)"
            )
        return self._open_tenant_scope(self._selected)

    def tenant_scope(self, slug: str) -> TenantScope:
        """A tenant by its slug. Raises TenantForbidden where it is not in the caller's reach."""
        if self._is_pinned and self._selected is not None and slug != self._selected.slug:
            raise TenantForbidden
        return self._open_tenant_scope(self._tenants.get(self.caller, slug))

    def tenant_scopes(self) -> Sequence[TenantScope]:
        """Every tenant in the caller's reach, in the order of the configuration."""
        if self._is_pinned and self._selected is not None:
            return [self._open_tenant_scope(self._selected)]
        return [self._open_tenant_scope(tenant) for tenant in self._tenants.accessible(self.caller)]

    def tenant_scope_of(self, source: object) -> TenantScope:
        """The tenant that a source object belongs to; the selected one for the query itself."""
        if isinstance(source, Record | TenantOwned):
            return self._tenant_scopes.get(source.tenant) or self.tenant_scope(source.tenant)
        return source if isinstance(source, TenantScope) else self.selected_tenant_scope()

    def restore_record(self, record: Record) -> Record:
        """An object that is gone, as it was, for what hangs below it to be told from."""
        return self.tenant_scope_of(record).session.store.merge(*record.key, record.known_values())

    def has_scope(self, slug: str, scope: Scope) -> bool:
        """Whether the caller's key grants the scope at that tenant."""
        return scope in self._tenant_scopes[slug].granted_scopes

    def require_reading(self, slug: str) -> None:
        """Raises ScopeRequired where the caller's key does not let it read at that tenant."""
        if Scope.READ not in self._tenant_scopes[slug].granted_scopes:
            raise ScopeRequired("reading needs the read scope")

    def _open_tenant_scope(self, tenant: Tenant) -> TenantScope:
        tenant_scope = self._tenant_scopes.get(tenant.slug)
        if tenant_scope is None:
            session = TenantSession(tenant.slug, tenant.backend, self._prefetch_load)
            scopes = self._tenants.scopes(self.caller, tenant)
            tenant_scope = self._tenant_scopes[tenant.slug] = TenantScope(tenant, session, scopes)
        return tenant_scope

    # -- loading

    def load(
        self,
        declared: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        """The value of a declared field, or an awaitable of it."""
        if declared.paged:
            return self._load_page(declared, source, arguments, info)
        target = self._build_load(declared, source, arguments, info)
        if isawaitable(target):
            return LazyAwaitable(partial(self._load_awaited_target, source, target, info))
        if isinstance(target, list):
            return [self._load_item(source, item, info) for item in target]
        return self.load_single(source, target, info)

    def load_many(
        self,
        declared: LoadedField,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        """`load` for all sources of a plan's level; what it would raise is a value."""
        if declared.id_field is None:
            return [self._load_or_error(declared, source, arguments, info) for source in sources]
        record_field = declared.id_field
        # By tenant and what the facet holds: the last of each stands for all of them.
        keys = [(source.tenant, getattr(source, record_field)) for source in sources]
        values = {
            key: self._load_or_error(declared, source, arguments, info)
            for key, source in dict(zip(keys, sources, strict=True)).items()
        }
        return [values[key] for key in keys]

    def flush(self) -> None:
        """Send off what was loaded: a plan loads nothing more before some of it has arrived."""
        for tenant_scope in self._tenant_scopes.values():
            tenant_scope.session.dispatch()

    def load_single(self, source: Any, target: LoadTarget, info: strawberry.Info) -> Any:
        """The record of a single ask: at once where it is known, else an awaitable of it."""
        if target is None or isinstance(target, LmsError | Record):
            return target
        if isinstance(target, CrossTenantLoad):
            session, load = target.session, target.load
        else:
            session, load = self.tenant_scope_of(source).session, target
        self.require_reading(session.slug)
        projection = self.projection(info, TYPE_NAMES.get(kind_of(load)))
        cached = session.cached(load, projection)
        if cached is not None:
            return cached
        started = session.start(load, projection)
        if isinstance(started, Record):
            return started
        finish = partial(session.finish, load, projection)
        needs_source = isinstance(
            load, TermsOf | OperationLoad
        )  # then the answer is not the value as it is
        return Deferred(
            started, partial(_answer_source, session.slug, finish) if needs_source else finish
        )

    def projection(self, info: strawberry.Info, type_name: str | None = None) -> Projection:
        """What the field in hand selects of its object(s)."""
        if isinstance(info, PlannedInfo):
            planned: Projection = info.projection(type_name)
            return planned
        core_info = info._raw_info
        if self._collector is None:
            converter = cast(GraphQLCoreConverter, cast(Any, info.schema).schema_converter)
            self._collector = ProjectionCollector.from_info(core_info, converter, Projection)
        projection: Projection = self._collector.projection(
            core_info.field_nodes, core_info.return_type, type_name
        )
        return projection

    def _build_load(
        self,
        declared: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        """What a declared field asks for: one ask, a list of them, or None for null."""
        for record_field in declared.requires:
            value = getattr(source, record_field)
            if isinstance(value, LmsError):  # the facet itself could not be had: `loaders`
                raise value
        return declared.make_load(source, info, **arguments)

    def _prefetch_load(self, prefetch: Prefetch, parent: Record) -> Load | None:
        """The ask of a child load that goes with its parent's."""
        # Asks read nothing of `info` but the context.
        info = cast(strawberry.Info, _PrefetchInfo(self))
        declared, arguments = prefetch.declaration, prefetch.arguments
        if declared.paged:
            load: Load | None = self._build_page_load(declared, parent, arguments, info)[0]
        else:
            load = self._build_load(declared, parent, arguments, info)
        return load

    def _build_page_load(
        self,
        declared: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> tuple[Any, CursorCodec | None]:
        """The ask of a connection with its page, and the connection's cursors; both None for null.

        Raises BadInput for a page that cannot be.
        """
        filters = dict(arguments)
        first, after = filters.pop("first"), unset_to_none(filters.pop("after", None))
        if not 0 <= first <= MAX_ROWS:
            raise BadInput(f"first: must lie between 0 and {MAX_ROWS}")
        load = self._build_load(declared, source, filters, info)
        if load is None:
            return None, None
        tenant_scope = self.tenant_scope_of(source)
        key = tenant_scope.session.backend.cursor_key
        cursors = CursorCodec(key, tenant_scope.tenant.slug, declared.name, load)
        position = None if after is None else cursors.decode(after)
        # The ask was made this moment and is in nobody else's hands yet: it need not be copied.
        object.__setattr__(load, "page", PageRequest(first, position))
        return load, cursors

    async def _load_awaited_target(
        self, source: Any, awaitable_target: Awaitable[LoadTarget], info: strawberry.Info
    ) -> Any:
        """The value of a field whose ask had to look something up first."""
        value = self.load_single(source, await awaitable_target, info)
        return await value if isawaitable(value) else value

    def _load_page(
        self,
        declared: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        load, cursors = self._build_page_load(declared, source, arguments, info)
        if load is None or cursors is None:
            return None
        session = self.tenant_scope_of(source).session
        self.require_reading(session.slug)
        projection = self.projection(info)
        started = session.start(load, projection)
        assert not isinstance(started, Record)  # a list is never known beforehand
        after = unset_to_none(arguments.get("after"))
        return Deferred(started, partial(_page_source, session, load, projection, cursors, after))

    def _load_or_error(
        self,
        declared: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        try:
            return self.load(declared, source, arguments, info)
        except Exception as error:
            return error

    def _load_item(self, source: Any, target: LoadTarget, info: strawberry.Info) -> Any:
        try:
            return self.load_single(source, target, info)
        except LmsError as error:
            return error  # graphql-core raises it at the item's own path

    # -- references

    def count_references(self, count: int) -> None:
        """Raises QUERY_TOO_COMPLEX where an operation's lists of references come to too many."""
        self._reference_count += count
        if self._reference_count > _MAX_REFERENCES:
            raise too_complex(f"an operation refers to more than {_MAX_REFERENCES} objects")

    def load_by_global_id(
        self, tenant: str, kind: Kind, key: str, within: object = None
    ) -> CrossTenantLoad:
        """An ask for a global id's object. `within` is a Tenant's source: other tenants' ids are
        refused there exactly like unknown ones.

        Raises TenantForbidden for what is out of reach, BadInput for a key that is none,
        ScopeRequired for a token without the scope that tokens need.
        """
        tenant_scope = self.tenant_scope(tenant)
        if isinstance(within, TenantScope) and within.tenant.slug != tenant:
            raise TenantForbidden
        if tenant_scope.session.backend.canonical_id(kind, key) != key:
            raise BadInput("this is not an id that this gateway gave out")
        if kind is Kind.TOKEN and not self.has_scope(tenant, Scope.ADMIN):
            raise ScopeRequired("access tokens need the admin scope")
        return CrossTenantLoad(tenant_scope.session, load_for_global_id(kind, key))


def load_for_global_id(kind: Kind, key: str) -> Load:
    """What asks for the object of a global id."""
    owner, _, rest = key.partition(".")
    match kind:
        case Kind.CALENDAR:
            return OperationLoad("calendar", Key(Kind.ACCOUNT, key))
        case Kind.NOTIFICATION:
            return OperationLoad("notification", Key(Kind.ACCOUNT, owner), (("id", rest),))
        case Kind.REPORT:
            name, _, id = rest.rpartition(".")
            return OperationLoad("report", Key(Kind.ACCOUNT, owner), (("report", name), ("id", id)))
        case Kind.TOKEN:
            return OperationLoad("access_token", Key(Kind.USER, owner), (("id", rest),))
        case _:
            return ById(kind, key)


def unset_to_none(value: Any) -> Any:
    """An optional argument's value; None both where it is null and where it was left out."""
    return None if value is strawberry.UNSET else value


def _answer_source(tenant: str, finish: Callable[[Any], Any], answer: LoadResult | LmsError) -> Any:
    """What an answer of `TermsOf` or `Detail` is as a field's source."""
    return _convert_answer(finish(answer), partial(_convert_to_source, tenant))


def _convert_to_source(tenant: str, answer: LoadResult) -> Any:
    return list(answer.items) if isinstance(answer, Page) else source_of(tenant, answer)


def _page_source(
    session: TenantSession,
    load: Load,
    projection: Projection,
    cursors: CursorCodec,
    after: str | None,
    answer: Any,
) -> Any:
    """What the answer of a paged ask is as a connection's source."""

    def to_page_source(page: LoadResult) -> PageSource | None:
        if not isinstance(page, Page):
            return None
        items = page.items
        if not all(isinstance(item, Record) for item in items):
            items = [source_of(session.slug, item) for item in items]
        return PageSource(page, items, cursors, after)

    return _convert_answer(session.finish(load, projection, answer), to_page_source)


def _convert_answer(answer: Any, convert: Callable[[Any], Any]) -> Any:
    """What `make` makes of an answer, once it is here; an error stays what it is."""
    if isawaitable(answer):
        return _convert_awaited(answer, convert)
    return answer if isinstance(answer, LmsError) else convert(answer)


async def _convert_awaited(answer: Awaitable[Any], convert: Callable[[Any], Any]) -> Any:
    return convert(await answer)
