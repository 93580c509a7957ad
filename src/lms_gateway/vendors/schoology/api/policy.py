"""How Schoology wants to be called: its request credits, and what its replies mean.

50 credits in 5 seconds for a key; a read costs 1, a write or a multiget 3; beyond that 429 with
`Retry-After`. Bodies of refusals are empty or plain text, so only the status counts; of a change
that was refused, `refusals` keeps what may be told.
"""

from collections import deque
from dataclasses import dataclass, field

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Vendor
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import Headers, Signer, body_refusal, status_refusal
from lms_gateway.vendors.schoology.api.errors import (
    RATE_LIMIT_INTERVAL,
    rate_limit_error,
    read_rejection,
)


class CreditBudget:
    """What was spent in the last five seconds.

    A call holds its credits until five seconds after it ended: between its sending and its reply
    nobody knows when Schoology counted it. So no window of theirs, wherever it begins, has more.
    """

    unit = "credits"

    def __init__(self, max_credits: int = 50, max_concurrency: int = 10) -> None:
        """Spend at most so many in a window, with at most so many calls under way."""
        self._max_credits = max_credits
        self._max_concurrency = max_concurrency
        self._in_flight_credits = 0  # credits
        self._pending_returns: deque[tuple[float, int]] = (
            deque()
        )  # when they come back, and how many
        self._pending_credits = 0  # credits of those

    def max_concurrency(self, now: float) -> int:
        """As many as were given."""
        return self._max_concurrency

    def delay(self, cost: int, now: float) -> float:
        """Seconds until so many credits are back, if nobody else spends any."""
        if cost <= self.remaining(now):
            return 0.0
        # What is more than a window holds takes as many whole windows first.
        windows, rest = divmod(cost, self._max_credits)
        if windows and not rest:
            windows, rest = windows - 1, self._max_credits
        return windows * RATE_LIMIT_INTERVAL + self._delay_within_window(rest, now)

    def acquired(self, cost: int, now: float) -> None:
        """Take the credits."""
        self._in_flight_credits += cost

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """Begin to give them back."""
        self._in_flight_credits -= cost
        self._pending_returns.append((now + RATE_LIMIT_INTERVAL, cost))
        self._pending_credits += cost

    def remaining(self, now: float) -> float:
        """Credits that may be spent at once."""
        self._drop_returned(now)
        return self._max_credits - self._in_flight_credits - self._pending_credits

    def _delay_within_window(self, cost: int, now: float) -> float:
        missing = cost - self.remaining(now)
        if missing <= 0:
            return 0.0
        for returned_at, credit_count in self._pending_returns:
            missing -= credit_count
            if missing <= 0:
                return returned_at - now
        return RATE_LIMIT_INTERVAL  # the rest is under way, and will not be back sooner

    def _drop_returned(self, now: float) -> None:
        while self._pending_returns and self._pending_returns[0][0] <= now:
            self._pending_credits -= self._pending_returns.popleft()[1]


@dataclass(frozen=True, slots=True)
class SchoologyPolicy:
    """Schoology, for one credential."""

    signer: Signer
    budget: CreditBudget = field(default_factory=CreditBudget)
    vendor: Vendor = Vendor.SCHOOLOGY
    headers: Headers = field(default_factory=lambda: {"Accept": "application/json"})

    def cost(self, call: Call) -> int:
        """Credits: a multiget is a POST and costs as much as a write."""
        return 1 if call.method in ("GET", "HEAD", "OPTIONS") else 3

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """Schoology's statuses. A 303 answers a read: `/users/me` and `/users/ext` give one."""
        if reply.status == 303 and call.safe:
            return None
        # Its web front answers 200 with a page when it has had enough.
        is_web_page = reply.status == 200 and reply.body.lstrip().startswith(b"<")
        if reply.status == 429 or (is_web_page and b"request limit" in reply.body[:2048].lower()):
            return rate_limit_error(reply)
        if not call.safe and (error := read_rejection(reply)):
            return error
        return status_refusal(reply) or body_refusal(call, reply)
