"""What the reads of one wave share: the store, the asks still open, and what this Canvas lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
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
from lms_gateway.vendors.canvas.rows import Row, Shape, is_stub, name_parts, read_row, row_id
from lms_gateway.vendors.canvas.tellings import Reader, Rows, Told, TypedRow, typed_id
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
        unknown = record.lacks(GIVES[record.kind].intersection(facets))
        if unknown:
            record.learn(dict.fromkeys(unknown))

    def learn(self, asked: Request, rows: Sequence[Any]) -> list[Record]:
        """Take in rows of a source, in their order, with what they tell of other objects.

        Raises UpstreamInvalid where one is not an object with an id; nothing is learnt then.
        """
        if isinstance(rows, Rows) and asked.reader is not None:
            return self._learn_typed(asked, asked.reader, rows)
        shape = asked.source.shape
        ids = [row_id(shape, row) for row in rows]
        carried = asked.carried_by(rows)
        settles = asked.settles if carried is asked.carried else asked.settled_by(carried)
        told = Told(shape, settles, self.site.base_url, rows)
        records = [
            self._learn_stub(shape, row) if is_stub(row) else self._hear(told, shape, id, at, row)
            for at, (id, row) in enumerate(zip(ids, rows, strict=True))
        ]
        _PRIME[shape.kind](self, asked, records, rows)
        return records

    def _learn_typed(self, asked: Request, reader: Reader, rows: Rows) -> list[Record]:
        shape = asked.source.shape
        ids = [typed_id(shape, row) for row in rows.typed]
        told = Told(shape, asked.settles, self.site.base_url, rows)
        records = [
            self._hear(told, shape, id, at, row, reader.values(row))
            for at, (id, row) in enumerate(zip(ids, rows.typed, strict=True))
        ]
        _PRIME[shape.kind](self, asked, records, rows.typed)
        return records

    def _hear(
        self,
        told: Told,
        shape: Shape,
        id: str,
        at: int,
        row: Row | TypedRow,
        read: Iterable[tuple[str, Any]] = (),
    ) -> Record:
        record = self.store.hear(shape.kind, id, told, at, read)
        if shape.kind is Kind.USER and not record.heard_first(told, at):
            # The weakest word: it never stands against what another row has told.
            made = name_parts(row.get("sortable_name"))
            made["canvas.html_url"] = told.user_url(record)
            record.learn({one: made[one] for one in record.lacks(frozenset(made))})
        return record

    def _learn_stub(self, shape: Shape, row: Row) -> Record:
        """A course that its dates close: what its row leaves out is null."""
        reading = read_row(shape, row, frozenset())
        record = self.store.learn(shape.kind, reading.id, reading.said)
        self.settle_null(record, reading.silent | DERIVED[shape.kind])
        return record

    def _prime_sections(
        self, asked: Request, records: Sequence[Record], rows: Sequence[Row | TypedRow]
    ) -> None:
        before: object = None
        for row in rows:
            told = row.get("course_id"), row.get("sis_course_id"), row.get("nonxlist_course_id")
            if told == before:
                continue  # sections of one course, all of which tell the same of it
            before = told
            if course := read_id(told[0]):
                self.prime(Kind.COURSE, course, sis_id=told[1])
            if original := read_id(told[2]):
                self.prime(Kind.COURSE, original)

    def _prime_courses(
        self, asked: Request, records: Sequence[Record], rows: Sequence[Row | TypedRow]
    ) -> None:
        for record, row in zip(records, rows, strict=True):
            if isinstance(row, TypedRow) or not is_stub(row):
                self._prime_course(record, row)

    def _prime_course(self, record: Record, row: Row | TypedRow) -> None:
        if terms := _objects([row.get("term")]):
            (term,) = self.learn(_TERM, terms)
            record.learn({"term_id": term.key.id})
        elif term_id := read_id(row.get("enrollment_term_id")):
            self.prime(Kind.TERM, term_id)
        if accounts := _objects([row.get("account")]):
            self.learn(_ACCOUNT, accounts)
        elif account_id := read_id(row.get("account_id")):
            self.prime(Kind.ACCOUNT, account_id, name=row.get("account_name"))
        teachers = row.get("teachers")
        if isinstance(teachers, list):
            found = self.learn(_TEACHER, _objects(teachers))
            once = {teacher.key: teacher for teacher in found}
            self.store.note_list(record.key, "teachers", tuple(once.values()))

    def _prime_enrollments(
        self, asked: Request, records: Sequence[Record], rows: Sequence[Row | TypedRow]
    ) -> None:
        if users := _objects([row.get("user") for row in rows]):
            self.learn(asked.user or _USER, users)
        before: object = None
        for row in rows:
            if user := read_id(row.get("user_id")):
                self.prime(Kind.USER, user, sis_id=row.get("sis_user_id"))
            told = [row.get(key) for key in _PLACE_KEYS]
            if told == before:
                continue  # enrollments in one section, all of which tell the same of it
            before = told
            course_id, course_sis_id, course_integration_id, *of_section = told
            course = read_id(course_id)
            if course:
                self.prime(
                    Kind.COURSE, course, sis_id=course_sis_id, integration_id=course_integration_id
                )
            section_id, section_sis_id, section_integration_id = of_section
            if section := read_id(section_id):
                self.prime(
                    Kind.SECTION,
                    section,
                    course_id=course,
                    sis_id=section_sis_id,
                    integration_id=section_integration_id,
                )

    def _prime_nothing(
        self, asked: Request, records: Sequence[Record], rows: Sequence[Row | TypedRow]
    ) -> None:
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
_PLACE_KEYS = (
    "course_id",
    "sis_course_id",
    "course_integration_id",
    "course_section_id",
    "sis_section_id",
    "section_integration_id",
)
_PRIME: Mapping[
    Kind, Callable[[Wave, Request, Sequence[Record], Sequence[Row | TypedRow]], None]
] = {
    Kind.SECTION: Wave._prime_sections,
    Kind.COURSE: Wave._prime_courses,
    Kind.USER: Wave._prime_nothing,
    Kind.ENROLLMENT: Wave._prime_enrollments,
    Kind.TERM: Wave._prime_nothing,
    Kind.ACCOUNT: Wave._prime_nothing,
    Kind.PROGRESS: Wave._prime_nothing,
}
