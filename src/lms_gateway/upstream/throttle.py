"""Throttle: an attempt is sent only if the vendor's rate budget has room for it.

Example: `max_concurrency` is 2, the calls A to D arrive in this order.

    A, B start at once. C, D queue, because no concurrency is left.
    A ends: C starts. B ends with 429 and `Retry-After: 3`: the throttle pauses for 3 s.
    C ends: D is first but has to wait for the pause, so D sleeps; later calls queue after D.
    After 3 s D starts. If D gives up while it sleeps, the next call takes over its sleep.

A delay that would pass the call's deadline is not waited for: RateLimited is raised at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from lms_gateway.domain.errors import RateLimited
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.vendor_policy import Budget

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
Random = Callable[[], float]


MAX_PAUSE = 300.0
"""Maximum pause in seconds, even if `Retry-After` is longer: a wrong header of a proxy must not
disable a tenant for a day."""


class _QueueEntry:
    """A waiting call."""

    __slots__ = ("admitted", "cost")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.admitted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True: the call was started. False: it is first in the queue and has to sleep."""


class Throttle:
    """One first-in, first-out queue per credential.

    A call that ends admits the first of the queue. If that one lacks budget rather than
    concurrency, it sleeps until the budget suffices, and the others wait for it.
    """

    def __init__(self, budget: Budget, *, clock: Clock, sleep: Sleep, random: Random) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._queue: deque[_QueueEntry] = deque()
        self._sleeping: _QueueEntry | None = None  # the first of the queue, if it sleeps
        self._queued_cost = 0  # total cost of the queued calls
        self._running_count = 0  # calls in flight
        self._paused_until = float("-inf")

    async def acquire(self, cost: int, call_deadline: CallDeadline) -> None:
        """Wait until a call of this cost can be sent; `release` must follow.

        Raises RateLimited if the wait passes the deadline, at once if that is known already.
        """
        if self.try_acquire(cost, call_deadline, self._clock()):
            return
        self._queued_cost += cost
        try:
            await call_deadline.wait_for(self._wait_in_queue(cost, call_deadline))
        except TimeoutError:
            # When a running call ends is unknown: one second is a guess.
            raise RateLimited(1.0) from None
        finally:
            self._queued_cost -= cost

    def try_acquire(self, cost: int, call_deadline: CallDeadline, now: float) -> bool:
        """`acquire` without waiting. Returns False if the call must wait; raises as `acquire`."""
        delay = self._delay_within(self._queued_cost + cost, call_deadline, now)
        if delay or self._queue or self._running_count >= self._budget.max_concurrency(now):
            return False
        self._start_call(cost, now)
        return True

    def release(self, cost: int, reply: Reply | None) -> None:
        """End a call; `reply` is None if there was none."""
        self._running_count -= 1
        self._budget.released(cost, self._clock(), self._running_count, reply)
        if self._queue:
            self._admit()

    def pause(self, seconds: float) -> None:
        """Start no call for so long, plus up to 10 %: other replicas wait for the same time."""
        until = self._clock() + min(seconds, MAX_PAUSE) * (1 + 0.1 * self._random())
        self._paused_until = max(self._paused_until, until)

    async def _wait_in_queue(self, cost: int, call_deadline: CallDeadline) -> None:
        """Wait for all earlier calls, then for budget for `cost` and for concurrency."""
        entry = _QueueEntry(cost)
        self._queue.append(entry)
        self._admit()
        try:
            while not await entry.admitted:
                while delay := self._delay_within(cost, call_deadline, self._clock()):
                    await self._sleep(delay)
                entry.admitted = asyncio.get_running_loop().create_future()
                self._sleeping = None
                self._admit()
        except BaseException:
            self._abandon(entry)
            raise

    def _admit(self) -> None:
        """Start queued calls, in their order, as far as the budget allows now."""
        while self._queue and self._sleeping is None:
            entry, now = self._queue[0], self._clock()
            if entry.admitted.done():  # cancelled, but its task has not run yet
                self._queue.popleft()
            elif self._delay(entry.cost, now) > 0:
                self._sleeping = entry
                entry.admitted.set_result(False)
            elif self._running_count < self._budget.max_concurrency(now):
                self._queue.popleft()
                self._start_call(entry.cost, now)
                entry.admitted.set_result(True)
            else:
                return

    def _abandon(self, entry: _QueueEntry) -> None:
        """Remove a cancelled call from the queue and admit the next."""
        admitted = entry.admitted
        if admitted.done() and not admitted.cancelled() and admitted.result():
            self.release(entry.cost, None)  # it was admitted before it noticed its cancellation
            return
        if self._sleeping is entry:
            self._sleeping = None
        if entry in self._queue:
            self._queue.remove(entry)
        self._admit()

    def _start_call(self, cost: int, now: float) -> None:
        self._running_count += 1
        self._budget.acquired(cost, now)

    def _delay(self, cost: int, now: float) -> float:
        """Return the seconds until the budget has room for `cost`; concurrency is not counted."""
        return max(self._paused_until - now, self._budget.delay(cost, now), 0.0)

    def _delay_within(self, cost: int, call_deadline: CallDeadline, now: float) -> float:
        """Return `_delay`. Raises RateLimited if it passes the deadline."""
        delay = self._delay(cost, now)
        if delay > 0 and now + delay >= call_deadline.send_by:
            raise RateLimited(delay)
        return delay
