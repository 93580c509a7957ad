"""Canvas's leaky bucket: one per access token, in units of server work.

https://developerdocs.instructure.com/services/canvas/basics/file.throttling
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.door import Clock

_TEXTS = {
    403: b"403 Forbidden (Rate Limit Exceeded)\n",
    429: b"429 Too Many Requests (Rate Limit Exceeded)\n",
}


@dataclass(slots=True)
class _Bucket:
    level: float
    leaked_at: float


class Throttle:
    """Remembers how full each credential's bucket is."""

    def __init__(
        self, habits: CanvasHabits, clock: Clock, credential_of: Callable[[Scope], str]
    ) -> None:
        self._habits, self._clock, self._credential_of = habits, clock, credential_of
        self._buckets: dict[str, _Bucket] = {}

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """`app`, refused while the bucket is full; each request holds its up-front cost."""

        async def throttled(scope: Scope, receive: Receive, send: Send) -> None:
            credential = self._credential_of(scope)
            if not credential or not self._habits.throttles:
                await app(scope, receive, send)
                return
            bucket = self._leak(credential)
            if bucket.level >= self._habits.high_water:
                await _refuse(self._habits.throttled_status, send)
                return
            self._pour(bucket, self._habits.up_front)

            async def tell(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    left = self._habits.high_water - self._leak(credential).level
                    headers["X-Request-Cost"] = repr(self._cost_of(scope))
                    headers["X-Rate-Limit-Remaining"] = repr(max(0.0, left))
                await send(message)

            try:
                await app(scope, receive, tell)
            finally:
                self._pour(self._leak(credential), self._cost_of(scope) - self._habits.up_front)

        return throttled

    def fill(self, credential: str, level: float) -> None:
        """Set a bucket's level (`credential` as the log tells it)."""
        self._leak(credential).level = level

    def _cost_of(self, scope: Scope) -> float:
        rows: int = scope["state"].get("rows", 0)
        return round(self._habits.cost + self._habits.cost_per_row * rows, 6)

    def _leak(self, credential: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(credential, _Bucket(0.0, now))
        leaked = max(0.0, now - bucket.leaked_at) * self._habits.leak
        bucket.level, bucket.leaked_at = max(0.0, bucket.level - leaked), now
        return bucket

    def _pour(self, bucket: _Bucket, amount: float) -> None:
        bucket.level = min(self._habits.bucket_size, max(0.0, bucket.level + amount))


async def _refuse(status: int, send: Send) -> None:
    body = _TEXTS[status]
    headers = MutableHeaders(
        {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "X-Rate-Limit-Remaining": "0.0",
        }
    )
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
