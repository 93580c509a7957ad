"""Retry of transient failures.

error of an attempt                              read, multiget    write        delay
SignatureRejected (once)                         retry             retry        none
RateLimited                                      retry             retry        in the throttle
NotSent                                          retry             retry        backoff
ConnectionInterrupted, with 502, 503 and 504     retry             no: unsafe   backoff
UpstreamTimeout, other errors                    no                no
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lms_gateway.domain.errors import LmsError, RateLimited
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent, SignatureRejected
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.throttle import Clock, Random, Sleep


@dataclass(frozen=True, slots=True)
class Retry:
    """Retries a call that certainly did not run, and a safe call even if it may have run.

    Delays are in seconds: exponential from `base_delay` to `max_delay`, with jitter. A call that
    timed out is not retried, because that would add load to a slow vendor.
    """

    clock: Clock
    sleep: Sleep
    random: Random
    max_attempts: int = 4
    base_delay: float = 0.25  # doubled for each further attempt
    max_delay: float = 4.0

    async def send(
        self, call: Call, call_deadline: CallDeadline, attempt: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """Return the reply of the first successful attempt.

        Raises the last attempt's error if it is not transient, if all attempts were used, or if the
        next attempt would start at or after `call_deadline.send_by`.
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
                # The throttle pauses its queue after a RateLimited reply. A sleep here would let
                # later calls overtake this one.
                if not isinstance(error, RateLimited):
                    await self.sleep(delay)

    def _delay(self, call: Call, error: LmsError, attempt_number: int) -> float | None:
        """Return the delay before the next attempt in seconds; None if there must be none."""
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, ConnectionInterrupted) and not call.safe:
            return None
        delay = min(self.base_delay * 2.0 ** (attempt_number - 1), self.max_delay)
        return delay * (0.5 + 0.5 * self.random())
