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

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported
from lms_gateway.domain.loads import Alias, Document, LoadResult, OperationLoad
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.endpoints import alias_segment, endpoint
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.rows.documents import (
    MAX_HINT_LENGTH,
    expect_object,
    list_reader,
    read_access_token,
    read_activity_summary,
    read_available_report,
    read_calendar,
    read_count,
    read_course_copy,
    read_domain,
    read_due_dates,
    read_help_links,
    read_html,
    read_notification,
    read_permissions,
    read_progress,
    read_report,
    read_settings,
    read_terms_of_service,
)
from lms_gateway.vendors.canvas.rows.ids import is_canonical, is_report_name, parse_id
from lms_gateway.vendors.canvas.rows.sources import BRIEF_ACCOUNT, COURSE_USER, build_row_request
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

ArgumentMap = Mapping[str, Any]

NO_PROGRESS = (
    "Canvas tells no progress: the course is not built of modules with requirements, or this is "
    "none of its students"
)
_HINT = re.compile(rf"[A-Za-z0-9~]{{1,{MAX_HINT_LENGTH}}}")


class OperationUnavailable(NotFound):
    """Canvas wrote an error in the place of what it was asked for."""


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation: where it is asked, and what its reply becomes."""

    template: str
    read: Callable[[Any], Any]
    owner: Kind | None = None  # what it belongs to, first in the path; None: the site as a whole
    path_arguments: tuple[str, ...] = ()  # arguments that follow in the path
    params: Mapping[str, str] = field(default_factory=dict)  # an argument → the query's parameter
    key: Callable[[str, ArgumentMap, Mapping[str, Any]], Key | None] | None = None
    is_object: bool = False  # one of many: refused means hidden
    body_argument: str = ""  # an argument that is sent as a body of its own
    body_error: str = ""  # what a refusal of the arguments means, where Canvas writes an error in


def read_operation(
    batch: LoadBatch, load: OperationLoad, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """Read a detail and settle it.

    Raises Unsupported for one that Canvas has not, BadInput for arguments that it cannot take, and
    Forbidden where it refuses an operation, as opposed to hiding an object.
    """
    spec = _OPERATIONS.get(load.name)
    try:
        answer: LoadResult
        if spec is not None:
            answer = yield from _run_operation(load, spec)
        elif load.name == "course_user":
            answer = yield from _read_course_user(batch, load, projection)
        elif load.name == "manually_created_courses_account":
            answer = yield from _read_manual_courses_account(batch)
        else:
            raise Unsupported("Canvas has no such operation")
    except OperationUnavailable:
        raise
    except NotFound:
        answer = None
    batch.settle(load, answer)
    return ()


def owner_id(owner: Key | None, kind: Kind) -> str:
    """The first id of a path. The root account and the viewer are `self`, and need not be named.

    Raises Unsupported where the operation is none of such an object.
    """
    if owner is None and kind is not Kind.COURSE:
        return "self"
    if owner is None or owner.kind is not kind:
        raise Unsupported(f"Canvas tells this of a {kind} only")
    return owner.id


def query_params(arguments: ArgumentMap, parameters: Mapping[str, str]) -> Params:
    """The query of the arguments that were given; lists are repeated, booleans words."""
    encoded: list[tuple[str, str]] = []
    for name, parameter in parameters.items():
        value = arguments.get(name)
        if value is None:
            continue
        values = value if isinstance(value, tuple | list) else (value,)
        encoded += [(parameter, _to_query_value(item)) for item in values]
    return tuple(encoded)


def report_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """The key of a report of an account."""
    return _canonical_key(
        Kind.REPORT, owner, arguments.get("report") or value.get("report"), value.get("id")
    )


def notification_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """The key of a notification of an account."""
    return _canonical_key(Kind.NOTIFICATION, owner, value.get("id"))


def token_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """The key of a user's access token."""
    user = value.get("user_id") if owner == "self" else owner
    return _canonical_key(Kind.TOKEN, user, value.get("id"))


def calendar_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """The key of an account's calendar: the account's id."""
    return _canonical_key(Kind.CALENDAR, value.get("id"))


def read_notifications(body: Any) -> list[dict[str, Any]]:
    """An account's notifications, which Canvas does not page."""
    return _NOTIFICATIONS(body)


def _run_operation(load: OperationLoad, spec: OperationSpec) -> Steps[Document | None]:
    arguments = dict(load.arguments)
    owner, ids = "", []
    if spec.owner is not None:
        owner = owner_id(load.parent, spec.owner)
        ids.append(owner)
    ids += [_path_segment(load.name, name, arguments.get(name)) for name in spec.path_arguments]
    if not all(map(parse_id, arguments.get("assignment_ids", ()))):
        raise BadInput("assignmentIds: not the id of a Canvas assignment")
    call = endpoint(spec.template, *ids, params=query_params(arguments, spec.params))
    if spec.body_argument:
        # A POST that changes nothing, for what may be longer than a URL.
        call = call._replace(
            method="POST", json={spec.body_argument: arguments.get(spec.body_argument)}
        )
    try:
        reply = yield from fetch(call)
    except Forbidden:
        if spec.is_object:
            return None
        raise
    except BadInput:
        if spec.body_error:
            raise OperationUnavailable(spec.body_error) from None
        raise
    value = spec.read(reply.decode())
    if value is None:
        return None
    if isinstance(value, list) and spec.key is not None:
        return Document([Document(item, spec.key(owner, arguments, item)) for item in value])
    key = spec.key(owner, arguments, value) if spec.key is not None else None
    return Document(value, key)


def _read_course_user(
    batch: LoadBatch, load: OperationLoad, projection: Projection
) -> Steps[LoadResult]:
    """Somebody as a member of a course; None for who is none, or not to be seen there."""
    arguments = dict(load.arguments)
    course = owner_id(load.parent, Kind.COURSE)
    aliases = [alias for alias in Alias if alias.value in arguments]
    if aliases:
        user = alias_segment(Kind.USER, aliases[0], arguments[aliases[0].value])
    else:
        user = _path_segment(load.name, "user", arguments.get("user"))
    row_request = build_row_request(COURSE_USER, projection.fields)
    call = endpoint("/courses/:course_id/users/:id", course, user, params=row_request.params)
    try:
        reply = yield from fetch(call)
    except Forbidden:
        return None
    (record,) = batch.add_rows(row_request, [reply.decode()])
    return record


def _read_manual_courses_account(batch: LoadBatch) -> Steps[LoadResult]:
    """The account that courses are in which users made by themselves."""
    reply = yield from fetch(endpoint("/manually_created_courses_account"))
    (record,) = batch.add_rows(build_row_request(BRIEF_ACCOUNT), [reply.decode()])
    return record


def _read_progress(body: Any) -> dict[str, Any]:
    """Raises Untold where Canvas puts an error in the progress's place."""
    if isinstance(body, dict) and "error" in body:
        raise OperationUnavailable(NO_PROGRESS)
    return read_progress(body)


def _path_segment(operation: str, name: str, value: Any) -> str:
    """What an argument puts into the path. Raises BadInput for what would address another thing."""
    if name == "report":
        if not is_report_name(value):
            raise BadInput("report: not the name of a report")
        return str(value)
    if name == "user" and value in (None, "self") and operation == "course_progress":
        return "self"
    if operation == "access_token" and isinstance(value, str) and _HINT.fullmatch(value):
        return value
    canonical = parse_id(value)
    if canonical is None:
        raise BadInput(f"{name}: not the id of a Canvas object")
    return canonical


def _canonical_key(kind: Kind, *parts: Any) -> Key | None:
    """None where a part is not known: the root account, by the name of `self`, has no number."""
    vendor_id = ".".join(str(part) for part in parts)
    key = Key(kind, vendor_id)
    return key if is_canonical(key) else None


def _to_query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_NOTIFICATIONS = list_reader(read_notification)
_COURSE, _ACCOUNT = Kind.COURSE, Kind.ACCOUNT
_OPERATIONS: Mapping[str, OperationSpec] = {
    "course_progress": OperationSpec(
        "/courses/:course_id/users/:user_id/progress",
        _read_progress,
        _COURSE,
        ("user",),
        body_error=NO_PROGRESS,
    ),
    "course_settings": OperationSpec("/courses/:course_id/settings", read_settings, _COURSE),
    "course_permissions": OperationSpec(
        "/courses/:course_id/permissions",
        read_permissions,
        _COURSE,
        params={"names": "permissions[]"},
    ),
    "activity_stream_summary": OperationSpec(
        "/courses/:course_id/activity_stream/summary", list_reader(read_activity_summary), _COURSE
    ),
    "effective_due_dates": OperationSpec(
        "/courses/:course_id/effective_due_dates",
        read_due_dates,
        _COURSE,
        params={"assignment_ids": "assignment_ids[]"},
    ),
    "preview_html": OperationSpec(
        "/courses/:course_id/preview_html", read_html, _COURSE, body_argument="html"
    ),
    "course_copy": OperationSpec(
        "/courses/:course_id/course_copy/:id", read_course_copy, _COURSE, ("id",), is_object=True
    ),
    "account_settings": OperationSpec("/accounts/:account_id/settings", expect_object, _ACCOUNT),
    "account_permissions": OperationSpec(
        "/accounts/:account_id/permissions",
        read_permissions,
        _ACCOUNT,
        params={"names": "permissions[]"},
    ),
    "terms_of_service": OperationSpec(
        "/accounts/:account_id/terms_of_service", read_terms_of_service, _ACCOUNT
    ),
    "help_links": OperationSpec("/accounts/:account_id/help_links", read_help_links, _ACCOUNT),
    "visible_calendars_count": OperationSpec(
        "/accounts/:account_id/visible_calendars_count", read_count, _ACCOUNT
    ),
    "available_reports": OperationSpec(
        "/accounts/:account_id/reports", list_reader(read_available_report), _ACCOUNT
    ),
    "report": OperationSpec(
        "/accounts/:account_id/reports/:report/:id",
        read_report,
        _ACCOUNT,
        ("report", "id"),
        key=report_key,
        is_object=True,
    ),
    "access_token": OperationSpec(
        "/users/:user_id/tokens/:id",
        read_access_token,
        Kind.USER,
        ("id",),
        key=token_key,
        is_object=True,
    ),
    "calendar": OperationSpec(
        "/account_calendars/:account_id", read_calendar, _ACCOUNT, key=calendar_key, is_object=True
    ),
    "notification": OperationSpec(
        "/accounts/:account_id/account_notifications/:id",
        read_notification,
        _ACCOUNT,
        ("id",),
        key=notification_key,
        is_object=True,
    ),
    "notifications": OperationSpec(
        "/accounts/:account_id/account_notifications",
        read_notifications,
        _ACCOUNT,
        params={"include_past": "include_past", "include_all": "include_all"},
        key=notification_key,
    ),
    "environment": OperationSpec("/settings/environment", expect_object),
    "account_domains": OperationSpec(
        "/accounts/search",
        list_reader(read_domain),
        params={name: name for name in ("name", "domain", "latitude", "longitude")},
    ),
}
