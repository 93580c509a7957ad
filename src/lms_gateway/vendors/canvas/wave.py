"""What the reads of one wave share: the store, the asks still open, and what this Canvas lacks."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.asks import Ask, Wants
from lms_gateway.domain.backend import Settle
from lms_gateway.domain.records import Course, Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.includes import (
    BRIEF_ACCOUNT,
    DERIVED,
    ENROLLED_USER,
    GIVES,
    TEACHER,
    TERM_ROW,
    Request,
    request,
)
from lms_gateway.vendors.canvas.rows import Row, is_stub, name_parts, read_row
from lms_gateway.vendors.canvas.values import read_id
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.waves import OpenAsks, Refusals


@dataclass(slots=True)
class Site:
    """One tenant's Canvas, seen through one credential."""

    base_url: str  # without a slash at the end
    follow: Callable[[str], tuple[str, Params]]  # a link's path and parameters, if it is ours
    refusals: Refusals  # endpoints
    viewer_id: str | None = None  # learnt when the viewer is first asked for


@dataclass(slots=True, eq=False)
class Read:
    """Steps that answer some asks of a wave and settle them as they go.

    They begin when the reads of `after` have ended, and return the reads that are still needed.
    """

    asks: tuple[Ask, ...]
    steps: Steps["Sequence[Read]"] = field(repr=False)
    after: tuple["Read", ...] = ()


class Wave(OpenAsks):
    """The asks of one `fetch` to a Canvas."""

    def __init__(
        self, site: Site, batch: Mapping[Ask, Wants], store: Store, settle: Settle
    ) -> None:
        super().__init__(batch, store, settle)
        self.site = site

    def settle_null(self, record: Record, facets: Set[str]) -> None:
        """Hold what is still unknown of these facets for null."""
        unknown = (facets & GIVES[record.key.kind]) - record.known
        if unknown:
            record.learn(dict.fromkeys(unknown))

    def learn(self, asked: Request, rows: Sequence[Any]) -> list[Record]:
        """Take in rows of a source, in their order, with what they tell of other objects.

        Raises UpstreamInvalid where one is not an object with an id; nothing is learnt then.
        """
        carried = asked.carried_by([row for row in rows if isinstance(row, Mapping)])
        shape = asked.source.shape
        readings = [read_row(shape, row, carried) for row in rows]
        records = []
        for row, reading in zip(rows, readings, strict=True):
            record = self.store.learn(shape.kind, reading.id, reading.said)
            stub = is_stub(row)
            if not stub:
                record.learn(self._derive(record, row))
            self.settle_null(record, reading.silent | DERIVED[shape.kind])
            if not stub:
                _PRIME[shape.kind](self, asked, record, row)
            records.append(record)
        return records

    def _derive(self, record: Record, row: Row) -> dict[str, Any]:
        """Facets that follow from others: addresses in Canvas's own pages, parts of a name."""
        match record.key.kind:
            case Kind.COURSE:
                page = record.native.get("html_url")
                return {"url": page or f"{self.site.base_url}/courses/{record.key.id}"}
            case Kind.SECTION if course := read_id(row.get("course_id")):
                path = f"/courses/{course}/sections/{record.key.id}"
                return {"url": f"{self.site.base_url}{path}"}
            case Kind.USER:
                # Older Canvas keeps the parts of a name to itself, and makes them this way.
                told: dict[str, Any] = dict(name_parts(row.get("sortable_name")))
                told["canvas.html_url"] = f"{self.site.base_url}/users/{record.key.id}"
                return {facet: told[facet] for facet in told if facet not in record.known}
            case _:
                return {}

    def _prime_section(self, asked: Request, record: Record, row: Row) -> None:
        if course := read_id(row.get("course_id")):
            self.prime(Kind.COURSE, course, sis_id=row.get("sis_course_id"))
        if original := read_id(row.get("nonxlist_course_id")):
            self.prime(Kind.COURSE, original)

    def _prime_course(self, asked: Request, record: Record, row: Row) -> None:
        if terms := _objects([row.get("term")]):
            (term,) = self.learn(_TERM, terms)
            record.learn({"term_id": term.key.id})
        elif term_id := read_id(row.get("enrollment_term_id")):
            self.prime(Kind.TERM, term_id)
        if accounts := _objects([row.get("account")]):
            self.learn(_ACCOUNT, accounts)
        elif account_id := read_id(row.get("account_id")):
            self.prime(Kind.ACCOUNT, account_id, name=row.get("account_name"))
        if isinstance(row.get("teachers"), list):
            teachers = self.learn(_TEACHER, _objects(row["teachers"]))
            once = {teacher.key: teacher for teacher in teachers}
            self.store.note_list(record.key, "teachers", tuple(once.values()))

    def _prime_enrollment(self, asked: Request, record: Record, row: Row) -> None:
        if users := _objects([row.get("user")]):
            self.learn(asked.user or _USER, users)
        if user := read_id(row.get("user_id")):
            self.prime(Kind.USER, user, sis_id=row.get("sis_user_id"))
        course = read_id(row.get("course_id"))
        if course:
            self.prime(
                Kind.COURSE,
                course,
                sis_id=row.get("sis_course_id"),
                integration_id=row.get("course_integration_id"),
            )
        if section := read_id(row.get("course_section_id")):
            self.prime(
                Kind.SECTION,
                section,
                course_id=course,
                sis_id=row.get("sis_section_id"),
                integration_id=row.get("section_integration_id"),
            )

    def _prime_nothing(self, asked: Request, record: Record, row: Row) -> None:
        """Rows of this kind tell of no other object."""

    def is_closed(self, key: Key) -> bool:
        """Whether a list told that the course is closed to the viewer by its dates."""
        course = self.store.typed(Course, key.id) if key.kind is Kind.COURSE else None
        if course is None or course.native.get("access_restricted_by_date") is not True:
            return False
        return "name" in course.known and course.name is None

    def prime(self, kind: Kind, id: str, **facts: Any) -> Record:
        """Take note of an object that another one's row tells of; what is None was not told."""
        told = {facet: value for facet, value in facts.items() if isinstance(value, str)}
        return self.store.learn(kind, id, told)


def _objects(values: Sequence[Any]) -> list[Row]:
    """Those that are objects with an id: a wrong one inside a row leaves the rest readable."""
    return [one for one in values if isinstance(one, Mapping) and read_id(one.get("id"))]


_TERM, _ACCOUNT, _TEACHER, _USER = (
    request(source) for source in (TERM_ROW, BRIEF_ACCOUNT, TEACHER, ENROLLED_USER)
)
_PRIME: Mapping[Kind, Callable[[Wave, Request, Record, Row], None]] = {
    Kind.SECTION: Wave._prime_section,
    Kind.COURSE: Wave._prime_course,
    Kind.USER: Wave._prime_nothing,
    Kind.ENROLLMENT: Wave._prime_enrollment,
    Kind.TERM: Wave._prime_nothing,
    Kind.ACCOUNT: Wave._prime_nothing,
    Kind.PROGRESS: Wave._prime_nothing,
}
