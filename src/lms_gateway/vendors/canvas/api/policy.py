"""How Canvas wants to be called: its quota, and what its replies mean.

https://developerdocs.instructure.com/services/canvas/basics/file.throttling
"""

from dataclasses import dataclass, field

from lms_gateway.domain.errors import Forbidden, LmsError
from lms_gateway.domain.record import Vendor
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.vendor_policy import (
    Headers,
    Signer,
    body_refusal,
    parse_number,
    rate_limited,
    status_refusal,
)
from lms_gateway.vendors.canvas.api.errors import read_rejection

_CALL_RESERVE = 50.0  # taken from the quota for each call under way, and given back when it ends
_REFILL_RATE = 10.0  # what the quota regains in a second
_THROTTLE_DELAY = (
    2.0  # Canvas names no wait; most of a full quota is calls under way, which soon end
)


class QuotaBudget:
    """Canvas's leaky bucket, as far as its replies tell of it.

    `X-Rate-Limit-Remaining` is measured while our other calls hold their reserve, so it is room for
    calls beyond those. What others spend with the same token shows in it as well.
    """

    unit = "of the quota"

    def __init__(self, max_concurrency: int = 10) -> None:
        """Let at most so many calls be under way, however much is left."""
        self._max_concurrency = max_concurrency
        self._running_count = 0
        self._latest_quota: tuple[float, float] | None = None  # what was left, and when

    def max_concurrency(self, now: float) -> int:
        """As many as the quota has room for; one is always let in."""
        if self._latest_quota is None:
            return self._max_concurrency
        remaining, measured_at = self._latest_quota
        capacity = int((remaining + _REFILL_RATE * (now - measured_at)) // _CALL_RESERVE)
        return max(1, min(self._max_concurrency, self._running_count + capacity))

    def delay(self, cost: int, now: float) -> float:
        """Nothing is saved up for: seats are what runs short."""
        return 0.0

    def acquired(self, cost: int, now: float) -> None:
        """The next reply tells."""

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """Read what the reply tells."""
        remaining = parse_number(reply.headers.get("x-rate-limit-remaining")) if reply else None
        if remaining is not None:
            self._latest_quota = (remaining, now)
            self._running_count = running_count

    def remaining(self, now: float) -> float | None:
        """What the latest reply told."""
        return None if self._latest_quota is None else self._latest_quota[0]


@dataclass(frozen=True, slots=True)
class CanvasPolicy:
    """Canvas, for one credential."""

    signer: Signer
    budget: QuotaBudget = field(default_factory=QuotaBudget)
    vendor: Vendor = Vendor.CANVAS
    # String ids: those of other shards are larger than a double holds.
    headers: Headers = field(
        default_factory=lambda: {"Accept": "application/json+canvas-string-ids, application/json"}
    )

    def cost(self, call: Call) -> int:
        """Seats are all that counts beforehand; the true cost is told by the reply."""
        return 1

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """Canvas's statuses, of which 403 and 401 mean two things each. Texts are localized."""
        status = reply.status
        if status == 429 or (status == 403 and b"Rate Limit Exceeded" in reply.body):
            return rate_limited(reply, _THROTTLE_DELAY)
        if not call.safe and _rejects_write(reply) and (rejection := read_rejection(reply)):
            return rejection
        if status == 401 and "www-authenticate" not in reply.headers:
            # The token is good: no permission (older Canvas), no scope, or a bad as_user_id.
            return Forbidden("the vendor refused access (401)")
        return status_refusal(reply) or body_refusal(call, reply)


def _rejects_write(reply: Reply) -> bool:
    """Whether a reply to a change speaks of the change, and not of us or of its target."""
    if reply.status == 401 and "www-authenticate" in reply.headers:
        return False
    return 400 <= reply.status < 500 and reply.status not in (404, 408, 410)
