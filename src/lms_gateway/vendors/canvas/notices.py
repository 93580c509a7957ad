"""Writing notifications to everybody in an account, and dismissing them.

A notification that is changed without its roles would go to everybody, so that they are sent back
as they are. What Canvas calls deleting one hides it from the viewer and leaves it to all others.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.changes import Act, Problem, Result, Status
from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.records import Kind
from lms_gateway.vendors.canvas.calls import change, get
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, ids_of, refused
from lms_gateway.vendors.canvas.detail_values import object_of, read_notification
from lms_gateway.vendors.canvas.details import owner_of
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.payloads import Form
from lms_gateway.vendors.canvas.values import text
from lms_gateway.vendors.reads import Steps

_BLOCK, _ROLES = "account_notification", "account_notification_roles"
_REQUIRED = ("subject", "message", "start_at", "end_at")
_FORM = Form("notifications", _BLOCK, {name: name for name in (*_REQUIRED, "icon", "roles")})
_ICONS = ("warning", "information", "question", "error", "calendar")
_ALL = "/accounts/:account_id/account_notifications"
_ONE = "/accounts/:account_id/account_notifications/:id"
_NOBODYS = "NilEnrollment"
"""The role of who is enrolled nowhere, which has no id."""


def create_notification(desk: Desk, act: Act) -> Steps[Result]:
    """Write a notification; `detail` is the `notification`."""
    problems = _refuse(act.values) or [
        Problem("BAD_USER_INPUT", f"a notification needs a {name}".replace("_", " "), name)
        for name in _REQUIRED
        if not act.values.get(name)
    ]
    if problems:
        return refused(*problems)
    desk.names = _FORM.names
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such account, or hides it", "account")
    account = owner_of(act.of, Kind.ACCOUNT)
    body = _body(act.values, list(act.values.get("roles") or ()))
    reply = yield from desk.send(change("POST", _ALL, account, json=body))
    return _written(act, object_of(reply.decode()))


def update_notification(desk: Desk, act: Act) -> Steps[Result]:
    """Change a notification; `detail` is the `notification`. Roles that are not given stay."""
    problems = _refuse(act.values)
    if not problems and not act.values:
        problems = [NOTHING_GIVEN]
    if problems:
        return refused(*problems)
    desk.names = _FORM.names
    desk.unknown = _unknown()
    values, roles = dict(act.values), act.values.get("roles")
    if "roles" not in act.values or values.keys() == {"roles"}:
        present = yield from _read_present(desk, act)
        if "roles" not in act.values:
            roles = None if present is None else _roles_of(present)
            if roles is None:
                why = "Canvas does not tell to whom it goes now: give its roles as well"
                return refused(Problem("CONFLICT", why, "roles"))
        elif present is not None:
            # Canvas wants something else to change beside them.
            values["subject"] = present.get("subject")
    body = _body(values, list(roles or ()))
    reply = yield from desk.send(change("PUT", _ONE, *ids_of(act), json=body))
    return _written(act, object_of(reply.decode()), list(roles or ()))


def dismiss_notification(desk: Desk, act: Act) -> Steps[Result]:
    """Hide a notification from the viewer; `detail` is the `notification` as it was."""
    desk.unknown = _unknown()
    reply = yield from desk.send(change("DELETE", _ONE, *ids_of(act)))
    return Result(Status.CONFIRMED, detail={"notification": read_notification(reply.decode())})


def _read_present(desk: Desk, act: Act) -> Steps[Mapping[str, Any] | None]:
    """The notification as it is; None where it cannot be seen.

    One that the viewer has dismissed, or that does not go to them, only the list for administrators
    tells.
    """
    account, id = ids_of(act)
    try:
        reply = yield from desk.send(get(_ONE, account, id))
        return object_of(reply.decode())
    except (Forbidden, NotFound):
        pass
    everything = (("include_past", "true"), ("include_all", "true"))
    try:
        reply = yield from desk.send(get(_ALL, account, params=everything))
    except (Forbidden, NotFound):
        return None
    rows = reply.decode()
    found = [
        row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and text(row.get("id")) == id
    ]
    return found[0] if found else None


def _roles_of(row: Mapping[str, Any]) -> list[str] | None:
    """The roles as they are sent: by their ids, or by name where only names are told."""
    ids = row.get("role_ids")
    if isinstance(ids, list):
        return [text(one) or _NOBODYS for one in ids]
    names = row.get("roles")
    return [str(name) for name in names] if isinstance(names, list) else None


def _body(values: Mapping[str, Any], roles: list[str]) -> dict[str, Any]:
    rest = {name: value for name, value in values.items() if name != "roles"}
    body = _FORM.fill(rest, {})
    if roles:  # none at all is what Canvas takes for everybody
        body[_ROLES] = roles
    return body


def _written(act: Act, row: Mapping[str, Any], roles: list[str] | None = None) -> Result:
    """What was stored: the text is cleaned by Canvas, and roles that it does not know are lost."""
    told = read_notification(row)
    sent = {name: value for name, value in act.values.items() if name not in ("message", "roles")}
    problems = differences(sent, told, {})
    asked = list(act.values.get("roles") or ()) if roles is None else roles
    kept = {*(told.get("roles") or ()), *(_roles_of(row) or ())}
    is_told = "roles" in told or "role_ids" in told
    if is_told and not kept.issuperset(asked):
        why = "Canvas left out roles that it does not know"
        if not kept:
            why += ": the notification goes to everybody"
        problems.append(Problem("BAD_USER_INPUT", why, "roles"))
    elif is_told and kept and not asked:
        problems.append(Problem("CONFLICT", "Canvas kept roles that were taken away", "roles"))
    return Result(Status.CONFIRMED, problems=problems, detail={"notification": told})


def _refuse(values: Mapping[str, Any]) -> list[Problem]:
    problems = _FORM.refuse(values, {})
    if values.get("icon") not in (None, *_ICONS):
        why = f"the icon is one of {', '.join(_ICONS)}"
        problems.append(Problem("BAD_USER_INPUT", why, "icon"))
    start, end = values.get("start_at"), values.get("end_at")
    if start is not None and end is not None and end <= start:
        problems.append(Problem("BAD_USER_INPUT", "it ends before it begins", "end_at"))
    return problems


def _unknown() -> Problem:
    return Problem("NOT_FOUND", "Canvas knows no such notification, or hides it", "notification")
