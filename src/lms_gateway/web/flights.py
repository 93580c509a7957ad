"""Executions that are under way, and those who wait for them.

Whoever asks what somebody is being told already waits for the same answer. Nobody who waits is
disturbed by another's going away; what nobody waits for any more is cancelled.
"""

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

PATIENCE = 0.25
"""Seconds in which most answers are there. Only from then on is it watched whether the client is:
a watch is a task of its own, and costs more than the answer of a cache."""


T = TypeVar("T")


class Flight(Generic[T]):
    """One execution."""

    __slots__ = ("_waiting", "due", "request_id", "task")

    def __init__(self, running: Coroutine[Any, Any, T], due: float, request_id: str | None) -> None:
        self.due = due
        """When it ends at the latest, by the loop's clock."""
        self.request_id = request_id
        """That of the request which began it."""
        self.task = asyncio.get_running_loop().create_task(running)
        self.task.add_done_callback(self._land)
        self._waiting: set[asyncio.Future[T]] = set()

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
        self._waiting.add(arrival)
        watch = _Watch(receive, arrival)
        later = loop.call_later(PATIENCE, watch.begin)
        try:
            return await arrival
        finally:
            later.cancel()
            self._waiting.discard(arrival)
            if watch.task is not None:
                await end(watch.task)
            if not self._waiting and not self.task.done():
                await end(self.task)

    def _land(self, task: asyncio.Task[T]) -> None:
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
        flight = self._under_way[key] = Flight(running, due, request_id)
        flight.task.add_done_callback(lambda _: self._forget(key, flight))
        return flight

    def _forget(self, key: Hashable, flight: Flight[T]) -> None:
        if self._under_way.get(key) is flight:  # else one that nobody wanted has been replaced
            del self._under_way[key]


class _Watch:
    """Ends the waiting of a client that goes away."""

    __slots__ = ("_arrival", "_receive", "task")

    def __init__(self, receive: Receive, arrival: "asyncio.Future[Any]") -> None:
        self._receive = receive
        self._arrival = arrival
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        await until_disconnected(self._receive)
        if not self._arrival.done():
            self._arrival.set_exception(ClientDisconnect())


async def until_disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
