"""How Schoology wants to be called: its request credits, and what its replies mean.

50 credits in 5 seconds for a key; a read costs 1, a write or a multiget 3; beyond that 429 with
`Retry-After`. Bodies of refusals are empty or plain text, so only the status counts; of a change
that was refused, `refusals` keeps what may be told.
"""

from collections import deque
from dataclasses import dataclass, field

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Vendor
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.policy import (
    Headers,
    Signer,
    body_refusal,
    status_refusal,
)
from lms_gateway.vendors.schoology.refusals import RATE_WINDOW, throttled, write_refusal


class Credits:
    """What was spent in the last five seconds.

    A call holds its credits until five seconds after it ended: between its sending and its reply
    nobody knows when Schoology counted it. So no window of theirs, wherever it begins, has more.
    """

    unit = "credits"

    def __init__(self, most: int = 50, seats: int = 10) -> None:
        """Spend at most so many in a window, with at most so many calls under way."""
        self._most = most
        self._seats = seats
        self._under_way = 0  # credits
        self._ended: deque[tuple[float, int]] = deque()  # when they come back, and how many
        self._held = 0  # credits of those

    def seats(self, now: float) -> int:
        """As many as were given."""
        return self._seats

    def wait(self, cost: int, now: float) -> float:
        """Seconds until so many credits are back, if nobody else spends any."""
        if cost <= self.left(now):
            return 0.0
        # What is more than a window holds takes as many whole windows first.
        windows, rest = divmod(cost, self._most)
        if windows and not rest:
            windows, rest = windows - 1, self._most
        return windows * RATE_WINDOW + self._wait_within(rest, now)

    def begin(self, cost: int, now: float) -> None:
        """Take the credits."""
        self._under_way += cost

    def end(self, cost: int, now: float, others: int, reply: Reply | None) -> None:
        """Begin to give them back."""
        self._under_way -= cost
        self._ended.append((now + RATE_WINDOW, cost))
        self._held += cost

    def left(self, now: float) -> float:
        """Credits that may be spent at once."""
        self._forget(now)
        return self._most - self._under_way - self._held

    def _wait_within(self, cost: int, now: float) -> float:
        missing = cost - self.left(now)
        if missing <= 0:
            return 0.0
        for back, returned in self._ended:
            missing -= returned
            if missing <= 0:
                return back - now
        return RATE_WINDOW  # the rest is under way, and will not be back sooner

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0][0] <= now:
            self._held -= self._ended.popleft()[1]


@dataclass(frozen=True, slots=True)
class SchoologyPolicy:
    """Schoology, for one credential."""

    signer: Signer
    budget: Credits = field(default_factory=Credits)
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
        page = reply.status == 200 and reply.body.lstrip().startswith(b"<")
        if reply.status == 429 or (page and b"request limit" in reply.body[:2048].lower()):
            return throttled(reply)
        if not call.safe and (refused := write_refusal(reply)):
            return refused
        return status_refusal(reply) or body_refusal(call, reply)
