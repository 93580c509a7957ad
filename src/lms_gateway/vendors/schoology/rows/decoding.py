"""Decoding of Schoology's rows into records.

A row is stored as it is. Its values are converted when a field of the record is first read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import cache
from typing import Any, NamedTuple, NoReturn

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import Meeting, Role
from lms_gateway.domain.record import MISSING, Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.schoology.rows import converters
from lms_gateway.vendors.schoology.rows.catalog import (
    CATALOG,
    ENROLLMENT_STATES,
    NAME_KEYS,
    CatalogKey,
    RowSource,
)
from lms_gateway.vendors.schoology.rows.converters import (
    Converter,
    parse_id,
    parse_ids,
    to_bool,
    to_days,
    to_text,
    to_time,
)
from lms_gateway.vendors.shared.json_values import Row, to_int

DeriveField = Callable[[Record, Row], Any]
"""Computes a field from several keys; MISSING if the row does not determine it."""


class RowDecoder:
    """Decodes the rows of one kind and source. See `domain.record.RowReader`."""

    __slots__ = ("_converters", "_derived", "_is_reference", "known_fields")

    def __init__(
        self,
        keys: Iterable[CatalogKey],
        source: RowSource,
        derived: Mapping[str, DeriveField],
        optional: Mapping[str, DeriveField] | None = None,
    ) -> None:
        """Every row determines the `derived` fields; some rows determine the `optional` fields."""
        self._is_reference = source is RowSource.REFERENCE
        self._converters: dict[str, tuple[str, Converter, bool]] = {}
        for key in keys:
            is_known = not self._is_reference and key.unknown_in is not source
            for field in key.fields:
                self._converters[field] = (key.name, key.convert, is_known)
        self._derived = {**derived, **(optional or {})}
        known = (field for field, (_, _, is_known) in self._converters.items() if is_known)
        self.known_fields = frozenset(known).union(derived)

    def read(self, record: Record, row: Row, field: str) -> Any:
        """Return the converted value of a field; MISSING if the row does not determine it."""
        entry = self._converters.get(field)
        if entry is None:
            derive = self._derived.get(field)
            return MISSING if derive is None else derive(record, row)
        key, convert, is_known = entry
        value = row.get(key)
        # A null of a key that lists omit says nothing. A null inside a reference is a value.
        if value is None and not is_known and not (self._is_reference and key in row):
            return MISSING
        return convert(value)

    def fields(self, record: Record, row: Row) -> Iterable[str]:
        """Return the fields that the row determines."""
        return [
            field
            for field in (*self._converters, *self._derived)
            if self.read(record, row, field) is not MISSING
        ]


def row_id(row: Row) -> str:
    """Return a row's id. Raises UpstreamInvalid if it has none."""
    return parse_id(row.get("id")) or _raise_without_id("an object")


def user_row_id(row: Row) -> str:
    """Return a user's id: `uid`, or else `id`. Raises UpstreamInvalid if both are missing."""
    return parse_id(row.get("uid")) or parse_id(row.get("id")) or _raise_without_id("a person")


def enrolled_user_id(row: Row) -> str:
    """Return the user's id of an enrollment. Raises UpstreamInvalid if it has none."""
    return parse_id(row.get("uid")) or _raise_without_id("a person")


def _raise_without_id(noun: str) -> NoReturn:
    raise UpstreamInvalid(f"the vendor sent {noun} without an id")


def add_object(store: Store, kind: Kind, row: Row, source: RowSource) -> Record:
    """Add a row of a section, course, user or account, and the objects that it mentions.

    Raises UpstreamInvalid if the row has no id.
    """
    record_id = user_row_id(row) if kind is Kind.USER else row_id(row)
    record = store.add_row(kind, record_id, _DECODERS[kind, source], row)
    if kind is Kind.SECTION:
        _add_course_of_section(store, row)
    elif kind is Kind.USER and row.get("parents"):
        for parent in converters.parent_rows(row["parents"]):
            if parse_id(parent.get("uid")) or parse_id(parent.get("id")):
                add_object(store, kind, {**parent, "parents": None}, RowSource.LIST_ROW)
    return record


def add_term(store: Store, row: Row, source: RowSource, time_zone: tzinfo | None) -> Record:
    """Add a row of a grading period. Raises UpstreamInvalid if it has no id."""
    return store.add_row(Kind.TERM, row_id(row), _term_decoder(source, time_zone), row)


def add_enrollments(store: Store, rows: Sequence[Row], section_id: str) -> list[Record]:
    """Add rows of a section's enrollments, and the users that they mention.

    A row does not contain its section's id. Raises UpstreamInvalid if a row has no id or no user;
    nothing is added then.
    """
    ids = [f"{section_id}.{row_id(row)}" for row in rows]
    user_ids = [enrolled_user_id(row) for row in rows]
    records = store.add_rows(Kind.ENROLLMENT, ids, _ENROLLMENT_DECODER, rows, rows, _membership_fields)
    store.add_rows(Kind.USER, user_ids, _ENROLLED_USER_DECODER, rows, rows, lambda row: {})
    return records


def add_enrollment(store: Store, row: Row, section_id: str) -> Record:
    """Add one row of a section's enrollments. See `add_enrollments`."""
    (record,) = add_enrollments(store, (row,), section_id)
    return record


def add_reference(store: Store, key: Key, row: Row) -> Record:
    """Add the part of a section or course that a row contains; missing keys stay unknown."""
    record = store.add_row(*key, _DECODERS[key.kind, RowSource.REFERENCE], row)
    if key.kind is Kind.SECTION:
        _add_course_of_section(store, row)
    return record


def _add_course_of_section(store: Store, row: Row) -> None:
    course_id = parse_id(row.get("course_id"))
    if course_id is None:
        return
    fields: dict[str, Any] = {}
    if "course_title" in row:
        fields["name"] = fields["schoology.title"] = to_text(row["course_title"])
    if "course_code" in row:
        fields["code"] = fields["schoology.course_code"] = to_text(row["course_code"])
    store.merge(Kind.COURSE, course_id, fields)


def _membership_fields(row: Row) -> dict[str, Any]:
    """Return the fields that every filter of members reads."""
    status = to_int(row.get("status"))
    return {
        "user_id": parse_id(row.get("uid")),
        "role": _role(row),
        "state": None if status is None else ENROLLMENT_STATES.get(status),
        "schoology.status": status,
    }


def _role(row: Row) -> Role | None:
    return _ROLES.get(to_bool(row.get("admin")))


def _person_name(record: Record, row: Row) -> str | None:
    """Return `name_display`, or else the preferred first name and the last name."""
    display_name = to_text(row.get("name_display"))
    if display_name is not None:
        return display_name
    first, last = to_text(row.get("name_first")), to_text(row.get("name_last"))
    given_name = to_text(row.get("name_first_preferred")) or first
    return " ".join(filter(None, (given_name, last))) or None


def _person_name_if_present(record: Record, row: Row) -> Any:
    return _person_name(record, row) or MISSING


def _term_ids(record: Record, row: Row) -> tuple[str, ...]:
    return parse_ids(row.get("grading_periods")) or ()


def _meeting(record: Record, row: Row) -> Meeting | None:
    days = to_days(row.get("meeting_days"))
    start, end = to_time(row.get("start_time")), to_time(row.get("end_time"))
    return Meeting(days, start, end) if days or start or end else None


def _subject(record: Record, row: Row) -> str | None:
    return converters.subject_name(row.get("subject_area"))


def _grade_levels(record: Record, row: Row) -> tuple[str, ...] | None:
    return converters.grade_levels(row.get("grade_level_range_start"), row.get("grade_level_range_end"))


_ROLES: Mapping[bool | None, Role] = {True: Role.TEACHER, False: Role.STUDENT}
"""The role by `admin`: Schoology distinguishes a section's admins from its members only."""


class DerivedField(NamedTuple):
    """A field that is computed from several keys.

    A row of a reference determines it if it has all of the keys. List rows determine it as objects
    do, unless lists omit the keys.
    """

    derive: DeriveField
    keys: tuple[str, ...] = ()
    is_omitted_in_lists: bool = False

    def derive_if_present(self, record: Record, row: Row) -> Any:
        """Return the field of a row that has all of the keys; MISSING for another row."""
        return self.derive(record, row) if row.keys() >= set(self.keys) else MISSING


@cache
def _term_decoder(source: RowSource, time_zone: tzinfo | None) -> RowDecoder:
    """Return the decoder of a grading period's rows.

    A period lasts from the start of its first day to the last second of its last day.
    """
    return RowDecoder(
        CATALOG[Kind.TERM],
        source,
        {
            "start_at": lambda record, row: converters.start_of_day(row.get("start"), time_zone),
            "end_at": lambda record, row: converters.end_of_day(row.get("end"), time_zone),
        },
    )


_DERIVED: Mapping[Kind, Mapping[str, DerivedField]] = {
    Kind.SECTION: {
        "term_ids": DerivedField(_term_ids, ("grading_periods",), is_omitted_in_lists=True),
        "meeting": DerivedField(_meeting, ("meeting_days", "start_time", "end_time")),
    },
    Kind.COURSE: {
        "subject": DerivedField(_subject, ("subject_area",)),
        "grade_levels": DerivedField(_grade_levels, ("grade_level_range_start", "grade_level_range_end")),
    },
    Kind.USER: dict.fromkeys(("name", "display_name"), DerivedField(_person_name)),
    Kind.ENROLLMENT: {
        "section_id": DerivedField(lambda record, row: record.key.id.partition(".")[0]),
        "role": DerivedField(lambda record, row: _role(row)),
        "state": DerivedField(lambda record, row: _membership_fields(row)["state"]),
    },
    Kind.ACCOUNT: {},
}


def _decoder(kind: Kind, source: RowSource) -> RowDecoder:
    derived: dict[str, DeriveField] = {}
    optional: dict[str, DeriveField] = {}
    for name, field in _DERIVED[kind].items():
        is_listed = source is RowSource.LIST_ROW and not field.is_omitted_in_lists
        if source is RowSource.OBJECT or is_listed:
            derived[name] = field.derive
        else:
            optional[name] = field.derive_if_present
    return RowDecoder(CATALOG[kind], source, derived, optional)


_DECODERS: Mapping[tuple[Kind, RowSource], RowDecoder] = {
    (kind, source): _decoder(kind, source) for kind in _DERIVED for source in RowSource
}
_ENROLLMENT_DECODER = _DECODERS[Kind.ENROLLMENT, RowSource.OBJECT]
_ENROLLED_USER_DECODER = RowDecoder(
    NAME_KEYS, RowSource.REFERENCE, {}, dict.fromkeys(("name", "display_name"), _person_name_if_present)
)

OBJECT_FIELDS: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(field for key in keys for field in key.fields)
    | (_DERIVED[kind].keys() if kind in _DERIVED else {"start_at", "end_at"})
    for kind, keys in CATALOG.items()
}
"""Every field that a row of the kind can determine."""
