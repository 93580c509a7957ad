"""Operations that only Canvas has and that return a document: settings, permissions, reports.

Each is one call. A list that Canvas does not page is returned as a whole; paged lists are in
`operation_lists`. The result is None if the object does not exist or is not visible.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported
from lms_gateway.domain.loads import Alias, Document, LoadResult, OperationLoad
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.api.endpoints import alias_segment, endpoint
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.rows import documents as docs
from lms_gateway.vendors.canvas.rows.ids import is_canonical, is_report_name, parse_id
from lms_gateway.vendors.canvas.rows.sources import BRIEF_ACCOUNT, COURSE_USER, build_row_request
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

ArgumentMap = Mapping[str, Any]
Reader = Callable[[Any], Any]
DocumentKey = Callable[[str, ArgumentMap, Mapping[str, Any]], Key | None]
"""From an operation's owner, arguments and document to the document's key."""

NO_PROGRESS = (
    "progress not available: the course has no modules with requirements, or the user is not one "
    "of its students"
)
_HINT = re.compile(rf"[A-Za-z0-9~]{{1,{docs.MAX_HINT_LENGTH}}}")


class OperationUnavailable(NotFound):
    """Canvas returned an error in place of the document."""


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation: its address, and how its reply is read."""

    template: str
    read: Reader
    owner: Kind | None = None  # the kind of object that it belongs to, first in the path
    path_arguments: tuple[str, ...] = ()  # arguments that follow in the path
    params: Mapping[str, str] = field(default_factory=dict)  # an argument → a query parameter
    key: DocumentKey | None = None
    is_object: bool = False  # one of many: 403 means that it is not visible
    body_argument: str = ""  # the argument that is the body
    body_error: str = ""  # the message for a 400, which Canvas sends in place of the document


def read_operation(batch: LoadBatch, load: OperationLoad, projection: Projection) -> Steps[None]:
    """Read a document and settle the load.

    Raises Unsupported for an operation that Canvas does not have, BadInput for invalid arguments,
    and Forbidden if Canvas refuses the operation (not if it hides an object).
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


def owner_id(owner: Key | None, kind: Kind) -> str:
    """Return the first id of a path; without an owner it is `self`, the root account or viewer.

    Raises Unsupported if the operation belongs to another kind of object.
    """
    if owner is None and kind is not Kind.COURSE:
        return "self"
    if owner is None or owner.kind is not kind:
        raise Unsupported(f"Canvas has this operation on a {kind} only")
    return owner.id


def query_params(arguments: ArgumentMap, parameters: Mapping[str, str]) -> Params:
    """Return the query parameters of the arguments that are set; a list is repeated."""
    encoded: list[tuple[str, str]] = []
    for name, parameter in parameters.items():
        value = arguments.get(name)
        if value is None:
            continue
        values = value if isinstance(value, tuple | list) else (value,)
        encoded += [(parameter, _to_query_value(item)) for item in values]
    return tuple(encoded)


def report_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """Return the key of a report of an account."""
    return _canonical_key(Kind.REPORT, owner, arguments.get("report") or value.get("report"), value.get("id"))


def notification_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """Return the key of a notification of an account."""
    return _canonical_key(Kind.NOTIFICATION, owner, value.get("id"))


def token_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """Return the key of a user's access token."""
    user = value.get("user_id") if owner == "self" else owner
    return _canonical_key(Kind.TOKEN, user, value.get("id"))


def calendar_key(owner: str, arguments: ArgumentMap, value: Mapping[str, Any]) -> Key | None:
    """Return the key of an account's calendar, which has the account's id."""
    return _canonical_key(Kind.CALENDAR, value.get("id"))


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
        # A POST that changes nothing; the value may be too long for a URL.
        call = call._replace(method="POST", json={spec.body_argument: arguments.get(spec.body_argument)})
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


def _read_course_user(batch: LoadBatch, load: OperationLoad, projection: Projection) -> Steps[LoadResult]:
    """Read a member of a course; None for a user who is not one, or is not visible there."""
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
    """Read the account of the courses that users created themselves."""
    reply = yield from fetch(endpoint("/manually_created_courses_account"))
    (record,) = batch.add_rows(build_row_request(BRIEF_ACCOUNT), [reply.decode()])
    return record


def _read_progress(body: Any) -> dict[str, Any]:
    """Raise OperationUnavailable if Canvas returns an error in place of the progress."""
    if isinstance(body, dict) and "error" in body:
        raise OperationUnavailable(NO_PROGRESS)
    return docs.read_progress(body)


def _path_segment(operation: str, name: str, value: Any) -> str:
    """Return an argument as a part of the path. Raises BadInput if it is not an id or name."""
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
    """Return a key; None if a part is unknown, as the id of the root account named `self`."""
    vendor_id = ".".join(str(part) for part in parts)
    key = Key(kind, vendor_id)
    return key if is_canonical(key) else None


def _to_query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _course(path: str, read: Reader, *path_arguments: str, **options: Any) -> OperationSpec:
    template = f"/courses/:course_id{path}"
    return OperationSpec(template, read, Kind.COURSE, path_arguments, **options)


def _account(path: str, read: Reader, *path_arguments: str, **options: Any) -> OperationSpec:
    template = f"/accounts/:account_id{path}"
    return OperationSpec(template, read, Kind.ACCOUNT, path_arguments, **options)


_PERMISSIONS = {"names": "permissions[]"}
_OPERATIONS: Mapping[str, OperationSpec] = {
    "course_progress": _course("/users/:user_id/progress", _read_progress, "user", body_error=NO_PROGRESS),
    "course_settings": _course("/settings", docs.read_settings),
    "course_permissions": _course("/permissions", docs.read_permissions, params=_PERMISSIONS),
    "activity_stream_summary": _course(
        "/activity_stream/summary", docs.list_reader(docs.read_activity_summary)
    ),
    "effective_due_dates": _course(
        "/effective_due_dates", docs.read_due_dates, params={"assignment_ids": "assignment_ids[]"}
    ),
    "preview_html": _course("/preview_html", docs.read_html, body_argument="html"),
    "course_copy": _course("/course_copy/:id", docs.read_course_copy, "id", is_object=True),
    "account_settings": _account("/settings", docs.expect_object),
    "account_permissions": _account("/permissions", docs.read_permissions, params=_PERMISSIONS),
    "terms_of_service": _account("/terms_of_service", docs.read_terms_of_service),
    "help_links": _account("/help_links", docs.read_help_links),
    "visible_calendars_count": _account("/visible_calendars_count", docs.read_count),
    "available_reports": _account("/reports", docs.list_reader(docs.read_available_report)),
    "report": _account(
        "/reports/:report/:id", docs.read_report, "report", "id", key=report_key, is_object=True
    ),
    "access_token": OperationSpec(
        "/users/:user_id/tokens/:id",
        docs.read_access_token,
        Kind.USER,
        ("id",),
        key=token_key,
        is_object=True,
    ),
    "calendar": OperationSpec(
        "/account_calendars/:account_id", docs.read_calendar, Kind.ACCOUNT, key=calendar_key, is_object=True
    ),
    "notification": _account(
        "/account_notifications/:id", docs.read_notification, "id", key=notification_key, is_object=True
    ),
    "notifications": _account(
        "/account_notifications",
        docs.read_notifications,
        params={"include_past": "include_past", "include_all": "include_all"},
        key=notification_key,
    ),
    "environment": OperationSpec("/settings/environment", docs.expect_object),
    "account_domains": OperationSpec(
        "/accounts/search",
        docs.list_reader(docs.read_domain),
        params={name: name for name in ("name", "domain", "latitude", "longitude")},
    ),
}
