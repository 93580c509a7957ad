"""What Schoology tells of what it has just stored, and whether that is what was sent.

The reply to a creation is the object with nulls for what it leaves open; a row of a bulk reply has
an id and codes. Both are learnt as far as they go. Fields of synced objects are locked, and writing
them may pass without a word.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section (synced)
"""

from collections.abc import Mapping, Set
from typing import Any

from lms_gateway.domain.changes import Problem, Values
from lms_gateway.domain.records import Course, Key, Kind, Meeting, Record, Section
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows import (
    Row,
    Source,
    course_facts,
    enrollment_facts,
    section_facts,
)
from lms_gateway.vendors.schoology.values import ident

_MEETING = frozenset({"meeting_days", "start_time", "end_time"})
_LEVELS = frozenset({"grade_level_range_start", "grade_level_range_end"})
_UNSET = frozenset(
    {
        "credits",
        "schoology.subject_area",
        "schoology.grade_level_range_start",
        "schoology.grade_level_range_end",
    }
)
"""Facets that are 0 where they are not set."""
_UNTOLD = frozenset({"schoology.class_periods", "schoology.options"})
"""Facets that replies leave out though they are stored."""
_UNORDERED = frozenset({"term_ids", "schoology.class_periods"})
_LOCKED: Mapping[Kind, Set[str]] = {
    Kind.SECTION: frozenset({"sis_id", "code", "term_ids"}),
    Kind.COURSE: frozenset({"code"}),
}
"""What the school's information system alone may change, where it keeps the object."""


def learn_echo(store: Store, key: Key, parent: Key | None, row: Row) -> Record:
    """Learn what a reply says of an object that was changed, and no more."""
    told = {name: value for name, value in row.items() if value is not None}
    options = told.get("options")
    if not isinstance(options, Mapping) or None in options.values():
        told.pop("options", None)
    match key.kind:
        case Kind.SECTION:
            facts = section_facts(told | {"id": key.id}, Source.MENTIONED)
            own = facts[0].facets
            if not told.keys() >= _MEETING:
                del own["meeting"]
            if str(told.get("location", "")).startswith("http"):
                # Bulk rows have their address under the name that sections have their room under.
                del own["location"], own["schoology.location"]
            if parent is not None:
                own |= {"course_id": parent.id, "schoology.course_id": parent.id}
        case Kind.COURSE:
            facts = course_facts(told | {"id": key.id}, Source.MENTIONED)
            if "subject_area" not in told:
                del facts[0].facets["subject"]
            if not told.keys() >= _LEVELS:
                del facts[0].facets["grade_levels"]
        case _:
            return _learn_enrollment(store, key, told)
    records = [store.learn(*fact) for fact in facts]
    return records[0]


def find_kept(kind: Kind, sent: Values, record: Record) -> list[Problem]:
    """A problem for each value that the vendor did not store as it was sent."""
    found = []
    for name, value in sent.items():
        if name not in record.known or _is_stored(name, value, _stored(record, name)):
            continue
        if name in _LOCKED.get(kind, ()) and _is_synced(record):
            why = f"the vendor kept it: the school's information system keeps this {kind}"
            found.append(Problem("CONFLICT", why, name))
        else:
            found.append(Problem("BAD_USER_INPUT", "the vendor did not store this as given", name))
    return found


def _learn_enrollment(store: Store, key: Key, told: Row) -> Record:
    section_id, _, own_id = key.id.partition(".")
    if told.keys() >= {"uid", "admin", "status"} and ident(told["uid"]):
        records = [store.learn(*f) for f in enrollment_facts({**told, "id": own_id}, section_id)]
        return records[0]
    facts: dict[str, Any] = {"section_id": section_id}
    if user_id := ident(told.get("uid")):
        facts |= {"user_id": user_id, "schoology.uid": user_id}
    return store.learn(*key, facts)


def _stored(record: Record, name: str) -> Any:
    native = name.removeprefix("schoology.")
    return getattr(record, name) if native == name else record.native.get(native)


def _is_stored(name: str, sent: Any, stored: Any) -> bool:
    if stored is None and name in _UNTOLD:
        return True
    if name == "schoology.options":
        told = ((option, stored.get(option)) for option in sent)
        return all(there is None or there == sent[option] for option, there in told)
    if name in _UNORDERED:
        return set(sent or ()) == set(stored or ())
    if name == "meeting":
        return _meeting(sent) == _meeting(stored)
    if name in _UNSET:
        return float(sent or 0) == float(stored or 0)
    if isinstance(sent, str):
        # Blanks at the ends are often cut off on the way into a school's records.
        return sent.strip() == (stored or "").strip()
    return bool(sent == stored)


def _meeting(told: Meeting | None) -> tuple[Any, ...]:
    if told is None:
        return frozenset(), None, None
    times = (at and at.replace(second=0, microsecond=0) for at in told[1:])
    return frozenset(told.days), *times


def _is_synced(record: Record) -> bool:
    if isinstance(record, Section):
        return bool(record.is_synced)
    return isinstance(record, Course) and bool(record.native.get("synced"))
