"""Repeating what may pass, as often and as long as it does no harm."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lms_gateway.domain.errors import LmsError, RateLimited
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.failures import Interrupted, NotSent, Stale
from lms_gateway.upstream.term import Term
from lms_gateway.upstream.throttle import Clock, Random, Sleep


@dataclass(frozen=True, slots=True)
class Retry:
    """Sends a call again where it surely did not run, and a safe call also where it may have.

    A call that timed out is not repeated: a slow vendor is not helped by being asked twice.
    """

    clock: Clock
    sleep: Sleep
    random: Random
    attempts: int = 4
    first_pause: float = 0.25  # doubled for each further one
    longest_pause: float = 4.0

    async def send(self, call: Call, term: Term, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of the first attempt that has one.

        Raises the last attempt's error: where it is not one that may pass, attempts are used up, or
        the next one would begin after `term.leave_by` (on the clock given).
        """
        signed_anew = False
        number = 0
        while True:
            number += 1
            try:
                return await attempt()
            except Stale:
                if signed_anew:
                    raise
                signed_anew = True
            except (RateLimited, NotSent, Interrupted) as error:
                wait = self._wait(call, error, number)
                if wait is None or number >= self.attempts:
                    raise
                if self.clock() + wait >= term.leave_by:
                    raise
                # The throttle holds the queue after a throttled reply; to sleep here as well would
                # cost this call its place.
                if not isinstance(error, RateLimited):
                    await self.sleep(wait)

    def _wait(self, call: Call, error: LmsError, number: int) -> float | None:
        """Seconds until the next attempt; None where there must be none."""
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, Interrupted) and not call.safe:
            return None
        pause = min(self.first_pause * 2.0 ** (number - 1), self.longest_pause)
        return pause * (0.5 + 0.5 * self.random())
