"""How a failure is shown: the one place where an exception becomes `extensions.code`.

Our own errors keep their code and message. What graphql-core and Strawberry say of a document or of
its inputs is the caller's to mend and is shown. Anything else is masked: its message was written
for a programmer and may quote anything.
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

MASKED = "internal error; the operator finds it in the log by its requestId"


def mark_validation_error(error: GraphQLError) -> None:
    """Mark what validation reports: afterwards nothing tells it from a variable's coercion."""
    code = code_of(error, default=VALIDATION_FAILED)
    error.extensions = {**(error.extensions or {}), "code": code}


def format_error(error: GraphQLError, request_id: str | None) -> dict[str, Any]:
    """An error as the response carries it: `message`, `locations`, `path` and `extensions`.

    `extensions` always has `code` and `source`; `tenant`, `vendor`, `requestId` and `retryAfter`
    (whole seconds, rounded up) where they apply.
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
    """What the contract tells of one of our own errors, besides its message."""
    extensions: dict[str, Any] = {"code": error.code, "source": error.source}
    if error.tenant is not None:
        extensions["tenant"] = error.tenant
    if error.vendor is not None:
        extensions["vendor"] = error.vendor.upper()
    if isinstance(error, RateLimited):
        extensions["retryAfter"] = ceil(error.retry_after)
    return extensions


def code_of(error: GraphQLError, *, default: str = BAD_USER_INPUT) -> str:
    """The contract's code of an error.

    `otherwise` is that of an error without a path which says nothing of itself: the execution
    reports variables that cannot be coerced in this way.
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
    # An argument is coerced next to its node; what a scalar cannot serialise comes without one.
    return BAD_USER_INPUT if cause is not None and cause.nodes else INTERNAL


def cause_of(error: GraphQLError) -> Exception | None:
    """What was raised in the first place; None where the GraphQL error itself was."""
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def too_complex(message: str) -> GraphQLError:
    """A document beyond the limits."""
    return GraphQLError(message, extensions={"code": TOO_COMPLEX})
