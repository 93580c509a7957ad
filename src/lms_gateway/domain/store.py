"""Identity map of one request and tenant.

Rows add to records of several kinds: a Schoology section row has its course's name and code,
Canvas's `teachers` include has display names of users. A later load of these fields finds them here
and needs no vendor call.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeVar, cast

from lms_gateway.domain.loads import Alias
from lms_gateway.domain.models import RECORDS
from lms_gateway.domain.record import Key, Kind, Record, RowReader

R = TypeVar("R", bound=Record)


class Store:
    """Records of one request and tenant. It is never shared between requests or tenants."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._records: defaultdict[Kind, dict[str, Record]] = defaultdict(dict)
        self._aliases: dict[tuple[Kind, str, str], str] = {}
        self._unindexed: list[Record] = []
        self._absent: set[Key] = set()
        self._lists: dict[tuple[Key, str], Sequence[Record]] = {}

    def merge(self, kind: Kind, id: str, values: Mapping[str, Any]) -> Record:
        """Set decoded values of a record, create the record if needed, and return it."""
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
        """Add a row to a record, create the record if needed, and return it.

        The row's fields are decoded on first access. `convert` decodes some of them at once; it is
        called for a new record only, because other rows of an existing record may be newer.
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
        """Add a row to the record of each id; `parsed_rows` are the arguments of `convert`."""
        existing = self._records[kind]
        records = RECORDS[kind].from_rows(self.tenant, existing, ids, reader, rows, parsed_rows, convert)
        self._unindexed += records
        return records

    def find(self, key: Key) -> Record | None:
        """Return the record; None if it is not in the store."""
        return self._records[key[0]].get(key[1])

    def find_alias(self, kind: Kind, alias: Alias, value: str) -> Record | None:
        """Return the record with this alias; None if no row in the store has the alias."""
        if self._unindexed:
            self._index()
        id = self._aliases.get((kind, alias, value))
        return None if id is None else self._records[kind].get(id)

    def has_fields(self, key: Key, fields: Set[str]) -> bool:
        """Return whether all the fields are known, including those known to be null."""
        record = self.find(key)
        return record is not None and fields <= record.known_fields

    def mark_absent(self, key: Key) -> None:
        """Remember that the object does not exist or is not visible."""
        self._absent.add(key)

    def is_absent(self, key: Key) -> bool:
        """Return whether `mark_absent` was called for the object."""
        return key in self._absent

    def cache_list(self, parent: Key, name: str, items: Sequence[Record]) -> None:
        """Keep a complete list that a row of the parent contained, e.g. Canvas's `teachers`."""
        self._lists[parent, name] = items

    def cached_list(self, parent: Key, name: str) -> Sequence[Record] | None:
        """Return a list kept by `cache_list`; None if there is none."""
        return self._lists.get((parent, name))

    def get(self, cls: type[R], id: str) -> R | None:
        """Return the record with the type of its kind; None if it is not in the store."""
        return cast("R | None", self._records[cls.kind].get(id))

    def _index(self) -> None:
        """Index the aliases of rows added since the last look-up by alias, which is rare."""
        for record in self._unindexed:
            for alias in _INDEXED_ALIASES:
                for value in record.values_of(alias):
                    if value:
                        self._aliases[record.kind, alias, value] = record.key.id
        self._unindexed.clear()


_INDEXED_ALIASES = (Alias.SIS_ID.value, Alias.INTEGRATION_ID.value)
