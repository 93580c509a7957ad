"""Positions of a breadth-first execution: levels of objects, and the slots that values fill.

Execution is breadth first, but the response must be what graphql-core returns, which executes
depth first. Two facts about a position are therefore derived from here, and only after an error:

- its response path, for the error's `path`;
- its execution order: when graphql-core would have reached it, compared with other positions.

Worked example. Levels and slots of `{ courses { name term { code } } }` with two courses:

    level 0   root                      slots: courses (1)
              items of `courses`        list_slots: the slot above; item_indices 0, 1
    level 1   course 0, course 1        slots: name (2), term (2)
    level 2   term of course 0, of 1    slots: code (2)

    slot                path                        order
    courses             courses                     [0]
    courses[1].name     courses, 1, name            [0, 1, 0]
    courses[0].term.code  courses, 0, term, code    [0, 0, 1, 0]

`[0, 0, 1, 0] < [0, 1, 0]`: graphql-core completes all of course 0 before course 1.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from lms_gateway.execution.selection import Indices, OutputType, PlanField, Selection, Values

ExecutionOrder = list[int]
"""When graphql-core, depth first, would execute a position; two orders compare as lists.

It holds the position of each field in its selection and the index of each item, from the root.
"""

NulledPositions = dict[int, ExecutionOrder]
"""Index of what became null → order of the error that caused it.

graphql-core executes what precedes that order inside the nulled position, errors included, and
nothing that follows it.
"""


@dataclasses.dataclass(slots=True, eq=False)
class Level:
    """Objects of one type that are executed together.

    Object `i` fills slot `slot_indices[i]` of `slots`; None: the operation's root. `result_maps`
    are the objects' results, which are already part of the response.
    """

    selection: Selection
    sources: Values
    result_maps: list[dict[str, Any]]
    slots: "ResponseSlots | None"
    slot_indices: Indices
    nulled: NulledPositions = dataclasses.field(init=False, default_factory=dict)

    def order(self, index: int, field: PlanField) -> ExecutionOrder:
        """Return the execution order of a field of an object."""
        parent = [] if self.slots is None else self.slots.order(self.slot_indices[index])
        return [*parent, field.position]


@dataclasses.dataclass(slots=True, eq=False)
class ResponseSlots:
    """Places for values of one type: a field of many objects, or items of many lists.

    For a field, `list_slots` is None, and `parent_indices` are indices of objects of `level`. For
    items, `list_slots` are the slots that the lists fill, and `parent_indices` are indices of them.
    `containers` are the result maps, or the lists, that hold the values.
    """

    field: PlanField
    output_type: OutputType
    level: Level
    list_slots: "ResponseSlots | None"
    parent_indices: Indices
    containers: Sequence[Any]
    item_indices: Indices | None
    nulled: NulledPositions = dataclasses.field(init=False, default_factory=dict)

    def put(self, index: int, value: Any) -> None:
        """Fill a slot."""
        self.containers[index][self.field.key if self.item_indices is None else self.item_indices[index]] = (
            value
        )

    def put_all(self, indices: Indices, values: Values) -> None:
        """Fill several slots."""
        containers, item_indices = self.containers, self.item_indices
        if item_indices is None:
            key = self.field.key
            for index, value in zip(indices, values, strict=True):
                containers[index][key] = value
        else:
            for index, value in zip(indices, values, strict=True):
                containers[index][item_indices[index]] = value

    def subset(self, indices: Indices) -> "ResponseSlots":
        """Return some of the slots."""
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
        """Return the response path of a slot."""
        return [key for key, _ in self._steps(index)][::-1]

    def order(self, index: int) -> ExecutionOrder:
        """Return the execution order of a slot."""
        return [position for _, position in self._steps(index)][::-1]

    def _steps(self, index: int) -> Iterator[tuple[str | int, int]]:
        """Yield key and position among its siblings, from the slot up to the root."""
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
        """Set the slot to null after an error of that order, or its nearest nullable ancestor.

        `has_items`: the slot is a list whose iteration failed after some items; these may still add errors.

        Returns the path of what became null, None if that is `data` itself, and the maps in which
        an object or a list was newly marked as nulled.
        """
        # Cases, from the slot upwards (GraphQL specification, "Handling Execution Errors"):
        #
        #   the slot is nullable            it becomes null; nothing else is affected
        #   an item of a list, non-null     mark the list's slot, continue with it
        #   a field of an object, non-null  mark the object, continue with the slot it fills
        #   a field of the root, non-null   the whole `data` becomes null
        #
        # Example: `courses: [Course!]`, `Course.name: String!`, and the name of course 1 is null.
        # name (non-null) → course 1 (non-null item) → courses (nullable): `courses` is null, and
        # course 1 and the list are marked, so that nothing below them executes any more.
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
    """Return whether a list or object around a slot became null before that order."""
    while slots.list_slots is not None:
        index, slots = slots.parent_indices[index], slots.list_slots
        if _was_nulled_before(slots.nulled, index, order):
            return True
    return is_object_nulled(slots.level, slots.parent_indices[index], order)


def is_object_nulled(level: Level, index: int, order: ExecutionOrder) -> bool:
    """Return whether an object, or anything around it, became null before that order."""
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
