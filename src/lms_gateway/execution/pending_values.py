"""Awaitable values of an execution, and the slots that they fill."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from lms_gateway.execution.deferred import Deferred
from lms_gateway.execution.levels import ExecutionOrder, ResponseSlots, is_slot_nulled

_AFTER_ALL: ExecutionOrder = [1 << 62]
"""An order after all others."""


class PendingValues:
    """Slots whose values must be awaited.

    Values that arrive in the same turn of the event loop are taken together, so that the next level
    of the response again executes in one batch:

        add(slot, awaitable)…      fields that returned an awaitable
        wait_for_any(dispatch)     the loop runs; callbacks collect what is done in `_ready`
        take_ready()               indices and values by slots → completed in one batch
    """

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
        """Wait for the value of a slot."""
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
        """Return once a value has arrived.

        Calls `dispatch_loads` if no task of this execution runs: nothing can add a load to the open
        batch any more.
        """
        if self._ready:
            return
        if not self._tasks:
            dispatch_loads()
        self._wakeup = asyncio.get_running_loop().create_future()
        await self._wakeup

    def take_ready(self) -> dict[ResponseSlots, tuple[list[int], list[Any]]]:
        """Return what has arrived: slots → indices, and values or exceptions.

        Raises CancelledError if an awaited future was cancelled.
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
        """Stop waiting for values below a position that became null; cancel their tasks."""
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
        """Stop waiting and cancel all tasks of this execution."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for pending_value in self._ready:  # there are some only if the execution was cancelled
            _retrieve_exception(pending_value.future)

    def _on_done(self, pending_value: "PendingValue", future: "asyncio.Future[Any]") -> None:
        if self._closed or pending_value not in self._pending:
            _retrieve_exception(future)
            return
        self._ready.append(pending_value)
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)


@dataclass(slots=True, eq=False)
class PendingValue:
    """One slot and the future of its value."""

    slots: ResponseSlots
    index: int
    future: "asyncio.Future[Any]"
    then: Callable[[Any], Any] | None
    owns_future: bool
    """Whether it is a task that nothing else awaits."""

    def result(self) -> Any:
        """Return the value that arrived, or its exception. Raises CancelledError."""
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
    """Mark a future's exception as retrieved: asyncio logs it otherwise."""
    if not future.cancelled():
        future.exception()
