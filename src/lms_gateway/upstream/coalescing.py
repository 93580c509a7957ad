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
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import OnReply

SendCall = Callable[[Call, str, CallDeadline], Coroutine[Any, Any, Reply]]
"""Sends a call to its URL, with all its attempts."""


class RequestCoalescer:
    """The reads that are under way over one credential."""

    def __init__(self, send: SendCall, on_shared: Callable[[], None]) -> None:
        """`joined` is called for each read that is not sent because an equal one is under way."""
        self._send = send
        self._on_shared = on_shared
        self._joinable: dict[str, _SharedCall] = {}  # those that may be joined, by URL
        self._tasks: set[asyncio.Task[Reply]] = set()  # the loop itself keeps none alive

    def subscribe(self, call: Call, url: str, deadline: float, on_reply: OnReply) -> "Waiter":
        """Wait until `due` for the reply to a GET: of the flight under way, or of a new one.

        `told` hears the reply, what the flight ended in, or UpstreamTimeout where it took too long.
        """
        shared_call = self._joinable.get(url)
        if shared_call is not None and (waiter := shared_call.add(deadline, on_reply)) is not None:
            self._on_shared()
            return waiter
        shared_call = self._joinable[url] = _SharedCall(deadline)
        task = shared_call.task = asyncio.get_running_loop().create_task(
            self._send(call, url, shared_call)
        )
        task.add_done_callback(partial(self._completed, url, shared_call))
        self._tasks.add(task)
        return shared_call.add_first(on_reply)

    def invalidate(self) -> None:
        """Let nobody join what is under way: its reply may not know of a change."""
        self._joinable.clear()

    async def aclose(self) -> None:
        """Cut what is under way; who waits for it gets UpstreamUnavailable."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _completed(self, url: str, shared_call: "_SharedCall", task: asyncio.Task[Reply]) -> None:
        self._tasks.discard(task)
        if self._joinable.get(url) is shared_call:
            del self._joinable[url]
        shared_call.complete()


class Waiter:
    """One caller's wait for the reply of a flight."""

    __slots__ = ("_on_reply", "_shared_call", "_timer")

    def __init__(self, shared_call: "_SharedCall", on_reply: OnReply) -> None:
        self._shared_call = shared_call
        self._on_reply: OnReply | None = on_reply
        self._timer: asyncio.TimerHandle | None = None

    def cancel(self) -> asyncio.Future[Any] | None:
        """See Begun. With the last wait the flight ends."""
        self._detach()
        return self._shared_call.remove(self)

    def expire_at(self, deadline: float) -> None:
        """Wait until then and no longer."""
        self._timer = asyncio.get_running_loop().call_at(deadline, self._time_out)

    def complete(self, outcome: Reply | BaseException) -> None:
        """End the wait with this outcome, where it has not ended yet."""
        on_reply = self._detach()
        if on_reply is not None:
            on_reply(outcome)

    def _detach(self) -> OnReply | None:
        on_reply, self._on_reply = self._on_reply, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return on_reply

    def _time_out(self) -> None:
        self._shared_call.remove(self)
        self.complete(UpstreamTimeout("the vendor did not answer within the request's time"))


class _SharedCall(CallDeadline):
    """A read under way, and who waits for it."""

    __slots__ = ("_latest_waiter", "_waiters", "task")

    task: asyncio.Task[Reply]

    def __init__(self, deadline: float) -> None:
        super().__init__(deadline)
        self._waiters: dict[Waiter, None] = {}  # an ordered set
        self._latest_waiter: Waiter

    def add_first(self, on_reply: OnReply) -> Waiter:
        """The wait of the caller for whom it begins."""
        # Whoever has most time needs no timer: when theirs is up, the flight's own is.
        waiter = self._latest_waiter = Waiter(self, on_reply)
        self._waiters[waiter] = None
        return waiter

    def add(self, deadline: float, on_reply: OnReply) -> Waiter | None:
        """Another wait; None where the flight is ending already."""
        if not self._waiters:
            return None
        waiter, current_deadline = Waiter(self, on_reply), self.reply_by
        if deadline <= current_deadline:
            waiter.expire_at(deadline)
        elif self.extend(deadline):
            if self._latest_waiter in self._waiters:
                self._latest_waiter.expire_at(current_deadline)
            self._latest_waiter = waiter
        else:
            return None
        self._waiters[waiter] = None
        return waiter

    def remove(self, waiter: Waiter) -> asyncio.Task[Reply] | None:
        """Forget a wait; with the last one the flight ends. Returns its task where that is so."""
        if waiter not in self._waiters:
            return None
        del self._waiters[waiter]
        return None if self._waiters or not self.task.cancel() else self.task

    def complete(self) -> None:
        """Tell everybody what became of it, each with an error of their own to raise."""
        outcome: Reply | BaseException
        if self.task.cancelled():
            outcome = UpstreamUnavailable("the gateway has closed this vendor")
        else:
            outcome = self.task.exception() or self.task.result()
        del (
            self.task,
            self._latest_waiter,
        )  # an error's traceback holds the flight, which must not hold it
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            waiter.complete(outcome)
            if isinstance(outcome, BaseException):
                outcome = _copy_error(outcome)


def _copy_error(error: BaseException) -> BaseException:
    """The same error anew, without the traceback: whoever raises one adds to its own."""
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy
