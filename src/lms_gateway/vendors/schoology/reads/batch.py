"""What the reads of one wave share: the store, what is still owed, and the school's own habits."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import tzinfo

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.rows.field_maps import OBJECT_FIELDS, RecordFields
from lms_gateway.vendors.shared.batch import NegativeCache, OpenLoads
from lms_gateway.vendors.shared.steps import Steps

SUPPORTED_FIELDS: Mapping[Kind, frozenset[str]] = {
    **OBJECT_FIELDS,
    Kind.SECTION: OBJECT_FIELDS[Kind.SECTION] | {"student_count"},
    Kind.COURSE: OBJECT_FIELDS[Kind.COURSE] | {"student_count"},
    Kind.ENROLLMENT: OBJECT_FIELDS[Kind.ENROLLMENT] | {"course_id"},
    Kind.ACCOUNT: OBJECT_FIELDS[Kind.ACCOUNT] | {"account_kind", "parent_id"},
}
"""Every facet that Schoology can tell, whatever it takes."""

_NO_FIELDS: Mapping[str, object] = {}

NO_JOBS = "Schoology tells of no jobs"
ONLY_CANVAS = "Schoology has no such operation: it is one of Canvas"


@dataclass(frozen=True, slots=True)
class VendorInstance:
    """One tenant's Schoology: its address, its time zone (None: UTC), and paths that it refuses."""

    origin: Origin
    time_zone: tzinfo | None
    negative_cache: NegativeCache


class LoadBatch(OpenLoads):
    """The asks of one `fetch` to a Schoology, and how many parts each is still owed."""

    def __init__(
        self,
        instance: VendorInstance,
        projections: Mapping[Load, Projection],
        store: Store,
        on_settled: OnSettled,
    ) -> None:
        super().__init__(projections, store, on_settled)
        self.instance = instance
        self._missing_parts: dict[Load, int] = {}

    def expect_parts(self, load: Load, parts: int) -> None:
        """Let an ask wait until so many parts of its record are there."""
        self._missing_parts[load] = parts

    def complete_part(self, load: Load, key: Key) -> None:
        """One part of an ask's record is there, or refused; the last settles the ask.

        What is wanted and still unknown by then is null.
        """
        self._missing_parts[load] -= 1
        if self._missing_parts[load] == 0:
            self.settle(load, self.settle_as_null(key, self.projections[load].fields))

    def merge(self, decoded: Iterable[RecordFields]) -> Record:
        """Take what a row tells into the store. Returns the record of the row's own object."""
        records = [self.store.merge(*record_fields) for record_fields in decoded]
        return records[0]

    def missing(self, key: Key, fields: Set[str]) -> frozenset[str]:
        """Those facets of an object that are not known and that Schoology can tell."""
        record = self.store.find(key)
        supported = SUPPORTED_FIELDS[key.kind].intersection(fields)
        return supported if record is None else record.missing(supported)

    def settle_as_null(self, key: Key, fields: Set[str]) -> Record:
        """Hold what is still unknown of these facets for null, and return the record."""
        missing = self.missing(key, fields)
        return self.store.merge(key.kind, key.id, dict.fromkeys(missing) if missing else _NO_FIELDS)


def isolate_errors(batch: LoadBatch, loads: Iterable[Load], steps: Steps[object]) -> Steps[None]:
    """The steps; where they fail, only these asks do, and what runs beside them goes on."""
    try:
        yield from steps
    except LmsError as error:
        batch.fail(loads, error)
