"""Objects within Canvas's own, each without an identity: a course's tabs, a user's permissions.

Each of their keys is read as the type that Canvas documents for it, like those of a row: what it
sends in its place makes that key null, and never fails the object around it.
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.vendors.canvas.rows.converters import Converter, converters_of


def _object_of(**named: str) -> Converter:
    """An object of these fields by converter; None for what is no object."""
    converters = converters_of(**named)

    def convert_object(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            return None
        return {key: converter(value[key]) for key, converter in converters.items() if key in value}

    return convert_object


def _list_of(converter: Converter) -> Converter:
    """A list of them; what is none among them is left out. None for what is no list."""

    def convert_list(value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [converted for item in value if (converted := converter(item)) is not None]

    return convert_list


def _unless_error(converter: Converter) -> Converter:
    """None also for an object that holds an error, as in a course without modules."""
    return lambda value: (
        None if isinstance(value, Mapping) and "error" in value else converter(value)
    )


_CALENDAR = _object_of(texts="ics")
_GRADE_PREFIXES = ("computed", "unposted", "current_period_computed", "current_period_unposted")


COURSE_OBJECTS: dict[str, Converter] = {
    "calendar": _CALENDAR,
    "permissions": _object_of(flags="create_discussion_topic create_announcement"),
    "blueprint_restrictions": _object_of(flags="content points due_dates availability_dates"),
    "course_progress": _unless_error(
        _object_of(
            wholes="requirement_count requirement_completed_count",
            texts="next_requirement_url",
            moments="completed_at",
        )
    ),
    "grading_periods": _list_of(
        _object_of(texts="id title workflow_state", moments="start_date end_date")
    ),
    "sections": _list_of(_object_of(texts="id name enrollment_role", moments="start_at end_at")),
    "tabs": _list_of(
        _object_of(
            texts="id label type html_url full_url visibility",
            wholes="position",
            flags="hidden",
        )
    ),
    "enrollments": _list_of(
        _object_of(
            texts="type role role_id user_id enrollment_state associated_user_id "
            "current_grading_period_title current_grading_period_id "
            + " ".join(f"{one}_current_grade {one}_final_grade" for one in _GRADE_PREFIXES),
            numbers=" ".join(f"{one}_current_score {one}_final_score" for one in _GRADE_PREFIXES),
            flags="limit_privileges_to_course_section has_grading_periods "
            "totals_for_all_grading_periods_option",
        )
    ),
}

USER_OBJECTS: dict[str, Converter] = {
    "calendar": _CALENDAR,
    "permissions": _object_of(
        flags="can_update_name can_update_avatar limit_parent_app_web_access"
    ),
}

ENROLLMENT_OBJECTS: dict[str, Converter] = {
    "grades": _object_of(
        texts="html_url override_grade unposted_current_grade unposted_final_grade "
        "grading_period_id",
        numbers="override_score unposted_current_score unposted_final_score current_points",
    ),
}
