"""Objects as they are before and after a change, read with few calls."""

from collections.abc import Iterable, Mapping, Sequence

from lms_gateway.domain.errors import Forbidden, LmsError, NotFound
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.vendors.reads import Steps, together
from lms_gateway.vendors.schoology.listings import Cut, each, read_listing
from lms_gateway.vendors.schoology.multiget import FEW
from lms_gateway.vendors.schoology.objects import read_enrollment, read_object
from lms_gateway.vendors.schoology.rosters import STATUSES, TYPES, Width, enrollments_of
from lms_gateway.vendors.schoology.rows import Row, row_id
from lms_gateway.vendors.schoology.tellings import hear_enrollment
from lms_gateway.vendors.schoology.wave import Wave

Seen = Mapping[Key, Record | LmsError | None]
"""None: unknown or hidden. An error: it could not be read."""

_ALL = Width(frozenset(TYPES.values()), frozenset(STATUSES.values()))


def look(wave: Wave, keys: Iterable[Key]) -> Steps[Seen]:
    """Read these sections, courses and enrollments whole.

    A section's enrollments are read one by one while that costs no more than its roster.
    Calls: GET /sections/:id, /courses/:id, /sections/:id/enrollments/:id, /sections/:id/enrollments
    """
    parts: list[Steps[Seen]] = []
    rosters: dict[str, list[Key]] = {}
    for key in dict.fromkeys(keys):
        if key.kind is Kind.ENROLLMENT:
            rosters.setdefault(key.id.partition(".")[0], []).append(key)
        else:
            parts.append(_look(key, read_object(wave, key, frozenset())))
    for section_id, own in rosters.items():
        if len(own) > FEW:
            parts.append(_look_through(wave, section_id, own))
        else:
            parts += [_look(key, read_enrollment(wave, key, frozenset())) for key in own]
    found: dict[Key, Record | LmsError | None] = {}
    for seen in (yield from together(parts)):
        found |= seen
    return found


def _look(key: Key, steps: Steps[Record | None]) -> Steps[Seen]:
    try:
        return {key: (yield from steps)}
    except LmsError as error:
        return {key: error}


def _look_through(wave: Wave, section_id: str, keys: Sequence[Key]) -> Steps[Seen]:
    there: dict[Key, Record] = {}

    def learn(row: Row) -> Record:
        record = hear_enrollment(wave.store, row, section_id)
        there[Key(Kind.ENROLLMENT, f"{section_id}.{row_id(row)}")] = record
        return record

    everybody = Cut(None, lambda record: record)
    try:
        listing = enrollments_of(section_id, _ALL)
        yield from read_listing(listing, wave.site.origin, each(learn), [everybody])
    except (Forbidden, NotFound):
        return dict.fromkeys(keys)
    except LmsError as error:
        return dict.fromkeys(keys, error)
    return {key: there.get(key) for key in keys}
