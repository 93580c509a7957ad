"""What the reads of one wave share: the store, what is still owed, and the school's own habits."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import tzinfo

from lms_gateway.domain.asks import Ask, Wants
from lms_gateway.domain.backend import Settle
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.schoology.rows import OWN, Fact
from lms_gateway.vendors.waves import OpenAsks, Refusals

GIVES: Mapping[Kind, frozenset[str]] = {
    **OWN,
    Kind.SECTION: OWN[Kind.SECTION] | {"student_count"},
    Kind.COURSE: OWN[Kind.COURSE] | {"student_count"},
    Kind.ENROLLMENT: OWN[Kind.ENROLLMENT] | {"course_id"},
    Kind.ACCOUNT: OWN[Kind.ACCOUNT] | {"account_kind", "parent_id"},
}
"""Every facet that Schoology can tell, whatever it takes."""

_NO_FACTS: Mapping[str, object] = {}

NO_JOBS = "Schoology tells of no jobs"
ONLY_CANVAS = "Schoology has no such operation: it is one of Canvas"


@dataclass(frozen=True, slots=True)
class Site:
    """One tenant's Schoology: its address, its time zone (None: UTC), and paths that it refuses."""

    origin: Origin
    zone: tzinfo | None
    refusals: Refusals


class Wave(OpenAsks):
    """The asks of one `fetch` to a Schoology, and how many parts each is still owed."""

    def __init__(
        self, site: Site, batch: Mapping[Ask, Wants], store: Store, settle: Settle
    ) -> None:
        super().__init__(batch, store, settle)
        self.site = site
        self._owed: dict[Ask, int] = {}

    def owe(self, ask: Ask, parts: int) -> None:
        """Let an ask wait until so many parts of its record are there."""
        self._owed[ask] = parts

    def pay(self, ask: Ask, key: Key) -> None:
        """One part of an ask's record is there, or refused; the last settles the ask.

        What is wanted and still unknown by then is null.
        """
        self._owed[ask] -= 1
        if self._owed[ask] == 0:
            self.settle(ask, self.settle_null(key, self.batch[ask].facets))

    def learn(self, facts: Iterable[Fact]) -> Record:
        """Take what a row tells into the store. Returns the record of the row's own object."""
        records = [self.store.learn(*fact) for fact in facts]
        return records[0]

    def lacks(self, key: Key, facets: Set[str]) -> frozenset[str]:
        """Those facets of an object that are not known and that Schoology can tell."""
        record = self.store.find(key)
        given = GIVES[key.kind].intersection(facets)
        return given if record is None else record.lacks(given)

    def settle_null(self, key: Key, facets: Set[str]) -> Record:
        """Hold what is still unknown of these facets for null, and return the record."""
        lacks = self.lacks(key, facets)
        return self.store.learn(key.kind, key.id, dict.fromkeys(lacks) if lacks else _NO_FACTS)


@dataclass(slots=True)
class Read:
    """Steps that answer some asks of a wave; they settle them as they go."""

    asks: tuple[Ask, ...]
    steps: Steps[None] = field(repr=False)


def guarded(wave: Wave, asks: Iterable[Ask], steps: Steps[None]) -> Steps[None]:
    """The steps; where they fail, only these asks do, and what runs beside them goes on."""
    try:
        yield from steps
    except LmsError as error:
        wave.fail(asks, error)
