"""Objects within Canvas's own, each without an identity: a course's tabs, a user's permissions.

Each of their keys is read as the type that Canvas documents for it, like those of a row: what it
sends in its place makes that key null, and never fails the object around it.
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.vendors.canvas.values import Convert, fields


def _part(**named: str) -> Convert:
    """An object of these fields by converter; None for what is no object."""
    converts = fields(**named)

    def read(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            return None
        return {key: convert(value[key]) for key, convert in converts.items() if key in value}

    return read


def _several(part: Convert) -> Convert:
    """A list of them; what is none among them is left out. None for what is no list."""

    def read(value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [found for inner in value if (found := part(inner)) is not None]

    return read


def _unless_error(part: Convert) -> Convert:
    """None also for an object that holds an error, as in a course without modules."""
    return lambda value: None if isinstance(value, Mapping) and "error" in value else part(value)


_CALENDAR = _part(texts="ics")
_AVERAGES = ("computed", "unposted", "current_period_computed", "current_period_unposted")


COURSE_PARTS: dict[str, Convert] = {
    "calendar": _CALENDAR,
    "permissions": _part(flags="create_discussion_topic create_announcement"),
    "blueprint_restrictions": _part(flags="content points due_dates availability_dates"),
    "course_progress": _unless_error(
        _part(
            wholes="requirement_count requirement_completed_count",
            texts="next_requirement_url",
            moments="completed_at",
        )
    ),
    "grading_periods": _several(
        _part(texts="id title workflow_state", moments="start_date end_date")
    ),
    "sections": _several(_part(texts="id name enrollment_role", moments="start_at end_at")),
    "tabs": _several(
        _part(
            texts="id label type html_url full_url visibility",
            wholes="position",
            flags="hidden",
        )
    ),
    "enrollments": _several(
        _part(
            texts="type role role_id user_id enrollment_state associated_user_id "
            "current_grading_period_title current_grading_period_id "
            + " ".join(f"{one}_current_grade {one}_final_grade" for one in _AVERAGES),
            numbers=" ".join(f"{one}_current_score {one}_final_score" for one in _AVERAGES),
            flags="limit_privileges_to_course_section has_grading_periods "
            "totals_for_all_grading_periods_option",
        )
    ),
}

USER_PARTS: dict[str, Convert] = {
    "calendar": _CALENDAR,
    "permissions": _part(flags="can_update_name can_update_avatar limit_parent_app_web_access"),
}

ENROLLMENT_PARTS: dict[str, Convert] = {
    "grades": _part(
        texts="html_url override_grade unposted_current_grade unposted_final_grade "
        "grading_period_id",
        numbers="override_score unposted_current_score unposted_final_score current_points",
    ),
}
