"""Compares what Schoology stored with what was sent.

The school's information system locks fields of synced objects; Schoology reports success for writes of them.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section (synced)
"""

from collections.abc import Mapping, Set
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import Course, Meeting, Section
from lms_gateway.domain.record import Kind, Record
from lms_gateway.vendors.shared.results import bad_input, conflict
from lms_gateway.vendors.shared.verification import Comparison

_LOCKED: Mapping[Kind, Set[str]] = {
    Kind.SECTION: frozenset({"sis_id", "code", "term_ids"}),
    Kind.COURSE: frozenset({"code"}),
}
"""Fields of synced objects that only the school's information system can change."""


def _normalize(meeting: Meeting | None) -> tuple[Any, ...]:
    if meeting is None:
        return frozenset(), None, None
    times = (time and time.replace(second=0, microsecond=0) for time in meeting[1:])
    return frozenset(meeting.days), *times


def _is_same_count(sent: float | None, stored: float | None) -> bool:
    return float(sent or 0) == float(stored or 0)  # null clears to 0


_COMPARISON = Comparison(
    unordered=frozenset({"term_ids", "schoology.class_periods"}),
    optional=frozenset({"schoology.class_periods", "schoology.options"}),
    equal={
        "meeting": lambda sent, stored: _normalize(sent) == _normalize(stored),
        "credits": _is_same_count,
        "schoology.subject_area": _is_same_count,
        "schoology.grade_level_range_start": _is_same_count,
        "schoology.grade_level_range_end": _is_same_count,
    },
    keeps_types=True,
)


def verify_stored(kind: Kind, sent: Values, record: Record) -> list[InputProblem]:
    """Return a problem for each value that was not stored as sent. Unknown fields are skipped."""
    stored = {name: _stored_value(record, name) for name in sent.keys() & record.known_fields}
    problems = []
    for name in _COMPARISON.differences(sent, stored):
        if name in _LOCKED.get(kind, ()) and _is_synced(record):
            message = f"the value was kept; the school's information system manages this {kind}"
            problems.append(conflict(message, name))
        else:
            problems.append(bad_input("the vendor did not store the value as sent", name))
    return problems


def _stored_value(record: Record, name: str) -> Any:
    key = name.removeprefix("schoology.")
    return getattr(record, name) if key == name else record.vendor_fields.get(key)


def _is_synced(record: Record) -> bool:
    if isinstance(record, Section):
        return bool(record.is_synced)
    return isinstance(record, Course) and bool(record.vendor_fields.get("synced"))
