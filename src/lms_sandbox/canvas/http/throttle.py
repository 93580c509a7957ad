"""Rate limit: one leaky bucket per access token, in units of server work.

https://developerdocs.instructure.com/services/canvas/basics/file.throttling
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.middleware import Clock


@dataclass(slots=True)
class _Bucket:
    level: float
    leaked_at: float


class CanvasThrottle:
    """The buckets of all credentials.

    A request adds `up_front_cost` when it starts; when it ends, that is replaced by its real cost.
    A bucket loses `leak_rate` units a second. With a level of `high_water` or more, requests are
    rejected. Example with the default quirks (600, 50, 10): twelve concurrent requests fill an
    empty bucket, so the thirteenth is rejected. When the twelve have ended, it is nearly empty.
    """

    def __init__(self, quirks: CanvasQuirks, clock: Clock, credential_of: Callable[[Scope], str]) -> None:
        self._quirks, self._clock, self._credential_of = quirks, clock, credential_of
        self._buckets: dict[str, _Bucket] = {}

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return `app` with the rate limit around it."""

        async def throttled(scope: Scope, receive: Receive, send: Send) -> None:
            credential = self._credential_of(scope)
            if not credential or not self._quirks.throttles:
                await app(scope, receive, send)
                return
            bucket = self._drained_bucket(credential)
            if bucket.level >= self._quirks.high_water:
                await _send_rate_limited(self._quirks.throttled_status, send)
                return
            self._add(bucket, self._quirks.up_front_cost)

            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    remaining = self._quirks.high_water - self._drained_bucket(credential).level
                    headers["X-Request-Cost"] = repr(self._cost_of(scope))
                    headers["X-Rate-Limit-Remaining"] = repr(max(0.0, remaining))
                await send(message)

            try:
                await app(scope, receive, send_with_headers)
            finally:
                cost = self._cost_of(scope) - self._quirks.up_front_cost
                self._add(self._drained_bucket(credential), cost)

        return throttled

    def _cost_of(self, scope: Scope) -> float:
        rows: int = scope["state"].get("rows", 0)
        return round(self._quirks.request_cost + self._quirks.row_cost * rows, 6)

    def _drained_bucket(self, credential: str) -> _Bucket:
        """Return a credential's bucket, less what has leaked since its last use."""
        now = self._clock()
        bucket = self._buckets.setdefault(credential, _Bucket(0.0, now))
        leaked = max(0.0, now - bucket.leaked_at) * self._quirks.leak_rate
        bucket.level, bucket.leaked_at = max(0.0, bucket.level - leaked), now
        return bucket

    def _add(self, bucket: _Bucket, amount: float) -> None:
        bucket.level = min(self._quirks.bucket_size, max(0.0, bucket.level + amount))


async def _send_rate_limited(status: int, send: Send) -> None:
    body = f"{status} {HTTPStatus(status).phrase} (Rate Limit Exceeded)\n".encode()
    headers = MutableHeaders({"Content-Type": "text/plain; charset=utf-8"})
    headers.update({"Content-Length": str(len(body)), "X-Rate-Limit-Remaining": "0.0"})
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
