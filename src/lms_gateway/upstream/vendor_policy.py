"""What a vendor's package tells the stack: how to sign, what a call costs, what a reply means."""

import math
from collections.abc import Mapping
from typing import Protocol

from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    LmsError,
    NotFound,
    RateLimited,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.domain.record import Vendor
from lms_gateway.upstream.errors import ConnectionInterrupted
from lms_gateway.upstream.messages import Call, Reply

Headers = Mapping[str, str]


class Signer(Protocol):
    """Proves to the vendor who we are."""

    def sign_now(self, method: str, url: str) -> Headers | None:
        """Headers for one attempt; never used twice. None where `sign` has to be awaited."""
        ...

    async def sign(self, method: str, url: str) -> Headers:
        """What `sign_now` gives, once it can be had. Raises VendorError where it cannot."""
        ...

    def renew(self, rejected: Headers) -> bool:
        """Take note that the vendor answered 401 to these; say whether others may be accepted."""
        ...

    async def aclose(self) -> None:
        """End what is under way on the signer's own behalf."""
        ...


class Budget(Protocol):
    """What the vendor lets one credential spend. Times are of the stack's clock, in seconds."""

    unit: str  # what `left` counts, for people to read

    def max_concurrency(self, now: float) -> int:
        """How many calls may be under way at once; at least 1."""
        ...

    def delay(self, cost: int, now: float) -> float:
        """Seconds until calls of this cost fit; 0.0 where they fit now."""
        ...

    def acquired(self, cost: int, now: float) -> None:
        """A call of this cost is on its way."""
        ...

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """It ended, with this reply (None: with none) and while `others` are still under way."""
        ...

    def remaining(self, now: float) -> float | None:
        """What may still be spent; None where the vendor has not told yet."""
        ...


class Policy(Protocol):
    """One vendor, for one credential."""

    @property
    def vendor(self) -> Vendor:
        """The vendor's name in metrics."""
        ...

    @property
    def headers(self) -> Headers:
        """Sent with each call, signed or not."""
        ...

    @property
    def signer(self) -> Signer:
        """Signs each attempt."""
        ...

    @property
    def budget(self) -> Budget:
        """Counts what is spent and learns what is left."""
        ...

    def cost(self, call: Call) -> int:
        """What an attempt spends of the budget."""
        ...

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """What the reply means where it is not an answer; None for one that can be read."""
        ...


def status_refusal(reply: Reply) -> LmsError | None:
    """What the status means at any vendor; None for 2xx. A vendor's habits come before it."""
    status = reply.status
    if 200 <= status < 300:
        return None
    match status:
        case 400 | 409 | 422:
            return BadInput(f"the vendor refused an argument ({status})")
        case 401:
            return CredentialsRejected("the vendor rejected the tenant's credentials (401)")
        case 403:
            return Forbidden("the vendor refused access (403)")
        case 404 | 410:
            return NotFound(f"the vendor has no such thing, or hides it ({status})")
        case 502 | 503 | 504:
            return ConnectionInterrupted(f"the vendor is not available ({status})")
        case _ if status >= 500:
            return UpstreamUnavailable(f"the vendor failed ({status})")
        case _:
            # 3xx among them: a redirect is never followed, it would take the credential along.
            return UpstreamInvalid(f"the vendor answered with an unexpected status ({status})")


def body_refusal(call: Call, reply: Reply) -> LmsError | None:
    """What a 2xx lacks where JSON is due; None where it may be JSON. A write's may be empty."""
    body = reply.body.lstrip()
    if not body:
        return UpstreamInvalid("the vendor's reply is empty") if call.safe else None
    if body.startswith(b"<"):
        return UpstreamInvalid("the vendor answered with a web page")
    return None


def rate_limited(reply: Reply, fallback: float) -> RateLimited:
    """The refusal of a throttled reply, which waits as long as `Retry-After` or `fallback` says."""
    retry_after = parse_number(reply.headers.get("retry-after"))
    return RateLimited(fallback if retry_after is None else max(retry_after, 0.0))


def parse_number(text: str | None) -> float | None:
    """A header's number; None for what is none, and for infinities."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
