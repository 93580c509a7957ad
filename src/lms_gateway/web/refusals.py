"""Requests that are turned away before GraphQL runs, with a GraphQL-shaped body all the same."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lms_gateway.domain.errors import LmsError, RateLimited
from lms_gateway.schema.errors import BAD_USER_INPUT, describe

_STATUS: Mapping[str, int] = MappingProxyType(
    {
        "BAD_USER_INPUT": 400,
        "UNAUTHENTICATED": 401,
        "FORBIDDEN": 403,
        "TENANT_FORBIDDEN": 403,
        "RATE_LIMITED": 429,
    }
)


class Refused(Exception):
    """A request that is answered with `status` and one error, without running it."""

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


def refuse(error: LmsError) -> Refused:
    """The refusal that one of our own errors amounts to when it comes before GraphQL."""
    headers: dict[str, str] = {}
    extensions = describe(error)
    if error.code == "UNAUTHENTICATED":
        headers["WWW-Authenticate"] = 'Bearer realm="lms-gateway"'
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(extensions["retryAfter"])
    return Refused(
        _STATUS.get(error.code, 500), error.message, extensions=extensions, headers=headers
    )


def body_of(refused: Refused, request_id: str | None) -> dict[str, Any]:
    """The response body: one error, no data."""
    extensions = dict(refused.extensions)
    if request_id is not None:
        extensions["requestId"] = request_id
    return {"errors": [{"message": refused.message, "extensions": extensions}]}
