"""What every request passes through, first and last.

It is given a name, or keeps the one that it came with, and the answer says it. It is told to the
log in one line, and counted, by its route's template. And what nobody caught becomes a 500 that
tells nothing but the request's name.
"""

import os
import re
import time
from typing import Any

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms_gateway.schema.errors import INTERNAL, MASKED
from lms_gateway.telemetry import request_answered, request_id, tell
from lms_gateway.web.incoming import heads_of

LOGGER = "lms_gateway.web"
log = structlog.get_logger(LOGGER)

HEADER = b"x-request-id"
UNMATCHED = "unmatched"
CLIENT_GONE = 499  # never sent: nobody was left to read an answer

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


class Onion:
    """All of it in one layer: plain ASGI, `(scope, receive, send)`.

    Sets `telemetry.request_id` for all that happens in the request, puts its headers into
    `scope["heads"]`, and tells what endpoints add to `scope["told"]`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope["heads"] = heads = heads_of(scope)
        given = heads.get(HEADER, b"")
        name = given if _SANE_ID.fullmatch(given) else os.urandom(16).hex().encode()
        told: dict[str, Any] = scope.setdefault("told", {})
        status = CLIENT_GONE

        async def send_on(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            elif kind == "websocket.accept":
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            elif kind == "websocket.http.response.start":
                status = message["status"]
            elif kind == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        token = request_id.set(name.decode())
        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if scope["type"] == "websocket" or status != CLIENT_GONE:
                raise  # the server cuts the connection: the answer must not look complete
            log.error("request_failed", exc_info=error)
            await _masked()(scope, receive, send_on)
        finally:
            _tell(scope, status, time.perf_counter() - started, told)
            request_id.reset(token)


def _masked() -> JSONResponse:
    extensions = {"code": INTERNAL, "source": "GATEWAY", "requestId": request_id.get()}
    return JSONResponse({"errors": [{"message": MASKED, "extensions": extensions}]}, 500)


def _tell(scope: Scope, status: int, seconds: float, told: dict[str, Any]) -> None:
    route = getattr(scope.get("route"), "path", UNMATCHED)
    method = scope.get("method", "WEBSOCKET")
    request_answered(method=method, route=route, status=status, seconds=seconds)
    told |= {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    if route in _QUIET:
        log.debug("request_answered", **told)
    else:
        tell(LOGGER, "request_answered", **told)
