"""Record base class: fields are decoded from vendor rows on first access.

A vendor's row has about sixty fields and a query reads eight. A record therefore keeps each row
with the `RowReader` that decodes it, and decodes a field when the field is first read. From then on
the value is a plain attribute of the record.

`known_fields` separates "known to be null" (in the set, value None) from "not known" (not in the
set, value None as well). Only a field that is not known is worth a vendor call.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from enum import Enum, StrEnum
from functools import partial
from inspect import get_annotations
from typing import Any, ClassVar, Final, NamedTuple, Protocol, Self


class Vendor(StrEnum):
    """The learning platform of a tenant."""

    CANVAS = "canvas"
    SCHOOLOGY = "schoology"


class Kind(StrEnum):
    """Kinds of objects that have an identity. Objects of the last four kinds are Documents."""

    SECTION = "section"
    COURSE = "course"
    USER = "user"
    ENROLLMENT = "enrollment"
    TERM = "term"
    ACCOUNT = "account"
    PROGRESS = "progress"
    CALENDAR = "calendar"
    NOTIFICATION = "notification"
    REPORT = "report"
    TOKEN = "token"

    # A kind is hashed with each key of the identity map. `Enum.__hash__` is slow: it is Python.
    __hash__ = str.__hash__


class Key(NamedTuple):
    """Identity of an object within its tenant.

    `id` is the canonical form of the vendor's id (`1~123` is expanded). The id of a Schoology
    enrollment is `<section>.<enrollment>`, because its endpoint needs the section's id.
    """

    kind: Kind
    id: str


_new_key: Callable[[tuple[Kind, str]], Key] = partial(tuple.__new__, Key)
"""`Key(kind, id)` without a Python-level call; used for each row of a list."""


class Missing(Enum):
    """Type of the sentinel for "the row has no value"; None is a value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class RowReader(Protocol):
    """Decodes rows of one source into record fields.

    The reader chooses the form of `row`. Its methods do not raise: a value that cannot be decoded
    is None or MISSING.
    """

    @property
    def known_fields(self) -> frozenset[str]:
        """Fields that are known after such a row, whether or not the row has a value for them."""

    def read(self, record: "Record", row: Any, field: str) -> Any:
        """Return the decoded value of a field; MISSING if the row has none."""

    def fields(self, record: "Record", row: Any) -> Iterable[str]:
        """Return the fields for which `read` returns a value."""


class LazyField:
    """Descriptor of a record field. The first read stores the value as an attribute."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, record: "Record | None", owner: type) -> Any:
        return None if record is None else record._resolve(self.name)


class Record:
    """One object of one tenant, as far as it is known in one request.

    Every attribute except `key`, `tenant`, `known_fields` and `vendor_fields` is a field; its value
    is None unless it is known. Fields of one vendor are attributes too: read them with
    `getattr(record, "canvas.uuid")`.
    """

    kind: ClassVar[Kind]

    tenant: str
    key: Key
    _rows: tuple[tuple[RowReader, Any], ...] = ()  # in the order of arrival
    _always_known: frozenset[str] = frozenset()  # known without a look at the rows

    def __init_subclass__(cls) -> None:
        for name in get_annotations(cls):
            setattr(cls, name, LazyField(name))

    def __init__(self, tenant: str, key: Key) -> None:
        self.tenant = tenant
        self.key = key

    @classmethod
    def from_row(cls, tenant: str, id: str, reader: RowReader, row: Any, values: dict[str, Any]) -> Self:
        """Return a record with one row, of which the fields in `values` are decoded already.

        The record keeps the dictionary. It may contain entries that are not fields, under names
        that no field has.
        """
        record = cls.__new__(cls)
        record.__dict__ = values
        values["tenant"] = tenant
        values["key"] = _new_key((cls.kind, id))
        values["_rows"] = ((reader, row),)
        values["_always_known"] = reader.known_fields
        return record

    @classmethod
    def from_rows(
        cls,
        tenant: str,
        records: dict[str, "Record"],
        ids: Iterable[str],
        reader: RowReader,
        rows: Iterable[Any],
        parsed_rows: Iterable[Any],
        convert: Callable[[Any], dict[str, Any]],
    ) -> list["Record"]:
        """Add one row to the record of each id, and return the records.

        An id that is not in `records` gets a new record, which starts with the values that
        `convert` returns for its parsed row.
        """
        new, known_fields, kind = cls.__new__, reader.known_fields, cls.kind
        result = []
        for id, row, parsed_row in zip(ids, rows, parsed_rows, strict=True):
            record = records.get(id)
            if record is None:
                record = records[id] = new(cls)
                record.__dict__ = values = convert(parsed_row)
                values["tenant"] = tenant
                values["key"] = _new_key((kind, id))
                values["_rows"] = ((reader, row),)
                values["_always_known"] = known_fields
            else:
                record.add_row(reader, row)
            result.append(record)
        return result

    def __getattr__(self, name: str) -> Any:
        if "." not in name:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        return self._resolve(name)

    @property
    def vendor_id(self) -> str:
        """The vendor's id, without the prefix that a key may carry."""
        return self.key.id.rpartition(".")[2]

    @property
    def known_fields(self) -> Set[str]:
        """The fields that are known, including those known to be null."""
        return KnownFields(self)

    @property
    def vendor_fields(self) -> "VendorFields":
        """The fields that only the record's vendor has, by the vendor's names."""
        return VendorFields(self)

    def missing(self, fields: frozenset[str]) -> frozenset[str]:
        """Return the fields that are not known: `fields - record.known_fields`, but faster."""
        if fields <= self._always_known:
            return _NO_FIELDS
        unknown = fields - self._always_known
        return frozenset([field for field in unknown if not self._is_known(field)]) if self._rows else unknown

    def merge(self, values: Mapping[str, Any]) -> None:
        """Set decoded values; a later value replaces an earlier one."""
        self.__dict__.update(values)
        if not values.keys() <= self._always_known:
            self._always_known = self._always_known.union(values)

    def add_row(self, reader: RowReader, row: Any) -> None:
        """Add a row, whose fields are decoded on first access."""
        attributes = self.__dict__
        if len(attributes) > _MIN_ATTRIBUTE_COUNT:
            # Fields that were read before are attributes: replace them by the newer values.
            for field in attributes.keys() - _BASE_ATTRIBUTES:
                value = reader.read(self, row, field)
                if value is not MISSING:
                    attributes[field] = value
        self._rows = (*self._rows, (reader, row))
        if self._always_known is not reader.known_fields:
            self._always_known = self._always_known | reader.known_fields

    def is_first_row(self, reader: RowReader, row: Any) -> bool:
        """Return whether this row was added before all others."""
        return bool(self._rows) and self._rows[0] == (reader, row)

    def values_of(self, field: str) -> Iterator[Any]:
        """Yield the value of a field in each row that has one, in the order of arrival."""
        for reader, row in self._rows:
            value = reader.read(self, row, field)
            if value is not MISSING:
                yield value

    def known_values(self) -> dict[str, Any]:
        """Return all known fields with their values, in the form that `merge` takes."""
        return {field: getattr(self, field) for field in self.known_fields}

    def _resolve(self, field: str) -> Any:
        """Return and store the latest value of a field; None if no row has one."""
        for reader, row in reversed(self._rows):
            value = reader.read(self, row, field)
            if value is not MISSING:
                self.__dict__[field] = value
                return value
        if self._rows:
            self.__dict__[field] = None  # `add_row` replaces it if a later row has a value
        return None

    def _is_known(self, field: str) -> bool:
        if field in self._always_known:
            return True
        return any(reader.read(self, row, field) is not MISSING for reader, row in self._rows)


class KnownFields(Set[str]):
    """Set view of a record's known fields. A test of membership decodes as little as possible."""

    __slots__ = ("_record",)

    def __init__(self, record: Record) -> None:
        self._record = record

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> frozenset[Any]:
        return frozenset(it)

    def __contains__(self, field: object) -> bool:
        return isinstance(field, str) and self._record._is_known(field)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __ge__(self, other: Any) -> bool:
        return all(self._record._is_known(field) for field in other)

    def __rsub__(self, other: Any) -> frozenset[str]:
        return self._record.missing(frozenset(other))

    def __repr__(self) -> str:
        return f"known({sorted(self._all())})"

    def _all(self) -> Set[str]:
        record = self._record
        row_fields = (reader.fields(record, row) for reader, row in record._rows)
        return record._always_known.union(*row_fields)


class VendorFields:
    """Fields of one record that only its vendor has, by the vendor's names."""

    __slots__ = ("_record",)

    def __init__(self, record: Record) -> None:
        self._record = record

    def get(self, name: str) -> Any:
        """Return the value of a field, or the error that is stored in its place; else None."""
        for prefix in _PREFIXES:
            value = getattr(self._record, prefix + name)
            if value is not None:
                return value
        return None

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        # A record has one vendor, so the entry of the other vendor is never read.
        for prefix in _PREFIXES:
            self._record.__dict__[prefix + name] = value


_PREFIXES = tuple(f"{vendor}." for vendor in Vendor)
_BASE_ATTRIBUTES = frozenset({"tenant", "key", "_rows", "_always_known"})
_MIN_ATTRIBUTE_COUNT = 2  # tenant and key, of a record without rows
_NO_FIELDS: frozenset[str] = frozenset()
