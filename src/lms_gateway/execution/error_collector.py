"""Errors of an execution, in graphql-core's order, and the positions that they make null."""

from graphql import GraphQLError, located_error

from lms_gateway.execution.levels import ExecutionOrder, NulledPositions, ResponseSlots
from lms_gateway.execution.selection import PlanField

ResponsePath = tuple[str | int, ...]


class CollectedErrors:
    """Collects errors and reports them as depth-first execution would.

    A plan executes a level of objects at a time, graphql-core executes depth first. Errors that
    occur between two waits are therefore collected, sorted by execution order and then reported:

        1. sort by order: the error that graphql-core would raise first comes first;
        2. drop an error whose nulled position is inside one that became null earlier: graphql-core
           cancels the siblings of a failed non-null field, and never reports their errors;
        3. keep the rest, in that order.

    Worked example: in `{ a { x! y! } b }`, `a.y`, `b` and `a.x` fail, in this order of time.

        error   order    nulled position
        a.y     [0, 1]   a
        b       [1]      b
        a.x     [0, 0]   a

    Sorted: a.x, a.y, b. `a.x` makes `a` null. `a.y` is inside `a`: dropped. Reported: a.x, b.

    After a wait, errors of earlier positions may follow. They are appended, as in graphql-core,
    which reports errors as they occur; only step 2 looks at what was nulled before.
    """

    __slots__ = ("_nulled_paths", "_pending", "errors", "nulled_positions")

    def __init__(self) -> None:
        self.errors: list[GraphQLError] = []
        # The maps of levels and slots that are not empty.
        self.nulled_positions: list[NulledPositions] = []
        self._pending: list[tuple[ExecutionOrder, GraphQLError, ResponsePath | None]] = []
        self._nulled_paths: set[ResponsePath | None] = set()

    def add(
        self, slots: ResponseSlots, index: int, error: Exception, order: ExecutionOrder | None = None
    ) -> None:
        """Add the error of a slot, and set to null what it makes null.

        `order` is given only for a list whose iteration failed after some of its items: the error
        comes after those of the items.
        """
        graphql_error = located_error(error, slots.field.nodes, slots.path(index))
        is_partial_list = order is not None
        order = order or slots.order(index)
        nulled_path, updated = slots.propagate_null(index, order, has_items=is_partial_list)
        self.nulled_positions += updated
        self._pending.append((order, graphql_error, nulled_path))

    def flush(self) -> bool:
        """Report the errors added since the last call. Returns whether there were any.

        Positions that became null stay null, even if a later error precedes them in order.
        """
        if not self._pending:
            return False
        self._pending.sort(key=lambda entry: entry[0])
        for _, error, nulled_path in self._pending:
            if not self._is_inside_nulled(nulled_path):
                self._nulled_paths.add(nulled_path)
                self.errors.append(error)
        self._pending.clear()
        for positions in self.nulled_positions:
            for index in positions:
                positions[index] = []
        return True

    def _is_inside_nulled(self, path: ResponsePath | None) -> bool:
        """Return whether a position, or one around it, is null already; None is all of `data`."""
        if None in self._nulled_paths:
            return True
        return path is not None and any(
            path[:length] in self._nulled_paths for length in range(1, len(path) + 1)
        )


def null_error(field: PlanField) -> TypeError:
    """Return the error of a non-null field, or non-null list item, that is null."""
    return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")
