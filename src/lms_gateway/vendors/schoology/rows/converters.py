"""One value each, whatever type the vendor wrote it in.

Schoology writes the same number as an integer here and as text there, booleans as 1, "1", true or
null, and what is not set as "" or null. Everything unreadable is None: a field is never worth an
object. https://developers.schoology.com/api-documentation/rest-api-v1
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from lms_gateway.domain.models import Day

Converter = Callable[[Any], Any]

_MAX_INT = 2**31 - 1

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
"""`subject_area` → its name in the course page's table."""
GRADE_LEVELS = ("PreK", "K", *(str(grade) for grade in range(1, 13)), "Higher Ed")
"""`grade_level_range_*` less one → the level; 0 is none."""


def to_text(value: Any) -> str | None:
    """Text, or a number as text; "" is None."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value)


def to_int(value: Any) -> int | None:
    """A whole number, also one written as text; None for one that GraphQL's Int cannot hold."""
    if type(value) is int:
        return value if -_MAX_INT <= value <= _MAX_INT else None
    try:
        if isinstance(value, float):
            result = int(value) if value.is_integer() else None
        else:
            result = int(value) if isinstance(value, bool | int | str) else None
    except ValueError:
        return None
    return result if result is not None and abs(result) <= _MAX_INT else None


def to_float(value: Any) -> float | None:
    """A number, also one written as text."""
    try:
        result = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    # Neither infinity nor NaN can be written as JSON again.
    return result if result is not None and abs(result) < float("inf") else None


def to_bool(value: Any) -> bool | None:
    """A boolean; None where it is neither yes nor no."""
    if type(value) is int:
        return value != 0 if -_MAX_INT <= value <= _MAX_INT else None
    if isinstance(value, str):
        return _BOOLEAN_WORDS.get(value.lower())
    integer = to_int(value)
    return None if integer is None else integer != 0


def parse_id(value: Any) -> str | None:
    """An id as its digits; 0, which the vendor writes for none or hidden, is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if value > 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0") or None
    return None


def parse_ids(value: Any) -> tuple[str, ...] | None:
    """Ids of a list, of comma-separated text, or a single one; None where there is no list."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif not isinstance(value, list):
        value = [value]
    ids = dict.fromkeys(item for item in map(parse_id, value) if item is not None)
    return tuple(ids)


def to_day_numbers(value: Any) -> tuple[int, ...] | None:
    """`meeting_days` as numbers; the vendor's `[""]` for none is empty."""
    if not isinstance(value, list):
        return None
    numbers = (to_int(item) for item in value)
    return tuple(item for item in numbers if item is not None and 0 <= item <= 7)


def to_days(value: Any) -> tuple[Day, ...]:
    """`meeting_days`, each day once, in the order of the week.

    Documented as "Sun is 0, Sat is 7", which leaves no number for one of seven days: 6 is read as
    the Saturday that counting from Sunday gives, 7 as the Saturday that the page names.
    """
    numbers = {6 if item == 7 else item for item in to_day_numbers(value) or ()}
    return tuple(DAYS[item] for item in sorted(numbers))


def to_time(value: Any) -> time | None:
    """A time of day such as "08:05"."""
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
    """The first moment of a date, in the school's time zone (UTC where it is not configured)."""
    day = _to_date(value)
    return None if day is None else datetime.combine(day, time(), time_zone or UTC)


def end_of_day(value: Any, time_zone: tzinfo | None) -> datetime | None:
    """The last second of a date.

    Schoology names a period's last day, and even where it adds a time (`2026-12-18 00:00:00`) means
    that whole day.
    """
    day = _to_date(value)
    return None if day is None else datetime.combine(day, time(23, 59, 59), time_zone or UTC)


def to_section_options(value: Any) -> dict[str, Any] | None:
    """A section's `options`, booleans as such.

    The field table calls one `upload_document` that replies call `upload_documents`.
    """
    if not isinstance(value, Mapping):
        return None
    raw_options = dict(value)
    if "upload_document" in raw_options:
        raw_options.setdefault("upload_documents", raw_options["upload_document"])
    return {name: convert(raw_options.get(name)) for name, convert in _OPTIONS.items()}


def to_bool_map(value: Any) -> dict[str, bool | None] | None:
    """A map of booleans; PHP writes an empty one as a list, which is None."""
    if not isinstance(value, Mapping) or not value:
        return None
    return {name: to_bool(item) for name, item in value.items()}


def subject_name(value: Any) -> str | None:
    """The name of a `subject_area`."""
    index = to_int(value)
    return SUBJECTS[index] if index is not None and 0 <= index < len(SUBJECTS) else None


def grade_levels(start: Any, end: Any) -> tuple[str, ...] | None:
    """The levels from `grade_level_range_start` to `_end`, which may be left at 0; None: unset."""
    low, high = to_int(start) or 0, to_int(end) or 0
    low = low or high
    if not 1 <= low <= len(GRADE_LEVELS):
        return None
    return GRADE_LEVELS[low - 1 : max(low, high)]


def parent_rows(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a user's `parents`, which are a list, or one inside an object."""
    if isinstance(value, Mapping):
        value = value.get("parent")
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, Mapping)]


def parent_ids(value: Any) -> tuple[str, ...] | None:
    """The ids of a user's `parents`."""
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
