"""How Canvas says no, word for word; every refusal is raised, and written by `app`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lms_sandbox.canvas.quirks import CanvasQuirks

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Page Not Found</title></head>
<body><h1>Whoops... Looks like nothing is here!</h1></body></html>
"""


class CanvasError(Exception):
    """A request that is not served: what is answered instead."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def not_found(quirks: CanvasQuirks) -> CanvasError:
    """404: missing, deleted, in another account, or an id that cannot be read."""
    body: dict[str, Any] = {
        "errors": [{"message": "The specified resource does not exist."}],
    }
    if quirks.adds_error_report:
        body["error_report_id"] = 7042
    return CanvasError(404, body)


def forbidden(quirks: CanvasQuirks) -> CanvasError:
    """403 or, before the feature flag, 401: the caller is known and may not."""
    status, message = "unauthorized", "user not authorized to perform that action"
    if quirks.is_localized:
        message = "el usuario no está autorizado para realizar esa acción"
        if quirks.forbidden_status == 401:
            status = "no autorizado"
    return CanvasError(
        quirks.forbidden_status, {"status": status, "errors": [{"message": message}]}
    )


def unauthenticated() -> CanvasError:
    """401: no token at all."""
    body = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return CanvasError(401, body, CHALLENGE)


def invalid_token(message: str = "Invalid access token.", **details: str) -> CanvasError:
    """401: a token that is unknown, revoked or expired."""
    return CanvasError(401, {"errors": [{"message": message, **details}]}, CHALLENGE)


def insufficient_scopes() -> CanvasError:
    """401: a scoped developer key that was not given this route."""
    return CanvasError(401, {"errors": [{"message": "Insufficient scopes on access token."}]})


def invalid_masquerade() -> CanvasError:
    """401: `errors` is a string here."""
    return CanvasError(401, {"errors": "Invalid as_user_id"})


def search_term_too_short(min_length: int) -> CanvasError:
    """400: a search term below the minimum."""
    message = f"{min_length} or more characters is required"
    body = {"errors": [{"field": "search_term", "code": "invalid", "message": message}]}
    return CanvasError(400, body)


def invalid_json_body() -> CanvasError:
    """400: a body that is called JSON and is none."""
    message = "Error occurred while parsing request parameters"
    return CanvasError(400, {"errors": [{"message": message}]})


def missing_parameter(name: str) -> CanvasError:
    """400: the branch that a write's parameters should stand in is not there."""
    return CanvasError(400, {"errors": [{"message": f"{name} is missing"}]})


def validation_error(
    quirks: CanvasQuirks, attribute: str, message: str, kind: str = "invalid"
) -> CanvasError:
    """400: a record that its model does not let be saved, in the form that `habits` says."""
    return validation_errors(quirks, [(attribute, message, kind)])


def validation_errors(quirks: CanvasQuirks, errors: Sequence[tuple[str, str, str]]) -> CanvasError:
    """The same for several attributes, each once: their names, messages and kinds of fault."""
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
    """400: another record, maybe a deleted one, has this SIS or integration id."""
    message = f'{name} "{value}" is already in use'
    return validation_error(quirks, attribute, message, message)
