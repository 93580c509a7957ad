"""Endpoints of account notifications, which users see when they sign in.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from datetime import datetime, timedelta
from typing import Any

from lms_sandbox.canvas.http.errors import validation_errors
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.timestamps import serialize_timestamp
from lms_sandbox.canvas.people.serializer import ENROLLMENT_TYPES, ROLE_IDS
from lms_sandbox.canvas.state.canvas_state import Notification

_PAST_PERIOD = timedelta(days=120)  # how long ended notifications can be listed
_ADMIN_ROLE_ID = 1
_ROLE_NAMES: dict[int | None, str] = {
    None: "NilEnrollment",
    _ADMIN_ROLE_ID: "AccountAdmin",
    **{id: ENROLLMENT_TYPES[role] for role, id in ROLE_IDS.items() if role != "test_student"},
}
_REQUIRED_ATTRIBUTES = ("subject", "message", "start_at", "end_at")


@route("GET", "/accounts/:account_id/account_notifications")
def list_own(request: CanvasRequest) -> ObjectResponse:
    """Return the notifications for the caller, without pages.

    The account of the path is used only with `include_all`, which requires an admin of it.
    """
    includes_all = bool(request.flag("include_all"))
    account_id = request.managed_account().id if includes_all else None
    includes_past = bool(request.flag("include_past"))
    notifications = [
        notification
        for notification in request.canvas_state.notifications.values()
        if (
            notification.account_id == account_id
            if includes_all
            else _is_for_viewer(request, notification)
            and _is_current(request, notification, includes_past=includes_past)
        )
    ]
    notifications.sort(
        key=lambda notification: (notification.start_at, notification.id), reverse=True
    )
    shows_closed = bool(request.flag("show_is_closed"))
    return request.unpaginated(
        [
            _serialize(request, notification, with_author=includes_all, shows_closed=shows_closed)
            for notification in notifications
        ]
    )


@route("GET", "/accounts/:account_id/account_notifications/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    """Return a notification that is current and for the caller."""
    notification = _find_notification(request)
    request.require(
        _is_for_viewer(request, notification)
        and _is_current(request, notification, includes_past=False)
    )
    return ObjectResponse(_serialize(request, notification))


@route("DELETE", "/accounts/:account_id/account_notifications/:id")
def close(request: CanvasRequest) -> ObjectResponse:
    """Dismiss a notification for the caller."""
    notification = _find_notification(request)
    notification.dismissed_by.add(request.viewer.user.id)
    return ObjectResponse(_serialize(request, notification))


@route("GET", "/accounts/:account_id/users/:user_id/account_notifications")
def list_by_user(request: CanvasRequest) -> ObjectResponse:
    """Return the same list under its former path."""
    return list_own(_require_self(request))


@route("GET", "/accounts/:account_id/users/:user_id/account_notifications/:id")
def show_by_user(request: CanvasRequest) -> ObjectResponse:
    return show(_require_self(request))


@route("DELETE", "/accounts/:account_id/users/:user_id/account_notifications/:id")
def close_by_user(request: CanvasRequest) -> ObjectResponse:
    return close(_require_self(request))


@route("POST", "/accounts/:account_id/account_notifications")
def create(request: CanvasRequest) -> ObjectResponse:
    """Create a notification; without roles, it is for all users."""
    account = request.managed_account()
    attributes = request.required_params("account_notification")
    texts = {name: attributes.text(name) or "" for name in ("subject", "message")}
    start, end = attributes.timestamp("start_at"), attributes.timestamp("end_at")
    start, end = _validate(request, texts, start, end)
    notifications = request.canvas_state.notifications
    notification = Notification(
        max(notifications, default=0) + 1,
        account.id,
        request.viewer.user.id,
        texts["subject"],
        texts["message"],
        start,
        end,
        attributes.text("icon") or "warning",
        _parse_roles(request.params.tree.get("account_notification_roles")),
    )
    notifications[notification.id] = notification
    return ObjectResponse(_serialize(request, notification))


@route("PUT", "/accounts/:account_id/account_notifications/:id")
def update(request: CanvasRequest) -> ObjectResponse:
    """Change a notification.

    Absent attributes stay as they are, but absent roles are removed: the notification is then for
    all users.
    """
    account = request.managed_account()
    notification = _find_notification(request)
    if notification.account_id != account.id:
        raise request.not_found()
    attributes = request.required_params("account_notification")
    texts = {
        name: attributes.text(name) or "" if name in attributes else current
        for name, current in (("subject", notification.subject), ("message", notification.message))
    }
    start = attributes.timestamp("start_at") if "start_at" in attributes else notification.start_at
    end = attributes.timestamp("end_at") if "end_at" in attributes else notification.end_at
    start, end = _validate(request, texts, start, end)
    notification.subject, notification.message = texts["subject"], texts["message"]
    notification.start_at, notification.end_at = start, end
    if icon := attributes.text("icon"):
        notification.icon = icon
    notification.role_ids = _parse_roles(request.params.tree.get("account_notification_roles"))
    return ObjectResponse(_serialize(request, notification))


def _require_self(request: CanvasRequest) -> CanvasRequest:
    if request.user() is not request.viewer.user:
        raise request.not_found()
    return request


def _find_notification(request: CanvasRequest) -> Notification:
    id = request.path_params["id"]
    notification = request.canvas_state.notifications.get(int(id)) if id.isdecimal() else None
    if notification is None:
        raise request.not_found()
    return notification


def _is_for_viewer(request: CanvasRequest, notification: Notification) -> bool:
    """Return whether the caller belongs to the account and has one of the roles there."""
    if notification.account_id not in {account.id for account in request.viewer.own_accounts()}:
        return False
    school, user = request.school, request.viewer.user
    account_ids = {sub_account.id for sub_account in school.accounts_under(notification.account_id)}
    active_enrollments = [
        enrollment
        for enrollment in school.enrollments_of_user(user.id)
        if enrollment.state == "active"
    ]
    role_ids: set[int | None] = {
        ROLE_IDS[enrollment.role]
        for enrollment in active_enrollments
        if school.courses[enrollment.course_id].account_id in account_ids
    }
    if request.viewer.administers(notification.account_id):
        role_ids.add(_ADMIN_ROLE_ID)
    if not active_enrollments:
        role_ids.add(None)
    return not notification.role_ids or not role_ids.isdisjoint(notification.role_ids)


def _is_current(request: CanvasRequest, notification: Notification, *, includes_past: bool) -> bool:
    now = request.school.now
    if includes_past:
        return notification.start_at <= now <= notification.end_at + _PAST_PERIOD
    return (
        notification.start_at <= now <= notification.end_at
        and request.viewer.user.id not in notification.dismissed_by
    )


def _validate(
    request: CanvasRequest, texts: dict[str, str], start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """Return the dates. Raises CanvasError with all errors."""
    values: dict[str, Any] = {**texts, "start_at": start, "end_at": end}
    errors = [
        (name, "can't be blank", "blank") for name in _REQUIRED_ATTRIBUTES if not values[name]
    ]
    if start is not None and end is not None and end < start:
        message = "Notification end date must be after start date"
        errors.append(("end_at", message, message))
    if errors or start is None or end is None:
        raise validation_errors(request.quirks, errors)
    return start, end


def _parse_roles(references: Any) -> tuple[int | None, ...]:
    """Return the ids of roles given by id or name, without duplicates and unknown ones."""
    role_ids: dict[int | None, None] = {}
    for reference in references if isinstance(references, list) else ():
        text = None if reference is None else str(reference)
        for id, name in _ROLE_NAMES.items():
            if text == name or (id is None and text is None) or text == str(id):
                role_ids[id] = None
    return tuple(role_ids)


def _serialize(
    request: CanvasRequest,
    notification: Notification,
    *,
    with_author: bool = False,
    shows_closed: bool = False,
) -> Json:
    data: Json = {
        "id": notification.id,
        "subject": notification.subject,
        "start_at": serialize_timestamp(notification.start_at),
        "end_at": serialize_timestamp(notification.end_at),
        "icon": notification.icon,
        "message": notification.message,
        "roles": [_ROLE_NAMES[id] for id in notification.role_ids],
        "role_ids": list(notification.role_ids),
    }
    if with_author and (author := request.school.users.get(notification.author_id)) is not None:
        data["author"] = {"id": author.id, "name": author.full_name}
    if shows_closed:
        data["closed"] = request.viewer.user.id in notification.dismissed_by
    return data
