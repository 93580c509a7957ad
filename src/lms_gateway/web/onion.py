"""What every request passes through, from the outside in.

RequestId     names the request, or takes the name that it came with, and says it in the answer
AccessLog     one log line and one count for each, by the route's template
MaskErrors    what nobody caught becomes a 500 that tells nothing but the request's id

Each is plain ASGI: `(scope, receive, send)`.
"""

import re
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms_gateway.schema.errors import INTERNAL, MASKED
from lms_gateway.telemetry import request_answered, request_id

log = structlog.get_logger("lms_gateway.web")

HEADER = "X-Request-Id"
UNMATCHED = "unmatched"
CLIENT_GONE = 499  # never sent: nobody was left to read an answer

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


class RequestId:
    """Sets `telemetry.request_id` for all that happens in the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        current = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = current
            await send(message)

        token = request_id.set(current)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)


class AccessLog:
    """Tells the log and the metrics of each request. Endpoints add to `scope["told"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        told: dict[str, Any] = scope.setdefault("told", {})
        status = CLIENT_GONE

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", UNMATCHED)
            method = scope.get("method", "WEBSOCKET")
            request_answered(method=method, route=route, status=status, seconds=seconds)
            tell = log.debug if route in _QUIET else log.info
            tell(
                "request_answered",
                method=method,
                route=route,
                status=status,
                seconds=round(seconds, 4),
                **told,
            )


class MaskErrors:
    """The last resort: an exception is logged without its message and not shown at all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, note_start)
        except Exception as error:
            if started:
                raise  # the server cuts the connection: the answer must not look complete
            log.error("request_failed", exc_info=error)
            extensions = {"code": INTERNAL, "source": "GATEWAY", "requestId": request_id.get()}
            body = {"errors": [{"message": MASKED, "extensions": extensions}]}
            await JSONResponse(body, 500)(scope, receive, send)
