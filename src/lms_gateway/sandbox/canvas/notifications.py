"""Account notifications: what everybody, or some roles, are told as they sign in.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, One
from lms_gateway.sandbox.canvas.office import Notification
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.persons import ROLE_IDS, TYPES
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.canvas.refusals import invalid_all, short_of
from lms_gateway.sandbox.records import Account

_KEEPS = timedelta(days=120)  # what is over stays in the past for as long
_ADMINISTRATOR = 1
_NAMES: dict[int | None, str] = {
    None: "NilEnrollment",
    _ADMINISTRATOR: "AccountAdmin",
    **{id: TYPES[role] for role, id in ROLE_IDS.items() if role != "test_student"},
}
_REQUIRED = ("subject", "message", "start_at", "end_at")


def list_own(ask: Ask) -> Answer:
    """GET /accounts/:account_id/account_notifications: never in pages.

    The account in the address counts only with `include_all`, which is for its administrators.
    """
    is_all = bool(ask.flag("include_all"))
    board = ask.office.notifications.values()
    if is_all:
        account = _managed(ask)
        found = [one for one in board if one.account_id == account.id]
    else:
        past = bool(ask.flag("include_past"))
        found = [one for one in board if _is_for(ask, one) and _is_on(ask, one, past=past)]
    found.sort(key=lambda one: (one.start_at, one.id), reverse=True)
    ask.state["rows"] = len(found)
    tells_closed = bool(ask.flag("show_is_closed"))
    return One([_tell(ask, one, with_author=is_all, tells_closed=tells_closed) for one in found])


def show(ask: Ask) -> Answer:
    """GET /accounts/:account_id/account_notifications/:id: closed or not meant is refused."""
    found = _find(ask)
    if not (_is_for(ask, found) and _is_on(ask, found, past=False)):
        raise ask.refuse()
    return One(_tell(ask, found))


def close(ask: Ask) -> Answer:
    """DELETE /accounts/:account_id/account_notifications/:id: only this user sees it no more."""
    found = _find(ask)
    found.closed_by.add(ask.viewer.user.id)
    return One(_tell(ask, found))


def list_own_by_user(ask: Ask) -> Answer:
    """GET /accounts/:account_id/users/:user_id/account_notifications: the older address."""
    return list_own(_require_self(ask))


def show_by_user(ask: Ask) -> Answer:
    """GET /accounts/:account_id/users/:user_id/account_notifications/:id"""
    return show(_require_self(ask))


def close_by_user(ask: Ask) -> Answer:
    """DELETE /accounts/:account_id/users/:user_id/account_notifications/:id"""
    return close(_require_self(ask))


def create(ask: Ask) -> Answer:
    """POST /accounts/:account_id/account_notifications: without roles, to everybody."""
    account = _managed(ask)
    given = _branch(ask)
    texts = {name: given.text(name) or "" for name in ("subject", "message")}
    start, end = given.moment("start_at"), given.moment("end_at")
    start, end = _check(ask, texts, start, end)
    board = ask.office.notifications
    made = Notification(
        max(board, default=0) + 1,
        account.id,
        ask.viewer.user.id,
        texts["subject"],
        texts["message"],
        start,
        end,
        given.text("icon") or "warning",
        _roles(ask.params.tree.get("account_notification_roles")),
    )
    board[made.id] = made
    return One(_tell(ask, made))


def update(ask: Ask) -> Answer:
    """PUT /accounts/:account_id/account_notifications/:id: without roles, from now on to everybody.

    What else is not named stays as it was.
    """
    account = _managed(ask)
    found = _find(ask)
    if found.account_id != account.id:
        raise ask.missing()
    given = _branch(ask)
    texts = {
        name: given.text(name) or "" if name in given else held
        for name, held in (("subject", found.subject), ("message", found.message))
    }
    start = given.moment("start_at") if "start_at" in given else found.start_at
    end = given.moment("end_at") if "end_at" in given else found.end_at
    start, end = _check(ask, texts, start, end)
    found.subject, found.message = texts["subject"], texts["message"]
    found.start_at, found.end_at = start, end
    if icon := given.text("icon"):
        found.icon = icon
    found.role_ids = _roles(ask.params.tree.get("account_notification_roles"))
    return One(_tell(ask, found))


def _require_self(ask: Ask) -> Ask:
    if ask.user() is not ask.viewer.user:
        raise ask.missing()
    return ask


def _managed(ask: Ask) -> Account:
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    return account


def _find(ask: Ask) -> Notification:
    id = ask.ids["id"]
    found = ask.office.notifications.get(int(id)) if id.isdecimal() else None
    if found is None:
        raise ask.missing()
    return found


def _is_for(ask: Ask, one: Notification) -> bool:
    """Whether it is of an account of the caller's, and for a role that they have there."""
    if one.account_id not in {account.id for account in ask.viewer.own_accounts()}:
        return False
    school, user = ask.school, ask.viewer.user
    below = {part.id for part in school.accounts_under(one.account_id)}
    enrolled = [at for at in school.enrollments_of_user(user.id) if at.state == "active"]
    roles: set[int | None] = {
        ROLE_IDS[at.role] for at in enrolled if school.courses[at.course_id].account_id in below
    }
    if ask.viewer.administers(one.account_id):
        roles.add(_ADMINISTRATOR)
    if not enrolled:
        roles.add(None)
    return not one.role_ids or not roles.isdisjoint(one.role_ids)


def _is_on(ask: Ask, one: Notification, *, past: bool) -> bool:
    now = ask.school.now
    if past:
        return one.start_at <= now <= one.end_at + _KEEPS
    return one.start_at <= now <= one.end_at and ask.viewer.user.id not in one.closed_by


def _branch(ask: Ask) -> Params:
    given = ask.params.block("account_notification")
    if not given:
        raise short_of("account_notification")
    return given


def _check(
    ask: Ask, texts: dict[str, str], start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """The dates, which are there. Raises Refusal, which names all that is wrong."""
    values: dict[str, Any] = {**texts, "start_at": start, "end_at": end}
    faults = [(name, "can't be blank", "blank") for name in _REQUIRED if not values[name]]
    if start is not None and end is not None and end < start:
        message = "Notification end date must be after start date"
        faults.append(("end_at", message, message))
    if faults or start is None or end is None:
        raise invalid_all(ask.habits, faults)
    return start, end


def _roles(given: Any) -> tuple[int | None, ...]:
    """Roles by their ids or names, each once; what is none is left out in silence."""
    found: dict[int | None, None] = {}
    for named in given if isinstance(given, list) else ():
        text = None if named is None else str(named)
        for id, name in _NAMES.items():
            if text == name or (id is None and text is None) or text == str(id):
                found[id] = None
    return tuple(found)


def _tell(
    ask: Ask, one: Notification, *, with_author: bool = False, tells_closed: bool = False
) -> Json:
    told: Json = {
        "id": one.id,
        "subject": one.subject,
        "start_at": tell_moment(one.start_at),
        "end_at": tell_moment(one.end_at),
        "icon": one.icon,
        "message": one.message,
        "roles": [_NAMES[id] for id in one.role_ids],
        "role_ids": list(one.role_ids),
    }
    if with_author and (author := ask.school.users.get(one.author_id)) is not None:
        told["author"] = {"id": author.id, "name": author.full_name}
    if tells_closed:
        told["closed"] = ask.viewer.user.id in one.closed_by
    return told
