"""Where the values of a breadth-first run belong: objects side by side, and the spots they fill.

Paths and the effects of nulls are told from here only where something failed; a run in which all
goes well never looks.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from lms_gateway.execution.selection import Field, Selection, Shape

Rank = list[int]
"""A place in the order in which graphql-core comes to fields, depth first: compares as lists do."""

Deaths = dict[int, Rank]
"""What has become null, by index, and the rank of what failed: graphql-core had come to all that
ranks before it, errors included, and comes to nothing behind it."""


class Level:
    """Objects of one type that are answered together."""

    __slots__ = ("at", "dead", "outs", "selection", "sources", "spots")

    def __init__(
        self,
        selection: Selection,
        sources: Sequence[Any],
        outs: list[dict[str, Any]],
        spots: "Spots | None",
        at: Sequence[int],
    ) -> None:
        """The object at index `i` fills the spot at index `at[i]`; no spots: the operation's root.

        `outs` are the objects' answers, in place already.
        """
        self.selection = selection
        self.sources = sources
        self.outs = outs
        self.spots = spots
        self.at = at
        self.dead: Deaths = {}


class Spots:
    """Places for values of one shape: a field of objects, or items of lists.

    Of a field, `within` is None and `owners` are indices into `level`; of items, indices into
    `within`, the spots that the lists fill.
    """

    __slots__ = ("dead", "field", "holders", "keys", "level", "owners", "shape", "within")

    def __init__(
        self,
        field: Field,
        shape: Shape,
        level: Level,
        within: "Spots | None",
        owners: Sequence[int],
        holders: Sequence[Any],
        keys: Sequence[int] | None,
    ) -> None:
        self.field = field
        self.shape = shape
        self.level = level
        self.within = within
        self.owners = owners
        self.holders = holders
        self.keys = keys
        self.dead: Deaths = {}

    def put(self, index: int, value: Any) -> None:
        """Fill a spot."""
        self.holders[index][self.field.key if self.keys is None else self.keys[index]] = value

    def put_all(self, indices: Sequence[int], values: Sequence[Any]) -> None:
        """Fill those spots, one after the other."""
        holders, keys = self.holders, self.keys
        if keys is None:
            key = self.field.key
            for index, value in zip(indices, values, strict=True):
                holders[index][key] = value
        else:
            for index, value in zip(indices, values, strict=True):
                holders[index][keys[index]] = value

    def some(self, indices: Sequence[int]) -> "Spots":
        """Part of the spots."""
        return Spots(
            self.field,
            self.shape,
            self.level,
            self.within,
            [self.owners[i] for i in indices],
            [self.holders[i] for i in indices],
            None if self.keys is None else [self.keys[i] for i in indices],
        )

    def path(self, index: int) -> list[str | int]:
        """The spot's response path."""
        return [key for key, _ in self._steps(index)][::-1]

    def rank(self, index: int) -> Rank:
        """The spot's place among all."""
        return [rank for _, rank in self._steps(index)][::-1]

    def _steps(self, index: int) -> Iterator[tuple[str | int, int]]:
        """The path from the spot upwards: its keys, and the rank of each among its siblings."""
        spots: Spots | None = self
        while spots is not None:
            if spots.keys is not None:
                yield spots.keys[index], spots.keys[index]
                index, spots = spots.owners[index], spots.within
            else:
                yield spots.field.key, spots.field.position
                owner, level = spots.owners[index], spots.level
                spots = level.spots
                if spots is not None:
                    index = level.at[owner]

    def null(
        self, index: int, rank: Rank, *, has_items: bool = False
    ) -> tuple[tuple[str | int, ...] | None, list[Deaths]]:
        """Make the spot null, or what is around it where it must not be: something of that rank
        failed. `has_items`: the spot is a list's, and some of its items are under way.

        Returns the path of what became null (None where that is the whole answer), and where the
        deaths of objects and lists around the spot were noted.
        """
        spots = self
        noted: list[Deaths] = []
        if has_items:
            _note(spots.dead, index, rank, noted)
        while not spots.shape.nullable:
            if spots.within is not None:
                index, spots = spots.owners[index], spots.within
                _note(spots.dead, index, rank, noted)
                continue
            level, owner = spots.level, spots.owners[index]
            _note(level.dead, owner, rank, noted)
            if level.spots is None:
                return None, noted
            index, spots = level.at[owner], level.spots
        spots.put(index, None)
        return tuple(spots.path(index)), noted


def is_lost(spots: Spots, index: int, rank: Rank) -> bool:
    """Whether what is around a spot became null before its turn, which `rank` tells, came."""
    while spots.within is not None:
        index, spots = spots.owners[index], spots.within
        if _died(spots.dead, index, rank):
            return True
    return is_dead(spots.level, spots.owners[index], rank)


def is_dead(level: Level, index: int, rank: Rank) -> bool:
    """Whether an object, or anything around it, became null before the turn of `rank` came."""
    if _died(level.dead, index, rank):
        return True
    return level.spots is not None and is_lost(level.spots, level.at[index], rank)


def _died(dead: Deaths, index: int, rank: Rank) -> bool:
    death = dead.get(index)
    return death is not None and death < rank


def _note(dead: Deaths, index: int, rank: Rank, noted: list[Deaths]) -> None:
    if index not in dead or rank < dead[index]:
        dead[index] = rank
        noted.append(dead)
