"""What Canvas's rows tell of their objects, converted when it is read.

Two forms of rows, told from each other by nobody else. *Plain* rows are the decoded JSON. *Typed*
rows hold no more than what is wanted and what other objects are told by, in the types that Canvas
documents; msgspec skips everything else. A reply in which anything is not as documented has plain
rows, and `values` makes of it what it can; so has a typed reply as soon as something else is read
of any of its rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, overload

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from lms_gateway.domain.record import MISSING, Kind, Record
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.rows.converters import (
    MAX_INT,
    Converter,
    parse_id,
    to_bool,
    to_datetime,
    to_float,
    to_int,
    to_text,
)
from lms_gateway.vendors.canvas.rows.field_maps import FieldMap, Row, name_parts

_TYPES_BY_CONVERTER: Mapping[Converter, Any] = {
    to_text: str | None,
    to_bool: bool | None,
    to_float: float | None,
    to_int: Annotated[int, msgspec.Meta(ge=-MAX_INT, le=MAX_INT)] | None,
    to_datetime: str | None,
}
_IDENTITY_CONVERTERS = frozenset({to_text, to_bool, to_float, to_int})
"""Conversions that leave a value of the type in `_TYPES` as it is."""

_RESTRICTED_KEY = "access_restricted_by_date"
"""The key of a course that its dates close, whose row may be short of all others."""

_REFERENCE_KEYS: Mapping[Kind, str] = {
    Kind.SECTION: "course_id nonxlist_course_id sis_course_id",
    Kind.COURSE: "term enrollment_term_id account account_id account_name teachers "
    "access_restricted_by_date",
    Kind.USER: "",
    Kind.ENROLLMENT: "user user_id sis_user_id course_id sis_course_id course_integration_id "
    "course_section_id sis_section_id section_integration_id",
}
"""Keys by which a row tells of other objects; a typed row has them whatever is wanted."""


def reference_keys(kind: Kind) -> tuple[str, ...]:
    """The keys by which rows of a kind tell of other objects."""
    return tuple(_REFERENCE_KEYS.get(kind, "").split())


to_cached_datetime = lru_cache(4096)(to_datetime)
"""`moment` of text: many rows begin and end with the same term."""

TYPED_KINDS = _REFERENCE_KEYS.keys()
"""Kinds of which typed rows are made; of the others a request meets few."""


class TypedRow(msgspec.Struct, gc=False):
    """A row of which only some keys were decoded; its fields are called as a `Reader` needs."""


class ReplyRows(Sequence[Any]):
    """The rows of one reply, and as a sequence plain ones."""

    __slots__ = ("_body", "_json_rows", "decoder", "typed_rows")

    def __init__(
        self, decoder: "TypedDecoder", body: bytes, typed_rows: Sequence[TypedRow]
    ) -> None:
        self.decoder = decoder
        self.typed_rows = typed_rows
        self._body = body
        self._json_rows: Sequence[Any] | None = None

    def __len__(self) -> int:
        return len(self.typed_rows)

    def raw_ids(self) -> list[Any]:
        """The id of each row, as the vendor wrote it: a number or text."""
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
            # In what was passed over so far: a number too large for a float, or endless nesting.
            return [{}] * len(self.typed_rows)
        return rows if isinstance(rows, list) else [rows]


class TypedDecoder:
    """Decodes the rows of one kind as far as these facets, and other objects, need them.

    A row's fields are called by the facets that they become, so that msgspec makes a record's
    attributes of them at once. Those that are not facets begin with an underscore.
    """

    def __init__(self, field_map: FieldMap, field_names: Iterable[str]) -> None:
        columns: dict[str, tuple[str, Converter]] = {}  # a key of the row → the facet it becomes
        for field_name in sorted(field_names):
            key, converter = field_map.by_field[field_name]
            # A typed row does not tell null from what was left out. Whoever reads a second facet of
            # one key, as hardly anybody does, has it from the plain row.
            if converter(None) is None and key not in columns and key != _RESTRICTED_KEY:
                columns[key] = (field_name, converter)
        names = {key: field_name.replace(".", "__") for key, (field_name, _) in columns.items()}
        referenced_keys = reference_keys(field_map.kind)
        names |= {key: f"_{key}" for key in ("id", *referenced_keys) if key not in names}
        self._vendor_fields = tuple(
            (names[key], field_name)
            for key, (field_name, _) in columns.items()
            if "." in field_name
        )
        self._converters = tuple(
            (field_name, to_cached_datetime if converter is to_datetime else converter)
            for field_name, converter in columns.values()
            if converter not in _IDENTITY_CONVERTERS
        )
        struct_fields: list[tuple[str, Any, Any]] = [
            (names[key], _TYPES_BY_CONVERTER.get(converter, Any), None)
            for key, (_, converter) in columns.items()
        ]
        struct_fields += [
            (names[key], Any, UNSET if key == _RESTRICTED_KEY else None)
            for key in referenced_keys
            if key not in columns
        ]
        struct_fields.append(("_id", int | str, msgspec.NODEFAULT))
        row_type = msgspec.defstruct(
            f"Typed{field_map.kind.title()}",
            struct_fields,
            bases=(TypedRow,),
            rename={name: key for key, name in names.items()},
            kw_only=True,
            gc=False,
        )
        self._list_decoder: msgspec.json.Decoder[list[TypedRow]] = msgspec.json.Decoder(
            list[row_type]  # type: ignore[valid-type]
        )
        self._object_decoder: msgspec.json.Decoder[TypedRow] = msgspec.json.Decoder(row_type)
        self._may_be_restricted = _RESTRICTED_KEY in referenced_keys
        self.raw_id_of: Callable[[TypedRow], Any] = attrgetter("_id")
        self.references_of: Callable[[TypedRow], tuple[Any, ...]] = (
            attrgetter(*(names[key] for key in referenced_keys))
            if referenced_keys
            else lambda row: ()
        )

    def decode_list(self, reply: Reply) -> ReplyRows | None:
        """The rows of a list; None where one is not as documented, or is no row."""
        return self._decode(reply.body, self._list_decoder.decode)

    def decode_object(self, reply: Reply) -> ReplyRows | None:
        """The one row that a reply is; None where it is not as documented."""
        return self._decode(reply.body, lambda body: [self._object_decoder.decode(body)])

    def field_values(self, row: TypedRow) -> dict[str, Any]:
        """What a new record of this row begins with (`Record.begin`)."""
        values = asdict(row)
        for name, field_name in self._vendor_fields:
            values[field_name] = values.pop(name)
        for field_name, converter in self._converters:
            value = values[field_name]
            if value is not None:
                values[field_name] = converter(value)
        return values

    def _decode(
        self, body: bytes, decode: Callable[[bytes], Sequence[TypedRow]]
    ) -> ReplyRows | None:
        try:
            typed_rows = decode(body)
            if not body.isascii():
                body.decode()  # what msgspec passes over it does not check
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if self._may_be_restricted and any(
            row._access_restricted_by_date is not UNSET  # type: ignore[attr-defined]
            for row in typed_rows
        ):
            return None
        return ReplyRows(self, body, typed_rows)


class RowDecoder:
    """What the rows of one reply tell; each is known by its place among them."""

    __slots__ = ("_base_url", "_field_map", "_rows", "known_fields")

    def __init__(
        self, field_map: FieldMap, known_fields: frozenset[str], base_url: str, rows: Sequence[Any]
    ) -> None:
        self.known_fields = known_fields
        self._field_map = field_map
        self._base_url = base_url
        self._rows = rows

    def read(self, record: Record, row: int, field_name: str) -> Any:
        """See Telling."""
        json_row: Row = self._rows[row]
        key_and_converter = self._field_map.by_field.get(field_name)
        if key_and_converter is not None and key_and_converter[0] in json_row:
            return key_and_converter[1](json_row[key_and_converter[0]])
        derive = _DERIVED_FIELDS[self._field_map.kind].get(field_name)
        return MISSING if derive is None else derive(self, record, row)

    def fields(self, record: Record, row: int) -> Iterable[str]:
        """See Telling."""
        field_map = self._field_map
        field_names = [
            field_name for key in self._rows[row] for field_name, _ in field_map.by_key.get(key, ())
        ]
        derived_fields = _DERIVED_FIELDS[field_map.kind]
        field_names += [
            field_name
            for field_name in derived_fields
            if self.read(record, row, field_name) is not MISSING
        ]
        return field_names

    def _section_url(self, record: Record, row: int) -> Any:
        course = parse_id(self._rows[row].get("course_id"))
        if course is None:
            return MISSING
        return f"{self._base_url}/courses/{course}/sections/{record.key.id}"

    def _course_url(self, record: Record, row: int) -> Any:
        page = getattr(record, "canvas.html_url")
        return page or f"{self._base_url}/courses/{record.key.id}"

    def _given_name(self, record: Record, row: int) -> Any:
        return self._name_part("given_name", record, row)

    def _family_name(self, record: Record, row: int) -> Any:
        return self._name_part("family_name", record, row)

    def _name_part(self, field_name: str, record: Record, row: int) -> Any:
        return (
            self.name_parts(row).get(field_name, MISSING)
            if record.is_first_row(self, row)
            else MISSING
        )

    def name_parts(self, row: int) -> dict[str, str | None]:
        """What a user's sortable name says of the parts of the name."""
        return name_parts(self._rows[row].get("sortable_name"))

    def _user_url(self, record: Record, row: int) -> Any:
        return self.user_url(record) if record.is_first_row(self, row) else MISSING

    def user_url(self, record: Record) -> str:
        """A user's page."""
        return f"{self._base_url}/users/{record.key.id}"


_DERIVED_FIELDS: Mapping[Kind, Mapping[str, Callable[[RowDecoder, Record, int], Any]]] = {
    Kind.SECTION: {"url": RowDecoder._section_url},
    Kind.COURSE: {"url": RowDecoder._course_url},
    # Older Canvas keeps the parts of a name to itself. What is made of the whole is the weakest
    # word: only that of the first row counts, and only until another tells the part itself.
    Kind.USER: {
        "given_name": RowDecoder._given_name,
        "family_name": RowDecoder._family_name,
        "canvas.html_url": RowDecoder._user_url,
    },
    Kind.ENROLLMENT: {},
    Kind.TERM: {},
    Kind.ACCOUNT: {},
    Kind.PROGRESS: {},
}
"""Facets without a key of their own: addresses in Canvas's own pages, parts of a name."""
