"""One value each, whatever type the vendor wrote it in.

Schoology writes the same number as an integer here and as text there, booleans as 1, "1", true or
null, and what is not set as "" or null. Everything unreadable is None: a field is never worth an
object. https://developers.schoology.com/api-documentation/rest-api-v1
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from lms_gateway.domain.records import Day

Convert = Callable[[Any], Any]

_LARGEST_INT = 2**31 - 1

_WORDS = {"1": True, "0": False, "true": True, "false": False}

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
LEVELS = ("PreK", "K", *(str(grade) for grade in range(1, 13)), "Higher Ed")
"""`grade_level_range_*` less one → the level; 0 is none."""


def text(value: Any) -> str | None:
    """Text, or a number as text; "" is None."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value)


def whole(value: Any) -> int | None:
    """A whole number, also one written as text; None for one that GraphQL's Int cannot hold."""
    if type(value) is int:
        return value if -_LARGEST_INT <= value <= _LARGEST_INT else None
    try:
        if isinstance(value, float):
            found = int(value) if value.is_integer() else None
        else:
            found = int(value) if isinstance(value, bool | int | str) else None
    except ValueError:
        return None
    return found if found is not None and abs(found) <= _LARGEST_INT else None


def number(value: Any) -> float | None:
    """A number, also one written as text."""
    try:
        found = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    # Neither infinity nor NaN can be written as JSON again.
    return found if found is not None and abs(found) < float("inf") else None


def flag(value: Any) -> bool | None:
    """A boolean; None where it is neither yes nor no."""
    if type(value) is int:
        return value != 0 if -_LARGEST_INT <= value <= _LARGEST_INT else None
    if isinstance(value, str):
        return _WORDS.get(value.lower())
    found = whole(value)
    return None if found is None else found != 0


def ident(value: Any) -> str | None:
    """An id as its digits; 0, which the vendor writes for none or hidden, is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if value > 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0") or None
    return None


def idents(value: Any) -> tuple[str, ...] | None:
    """Ids of a list, of comma-separated text, or a single one; None where there is no list."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif not isinstance(value, list):
        value = [value]
    found = dict.fromkeys(one for one in map(ident, value) if one is not None)
    return tuple(found)


def day_numbers(value: Any) -> tuple[int, ...] | None:
    """`meeting_days` as numbers; the vendor's `[""]` for none is empty."""
    if not isinstance(value, list):
        return None
    numbers = (whole(one) for one in value)
    return tuple(one for one in numbers if one is not None and 0 <= one <= 7)


def days(value: Any) -> tuple[Day, ...]:
    """`meeting_days`, each day once, in the order of the week.

    Documented as "Sun is 0, Sat is 7", which leaves no number for one of seven days: 6 is read as
    the Saturday that counting from Sunday gives, 7 as the Saturday that the page names.
    """
    found = {6 if one == 7 else one for one in day_numbers(value) or ()}
    return tuple(DAYS[one] for one in sorted(found))


def clock(value: Any) -> time | None:
    """A time of day such as "08:05"."""
    if not isinstance(value, str):
        return None
    parts = [whole(part) for part in value.split(":")]
    if len(parts) not in (2, 3):
        return None
    try:
        hour, minute = parts[:2]
        return None if hour is None or minute is None else time(hour, minute)
    except ValueError:
        return None


def start_of_day(value: Any, zone: tzinfo | None) -> datetime | None:
    """The first moment of a date, in the school's time zone (UTC where it is not configured)."""
    day = _date(value)
    return None if day is None else datetime.combine(day, time(), zone or UTC)


def end_of_day(value: Any, zone: tzinfo | None) -> datetime | None:
    """The last second of a date.

    Schoology names a period's last day, and even where it adds a time (`2026-12-18 00:00:00`) means
    that whole day.
    """
    day = _date(value)
    return None if day is None else datetime.combine(day, time(23, 59, 59), zone or UTC)


def options(value: Any) -> dict[str, Any] | None:
    """A section's `options`, booleans as such.

    The field table calls one `upload_document` that replies call `upload_documents`.
    """
    if not isinstance(value, Mapping):
        return None
    told = dict(value)
    if "upload_document" in told:
        told.setdefault("upload_documents", told["upload_document"])
    return {name: convert(told.get(name)) for name, convert in _OPTIONS.items()}


def flags(value: Any) -> dict[str, bool | None] | None:
    """A map of booleans; PHP writes an empty one as a list, which is None."""
    if not isinstance(value, Mapping) or not value:
        return None
    return {name: flag(one) for name, one in value.items()}


def subject(value: Any) -> str | None:
    """The name of a `subject_area`."""
    found = whole(value)
    return SUBJECTS[found] if found is not None and 0 <= found < len(SUBJECTS) else None


def levels(start: Any, end: Any) -> tuple[str, ...] | None:
    """The levels from `grade_level_range_start` to `_end`, which may be left at 0; None: unset."""
    low, high = whole(start) or 0, whole(end) or 0
    low = low or high
    if not 1 <= low <= len(LEVELS):
        return None
    return LEVELS[low - 1 : max(low, high)]


def parents(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a user's `parents`, which are a list, or one inside an object."""
    if isinstance(value, Mapping):
        value = value.get("parent")
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, Mapping)]


def parent_ids(value: Any) -> tuple[str, ...] | None:
    """The ids of a user's `parents`."""
    if value is None:
        return None
    found = (ident(row.get("uid")) or ident(row.get("id")) for row in parents(value))
    return tuple(one for one in found if one is not None)


def _date(value: Any) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


_OPTIONS: Mapping[str, Convert] = {
    "course_format": whole,
    "weighted_grading_categories": flag,
    "upload_documents": flag,
    "create_discussion": flag,
    "member_post": flag,
    "member_post_comment": flag,
    "content_index_visibility": flags,
    "default_grading_scale_id": ident,
    "hide_overall_grade": flag,
    "hide_grading_period_grade": flag,
    "allow_custom_overall_grade": flag,
    "allow_custom_overall_grade_text": flag,
}
