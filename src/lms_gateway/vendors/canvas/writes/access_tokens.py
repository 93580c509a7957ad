"""Making, changing and deleting access tokens.

A secret is told once, by the reply that makes it, and goes into the result under `secret`: it is
neither kept nor logged, and no token that is told elsewhere holds it.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, VendorOperation
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import write_endpoint
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.documents import read_access_token, read_secret
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import (
    NOTHING_TO_CHANGE,
    WriteSession,
    path_ids,
    rejected,
)
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

_KEYS = {name: name for name in ("purpose", "expires_at", "scopes")}
_CREATE_MAPPING = InputMapping("access tokens", "token", _KEYS)
_UPDATE_MAPPING = InputMapping("access tokens", "token", _KEYS | {"regenerate": "regenerate"})
_TOKENS = "/users/:user_id/tokens"
_TOKEN = "/users/:user_id/tokens/:id"
# Canvas says why in a sentence only. Most refusals are about when a token ends.
_REJECTION = InputProblem(
    "BAD_USER_INPUT",
    "Canvas refused the token; a student's must end within 120 days, and one that has expired is "
    "renewed only with a new end",
    "expires_at",
)
_PENDING_STATE = "pending"  # another user's, until they activate it


def create_access_token(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Make a token; `detail` is `token`, and its `secret` where Canvas tells one."""
    problems = _CREATE_MAPPING.validate(operation.values, {})
    if not problems and not str(operation.values.get("purpose") or "").strip():
        problems = [InputProblem("BAD_USER_INPUT", "a token needs a purpose", "purpose")]
    if problems:
        return rejected(*problems)
    session.field_names = _CREATE_MAPPING.field_names
    session.missing = InputProblem("NOT_FOUND", "Canvas knows no such user, or hides them", "user")
    session.rejection = _REJECTION
    user = owner_id(operation.target, Kind.USER)
    reply = yield from session.send(
        write_endpoint("POST", _TOKENS, user, json=_body(_CREATE_MAPPING, operation))
    )
    return _result(reply, operation, is_new=True)


def update_access_token(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Change a token, or its secret; `detail` is `token`, and the `secret` where it is new."""
    problems = _UPDATE_MAPPING.validate(operation.values, {})
    if not problems and not operation.values:
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    session.field_names = _UPDATE_MAPPING.field_names
    session.missing = _not_found()
    session.rejection = _REJECTION
    reply = yield from session.send(
        write_endpoint("PUT", _TOKEN, *path_ids(operation), json=_body(_UPDATE_MAPPING, operation))
    )
    return _result(reply, operation, is_new=bool(operation.values.get("regenerate")))


def delete_access_token(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Delete a token; `detail` is the `token` as it was."""
    session.missing = _not_found()
    reply = yield from session.send(write_endpoint("DELETE", _TOKEN, *path_ids(operation)))
    return CommandResult(
        CommandStatus.CONFIRMED, detail={"token": read_access_token(reply.decode())}
    )


def _result(reply: Reply, operation: VendorOperation, *, is_new: bool) -> CommandResult:
    body = reply.decode()
    token = read_access_token(body)
    detail: dict[str, Any] = {"token": token}
    problems = _verify(operation.values, token)
    if is_new:
        secret = detail["secret"] = read_secret(body)
        is_pending = token.get("workflow_state") == _PENDING_STATE
        if secret is None and operation.values.get("regenerate") and not is_pending:
            message = "Canvas told no new secret; the old one may still be good"
            problems.append(InputProblem("CONFLICT", message, "regenerate"))
    return CommandResult(CommandStatus.CONFIRMED, problems=problems, detail=detail)


def _verify(values: Mapping[str, Any], token: Mapping[str, Any]) -> list[InputProblem]:
    """Scopes are the same in any order."""

    def sort_lists(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: sorted(value) if isinstance(value, list | tuple) else value
            for name, value in fields.items()
        }

    return verify_stored(sort_lists(values), sort_lists(token), {})


def _body(mapping: InputMapping, operation: VendorOperation) -> dict[str, Any]:
    body = mapping.encode(operation.values, {})
    if body["token"].get("scopes", ()) is None:
        body["token"]["scopes"] = []
    return body


def _not_found() -> InputProblem:
    return InputProblem(
        "NOT_FOUND", "Canvas knows no such access token, or hides it", "access_token"
    )
