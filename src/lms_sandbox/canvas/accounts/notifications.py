"""Endpoints of account notifications, which users see when they sign in.

https://developerdocs.instructure.com/services/canvas/resources/account_notifications
"""

from datetime import timedelta
from typing import Any

from lms_sandbox.canvas.http.errors import validation_errors
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields
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
@route("GET", "/accounts/:account_id/users/:user_id/account_notifications")
def list_own(request: CanvasRequest) -> ObjectResponse:
    """Return the notifications for the caller, without pages.

    The account of the path is used only with `include_all`, which requires an admin of it.
    """
    _require_self(request)
    includes_all = bool(request.flag("include_all"))
    account_id = request.managed_account().id if includes_all else None
    includes_past = bool(request.flag("include_past"))

    def is_listed(notification: Notification) -> bool:
        if includes_all:
            return notification.account_id == account_id
        is_current = _is_current(request, notification, includes_past=includes_past)
        return is_current and _is_for_viewer(request, notification)

    notifications = list(filter(is_listed, request.canvas.notifications.values()))
    notifications.sort(key=lambda listed: (listed.start_at, listed.id), reverse=True)
    shows_closed = bool(request.flag("show_is_closed"))
    return request.unpaginated(
        [
            _serialize(request, notification, with_author=includes_all, shows_closed=shows_closed)
            for notification in notifications
        ]
    )


@route("GET", "/accounts/:account_id/account_notifications/:id")
@route("GET", "/accounts/:account_id/users/:user_id/account_notifications/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    """Return a notification that is current and for the caller."""
    _require_self(request)
    notification = _find_notification(request)
    request.require(
        _is_for_viewer(request, notification) and _is_current(request, notification, includes_past=False)
    )
    return ObjectResponse(_serialize(request, notification))


@route("DELETE", "/accounts/:account_id/account_notifications/:id")
@route("DELETE", "/accounts/:account_id/users/:user_id/account_notifications/:id")
def close(request: CanvasRequest) -> ObjectResponse:
    """Dismiss a notification for the caller."""
    _require_self(request)
    notification = _find_notification(request)
    notification.dismissed_by.add(request.viewer.user.id)
    return ObjectResponse(_serialize(request, notification))


@route("POST", "/accounts/:account_id/account_notifications")
def create(request: CanvasRequest) -> ObjectResponse:
    """Create a notification; without roles, it is for all users."""
    account = request.managed_account()
    fields = _parse_fields(request, None)
    notifications = request.canvas.notifications
    number = max(notifications, default=0) + 1
    notification = Notification(number, account.id, request.viewer.user.id, **fields)
    notifications[number] = notification
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
    for name, value in _parse_fields(request, notification).items():
        setattr(notification, name, value)
    return ObjectResponse(_serialize(request, notification))


def _require_self(request: CanvasRequest) -> None:
    """Raise CanvasError if the path, in its former form, names another user."""
    if "user_id" in request.path_params and request.user() is not request.viewer.user:
        raise request.not_found()


def _find_notification(request: CanvasRequest) -> Notification:
    id = request.path_params["id"]
    notification = request.canvas.notifications.get(int(id)) if id.isdecimal() else None
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
        enrollment for enrollment in school.enrollments_of_user(user.id) if enrollment.state == "active"
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


def _parse_fields(request: CanvasRequest, former: Notification | None) -> dict[str, Any]:
    """Return the fields of a new notification, or the changes of a former one.

    Raises CanvasError with all errors.
    """
    attributes = request.required_params("account_notification")
    fields: dict[str, Any] = {}
    for name in _REQUIRED_ATTRIBUTES:
        if name in attributes or former is None:
            is_date = name.endswith("_at")
            fields[name] = attributes.timestamp(name) if is_date else attributes.text(name) or ""
    values = {name: fields.get(name, getattr(former, name, None)) for name in _REQUIRED_ATTRIBUTES}
    errors = [(name, "can't be blank", "blank") for name, value in values.items() if not value]
    if values["start_at"] and values["end_at"] and values["end_at"] < values["start_at"]:
        message = "Notification end date must be after start date"
        errors.append(("end_at", message, message))
    if errors:
        raise validation_errors(request.quirks, errors)
    if icon := attributes.text("icon"):
        fields["icon"] = icon
    fields["role_ids"] = _parse_roles(request.params.tree.get("account_notification_roles"))
    return fields


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
    names = ("id", "subject", "message", "start_at", "end_at", "icon")
    data: Json = {
        **serialize_fields(notification, *names),
        "roles": [_ROLE_NAMES[role_id] for role_id in notification.role_ids],
        "role_ids": list(notification.role_ids),
    }
    if with_author and (author := request.school.users.get(notification.author_id)) is not None:
        data["author"] = {"id": author.id, "name": author.full_name}
    if shows_closed:
        data["closed"] = request.viewer.user.id in notification.dismissed_by
    return data
