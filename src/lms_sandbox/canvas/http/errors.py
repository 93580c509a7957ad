"""Errors of the Canvas API with its own status codes and messages.

Handlers raise them; `app` writes them as responses.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lms_sandbox.canvas.quirks import CanvasQuirks

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Page Not Found</title></head>
<body><h1>Whoops... Looks like nothing is here!</h1></body></html>
"""


class CanvasError(Exception):
    """An error response."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status, self.body = status, body
        self.headers = dict(headers or {})


def not_found(quirks: CanvasQuirks) -> CanvasError:
    """404: the object is missing, deleted or in another account, or the id is malformed."""
    body: dict[str, Any] = {"errors": [{"message": "The specified resource does not exist."}]}
    if quirks.adds_error_report:
        body["error_report_id"] = 7042
    return CanvasError(404, body)


def forbidden(quirks: CanvasQuirks) -> CanvasError:
    """403, or 401 before the feature flag: the caller lacks a permission."""
    status, message = "unauthorized", "user not authorized to perform that action"
    if quirks.is_localized:
        message = "el usuario no está autorizado para realizar esa acción"
        if quirks.forbidden_status == 401:
            status = "no autorizado"
    body = {"status": status, "errors": [{"message": message}]}
    return CanvasError(quirks.forbidden_status, body)


def unauthenticated() -> CanvasError:
    """401: the request has no token."""
    body = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return CanvasError(401, body, CHALLENGE)


def invalid_token(message: str = "Invalid access token.", **details: Any) -> CanvasError:
    """401: the token is unknown, revoked or expired."""
    return CanvasError(401, {"errors": [{"message": message, **details}]}, CHALLENGE)


def insufficient_scopes() -> CanvasError:
    """401: the scopes of the developer key do not include the route."""
    return CanvasError(401, {"errors": [{"message": "Insufficient scopes on access token."}]})


def invalid_masquerade() -> CanvasError:
    """401: the caller may not act as this user. `errors` is a string here."""
    return CanvasError(401, {"errors": "Invalid as_user_id"})


def search_term_too_short(min_length: int) -> CanvasError:
    """400: the search term is too short."""
    message = f"{min_length} or more characters is required"
    body = {"errors": [{"field": "search_term", "code": "invalid", "message": message}]}
    return CanvasError(400, body)


def invalid_json_body() -> CanvasError:
    """400: the JSON body cannot be parsed."""
    message = "Error occurred while parsing request parameters"
    return CanvasError(400, {"errors": [{"message": message}]})


def missing_parameter(name: str) -> CanvasError:
    """400: a required group of parameters, for example `token[...]`, is missing."""
    return CanvasError(400, {"errors": [{"message": f"{name} is missing"}]})


def validation_error(
    quirks: CanvasQuirks, attribute: str, message: str, kind: str = "invalid"
) -> CanvasError:
    """400: an attribute is not valid; `quirks.validation_shape` sets the form of the body."""
    return validation_errors(quirks, [(attribute, message, kind)])


def validation_errors(quirks: CanvasQuirks, errors: Sequence[tuple[str, str, str]]) -> CanvasError:
    """400: attributes are not valid. Each error is an attribute, a message and a type."""
    body: dict[str, Any]
    match quirks.validation_shape:
        case "reported":
            body = {"errors": {name: [_error_detail(name, *error)] for name, *error in errors}}
        case "bare":
            body = {name: [message] for name, message, _ in errors}
        case "sentence":
            sentence = ", ".join(
                f"{name.replace('_', ' ').capitalize()} {message}" for name, message, _ in errors
            )
            body = {"invalid_record": [f"Validation failed: {sentence}"]}
    return CanvasError(400, body)


def _error_detail(attribute: str, message: str, kind: str) -> dict[str, str]:
    return {"attribute": attribute, "type": kind, "message": message}


def already_in_use(quirks: CanvasQuirks, attribute: str, name: str, value: str) -> CanvasError:
    """400: another record, possibly a deleted one, has this SIS or integration id."""
    message = f'{name} "{value}" is already in use'
    return validation_error(quirks, attribute, message, message)
