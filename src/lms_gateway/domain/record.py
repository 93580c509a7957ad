"""How a record knows: what rows told of one object, converted when it is read.

A row tells some sixty facets and a query reads eight. So a record keeps what it heard as it came (a
`Telling` and its row) and converts a facet when it is first read; from then on the facet is a plain
attribute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from enum import Enum, StrEnum
from functools import partial
from inspect import get_annotations
from typing import Any, ClassVar, Final, NamedTuple, Protocol, Self


class Vendor(StrEnum):
    """The learning platform that a tenant is on."""

    CANVAS = "canvas"
    SCHOOLOGY = "schoology"


class Kind(StrEnum):
    """The kinds of objects that have an identity; the last four are told as plain details."""

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

    # Half of each key of the identity map: Enum's own hash is computed in Python.
    __hash__ = str.__hash__


class Key(NamedTuple):
    """An object's identity within its tenant.

    `id` is the canonical form of the vendor's own id (`1~123` is written long). A Schoology
    enrollment's is `<section>.<enrollment>`, because it can only be fetched below its section.
    """

    kind: Kind
    id: str


_new_key: Callable[[tuple[Kind, str]], Key] = partial(tuple.__new__, Key)
"""`Key(kind, id)` without the arguments' way through Python, for rows by the hundred."""


class Missing(Enum):
    """What stands for a value where a row tells none: None is a value."""

    MISSING = "untold"


MISSING: Final = Missing.MISSING


class RowReader(Protocol):
    """What rows of one sort tell of their objects. `row` is one of them, in the telling's form.

    Nothing here raises: what a row cannot tell is None or UNTOLD.
    """

    @property
    def known_fields(self) -> frozenset[str]:
        """Facets that are known of an object once such a row is there, told or not."""
        ...

    def read(self, record: "Record", row: Any, field: str) -> Any:
        """The value that the row tells, converted; UNTOLD where it tells none."""
        ...

    def fields(self, record: "Record", row: Any) -> Iterable[str]:
        """The facets for which `find` has a value."""
        ...


class LazyField:
    """A facet that was not read yet. Reading it puts its value in its place in the record."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, record: "Record | None", owner: type) -> Any:
        return None if record is None else record._resolve(self.name)


class Record:
    """One object of one tenant, as far as it is known.

    Attributes beyond `key`, `tenant`, `known` and `native` are facets; None unless learnt. Those of
    one vendor are attributes as well, for `getattr(record, "canvas.uuid")`.
    """

    kind: ClassVar[Kind]

    tenant: str
    key: Key
    _heard: tuple[tuple[RowReader, Any], ...] = ()  # the oldest first
    _settled: frozenset[str] = frozenset()

    def __init_subclass__(cls) -> None:
        for name in get_annotations(cls):
            setattr(cls, name, LazyField(name))

    def __init__(self, tenant: str, key: Key) -> None:
        self.tenant = tenant
        self.key = key

    def __getattr__(self, name: str) -> Any:
        if "." not in name:
            raise AttributeError(f"{type(self).__name__} has no facet {name!r}")
        return self._resolve(name)

    @property
    def vendor_id(self) -> str:
        """The vendor's own id, without what the key carries besides."""
        return self.key.id.rpartition(".")[2]

    @property
    def known_fields(self) -> Set[str]:
        """The facets that are known, if only to be null."""
        return KnownFields(self)

    @property
    def vendor_fields(self) -> "VendorFields":
        """What only the record's vendor has, by the vendor's own names."""
        return VendorFields(self)

    def missing(self, fields: frozenset[str]) -> frozenset[str]:
        """Those of the facets that are not known: `facets - record.known`, the quick way."""
        if fields <= self._settled:
            return _NO_FIELDS
        return frozenset(field for field in fields if not self._is_known(field))

    def merge(self, values: Mapping[str, Any]) -> None:
        """Take over what a vendor's row says; a later word replaces an earlier one."""
        self.__dict__.update(values)
        if not values.keys() <= self._settled:
            self._settled = self._settled.union(values)

    def add_row(self, reader: RowReader, row: Any) -> None:
        """The same, of a row whose facets are converted when they are read."""
        attributes = self.__dict__
        if len(attributes) > _BASE_ATTRIBUTE_COUNT:
            for field in attributes.keys() - _BASE_ATTRIBUTES:
                value = reader.read(self, row, field)
                if value is not MISSING:
                    attributes[field] = value
        self._heard = (*self._heard, (reader, row))
        if self._settled is not reader.known_fields:
            self._settled = self._settled | reader.known_fields

    @classmethod
    def from_row(
        cls, tenant: str, id: str, reader: RowReader, row: Any, values: dict[str, Any]
    ) -> Self:
        """A record that has heard one row, of which these facets are converted already.

        Takes the dictionary over: it may hold more than facets, under names that no facet has.
        """
        record = cls.__new__(cls)
        record.__dict__ = values
        values["tenant"] = tenant
        values["key"] = _new_key((cls.kind, id))
        values["_heard"] = ((reader, row),)
        values["_settled"] = reader.known_fields
        return record

    def is_first_row(self, reader: RowReader, row: Any) -> bool:
        """Whether this is the row that was heard before all others."""
        return bool(self._heard) and self._heard[0] == (reader, row)

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
        """The records of these ids, which hear a row each: `rows` as the telling knows them.

        Those that are not among `records` yet are put there, and begin with what `read` makes of
        their row's form.
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
                values["_heard"] = ((reader, row),)
                values["_settled"] = known_fields
            else:
                record.add_row(reader, row)
            result.append(record)
        return result

    def values_of(self, field: str) -> Iterator[Any]:
        """All that rows have said of a facet, the oldest first."""
        for reader, row in self._heard:
            value = reader.read(self, row, field)
            if value is not MISSING:
                yield value

    def known_values(self) -> dict[str, Any]:
        """What is known, as `learn` takes it."""
        return {field: getattr(self, field) for field in self.known_fields}

    def _resolve(self, field: str) -> Any:
        """The latest word on a facet that is no attribute yet; None where nobody said any."""
        for reader, row in reversed(self._heard):
            value = reader.read(self, row, field)
            if value is not MISSING:
                self.__dict__[field] = value
                return value
        if self._heard:
            self.__dict__[field] = None  # a later row that tells it replaces that
        return None

    def _is_known(self, field: str) -> bool:
        if field in self._settled:
            return True
        return any(reader.read(self, row, field) is not MISSING for reader, row in self._heard)


class KnownFields(Set[str]):
    """The facets that a record knows; a view, which converts nothing that it need not."""

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
        row_fields = (reader.fields(record, row) for reader, row in record._heard)
        return record._settled.union(*row_fields)


class VendorFields:
    """A record's facets of its own vendor, under the vendor's own names."""

    __slots__ = ("_record",)

    def __init__(self, record: Record) -> None:
        self._record = record

    def get(self, name: str) -> Any:
        """The value, or the error that stands for it; None where nobody told any."""
        for prefix in _PREFIXES:
            value = getattr(self._record, prefix + name)
            if value is not None:
                return value
        return None

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        for prefix in _PREFIXES:  # a record is of one vendor, and nobody reads the other's
            self._record.__dict__[prefix + name] = value


_PREFIXES = tuple(f"{vendor}." for vendor in Vendor)
_BASE_ATTRIBUTES = frozenset({"tenant", "key", "_heard", "_settled"})
_BASE_ATTRIBUTE_COUNT = len(_BASE_ATTRIBUTES) - 2  # what a record has that nothing was told of
_NO_FIELDS: frozenset[str] = frozenset()
