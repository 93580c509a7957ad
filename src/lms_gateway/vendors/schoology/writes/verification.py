"""What Schoology tells of what it has just stored, and whether that is what was sent.

The reply to a creation is the object with nulls for what it leaves open; a row of a bulk reply has
an id and codes. Both are learnt as far as they go. Fields of synced objects are locked, and writing
them may pass without a word.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (synced)
"""

from collections.abc import Mapping, Set
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import Course, Meeting, Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows.converters import parse_id
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_reference
from lms_gateway.vendors.shared.json_values import Row

_ZERO_IF_UNSET = frozenset(
    {
        "credits",
        "schoology.subject_area",
        "schoology.grade_level_range_start",
        "schoology.grade_level_range_end",
    }
)
"""Facets that are 0 where they are not set."""
_OMITTED_BY_REPLIES = frozenset({"schoology.class_periods", "schoology.options"})
"""Facets that replies leave out though they are stored."""
_UNORDERED = frozenset({"term_ids", "schoology.class_periods"})
_LOCKED: Mapping[Kind, Set[str]] = {
    Kind.SECTION: frozenset({"sis_id", "code", "term_ids"}),
    Kind.COURSE: frozenset({"code"}),
}
"""What the school's information system alone may change, where it keeps the object."""


def merge_reply(store: Store, key: Key, parent: Key | None, row: Row) -> Record:
    """Add the fields that a reply contains to the object that was changed."""
    row = {name: value for name, value in row.items() if value is not None}
    options = row.get("options")
    if not isinstance(options, Mapping) or None in options.values():
        row.pop("options", None)
    if key.kind is Kind.ENROLLMENT:
        return _merge_enrollment(store, key, row)
    if key.kind is Kind.SECTION and str(row.get("location", "")).startswith("http"):
        # Bulk rows have their address under the key that sections have their room under.
        del row["location"]
    record = add_reference(store, key, row)
    if key.kind is Kind.SECTION and parent is not None:
        store.merge(*key, {"course_id": parent.id, "schoology.course_id": parent.id})
    return record


def verify_stored(kind: Kind, sent: Values, record: Record) -> list[InputProblem]:
    """A problem for each value that the vendor did not store as it was sent."""
    problems = []
    for name, value in sent.items():
        if name not in record.known_fields or _is_stored(name, value, _stored_value(record, name)):
            continue
        if name in _LOCKED.get(kind, ()) and _is_synced(record):
            message = f"the vendor kept it: the school's information system keeps this {kind}"
            problems.append(InputProblem("CONFLICT", message, name))
        else:
            problems.append(
                InputProblem("BAD_USER_INPUT", "the vendor did not store this as given", name)
            )
    return problems


def _merge_enrollment(store: Store, key: Key, fields: Row) -> Record:
    section_id, _, own_id = key.id.partition(".")
    if fields.keys() >= {"uid", "admin", "status"} and parse_id(fields["uid"]):
        return add_enrollment(store, {**fields, "id": own_id}, section_id)
    values: dict[str, Any] = {"section_id": section_id}
    if user_id := parse_id(fields.get("uid")):
        values |= {"user_id": user_id, "schoology.uid": user_id}
    return store.merge(*key, values)


def _stored_value(record: Record, name: str) -> Any:
    vendor_name = name.removeprefix("schoology.")
    return getattr(record, name) if vendor_name == name else record.vendor_fields.get(vendor_name)


def _is_stored(name: str, sent: Any, stored: Any) -> bool:
    if stored is None and name in _OMITTED_BY_REPLIES:
        return True
    if name == "schoology.options":
        stored_options = ((option, stored.get(option)) for option in sent)
        return all(
            stored_option is None or stored_option == sent[option]
            for option, stored_option in stored_options
        )
    if name in _UNORDERED:
        return set(sent or ()) == set(stored or ())
    if name == "meeting":
        return _meeting(sent) == _meeting(stored)
    if name in _ZERO_IF_UNSET:
        return float(sent or 0) == float(stored or 0)
    if isinstance(sent, str):
        # Blanks at the ends are often cut off on the way into a school's records.
        return sent.strip() == (stored or "").strip()
    return bool(sent == stored)


def _meeting(meeting: Meeting | None) -> tuple[Any, ...]:
    if meeting is None:
        return frozenset(), None, None
    times = (time and time.replace(second=0, microsecond=0) for time in meeting[1:])
    return frozenset(meeting.days), *times


def _is_synced(record: Record) -> bool:
    if isinstance(record, Section):
        return bool(record.is_synced)
    return isinstance(record, Course) and bool(record.vendor_fields.get("synced"))
