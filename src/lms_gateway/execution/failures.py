"""What went wrong in a run, told as graphql-core tells it."""

from graphql import GraphQLError, located_error

from lms_gateway.execution.level import Deaths, Rank, Spots
from lms_gateway.execution.selection import Field

ResponsePath = tuple[str | int, ...]


class Failures:
    """The errors of a run, and what became null of them.

    A run comes to fields in another order than graphql-core, which goes depth first. So failures
    are gathered while nothing is waited for, and then told by their rank: what graphql-core
    would not have come to, because it lies below something that became null before, is left out.
    """

    __slots__ = ("_found", "_nulled", "deaths", "errors")

    def __init__(self) -> None:
        self.errors: list[GraphQLError] = []
        self.deaths: list[Deaths] = []  # where objects and lists are noted that became null
        self._found: list[tuple[Rank, GraphQLError, ResponsePath | None]] = []
        self._nulled: set[ResponsePath | None] = set()

    def add(self, spots: Spots, index: int, error: Exception, rank: Rank | None = None) -> None:
        """Note a spot's error, and make null what it makes null. `rank`: of a list that broke off
        behind some of its items."""
        located = located_error(error, spots.field.nodes, spots.path(index))
        is_broken = rank is not None
        rank = rank or spots.rank(index)
        nulled, noted = spots.null(index, rank, has_items=is_broken)
        self.deaths += noted
        self._found.append((rank, located, nulled))

    def tell(self) -> bool:
        """Take over what was found since the last time. Returns whether there was anything.

        What died is dead for whatever comes later, wherever it ranks.
        """
        if not self._found:
            return False
        self._found.sort(key=lambda found: found[0])
        for _, error, nulled in self._found:
            if not self._is_nulled(nulled):
                self._nulled.add(nulled)
                self.errors.append(error)
        self._found.clear()
        for dead in self.deaths:
            for index in dead:
                dead[index] = []
        return True

    def _is_nulled(self, path: ResponsePath | None) -> bool:
        """Whether that, or anything around it, became null before; None is the whole answer."""
        if None in self._nulled:
            return True
        return path is not None and any(
            path[:length] in self._nulled for length in range(1, len(path) + 1)
        )


def null_error(field: Field) -> TypeError:
    """A non-null field, or item of a list, is null."""
    return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")
