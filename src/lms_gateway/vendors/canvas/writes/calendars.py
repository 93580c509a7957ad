"""Shows and hides the calendars of accounts.

https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lms_gateway.domain.commands import CommandResult, InputProblem, VendorOperation
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.documents import read_calendar
from lms_gateway.vendors.canvas.rows.ids import is_same_id, parse_id
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

_CALENDAR = "/account_calendars/:account_id"
_MAPPING = InputMapping("calendars", "", {"visible": "visible", "auto_subscribe": "auto_subscribe"})
_UPDATE = WriteOperation("PUT", _CALENDAR, not_found("calendar", "calendar"), mapping=_MAPPING)
_UPDATE_MANY = WriteOperation(
    "PUT", "/accounts/:account_id/account_calendars", not_found("account", "account")
)


def update_calendar(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Show or hide a calendar, or subscribe everyone to it; `detail` is the `calendar`."""
    body = _body(command.values)
    if problems := _MAPPING.validate(command.values, {}) or _MAPPING.validate_update(body):
        return rejected(*problems)
    assert command.target is not None
    reply = yield from session.send(_UPDATE, command.target.id, json=body)
    calendar = read_calendar(reply.decode())
    return confirmed(None, verify_stored(command.values, calendar), {"calendar": calendar})


def update_calendars(session: WriteSession, command: VendorOperation) -> Steps[CommandResult]:
    """Update several calendars at once; `detail` is the `calendars` as stored, in order.

    Canvas replies with their number only, so each is read back. A calendar that cannot be read is
    returned as sent.
    """
    rows: Sequence[Mapping[str, Any]] = command.values.get("calendars") or ()
    if problems := _validate_rows(rows):
        return rejected(*problems)
    account = owner_id(command.target, Kind.ACCOUNT)
    # Canvas finds the rows by ids that are numbers.
    body = [{"id": int(row["id"]), **_body(row)} for row in rows]
    yield from session.send(_UPDATE_MANY, account, json=body)
    outcomes = yield tuple(endpoint(_CALENDAR, str(row["id"])) for row in rows)
    calendars = list(map(_read, outcomes, rows))
    problems = [
        replace(problem, field="calendars")
        for row, calendar in zip(rows, calendars, strict=True)
        for problem in verify_stored(_body(row), calendar)
    ]
    return confirmed(None, list(dict.fromkeys(problems)), {"calendars": calendars})


def _read(outcome: Reply | LmsError, row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if isinstance(outcome, Reply):
            calendar = read_calendar(outcome.decode())
            if is_same_id(str(calendar.get("id")), str(row["id"])):
                return calendar
    except (LmsError, ValueError):
        pass  # the update itself is confirmed
    return dict(row)


def _validate_rows(rows: Sequence[Mapping[str, Any]]) -> list[InputProblem]:
    """Return what Canvas would reject as a whole."""
    ids = [parse_id(row.get("id")) for row in rows]
    if not rows or None in ids:
        message = "must contain the ids of accounts"
    elif len(set(ids)) < len(ids):
        message = "must contain each account only once"
    elif not all(map(_body, rows)):
        message = "must contain a value to change for each account"
    else:
        return []
    return [bad_input(message, "calendars")]


def _body(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _MAPPING.keys if values.get(name) is not None}
