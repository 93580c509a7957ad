"""Writing notifications to everybody in an account, and dismissing them.

A notification that is changed without its roles would go to everybody, so that they are sent back
as they are. What Canvas calls deleting one hides it from the viewer and leaves it to all others.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, VendorOperation
from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.converters import to_text
from lms_gateway.vendors.canvas.rows.documents import expect_object, read_notification
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import (
    NOTHING_TO_CHANGE,
    WriteSession,
    path_ids,
    rejected,
)
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

_BLOCK, _ROLES = "account_notification", "account_notification_roles"
_REQUIRED = ("subject", "message", "start_at", "end_at")
_MAPPING = InputMapping(
    "notifications", _BLOCK, {name: name for name in (*_REQUIRED, "icon", "roles")}
)
_ICONS = ("warning", "information", "question", "error", "calendar")
_NOTIFICATIONS = "/accounts/:account_id/account_notifications"
_NOTIFICATION = "/accounts/:account_id/account_notifications/:id"
_UNENROLLED_ROLE = "NilEnrollment"
"""The role of who is enrolled nowhere, which has no id."""


def create_notification(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Write a notification; `detail` is the `notification`."""
    problems = _validate(operation.values) or [
        InputProblem("BAD_USER_INPUT", f"a notification needs a {name}".replace("_", " "), name)
        for name in _REQUIRED
        if not operation.values.get(name)
    ]
    if problems:
        return rejected(*problems)
    session.field_names = _MAPPING.field_names
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such account, or hides it", "account"
    )
    account = owner_id(operation.target, Kind.ACCOUNT)
    body = _body(operation.values, list(operation.values.get("roles") or ()))
    reply = yield from session.send(write_endpoint("POST", _NOTIFICATIONS, account, json=body))
    return _result(operation, expect_object(reply.decode()))


def update_notification(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Change a notification; `detail` is the `notification`. Roles that are not given stay."""
    problems = _validate(operation.values)
    if not problems and not operation.values:
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    session.field_names = _MAPPING.field_names
    session.missing = _not_found()
    values, roles = dict(operation.values), operation.values.get("roles")
    if "roles" not in operation.values or values.keys() == {"roles"}:
        current = yield from _read_before(session, operation)
        if "roles" not in operation.values:
            roles = None if current is None else _role_ids(current)
            if roles is None:
                message = "Canvas does not tell to whom it goes now: give its roles as well"
                return rejected(InputProblem("CONFLICT", message, "roles"))
        elif current is not None:
            # Canvas wants something else to change beside them.
            values["subject"] = current.get("subject")
    body = _body(values, list(roles or ()))
    reply = yield from session.send(
        write_endpoint("PUT", _NOTIFICATION, *path_ids(operation), json=body)
    )
    return _result(operation, expect_object(reply.decode()), list(roles or ()))


def dismiss_notification(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Hide a notification from the viewer; `detail` is the `notification` as it was."""
    session.missing = _not_found()
    reply = yield from session.send(write_endpoint("DELETE", _NOTIFICATION, *path_ids(operation)))
    return CommandResult(
        CommandStatus.CONFIRMED, detail={"notification": read_notification(reply.decode())}
    )


def _read_before(
    session: WriteSession, operation: VendorOperation
) -> Steps[Mapping[str, Any] | None]:
    """The notification as it is; None where it cannot be seen.

    One that the viewer has dismissed, or that does not go to them, only the list for administrators
    tells.
    """
    account, id = path_ids(operation)
    try:
        reply = yield from session.send(endpoint(_NOTIFICATION, account, id))
        return expect_object(reply.decode())
    except (Forbidden, NotFound):
        pass
    filters = (("include_past", "true"), ("include_all", "true"))
    try:
        reply = yield from session.send(endpoint(_NOTIFICATIONS, account, params=filters))
    except (Forbidden, NotFound):
        return None
    rows = reply.decode()
    matches = [
        row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and to_text(row.get("id")) == id
    ]
    return matches[0] if matches else None


def _role_ids(row: Mapping[str, Any]) -> list[str] | None:
    """The roles as they are sent: by their ids, or by name where only names are told."""
    ids = row.get("role_ids")
    if isinstance(ids, list):
        return [to_text(role_id) or _UNENROLLED_ROLE for role_id in ids]
    names = row.get("roles")
    return [str(name) for name in names] if isinstance(names, list) else None


def _body(values: Mapping[str, Any], roles: list[str]) -> dict[str, Any]:
    fields = {name: value for name, value in values.items() if name != "roles"}
    body = _MAPPING.encode(fields, {})
    if roles:  # none at all is what Canvas takes for everybody
        body[_ROLES] = roles
    return body


def _result(
    operation: VendorOperation, row: Mapping[str, Any], roles: list[str] | None = None
) -> CommandResult:
    """What was stored: the text is cleaned by Canvas, and roles that it does not know are lost."""
    stored = read_notification(row)
    sent = {
        name: value for name, value in operation.values.items() if name not in ("message", "roles")
    }
    problems = verify_stored(sent, stored, {})
    requested_roles = list(operation.values.get("roles") or ()) if roles is None else roles
    stored_roles = {*(stored.get("roles") or ()), *(_role_ids(row) or ())}
    has_roles = "roles" in stored or "role_ids" in stored
    if has_roles and not stored_roles.issuperset(requested_roles):
        message = "Canvas left out roles that it does not know"
        if not stored_roles:
            message += ": the notification goes to everybody"
        problems.append(InputProblem("BAD_USER_INPUT", message, "roles"))
    elif has_roles and stored_roles and not requested_roles:
        problems.append(InputProblem("CONFLICT", "Canvas kept roles that were taken away", "roles"))
    return CommandResult(
        CommandStatus.CONFIRMED, problems=problems, detail={"notification": stored}
    )


def _validate(values: Mapping[str, Any]) -> list[InputProblem]:
    problems = _MAPPING.validate(values, {})
    if values.get("icon") not in (None, *_ICONS):
        message = f"the icon is one of {', '.join(_ICONS)}"
        problems.append(InputProblem("BAD_USER_INPUT", message, "icon"))
    start, end = values.get("start_at"), values.get("end_at")
    if start is not None and end is not None and end <= start:
        problems.append(InputProblem("BAD_USER_INPUT", "it ends before it begins", "end_at"))
    return problems


def _not_found() -> InputProblem:
    return InputProblem(
        "NOT_FOUND", "Canvas knows no such notification, or hides it", "notification"
    )
