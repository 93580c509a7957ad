"""What resolvers under a plan are told of where they are, made only as far as they look."""

from typing import TYPE_CHECKING, Any

import strawberry
from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

from lms_gateway.execution.wants import Wants

if TYPE_CHECKING:
    from lms_gateway.execution.level import Level, Spots
    from lms_gateway.execution.run import Run
    from lms_gateway.execution.selection import Field


class PlannedInfo(strawberry.Info[Any, Any]):
    """Strawberry's Info for a field of one object of a run.

    Without an object (`level` None), for what is done for all of them: its path is of no use then.
    """

    def __init__(
        self, run: "Run", field: "Field", level: "Level | None" = None, index: int = 0
    ) -> None:
        self._run = run
        self._planned = field
        self._field = field.definition.extensions["strawberry-definition"]
        self._level = level
        self._index = index

    def wants(self, type_name: str | None = None) -> Wants:
        """What the field selects of its object(s); see `Collector.wants`."""
        return self._run.collector.wants(
            self._planned.nodes, self._planned.definition.type, type_name
        )

    @property
    def context(self) -> Any:
        return self._run.context

    @property
    def field_name(self) -> str:
        return self._planned.name

    @property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return raw_info(self._run, self._planned, self._level, self._index)


class LateInfo:
    """graphql-core's info of a spot, for type checks that seldom look at it."""

    def __init__(self, run: "Run", spots: "Spots", index: int) -> None:
        self._run = run
        self._spots = spots
        self._index = index

    def __getattr__(self, name: str) -> Any:
        spots, index = self._spots, self._index
        while spots.within is not None:
            index, spots = spots.owners[index], spots.within
        info = raw_info(self._run, spots.field, spots.level, spots.owners[index])
        self.__dict__ |= info._asdict()
        return getattr(info, name)


def raw_info(
    run: "Run", field: "Field", level: "Level | None", index: int
) -> GraphQLResolveInfo[Any]:
    """graphql-core's own info for a field of an object."""
    path = Path(_path(level, index), field.key, field.parent.name)
    return run.executor.build_resolve_info(field.definition, field.nodes, field.parent, path)


def _path(level: "Level | None", index: int) -> Path | None:
    """The path of an object, as graphql-core chains it; None for the root."""
    if level is None or level.spots is None:
        return None
    return _spot_path(level.spots, level.at[index])


def _spot_path(spots: "Spots", index: int) -> Path:
    if spots.keys is not None:
        assert spots.within is not None
        return Path(_spot_path(spots.within, spots.owners[index]), spots.keys[index], None)
    above = _path(spots.level, spots.owners[index])
    return Path(above, spots.field.key, spots.field.parent.name)
