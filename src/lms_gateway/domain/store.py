"""The identity map of one request and tenant: the only place where knowledge is shared.

A Schoology section primes its course's name and code; Canvas's `teachers` include primes users'
display names. Whoever asks later finds them here and needs no call.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeVar, cast

from lms_gateway.domain.loads import Alias
from lms_gateway.domain.models import RECORDS
from lms_gateway.domain.record import Key, Kind, Record, RowReader

R = TypeVar("R", bound=Record)


class Store:
    """What one request knows of one tenant's objects. Never shared between either."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._records: defaultdict[Kind, dict[str, Record]] = defaultdict(dict)
        self._aliases: dict[tuple[Kind, str, str], str] = {}
        self._unindexed: list[Record] = []
        self._absent: set[Key] = set()
        self._lists: dict[tuple[Key, str], Sequence[Record]] = {}

    def merge(self, kind: Kind, id: str, values: Mapping[str, Any]) -> Record:
        """Merge facts into the one record of that identity, and return it."""
        records = self._records[kind]
        record = records.get(id)
        if record is None:
            record = records[id] = RECORDS[kind](self.tenant, Key(kind, id))
        if values:
            record.merge(values)
            for alias in _INDEXED_ALIASES:
                value = values.get(alias)
                if value:
                    self._aliases[kind, alias, value] = id
        return record

    def add_row(
        self,
        kind: Kind,
        id: str,
        reader: RowReader,
        row: Any,
        convert: Callable[[Any], dict[str, Any]] | None = None,
    ) -> Record:
        """The same, of a row whose facets are converted when they are read.

        `read` converts some of them beforehand. It is asked where the record is new; whatever else
        was said of one that is not would have to be weighed against it.
        """
        records = self._records[kind]
        record = records.get(id)
        if record is None:
            values = {} if convert is None else convert(row)
            record = RECORDS[kind].from_row(self.tenant, id, reader, row, values)
            records[id] = record
        else:
            record.add_row(reader, row)
        self._unindexed.append(record)
        return record

    def add_rows(
        self,
        kind: Kind,
        ids: Sequence[str],
        reader: RowReader,
        rows: Iterable[Any],
        parsed_rows: Iterable[Any],
        convert: Callable[[Any], dict[str, Any]],
    ) -> list[Record]:
        """`hear` of many rows; `forms` are what `read` takes, which may be the rows themselves."""
        existing = self._records[kind]
        records = RECORDS[kind].from_rows(
            self.tenant, existing, ids, reader, rows, parsed_rows, convert
        )
        self._unindexed += records
        return records

    def find(self, key: Key) -> Record | None:
        """The record, or None where nothing was learnt of it yet."""
        return self._records[key[0]].get(key[1])

    def find_alias(self, kind: Kind, alias: Alias, value: str) -> Record | None:
        """The record that carries this other name, as far as rows have told it."""
        if self._unindexed:
            self._index()
        id = self._aliases.get((kind, alias, value))
        return None if id is None else self._records[kind].get(id)

    def has_fields(self, key: Key, fields: Set[str]) -> bool:
        """Whether each of the facets is known, if only to be null."""
        record = self.find(key)
        return record is not None and fields <= record.known_fields

    def mark_absent(self, key: Key) -> None:
        """Remember that the vendor knows no such object, or hides it."""
        self._absent.add(key)

    def is_absent(self, key: Key) -> bool:
        """Whether the vendor was asked and had nothing."""
        return key in self._absent

    def cache_list(self, parent: Key, name: str, items: Sequence[Record]) -> None:
        """Keep a list that came whole with its parent, e.g. Canvas's `teachers` include."""
        self._lists[parent, name] = items

    def cached_list(self, parent: Key, name: str) -> Sequence[Record] | None:
        """A list kept by `note_list`, or None where it is not known whole."""
        return self._lists.get((parent, name))

    def get(self, cls: type[R], id: str) -> R | None:
        """`find` for a kind that the caller knows statically."""
        return cast("R | None", self._records[cls.kind].get(id))

    def _index(self) -> None:
        """Note the other names that rows have told: few requests look anything up by one."""
        for record in self._unindexed:
            for alias in _INDEXED_ALIASES:
                for value in record.values_of(alias):
                    if value:
                        self._aliases[record.kind, alias, value] = record.key.id
        self._unindexed.clear()


_INDEXED_ALIASES = (Alias.SIS_ID.value, Alias.INTEGRATION_ID.value)
