"""What Schoology's rows tell of their objects, converted when it is read.

The meaning of each key is that of `rows`, whose readers convert everything at once for what is
written; here a row of a list or an object by itself is kept as it came.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lms_gateway.domain.models import EnrollmentState, Meeting
from lms_gateway.domain.record import MISSING, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows import converters
from lms_gateway.vendors.schoology.rows.converters import (
    Converter,
    parse_id,
    parse_ids,
    to_int,
    to_text,
)
from lms_gateway.vendors.schoology.rows.field_maps import (
    COMMON_FIELDS,
    ENROLLMENT_STATES,
    FIELD_MAPS,
    NAME_FIELDS,
    UNSETTLED_KEYS,
    Row,
    RowSource,
    person_name,
    row_id,
    row_role,
    user_row_id,
)

DeriveField = Callable[[Record, Row], Any]
"""A facet that is made of one or more keys; UNTOLD where this row does not tell it."""


class RowDecoder:
    """What rows of one kind and source tell. A row is known by itself."""

    __slots__ = ("_converters", "_derived", "_is_reference", "_unsettled_keys", "known_fields")

    def __init__(
        self,
        kind: Kind,
        source: RowSource,
        derived: Mapping[str, DeriveField],
        always_known: Iterable[str] = (),  # those that every row tells
        keys: Iterable[str] | None = None,  # of the kind's keys; None: all
    ) -> None:
        field_map = FIELD_MAPS[kind]
        selected_keys = field_map.keys() if keys is None else set(keys)
        self._converters: dict[str, tuple[str, Converter]] = {
            f"schoology.{name}": (name, field_map[name])
            for name in field_map
            if name in selected_keys
        }
        common_fields = COMMON_FIELDS[kind].items()
        self._converters |= {
            field: (name, field_map[name]) for field, name in common_fields if name in selected_keys
        }
        self._derived = derived
        self._is_reference = source is RowSource.REFERENCE
        self._unsettled_keys = UNSETTLED_KEYS.get(source, {}).get(kind, frozenset())
        known = [
            field
            for field, (name, _) in self._converters.items()
            if not self._is_reference and name not in self._unsettled_keys
        ]
        self.known_fields = frozenset(known).union(always_known)

    def read(self, record: Record, row: Row, field: str) -> Any:
        """See Telling."""
        converter = self._converters.get(field)
        if converter is not None:
            key, convert = converter
            value = row.get(key)
            if value is None and (
                key in self._unsettled_keys or (self._is_reference and key not in row)
            ):
                return MISSING
            return convert(value)
        derive = self._derived.get(field)
        return MISSING if derive is None else derive(record, row)

    def fields(self, record: Record, row: Row) -> Iterable[str]:
        """See Telling."""
        return [
            field
            for field in (*self._converters, *self._derived)
            if self.read(record, row, field) is not MISSING
        ]


def add_section(store: Store, row: Row, source: RowSource) -> Record:
    """Take in a section, and what it says of its course. Raises UpstreamInvalid without an id."""
    record = store.add_row(Kind.SECTION, row_id(row), _SECTION_DECODERS[source], row)
    course_id = parse_id(row.get("course_id"))
    if course_id is not None:
        course_fields: dict[str, Any] = {}
        if "course_title" in row:
            course_fields["name"] = course_fields["schoology.title"] = to_text(row["course_title"])
        if "course_code" in row:
            course_fields["code"] = course_fields["schoology.course_code"] = to_text(
                row["course_code"]
            )
        store.merge(Kind.COURSE, course_id, course_fields)
    return record


def add_course(store: Store, row: Row, source: RowSource) -> Record:
    """Take in a course. Raises UpstreamInvalid for one without an id."""
    return store.add_row(Kind.COURSE, row_id(row), _COURSE_DECODERS[source], row)


def add_user(store: Store, row: Row, source: RowSource) -> Record:
    """Take in a user, and what the row says of the user's parents.

    Raises UpstreamInvalid for one without an id.
    """
    record = store.add_row(Kind.USER, user_row_id(row), _USER_DECODERS[source], row)
    if row.get("parents"):
        for parent in converters.parent_rows(row["parents"]):
            if parse_id(parent.get("uid")) or parse_id(parent.get("id")):
                add_user(store, {**parent, "parents": None}, RowSource.LIST_ROW)
    return record


def add_enrollment(store: Store, row: Row, section_id: str) -> Record:
    """`hear_enrollments` of one."""
    (record,) = add_enrollments(store, (row,), section_id)
    return record


def add_enrollments(store: Store, rows: Sequence[Row], section_id: str) -> list[Record]:
    """Take in enrollments, whose section only their address tells, and what they say of users.

    Raises UpstreamInvalid where one has no id, or no person's; nothing is learnt then.
    """
    ids = [f"{section_id}.{row_id(row)}" for row in rows]
    user_ids = [parse_id(row.get("uid")) or user_row_id({}) for row in rows]
    records = store.add_rows(
        Kind.ENROLLMENT, ids, _ENROLLMENT_DECODER, rows, rows, _membership_fields
    )
    store.add_rows(Kind.USER, user_ids, _ENROLLED_USER_DECODER, rows, rows, _no_fields)
    return records


def _no_fields(row: Row) -> dict[str, Any]:
    return {}


def _membership_fields(row: Row) -> dict[str, Any]:
    """Facets of an enrollment that whoever lists members looks at."""
    status = to_int(row.get("status"))
    return {
        "user_id": parse_id(row.get("uid")),
        "role": row_role(row),
        "state": None if status is None else ENROLLMENT_STATES.get(status),
        "schoology.status": status,
    }


def _enrollment_state(row: Row) -> EnrollmentState | None:
    status = to_int(row.get("status"))
    return None if status is None else ENROLLMENT_STATES.get(status)


def _term_ids(record: Record, row: Row) -> tuple[str, ...]:
    return parse_ids(row.get("grading_periods")) or ()


def _term_ids_if_present(record: Record, row: Row) -> Any:
    return _term_ids(record, row) if "grading_periods" in row else MISSING


def _meeting(record: Record, row: Row) -> Meeting | None:
    days = converters.to_days(row.get("meeting_days"))
    start, end = converters.to_time(row.get("start_time")), converters.to_time(row.get("end_time"))
    return Meeting(days, start, end) if days or start or end else None


def _subject(record: Record, row: Row) -> str | None:
    return converters.subject_name(row.get("subject_area"))


def _grade_levels(record: Record, row: Row) -> tuple[str, ...] | None:
    return converters.grade_levels(
        row.get("grade_level_range_start"), row.get("grade_level_range_end")
    )


def _person_name(record: Record, row: Row) -> str | None:
    return person_name(row)


def _person_name_if_present(record: Record, row: Row) -> Any:
    name = person_name(row)
    return MISSING if name is None else name


_SECTION_DECODERS = {
    RowSource.OBJECT: RowDecoder(
        Kind.SECTION,
        RowSource.OBJECT,
        {"term_ids": _term_ids, "meeting": _meeting},
        ("term_ids", "meeting"),
    ),
    RowSource.LIST_ROW: RowDecoder(
        Kind.SECTION,
        RowSource.LIST_ROW,
        {"term_ids": _term_ids_if_present, "meeting": _meeting},
        ("meeting",),
    ),
}
_DERIVED_COURSE_FIELDS: Mapping[str, DeriveField] = {
    "subject": _subject,
    "grade_levels": _grade_levels,
}
_DERIVED_USER_FIELDS: Mapping[str, DeriveField] = {
    "name": _person_name,
    "display_name": _person_name,
}
_COURSE_DECODERS, _USER_DECODERS = (
    {
        source: RowDecoder(kind, source, made, made)
        for source in (RowSource.OBJECT, RowSource.LIST_ROW)
    }
    for kind, made in ((Kind.COURSE, _DERIVED_COURSE_FIELDS), (Kind.USER, _DERIVED_USER_FIELDS))
)
_DERIVED_ENROLLMENT_FIELDS: Mapping[str, DeriveField] = {
    "section_id": lambda record, row: record.key.id.partition(".")[0],
    "role": lambda record, row: row_role(row),
    "state": lambda record, row: _enrollment_state(row),
}
_ENROLLMENT_DECODER = RowDecoder(
    Kind.ENROLLMENT, RowSource.OBJECT, _DERIVED_ENROLLMENT_FIELDS, _DERIVED_ENROLLMENT_FIELDS
)
_ENROLLED_USER_DECODER = RowDecoder(
    Kind.USER,
    RowSource.REFERENCE,
    {"name": _person_name_if_present, "display_name": _person_name_if_present},
    keys=NAME_FIELDS,
)
"""The user within an enrollment."""
