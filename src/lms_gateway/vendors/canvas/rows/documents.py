"""Documents: objects without an identity, under Canvas's own keys.

Documented keys are converted to their documented type, others by their names. A missing key stays missing.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/account_calendars
https://developerdocs.instructure.com/services/canvas/resources/account_notifications
https://developerdocs.instructure.com/services/canvas/resources/account_reports
https://developerdocs.instructure.com/services/canvas/resources/access_tokens
"""

from collections.abc import Callable, Mapping
from typing import Any

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.vendors.canvas.rows.converters import (
    Converter,
    converters_of,
    to_bool,
    to_datetime,
    to_int,
    to_raw_json,
    to_text,
    to_value_by_key,
)
from lms_gateway.vendors.canvas.rows.field_maps import COURSE_SETTINGS

ReadDocument = Callable[[Any], dict[str, Any]]
"""From a reply to its document. Raises UpstreamInvalid if the reply is not an object."""

MAX_HINT_LENGTH = 16
"""Maximum length of a hint. A longer value is the secret itself."""


def expect_object(body: Any) -> dict[str, Any]:
    """Return an object unchanged. Raises UpstreamInvalid for anything else."""
    if not isinstance(body, dict):
        raise UpstreamInvalid("the vendor's reply is not an object")
    return body


def list_reader(read: ReadDocument) -> Callable[[Any], list[dict[str, Any]]]:
    """Return a reader of a list of such documents."""

    def read_all(body: Any) -> list[dict[str, Any]]:
        if not isinstance(body, list):
            raise UpstreamInvalid("the vendor's reply is not a list")
        return [read(item) for item in body]

    return read_all


def object_reader(extra_converters: Mapping[str, Converter] | None = None, **named: str) -> ReadDocument:
    """Return a reader of one object, whose keys are named by type: `text="name", bool="hidden"`."""
    converter_by_key = {**converters_of(**named), **(extra_converters or {})}

    def read(body: Any) -> dict[str, Any]:
        return {
            key: converter_by_key[key](value) if key in converter_by_key else to_value_by_key(key, value)
            for key, value in expect_object(body).items()
        }

    return read


def read_permissions(body: Any) -> list[dict[str, Any]]:
    """Return permissions by name, from a map of booleans or, in older Canvas, words."""
    return [{"name": name, "granted": to_bool(granted)} for name, granted in expect_object(body).items()]


def read_due_dates(body: Any) -> list[dict[str, Any]]:
    """Return a row for each assignment and student, from a map of maps by their ids."""
    return [
        {
            "assignment_id": to_text(assignment),
            "user_id": to_text(user),
            "due_at": to_datetime(due_date.get("due_at")),
            "grading_period_id": to_text(due_date.get("grading_period_id")),
            "in_closed_grading_period": to_bool(due_date.get("in_closed_grading_period")),
        }
        for assignment, users in expect_object(body).items()
        for user, due_date in expect_object(users).items()
        if isinstance(due_date, Mapping)
    ]


def read_count(body: Any) -> int:
    """Return the number within `{"count": 3}`."""
    count = to_int(expect_object(body).get("count"))
    if count is None:
        raise UpstreamInvalid("the vendor's reply has no count")
    return count


def read_html(body: Any) -> str:
    """Return the text within `{"html": "…"}`."""
    html = expect_object(body).get("html")
    if not isinstance(html, str):
        raise UpstreamInvalid("the vendor's reply has no HTML")
    return html


def read_help_links(body: Any) -> dict[str, Any] | None:
    """Return an account's help menu; None if it is empty, as on every account but the root."""
    return _HELP(body) or None


def read_access_token(body: Any) -> dict[str, Any]:
    """Return an access token without its secret, except for the hint."""
    row = expect_object(body)
    public_row = {key: value for key, value in row.items() if key not in ("token", "visible_token")}
    public_row["token_hint"] = _read_hint(row)
    return _TOKEN(public_row)


def read_secret(body: Any) -> str | None:
    """Return the secret of a new token, under either of its keys; None if there is none."""
    row = expect_object(body)
    for secret in (row.get("visible_token"), row.get("token")):
        if isinstance(secret, str) and len(secret) > MAX_HINT_LENGTH:
            return secret
    return None


def _read_hint(row: Mapping[str, Any]) -> str | None:
    """Return the hint; once the secret has been shown, `visible_token` is the hint and `...`."""
    for hint in (row.get("token_hint"), row.get("visible_token"), row.get("token")):
        if isinstance(hint, str) and len(hint) <= MAX_HINT_LENGTH:
            return hint.removesuffix("...")
    return None


def _to_texts(value: Any) -> list[str] | None:
    """Return a list of words or ids without other items."""
    if not isinstance(value, list):
        return None
    return [converted for converted in map(to_text, value) if converted is not None]


def _to_parameters(value: Any) -> list[dict[str, Any]] | None:
    """Return the parameters of a report by name."""
    if not isinstance(value, Mapping):
        return None
    return [
        {
            "name": name,
            "description": to_text(parameter.get("description")),
            "required": to_bool(parameter.get("required")),
        }
        for name, parameter in value.items()
        if isinstance(parameter, Mapping)
    ]


def _to_help_links(value: Any) -> list[dict[str, Any]] | None:
    return [_HELP_LINK(item) for item in value] if isinstance(value, list) else None


def _to_progress(value: Any) -> dict[str, Any] | None:
    """Return a student's progress; None if Canvas returns an error in its place."""
    return read_progress(value) if isinstance(value, dict) and "error" not in value else None


read_progress = object_reader(
    int="requirement_count requirement_completed_count", text="next_requirement_url", datetime="completed_at"
)
read_student = object_reader(
    {"progress": _to_progress},
    text="id anonymous_id display_name avatar_image_url html_url pronouns",
    bool="fake_student",
)
read_settings = object_reader({key.name: key.converter for key in COURSE_SETTINGS})
read_course_copy = object_reader(text="id workflow_state status_url", int="progress", datetime="created_at")
read_activity = object_reader(
    text="id title message type context_type html_url notification_category",
    id="course_id group_id",
    bool="read_state",
    datetime="created_at updated_at",
)
read_activity_summary = object_reader(text="type notification_category", int="unread_count count")
read_todo_item = object_reader(
    {"assignment": to_raw_json, "quiz": to_raw_json},
    text="type html_url context_type context_name ignore ignore_permanently",
    id="course_id group_id",
    int="needs_grading_count",
)
read_terms_of_service = object_reader(
    text="id terms_type content self_registration_type", id="account_id", bool="passive"
)
read_domain = object_reader(text="name domain authentication_provider", float="distance")
read_calendar = object_reader(
    text="name asset_string type calendar_event_url create_calendar_event_url new_calendar_event_url",
    # An older Canvas writes 0 for the root account of a root account.
    id="id parent_account_id root_account_id",
    bool="visible auto_subscribe can_create_calendar_events",
    int="sub_account_count",
)
read_notification = object_reader(
    {"roles": _to_texts, "role_ids": _to_texts},
    text="id subject message icon",
    datetime="start_at end_at",
    object="author",
    bool="closed",
)
read_notifications = list_reader(read_notification)
read_report = object_reader(
    {"parameters": to_raw_json, "attachment": to_raw_json},
    text="id report status file_url message",
    int="progress current_line",
    datetime="created_at started_at ended_at",
)
read_available_report = object_reader(
    {"parameters": _to_parameters, "last_run": to_raw_json},
    text="report title description_html parameters_html",
)

_HELP_LINK = object_reader(
    {"available_to": _to_texts},
    text="id text subtext url type feature_headline",
    bool="is_featured is_new is_disabled",
)
_HELP = object_reader(
    {"custom_help_links": _to_help_links, "default_help_links": _to_help_links},
    text="help_link_name help_link_icon",
)
_TOKEN = object_reader(
    {"scopes": _to_texts},
    text="id workflow_state token_hint purpose app_name",
    id="user_id real_user_id",
    bool="remember_access can_manually_regenerate",
    datetime="created_at expires_at last_used_at updated_at",
)
