"""Resolver infos of plans, built only as far as a resolver reads them."""

from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

from lms_gateway.execution.library_internals import LazyInfo

if TYPE_CHECKING:
    from lms_gateway.execution.executor import PlanExecutor
    from lms_gateway.execution.levels import Level, ResponseSlots
    from lms_gateway.execution.selection import PlanField


class PlannedInfo(LazyInfo):
    """Strawberry's Info for a field of one object.

    `level` is None if the info is for all objects of a level; its path is then meaningless.
    """

    def __init__(
        self, executor: "PlanExecutor", field: "PlanField", level: "Level | None" = None, index: int = 0
    ) -> None:
        super().__init__(field.definition)
        self._executor = executor
        self._plan_field = field
        self._level = level
        self._index = index

    def projection(self, type_name: str | None = None) -> Any:
        """Return what the field selects of its objects; see `ProjectionCollector.projection`."""
        return self._executor.collector.projection(
            self._plan_field.nodes, self._plan_field.definition.type, type_name
        )

    @property
    def context(self) -> Any:
        return self._executor.context

    @property
    def field_name(self) -> str:
        return self._plan_field.name

    def core_info(self) -> GraphQLResolveInfo[Any]:
        return core_resolve_info(self._executor, self._plan_field, self._level, self._index)


class LazyResolveInfo:
    """graphql-core's info of one slot, for type checks, which rarely read it."""

    def __init__(self, executor: "PlanExecutor", slots: "ResponseSlots", index: int) -> None:
        self._executor = executor
        self._slots = slots
        self._index = index

    def __getattr__(self, name: str) -> Any:
        slots, index = self._slots, self._index
        while slots.list_slots is not None:
            index, slots = slots.parent_indices[index], slots.list_slots
        info = core_resolve_info(self._executor, slots.field, slots.level, slots.parent_indices[index])
        self.__dict__ |= info._asdict()
        return getattr(info, name)


def core_resolve_info(
    executor: "PlanExecutor", field: "PlanField", level: "Level | None", index: int
) -> GraphQLResolveInfo[Any]:
    """Return graphql-core's info for a field of one object."""
    path = Path(_object_path(level, index), field.key, field.parent.name)
    return executor.core_executor.build_resolve_info(field.definition, field.nodes, field.parent, path)


def _object_path(level: "Level | None", index: int) -> Path | None:
    """Return the path of an object, as graphql-core links it; None for the root."""
    if level is None or level.slots is None:
        return None
    return _slot_path(level.slots, level.slot_indices[index])


def _slot_path(slots: "ResponseSlots", index: int) -> Path:
    if slots.item_indices is not None:
        assert slots.list_slots is not None
        return Path(
            _slot_path(slots.list_slots, slots.parent_indices[index]), slots.item_indices[index], None
        )
    parent_path = _object_path(slots.level, slots.parent_indices[index])
    return Path(parent_path, slots.field.key, slots.field.parent.name)
