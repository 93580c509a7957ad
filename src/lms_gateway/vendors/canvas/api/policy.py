"""Canvas's quota, and the meaning of its statuses.

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

_CALL_RESERVE = 50.0
"""Units that Canvas takes from the quota when a call starts and returns when it ends."""
_REFILL_RATE = 10.0
"""Units that the quota regains in a second."""
_THROTTLE_DELAY = 2.0
"""Seconds to wait after 429; Canvas names no time. Most of a full quota is running calls."""


class QuotaBudget:
    """Canvas's leaky bucket, as far as replies show it.

    `X-Rate-Limit-Remaining` does not contain the reserve of our calls that were running when it was
    measured, so it is capacity for further calls. Calls of other clients with the same token reduce
    it as well. For example, with a limit of 10 concurrent calls:

        remaining   running then   seconds ago   concurrency
        600         3              0             10: 3 + 12, at most 10
        120         3              0             5: 3 + 2
        0           3              0             3: the running calls only
        0           0              0             1: one call always may start
        0           3              10            5: 100 units have been regained
    """

    unit = "of the quota"

    def __init__(self, max_concurrency: int = 10) -> None:
        """`max_concurrency` limits the running calls, even if the quota allows more."""
        self._max_concurrency = max_concurrency
        self._running_count = 0
        self._latest_quota: tuple[float, float] | None = None  # remaining, and when

    def max_concurrency(self, now: float) -> int:
        """Return how many calls may run at once; at least 1."""
        if self._latest_quota is None:
            return self._max_concurrency
        remaining, measured_at = self._latest_quota
        capacity = int((remaining + _REFILL_RATE * (now - measured_at)) // _CALL_RESERVE)
        return max(1, min(self._max_concurrency, self._running_count + capacity))

    def delay(self, cost: int, now: float) -> float:
        """Return 0: only the number of running calls is limited."""
        return 0.0

    def acquired(self, cost: int, now: float) -> None:
        """Do nothing: the next reply shows the quota."""

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """Read the quota from the reply."""
        remaining = parse_number(reply.headers.get("x-rate-limit-remaining")) if reply else None
        if remaining is not None:
            self._latest_quota = (remaining, now)
            self._running_count = running_count

    def remaining(self, now: float) -> float | None:
        """Return the quota of the latest reply; None before the first one."""
        return None if self._latest_quota is None else self._latest_quota[0]


@dataclass(frozen=True, slots=True)
class CanvasPolicy:
    """The policy of Canvas for one credential."""

    signer: Signer
    budget: QuotaBudget = field(default_factory=QuotaBudget)
    vendor: Vendor = Vendor.CANVAS
    # Ids as strings: an id of another shard does not fit a double.
    headers: Headers = field(
        default_factory=lambda: {"Accept": "application/json+canvas-string-ids, application/json"}
    )

    def cost(self, call: Call) -> int:
        """Return 1: the real cost is only known from the reply."""
        return 1

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """Return the error of a reply. 401 and 403 have two meanings each; texts are localized."""
        status = reply.status
        if status == 429 or (status == 403 and b"Rate Limit Exceeded" in reply.body):
            return rate_limited(reply, _THROTTLE_DELAY)
        if not call.safe and _rejects_write(reply) and (rejection := read_rejection(reply)):
            return rejection
        if status == 401 and "www-authenticate" not in reply.headers:
            # The token is valid: no permission (older Canvas), no scope, or an invalid as_user_id.
            return Forbidden("the vendor refused access (401)")
        return status_refusal(reply) or body_refusal(call, reply)


def _rejects_write(reply: Reply) -> bool:
    """Return whether a reply rejects the write itself, not the credential or the target."""
    if reply.status == 401 and "www-authenticate" in reply.headers:
        return False
    return 400 <= reply.status < 500 and reply.status not in (404, 408, 410)
