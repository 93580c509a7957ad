"""Converters of single values of Schoology's rows.

Schoology writes the same number as an integer in one row and as text in another, booleans as 1,
"1", true or null, and unset values as "" or null. A value that cannot be read becomes None, so that
the rest of the row stays readable. https://developers.schoology.com/api-documentation/rest-api-v1
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from lms_gateway.domain.models import Day
from lms_gateway.vendors.shared.json_values import MAX_INT, to_int

Converter = Callable[[Any], Any]


_BOOLEAN_WORDS = {"1": True, "0": False, "true": True, "false": False}

DAYS = tuple(Day)
SUBJECTS = (
    "Other",
    "Health & Physical Education",
    "Language Arts",
    "Mathematics",
    "Professional Development",
    "Science",
    "Social Studies",
    "Special Education",
    "Technology",
    "Arts",
)
"""The names of `subject_area`, by number: the table of the course page."""
GRADE_LEVELS = ("PreK", "K", *(str(grade) for grade in range(1, 13)), "Higher Ed")
"""The names of `grade_level_range_*`, by number minus one; 0 means unset."""


def to_text(value: Any) -> str | None:
    """Return text, or a number as text; None for empty text."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value)


def to_float(value: Any) -> float | None:
    """Return a number, also from text."""
    try:
        result = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    # JSON has neither infinity nor NaN.
    return result if result is not None and abs(result) < float("inf") else None


def to_bool(value: Any) -> bool | None:
    """Return a boolean, also from a number or text."""
    if type(value) is int:
        return value != 0 if -MAX_INT <= value <= MAX_INT else None
    if isinstance(value, str):
        return _BOOLEAN_WORDS.get(value.lower())
    integer = to_int(value)
    return None if integer is None else integer != 0


def parse_id(value: Any) -> str | None:
    """Return the digits of an id; None for 0, which Schoology writes for absent and hidden ids."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if value > 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0") or None
    return None


def parse_ids(value: Any) -> tuple[str, ...] | None:
    """Return the ids of a list, of comma-separated text or of a single value."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif not isinstance(value, list):
        value = [value]
    ids = dict.fromkeys(item for item in map(parse_id, value) if item is not None)
    return tuple(ids)


def to_day_numbers(value: Any) -> tuple[int, ...] | None:
    """Return `meeting_days` as numbers; `[""]` means no days."""
    if not isinstance(value, list):
        return None
    numbers = (to_int(item) for item in value)
    return tuple(item for item in numbers if item is not None and 0 <= item <= 7)


def to_days(value: Any) -> tuple[Day, ...]:
    """Return `meeting_days` as days, each once, in the order of the week.

    The documentation says "Sun is 0, Sat is 7", which is eight numbers for seven days. 6 is read as
    Saturday (the count from Sunday), and so is 7 (the documented number).
    """
    numbers = {6 if item == 7 else item for item in to_day_numbers(value) or ()}
    return tuple(DAYS[item] for item in sorted(numbers))


def to_time(value: Any) -> time | None:
    """Return a time of day, written like `08:05`."""
    if not isinstance(value, str):
        return None
    parts = [to_int(part) for part in value.split(":")]
    if len(parts) not in (2, 3):
        return None
    try:
        hour, minute = parts[:2]
        return None if hour is None or minute is None else time(hour, minute)
    except ValueError:
        return None


def start_of_day(value: Any, time_zone: tzinfo | None) -> datetime | None:
    """Return the start of a date in the school's time zone (None: UTC)."""
    day = _to_date(value)
    return None if day is None else datetime.combine(day, time(), time_zone or UTC)


def end_of_day(value: Any, time_zone: tzinfo | None) -> datetime | None:
    """Return the last second of a date in the school's time zone (None: UTC).

    Schoology gives the last day of a period. The whole day belongs to the period, even if a time
    is added (`2026-12-18 00:00:00`).
    """
    day = _to_date(value)
    return None if day is None else datetime.combine(day, time(23, 59, 59), time_zone or UTC)


def to_section_options(value: Any) -> dict[str, Any] | None:
    """Return a section's `options` with converted values.

    The documentation's table has `upload_document`; replies have `upload_documents`.
    """
    if not isinstance(value, Mapping):
        return None
    raw_options = dict(value)
    if "upload_document" in raw_options:
        raw_options.setdefault("upload_documents", raw_options["upload_document"])
    return {name: convert(raw_options.get(name)) for name, convert in _OPTIONS.items()}


def to_bool_map(value: Any) -> dict[str, bool | None] | None:
    """Return a map of booleans. PHP writes an empty map as a list, which becomes None."""
    if not isinstance(value, Mapping) or not value:
        return None
    return {name: to_bool(item) for name, item in value.items()}


def subject_name(value: Any) -> str | None:
    """Return the name of a `subject_area`."""
    index = to_int(value)
    return SUBJECTS[index] if index is not None and 0 <= index < len(SUBJECTS) else None


def grade_levels(start: Any, end: Any) -> tuple[str, ...] | None:
    """Return the levels from `start` to `end` (0: the same as `start`); None if both are unset."""
    low, high = to_int(start) or 0, to_int(end) or 0
    low = low or high
    if not 1 <= low <= len(GRADE_LEVELS):
        return None
    return GRADE_LEVELS[low - 1 : max(low, high)]


def parent_rows(value: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a user's `parents`: a list, a row, or either of them under `parent`."""
    if isinstance(value, Mapping):
        value = value.get("parent")
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, Mapping)]


def to_parent_ids(value: Any) -> tuple[str, ...] | None:
    """Return the ids of a user's `parents`."""
    if value is None:
        return None
    ids = (parse_id(row.get("uid")) or parse_id(row.get("id")) for row in parent_rows(value))
    return tuple(parent_id for parent_id in ids if parent_id is not None)


def _to_date(value: Any) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


_OPTIONS: Mapping[str, Converter] = {
    "course_format": to_int,
    "weighted_grading_categories": to_bool,
    "upload_documents": to_bool,
    "create_discussion": to_bool,
    "member_post": to_bool,
    "member_post_comment": to_bool,
    "content_index_visibility": to_bool_map,
    "default_grading_scale_id": parse_id,
    "hide_overall_grade": to_bool,
    "hide_grading_period_grade": to_bool,
    "allow_custom_overall_grade": to_bool,
    "allow_custom_overall_grade_text": to_bool,
}
