"""Showing and hiding the calendars of accounts, one or many.

https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, VendorOperation
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.reads.operations import owner_id
from lms_gateway.vendors.canvas.rows.converters import is_same_id, parse_id
from lms_gateway.vendors.canvas.rows.documents import read_calendar
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.canvas.writes.session import NOTHING_TO_CHANGE, WriteSession, rejected
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

_CALENDAR = "/account_calendars/:account_id"
_CALENDARS = "/accounts/:account_id/account_calendars"
_MAPPING = InputMapping("calendars", "", {name: name for name in ("visible", "auto_subscribe")})


def update_calendar(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Show or hide a calendar, or add it for everybody; `detail` is the `calendar`."""
    problems = _MAPPING.validate(operation.values, {}) or _require_change(operation.values)
    if problems:
        return rejected(*problems)
    assert operation.target is not None
    session.field_names = _MAPPING.field_names
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such calendar, or hides it", "calendar"
    )
    reply = yield from session.send(
        write_endpoint("PUT", _CALENDAR, operation.target.id, json=_body(operation.values))
    )
    calendar = read_calendar(reply.decode())
    return CommandResult(
        CommandStatus.CONFIRMED,
        problems=verify_stored(operation.values, calendar, {}),
        detail={"calendar": calendar},
    )


def update_calendars(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Change many calendars at once; `detail` are the `calendars` as they are then, in order.

    Canvas says how many, in a sentence: each is read again. What cannot be read is told as sent.
    """
    rows: Sequence[Mapping[str, Any]] = operation.values.get("calendars") or ()
    problems = _validate_rows(rows)
    if problems:
        return rejected(*problems)
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such account, or hides it", "account"
    )
    account = owner_id(operation.target, Kind.ACCOUNT)
    # Numbers, as Canvas writes them: it looks the rows up by them.
    sent = [{"id": int(row["id"]), **_body(row)} for row in rows]
    yield from session.send(write_endpoint("PUT", _CALENDARS, account, json=sent))
    calls = tuple(endpoint(_CALENDAR, str(row["id"])) for row in rows)
    outcomes = yield calls
    calendars, problems = [], []
    for row, outcome in zip(rows, outcomes, strict=True):
        calendar = _decode_calendar(outcome, row)
        problems += verify_stored(_body(row), calendar, {})
        calendars.append(calendar)
    problems = [InputProblem(problem.code, problem.message, "calendars") for problem in problems]
    return CommandResult(
        CommandStatus.CONFIRMED,
        problems=list(dict.fromkeys(problems)),
        detail={"calendars": calendars},
    )


def _decode_calendar(outcome: Reply | LmsError, row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if isinstance(outcome, Reply):
            calendar = read_calendar(outcome.decode())
            if is_same_id(str(calendar.get("id")), str(row["id"])):
                return calendar
    except (LmsError, ValueError):
        pass  # the change itself is confirmed
    return dict(row)


def _validate_rows(rows: Sequence[Mapping[str, Any]]) -> list[InputProblem]:
    """What Canvas would refuse as a whole: an empty list, no id, nothing to change, one twice."""
    ids = [parse_id(row.get("id")) for row in rows]
    if not rows or None in ids:
        message = "name calendars by their accounts' ids"
    elif len(set(ids)) < len(ids):
        message = "each calendar once"
    elif any(_require_change(row) for row in rows):
        message = "give each calendar something to change"
    else:
        return []
    return [InputProblem("BAD_USER_INPUT", message, "calendars")]


def _body(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _MAPPING.keys if values.get(name) is not None}


def _require_change(values: Mapping[str, Any]) -> list[InputProblem]:
    if _body(values):
        return []
    return [NOTHING_TO_CHANGE]
