"""Conversion of Canvas's values to the gateway's types.

Canvas writes booleans as words in places and dates with any offset. A value of another type than
the documented one becomes None; it never fails the object that contains it.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lms_gateway.domain.models import AccountKind, CourseState, EnrollmentState, Grades, ProgressState, Role
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.rows.ids import parse_id

Converter = Callable[[Any], Any]

MAX_INT = 2**31 - 1
"""Largest value of GraphQL's Int."""

ROLES: Mapping[str, Role] = {
    "StudentEnrollment": Role.STUDENT,
    "TeacherEnrollment": Role.TEACHER,
    "TaEnrollment": Role.TA,
    "ObserverEnrollment": Role.OBSERVER,
    "DesignerEnrollment": Role.DESIGNER,
    "StudentViewEnrollment": Role.STUDENT_VIEW,
}
_ENROLLMENT_STATES: Mapping[str, EnrollmentState] = {
    "active": EnrollmentState.ACTIVE,
    "invited": EnrollmentState.INVITED,
    # Invited by a teacher whose own account is not complete yet.
    "creation_pending": EnrollmentState.INVITED,
    "inactive": EnrollmentState.INACTIVE,
    "completed": EnrollmentState.COMPLETED,
    "rejected": EnrollmentState.REJECTED,
    "deleted": EnrollmentState.DELETED,
}
_COURSE_STATES: Mapping[str, CourseState] = {
    "unpublished": CourseState.UNPUBLISHED,
    "created": CourseState.UNPUBLISHED,
    "claimed": CourseState.UNPUBLISHED,
    "available": CourseState.AVAILABLE,
    "completed": CourseState.COMPLETED,
    "deleted": CourseState.DELETED,
}
_PROGRESS_STATES: Mapping[str, ProgressState] = {
    "queued": ProgressState.QUEUED,
    "running": ProgressState.RUNNING,
    "completed": ProgressState.COMPLETED,
    "failed": ProgressState.FAILED,
}
_BOOLEAN_WORDS = {"true": True, "false": False}


def to_text(value: Any) -> str | None:
    """Return a string; a number becomes its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def to_datetime(value: Any) -> datetime | None:
    """Return an aware point in time; without an offset it is UTC, as everywhere in Canvas's API."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def to_bool(value: Any) -> bool | None:
    """Return a boolean, also from the words `true` and `false`."""
    if isinstance(value, str):
        return _BOOLEAN_WORDS.get(value)
    return value if isinstance(value, bool) else None


def to_float(value: Any) -> float | None:
    """Return a number, also from a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        converted = float(value)
    except (ValueError, OverflowError):
        return None
    # JSON has neither infinity nor NaN.
    return converted if math.isfinite(converted) else None


def to_int(value: Any) -> int | None:
    """Return a whole number, also from a string; None if it does not fit GraphQL's Int."""
    converted = to_float(value)
    if converted is None or not converted.is_integer() or abs(converted) > MAX_INT:
        return None
    return int(converted)


def to_nested_value(value: Any) -> Any:
    """Convert a nested object or list by the names of its keys, at any depth."""
    if isinstance(value, Mapping):
        return {key: to_value_by_key(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_nested_value(item) for item in value]
    return value


def to_value_by_key(key: str, value: Any) -> Any:
    """Convert a value by the name of its key: ids become strings, dates points in time."""
    if key == "id" or key.endswith("_id"):
        return to_text(value)
    if (key == "ids" or key.endswith("_ids")) and isinstance(value, list):
        return [to_text(item) for item in value]
    if key.endswith(("_at", "_date")):
        return to_datetime(value)
    return to_nested_value(value)


def to_raw_json(value: Any) -> Any:
    """Return a nested object or list as Canvas wrote it, except that ids become strings."""
    if isinstance(value, Mapping):
        return {
            key: to_text(item) if key == "id" or key.endswith("_id") else to_raw_json(item)
            for key, item in value.items()
        }
    return [to_raw_json(item) for item in value] if isinstance(value, list) else value


def only_object(convert: Converter) -> Converter:
    """Return a converter of an object; it returns None for any other value."""
    return lambda value: convert(value) if isinstance(value, Mapping) else None


def only_objects(convert: Converter) -> Converter:
    """Return a converter of a list, which drops items that are not objects; None for others."""
    return lambda value: (
        [convert(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else None
    )


def only_keys(converters: Mapping[str, Converter]) -> Converter:
    """Return a converter of an object that keeps these keys and drops all others."""
    return lambda value: {key: convert(value[key]) for key, convert in converters.items() if key in value}


def unless_error(convert: Converter) -> Converter:
    """Return a converter that returns None for an error object in place of the value."""
    return lambda value: None if isinstance(value, Mapping) and "error" in value else convert(value)


def converters_of(**keys_by_type: str) -> dict[str, Converter]:
    """Return the converter of each key: `converters_of(text="id name", bool="hidden")`."""
    return {key: CONVERTERS[name] for name, keys in keys_by_type.items() for key in keys.split()}


def _enum_converter(members: Mapping[str, Any]) -> Converter:
    return lambda value: members.get(value) if isinstance(value, str) else None


def _to_grades(value: Any) -> Grades | None:
    """Return a student's grades; None if Canvas only returns the address of the grade page."""
    if not isinstance(value, Mapping):
        return None
    grades = Grades(
        current_score=to_float(value.get("current_score")),
        current_grade=to_text(value.get("current_grade")),
        final_score=to_float(value.get("final_score")),
        final_grade=to_text(value.get("final_grade")),
    )
    return None if grades == Grades() else grades


CONVERTERS: Mapping[str, Converter] = {
    "text": to_text,
    "id": parse_id,
    "datetime": to_datetime,
    "bool": to_bool,
    "int": to_int,
    "float": to_float,
    "object": only_object(to_nested_value),
    "objects": only_objects(to_nested_value),
    "raw": to_raw_json,
    "raw_object": only_object(to_raw_json),
    "raw_objects": only_objects(to_raw_json),
}
"""Converters by the name that the catalog gives them."""

FIELD_CONVERTERS: Mapping[tuple[Kind, str], Converter] = {
    (Kind.SECTION, "may_manage_calendar"): only_object(
        lambda permissions: to_bool(permissions.get("manage_calendar"))
    ),
    (Kind.COURSE, "state"): _enum_converter(_COURSE_STATES),
    (Kind.ENROLLMENT, "role"): _enum_converter(ROLES),
    (Kind.ENROLLMENT, "state"): _enum_converter(_ENROLLMENT_STATES),
    (Kind.ENROLLMENT, "grades"): _to_grades,
    (Kind.TERM, "is_active"): lambda state: state == "active" if isinstance(state, str) else None,
    (Kind.ACCOUNT, "account_kind"): lambda parent_id: (
        AccountKind.ROOT if parent_id is None else AccountKind.SUB_ACCOUNT
    ),
    (Kind.PROGRESS, "state"): _enum_converter(_PROGRESS_STATES),
}
"""Converters of the fields that the catalog marks with `!`."""
