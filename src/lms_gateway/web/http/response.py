"""Responses of the GraphQL endpoints."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lms_gateway.telemetry import request_id
from lms_gateway.web.http.errors import HTTPError, error_body
from lms_gateway.web.http.negotiation import GRAPHQL, JSON

ALLOWED_METHODS = "GET, HEAD, POST, OPTIONS"

_RawHeader = tuple[bytes, bytes]


def _default_headers(media_type: str) -> tuple[_RawHeader, ...]:
    return (
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
        (b"x-content-type-options", b"nosniff"),
    )


_DEFAULT_HEADERS: Mapping[str, tuple[_RawHeader, ...]] = MappingProxyType(
    {media_type: _default_headers(media_type) for media_type in (JSON, GRAPHQL)}
)


class GraphQLResponse:
    """A response in one of the two JSON media types. Plain ASGI."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self, body: bytes, media_type: str, status: int, headers: Mapping[str, str] | None = None
    ) -> None:
        self._body = body
        self._status = status
        self._headers = [*_DEFAULT_HEADERS[media_type], (b"content-length", b"%d" % len(body))]
        for name, value in (headers or {}).items():
            self._headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self._status, "headers": self._headers}
        await send(start)
        await send({"type": "http.response.body", "body": self._body})


def error_response(error: HTTPError, media_type: str | None) -> GraphQLResponse:
    """Return the response to a rejected request: always JSON."""
    body = msgspec.json.encode(error_body(error, request_id.get()))
    media_type = GRAPHQL if media_type == GRAPHQL else JSON
    return GraphQLResponse(body, media_type, error.status, error.headers)


def options_response() -> Response:
    """Return the response to an OPTIONS request."""
    return Response(status_code=204, headers={"Allow": ALLOWED_METHODS})


def method_not_allowed() -> HTTPError:
    """Return the error of any other method."""
    return HTTPError(405, "send GET or POST", headers={"Allow": ALLOWED_METHODS})
