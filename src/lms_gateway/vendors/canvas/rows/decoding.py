"""Decoding of Canvas's rows into record fields.

Two row representations, private to this package. *JSON* rows are decoded completely. *Typed* rows
have the requested fields and the keys that refer to other objects, in the types that Canvas
documents; msgspec skips all other keys. A reply that differs from the documented types anywhere is
read as JSON rows, whose values `converters` convert as far as possible. A typed reply is decoded
again as JSON if another field of one of its rows is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, overload

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import MISSING, Kind, Record
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.rows.converters import (
    MAX_INT,
    Converter,
    to_bool,
    to_datetime,
    to_float,
    to_int,
    to_text,
)
from lms_gateway.vendors.canvas.rows.field_maps import FieldMap
from lms_gateway.vendors.canvas.rows.ids import parse_id

Row = Mapping[str, Any]

_TYPES_BY_CONVERTER: Mapping[Converter, Any] = {
    to_text: str | None,
    to_bool: bool | None,
    to_float: float | None,
    to_int: Annotated[int, msgspec.Meta(ge=-MAX_INT, le=MAX_INT)] | None,
    to_datetime: str | None,
}
_IDENTITY_CONVERTERS = frozenset({to_text, to_bool, to_float, to_int})
"""Converters that return a value of the type in `_TYPES_BY_CONVERTER` unchanged."""

_RESTRICTED_KEY = "access_restricted_by_date"
"""Key of a course whose dates exclude the viewer; its row may have no other key."""

_REFERENCE_KEYS: Mapping[Kind, str] = {
    Kind.SECTION: "course_id nonxlist_course_id sis_course_id",
    Kind.COURSE: "term enrollment_term_id account account_id account_name teachers access_restricted_by_date",
    Kind.USER: "",
    Kind.ENROLLMENT: "user user_id sis_user_id course_id sis_course_id course_integration_id "
    "course_section_id sis_section_id section_integration_id",
}
"""Keys that refer to other objects; a typed row always has them."""


def reference_keys(kind: Kind) -> tuple[str, ...]:
    """Return the keys of a row that refer to other objects."""
    return tuple(_REFERENCE_KEYS.get(kind, "").split())


to_cached_datetime = lru_cache(4096)(to_datetime)
"""Cached conversion of a date: many rows start and end with the same term."""

TYPED_KINDS = _REFERENCE_KEYS.keys()
"""Kinds with typed rows. A request reads few rows of the other kinds."""


def row_id(field_map: FieldMap, row: Any) -> str:
    """Return a row's id. Raises UpstreamInvalid if the row is not an object with an id."""
    vendor_id = parse_id(row.get("id")) if isinstance(row, Mapping) else None
    if vendor_id is None:
        raise invalid_row(field_map)
    return vendor_id


def invalid_row(field_map: FieldMap) -> UpstreamInvalid:
    """Return the error of a row that is not an object with an id."""
    return UpstreamInvalid(f"the vendor's reply contains an invalid {field_map.kind}")


def row_values(field_map: FieldMap, row: Row) -> dict[str, Any]:
    """Return the values of all fields that a row has a key for."""
    return {
        field: convert(value)
        for key, value in row.items()
        for field, convert in field_map.by_key.get(key, ())
    }


def is_stub(row: Row) -> bool:
    """Return whether this is a course whose dates exclude the viewer: Canvas returns no more."""
    return row.keys() == {"id", _RESTRICTED_KEY}


def name_parts(sortable_name: Any) -> dict[str, str | None]:
    """Return given and family name of `Family, Given`, as Canvas splits it; empty without comma."""
    family, comma, given = sortable_name.partition(",") if isinstance(sortable_name, str) else ("", "", "")
    if not comma:
        return {}
    return {"given_name": given.strip() or None, "family_name": family.strip() or None}


class TypedRow(msgspec.Struct, gc=False):
    """A row with some of its keys; a `TypedDecoder` defines its fields."""


class ReplyRows(Sequence[Any]):
    """The typed rows of one reply; as a sequence, its JSON rows."""

    __slots__ = ("_body", "_json_rows", "decoder", "typed_rows")

    def __init__(self, decoder: "TypedDecoder", body: bytes, typed_rows: Sequence[TypedRow]) -> None:
        self.decoder = decoder
        self.typed_rows = typed_rows
        self._body = body
        self._json_rows: Sequence[Any] | None = None

    def __len__(self) -> int:
        return len(self.typed_rows)

    def raw_ids(self) -> list[Any]:
        """Return the id of each row as Canvas wrote it, a number or text."""
        return list(map(self.decoder.raw_id_of, self.typed_rows))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if self._json_rows is None:
            self._json_rows = self._decode()
        return self._json_rows[index]

    def _decode(self) -> Sequence[Any]:
        try:
            rows = msgspec.json.decode(self._body)
        except (msgspec.DecodeError, RecursionError):
            # In a key that msgspec skipped: a number too large for a float, or too deep nesting.
            return [{}] * len(self.typed_rows)
        return rows if isinstance(rows, list) else [rows]


class TypedDecoder:
    """Decodes rows of one kind: these record fields, and the keys that refer to other objects.

    A row's attributes have the names of the record fields, so that they become the record's
    attributes without a loop. Attributes that are not record fields start with an underscore.
    """

    def __init__(self, field_map: FieldMap, fields: Iterable[str]) -> None:
        columns: dict[str, tuple[str, Converter]] = {}  # a row's key → its field
        for field in sorted(fields):
            key, convert = field_map.by_field[field]
            # In a typed row a missing key equals null, so a converter of null must return None.
            # A second field of one key, which is rare, is read from the JSON row.
            if convert(None) is None and key not in columns and key != _RESTRICTED_KEY:
                columns[key] = (field, convert)
        names = {key: field.replace(".", "__") for key, (field, _) in columns.items()}
        references = reference_keys(field_map.kind)
        names |= {key: f"_{key}" for key in ("id", *references) if key not in names}
        self._vendor_fields = tuple(
            (names[key], field) for key, (field, _) in columns.items() if "." in field
        )
        self._converters = tuple(
            (field, to_cached_datetime if convert is to_datetime else convert)
            for field, convert in columns.values()
            if convert not in _IDENTITY_CONVERTERS
        )
        attributes: list[tuple[str, Any, Any]] = [
            (names[key], _TYPES_BY_CONVERTER.get(convert, Any), None) for key, (_, convert) in columns.items()
        ]
        attributes += [
            (names[key], Any, UNSET if key == _RESTRICTED_KEY else None)
            for key in references
            if key not in columns
        ]
        attributes.append(("_id", int | str, msgspec.NODEFAULT))
        row_type = msgspec.defstruct(
            f"Typed{field_map.kind.title()}",
            attributes,
            bases=(TypedRow,),
            rename={name: key for key, name in names.items()},
            kw_only=True,
            gc=False,
        )
        self._list_decoder: msgspec.json.Decoder[list[TypedRow]] = msgspec.json.Decoder(
            list[row_type]  # type: ignore[valid-type]
        )
        self._object_decoder: msgspec.json.Decoder[TypedRow] = msgspec.json.Decoder(row_type)
        self._may_be_restricted = _RESTRICTED_KEY in references
        self.raw_id_of: Callable[[TypedRow], Any] = attrgetter("_id")
        self.references_of: Callable[[TypedRow], tuple[Any, ...]] = (
            attrgetter(*map(names.__getitem__, references)) if references else lambda row: ()
        )

    def decode_list(self, reply: Reply) -> ReplyRows | None:
        """Return the rows of a list; None if one of them differs from the documentation."""
        return self._decode(reply.body, self._list_decoder.decode)

    def decode_object(self, reply: Reply) -> ReplyRows | None:
        """Return the only row of a reply; None if it differs from the documentation."""
        return self._decode(reply.body, lambda body: [self._object_decoder.decode(body)])

    def field_values(self, row: TypedRow) -> dict[str, Any]:
        """Return the attributes of a new record of this row (`Record.from_row`)."""
        values = asdict(row)
        for name, field in self._vendor_fields:
            values[field] = values.pop(name)
        for field, convert in self._converters:
            value = values[field]
            if value is not None:
                values[field] = convert(value)
        return values

    def _decode(self, body: bytes, decode: Callable[[bytes], Sequence[TypedRow]]) -> ReplyRows | None:
        try:
            rows = decode(body)
            if not body.isascii():
                body.decode()  # msgspec does not check the encoding of what it skips
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if self._may_be_restricted and any(
            row._access_restricted_by_date is not UNSET  # type: ignore[attr-defined]
            for row in rows
        ):
            return None
        return ReplyRows(self, body, rows)


class RowDecoder:
    """Reads record fields from the rows of one reply; a row is named by its index."""

    __slots__ = ("_base_url", "_field_map", "_rows", "known_fields")

    def __init__(
        self, field_map: FieldMap, known_fields: frozenset[str], base_url: str, rows: Sequence[Any]
    ) -> None:
        self.known_fields = known_fields
        self._field_map = field_map
        self._base_url = base_url
        self._rows = rows

    def read(self, record: Record, row: int, field: str) -> Any:
        """Return the value of a field, converted; MISSING if the row has none."""
        json_row: Row = self._rows[row]
        key_and_converter = self._field_map.by_field.get(field)
        if key_and_converter is not None and key_and_converter[0] in json_row:
            return key_and_converter[1](json_row[key_and_converter[0]])
        derive = _DERIVED_FIELDS[self._field_map.kind].get(field)
        return MISSING if derive is None else derive(self, record, row)

    def fields(self, record: Record, row: int) -> Iterable[str]:
        """Return the fields for which the row has a value."""
        by_key, derived = self._field_map.by_key, _DERIVED_FIELDS[self._field_map.kind]
        fields = [field for key in self._rows[row] for field, _ in by_key.get(key, ())]
        fields += [name for name in derived if self.read(record, row, name) is not MISSING]
        return fields

    def _section_url(self, record: Record, row: int) -> Any:
        course = parse_id(self._rows[row].get("course_id"))
        if course is None:
            return MISSING
        return f"{self._base_url}/courses/{course}/sections/{record.key.id}"

    def _course_url(self, record: Record, row: int) -> Any:
        # The record's attribute may be older than this row: a new row updates them in any order.
        json_row = self._rows[row]
        page = to_text(json_row["html_url"]) if "html_url" in json_row else getattr(record, "canvas.html_url")
        return page or f"{self._base_url}/courses/{record.key.id}"

    def _name_part(self, field: str, record: Record, row: int) -> Any:
        is_first = record.is_first_row(self, row)
        return self.name_parts(row).get(field, MISSING) if is_first else MISSING

    def name_parts(self, row: int) -> dict[str, str | None]:
        """Return the parts of a user's name, from the sortable name."""
        return name_parts(self._rows[row].get("sortable_name"))

    def _user_url(self, record: Record, row: int) -> Any:
        return self.user_url(record) if record.is_first_row(self, row) else MISSING

    def user_url(self, record: Record) -> str:
        """Return the address of a user's page."""
        return f"{self._base_url}/users/{record.key.id}"


_DERIVED_FIELDS: Mapping[Kind, Mapping[str, Callable[[RowDecoder, Record, int], Any]]] = {
    **{kind: {} for kind in Kind},
    Kind.SECTION: {"url": RowDecoder._section_url},
    Kind.COURSE: {"url": RowDecoder._course_url},
    # Older versions of Canvas do not return the parts of a name. A part derived from the sortable
    # name has the lowest priority: only the first row's counts, until a row has the part itself.
    Kind.USER: {
        "given_name": lambda decoder, record, row: decoder._name_part("given_name", record, row),
        "family_name": lambda decoder, record, row: decoder._name_part("family_name", record, row),
        "canvas.html_url": RowDecoder._user_url,
    },
}
"""Fields without a key: addresses of Canvas's pages, parts of a name."""
