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

PATIENCE = 0.25
"""Seconds in which most answers are there. Only from then on is it watched whether the client is:
a watch is a task of its own, and costs more than the answer of a cache."""


T = TypeVar("T")


class Flight(Generic[T]):
    """One execution."""

    __slots__ = ("_ended", "_waiting", "due", "request_id", "task")

    def __init__(
        self,
        running: Coroutine[Any, Any, T],
        due: float,
        request_id: str | None,
        ended: Callable[["Flight[T]"], None],
    ) -> None:
        """`ended` is called once it has, in whatever way."""
        self.due = due
        """When it ends at the latest, by the loop's clock."""
        self.request_id = request_id
        """That of the request which began it."""
        self._ended = ended
        self._waiting: dict[asyncio.Future[T], asyncio.Task[None] | None] = {}  # who, and its watch
        self.task = asyncio.get_running_loop().create_task(running)
        self.task.add_done_callback(self._land)

    @property
    def is_wanted(self) -> bool:
        """Whether it has not ended, and somebody waits for it."""
        return bool(self._waiting) and not self.task.done()

    async def land(self, receive: Receive) -> T:
        """Wait for the result.

        Raises ClientDisconnect where the client goes first. Whoever leaves last, for this reason or
        another, has the execution cancelled and waits until that has cleaned up.
        """
        loop = asyncio.get_running_loop()
        arrival: asyncio.Future[T] = loop.create_future()
        self._waiting[arrival] = None
        later = loop.call_later(PATIENCE, self._watch, arrival, receive)
        try:
            return await arrival
        finally:
            later.cancel()
            watch = self._waiting.pop(arrival)
            if watch is not None:
                await end(watch)
            if not self._waiting and not self.task.done():
                await end(self.task)

    def _watch(self, arrival: "asyncio.Future[T]", receive: Receive) -> None:
        self._waiting[arrival] = asyncio.create_task(_look(receive, arrival))

    def _land(self, task: "asyncio.Task[T]") -> None:
        self._ended(self)
        if task.cancelled():
            for arrival in self._waiting:
                arrival.cancel()
            return
        error = task.exception()
        for arrival in self._waiting:
            if arrival.done():  # its client has just gone
                continue
            if error is not None:
                arrival.set_exception(error)
            else:
                arrival.set_result(task.result())


class Flights(Generic[T]):
    """Those that others may join, by all that the result depends on."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Flight[T]] = {}

    def find(self, key: Hashable, due: float, spare: float) -> Flight[T] | None:
        """One to join: its time is up no more than `spare` seconds before `due`."""
        flight = self._under_way.get(key)
        if flight is None or not flight.is_wanted or due - flight.due > spare:
            return None
        return flight

    def begin(
        self,
        key: Hashable,
        running: Coroutine[Any, Any, T],
        due: float,
        request_id: str | None,
    ) -> Flight[T]:
        """Start an execution. The caller has to land it, without waiting for anything before."""
        flight = self._under_way[key] = Flight(running, due, request_id, partial(self._forget, key))
        return flight

    def _forget(self, key: Hashable, flight: Flight[T]) -> None:
        if self._under_way.get(key) is flight:  # else one that nobody wanted has been replaced
            del self._under_way[key]


async def _look(receive: Receive, arrival: "asyncio.Future[Any]") -> None:
    """End the waiting of a client that goes away."""
    await until_disconnected(receive)
    if not arrival.done():
        arrival.set_exception(ClientDisconnect())


async def until_disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
