"""Context of one operation: the caller, the accessible tenants, and a session for each used one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import strawberry
from strawberry.schema.schema_converter import GraphQLCoreConverter

from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import BadInput, LmsError, ScopeRequired, TenantForbidden, TenantRequired
from lms_gateway.domain.loads import Load, LoadResult, OperationLoad, Page, PageRequest, TermsOf, kind_of
from lms_gateway.domain.projection import Prefetch, Projection
from lms_gateway.domain.record import Kind, Record
from lms_gateway.execution import Deferred, LoadedField, PlannedInfo, ProjectionCollector
from lms_gateway.loading import TenantSession
from lms_gateway.schema.cursors import CursorCodec
from lms_gateway.schema.errors import too_complex
from lms_gateway.schema.ids import INVALID_ID, load_for_global_id
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
"""Maximum of `first` of a connection, and of the references in one list."""

_MAX_REFERENCES = 5000
"""Maximum number of references in all lists of one operation; aliases can repeat a list."""

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
    """The part of an Info that `make_load` of a prefetched field reads."""

    __slots__ = ("context",)

    def __init__(self, context: "Context") -> None:
        self.context = context


Arguments = Mapping[str, Any]
LoadTarget = Load | CrossTenantLoad | Record | LmsError | None


class Context:
    """One operation of one caller. Resolvers access vendors only through its `load` methods."""

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
        self._is_pinned = pinned  # by the path: no other tenant is accessible
        self._tenant_scopes: dict[str, TenantScope] = {}
        self._collector: ProjectionCollector | None = None
        self._reference_count = 0

    async def aclose(self) -> None:
        """Cancel the vendor calls in flight and close the sessions."""
        tasks = [
            task for tenant_scope in self._tenant_scopes.values() for task in tenant_scope.session.close()
        ]
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        # Sessions refer to this context. Without this, the cyclic garbage collector would have to
        # visit all records of the request, which takes longer than reading them did.
        self._tenant_scopes.clear()

    # -- tenants

    def selected_tenant_scope(self) -> TenantScope:
        """Return the tenant of the request. Raises TenantRequired if none is selected."""
        if self._selected is None:
            raise TenantRequired(
                "this field requires a tenant: send X-Tenant, use /t/{slug}/graphql, or select it "
                "in tenant(slug:)"
            )
        return self._open_tenant_scope(self._selected)

    def tenant_scope(self, slug: str) -> TenantScope:
        """Return a tenant by its slug. Raises TenantForbidden if the caller cannot access it."""
        if self._is_pinned and self._selected is not None and slug != self._selected.slug:
            raise TenantForbidden
        return self._open_tenant_scope(self._tenants.get(self.caller, slug))

    def tenant_scopes(self) -> Sequence[TenantScope]:
        """Return all accessible tenants, in the order of the configuration."""
        if self._is_pinned and self._selected is not None:
            return [self._open_tenant_scope(self._selected)]
        return [self._open_tenant_scope(tenant) for tenant in self._tenants.accessible(self.caller)]

    def tenant_scope_of(self, source: object) -> TenantScope:
        """Return the tenant of a source; the selected tenant for the query root."""
        if isinstance(source, Record | TenantOwned):
            return self._tenant_scopes.get(source.tenant) or self.tenant_scope(source.tenant)
        return source if isinstance(source, TenantScope) else self.selected_tenant_scope()

    def restore_record(self, record: Record) -> Record:
        """Add a deleted object to the store as it was, so that its fields can be read."""
        return self.tenant_scope_of(record).session.store.merge(*record.key, record.known_values())

    def has_scope(self, slug: str, scope: Scope) -> bool:
        """Return whether the caller's key grants the scope for a tenant."""
        return scope in self._tenant_scopes[slug].granted_scopes

    def require_reading(self, slug: str) -> None:
        """Raise ScopeRequired if the caller's key does not grant the read scope for a tenant."""
        if Scope.READ not in self._tenant_scopes[slug].granted_scopes:
            raise ScopeRequired("reading requires the read scope")

    def _open_tenant_scope(self, tenant: Tenant) -> TenantScope:
        tenant_scope = self._tenant_scopes.get(tenant.slug)
        if tenant_scope is None:
            session = TenantSession(tenant.slug, tenant.backend, self._prefetch_load)
            scopes = self._tenants.scopes(self.caller, tenant)
            tenant_scope = self._tenant_scopes[tenant.slug] = TenantScope(tenant, session, scopes)
        return tenant_scope

    # -- loading

    def load(self, declaration: LoadedField, source: Any, arguments: Arguments, info: strawberry.Info) -> Any:
        """Return the value of a declared field, or an awaitable of it."""
        if declaration.paged:
            return self._load_page(declaration, source, arguments, info)
        target = self._build_load(declaration, source, arguments, info)
        if isawaitable(target):
            return LazyAwaitable(partial(self._load_awaited_target, source, target, info))
        if isinstance(target, list):
            return [self._load_item(source, item, info) for item in target]
        return self.load_single(source, target, info)

    def load_many(
        self, declaration: LoadedField, sources: Sequence[Any], arguments: Arguments, info: strawberry.Info
    ) -> Sequence[Any]:
        """Return what `load` returns for each source. An exception is a value."""
        if declaration.id_field is None:
            return [self._load_or_error(declaration, source, arguments, info) for source in sources]
        record_field = declaration.id_field
        # Sources of one tenant with the same id share one load.
        keys = [(source.tenant, getattr(source, record_field)) for source in sources]
        values = {
            key: self._load_or_error(declaration, source, arguments, info)
            for key, source in dict(zip(keys, sources, strict=True)).items()
        }
        return [values[key] for key in keys]

    def flush(self) -> None:
        """Dispatch the loads: the plan starts no other load before one of these is completed."""
        for tenant_scope in self._tenant_scopes.values():
            tenant_scope.session.dispatch()

    def load_single(self, source: Any, target: LoadTarget, info: strawberry.Info) -> Any:
        """Return the record of a load if it is cached, otherwise an awaitable of the result."""
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
        needs_source = isinstance(load, TermsOf | OperationLoad)  # the result is no source
        return Deferred(started, partial(_result_source, session.slug, finish) if needs_source else finish)

    def projection(self, info: strawberry.Info, type_name: str | None = None) -> Projection:
        """Return what the current field selects of its objects."""
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
        self, declaration: LoadedField, source: Any, arguments: Arguments, info: strawberry.Info
    ) -> Any:
        """Return what a field loads: a load, a list of loads, or None for null."""
        for record_field in declaration.requires:
            value = getattr(source, record_field)
            if isinstance(value, LmsError):  # the record field itself could not be loaded
                raise value
        return declaration.make_load(source, info, **arguments)

    def _prefetch_load(self, prefetch: Prefetch, parent: Record) -> Load | None:
        """Return the load of a child that is loaded together with its parent."""
        # `make_load` reads only the context of `info`.
        info = cast(strawberry.Info, _PrefetchInfo(self))
        declaration, arguments = prefetch.declaration, prefetch.arguments
        if declaration.paged:
            load: Load | None = self._build_page_load(declaration, parent, arguments, info)[0]
        else:
            load = self._build_load(declaration, parent, arguments, info)
        return load

    def _build_page_load(
        self, declaration: LoadedField, source: Any, arguments: Arguments, info: strawberry.Info
    ) -> tuple[Any, CursorCodec | None]:
        """Return the load of a connection with its page, and its cursors; both None for null.

        Raises BadInput for an invalid `first` or `after`.
        """
        filters = dict(arguments)
        first, after = filters.pop("first"), unset_to_none(filters.pop("after", None))
        if not 0 <= first <= MAX_ROWS:
            raise BadInput(f"first: must be between 0 and {MAX_ROWS}")
        load = self._build_load(declaration, source, filters, info)
        if load is None:
            return None, None
        tenant_scope = self.tenant_scope_of(source)
        key = tenant_scope.session.backend.cursor_key
        cursors = CursorCodec(key, tenant_scope.tenant.slug, declaration.name, load)
        position = None if after is None else cursors.decode(after)
        # The load is new and not shared yet, so it need not be copied.
        object.__setattr__(load, "page", PageRequest(first, position))
        return load, cursors

    async def _load_awaited_target(
        self, source: Any, awaitable_target: Awaitable[LoadTarget], info: strawberry.Info
    ) -> Any:
        """Return the value of a field whose load needs another load first."""
        value = self.load_single(source, await awaitable_target, info)
        return await value if isawaitable(value) else value

    def _load_page(
        self, declaration: LoadedField, source: Any, arguments: Arguments, info: strawberry.Info
    ) -> Any:
        load, cursors = self._build_page_load(declaration, source, arguments, info)
        if load is None or cursors is None:
            return None
        session = self.tenant_scope_of(source).session
        self.require_reading(session.slug)
        projection = self.projection(info)
        started = session.start(load, projection)
        assert not isinstance(started, Record)  # a list is never cached
        after = unset_to_none(arguments.get("after"))
        return Deferred(started, partial(_page_source, session, load, projection, cursors, after))

    def _load_or_error(
        self, declaration: LoadedField, source: Any, arguments: Arguments, info: strawberry.Info
    ) -> Any:
        try:
            return self.load(declaration, source, arguments, info)
        except Exception as error:
            return error

    def _load_item(self, source: Any, target: LoadTarget, info: strawberry.Info) -> Any:
        try:
            return self.load_single(source, target, info)
        except LmsError as error:
            return error  # raised at the path of the item

    # -- references

    def count_references(self, count: int) -> None:
        """Raise QUERY_TOO_COMPLEX if the lists of an operation contain too many references."""
        self._reference_count += count
        if self._reference_count > _MAX_REFERENCES:
            raise too_complex(f"an operation refers to more than {_MAX_REFERENCES} objects")

    def load_by_global_id(self, tenant: str, kind: Kind, key: str, within: object = None) -> CrossTenantLoad:
        """Return the load of a global id's object.

        `within` is the source of the field. Below a tenant, the ids of other tenants are rejected
        as unknown tenants are. Raises TenantForbidden if the tenant is not accessible, BadInput for
        an invalid key, ScopeRequired for an access token without the `admin` scope.
        """
        tenant_scope = self.tenant_scope(tenant)
        if isinstance(within, TenantScope) and within.tenant.slug != tenant:
            raise TenantForbidden
        if tenant_scope.session.backend.canonical_id(kind, key) != key:
            raise BadInput(INVALID_ID)
        if kind is Kind.TOKEN and not self.has_scope(tenant, Scope.ADMIN):
            raise ScopeRequired("access tokens require the admin scope")
        return CrossTenantLoad(tenant_scope.session, load_for_global_id(kind, key))


def unset_to_none(value: Any) -> Any:
    """Return the value of an optional argument; None if it is null or omitted."""
    return None if value is strawberry.UNSET else value


def _result_source(tenant: str, finish: Callable[[Any], Any], result: LoadResult | LmsError) -> Any:
    """Return the result of `TermsOf` or `OperationLoad` as the source of a field."""
    return _convert_result(finish(result), partial(_convert_to_source, tenant))


def _convert_to_source(tenant: str, result: LoadResult) -> Any:
    return list(result.items) if isinstance(result, Page) else source_of(tenant, result)


def _page_source(
    session: TenantSession,
    load: Load,
    projection: Projection,
    cursors: CursorCodec,
    after: str | None,
    result: Any,
) -> Any:
    """Return the result of a paged load as the source of a connection."""

    def to_page_source(page: LoadResult) -> PageSource | None:
        if not isinstance(page, Page):
            return None
        items = page.items
        if not all(isinstance(item, Record) for item in items):
            items = [source_of(session.slug, item) for item in items]
        return PageSource(page, items, cursors, after)

    return _convert_result(session.finish(load, projection, result), to_page_source)


def _convert_result(result: Any, convert: Callable[[Any], Any]) -> Any:
    """Return the converted result, or an awaitable of it. An error is not converted."""
    if isawaitable(result):
        return _convert_awaited(result, convert)
    return result if isinstance(result, LmsError) else convert(result)


async def _convert_awaited(result: Awaitable[Any], convert: Callable[[Any], Any]) -> Any:
    return convert(await result)
