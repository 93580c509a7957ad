"""Conversion of exceptions to errors of the response, with `extensions.code`.

Errors of the domain keep their code and message. Errors of graphql-core and Strawberry about a
document or its inputs are shown: the caller can fix them. All others are masked, because their
messages may contain internal or personal data.
"""

from math import ceil
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from lms_gateway.domain.errors import LmsError, RateLimited

BAD_USER_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
TOO_COMPLEX = "QUERY_TOO_COMPLEX"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

MASKED = "internal error; see the gateway's log for this requestId"


def mark_validation_error(error: GraphQLError) -> None:
    """Set the code of a validation error, which is later indistinguishable from other errors."""
    code = code_of(error, default=VALIDATION_FAILED)
    error.extensions = {**(error.extensions or {}), "code": code}


def format_error(error: GraphQLError, request_id: str | None) -> dict[str, Any]:
    """Return an error of the response: `message`, `locations`, `path` and `extensions`.

    `extensions` always has `code` and `source`; `tenant`, `vendor`, `requestId` and `retryAfter`
    (whole seconds, rounded up) if they apply.
    """
    code = code_of(error)
    cause = cause_of(error)
    extensions: dict[str, Any] = {"code": code, "source": "GATEWAY"}
    message = MASKED if code == INTERNAL else error.message
    if isinstance(cause, LmsError):
        extensions |= error_extensions(cause)
        message = MASKED if code == INTERNAL else cause.message
    if request_id is not None:
        extensions["requestId"] = request_id
    formatted: dict[str, Any] = {"message": message}
    if error.locations:
        formatted["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        formatted["path"] = list(error.path)
    formatted["extensions"] = extensions
    return formatted


def error_extensions(error: LmsError) -> dict[str, Any]:
    """Return the extensions of an error of the domain."""
    extensions: dict[str, Any] = {"code": error.code, "source": error.source}
    if error.tenant is not None:
        extensions["tenant"] = error.tenant
    if error.vendor is not None:
        extensions["vendor"] = error.vendor.upper()
    if isinstance(error, RateLimited):
        extensions["retryAfter"] = ceil(error.retry_after)
    return extensions


def code_of(error: GraphQLError, *, default: str = BAD_USER_INPUT) -> str:
    """Return the code of an error.

    `default` is the code of an error without a path and without a cause. Execution reports such
    errors for variables that cannot be coerced.
    """
    explicit_code = (error.extensions or {}).get("code")
    if isinstance(explicit_code, str):
        return explicit_code
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    if isinstance(error, StrawberryInputCoercionError):
        return BAD_USER_INPUT
    cause = cause_of(error)
    if isinstance(cause, LmsError):
        return cause.code
    if isinstance(cause, StrawberryInputCoercionError):
        return BAD_USER_INPUT
    if cause is not None and not isinstance(cause, GraphQLError):
        return INTERNAL
    if error.path is None:
        return default
    # The error of an argument has its node. That of a scalar that cannot be serialized has none.
    return BAD_USER_INPUT if cause is not None and cause.nodes else INTERNAL


def cause_of(error: GraphQLError) -> Exception | None:
    """Return the exception that caused an error; None if the GraphQL error itself was raised."""
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def too_complex(message: str) -> GraphQLError:
    """Return the error of a document that exceeds the limits."""
    return GraphQLError(message, extensions={"code": TOO_COMPLEX})
