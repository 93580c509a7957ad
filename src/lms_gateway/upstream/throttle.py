"""Admission: no attempt leaves before the vendor's budget has room for it."""

import asyncio
from collections import deque
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


class _Place:
    """A place in the queue."""

    __slots__ = ("cost", "turn")

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
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
        self._queue: deque[_Place] = deque()
        self._sleeper: _Place | None = None  # the first of the queue, where it is to sleep
        self._queued = 0  # what the calls in the queue will cost
        self._under_way = 0  # calls
        self._held_until = float("-inf")

    async def enter(self, cost: int, term: Term) -> None:
        """Wait until a call of this cost may leave; `leave` must follow.

        Raises RateLimited where the wait would go past the term, at once where that is plain
        already.
        """
        if self.enter_now(cost, term, self._clock()):
            return
        self._queued += cost
        try:
            await term.within(self._queue_up(cost, term))
        except TimeoutError:
            # Nobody knows when a seat is freed: a second is a polite guess.
            raise RateLimited(1.0) from None
        finally:
            self._queued -= cost

    def enter_now(self, cost: int, term: Term, now: float) -> bool:
        """`enter` without waiting. False where the call would have to; raises as `enter` does."""
        wait = self._refuse_if_late(self._queued + cost, term, now)
        if wait or self._queue or self._under_way >= self._budget.seats(now):
            return False
        self._take(cost, now)
        return True

    def leave(self, cost: int, reply: Reply | None) -> None:
        """The call ended, with this reply or (None) with none."""
        self._under_way -= 1
        self._budget.end(cost, self._clock(), self._under_way, reply)
        if self._queue:
            self._let_in()

    def hold(self, seconds: float) -> None:
        """Let nobody leave for so long, and a little more: other replicas wait as well."""
        until = self._clock() + min(seconds, LONGEST_HOLD) * (1 + 0.1 * self._random())
        self._held_until = max(self._held_until, until)

    async def _queue_up(self, cost: int, term: Term) -> None:
        """Enter after all who came before, once there are credit for `cost` and a free seat."""
        place = _Place(cost)
        self._queue.append(place)
        self._let_in()
        try:
            while not await place.turn:
                while pause := self._refuse_if_late(cost, term, self._clock()):
                    await self._sleep(pause)
                place.turn = asyncio.get_running_loop().create_future()
                self._sleeper = None
                self._let_in()
        except BaseException:
            self._give_up(place)
            raise

    def _let_in(self) -> None:
        """Let in who may enter now, in the order in which they came."""
        while self._queue and self._sleeper is None:
            place, now = self._queue[0], self._clock()
            if place.turn.done():  # cancelled, and not yet awake to give its place up
                self._queue.popleft()
            elif self._wait(place.cost, now) > 0:
                self._sleeper = place
                place.turn.set_result(False)
            elif self._has_seat(now):
                self._queue.popleft()
                self._take(place.cost, now)
                place.turn.set_result(True)
            else:
                return

    def _give_up(self, place: _Place) -> None:
        """Make way for the next."""
        turn = place.turn
        if turn.done() and not turn.cancelled() and turn.result():
            self.leave(place.cost, None)  # it was let in, and never knew
            return
        if self._sleeper is place:
            self._sleeper = None
        if place in self._queue:
            self._queue.remove(place)
        self._let_in()

    def _has_seat(self, now: float) -> bool:
        return self._under_way < self._budget.seats(now)

    def _take(self, cost: int, now: float) -> None:
        self._under_way += 1
        self._budget.begin(cost, now)

    def _wait(self, cost: int, now: float) -> float:
        """Seconds until calls of this cost fit, seats aside."""
        return max(self._held_until - now, self._budget.wait(cost, now), 0.0)

    def _refuse_if_late(self, cost: int, term: Term, now: float) -> float:
        """The same. Raises RateLimited where that is past the term."""
        wait = self._wait(cost, now)
        if wait > 0 and now + wait >= term.leave_by:
            raise RateLimited(wait)
        return wait
