"""Where the values of a breadth-first run belong: objects side by side, and the spots they fill.

Paths and the effects of nulls are told from here only where something failed; a run in which all
goes well never looks.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from lms_gateway.execution.selection import OutputType, PlanField, Selection

ExecutionOrder = list[int]
"""A place in the order in which graphql-core comes to fields, depth first: compares as lists do."""

NulledPositions = dict[int, ExecutionOrder]
"""What has become null, by index, and the rank of what failed: graphql-core had come to all that
ranks before it, errors included, and comes to nothing behind it."""


class Level:
    """Objects of one type that are answered together."""

    __slots__ = ("nulled", "result_maps", "selection", "slot_indices", "slots", "sources")

    def __init__(
        self,
        selection: Selection,
        sources: Sequence[Any],
        result_maps: list[dict[str, Any]],
        slots: "ResponseSlots | None",
        slot_indices: Sequence[int],
    ) -> None:
        """The object at index `i` fills the spot at index `at[i]`; no spots: the operation's root.

        `outs` are the objects' answers, in place already.
        """
        self.selection = selection
        self.sources = sources
        self.result_maps = result_maps
        self.slots = slots
        self.slot_indices = slot_indices
        self.nulled: NulledPositions = {}


class ResponseSlots:
    """Places for values of one shape: a field of objects, or items of lists.

    Of a field, `within` is None and `owners` are indices into `level`; of items, indices into
    `within`, the spots that the lists fill.
    """

    __slots__ = (
        "containers",
        "field",
        "item_indices",
        "level",
        "list_slots",
        "nulled",
        "output_type",
        "parent_indices",
    )

    def __init__(
        self,
        field: PlanField,
        output_type: OutputType,
        level: Level,
        list_slots: "ResponseSlots | None",
        parent_indices: Sequence[int],
        containers: Sequence[Any],
        item_indices: Sequence[int] | None,
    ) -> None:
        self.field = field
        self.output_type = output_type
        self.level = level
        self.list_slots = list_slots
        self.parent_indices = parent_indices
        self.containers = containers
        self.item_indices = item_indices
        self.nulled: NulledPositions = {}

    def put(self, index: int, value: Any) -> None:
        """Fill a spot."""
        self.containers[index][
            self.field.key if self.item_indices is None else self.item_indices[index]
        ] = value

    def put_all(self, indices: Sequence[int], values: Sequence[Any]) -> None:
        """Fill those spots, one after the other."""
        containers, item_indices = self.containers, self.item_indices
        if item_indices is None:
            key = self.field.key
            for index, value in zip(indices, values, strict=True):
                containers[index][key] = value
        else:
            for index, value in zip(indices, values, strict=True):
                containers[index][item_indices[index]] = value

    def subset(self, indices: Sequence[int]) -> "ResponseSlots":
        """Part of the spots."""
        return ResponseSlots(
            self.field,
            self.output_type,
            self.level,
            self.list_slots,
            [self.parent_indices[index] for index in indices],
            [self.containers[index] for index in indices],
            None if self.item_indices is None else [self.item_indices[index] for index in indices],
        )

    def path(self, index: int) -> list[str | int]:
        """The spot's response path."""
        return [key for key, _ in self._steps(index)][::-1]

    def order(self, index: int) -> ExecutionOrder:
        """The spot's place among all."""
        return [position for _, position in self._steps(index)][::-1]

    def _steps(self, index: int) -> Iterator[tuple[str | int, int]]:
        """The path from the spot upwards: its keys, and the rank of each among its siblings."""
        slots: ResponseSlots | None = self
        while slots is not None:
            if slots.item_indices is not None:
                yield slots.item_indices[index], slots.item_indices[index]
                index, slots = slots.parent_indices[index], slots.list_slots
            else:
                yield slots.field.key, slots.field.position
                parent_index, level = slots.parent_indices[index], slots.level
                slots = level.slots
                if slots is not None:
                    index = level.slot_indices[parent_index]

    def propagate_null(
        self, index: int, order: ExecutionOrder, *, has_items: bool = False
    ) -> tuple[tuple[str | int, ...] | None, list[NulledPositions]]:
        """Make the spot null, or what is around it where it must not be: something of that rank
        failed. `has_items`: the spot is a list's, and some of its items are under way.

        Returns the path of what became null (None where that is the whole answer), and where the
        deaths of objects and lists around the spot were noted.
        """
        slots = self
        updated: list[NulledPositions] = []
        if has_items:
            _mark_nulled(slots.nulled, index, order, updated)
        while not slots.output_type.nullable:
            if slots.list_slots is not None:
                index, slots = slots.parent_indices[index], slots.list_slots
                _mark_nulled(slots.nulled, index, order, updated)
                continue
            level, parent_index = slots.level, slots.parent_indices[index]
            _mark_nulled(level.nulled, parent_index, order, updated)
            if level.slots is None:
                return None, updated
            index, slots = level.slot_indices[parent_index], level.slots
        slots.put(index, None)
        return tuple(slots.path(index)), updated


def is_slot_nulled(slots: ResponseSlots, index: int, order: ExecutionOrder) -> bool:
    """Whether what is around a spot became null before its turn, which `rank` tells, came."""
    while slots.list_slots is not None:
        index, slots = slots.parent_indices[index], slots.list_slots
        if _was_nulled_before(slots.nulled, index, order):
            return True
    return is_object_nulled(slots.level, slots.parent_indices[index], order)


def is_object_nulled(level: Level, index: int, order: ExecutionOrder) -> bool:
    """Whether an object, or anything around it, became null before the turn of `rank` came."""
    if _was_nulled_before(level.nulled, index, order):
        return True
    return level.slots is not None and is_slot_nulled(level.slots, level.slot_indices[index], order)


def _was_nulled_before(nulled: NulledPositions, index: int, order: ExecutionOrder) -> bool:
    nulled_at = nulled.get(index)
    return nulled_at is not None and nulled_at < order


def _mark_nulled(
    nulled: NulledPositions, index: int, order: ExecutionOrder, updated: list[NulledPositions]
) -> None:
    if index not in nulled or order < nulled[index]:
        nulled[index] = order
        updated.append(nulled)
