"""Objects as they are before and after a change, read with few calls."""

from collections.abc import Iterable, Mapping, Sequence

from lms_gateway.domain.errors import Forbidden, LmsError, NotFound
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.schoology.api.multiget import MULTIGET_THRESHOLD
from lms_gateway.vendors.schoology.api.pagination import collect_pages, row_by_row
from lms_gateway.vendors.schoology.reads.batch import LoadBatch
from lms_gateway.vendors.schoology.reads.objects import read_object
from lms_gateway.vendors.schoology.reads.rosters import (
    ENROLLMENT_STATUSES,
    ENROLLMENT_TYPES,
    EnrollmentFilter,
    enrollments_of,
)
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector
from lms_gateway.vendors.shared.steps import Steps, gather

ObjectStates = Mapping[Key, Record | LmsError | None]
"""None: unknown or hidden. An error: it could not be read."""

_ALL_ENROLLMENTS = EnrollmentFilter(
    frozenset(ENROLLMENT_TYPES.values()), frozenset(ENROLLMENT_STATUSES.values())
)


def read_current(batch: LoadBatch, keys: Iterable[Key]) -> Steps[ObjectStates]:
    """Read these sections, courses and enrollments whole.

    A section's enrollments are read one by one while that costs no more than its roster.
    Calls: GET /sections/:id, /courses/:id, /sections/:id/enrollments/:id, /sections/:id/enrollments
    """
    parts: list[Steps[ObjectStates]] = []
    rosters: dict[str, list[Key]] = {}
    for key in dict.fromkeys(keys):
        if key.kind is Kind.ENROLLMENT:
            rosters.setdefault(key.id.partition(".")[0], []).append(key)
        else:
            parts.append(_read_single(key, read_object(batch, key, frozenset())))
    for section_id, enrollment_keys in rosters.items():
        if len(enrollment_keys) > MULTIGET_THRESHOLD:
            parts.append(_read_from_roster(batch, section_id, enrollment_keys))
        else:
            parts += [
                _read_single(key, read_object(batch, key, frozenset())) for key in enrollment_keys
            ]
    states: dict[Key, Record | LmsError | None] = {}
    for part in (yield from gather(parts)):
        states |= part
    return states


def _read_single(key: Key, steps: Steps[Record | None]) -> Steps[ObjectStates]:
    try:
        return {key: (yield from steps)}
    except LmsError as error:
        return {key: error}


def _read_from_roster(
    batch: LoadBatch, section_id: str, keys: Sequence[Key]
) -> Steps[ObjectStates]:
    listed: dict[Key, Record] = {}

    def add_row(row: Row) -> Record:
        record = add_enrollment(batch.store, row, section_id)
        listed[record.key] = record
        return record

    try:
        roster = enrollments_of(section_id, _ALL_ENROLLMENTS)
        yield from collect_pages(
            roster, batch.instance.origin, row_by_row(add_row), [PageCollector(None)]
        )
    except (Forbidden, NotFound):
        return dict.fromkeys(keys)
    except LmsError as error:
        return dict.fromkeys(keys, error)
    return {key: listed.get(key) for key in keys}
