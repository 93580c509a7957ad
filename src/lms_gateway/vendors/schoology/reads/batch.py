"""The state that the reads of one batch share."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import tzinfo

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.api.endpoints import ListEndpoint
from lms_gateway.vendors.schoology.api.pagination import (
    MAX_PER_PAGE,
    PagePosition,
    VendorPage,
    collect_pages,
    read_page,
    row_by_row,
)
from lms_gateway.vendors.schoology.rows.decoding import OBJECT_FIELDS
from lms_gateway.vendors.shared.batch import NegativeCache, OpenLoads
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import PageCollector
from lms_gateway.vendors.shared.steps import Steps

SUPPORTED_FIELDS: Mapping[Kind, frozenset[str]] = {
    **OBJECT_FIELDS,
    Kind.SECTION: OBJECT_FIELDS[Kind.SECTION] | {"student_count"},
    Kind.COURSE: OBJECT_FIELDS[Kind.COURSE] | {"student_count"},
    Kind.ENROLLMENT: OBJECT_FIELDS[Kind.ENROLLMENT] | {"course_id"},
    Kind.ACCOUNT: OBJECT_FIELDS[Kind.ACCOUNT] | {"account_kind", "parent_id"},
}
"""Every field that can be read from Schoology, with one call or several."""

_NO_FIELDS: Mapping[str, object] = {}

NO_JOBS = "Schoology has no jobs"
ONLY_CANVAS = "Schoology has no such operation: it is one of Canvas"


@dataclass(frozen=True, slots=True)
class VendorInstance:
    """One tenant's Schoology: its address, its time zone (None: UTC), and what it refuses."""

    origin: Origin
    time_zone: tzinfo | None
    negative_cache: NegativeCache


class LoadBatch(OpenLoads):
    """The loads of one `fetch`, and the number of parts that each still waits for."""

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
        """Settle a load only after this number of parts of its record was completed."""
        self._missing_parts[load] = parts

    def complete_part(self, load: Load, key: Key) -> None:
        """Complete one part of a load's record, also if the vendor refused it.

        The last part settles the load. Fields that are still unknown then become null.
        """
        self._missing_parts[load] -= 1
        if self._missing_parts[load] == 0:
            self.settle(load, self.settle_as_null(key, self.projections[load].fields))

    def read_all(self, endpoint: ListEndpoint, add_row: Callable[[Row], Record]) -> Steps[None]:
        """Add all rows of a list to the store."""
        add_rows, collectors = row_by_row(add_row), [PageCollector[Record](None)]
        return collect_pages(endpoint, self.instance.origin, add_rows, collectors)

    def read_page(
        self, endpoint: ListEndpoint, position: PagePosition, limit: int = MAX_PER_PAGE
    ) -> Steps[VendorPage]:
        """Return a page of a list. See `api.pagination.read_page`."""
        return read_page(endpoint, self.instance.origin, position, limit)

    def missing(self, key: Key, fields: Set[str]) -> frozenset[str]:
        """Return the fields of an object that are unknown and that Schoology supports."""
        record = self.store.find(key)
        supported = SUPPORTED_FIELDS[key.kind].intersection(fields)
        return supported if record is None else record.missing(supported)

    def missing_of(self, load: Load, key: Key) -> frozenset[str]:
        """Return the unknown fields of an object that a load's projection selects."""
        return self.missing(key, self.projections[load].fields)

    def settle_as_null(self, key: Key, fields: Set[str]) -> Record:
        """Set the unknown ones of these fields to null. Return the record."""
        missing = self.missing(key, fields)
        return self.store.merge(key.kind, key.id, dict.fromkeys(missing) if missing else _NO_FIELDS)


def isolate_errors(batch: LoadBatch, loads: Iterable[Load], steps: Steps[object]) -> Steps[None]:
    """Run the steps. If they fail, fail these loads only; concurrent steps continue."""
    try:
        yield from steps
    except LmsError as error:
        batch.fail(loads, error)
