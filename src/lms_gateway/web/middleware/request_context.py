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
from lms_gateway.telemetry import log_event, request_answered, request_id
from lms_gateway.web.http.request import index_headers

LOGGER_NAME = "lms_gateway.web"
log = structlog.get_logger(LOGGER_NAME)

REQUEST_ID_HEADER = b"x-request-id"
UNMATCHED_ROUTE = "unmatched"
CLIENT_CLOSED_REQUEST = 499  # never sent: nobody was left to read an answer

_VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_DEBUG_ROUTES = frozenset({"/health/live", "/health/ready", "/metrics"})


class RequestContextMiddleware:
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
        scope["heads"] = headers = index_headers(scope)
        received_id = headers.get(REQUEST_ID_HEADER, b"")
        assigned_id = (
            received_id
            if _VALID_REQUEST_ID.fullmatch(received_id)
            else os.urandom(16).hex().encode()
        )
        log_fields: dict[str, Any] = scope.setdefault("told", {})
        status = CLIENT_CLOSED_REQUEST

        async def send_with_request_id(message: Message) -> None:
            nonlocal status
            message_type = message["type"]
            if message_type == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, assigned_id)]
            elif message_type == "websocket.accept":
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, assigned_id)]
            elif message_type == "websocket.http.response.start":
                status = message["status"]
            elif message_type == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        token = request_id.set(assigned_id.decode())
        try:
            await self._app(scope, receive, send_with_request_id)
        except Exception as error:
            if scope["type"] == "websocket" or status != CLIENT_CLOSED_REQUEST:
                raise  # the server cuts the connection: the answer must not look complete
            log.error("request_failed", exc_info=error)
            await _internal_error()(scope, receive, send_with_request_id)
        finally:
            _log_request(scope, status, time.perf_counter() - started, log_fields)
            request_id.reset(token)


def _internal_error() -> JSONResponse:
    extensions = {"code": INTERNAL, "source": "GATEWAY", "requestId": request_id.get()}
    return JSONResponse({"errors": [{"message": MASKED, "extensions": extensions}]}, 500)


def _log_request(scope: Scope, status: int, seconds: float, log_fields: dict[str, Any]) -> None:
    route = getattr(scope.get("route"), "path", UNMATCHED_ROUTE)
    method = scope.get("method", "WEBSOCKET")
    request_answered(method=method, route=route, status=status, seconds=seconds)
    log_fields |= {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    if route in _DEBUG_ROUTES:
        log.debug("request_answered", **log_fields)
    else:
        log_event(LOGGER_NAME, "request_answered", **log_fields)
