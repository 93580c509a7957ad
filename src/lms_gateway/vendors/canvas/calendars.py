"""Showing and hiding the calendars of accounts, one or many.

https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lms_gateway.domain.changes import Act, Problem, Result, Status
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Kind
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.calls import change, get
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, refused
from lms_gateway.vendors.canvas.detail_values import read_calendar
from lms_gateway.vendors.canvas.details import owner_of
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.payloads import Form
from lms_gateway.vendors.canvas.values import is_same_id, read_id
from lms_gateway.vendors.reads import Steps

_CALENDAR = "/account_calendars/:account_id"
_MANY = "/accounts/:account_id/account_calendars"
_FORM = Form("calendars", "", {name: name for name in ("visible", "auto_subscribe")})


def update_calendar(desk: Desk, act: Act) -> Steps[Result]:
    """Show or hide a calendar, or add it for everybody; `detail` is the `calendar`."""
    problems = _FORM.refuse(act.values, {}) or _missing(act.values)
    if problems:
        return refused(*problems)
    assert act.of is not None
    desk.names = _FORM.names
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such calendar, or hides it", "calendar")
    reply = yield from desk.send(change("PUT", _CALENDAR, act.of.id, json=_body(act.values)))
    calendar = read_calendar(reply.decode())
    return Result(
        Status.CONFIRMED,
        problems=differences(act.values, calendar, {}),
        detail={"calendar": calendar},
    )


def update_calendars(desk: Desk, act: Act) -> Steps[Result]:
    """Change many calendars at once; `detail` are the `calendars` as they are then, in order.

    Canvas says how many, in a sentence: each is read again. What cannot be read is told as sent.
    """
    rows: Sequence[Mapping[str, Any]] = act.values.get("calendars") or ()
    problems = _refuse_rows(rows)
    if problems:
        return refused(*problems)
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such account, or hides it", "account")
    account = owner_of(act.of, Kind.ACCOUNT)
    # Numbers, as Canvas writes them: it looks the rows up by them.
    sent = [{"id": int(row["id"]), **_body(row)} for row in rows]
    yield from desk.send(change("PUT", _MANY, account, json=sent))
    calls = tuple(get(_CALENDAR, str(row["id"])) for row in rows)
    outcomes = yield calls
    calendars, problems = [], []
    for row, outcome in zip(rows, outcomes, strict=True):
        calendar = _read(outcome, row)
        problems += differences(_body(row), calendar, {})
        calendars.append(calendar)
    problems = [Problem(one.code, one.message, "calendars") for one in problems]
    return Result(
        Status.CONFIRMED, problems=list(dict.fromkeys(problems)), detail={"calendars": calendars}
    )


def _read(outcome: Reply | LmsError, row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if isinstance(outcome, Reply):
            found = read_calendar(outcome.decode())
            if is_same_id(str(found.get("id")), str(row["id"])):
                return found
    except (LmsError, ValueError):
        pass  # the change itself is confirmed
    return dict(row)


def _refuse_rows(rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What Canvas would refuse as a whole: an empty list, no id, nothing to change, one twice."""
    ids = [read_id(row.get("id")) for row in rows]
    if not rows or None in ids:
        why = "name calendars by their accounts' ids"
    elif len(set(ids)) < len(ids):
        why = "each calendar once"
    elif any(_missing(row) for row in rows):
        why = "give each calendar something to change"
    else:
        return []
    return [Problem("BAD_USER_INPUT", why, "calendars")]


def _body(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _FORM.keys if values.get(name) is not None}


def _missing(values: Mapping[str, Any]) -> list[Problem]:
    if _body(values):
        return []
    return [NOTHING_GIVEN]
