"""Sharing: equal reads that are under way over one credential are one call.

A read under way is a flight: a task of its own, because it belongs to nobody who waits for it. Each
leaves when it likes, and the flight goes on until it lands or nobody waits any more. It may take as
long as the most patient of them would; who has less time gives up alone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from lms_gateway.domain.errors import UpstreamTimeout, UpstreamUnavailable
from lms_gateway.upstream.begun import Told
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.term import Term

Fly = Callable[[Call, str, Term], Coroutine[Any, Any, Reply]]
"""Sends a call to its URL, with all its attempts."""


class Flights:
    """The reads that are under way over one credential."""

    def __init__(self, fly: Fly, joined: Callable[[], None]) -> None:
        """`joined` is called for each read that is not sent because an equal one is under way."""
        self._fly = fly
        self._joined = joined
        self._open: dict[str, _Flight] = {}  # those that may be joined, by URL
        self._tasks: set[asyncio.Task[Reply]] = set()  # the loop itself keeps none alive

    def board(self, call: Call, url: str, due: float, told: Told) -> "Wait":
        """Wait until `due` for the reply to a GET: of the flight under way, or of a new one.

        `told` hears the reply, what the flight ended in, or UpstreamTimeout where it took too long.
        """
        flight = self._open.get(url)
        if flight is not None and (wait := flight.join(due, told)) is not None:
            self._joined()
            return wait
        flight = self._open[url] = _Flight(due)
        task = flight.task = asyncio.get_running_loop().create_task(self._fly(call, url, flight))
        task.add_done_callback(partial(self._landed, url, flight))
        self._tasks.add(task)
        return flight.first(told)

    def begin_anew(self) -> None:
        """Let nobody join what is under way: its reply may not know of a change."""
        self._open.clear()

    async def aclose(self) -> None:
        """Cut what is under way; who waits for it gets UpstreamUnavailable."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, url: str, flight: "_Flight", task: asyncio.Task[Reply]) -> None:
        self._tasks.discard(task)
        if self._open.get(url) is flight:
            del self._open[url]
        flight.land()


class Wait:
    """One caller's wait for the reply of a flight."""

    __slots__ = ("_flight", "_timer", "_told")

    def __init__(self, flight: "_Flight", told: Told) -> None:
        self._flight = flight
        self._told: Told | None = told
        self._timer: asyncio.TimerHandle | None = None

    def leave(self) -> asyncio.Future[Any] | None:
        """See Begun. With the last wait the flight ends."""
        self._end()
        return self._flight.leave(self)

    def give_up_at(self, due: float) -> None:
        """Wait until then and no longer."""
        self._timer = asyncio.get_running_loop().call_at(due, self._give_up)

    def tell(self, outcome: Reply | BaseException) -> None:
        """End the wait with this outcome, where it has not ended yet."""
        told = self._end()
        if told is not None:
            told(outcome)

    def _end(self) -> Told | None:
        told, self._told = self._told, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return told

    def _give_up(self) -> None:
        self._flight.leave(self)
        self.tell(UpstreamTimeout("the vendor did not answer within the request's time"))


class _Flight(Term):
    """A read under way, and who waits for it."""

    __slots__ = ("_latest", "_waits", "task")

    task: asyncio.Task[Reply]

    def __init__(self, due: float) -> None:
        super().__init__(due)
        self._waits: dict[Wait, None] = {}  # an ordered set
        self._latest: Wait

    def first(self, told: Told) -> Wait:
        """The wait of the caller for whom it begins."""
        # Whoever has most time needs no timer: when theirs is up, the flight's own is.
        wait = self._latest = Wait(self, told)
        self._waits[wait] = None
        return wait

    def join(self, due: float, told: Told) -> Wait | None:
        """Another wait; None where the flight is ending already."""
        if not self._waits:
            return None
        wait, own = Wait(self, told), self.due
        if due <= own:
            wait.give_up_at(due)
        elif self.put_off(due):
            if self._latest in self._waits:
                self._latest.give_up_at(own)
            self._latest = wait
        else:
            return None
        self._waits[wait] = None
        return wait

    def leave(self, wait: Wait) -> asyncio.Task[Reply] | None:
        """Forget a wait; with the last one the flight ends. Returns its task where that is so."""
        if wait not in self._waits:
            return None
        del self._waits[wait]
        return None if self._waits or not self.task.cancel() else self.task

    def land(self) -> None:
        """Tell everybody what became of it, each with an error of their own to raise."""
        outcome: Reply | BaseException
        if self.task.cancelled():
            outcome = UpstreamUnavailable("the gateway has closed this vendor")
        else:
            outcome = self.task.exception() or self.task.result()
        del self.task, self._latest  # an error's traceback holds the flight, which must not hold it
        waits, self._waits = self._waits, {}
        for wait in waits:
            wait.tell(outcome)
            if isinstance(outcome, BaseException):
                outcome = _twin(outcome)


def _twin(error: BaseException) -> BaseException:
    """The same error anew, without the traceback: whoever raises one adds to its own."""
    twin = type(error).__new__(type(error), *error.args)
    twin.__dict__.update(error.__dict__)
    twin.__cause__ = error.__cause__
    return twin
