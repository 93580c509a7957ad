"""What went wrong in a run, told as graphql-core tells it."""

from graphql import GraphQLError, located_error

from lms_gateway.execution.levels import ExecutionOrder, NulledPositions, ResponseSlots
from lms_gateway.execution.selection import PlanField

ResponsePath = tuple[str | int, ...]


class CollectedErrors:
    """The errors of a run, and what became null of them.

    A run comes to fields in another order than graphql-core, which goes depth first. So failures
    are gathered while nothing is waited for, and then told by their rank: what graphql-core
    would not have come to, because it lies below something that became null before, is left out.
    """

    __slots__ = ("_nulled_paths", "_pending", "errors", "nulled_positions")

    def __init__(self) -> None:
        self.errors: list[GraphQLError] = []
        self.nulled_positions: list[
            NulledPositions
        ] = []  # where objects and lists are noted that became null
        self._pending: list[tuple[ExecutionOrder, GraphQLError, ResponsePath | None]] = []
        self._nulled_paths: set[ResponsePath | None] = set()

    def add(
        self,
        slots: ResponseSlots,
        index: int,
        error: Exception,
        order: ExecutionOrder | None = None,
    ) -> None:
        """Note a spot's error, and make null what it makes null. `rank`: of a list that broke off
        behind some of its items."""
        graphql_error = located_error(error, slots.field.nodes, slots.path(index))
        is_partial_list = order is not None
        order = order or slots.order(index)
        nulled_path, updated = slots.propagate_null(index, order, has_items=is_partial_list)
        self.nulled_positions += updated
        self._pending.append((order, graphql_error, nulled_path))

    def flush(self) -> bool:
        """Take over what was found since the last time. Returns whether there was anything.

        What died is dead for whatever comes later, wherever it ranks.
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
        """Whether that, or anything around it, became null before; None is the whole answer."""
        if None in self._nulled_paths:
            return True
        return path is not None and any(
            path[:length] in self._nulled_paths for length in range(1, len(path) + 1)
        )


def null_error(field: PlanField) -> TypeError:
    """A non-null field, or item of a list, is null."""
    return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")
