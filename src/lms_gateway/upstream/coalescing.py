"""Coalescing: equal reads in flight over one credential share one call.

Example: three requests read the same URL, with their deadlines in seconds.

    t = 0   A subscribes until 10: the shared call starts, its deadline is 10
    t = 1   B subscribes until 5: B gets a timer at 5
    t = 2   C subscribes until 20: the call's deadline becomes 20, and A gets a timer at 10
    t = 5   B's timer: B fails with UpstreamTimeout, the call continues
    t = 7   A cancels: the call continues for C
    t = 8   the reply completes C; if C had cancelled too, the call would have been cancelled

A call that was started before a write is not shared with reads after the write (`invalidate`):
its reply may not contain what was written.
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
"""Sends a call to its URL, with all attempts."""


class RequestCoalescer:
    """The shared calls over one credential."""

    def __init__(self, send: SendCall, on_shared: Callable[[], None]) -> None:
        """`on_shared` is called for each read that shares a call in flight."""
        self._send = send
        self._on_shared = on_shared
        self._joinable: dict[str, _SharedCall] = {}  # by URL
        self._tasks: set[asyncio.Task[Reply]] = set()  # the event loop keeps only weak references

    def subscribe(self, call: Call, url: str, deadline: float, on_reply: OnReply) -> "Waiter":
        """Wait for the reply to a GET of `url`; start a call if none is in flight.

        `on_reply` is called with the reply, the call's error, or UpstreamTimeout at `deadline`,
        a time of the event loop.
        """
        shared_call = self._joinable.get(url)
        if shared_call is not None and (waiter := shared_call.add(deadline, on_reply)) is not None:
            self._on_shared()
            return waiter
        shared_call = self._joinable[url] = _SharedCall(deadline)
        task = shared_call.task = asyncio.get_running_loop().create_task(self._send(call, url, shared_call))
        task.add_done_callback(partial(self._completed, url, shared_call))
        self._tasks.add(task)
        return shared_call.add_first(on_reply)

    def invalidate(self) -> None:
        """Stop sharing the calls in flight; their replies may predate a write."""
        self._joinable.clear()

    async def aclose(self) -> None:
        """Cancel the calls in flight; their waiters get UpstreamUnavailable."""
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
    """One caller that waits for the reply of a shared call."""

    __slots__ = ("_on_reply", "_shared_call", "_timer")

    def __init__(self, shared_call: "_SharedCall", on_reply: OnReply) -> None:
        self._shared_call = shared_call
        self._on_reply: OnReply | None = on_reply
        self._timer: asyncio.TimerHandle | None = None

    def cancel(self) -> asyncio.Future[Any] | None:
        """See PendingCall. The last waiter cancels the call."""
        self._detach()
        return self._shared_call.remove(self)

    def expire_at(self, deadline: float) -> None:
        """Time out at `deadline`, a time of the event loop."""
        self._timer = asyncio.get_running_loop().call_at(deadline, self._time_out)

    def complete(self, outcome: Reply | BaseException) -> None:
        """Call the callback with the outcome, unless the waiter has ended already."""
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
    """A call in flight and its waiters. Its deadline is the latest deadline of its waiters."""

    __slots__ = ("_latest_waiter", "_waiters", "task")

    task: asyncio.Task[Reply]

    def __init__(self, deadline: float) -> None:
        super().__init__(deadline)
        self._waiters: dict[Waiter, None] = {}  # an ordered set
        self._latest_waiter: Waiter

    def add_first(self, on_reply: OnReply) -> Waiter:
        """Add the waiter that started the call."""
        # The waiter with the latest deadline needs no timer: the call expires at the same time.
        waiter = self._latest_waiter = Waiter(self, on_reply)
        self._waiters[waiter] = None
        return waiter

    def add(self, deadline: float, on_reply: OnReply) -> Waiter | None:
        """Add a further waiter. Returns None if the call is ending already."""
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
        """Remove a waiter; cancel the call after the last one. Returns the cancelled task."""
        if waiter not in self._waiters:
            return None
        del self._waiters[waiter]
        return None if self._waiters or not self.task.cancel() else self.task

    def complete(self) -> None:
        """Complete all waiters.

        Each gets its own copy of an error, so that tracebacks are not shared.
        """
        outcome: Reply | BaseException
        if self.task.cancelled():
            outcome = UpstreamUnavailable("the gateway closed its connection to this vendor")
        else:
            outcome = self.task.exception() or self.task.result()
        # An error's traceback references this object: drop the references back.
        del self.task, self._latest_waiter
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            waiter.complete(outcome)
            if isinstance(outcome, BaseException):
                outcome = _copy_error(outcome)


def _copy_error(error: BaseException) -> BaseException:
    """Return an equal error without a traceback; each `raise` appends to the error's own."""
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy
