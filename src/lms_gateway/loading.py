"""TenantSession: the loads of one request and tenant, collected into batches.

Resolvers queue loads. A batch is dispatched when no further load is expected, and is passed to the
vendor in one `Backend.fetch`. Each load has its own result, so a slow load delays no other branch
of the query. A session is never shared between requests or tenants.

Example under graphql-core: `{ a: course(…) { name sections { … } } b: course(…) { code } }`

    tick 0    the resolvers of `a` and `b` load the same course: one load, projections merged
              its sections need only the course's id: their load is queued with it (a prefetch)
    tick 8    no load for IDLE_TICKS ticks: both loads are dispatched as one batch
    reply     the futures are resolved; resolvers read the course from the store and continue
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from inspect import iscoroutine
from typing import Any, cast

from aiodataloader import DataLoader, Loader, dispatch_queue_batch

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.domain.loads import ByAlias, ById, Load, LoadResult, OperationLoad, Page, RootAccount, Viewer
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Record
from lms_gateway.domain.store import Store

IDLE_TICKS = 8
"""Iterations of the event loop without a new load after which a batch is dispatched.

graphql-core reaches the loads of one level through task chains of different length (lists of lists,
interfaces). Up to six iterations were observed between a result and the next loads.
"""

MakeLoad = Callable[[Any, Record], Load | None]
"""Makes the load of a Prefetch from a record with the parent's key. Raises what the resolver of the
field would raise."""

_NO_FIELDS: frozenset[str] = frozenset()
_ENDED = "the request has ended"


class _PendingLoad:
    """A load that was queued. Its projection can grow until the batch is dispatched."""

    __slots__ = ("is_sent", "load", "projection", "result")

    result: "asyncio.Future[LoadResult | LmsError]"  # the data loader's future

    def __init__(self, load: Load, projection: Projection) -> None:
        self.load = load
        self.projection = projection
        self.is_sent = False


class _BatchLoader(DataLoader[_PendingLoad, LoadResult | LmsError]):
    """DataLoader that dispatches when the event loop is idle, or on demand.

    It caches nothing: equal loads are merged by the session, because a projection is not part of a load.
    """

    cache = False

    def __init__(
        self,
        fetch: Callable[[list[_PendingLoad]], Coroutine[Any, Any, list[LoadResult | LmsError]]],
        tasks: set[asyncio.Task[None]],
    ) -> None:
        super().__init__(fetch, loop=asyncio.get_running_loop())
        self._tasks = tasks

    def do_resolve_reject(self, key: _PendingLoad, future: "asyncio.Future[LoadResult | LmsError]") -> None:
        """Queue a load; with the first one, start to wait for an idle event loop."""
        self._queue.append(Loader(key, future))
        if len(self._queue) == 1:
            self.loop.call_soon(self._dispatch_when_idle, 1, 0)

    @property
    def queued(self) -> list[_PendingLoad]:
        """The loads that are not dispatched yet."""
        return [entry.key for entry in self._queue]

    def dispatch(self) -> None:
        """Fetch the queued loads now."""
        queue, self._queue = self._queue, []
        if queue:
            task = self.loop.create_task(dispatch_queue_batch(self, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def drop(self, error: LmsError) -> None:
        """Resolve the queued loads with an error."""
        queue, self._queue = self._queue, []
        for entry in queue:
            entry.future.set_result(error)

    def _dispatch_when_idle(self, queued_count: int, idle_ticks: int) -> None:
        if not self._queue:
            return  # dispatched already
        if len(self._queue) != queued_count:
            idle_ticks = 0
        elif idle_ticks == IDLE_TICKS:
            self.dispatch()
            return
        self.loop.call_soon(self._dispatch_when_idle, len(self._queue), idle_ticks + 1)


class TenantSession:
    """The store, the pending loads and the backend of one tenant in one request."""

    def __init__(self, slug: str, backend: Backend, make_load: MakeLoad | None = None) -> None:
        """Without `make_load`, nothing is prefetched."""
        self.slug = slug
        self.backend = backend
        self.store = Store(slug)
        self._make_load = make_load
        self._pending: dict[Load, _PendingLoad] = {}
        self._loader: _BatchLoader | None = None  # created with the first load
        self._fetch_tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def cached(self, load: Load, projection: Projection) -> Record | None:
        """Return the record if the store has all fields of the projection; None: load it."""
        if isinstance(load, ById):
            record = self.store.find(Key(load.kind, load.id))
        elif isinstance(load, ByAlias):
            record = self.store.find_alias(load.kind, load.alias, load.value)
        else:
            return None
        return None if record is None or self._missing(record, projection) else record

    def start(self, load: Load, projection: Projection) -> "Record | asyncio.Future[LoadResult | LmsError]":
        """Return the record from the store, or the future result, which `finish` must complete.

        The future is shared by equal loads: it must not be cancelled.
        """
        record = self.cached(load, projection)
        return self._enqueue(load, projection).result if record is None else record

    def finish(
        self, load: Load, projection: Projection, result: LoadResult | LmsError
    ) -> LoadResult | LmsError | Coroutine[Any, Any, LoadResult]:
        """Return what `load` returns; an LmsError is returned as a value.

        Returns a coroutine if items of a list lack fields of the projection.
        """
        if isinstance(result, Page):
            records = [item for item in result.items if isinstance(item, Record)]
        elif isinstance(result, Record) and isinstance(load, OperationLoad):
            records = [result]
        else:
            return result
        if not records:
            return result
        # The items of a list have the same kind, so the fields are computed once.
        fields = self._supported(records[0], projection)
        incomplete = [record for record in records if record.missing(fields)]
        return self._load_missing(incomplete, projection, result) if incomplete else result

    async def load(self, load: Load, projection: Projection) -> LoadResult:
        """Return the result with all fields of the projection that the vendor supports.

        Raises LmsError if the load failed. If only the additional fields of a list item failed, the
        error is stored in these fields and raised when they are read.
        """
        started = self.start(load, projection)
        if isinstance(started, Record):
            return started
        finished = self.finish(load, projection, await asyncio.shield(started))
        result: Any = await finished if iscoroutine(finished) else finished
        if isinstance(result, LmsError):
            raise result
        return cast(LoadResult, result)

    def dispatch(self) -> None:
        """Dispatch the batch: the caller knows that no further load will be queued.

        While another fetch is running, the loads that follow from its results may join the batch;
        it is then dispatched when the event loop is idle.
        """
        if self._loader is not None and not self._fetch_tasks:
            self._loader.dispatch()

    def reset(self) -> None:
        """Forget all records: a write may have changed them. Queued loads stay queued."""
        self.store = Store(self.slug)
        queued = self._loader.queued if self._loader else []
        self._pending = {pending.load: pending for pending in queued}

    def close(self) -> Collection["asyncio.Task[None]"]:
        """Fail the queued loads and cancel the fetches; return the tasks to await for cleanup."""
        self._closed = True
        if self._loader is not None:
            self._loader.drop(UpstreamTimeout(_ENDED))
            self._loader = None  # it references the session: end the cycle
        for task in self._fetch_tasks:
            task.cancel()
        return tuple(self._fetch_tasks)

    def _supported(self, record: Record, projection: Projection) -> frozenset[str]:
        supported = self.backend.supported_fields.get(record.key.kind, _NO_FIELDS)
        return frozenset(projection.fields & supported)

    def _missing(self, record: Record, projection: Projection) -> frozenset[str]:
        """Return the fields of the projection that are not known but supported by the vendor."""
        return record.missing(self._supported(record, projection))

    def _enqueue(self, load: Load, projection: Projection) -> _PendingLoad:
        pending = self._pending.get(load)
        if pending is not None:
            if not pending.is_sent:
                pending.projection = pending.projection | projection
                return pending
            # Sent already: a single object that lacks fields is loaded again, with the new fields.
            if not isinstance(load, ById | ByAlias | Viewer | RootAccount) or _includes(pending, projection):
                return pending
        pending = self._pending[load] = _PendingLoad(load, projection)
        if self._closed:
            pending.result = asyncio.get_running_loop().create_future()
            pending.result.set_result(UpstreamTimeout(_ENDED))
            return pending
        if self._loader is None:
            self._loader = _BatchLoader(self._fetch, self._fetch_tasks)
        pending.result = self._loader.load(pending)
        if isinstance(load, ById):
            self._prefetch(Key(load.kind, load.id), projection)
        return pending

    def _prefetch(self, parent: Key, projection: Projection) -> None:
        """Queue the loads of children that need only the parent's key.

        If the parent is null, their results are not used.
        """
        if self._make_load is None or not projection.prefetches:
            return
        stub = Record(self.slug, parent)
        for prefetch in projection.prefetches:
            try:
                load = self._make_load(prefetch, stub)
            except LmsError:
                continue  # the field's resolver raises it again
            if load is not None:
                self._enqueue(load, prefetch.projection)

    async def _fetch(self, batch: Sequence[_PendingLoad]) -> list[LoadResult | LmsError]:
        # Not read from `_pending`, which may have a wider entry for the same load by now.
        projections: dict[Load, Projection] = {}
        futures: dict[Load, asyncio.Future[LoadResult | LmsError]] = {}
        for pending in batch:
            pending.is_sent = True
            projections[pending.load] = pending.projection
            futures[pending.load] = pending.result

        def on_settled(load: Load, result: LoadResult | LmsError) -> None:
            if isinstance(result, LmsError):
                result.tenant, result.vendor = self.slug, self.backend.vendor
            if not futures[load].done():
                futures[load].set_result(result)

        try:
            await self.backend.fetch(projections, self.store, on_settled)
        finally:
            for load, future in futures.items():
                if not future.done():
                    on_settled(load, UpstreamInvalid("the vendor's reply did not include this object"))
        return [pending.result.result() for pending in batch]

    async def _load_missing(
        self, incomplete: Iterable[Record], projection: Projection, result: LoadResult
    ) -> LoadResult:
        await asyncio.gather(*(self._complete(record, projection) for record in incomplete))
        return result

    async def _complete(self, record: Record, projection: Projection) -> None:
        try:
            await self.load(ById(record.key.kind, record.key.id), projection)
        except LmsError as error:
            # An exception as a field's value becomes the error of that field when the field is read.
            for field in self._missing(record, projection):
                prefix, dot, name = field.partition(".")
                if dot:
                    record.vendor_fields[name] = error
                else:
                    setattr(record, prefix, error)


def _includes(pending: _PendingLoad, projection: Projection) -> bool:
    if projection.fields <= pending.projection.fields:
        return True
    return pending.result.done() and not isinstance(pending.result.result(), Record)
