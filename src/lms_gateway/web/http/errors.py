"""Errors that reject a request before GraphQL runs; their body has the shape of a GraphQL error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lms_gateway.domain.errors import LmsError, RateLimited
from lms_gateway.schema.errors import BAD_USER_INPUT, error_extensions

_STATUS_BY_CODE: Mapping[str, int] = MappingProxyType(
    {
        "BAD_USER_INPUT": 400,
        "UNAUTHENTICATED": 401,
        "FORBIDDEN": 403,
        "TENANT_FORBIDDEN": 403,
        "RATE_LIMITED": 429,
    }
)


class HTTPError(Exception):
    """Rejects a request with a status and one GraphQL error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        extensions: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.extensions = extensions or {"code": BAD_USER_INPUT, "source": "GATEWAY"}
        self.headers = headers or {}


def to_http_error(error: LmsError) -> HTTPError:
    """Return the HTTP error of an LmsError that was raised before GraphQL ran."""
    headers: dict[str, str] = {}
    extensions = error_extensions(error)
    if error.code == "UNAUTHENTICATED":
        headers["WWW-Authenticate"] = 'Bearer realm="lms-gateway"'
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(extensions["retryAfter"])
    status = _STATUS_BY_CODE.get(error.code, 500)
    return HTTPError(status, error.message, extensions=extensions, headers=headers)


def error_body(error: HTTPError, request_id: str | None) -> dict[str, Any]:
    """Return the response body: one error, no data."""
    extensions = dict(error.extensions)
    if request_id is not None:
        extensions["requestId"] = request_id
    return {"errors": [{"message": error.message, "extensions": extensions}]}
