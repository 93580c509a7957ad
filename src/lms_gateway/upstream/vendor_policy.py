"""Protocols that a vendor implements for UpstreamClient: signing, rate budget, reply mapping."""

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
    """Signs attempts with the tenant's credential."""

    def sign_now(self, method: str, url: str) -> Headers | None:
        """Return headers for one attempt, not reusable. None if `sign` must be awaited."""

    async def sign(self, method: str, url: str) -> Headers:
        """Return headers for one attempt, after a token refresh if needed. Raises VendorError."""

    def renew(self, rejected: Headers) -> bool:
        """Note that the vendor replied 401 to these headers; return whether new ones may work."""

    async def aclose(self) -> None:
        """Cancel a token refresh in flight."""


class Budget(Protocol):
    """Rate budget of one credential. Times are in seconds, on the client's clock."""

    unit: str  # of `remaining`, as text

    def max_concurrency(self, now: float) -> int:
        """Return the maximum number of calls in flight; at least 1."""

    def delay(self, cost: int, now: float) -> float:
        """Return the seconds until the budget has room for `cost`; 0.0 if it has room now."""

    def acquired(self, cost: int, now: float) -> None:
        """Record the start of a call."""

    def released(self, cost: int, now: float, running_count: int, reply: Reply | None) -> None:
        """Record the end of a call with its reply (None: without one).

        `running_count` is the number of calls that are still in flight.
        """

    def remaining(self, now: float) -> float | None:
        """Return the remaining budget; None if it is unknown."""


class Policy(Protocol):
    """Rules of one vendor for one credential."""

    @property
    def vendor(self) -> Vendor:
        """The label of the vendor in metrics."""

    @property
    def headers(self) -> Headers:
        """Headers of every call, besides the signature."""

    @property
    def signer(self) -> Signer:
        """The signer of attempts."""

    @property
    def budget(self) -> Budget:
        """The rate budget."""

    def cost(self, call: Call) -> int:
        """Return the cost of an attempt in the budget."""

    def refusal(self, call: Call, reply: Reply) -> LmsError | None:
        """Return the error that a reply means; None if the reply is a result."""


def status_refusal(reply: Reply) -> LmsError | None:
    """Return the error of a status code; None for 2xx. Vendors check their exceptions first."""
    status = reply.status
    if 200 <= status < 300:
        return None
    match status:
        case 400 | 409 | 422:
            return BadInput(f"the vendor rejected an argument ({status})")
        case 401:
            return CredentialsRejected("the vendor rejected the tenant's credentials (401)")
        case 403:
            return Forbidden("the vendor refused access (403)")
        case 404 | 410:
            return NotFound(f"not found at the vendor, or not visible ({status})")
        case 502 | 503 | 504:
            return ConnectionInterrupted(f"the vendor is not available ({status})")
        case _ if status >= 500:
            return UpstreamUnavailable(f"the vendor failed ({status})")
        case _:
            # Includes 3xx: following a redirect would send the credential to another host.
            return UpstreamInvalid(f"the vendor replied with an unexpected status ({status})")


def body_refusal(call: Call, reply: Reply) -> LmsError | None:
    """Return the error of a 2xx body that cannot be JSON, else None. A write's may be empty."""
    body = reply.body.lstrip()
    if not body:
        return UpstreamInvalid("the vendor's reply is empty") if call.safe else None
    if body.startswith(b"<"):
        return UpstreamInvalid("the vendor replied with a web page")
    return None


def rate_limited(reply: Reply, fallback: float) -> RateLimited:
    """Return the error of a throttled reply; `fallback` replaces a missing `Retry-After`."""
    retry_after = parse_number(reply.headers.get("retry-after"))
    return RateLimited(fallback if retry_after is None else max(retry_after, 0.0))


def parse_number(text: str | None) -> float | None:
    """Return the number in a header; None if it is not a finite number."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
