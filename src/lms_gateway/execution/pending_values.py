"""What a run has to wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from lms_gateway.execution.deferred import Deferred
from lms_gateway.execution.levels import ExecutionOrder, ResponseSlots, is_slot_nulled

_AFTER_ALL: ExecutionOrder = [1 << 62]
"""A rank behind all others."""


class PendingValues:
    """Spots whose values are on their way."""

    __slots__ = ("_closed", "_pending", "_ready", "_tasks", "_wakeup")

    def __init__(self) -> None:
        self._pending: set[PendingValue] = set()
        self._ready: list[PendingValue] = []
        self._tasks: set[asyncio.Future[Any]] = set()
        self._wakeup: asyncio.Future[None] | None = None
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._pending)

    def add(self, slots: ResponseSlots, index: int, value: Awaitable[Any]) -> None:
        """Wait for a spot's value."""
        then: Callable[[Any], Any] | None = None
        owns_future = False
        future: asyncio.Future[Any]
        if type(value) is Deferred:
            future, then = value.future, value.then
        elif asyncio.isfuture(value):
            future = value
        else:
            future, owns_future = asyncio.ensure_future(value), True
            self._tasks.add(future)
            future.add_done_callback(self._tasks.discard)
        pending_value = PendingValue(slots, index, future, then, owns_future)
        self._pending.add(pending_value)
        if future.done():
            self._ready.append(pending_value)
        else:
            future.add_done_callback(partial(self._on_done, pending_value))

    async def wait_for_any(self, dispatch_loads: Callable[[], None]) -> None:
        """Return once something has arrived.

        `flush` is called where nothing that runs for this will load any more before.
        """
        if self._ready:
            return
        if not self._tasks:
            dispatch_loads()
        self._wakeup = asyncio.get_running_loop().create_future()
        await self._wakeup

    def take_ready(self) -> dict[ResponseSlots, tuple[list[int], list[Any]]]:
        """What has arrived: of each spots the indices, and the values or exceptions.

        Raises CancelledError where what was waited for was cancelled.
        """
        ready, self._ready = self._ready, []
        groups: dict[ResponseSlots, tuple[list[int], list[Any]]] = {}
        for pending_value in ready:
            if pending_value in self._pending:
                self._pending.discard(pending_value)
                indices, values = groups.setdefault(pending_value.slots, ([], []))
                indices.append(pending_value.index)
                values.append(pending_value.result())
        return groups

    def discard_nulled(self) -> None:
        """Give up what lies below something that has become null."""
        discarded = [
            pending_value
            for pending_value in self._pending
            if is_slot_nulled(pending_value.slots, pending_value.index, _AFTER_ALL)
        ]
        for pending_value in discarded:
            self._pending.discard(pending_value)
            if pending_value.owns_future:
                pending_value.future.cancel()

    def close(self) -> None:
        """Wait for nothing more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for pending_value in self._ready:  # there are some only where the run itself was cancelled
            _retrieve_exception(pending_value.future)

    def _on_done(self, pending_value: "PendingValue", future: "asyncio.Future[Any]") -> None:
        if self._closed or pending_value not in self._pending:
            _retrieve_exception(future)
            return
        self._ready.append(pending_value)
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)


class PendingValue:
    """A spot whose value is on its way."""

    __slots__ = ("future", "index", "owns_future", "slots", "then")

    def __init__(
        self,
        slots: ResponseSlots,
        index: int,
        future: "asyncio.Future[Any]",
        then: Callable[[Any], Any] | None,
        owns_future: bool,
    ) -> None:
        self.slots = slots
        self.index = index
        self.future = future
        self.then = then
        self.owns_future = owns_future  # a task that nobody else awaits

    def result(self) -> Any:
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
        except Exception as then_error:
            return then_error


def _retrieve_exception(future: "asyncio.Future[Any]") -> None:
    """See a future's error: nobody else will, and asyncio would complain."""
    if not future.cancelled():
        future.exception()
