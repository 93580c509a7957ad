"""Request ids, the access log, metrics, and responses to uncaught exceptions."""

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
CLIENT_CLOSED_REQUEST = 499  # logged only: the client left before the response

_VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_DEBUG_ROUTES = frozenset({"/health/live", "/health/ready", "/metrics"})


class RequestContextMiddleware:
    """Assigns a request id, or keeps a valid one, and returns it in X-Request-Id.

    Sets `telemetry.request_id`, puts the headers into `scope["header_map"]`, writes one access-log
    line with what endpoints add to `scope["log_fields"]`, and records metrics by route template.
    Turns an uncaught exception into a 500 whose body holds only the request id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope["header_map"] = headers = index_headers(scope)
        id_ = headers.get(REQUEST_ID_HEADER, b"")
        if not _VALID_REQUEST_ID.fullmatch(id_):
            id_ = os.urandom(16).hex().encode()
        log_fields: dict[str, Any] = scope.setdefault("log_fields", {})
        status = CLIENT_CLOSED_REQUEST

        async def send_with_request_id(message: Message) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start":
                    status = message["status"]
                    message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, id_)]
                case "websocket.accept":
                    message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, id_)]
                case "websocket.http.response.start":
                    status = message["status"]
                case "websocket.close":
                    status = message.get("code", 1000)
            await send(message)

        token = request_id.set(id_.decode())
        try:
            await self._app(scope, receive, send_with_request_id)
        except Exception as error:
            if scope["type"] == "websocket" or status != CLIENT_CLOSED_REQUEST:
                raise  # the server closes the connection: a cut response must not look complete
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
