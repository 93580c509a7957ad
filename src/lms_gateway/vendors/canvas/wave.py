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
from lms_gateway.vendors.canvas.rows import Row, Shape, is_stub, no_object, read_row, row_id
from lms_gateway.vendors.canvas.tellings import Rows, Told, of_others
from lms_gateway.vendors.canvas.values import read_id
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.waves import OpenAsks, Refusals

Others = Sequence[tuple[Any, ...]]
"""For each row, the values of `of_others` its kind."""


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
        if isinstance(rows, Rows):
            return self._learn_typed(asked, rows)
        shape = asked.source.shape
        ids = [row_id(shape, row) for row in rows]
        carried = asked.carried_by(rows)
        settles = asked.settles if carried is asked.carried else asked.settled_by(carried)
        told = Told(shape, settles, self.site.base_url, rows)
        records = [
            self._learn_stub(shape, row)
            if is_stub(row)
            else self.store.hear(shape.kind, id, told, at)
            for at, (id, row) in enumerate(zip(ids, rows, strict=True))
        ]
        keys = _KEYS_OF_OTHERS[shape.kind]
        others = [tuple(row.get(key) for key in keys) for row in rows]
        self._learn_others(asked, told, records, others)
        return records

    def _learn_typed(self, asked: Request, rows: Rows) -> list[Record]:
        shape, reader, typed = asked.source.shape, rows.reader, rows.typed
        ids = [found for found in map(read_id, rows.told_ids()) if found is not None]
        if len(ids) < len(typed):
            raise no_object(shape)
        told = Told(shape, asked.settles, self.site.base_url, rows)
        records = self.store.hear_all(shape.kind, ids, told, range(len(typed)), typed, reader.facts)
        self._learn_others(asked, told, records, list(map(reader.others_of, typed)))
        return records

    def _learn_others(
        self, asked: Request, told: Told, records: Sequence[Record], others: Others
    ) -> None:
        """What rows tell of other objects, and make of their own object's keys."""
        match asked.source.shape.kind:
            case Kind.SECTION:
                self._prime_sections(others)
            case Kind.COURSE:
                self._prime_courses(records, others)
            case Kind.ENROLLMENT:
                self._prime_enrollments(asked, others)
            case Kind.USER:
                for at, record in enumerate(records):
                    if not record.heard_first(told, at):
                        # The weakest word: it never stands against what another row has told.
                        made = told.name_parts(at)
                        made["canvas.html_url"] = told.user_url(record)
                        record.learn({one: made[one] for one in record.lacks(frozenset(made))})

    def _learn_stub(self, shape: Shape, row: Row) -> Record:
        """A course that its dates close: what its row leaves out is null."""
        reading = read_row(shape, row, frozenset())
        record = self.store.learn(shape.kind, reading.id, reading.said)
        self.settle_null(record, reading.silent | DERIVED[shape.kind])
        return record

    def _prime_sections(self, others: Others) -> None:
        before: object = None
        for told in others:
            if told == before:
                continue  # sections of one course, all of which tell the same of it
            before = told
            course_id, original_id, sis_id = told
            if course := read_id(course_id):
                self.prime(Kind.COURSE, course, sis_id=sis_id)
            if original := read_id(original_id):
                self.prime(Kind.COURSE, original)

    def _prime_courses(self, records: Sequence[Record], others: Others) -> None:
        for record, told in zip(records, others, strict=True):
            term, term_id, account, account_id, account_name, teachers, _ = told
            if term is not None and (terms := _objects([term])):
                (found,) = self.learn(_TERM, terms)
                record.learn({"term_id": found.key.id})
            elif id := read_id(term_id):
                self.prime(Kind.TERM, id)
            if account is not None and (accounts := _objects([account])):
                self.learn(_ACCOUNT, accounts)
            elif id := read_id(account_id):
                self.prime(Kind.ACCOUNT, id, name=account_name)
            if isinstance(teachers, list):
                people = self.learn(_TEACHER, _objects(teachers))
                once = {teacher.key: teacher for teacher in people}
                self.store.note_list(record.key, "teachers", tuple(once.values()))

    def _prime_enrollments(self, asked: Request, others: Others) -> None:
        if users := _objects([told[0] for told in others]):
            self.learn(asked.user or _USER, users)
        before: object = None
        for _, user_id, user_sis_id, *place in others:
            if user := read_id(user_id):
                self.prime(Kind.USER, user, sis_id=user_sis_id)
            if place == before:
                continue  # enrollments in one section, all of which tell the same of it
            before = place
            course_id, course_sis, course_other, section_id, section_sis, section_other = place
            course = read_id(course_id)
            if course:
                self.prime(Kind.COURSE, course, sis_id=course_sis, integration_id=course_other)
            if section := read_id(section_id):
                self.prime(
                    Kind.SECTION,
                    section,
                    course_id=course,
                    sis_id=section_sis,
                    integration_id=section_other,
                )

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
_KEYS_OF_OTHERS = {kind: of_others(kind) for kind in Kind}
