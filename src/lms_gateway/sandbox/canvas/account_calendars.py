"""Account calendars: which there are, and who sees them.

https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from __future__ import annotations

from collections.abc import Iterable

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import Account

_SEARCH_MINIMUM = 2


def list_available(ask: Ask) -> Answer:
    """GET /account_calendars: the visible ones of the caller's accounts, in an object or bare."""
    term = ask.search(_SEARCH_MINIMUM)
    found = [
        account
        for account in ask.viewer.own_accounts()
        if ask.office.calendar(account.id).is_visible and _matches(account, term)
    ]
    wrapped = ask.habits.wraps_calendars
    return Listing(
        _by_name(found),
        lambda account: _tell(ask, account),
        wrapper="account_calendars" if wrapped else None,
        beside={"total_results": len(found)} if wrapped else {},
    )


def show(ask: Ask) -> Answer:
    """GET /account_calendars/:account_id"""
    account = ask.account()
    is_shown = ask.office.calendar(account.id).is_visible and account in ask.viewer.own_accounts()
    if not (is_shown or ask.viewer.administers(account.id)):
        raise ask.refuse()
    return One(_tell(ask, account))


def update(ask: Ask) -> Answer:
    """PUT /account_calendars/:account_id: what is not named stays as it was."""
    account = _managed(ask)
    given = {
        name: bool(ask.params.flag(name))
        for name in ("visible", "auto_subscribe")
        if name in ask.params
    }
    _set(ask, account.id, given)
    return One(_tell(ask, account))


def update_many(ask: Ask) -> Answer:
    """PUT /accounts/:account_id/account_calendars: the body is an array; it must be JSON."""
    account = _managed(ask)
    told = ask.params.tree.get("_json")
    rows = [
        Params(row) for row in (told if isinstance(told, list) else ()) if isinstance(row, dict)
    ]
    if not rows:
        raise Refusal(400, {"errors": "Expected array of objects"})
    if not all("id" in row for row in rows):
        raise Refusal(400, {"errors": "Missing key(s)"})
    ids = [row.text("id") or "" for row in rows]
    if len(set(ids)) != len(ids):
        raise Refusal(400, {"errors": "Duplicate IDs"})
    below = {str(part.id) for part in ask.school.accounts_under(account.id)}
    if not below.issuperset(ids):
        raise ask.refuse()
    for row, id in zip(rows, ids, strict=True):
        named = {name: row.flag(name) for name in ("visible", "auto_subscribe")}
        _set(ask, int(id), {name: flag for name, flag in named.items() if flag is not None})
    count = f"{len(ids)} account{'' if len(ids) == 1 else 's'}"
    message = f"Se actualizaron {len(ids)} cuentas" if ask.habits.is_localized else None
    return One({"message": message or f"Updated {count}"})


def list_all(ask: Ask) -> Answer:
    """GET /accounts/:account_id/account_calendars: the account and its children; all below it
    where they are searched or filtered."""
    account = _managed(ask)
    wanted = ask.one("filter")
    if wanted not in (None, "visible", "hidden"):
        message = "Expected filter param to be one of: visible, hidden"
        raise Refusal(400, {"errors": message})
    term = ask.search(_SEARCH_MINIMUM)
    if term is None and wanted is None:
        parts = ask.school.parts_of(account.id)
        accounts = [account, *_by_name(part for part in parts if part.state == "active")]
    else:
        accounts = _by_name(
            part
            for part in ask.school.accounts_under(account.id)
            if part.state == "active"
            and _matches(part, term)
            and wanted in (None, _word(ask, part))
        )
    return Listing(
        accounts,
        lambda one: {
            **_tell(ask, one),
            "sub_account_count": len(ask.school.parts_of(one.id)),
        },
    )


def count_visible(ask: Ask) -> Answer:
    """GET /accounts/:account_id/visible_calendars_count: of the account and all below it."""
    account = _managed(ask)
    parts = ask.school.accounts_under(account.id)
    return One({"count": sum(_word(ask, part) == "visible" for part in parts)})


def _managed(ask: Ask) -> Account:
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    return account


def _word(ask: Ask, account: Account) -> str:
    return "visible" if ask.office.calendar(account.id).is_visible else "hidden"


def _matches(account: Account, term: str | None) -> bool:
    return term is None or term in account.name.lower()


def _by_name(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda account: (account.name.casefold(), account.id))


def _set(ask: Ask, account_id: int, given: dict[str, bool]) -> None:
    calendar = ask.office.calendar(account_id)
    calendar.is_visible = given.get("visible", calendar.is_visible)
    calendar.is_automatic = given.get("auto_subscribe", calendar.is_automatic)


def _tell(ask: Ask, account: Account) -> Json:
    calendar, root, events = (
        ask.office.calendar(account.id),
        ask.school.root,
        f"/accounts/{account.id}/calendar_events",
    )
    of_root = {"null": None, "zero": 0, "own": root.id}[ask.habits.root_of_root]
    told: Json = {
        "id": account.id,
        "name": account.name,
        "parent_account_id": account.parent_id,
        "root_account_id": of_root if account is root else root.id,
        "visible": calendar.is_visible,
        "asset_string": f"account_{account.id}",
        "type": "account",
        "calendar_event_url": f"{events}/%7B%7B%20id%20%7D%7D",
        "can_create_calendar_events": ask.viewer.administers(account.id),
        "create_calendar_event_url": events,
        "new_calendar_event_url": f"{events}/new",
    }
    if ask.habits.has_auto_subscribe:
        told["auto_subscribe"] = calendar.is_automatic
    return told
