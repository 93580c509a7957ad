"""Schoology's rate limit, and the meaning of its replies.

A key may spend 50 credits in 5 seconds. A read costs 1, a write or a multiget 3. Beyond that
Schoology replies 429 with `Retry-After`. Error bodies are empty or plain text, so only the status
counts. `api.errors` keeps the text of a rejected write that may be shown.
"""

from collections import deque
from dataclasses import dataclass, field

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Vendor
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import Headers, Signer, body_refusal, status_refusal
from lms_gateway.vendors.schoology.api.errors import RATE_LIMIT_INTERVAL, rate_limit_error, read_rejection


class CreditBudget:
    """The credits of one key within any window of five seconds.

    A call holds its credits until five seconds after its reply.
    """

    # Schoology counts a call at some moment between its sending and its reply, which is unknown.
    # With the credits held for the whole call and five more seconds, no window of five seconds can
    # contain more than the limit. Example with a limit of 3 and calls of 1 credit:
    #
    #   0.0 s   A is sent                   remaining 2
    #   1.0 s   A's reply                   remaining 2: A's credit returns at 6.0 s
    #   1.5 s   B and C are sent            remaining 0: D has to wait
    #   2.0 s   B's reply                   B's credit returns at 7.0 s
    #   6.0 s   A's credit returns          D is sent; `delay` was 4.0 s at 2.0 s

    unit = "credits"

    def __init__(self, max_credits: int = 50, max_concurrency: int = 10) -> None:
        """Limit the credits of a window and the number of concurrent calls."""
        self._max_credits = max_credits
        self._max_concurrency = max_concurrency
        self._running_credits = 0
        self._returning: deque[tuple[float, int]] = deque()  # (time, credits), in order
        self._returning_credits = 0

    def max_concurrency(self, now: float) -> int:
        """Return the configured limit."""
        return self._max_concurrency

    def delay(self, cost: int, now: float) -> float:
        """Return the seconds until `cost` credits are available if no other call takes any."""
        if cost <= self.remaining(now):
            return 0.0
        # A cost beyond the limit takes whole windows first: 120 of 50 credits waits for two windows
        # and for the last 20 credits.
        windows, rest = divmod(cost, self._max_credits)
        if windows and not rest:
            windows, rest = windows - 1, self._max_credits
        return windows * RATE_LIMIT_INTERVAL + self._delay_within_window(rest, now)

    def acquired(self, cost: int, now: float) -> None:
        """Take the credits."""
        self._running_credits += cost

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """Return the credits five seconds from now."""
        self._running_credits -= cost
        self._returning.append((now + RATE_LIMIT_INTERVAL, cost))
        self._returning_credits += cost

    def remaining(self, now: float) -> float:
        """Return the credits that are available now."""
        while self._returning and self._returning[0][0] <= now:
            self._returning_credits -= self._returning.popleft()[1]
        return self._max_credits - self._running_credits - self._returning_credits

    def _delay_within_window(self, cost: int, now: float) -> float:
        missing = cost - self.remaining(now)
        if missing <= 0:
            return 0.0
        for returns_at, credit_count in self._returning:
            missing -= credit_count
            if missing <= 0:
                return returns_at - now
        return RATE_LIMIT_INTERVAL  # running calls hold the rest, which returns no sooner


@dataclass(frozen=True, slots=True)
class SchoologyPolicy:
    """The rules of Schoology for one credential."""

    signer: Signer
    budget: CreditBudget = field(default_factory=CreditBudget)
    vendor: Vendor = Vendor.SCHOOLOGY
    headers: Headers = field(default_factory=lambda: {"Accept": "application/json"})

    def cost(self, call: Call) -> int:
        """Return the credits of a call. A multiget is a POST and costs as much as a write."""
        return 1 if call.method in ("GET", "HEAD", "OPTIONS") else 3

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """Return the error that a reply means; None if it is a result.

        A 303 is a result of a read: `/users/me` and `/users/ext` reply with a redirect.
        """
        if reply.status == 303 and call.safe:
            return None
        # Schoology's web front end replies 200 with a web page if it limits requests.
        is_web_page = reply.status == 200 and reply.body.lstrip().startswith(b"<")
        is_limited = is_web_page and b"request limit" in reply.body[:2048].lower()
        if reply.status == 429 or is_limited:
            return rate_limit_error(reply)
        if not call.safe and (error := read_rejection(reply)):
            return error
        return status_refusal(reply) or body_refusal(call, reply)
