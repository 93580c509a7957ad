"""What a run has to wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from lms_gateway.execution.level import Rank, Spots, is_lost
from lms_gateway.execution.pending import Pending

_LAST: Rank = [1 << 62]
"""A rank behind all others."""


class Waits:
    """Spots whose values are on their way."""

    __slots__ = ("_closed", "_ready", "_tasks", "_waiting", "_wake")

    def __init__(self) -> None:
        self._waiting: set[_Wait] = set()
        self._ready: list[_Wait] = []
        self._tasks: set[asyncio.Future[Any]] = set()
        self._wake: asyncio.Future[None] | None = None
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, spots: Spots, index: int, value: Awaitable[Any]) -> None:
        """Wait for a spot's value."""
        then: Callable[[Any], Any] | None = None
        is_ours = False
        future: asyncio.Future[Any]
        if type(value) is Pending:
            future, then = value.future, value.then
        elif asyncio.isfuture(value):
            future = value
        else:
            future, is_ours = asyncio.ensure_future(value), True
            self._tasks.add(future)
            future.add_done_callback(self._tasks.discard)
        wait = _Wait(spots, index, future, then, is_ours)
        self._waiting.add(wait)
        if future.done():
            self._ready.append(wait)
        else:
            future.add_done_callback(partial(self._arrived, wait))

    async def something(self, flush: Callable[[], None]) -> None:
        """Return once something has arrived.

        `flush` is called where nothing that runs for this will load any more before.
        """
        if self._ready:
            return
        if not self._tasks:
            flush()
        self._wake = asyncio.get_running_loop().create_future()
        await self._wake

    def take(self) -> dict[Spots, tuple[list[int], list[Any]]]:
        """What has arrived: of each spots the indices, and the values or exceptions.

        Raises CancelledError where what was waited for was cancelled.
        """
        ready, self._ready = self._ready, []
        groups: dict[Spots, tuple[list[int], list[Any]]] = {}
        for wait in ready:
            if wait in self._waiting:
                self._waiting.discard(wait)
                indices, values = groups.setdefault(wait.spots, ([], []))
                indices.append(wait.index)
                values.append(wait.outcome())
        return groups

    def bury(self) -> None:
        """Give up what lies below something that has become null."""
        lost = [wait for wait in self._waiting if is_lost(wait.spots, wait.index, _LAST)]
        for wait in lost:
            self._waiting.discard(wait)
            if wait.is_ours:
                wait.future.cancel()

    def close(self) -> None:
        """Wait for nothing more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for wait in self._ready:  # there are some only where the run itself was cancelled
            _hear(wait.future)

    def _arrived(self, wait: "_Wait", future: "asyncio.Future[Any]") -> None:
        if self._closed or wait not in self._waiting:
            _hear(future)
            return
        self._ready.append(wait)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class _Wait:
    """A spot whose value is on its way."""

    __slots__ = ("future", "index", "is_ours", "spots", "then")

    def __init__(
        self,
        spots: Spots,
        index: int,
        future: "asyncio.Future[Any]",
        then: Callable[[Any], Any] | None,
        is_ours: bool,
    ) -> None:
        self.spots = spots
        self.index = index
        self.future = future
        self.then = then
        self.is_ours = is_ours  # a task that nobody else awaits

    def outcome(self) -> Any:
        """The value that arrived, or the exception. Raises CancelledError."""
        error = self.future.exception()
        if error is not None:
            if isinstance(error, Exception):
                return error
            raise error
        if self.then is None:
            return self.future.result()
        try:
            return self.then(self.future.result())
        except Exception as failed:
            return failed


def _hear(future: "asyncio.Future[Any]") -> None:
    """See a future's error: nobody else will, and asyncio would complain."""
    if not future.cancelled():
        future.exception()
