"""What Schoology's rows tell of their objects, converted when it is read.

The meaning of each key is that of `rows`, whose readers convert everything at once for what is
written; here a row of a list or an object by itself is kept as it came.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lms_gateway.domain.records import UNTOLD, EnrollmentState, Kind, Meeting, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology import values
from lms_gateway.vendors.schoology.rows import (
    NAMES,
    NEUTRAL,
    OPEN,
    STATES,
    TABLES,
    Row,
    Source,
    person_name,
    row_id,
    row_role,
    user_row_id,
)
from lms_gateway.vendors.schoology.values import Convert, ident, idents, text, whole

Made = Callable[[Record, Row], Any]
"""A facet that is made of one or more keys; UNTOLD where this row does not tell it."""


class Told:
    """What rows of one kind and source tell. A row is known by itself."""

    __slots__ = ("_is_mention", "_keys", "_made", "_open", "settles")

    def __init__(
        self,
        kind: Kind,
        source: Source,
        made: Mapping[str, Made],
        always: Iterable[str] = (),  # those that every row tells
        names: Iterable[str] | None = None,  # of the kind's keys; None: all
    ) -> None:
        table = TABLES[kind]
        kept = table.keys() if names is None else set(names)
        self._keys: dict[str, tuple[str, Convert]] = {
            f"schoology.{name}": (name, table[name]) for name in table if name in kept
        }
        neutral = NEUTRAL[kind].items()
        self._keys |= {facet: (name, table[name]) for facet, name in neutral if name in kept}
        self._made = made
        self._is_mention = source is Source.MENTIONED
        self._open = OPEN.get(source, {}).get(kind, frozenset())
        sure = [
            facet
            for facet, (name, _) in self._keys.items()
            if not self._is_mention and name not in self._open
        ]
        self.settles = frozenset(sure).union(always)

    def find(self, record: Record, row: Row, facet: str) -> Any:
        """See Telling."""
        found = self._keys.get(facet)
        if found is not None:
            name, convert = found
            value = row.get(name)
            if value is None and (name in self._open or (self._is_mention and name not in row)):
                return UNTOLD
            return convert(value)
        made = self._made.get(facet)
        return UNTOLD if made is None else made(record, row)

    def told(self, record: Record, row: Row) -> Iterable[str]:
        """See Telling."""
        return [
            facet
            for facet in (*self._keys, *self._made)
            if self.find(record, row, facet) is not UNTOLD
        ]


def hear_section(store: Store, row: Row, source: Source) -> Record:
    """Take in a section, and what it says of its course. Raises UpstreamInvalid without an id."""
    record = store.hear(Kind.SECTION, row_id(row), _SECTIONS[source], row)
    course_id = ident(row.get("course_id"))
    if course_id is not None:
        told: dict[str, Any] = {}
        if "course_title" in row:
            told["name"] = told["schoology.title"] = text(row["course_title"])
        if "course_code" in row:
            told["code"] = told["schoology.course_code"] = text(row["course_code"])
        store.learn(Kind.COURSE, course_id, told)
    return record


def hear_course(store: Store, row: Row, source: Source) -> Record:
    """Take in a course. Raises UpstreamInvalid for one without an id."""
    return store.hear(Kind.COURSE, row_id(row), _COURSES[source], row)


def hear_user(store: Store, row: Row, source: Source) -> Record:
    """Take in a user, and what the row says of the user's parents.

    Raises UpstreamInvalid for one without an id.
    """
    record = store.hear(Kind.USER, user_row_id(row), _USERS[source], row)
    if row.get("parents"):
        for parent in values.parents(row["parents"]):
            if ident(parent.get("uid")) or ident(parent.get("id")):
                hear_user(store, {**parent, "parents": None}, Source.LISTED)
    return record


def hear_enrollment(store: Store, row: Row, section_id: str) -> Record:
    """`hear_enrollments` of one."""
    (record,) = hear_enrollments(store, (row,), section_id)
    return record


def hear_enrollments(store: Store, rows: Sequence[Row], section_id: str) -> list[Record]:
    """Take in enrollments, whose section only their address tells, and what they say of users.

    Raises UpstreamInvalid where one has no id, or no person's; nothing is learnt then.
    """
    ids = [f"{section_id}.{row_id(row)}" for row in rows]
    users = [ident(row.get("uid")) or user_row_id({}) for row in rows]
    records = store.hear_all(Kind.ENROLLMENT, ids, _ENROLLMENTS, rows, rows, _of_member)
    store.hear_all(Kind.USER, users, _ENROLLED, rows, rows, _of_nobody)
    return records


def _of_nobody(row: Row) -> dict[str, Any]:
    return {}


def _of_member(row: Row) -> dict[str, Any]:
    """Facets of an enrollment that whoever lists members looks at."""
    status = whole(row.get("status"))
    return {
        "user_id": ident(row.get("uid")),
        "role": row_role(row),
        "state": None if status is None else STATES.get(status),
        "schoology.status": status,
    }


def _state(row: Row) -> EnrollmentState | None:
    status = whole(row.get("status"))
    return None if status is None else STATES.get(status)


def _term_ids(record: Record, row: Row) -> tuple[str, ...]:
    return idents(row.get("grading_periods")) or ()


def _term_ids_listed(record: Record, row: Row) -> Any:
    return _term_ids(record, row) if "grading_periods" in row else UNTOLD


def _meeting(record: Record, row: Row) -> Meeting | None:
    days = values.days(row.get("meeting_days"))
    start, end = values.clock(row.get("start_time")), values.clock(row.get("end_time"))
    return Meeting(days, start, end) if days or start or end else None


def _subject(record: Record, row: Row) -> str | None:
    return values.subject(row.get("subject_area"))


def _grade_levels(record: Record, row: Row) -> tuple[str, ...] | None:
    return values.levels(row.get("grade_level_range_start"), row.get("grade_level_range_end"))


def _name(record: Record, row: Row) -> str | None:
    return person_name(row)


def _name_if_told(record: Record, row: Row) -> Any:
    name = person_name(row)
    return UNTOLD if name is None else name


_SECTIONS = {
    Source.ALONE: Told(
        Kind.SECTION,
        Source.ALONE,
        {"term_ids": _term_ids, "meeting": _meeting},
        ("term_ids", "meeting"),
    ),
    Source.LISTED: Told(
        Kind.SECTION,
        Source.LISTED,
        {"term_ids": _term_ids_listed, "meeting": _meeting},
        ("meeting",),
    ),
}
_COURSE_FACETS: Mapping[str, Made] = {"subject": _subject, "grade_levels": _grade_levels}
_NAME_FACETS: Mapping[str, Made] = {"name": _name, "display_name": _name}
_COURSES, _USERS = (
    {source: Told(kind, source, made, made) for source in (Source.ALONE, Source.LISTED)}
    for kind, made in ((Kind.COURSE, _COURSE_FACETS), (Kind.USER, _NAME_FACETS))
)
_ENROLLMENT_FACETS: Mapping[str, Made] = {
    "section_id": lambda record, row: record.key.id.partition(".")[0],
    "role": lambda record, row: row_role(row),
    "state": lambda record, row: _state(row),
}
_ENROLLMENTS = Told(Kind.ENROLLMENT, Source.ALONE, _ENROLLMENT_FACETS, _ENROLLMENT_FACETS)
_ENROLLED = Told(
    Kind.USER,
    Source.MENTIONED,
    {"name": _name_if_told, "display_name": _name_if_told},
    names=NAMES,
)
"""The user within an enrollment."""
