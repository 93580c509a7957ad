"""Creates, updates and dismisses an account's notifications to all users.

Canvas sends a notification without roles to everyone. An update therefore sends the present roles
back. Canvas's DELETE hides a notification from the viewer only.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import CommandResult, InputProblem, VendorOperation
from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.api.endpoints import path_ids
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.converters import to_text
from lms_gateway.vendors.canvas.rows.documents import expect_object, read_notification
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

_NOTIFICATIONS = "/accounts/:account_id/account_notifications"
_NOTIFICATION = f"{_NOTIFICATIONS}/:id"
_NOT_FOUND = not_found("notification", "notification")
_REQUIRED = ("subject", "message", "start_at", "end_at")
_ICONS = ("warning", "information", "question", "error", "calendar")
_MAPPING = InputMapping(
    "notifications", "account_notification", {name: name for name in (*_REQUIRED, "icon", "roles")}
)
_CREATE = WriteOperation("POST", _NOTIFICATIONS, not_found("account", "account"), mapping=_MAPPING)
_UPDATE = WriteOperation("PUT", _NOTIFICATION, _NOT_FOUND, mapping=_MAPPING)
_DISMISS = WriteOperation("DELETE", _NOTIFICATION, _NOT_FOUND)
_UNENROLLED_ROLE = "NilEnrollment"
"""The role of users without enrollments; it has no id."""


def create_notification(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Create a notification; `detail` is the `notification`."""
    values = command.values
    problems = _validate(values) or [
        bad_input("required to create a notification", name) for name in _REQUIRED if not values.get(name)
    ]
    if problems:
        return rejected(*problems)
    account, roles = owner_id(command.target, Kind.ACCOUNT), list(values.get("roles") or ())
    reply = yield from session.send(_CREATE, account, json=_body(values, roles))
    return _result(values, expect_object(reply.decode()), roles)


def update_notification(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Update a notification; `detail` is the `notification`. Omitted roles are unchanged."""
    if problems := _validate(command.values) or _MAPPING.validate_update(command.values):
        return rejected(*problems)
    values, ids = dict(command.values), path_ids(command.target)
    roles = values.get("roles")
    if "roles" not in values or len(values) == 1:
        current = yield from _read_before(session, *ids)
        if "roles" not in values:
            roles = None if current is None else _role_ids(current)
            if roles is None:
                message = "required, because Canvas does not return the present roles"
                return rejected(conflict(message, "roles"))
        elif current is not None:
            # Canvas ignores an update of nothing but roles.
            values["subject"] = current.get("subject")
    roles = list(roles or ())
    reply = yield from session.send(_UPDATE, *ids, json=_body(values, roles))
    return _result(command.values, expect_object(reply.decode()), roles)


def dismiss_notification(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Hide a notification from the viewer; `detail` is the `notification` before."""
    reply = yield from session.send(_DISMISS, *path_ids(command.target))
    return confirmed(None, detail={"notification": read_notification(reply.decode())})


def _read_before(session: WriteSession, account: str, id: str) -> Steps[Mapping[str, Any] | None]:
    """Return the notification's row, None if it is not visible.

    One that the viewer dismissed, or that is for other roles, is in the administrators' list only.
    """
    try:
        reply = yield from session.read(_UPDATE, _NOTIFICATION, account, id)
        return expect_object(reply.decode())
    except (Forbidden, NotFound):
        pass
    filters = (("include_past", "true"), ("include_all", "true"))
    try:
        reply = yield from session.read(_UPDATE, _NOTIFICATIONS, account, params=filters)
    except (Forbidden, NotFound):
        return None
    rows = reply.decode()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and to_text(row.get("id")) == id:
            return row
    return None


def _role_ids(row: Mapping[str, Any]) -> list[str] | None:
    """Return the roles as they are sent: ids, or names if the row has no ids."""
    ids, names = row.get("role_ids"), row.get("roles")
    if isinstance(ids, list):
        return [to_text(id) or _UNENROLLED_ROLE for id in ids]
    return [str(name) for name in names] if isinstance(names, list) else None


def _body(values: Mapping[str, Any], roles: list[str]) -> dict[str, Any]:
    body = _MAPPING.encode({name: values[name] for name in values if name != "roles"}, {})
    if roles:  # Canvas takes an empty list for everyone
        body["account_notification_roles"] = roles
    return body


def _result(values: Mapping[str, Any], row: Mapping[str, Any], roles: list[str]) -> CommandResult:
    """Compare with what was stored: Canvas sanitizes the text and drops unknown roles."""
    stored = read_notification(row)
    sent = {name: values[name] for name in values if name not in ("message", "roles")}
    problems = verify_stored(sent, stored)
    if "roles" in stored or "role_ids" in stored:
        stored_roles = {*(stored.get("roles") or ()), *(_role_ids(row) or ())}
        if not stored_roles.issuperset(roles):
            message = "Canvas dropped roles that it does not know"
            if not stored_roles:
                message += "; the notification goes to everyone"
            problems.append(bad_input(message, "roles"))
        elif stored_roles and not roles:
            problems.append(conflict("Canvas did not remove the roles", "roles"))
    return confirmed(None, problems, {"notification": stored})


def _validate(values: Mapping[str, Any]) -> list[InputProblem]:
    problems = _MAPPING.validate(values, {})
    if values.get("icon") not in (None, *_ICONS):
        problems.append(bad_input(f"must be one of {', '.join(_ICONS)}", "icon"))
    start, end = values.get("start_at"), values.get("end_at")
    if start is not None and end is not None and end <= start:
        problems.append(bad_input("must be after the start", "end_at"))
    return problems
