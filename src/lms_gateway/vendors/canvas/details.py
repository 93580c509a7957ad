"""What one operation of Canvas tells beside facets, by its name: settings, permissions, reports.

Each is one call; lists that Canvas does not page are taken as they are. An answer is None where
Canvas knows no such object, or hides it. Lists that it pages are in `detail_lists`.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.asks import Alias, Answer, Detail, Plain, Wants
from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported
from lms_gateway.domain.records import Key, Kind
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.calls import address, get, is_canonical, is_report_name
from lms_gateway.vendors.canvas.detail_values import (
    LONGEST_HINT,
    list_of,
    object_of,
    read_available,
    read_calendar,
    read_copy,
    read_count,
    read_domain,
    read_due_dates,
    read_help_links,
    read_html,
    read_notification,
    read_permissions,
    read_progress,
    read_report,
    read_settings,
    read_summary,
    read_terms,
    read_token,
)
from lms_gateway.vendors.canvas.includes import (
    BRIEF_ACCOUNT,
    COURSE_USER,
    request,
)
from lms_gateway.vendors.canvas.values import read_id
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.reads import get as fetch

Given = Mapping[str, Any]

NO_PROGRESS = (
    "Canvas tells no progress: the course is not built of modules with requirements, or this is "
    "none of its students"
)
_HINT = re.compile(rf"[A-Za-z0-9~]{{1,{LONGEST_HINT}}}")


class Untold(NotFound):
    """Canvas wrote an error in the place of what it was asked for."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One operation: where it is asked, and what its reply becomes."""

    endpoint: str
    read: Callable[[Any], Any]
    of: Kind | None = None  # what it belongs to, first in the path; None: the site as a whole
    places: tuple[str, ...] = ()  # arguments that follow in the path
    params: Mapping[str, str] = field(default_factory=dict)  # an argument → the query's parameter
    key: Callable[[str, Given, Mapping[str, Any]], Key | None] | None = None
    is_object: bool = False  # one of many: refused means hidden
    posted: str = ""  # an argument that is sent as a body of its own
    in_band: str = ""  # what a refusal of the arguments means, where Canvas writes an error in


def read_detail(wave: Wave, ask: Detail, wants: Wants) -> Steps[Sequence[Read]]:
    """Read a detail and settle it.

    Raises Unsupported for one that Canvas has not, BadInput for arguments that it cannot take, and
    Forbidden where it refuses an operation, as opposed to hiding an object.
    """
    telling = _TELLINGS.get(ask.name)
    try:
        answer: Answer
        if telling is not None:
            answer = yield from _tell(ask, telling)
        elif ask.name == "course_user":
            answer = yield from _course_user(wave, ask, wants)
        elif ask.name == "manually_created_courses_account":
            answer = yield from _manual_account(wave)
        else:
            raise Unsupported("Canvas has no such operation")
    except Untold:
        raise
    except NotFound:
        answer = None
    wave.settle(ask, answer)
    return ()


def owner_of(ask_of: Key | None, kind: Kind) -> str:
    """The first id of a path. The root account and the viewer are `self`, and need not be named.

    Raises Unsupported where the operation is none of such an object.
    """
    if ask_of is None and kind is not Kind.COURSE:
        return "self"
    if ask_of is None or ask_of.kind is not kind:
        raise Unsupported(f"Canvas tells this of a {kind} only")
    return ask_of.id


def query_of(given: Given, params: Mapping[str, str]) -> Params:
    """The query of the arguments that were given; lists are repeated, booleans words."""
    query: list[tuple[str, str]] = []
    for name, parameter in params.items():
        value = given.get(name)
        if value is None:
            continue
        values = value if isinstance(value, tuple | list) else (value,)
        query += [(parameter, _word(one)) for one in values]
    return tuple(query)


def report_key(owner: str, given: Given, value: Mapping[str, Any]) -> Key | None:
    """The key of a report of an account."""
    return _key(Kind.REPORT, owner, given.get("report") or value.get("report"), value.get("id"))


def notification_key(owner: str, given: Given, value: Mapping[str, Any]) -> Key | None:
    """The key of a notification of an account."""
    return _key(Kind.NOTIFICATION, owner, value.get("id"))


def token_key(owner: str, given: Given, value: Mapping[str, Any]) -> Key | None:
    """The key of a user's access token."""
    user = value.get("user_id") if owner == "self" else owner
    return _key(Kind.TOKEN, user, value.get("id"))


def calendar_key(owner: str, given: Given, value: Mapping[str, Any]) -> Key | None:
    """The key of an account's calendar: the account's id."""
    return _key(Kind.CALENDAR, value.get("id"))


def read_notifications(body: Any) -> list[dict[str, Any]]:
    """An account's notifications, which Canvas does not page."""
    return _NOTIFICATIONS(body)


def _tell(ask: Detail, telling: Telling) -> Steps[Plain | None]:
    given = dict(ask.arguments)
    owner, ids = "", []
    if telling.of is not None:
        owner = owner_of(ask.of, telling.of)
        ids.append(owner)
    ids += [_place(ask.name, name, given.get(name)) for name in telling.places]
    if not all(map(read_id, given.get("assignment_ids", ()))):
        raise BadInput("assignmentIds: not the id of a Canvas assignment")
    call = get(telling.endpoint, *ids, params=query_of(given, telling.params))
    if telling.posted:
        # A POST that changes nothing, for what may be longer than a URL.
        call = call._replace(method="POST", json={telling.posted: given.get(telling.posted)})
    try:
        reply = yield from fetch(call)
    except Forbidden:
        if telling.is_object:
            return None
        raise
    except BadInput:
        if telling.in_band:
            raise Untold(telling.in_band) from None
        raise
    value = telling.read(reply.decode())
    if value is None:
        return None
    if isinstance(value, list) and telling.key is not None:
        return Plain([Plain(one, telling.key(owner, given, one)) for one in value])
    key = telling.key(owner, given, value) if telling.key is not None else None
    return Plain(value, key)


def _course_user(wave: Wave, ask: Detail, wants: Wants) -> Steps[Answer]:
    """Somebody as a member of a course; None for who is none, or not to be seen there."""
    given = dict(ask.arguments)
    course = owner_of(ask.of, Kind.COURSE)
    names = [alias for alias in Alias if alias.value in given]
    if names:
        user = address(Kind.USER, names[0], given[names[0].value])
    else:
        user = _place(ask.name, "user", given.get("user"))
    asked = request(COURSE_USER, wants.facets)
    call = get("/courses/:course_id/users/:id", course, user, params=asked.params)
    try:
        reply = yield from fetch(call)
    except Forbidden:
        return None
    (record,) = wave.learn(asked, [reply.decode()])
    return record


def _manual_account(wave: Wave) -> Steps[Answer]:
    """The account that courses are in which users made by themselves."""
    reply = yield from fetch(get("/manually_created_courses_account"))
    (record,) = wave.learn(request(BRIEF_ACCOUNT), [reply.decode()])
    return record


def _progress(body: Any) -> dict[str, Any]:
    """Raises Untold where Canvas puts an error in the progress's place."""
    if isinstance(body, dict) and "error" in body:
        raise Untold(NO_PROGRESS)
    return read_progress(body)


def _place(detail: str, name: str, value: Any) -> str:
    """What an argument puts into the path. Raises BadInput for what would address another thing."""
    if name == "report":
        if not is_report_name(value):
            raise BadInput("report: not the name of a report")
        return str(value)
    if name == "user" and value in (None, "self") and detail == "course_progress":
        return "self"
    if detail == "access_token" and isinstance(value, str) and _HINT.fullmatch(value):
        return value
    found = read_id(value)
    if found is None:
        raise BadInput(f"{name}: not the id of a Canvas object")
    return found


def _key(kind: Kind, *parts: Any) -> Key | None:
    """None where a part is not known: the root account, by the name of `self`, has no number."""
    id = ".".join(str(part) for part in parts)
    key = Key(kind, id)
    return key if is_canonical(key) else None


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_NOTIFICATIONS = list_of(read_notification)
_COURSE, _ACCOUNT = Kind.COURSE, Kind.ACCOUNT
_TELLINGS: Mapping[str, Telling] = {
    "course_progress": Telling(
        "/courses/:course_id/users/:user_id/progress",
        _progress,
        _COURSE,
        ("user",),
        in_band=NO_PROGRESS,
    ),
    "course_settings": Telling("/courses/:course_id/settings", read_settings, _COURSE),
    "course_permissions": Telling(
        "/courses/:course_id/permissions",
        read_permissions,
        _COURSE,
        params={"names": "permissions[]"},
    ),
    "activity_stream_summary": Telling(
        "/courses/:course_id/activity_stream/summary", list_of(read_summary), _COURSE
    ),
    "effective_due_dates": Telling(
        "/courses/:course_id/effective_due_dates",
        read_due_dates,
        _COURSE,
        params={"assignment_ids": "assignment_ids[]"},
    ),
    "preview_html": Telling("/courses/:course_id/preview_html", read_html, _COURSE, posted="html"),
    "course_copy": Telling(
        "/courses/:course_id/course_copy/:id", read_copy, _COURSE, ("id",), is_object=True
    ),
    "account_settings": Telling("/accounts/:account_id/settings", object_of, _ACCOUNT),
    "account_permissions": Telling(
        "/accounts/:account_id/permissions",
        read_permissions,
        _ACCOUNT,
        params={"names": "permissions[]"},
    ),
    "terms_of_service": Telling("/accounts/:account_id/terms_of_service", read_terms, _ACCOUNT),
    "help_links": Telling("/accounts/:account_id/help_links", read_help_links, _ACCOUNT),
    "visible_calendars_count": Telling(
        "/accounts/:account_id/visible_calendars_count", read_count, _ACCOUNT
    ),
    "available_reports": Telling(
        "/accounts/:account_id/reports", list_of(read_available), _ACCOUNT
    ),
    "report": Telling(
        "/accounts/:account_id/reports/:report/:id",
        read_report,
        _ACCOUNT,
        ("report", "id"),
        key=report_key,
        is_object=True,
    ),
    "access_token": Telling(
        "/users/:user_id/tokens/:id",
        read_token,
        Kind.USER,
        ("id",),
        key=token_key,
        is_object=True,
    ),
    "calendar": Telling(
        "/account_calendars/:account_id", read_calendar, _ACCOUNT, key=calendar_key, is_object=True
    ),
    "notification": Telling(
        "/accounts/:account_id/account_notifications/:id",
        read_notification,
        _ACCOUNT,
        ("id",),
        key=notification_key,
        is_object=True,
    ),
    "notifications": Telling(
        "/accounts/:account_id/account_notifications",
        read_notifications,
        _ACCOUNT,
        params={"include_past": "include_past", "include_all": "include_all"},
        key=notification_key,
    ),
    "environment": Telling("/settings/environment", object_of),
    "account_domains": Telling(
        "/accounts/search",
        list_of(read_domain),
        params={name: name for name in ("name", "domain", "latitude", "longitude")},
    ),
}
