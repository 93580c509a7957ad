"""How Canvas wants to be called: its quota, and what its replies mean.

https://developerdocs.instructure.com/services/canvas/basics/file.throttling
"""

from dataclasses import dataclass, field

from lms_gateway.domain.errors import Forbidden, LmsError
from lms_gateway.domain.records import Vendor
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.policy import (
    Headers,
    Signer,
    body_refusal,
    number,
    rate_limited,
    status_refusal,
)
from lms_gateway.vendors.canvas.refusals import read_refusal

_RESERVED = 50.0  # taken from the quota for each call under way, and given back when it ends
_LEAK = 10.0  # what the quota regains in a second
_PAUSE = 2.0  # Canvas names no wait; most of a full quota is calls under way, which soon end


class Quota:
    """Canvas's leaky bucket, as far as its replies tell of it.

    `X-Rate-Limit-Remaining` is measured while our other calls hold their reserve, so it is room for
    calls beyond those. What others spend with the same token shows in it as well.
    """

    unit = "of the quota"

    def __init__(self, most: int = 10) -> None:
        """Let at most so many calls be under way, however much is left."""
        self._most = most
        self._others = 0
        self._told: tuple[float, float] | None = None  # what was left, and when

    def seats(self, now: float) -> int:
        """As many as the quota has room for; one is always let in."""
        if self._told is None:
            return self._most
        left, then = self._told
        room = int((left + _LEAK * (now - then)) // _RESERVED)
        return max(1, min(self._most, self._others + room))

    def wait(self, cost: int, now: float) -> float:
        """Nothing is saved up for: seats are what runs short."""
        return 0.0

    def begin(self, cost: int, now: float) -> None:
        """The next reply tells."""

    def end(self, cost: int, now: float, others: int, reply: Reply | None) -> None:
        """Read what the reply tells."""
        left = number(reply.headers.get("x-rate-limit-remaining")) if reply else None
        if left is not None:
            self._told = (left, now)
            self._others = others

    def left(self, now: float) -> float | None:
        """What the latest reply told."""
        return None if self._told is None else self._told[0]


@dataclass(frozen=True, slots=True)
class CanvasPolicy:
    """Canvas, for one credential."""

    signer: Signer
    budget: Quota = field(default_factory=Quota)
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
            return rate_limited(reply, _PAUSE)
        if not call.safe and _refuses_change(reply) and (refused := read_refusal(reply)):
            return refused
        if status == 401 and "www-authenticate" not in reply.headers:
            # The token is good: no permission (older Canvas), no scope, or a bad as_user_id.
            return Forbidden("the vendor refused access (401)")
        return status_refusal(reply) or body_refusal(call, reply)


def _refuses_change(reply: Reply) -> bool:
    """Whether a reply to a change speaks of the change, and not of us or of its target."""
    if reply.status == 401 and "www-authenticate" in reply.headers:
        return False
    return 400 <= reply.status < 500 and reply.status not in (404, 408, 410)
