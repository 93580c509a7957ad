"""Endpoints of account calendars.

https://developerdocs.instructure.com/services/canvas/resources/account_calendars
"""

from collections.abc import Iterable
from functools import partial

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.data.models import Account

_MIN_SEARCH_LENGTH = 2


@route("GET", "/account_calendars")
def list_available(request: CanvasRequest) -> ListResponse:
    """Return the visible calendars of the caller's accounts."""
    search_term = request.search_term(_MIN_SEARCH_LENGTH)
    accounts = [
        account
        for account in request.viewer.own_accounts()
        if _is_visible(request, account) and _matches_name(account, search_term)
    ]
    is_wrapped = request.quirks.wraps_calendars
    return ListResponse(
        _sorted_by_name(accounts),
        partial(_serialize, request),
        wrapper_key="account_calendars" if is_wrapped else None,
        extra_keys={"total_results": len(accounts)} if is_wrapped else {},
    )


@route("GET", "/account_calendars/:account_id")
def show(request: CanvasRequest) -> ObjectResponse:
    account = request.account()
    is_available = _is_visible(request, account) and account in request.viewer.own_accounts()
    request.require(is_available or request.viewer.administers(account.id))
    return ObjectResponse(_serialize(request, account))


@route("PUT", "/account_calendars/:account_id")
def update(request: CanvasRequest) -> ObjectResponse:
    """Change a calendar; absent parameters leave it as it is."""
    account = request.managed_account()
    flags = {
        name: bool(request.params.flag(name))
        for name in ("visible", "auto_subscribe")
        if name in request.params
    }
    _update_calendar(request, account.id, flags)
    return ObjectResponse(_serialize(request, account))


@route("PUT", "/accounts/:account_id/account_calendars")
def update_many(request: CanvasRequest) -> ObjectResponse:
    """Change calendars given as a JSON array; a form is not supported."""
    account = request.managed_account()
    items = request.params.tree.get("_json")
    rows = [CanvasParams(row) for row in (items if isinstance(items, list) else ()) if isinstance(row, dict)]
    if not rows:
        raise CanvasError(400, {"errors": "Expected array of objects"})
    if not all("id" in row for row in rows):
        raise CanvasError(400, {"errors": "Missing key(s)"})
    ids = [row.text("id") or "" for row in rows]
    if len(set(ids)) != len(ids):
        raise CanvasError(400, {"errors": "Duplicate IDs"})
    allowed_ids = {str(sub_account.id) for sub_account in request.school.accounts_under(account.id)}
    request.require(allowed_ids.issuperset(ids))
    for row, account_id in zip(rows, ids, strict=True):
        flags = {name: row.flag(name) for name in ("visible", "auto_subscribe")}
        changes = {name: flag for name, flag in flags.items() if flag is not None}
        _update_calendar(request, int(account_id), changes)
    message = f"Updated {len(ids)} account{'' if len(ids) == 1 else 's'}"
    if request.quirks.is_localized:
        message = f"Se actualizaron {len(ids)} cuentas"
    return ObjectResponse({"message": message})


@route("GET", "/accounts/:account_id/account_calendars")
def list_all(request: CanvasRequest) -> ListResponse:
    """Return the calendars of the account and its sub-accounts.

    With a search or a filter, return those of all accounts below it.
    """
    account, school = request.managed_account(), request.school
    visibility = request.scalar("filter")
    if visibility not in (None, "visible", "hidden"):
        raise CanvasError(400, {"errors": "Expected filter param to be one of: visible, hidden"})
    search_term = request.search_term(_MIN_SEARCH_LENGTH)
    if search_term is None and visibility is None:
        sub_accounts = school.sub_accounts_of(account.id)
        active = [sub_account for sub_account in sub_accounts if sub_account.state == "active"]
        accounts = [account, *_sorted_by_name(active)]
    else:
        states = (True, False) if visibility is None else (visibility == "visible",)
        accounts = _sorted_by_name(
            child
            for child in school.accounts_under(account.id)
            if child.state == "active"
            and _matches_name(child, search_term)
            and _is_visible(request, child) in states
        )

    def serialize(listed_account: Account) -> Json:
        count = len(school.sub_accounts_of(listed_account.id))
        return {**_serialize(request, listed_account), "sub_account_count": count}

    return ListResponse(accounts, serialize)


@route("GET", "/accounts/:account_id/visible_calendars_count")
def count_visible(request: CanvasRequest) -> ObjectResponse:
    """Return the number of visible calendars of the account and all accounts below it."""
    accounts = request.school.accounts_under(request.managed_account().id)
    return ObjectResponse({"count": sum(_is_visible(request, account) for account in accounts)})


def _is_visible(request: CanvasRequest, account: Account) -> bool:
    return request.canvas.calendar(account.id).is_visible


def _matches_name(account: Account, search_term: str | None) -> bool:
    return search_term is None or search_term in account.name.lower()


def _sorted_by_name(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda account: (account.name.casefold(), account.id))


def _update_calendar(request: CanvasRequest, account_id: int, flags: dict[str, bool]) -> None:
    calendar = request.canvas.calendar(account_id)
    calendar.is_visible = flags.get("visible", calendar.is_visible)
    calendar.is_auto_subscribed = flags.get("auto_subscribe", calendar.is_auto_subscribed)


def _serialize(request: CanvasRequest, account: Account) -> Json:
    calendar, root = request.canvas.calendar(account.id), request.school.root
    events = f"/accounts/{account.id}/calendar_events"
    root_account_id = {"null": None, "zero": 0, "own": root.id}[request.quirks.root_of_root]
    data: Json = {
        "id": account.id,
        "name": account.name,
        "parent_account_id": account.parent_id,
        "root_account_id": root_account_id if account is root else root.id,
        "visible": calendar.is_visible,
        "asset_string": f"account_{account.id}",
        "type": "account",
        "calendar_event_url": f"{events}/%7B%7B%20id%20%7D%7D",
        "can_create_calendar_events": request.viewer.administers(account.id),
        "create_calendar_event_url": events,
        "new_calendar_event_url": f"{events}/new",
    }
    if request.quirks.has_auto_subscribe:
        data["auto_subscribe"] = calendar.is_auto_subscribed
    return data
