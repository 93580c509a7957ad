"""Reads objects before and after a write, with few calls."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lms_gateway.domain.errors import Forbidden, LmsError, NotFound
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.api.multiget import MULTIGET_THRESHOLD
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.objects import read_object
from lms_gateway.vendors.schoology.reads.rosters import (
    ENROLLMENT_STATUSES,
    ENROLLMENT_TYPES,
    EnrollmentFilter,
    enrollments_of,
)
from lms_gateway.vendors.schoology.rows.converters import parse_id
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_reference
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.steps import Steps, gather

ObjectStates = Mapping[Key, Record | LmsError | None]
"""None: the object does not exist or is not visible. An error: it could not be read."""

_ALL_ENROLLMENTS = EnrollmentFilter(
    frozenset(ENROLLMENT_TYPES.values()), frozenset(ENROLLMENT_STATUSES.values())
)


def read_current(batch: LoadBatch, keys: Iterable[Key]) -> Steps[ObjectStates]:
    """Read all fields of sections, courses and enrollments.

    Up to three enrollments of a section are read one by one, more from its roster.

    Calls: GET /sections/:id, /courses/:id, /sections/:id/enrollments/:id, /sections/:id/enrollments
    """
    unique = list(dict.fromkeys(keys))
    rosters: dict[str, list[Key]] = {}
    for key in unique:
        if key.kind is Kind.ENROLLMENT:
            rosters.setdefault(key.id.partition(".")[0], []).append(key)
    large = {section: keys for section, keys in rosters.items() if len(keys) > MULTIGET_THRESHOLD}
    listed = {key for keys in large.values() for key in keys}
    parts = [_read_single(batch, key) for key in unique if key not in listed]
    parts += [_read_from_roster(batch, section, keys) for section, keys in large.items()]
    states: dict[Key, Record | LmsError | None] = {}
    for part in (yield from gather(parts)):
        states |= part
    return states


def merge_reply(store: Store, key: Key, parent: Key | None, row: Row) -> Record:
    """Add the fields of a reply to a write to the object's record.

    The reply to a creation is the object, with null for values that it lacks. A row of a bulk reply
    has an id and codes.
    """
    row = {name: value for name, value in row.items() if value is not None}
    options = row.get("options")
    if not isinstance(options, Mapping) or None in options.values():
        row.pop("options", None)
    if key.kind is Kind.ENROLLMENT:
        return _merge_enrollment(store, key, row)
    if key.kind is Kind.SECTION and str(row.get("location", "")).startswith("http"):
        # Rows of bulk replies have the object's URL under the key of a section's room.
        del row["location"]
    record = add_reference(store, key, row)
    if key.kind is Kind.SECTION and parent is not None:
        store.merge(*key, {"course_id": parent.id, "schoology.course_id": parent.id})
    return record


def _merge_enrollment(store: Store, key: Key, row: Row) -> Record:
    section_id, _, own_id = key.id.partition(".")
    if row.keys() >= {"uid", "admin", "status"} and parse_id(row["uid"]):
        return add_enrollment(store, {**row, "id": own_id}, section_id)
    values: dict[str, Any] = {"section_id": section_id}
    if user_id := parse_id(row.get("uid")):
        values |= {"user_id": user_id, "schoology.uid": user_id}
    return store.merge(*key, values)


def _read_single(batch: LoadBatch, key: Key) -> Steps[ObjectStates]:
    try:
        return {key: (yield from read_object(batch, key, frozenset()))}
    except LmsError as error:
        return {key: error}


def _read_from_roster(batch: LoadBatch, section_id: str, keys: Sequence[Key]) -> Steps[ObjectStates]:
    listed: dict[Key, Record] = {}

    def add_row(row: Row) -> Record:
        record = add_enrollment(batch.store, row, section_id)
        listed[record.key] = record
        return record

    try:
        yield from batch.read_all(enrollments_of(section_id, _ALL_ENROLLMENTS), add_row)
    except (Forbidden, NotFound):
        return dict.fromkeys(keys)
    except LmsError as error:
        return dict.fromkeys(keys, error)
    return {key: listed.get(key) for key in keys}
