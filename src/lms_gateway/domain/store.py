"""The identity map of one request and tenant: the only place where knowledge is shared.

A Schoology section primes its course's name and code; Canvas's `teachers` include primes users'
display names. Whoever asks later finds them here and needs no call.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeVar, cast

from lms_gateway.domain.asks import Alias
from lms_gateway.domain.records import RECORDS, Key, Kind, Record

R = TypeVar("R", bound=Record)


class Store:
    """What one request knows of one tenant's objects. Never shared between either."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._records: dict[Key, Record] = {}
        self._aliases: dict[tuple[Kind, Alias, str], str] = {}
        self._absent: set[Key] = set()
        self._lists: dict[tuple[Key, str], Sequence[Record]] = {}

    def learn(self, kind: Kind, id: str, facts: Mapping[str, Any]) -> Record:
        """Merge facts into the one record of that identity, and return it."""
        key = Key(kind, id)
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = RECORDS[kind](self.tenant, key)
        if facts:
            record.learn(facts)
            for alias in (Alias.SIS_ID, Alias.INTEGRATION_ID):
                value = facts.get(alias)
                if value:
                    self._aliases[kind, alias, value] = id
        return record

    def find(self, key: Key) -> Record | None:
        """The record, or None where nothing was learnt of it yet."""
        return self._records.get(key)

    def find_alias(self, kind: Kind, alias: Alias, value: str) -> Record | None:
        """The record that carries this other name, as far as rows have told it."""
        id = self._aliases.get((kind, alias, value))
        return None if id is None else self._records.get(Key(kind, id))

    def knows(self, key: Key, facets: Set[str]) -> bool:
        """Whether each of the facets is known, if only to be null."""
        record = self._records.get(key)
        return record is not None and facets <= record.known

    def note_absent(self, key: Key) -> None:
        """Remember that the vendor knows no such object, or hides it."""
        self._absent.add(key)

    def is_absent(self, key: Key) -> bool:
        """Whether the vendor was asked and had nothing."""
        return key in self._absent

    def note_list(self, parent: Key, name: str, items: Sequence[Record]) -> None:
        """Keep a list that came whole with its parent, e.g. Canvas's `teachers` include."""
        self._lists[parent, name] = items

    def list_of(self, parent: Key, name: str) -> Sequence[Record] | None:
        """A list kept by `note_list`, or None where it is not known whole."""
        return self._lists.get((parent, name))

    def typed(self, cls: type[R], id: str) -> R | None:
        """`find` for a kind that the caller knows statically."""
        return cast("R | None", self._records.get(Key(cls.kind, id)))
