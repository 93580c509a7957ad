"""Creates, updates and deletes access tokens.

Canvas returns a secret once, in the reply that creates it. The secret is part of the result; it is
neither stored nor logged.

https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lms_gateway.domain.commands import CommandResult, VendorOperation
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import path_ids
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.documents import read_access_token, read_secret
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

_TOKENS = "/users/:user_id/tokens"
_NOT_FOUND = not_found("access token", "access_token")
_KEYS = {name: name for name in ("purpose", "expires_at", "scopes")}
_CREATE = WriteOperation(
    "POST",
    _TOKENS,
    not_found("user", "user"),
    # Canvas gives the reason as a sentence only. Most rejections concern the expiry.
    bad_input(
        "Canvas rejected the token; a student's must expire within 120 days, and an expired one "
        "needs a new expiry",
        "expires_at",
    ),
    InputMapping("access tokens", "token", _KEYS),
)
_UPDATE = replace(
    _CREATE,
    method="PUT",
    template=f"{_TOKENS}/:id",
    missing=_NOT_FOUND,
    mapping=InputMapping("access tokens", "token", _KEYS | {"regenerate": "regenerate"}),
)
_DELETE = WriteOperation("DELETE", f"{_TOKENS}/:id", _NOT_FOUND)
_PENDING_STATE = "pending"  # of a token for another user, until that user activates it


def create_access_token(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Create a token; `detail` is the `token`, and its `secret` if Canvas returns one."""
    problems = _CREATE.mapping.validate(command.values, {})
    if not problems and not str(command.values.get("purpose") or "").strip():
        problems = [bad_input("must not be empty", "purpose")]
    if problems:
        return rejected(*problems)
    user = owner_id(command.target, Kind.USER)
    reply = yield from session.send_values(_CREATE, user, values=_encode_scopes(command.values))
    return _result(reply, command, is_new=True)


def update_access_token(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Update or regenerate a token; `detail` is the `token`, and the `secret` if it is new."""
    if problems := _UPDATE.mapping.validate_update(command.values):
        return rejected(*problems)
    reply = yield from session.send_values(
        _UPDATE, *path_ids(command.target), values=_encode_scopes(command.values)
    )
    return _result(reply, command, is_new=bool(command.values.get("regenerate")))


def delete_access_token(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Delete a token; `detail` is the `token` before."""
    reply = yield from session.send(_DELETE, *path_ids(command.target))
    return confirmed(None, detail={"token": read_access_token(reply.decode())})


def _encode_scopes(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Canvas takes an empty list for no scopes, not null."""
    return {**values, "scopes": values["scopes"] or []} if "scopes" in values else values


def _result(reply: Reply, command: VendorOperation, *, is_new: bool) -> CommandResult:
    body = reply.decode()
    token = read_access_token(body)
    detail: dict[str, Any] = {"token": token}
    problems = verify_stored(command.values, token)
    if is_new:
        secret = detail["secret"] = read_secret(body)
        is_pending = token.get("workflow_state") == _PENDING_STATE
        if secret is None and command.values.get("regenerate") and not is_pending:
            message = "Canvas returned no new secret; the old one may still be valid"
            problems.append(conflict(message, "regenerate"))
    return confirmed(None, problems, detail)
