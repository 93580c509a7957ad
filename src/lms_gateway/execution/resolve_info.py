"""What resolvers under a plan are told of where they are, made only as far as they look."""

from typing import TYPE_CHECKING, Any

import strawberry
from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

if TYPE_CHECKING:
    from lms_gateway.execution.executor import PlanExecutor
    from lms_gateway.execution.levels import Level, ResponseSlots
    from lms_gateway.execution.selection import PlanField


class PlannedInfo(strawberry.Info[Any, Any]):
    """Strawberry's Info for a field of one object of a run.

    Without an object (`level` None), for what is done for all of them: its path is of no use then.
    """

    def __init__(
        self,
        executor: "PlanExecutor",
        field: "PlanField",
        level: "Level | None" = None,
        index: int = 0,
    ) -> None:
        self._executor = executor
        self._plan_field = field
        self._field = field.definition.extensions["strawberry-definition"]
        self._level = level
        self._index = index

    def projection(self, type_name: str | None = None) -> Any:
        """What the field selects of its object(s); see `ProjectionCollector.projection`."""
        return self._executor.collector.projection(
            self._plan_field.nodes, self._plan_field.definition.type, type_name
        )

    @property
    def context(self) -> Any:
        return self._executor.context

    @property
    def field_name(self) -> str:
        return self._plan_field.name

    @property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return core_resolve_info(self._executor, self._plan_field, self._level, self._index)


class LazyResolveInfo:
    """graphql-core's info of a spot, for type checks that seldom look at it."""

    def __init__(self, executor: "PlanExecutor", slots: "ResponseSlots", index: int) -> None:
        self._executor = executor
        self._slots = slots
        self._index = index

    def __getattr__(self, name: str) -> Any:
        slots, index = self._slots, self._index
        while slots.list_slots is not None:
            index, slots = slots.parent_indices[index], slots.list_slots
        info = core_resolve_info(
            self._executor, slots.field, slots.level, slots.parent_indices[index]
        )
        self.__dict__ |= info._asdict()
        return getattr(info, name)


def core_resolve_info(
    executor: "PlanExecutor", field: "PlanField", level: "Level | None", index: int
) -> GraphQLResolveInfo[Any]:
    """graphql-core's own info for a field of an object."""
    path = Path(_object_path(level, index), field.key, field.parent.name)
    return executor.core_executor.build_resolve_info(
        field.definition, field.nodes, field.parent, path
    )


def _object_path(level: "Level | None", index: int) -> Path | None:
    """The path of an object, as graphql-core chains it; None for the root."""
    if level is None or level.slots is None:
        return None
    return _slot_path(level.slots, level.slot_indices[index])


def _slot_path(slots: "ResponseSlots", index: int) -> Path:
    if slots.item_indices is not None:
        assert slots.list_slots is not None
        return Path(
            _slot_path(slots.list_slots, slots.parent_indices[index]),
            slots.item_indices[index],
            None,
        )
    parent_path = _object_path(slots.level, slots.parent_indices[index])
    return Path(parent_path, slots.field.key, slots.field.parent.name)
