"""Deduplicates identical in-flight queries.

A waiter that disconnects does not affect the others; the execution is cancelled when the last waiter leaves.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

WATCH_DELAY = 0.25
"""Seconds until the client's connection is watched. Most executions end earlier, and a watch is a
task of its own, which costs more than an answer from the cache."""

T = TypeVar("T")


class SharedExecution(Generic[T]):
    """One execution and its waiters."""

    __slots__ = ("_on_end", "_waiters", "due", "request_id", "task")

    def __init__(
        self,
        execution: Coroutine[Any, Any, T],
        due: float,
        request_id: str | None,
        on_end: Callable[["SharedExecution[T]"], None],
    ) -> None:
        """`due`: when it ends at the latest. `request_id`: of the request that started it."""
        self.due = due
        self.request_id = request_id
        self._on_end = on_end
        self._waiters: dict[asyncio.Future[T], asyncio.Task[None] | None] = {}  # with their watch
        self.task = asyncio.get_running_loop().create_task(execution)
        self.task.add_done_callback(self._complete)

    @property
    def is_joinable(self) -> bool:
        """Whether it runs and has a waiter: one without waiters is being cancelled."""
        return bool(self._waiters) and not self.task.done()

    async def wait(self, receive: Receive) -> T:
        """Wait for the result.

        Raises ClientDisconnect if the client leaves first. The last waiter to leave, for any
        reason, cancels the execution and waits for its cleanup.
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
        self._waiters[waiter] = asyncio.create_task(_fail_on_disconnect(receive, waiter))

    def _complete(self, task: "asyncio.Task[T]") -> None:
        self._on_end(self)
        if task.cancelled():
            for waiter in self._waiters:
                waiter.cancel()
            return
        error = task.exception()
        for waiter in self._waiters:
            if waiter.done():  # its client disconnected in this tick
                continue
            if error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(task.result())


class QueryDeduplicator(Generic[T]):
    """In-flight executions, by everything that their result depends on.

    Example with a request timeout of 30 s and `max_loss` of 3 s (10 %):

        t = 0   query A starts, due at 30
        t = 2   the same query: joins (32 - 30 = 2, at most 3), and ends by 30 instead of 32
        t = 9   the same query: starts its own execution (39 - 30 = 9); later ones join that
    """

    def __init__(self) -> None:
        self._executions: dict[Hashable, SharedExecution[T]] = {}

    def find(self, key: Hashable, due: float, max_loss: float) -> SharedExecution[T] | None:
        """Return an execution to join that is due at most `max_loss` seconds before `due`."""
        execution = self._executions.get(key)
        if execution is None or not execution.is_joinable or due - execution.due > max_loss:
            return None
        return execution

    def start(
        self, key: Hashable, execution: Coroutine[Any, Any, T], due: float, request_id: str | None
    ) -> SharedExecution[T]:
        """Start an execution. The caller must call `wait` without awaiting anything before."""
        shared = SharedExecution(execution, due, request_id, partial(self._remove, key))
        self._executions[key] = shared
        return shared

    def _remove(self, key: Hashable, execution: SharedExecution[T]) -> None:
        if self._executions.get(key) is execution:  # it may have been replaced by a later one
            del self._executions[key]


async def _fail_on_disconnect(receive: Receive, waiter: "asyncio.Future[Any]") -> None:
    await wait_for_disconnect(receive)
    if not waiter.done():
        waiter.set_exception(ClientDisconnect())


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def cancel_and_wait(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks and wait for their cleanup."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
