"""Admission: no attempt leaves before the vendor's budget has room for it."""

import asyncio
from collections.abc import Awaitable, Callable

from lms_gateway.domain.errors import RateLimited
from lms_gateway.upstream.call import Reply
from lms_gateway.upstream.policy import Budget
from lms_gateway.upstream.term import Term

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
Random = Callable[[], float]


LONGEST_HOLD = 300.0
"""Seconds after which a vendor is tried again, however long it said to wait: a proxy's odd header
must not close a tenant for a day."""


class Throttle:
    """One queue per credential, first come, first served.

    The head of the queue waits for room, all others for their turn; a waiter that gives up makes
    way for the next. A throttled reply holds everybody.
    """

    def __init__(self, budget: Budget, *, clock: Clock, sleep: Sleep, random: Random) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._turn = asyncio.Lock()  # wakes waiters in the order in which they came
        self._seat_freed = asyncio.Event()
        self._queued = 0  # what the calls in the queue will cost
        self._under_way = 0  # calls
        self._held_until = float("-inf")

    async def enter(self, cost: int, term: Term) -> None:
        """Wait until a call of this cost may leave; `leave` must follow.

        Raises RateLimited where the wait would go past the term, at once where that is plain
        already.
        """
        now = self._clock()
        wait = self._refuse_if_late(self._queued + cost, term, now)
        if not (wait or self._queued) and self._has_seat(now):
            self._take(cost, now)
            return
        self._queued += cost
        try:
            await term.within(self._queue_up(cost, term))
        except TimeoutError:
            # Nobody knows when a seat is freed: a second is a polite guess.
            raise RateLimited(1.0) from None
        finally:
            self._queued -= cost

    def leave(self, cost: int, reply: Reply | None) -> None:
        """The call ended, with this reply or (None) with none."""
        self._under_way -= 1
        self._budget.end(cost, self._clock(), self._under_way, reply)
        self._seat_freed.set()

    def hold(self, seconds: float) -> None:
        """Let nobody leave for so long, and a little more: other replicas wait as well."""
        until = self._clock() + min(seconds, LONGEST_HOLD) * (1 + 0.1 * self._random())
        self._held_until = max(self._held_until, until)

    async def _queue_up(self, cost: int, term: Term) -> None:
        """Enter after all who came before, once there are credit for `cost` and a free seat."""
        async with self._turn:
            while True:
                now = self._clock()
                if (pause := self._refuse_if_late(cost, term, now)) > 0:
                    await self._sleep(pause)
                elif not self._has_seat(now):
                    self._seat_freed.clear()
                    await self._seat_freed.wait()
                else:
                    self._take(cost, now)
                    return

    def _has_seat(self, now: float) -> bool:
        return self._under_way < self._budget.seats(now)

    def _take(self, cost: int, now: float) -> None:
        self._under_way += 1
        self._budget.begin(cost, now)

    def _refuse_if_late(self, cost: int, term: Term, now: float) -> float:
        """Seconds until calls of this cost fit. Raises RateLimited where that is past the term."""
        wait = max(self._held_until - now, self._budget.wait(cost, now), 0.0)
        if wait > 0 and now + wait >= term.leave_by:
            raise RateLimited(wait)
        return wait
