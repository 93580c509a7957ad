"""Repeating what may pass, as often and as long as it does no harm."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lms_gateway.domain.errors import LmsError, RateLimited
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent, SignatureRejected
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.throttle import Clock, Random, Sleep


@dataclass(frozen=True, slots=True)
class Retry:
    """Sends a call again where it surely did not run, and a safe call also where it may have.

    A call that timed out is not repeated: a slow vendor is not helped by being asked twice.
    """

    clock: Clock
    sleep: Sleep
    random: Random
    max_attempts: int = 4
    base_delay: float = 0.25  # doubled for each further one
    max_delay: float = 4.0

    async def send(
        self, call: Call, call_deadline: CallDeadline, attempt: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The reply of the first attempt that has one.

        Raises the last attempt's error: where it is not one that may pass, attempts are used up, or
        the next one would begin after `term.leave_by` (on the clock given).
        """
        is_resigned = False
        attempt_number = 0
        while True:
            attempt_number += 1
            try:
                return await attempt()
            except SignatureRejected:
                if is_resigned:
                    raise
                is_resigned = True
            except (RateLimited, NotSent, ConnectionInterrupted) as error:
                delay = self._delay(call, error, attempt_number)
                if delay is None or attempt_number >= self.max_attempts:
                    raise
                if self.clock() + delay >= call_deadline.send_by:
                    raise
                # The throttle holds the queue after a throttled reply; to sleep here as well would
                # cost this call its place.
                if not isinstance(error, RateLimited):
                    await self.sleep(delay)

    def _delay(self, call: Call, error: LmsError, attempt_number: int) -> float | None:
        """Seconds until the next attempt; None where there must be none."""
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, ConnectionInterrupted) and not call.safe:
            return None
        delay = min(self.base_delay * 2.0 ** (attempt_number - 1), self.max_delay)
        return delay * (0.5 + 0.5 * self.random())
