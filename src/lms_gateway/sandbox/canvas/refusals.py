"""How Canvas says no, word for word; every refusal is raised, and written by `app`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lms_gateway.sandbox.canvas.habits import CanvasHabits

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
NO_SUCH_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Page Not Found</title></head>
<body><h1>Whoops... Looks like nothing is here!</h1></body></html>
"""


class Refusal(Exception):
    """A request that is not served: what is answered instead."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def missing(habits: CanvasHabits) -> Refusal:
    """404: missing, deleted, in another account, or an id that cannot be read."""
    body: dict[str, Any] = {
        "errors": [{"message": "The specified resource does not exist."}],
    }
    if habits.adds_error_report:
        body["error_report_id"] = 7042
    return Refusal(404, body)


def unauthorized(habits: CanvasHabits) -> Refusal:
    """403 or, before the feature flag, 401: the caller is known and may not."""
    status, message = "unauthorized", "user not authorized to perform that action"
    if habits.is_localized:
        message = "el usuario no está autorizado para realizar esa acción"
        if habits.forbidden_status == 401:
            status = "no autorizado"
    return Refusal(habits.forbidden_status, {"status": status, "errors": [{"message": message}]})


def unauthenticated() -> Refusal:
    """401: no token at all."""
    body = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return Refusal(401, body, CHALLENGE)


def bad_token(message: str = "Invalid access token.", **more: str) -> Refusal:
    """401: a token that is unknown, revoked or expired."""
    return Refusal(401, {"errors": [{"message": message, **more}]}, CHALLENGE)


def out_of_scope() -> Refusal:
    """401: a scoped developer key that was not given this route."""
    return Refusal(401, {"errors": [{"message": "Insufficient scopes on access token."}]})


def bad_masquerade() -> Refusal:
    """401: `errors` is a string here."""
    return Refusal(401, {"errors": "Invalid as_user_id"})


def short_search(minimum: int) -> Refusal:
    """400: a search term below the minimum."""
    message = f"{minimum} or more characters is required"
    body = {"errors": [{"field": "search_term", "code": "invalid", "message": message}]}
    return Refusal(400, body)


def unreadable_body() -> Refusal:
    """400: a body that is called JSON and is none."""
    message = "Error occurred while parsing request parameters"
    return Refusal(400, {"errors": [{"message": message}]})


def short_of(name: str) -> Refusal:
    """400: the branch that a write's parameters should stand in is not there."""
    return Refusal(400, {"errors": [{"message": f"{name} is missing"}]})


def invalid(habits: CanvasHabits, attribute: str, message: str, kind: str = "invalid") -> Refusal:
    """400: a record that its model does not let be saved, in the form that `habits` says."""
    return invalid_all(habits, [(attribute, message, kind)])


def invalid_all(habits: CanvasHabits, faults: Sequence[tuple[str, str, str]]) -> Refusal:
    """The same for several attributes, each once: their names, messages and kinds of fault."""
    body: dict[str, Any]
    match habits.validation_shape:
        case "reported":
            body = {"errors": {name: [_report(name, *fault)] for name, *fault in faults}}
        case "bare":
            body = {name: [message] for name, message, _ in faults}
        case "sentence":
            told = ", ".join(
                f"{name.replace('_', ' ').capitalize()} {message}" for name, message, _ in faults
            )
            body = {"invalid_record": [f"Validation failed: {told}"]}
    return Refusal(400, body)


def _report(attribute: str, message: str, kind: str) -> dict[str, str]:
    return {"attribute": attribute, "type": kind, "message": message}


def already_in_use(habits: CanvasHabits, attribute: str, name: str, value: str) -> Refusal:
    """400: another record, maybe a deleted one, has this SIS or integration id."""
    message = f'{name} "{value}" is already in use'
    return invalid(habits, attribute, message, message)
