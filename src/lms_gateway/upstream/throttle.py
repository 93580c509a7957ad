"""Admission: no attempt leaves before the vendor's budget has room for it."""

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
"""Seconds after which a vendor is tried again, however long it said to wait: a proxy's odd header
must not close a tenant for a day."""


class _QueueEntry:
    """A place in the queue."""

    __slots__ = ("admitted", "cost")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.admitted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True: the call has entered. False: it is first, and has to wait for credit."""


class Throttle:
    """One queue per credential, first come, first served.

    A call that ends lets in the first of the queue. Where it is not a seat that is missing, the
    first sleeps until it may leave, and all others behind it; a waiter that gives up makes way for
    the next. A throttled reply holds everybody.
    """

    def __init__(self, budget: Budget, *, clock: Clock, sleep: Sleep, random: Random) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._queue: deque[_QueueEntry] = deque()
        self._sleeping: _QueueEntry | None = None  # the first of the queue, where it is to sleep
        self._queued_cost = 0  # what the calls in the queue will cost
        self._running_count = 0  # calls
        self._paused_until = float("-inf")

    async def acquire(self, cost: int, call_deadline: CallDeadline) -> None:
        """Wait until a call of this cost may leave; `leave` must follow.

        Raises RateLimited where the wait would go past the term, at once where that is plain
        already.
        """
        if self.try_acquire(cost, call_deadline, self._clock()):
            return
        self._queued_cost += cost
        try:
            await call_deadline.wait_for(self._wait_in_queue(cost, call_deadline))
        except TimeoutError:
            # Nobody knows when a seat is freed: a second is a polite guess.
            raise RateLimited(1.0) from None
        finally:
            self._queued_cost -= cost

    def try_acquire(self, cost: int, call_deadline: CallDeadline, now: float) -> bool:
        """`enter` without waiting. False where the call would have to; raises as `enter` does."""
        delay = self._delay_within(self._queued_cost + cost, call_deadline, now)
        if delay or self._queue or self._running_count >= self._budget.max_concurrency(now):
            return False
        self._start_call(cost, now)
        return True

    def release(self, cost: int, reply: Reply | None) -> None:
        """The call ended, with this reply or (None) with none."""
        self._running_count -= 1
        self._budget.released(cost, self._clock(), self._running_count, reply)
        if self._queue:
            self._admit()

    def pause(self, seconds: float) -> None:
        """Let nobody leave for so long, and a little more: other replicas wait as well."""
        until = self._clock() + min(seconds, MAX_PAUSE) * (1 + 0.1 * self._random())
        self._paused_until = max(self._paused_until, until)

    async def _wait_in_queue(self, cost: int, call_deadline: CallDeadline) -> None:
        """Enter after all who came before, once there are credit for `cost` and a free seat."""
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
        """Let in who may enter now, in the order in which they came."""
        while self._queue and self._sleeping is None:
            entry, now = self._queue[0], self._clock()
            if entry.admitted.done():  # cancelled, and not yet awake to give its place up
                self._queue.popleft()
            elif self._delay(entry.cost, now) > 0:
                self._sleeping = entry
                entry.admitted.set_result(False)
            elif self._has_capacity(now):
                self._queue.popleft()
                self._start_call(entry.cost, now)
                entry.admitted.set_result(True)
            else:
                return

    def _abandon(self, entry: _QueueEntry) -> None:
        """Make way for the next."""
        admitted = entry.admitted
        if admitted.done() and not admitted.cancelled() and admitted.result():
            self.release(entry.cost, None)  # it was let in, and never knew
            return
        if self._sleeping is entry:
            self._sleeping = None
        if entry in self._queue:
            self._queue.remove(entry)
        self._admit()

    def _has_capacity(self, now: float) -> bool:
        return self._running_count < self._budget.max_concurrency(now)

    def _start_call(self, cost: int, now: float) -> None:
        self._running_count += 1
        self._budget.acquired(cost, now)

    def _delay(self, cost: int, now: float) -> float:
        """Seconds until calls of this cost fit, seats aside."""
        return max(self._paused_until - now, self._budget.delay(cost, now), 0.0)

    def _delay_within(self, cost: int, call_deadline: CallDeadline, now: float) -> float:
        """The same. Raises RateLimited where that is past the term."""
        delay = self._delay(cost, now)
        if delay > 0 and now + delay >= call_deadline.send_by:
            raise RateLimited(delay)
        return delay
