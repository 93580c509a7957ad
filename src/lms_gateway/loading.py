"""Loads of one request and tenant, gathered into waves.

Whatever resolvers load while the event loop is busy is one wave: it is united, looked up in the
store, and handed to the vendor in one `fetch`. Each ask is answered for itself, so a slow branch of
a query never holds up a fast one. Nothing here outlives the request or is seen by another tenant.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from inspect import iscoroutine
from typing import Any, cast

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError, UpstreamInvalid, UpstreamTimeout
from lms_gateway.domain.loads import (
    ByAlias,
    ById,
    Children,
    Document,
    Load,
    LoadResult,
    Members,
    OperationListLoad,
    OperationLoad,
    Page,
    Search,
    TermsOf,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Record
from lms_gateway.domain.store import Store

IDLE_TICKS = 8
"""Turns of the event loop without a new load after which a wave closes.

graphql-core reaches loads of one level through chains of tasks of different length (a list of
lists, an interface); it takes it up to six turns to get from one answer to the next loads.
"""


_NO_FIELDS: frozenset[str] = frozenset()

MakeLoad = Callable[[Any, Record], Load | None]
"""Makes the ask of a `Follow` of anything that has the parent's identity. Raises what the field
itself would raise."""


class _PendingLoad:
    """One ask on its way: its wants may grow until the wave closes."""

    __slots__ = ("is_sent", "load", "projection", "result")

    def __init__(
        self,
        load: Load,
        projection: Projection,
        result: "asyncio.Future[LoadResult | LmsError]",
    ) -> None:
        self.load = load
        self.projection = projection
        self.result = result
        self.is_sent = False


class TenantSession:
    """One tenant within one request: its store, its waves, its vendor."""

    def __init__(self, slug: str, backend: Backend, make_load: MakeLoad | None = None) -> None:
        """Without `ask_of`, no child is asked for before its parent is here."""
        self.slug = slug
        self.backend = backend
        self._make_load = make_load
        self.store = Store(slug)
        self._pending_loads: dict[Load, _PendingLoad] = {}
        self._queue: list[_PendingLoad] = []  # what was loaded since the last one left
        self._fetch_tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def cached(self, load: Load, projection: Projection) -> Record | None:
        """The answer, where the store already holds all that is wanted; None: load it."""
        if isinstance(load, ById):
            record = self.store.find(Key(load.kind, load.id))
        elif isinstance(load, ByAlias):
            record = self.store.find_alias(load.kind, load.alias, load.value)
        else:
            return None
        if record is None or self._missing_fields(record, projection):
            return None
        return record

    def start(
        self, load: Load, projection: Projection
    ) -> "Record | asyncio.Future[LoadResult | LmsError]":
        """The answer where it is known; else it is on its way, and is to be given to `finish`.

        The future is shared with whoever asks alike: it must not be cancelled.
        """
        record = self.cached(load, projection)
        return self._enqueue(load, projection).result if record is None else record

    def finish(
        self, load: Load, projection: Projection, result: LoadResult | LmsError
    ) -> LoadResult | LmsError | Coroutine[Any, Any, LoadResult]:
        """What `load` answers; an LmsError is a value here.

        It is awaitable where rows of a listing could not carry all that is wanted.
        """
        rows: Iterable[Record | Document] = ()
        if isinstance(result, Page):
            rows = result.items
        elif isinstance(result, Record) and isinstance(load, OperationLoad):
            rows = (result,)
        records = [row for row in rows if isinstance(row, Record)]
        if not records:
            return result
        # The rows of a listing are of one kind.
        supported = self.backend.supported_fields.get(records[0].key.kind, _NO_FIELDS)
        fields = frozenset(projection.fields & supported)
        incomplete = [record for record in records if record.missing(fields)]
        return (
            self._load_missing(incomplete, projection, cast(LoadResult, result))
            if incomplete
            else result
        )

    async def load(self, load: Load, projection: Projection) -> LoadResult:
        """The vendor's answer, with what is wanted of it known as far as the vendor tells it.

        Raises LmsError where the ask as a whole failed. A row of a page whose own details could not
        be had keeps the error in the facets that lack, to be raised where they are read.
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
        """Close the wave: nothing that runs now will load any more.

        While something else is on its way, what it brings may be asked for together with this: the
        wave then closes by itself.
        """
        if not self._fetch_tasks:
            self._start_fetch()

    def reset(self) -> None:
        """Forget what is known: a change may have made it untrue."""
        self.store = Store(self.slug)
        self._pending_loads = {queued.load: queued for queued in self._queue}  # not asked for yet

    def close(self) -> Collection["asyncio.Task[None]"]:
        """Begin nothing more, and end what is in flight: nobody waits for it.

        Returns the tasks that have still to clean up.
        """
        self._closed = True
        self._start_fetch()
        for task in self._fetch_tasks:
            task.cancel()
        return tuple(self._fetch_tasks)

    def _missing_fields(self, record: Record, projection: Projection) -> frozenset[str]:
        """The wanted facets that are not known and that this vendor could tell."""
        supported = self.backend.supported_fields.get(record.key.kind, _NO_FIELDS)
        return record.missing(frozenset(projection.fields & supported))

    def _enqueue(self, load: Load, projection: Projection) -> _PendingLoad:
        pending = self._pending_loads.get(load)
        if pending is not None:
            if not pending.is_sent:
                pending.projection = pending.projection | projection
                return pending
            if not _is_single(load) or self._includes(pending, projection):
                return pending
        loop = asyncio.get_running_loop()
        pending = self._pending_loads[load] = _PendingLoad(load, projection, loop.create_future())
        self._queue.append(pending)
        if len(self._queue) == 1:
            loop.call_soon(self._dispatch_when_idle, 1, 0)
        if isinstance(load, ById):
            self._prefetch(Key(load.kind, load.id), projection)
        return pending

    def _includes(self, pending: _PendingLoad, projection: Projection) -> bool:
        if projection.fields <= pending.projection.fields:
            return True
        return pending.result.done() and not isinstance(pending.result.result(), Record)

    def _prefetch(self, parent: Key, projection: Projection) -> None:
        """Ask together with the parent for the children that need only its identity.

        Where the parent turns out to be null, nobody asks for the children's answers.
        """
        if self._make_load is None or not projection.prefetches:
            return
        stub = Record(self.slug, parent)
        for prefetch in projection.prefetches:
            try:
                load = self._make_load(prefetch, stub)
            except LmsError:
                continue  # raised again, and reported, when the field itself is executed
            if load is not None:
                self._enqueue(load, prefetch.projection)

    def _dispatch_when_idle(self, queued_count: int, idle_ticks: int) -> None:
        """Close the wave once the loop has been quiet, not at the next turn."""
        if not self._queue:
            return  # closed meanwhile
        if len(self._queue) != queued_count:
            idle_ticks = 0
        elif idle_ticks == IDLE_TICKS:
            self._start_fetch()
            return
        asyncio.get_running_loop().call_soon(
            self._dispatch_when_idle, len(self._queue), idle_ticks + 1
        )

    def _start_fetch(self) -> None:
        queued, self._queue = self._queue, []
        if self._closed:
            for pending in queued:  # queued when the request ended
                pending.result.set_result(UpstreamTimeout("the request has ended"))
        elif queued:
            task = asyncio.create_task(self._fetch(queued))
            self._fetch_tasks.add(task)
            task.add_done_callback(self._fetch_tasks.discard)

    async def _fetch(self, queued: Sequence[_PendingLoad]) -> None:
        # Not looked up in `_flights`: by now a wider flight may stand there for the same ask.
        batch: dict[Load, Projection] = {}
        results: dict[Load, asyncio.Future[LoadResult | LmsError]] = {}
        for pending in queued:
            pending.is_sent = True
            batch[pending.load] = pending.projection
            results[pending.load] = pending.result

        def on_settled(load: Load, result: LoadResult | LmsError) -> None:
            if isinstance(result, LmsError):
                result.tenant, result.vendor = self.slug, self.backend.vendor
            future = results[load]
            if not future.done():
                future.set_result(result)

        try:
            await self.backend.fetch(batch, self.store, on_settled)
        finally:
            for load, future in results.items():
                if not future.done():
                    on_settled(load, UpstreamInvalid("the vendor left this unanswered"))

    async def _load_missing(
        self, incomplete: Iterable[Record], projection: Projection, result: LoadResult
    ) -> LoadResult:
        await asyncio.gather(
            *(self._load_missing_fields(record, projection) for record in incomplete)
        )
        return result

    async def _load_missing_fields(self, record: Record, projection: Projection) -> None:
        try:
            await self.load(ById(record.key.kind, record.key.id), projection)
        except LmsError as error:
            # graphql-core raises an exception that it finds as a value, at the field that reads it.
            for field in self._missing_fields(record, projection):
                prefix, dot, name = field.partition(".")
                if dot:
                    record.vendor_fields[name] = error
                else:
                    setattr(record, prefix, error)


def _is_single(load: Load) -> bool:
    return not isinstance(
        load, Children | Members | Search | TermsOf | OperationLoad | OperationListLoad
    )
