"""Executions that are under way, and those who wait for them.

Whoever asks what somebody is being told already waits for the same answer. Nobody who waits is
disturbed by another's going away; what nobody waits for any more is cancelled.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

WATCH_DELAY = 0.25
"""Seconds in which most answers are there. Only from then on is it watched whether the client is:
a watch is a task of its own, and costs more than the answer of a cache."""


T = TypeVar("T")


class SharedExecution(Generic[T]):
    """One execution."""

    __slots__ = ("_on_end", "_waiters", "due", "request_id", "task")

    def __init__(
        self,
        execution: Coroutine[Any, Any, T],
        due: float,
        request_id: str | None,
        on_end: Callable[["SharedExecution[T]"], None],
    ) -> None:
        """`ended` is called once it has, in whatever way."""
        self.due = due
        """When it ends at the latest, by the loop's clock."""
        self.request_id = request_id
        """That of the request which began it."""
        self._on_end = on_end
        self._waiters: dict[asyncio.Future[T], asyncio.Task[None] | None] = {}  # who, and its watch
        self.task = asyncio.get_running_loop().create_task(execution)
        self.task.add_done_callback(self._complete)

    @property
    def is_joinable(self) -> bool:
        """Whether it has not ended, and somebody waits for it."""
        return bool(self._waiters) and not self.task.done()

    async def wait(self, receive: Receive) -> T:
        """Wait for the result.

        Raises ClientDisconnect where the client goes first. Whoever leaves last, for this reason or
        another, has the execution cancelled and waits until that has cleaned up.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._waiters[waiter] = None
        watch_timer = loop.call_later(WATCH_DELAY, self._watch_client, waiter, receive)
        try:
            return await waiter
        finally:
            watch_timer.cancel()
            watch = self._waiters.pop(waiter)
            if watch is not None:
                await cancel_and_wait(watch)
            if not self._waiters and not self.task.done():
                await cancel_and_wait(self.task)

    def _watch_client(self, waiter: "asyncio.Future[T]", receive: Receive) -> None:
        self._waiters[waiter] = asyncio.create_task(_disconnect_waiter(receive, waiter))

    def _complete(self, task: "asyncio.Task[T]") -> None:
        self._on_end(self)
        if task.cancelled():
            for waiter in self._waiters:
                waiter.cancel()
            return
        error = task.exception()
        for waiter in self._waiters:
            if waiter.done():  # its client has just gone
                continue
            if error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(task.result())


class QueryDeduplicator(Generic[T]):
    """Those that others may join, by all that the result depends on."""

    def __init__(self) -> None:
        self._in_flight: dict[Hashable, SharedExecution[T]] = {}

    def find(self, key: Hashable, due: float, max_loss: float) -> SharedExecution[T] | None:
        """One to join: its time is up no more than `spare` seconds before `due`."""
        shared_execution = self._in_flight.get(key)
        if (
            shared_execution is None
            or not shared_execution.is_joinable
            or due - shared_execution.due > max_loss
        ):
            return None
        return shared_execution

    def start(
        self,
        key: Hashable,
        execution: Coroutine[Any, Any, T],
        due: float,
        request_id: str | None,
    ) -> SharedExecution[T]:
        """Start an execution. The caller has to land it, without waiting for anything before."""
        shared_execution = self._in_flight[key] = SharedExecution(
            execution, due, request_id, partial(self._remove, key)
        )
        return shared_execution

    def _remove(self, key: Hashable, shared_execution: SharedExecution[T]) -> None:
        if (
            self._in_flight.get(key) is shared_execution
        ):  # else one that nobody wanted has been replaced
            del self._in_flight[key]


async def _disconnect_waiter(receive: Receive, waiter: "asyncio.Future[Any]") -> None:
    """End the waiting of a client that goes away."""
    await wait_for_disconnect(receive)
    if not waiter.done():
        waiter.set_exception(ClientDisconnect())


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def cancel_and_wait(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
