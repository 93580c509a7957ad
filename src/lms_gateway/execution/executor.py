"""Execution of a plan: breadth first, a level of objects at a time.

Each field of a selection is resolved for all objects of its level before the next field. Values
that resolve in the same tick are completed in one batch; the rest of the response does not wait.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLObjectType
from graphql.pyutils import is_iterable

from lms_gateway.execution import leaf_values, list_values, type_resolution
from lms_gateway.execution.error_collector import CollectedErrors, null_error
from lms_gateway.execution.levels import Level, ResponseSlots, is_object_nulled, is_slot_nulled
from lms_gateway.execution.library_internals import Executor, Invocation, VariableValues
from lms_gateway.execution.pending_values import PendingValues
from lms_gateway.execution.projection_collector import ProjectionCollector
from lms_gateway.execution.selection import (
    Indices,
    OperationVariant,
    OutputKind,
    PlanField,
    Selection,
    Values,
)
from lms_gateway.execution.value_kinds import AWAITABLE, EXCEPTION, NULL, PLAIN, VALUE_KINDS

if TYPE_CHECKING:
    from lms_gateway.execution.compiler import Plan


@dataclasses.dataclass(slots=True, eq=False)
class PlanExecutor:
    """State of one execution of a plan.

    execute                    root selection, then all pending values
      _execute_selection       flat fields of all objects in one pass, then the others
        _execute_field         resolve one field of all objects of a level
          _complete_values     leaf values, lists, objects; awaitables become pending values
      _complete_pending        values that arrived → _complete_values
    """

    plan: "Plan"
    variant: OperationVariant
    variables: VariableValues
    invocation: Invocation
    context: Any = dataclasses.field(init=False)
    _arguments: dict[PlanField, Any] = dataclasses.field(init=False, default_factory=dict)
    _core_executor: Executor[Any] | None = dataclasses.field(init=False, default=None)
    _collector: ProjectionCollector | None = dataclasses.field(init=False, default=None)
    _dispatch_loads: Callable[[], None] = dataclasses.field(init=False)
    _errors: CollectedErrors = dataclasses.field(init=False, default_factory=CollectedErrors)
    _pending: PendingValues = dataclasses.field(init=False, default_factory=PendingValues)

    def __post_init__(self) -> None:
        self.context = self.invocation.context
        self._dispatch_loads = getattr(self.context, "flush", _no_op)

    async def execute(self, *, serially: bool) -> ExecutionResult:
        """Execute the operation to its end. `serially`: the root fields of a mutation."""
        sources = [self.invocation.root]
        result_maps, remaining = self._build_result_maps(self.variant.root, sources)
        level = Level(self.variant.root, sources, result_maps, None, (0,))
        try:
            for field, values in remaining:
                self._execute_field(field, level, values)
                if serially:
                    await self._complete_pending()
            await self._complete_pending()
        finally:
            self._pending.close()
        return ExecutionResult(None if level.nulled else result_maps[0], self._errors.errors or None)

    # -- for resolvers

    def arguments(self, field: PlanField) -> Mapping[str, Any] | Exception:
        """Return a field's arguments for one call of its resolver, or the error in them.

        They are read once if resolvers cannot change them, otherwise for each call.
        """
        arguments = self._arguments.get(field)
        if arguments is None:
            try:
                arguments = field.arguments(self)
            except Exception as error:  # raised by the parser of a scalar or an input type
                arguments = error
            if field.shares_arguments:
                self._arguments[field] = arguments
        return arguments

    @property
    def collector(self) -> ProjectionCollector:
        """The collector of this execution's projections."""
        if self._collector is None:
            self._collector = self.plan.collector(self.variant, self.variables)
        return self._collector

    @property
    def core_executor(self) -> Executor[Any]:
        """graphql-core's executor, which builds infos and resolves types; built on first use."""
        if self._core_executor is None:
            self._core_executor = self.plan.core_executor(self.invocation)
        return self._core_executor

    # -- levels

    def _build_result_maps(
        self, selection: Selection, sources: Values
    ) -> tuple[list[dict[str, Any]], list[tuple[PlanField, Values | None]]]:
        """Return the objects' result maps with the flat fields, and the fields that remain.

        A remaining field is null in the result maps, which fixes the order of keys. A flat field
        with an error or an awaitable remains as well, with its values.
        """
        if selection.build_result_maps is None:
            return [{} for _ in sources], []
        columns: list[Values] = []
        remaining: list[tuple[PlanField, Values | None]] = []
        nulls = (None,) * len(sources)
        for field in selection.fields:
            column: Values | None = None
            if field.is_flat:
                values = field.read_batch(self, field, sources)
                if field.output_type.kind is OutputKind.LEAF_VALUE:
                    column = leaf_values.complete_all(field.output_type, values)
                else:
                    column = self._complete_flat_objects(field, values)
                if column is None:
                    remaining.append((field, values))
            else:
                remaining.append((field, None))
            columns.append(nulls if column is None else column)
        return selection.build_result_maps(columns), remaining

    def _complete_flat_objects(
        self, field: PlanField, values: Values
    ) -> Sequence[dict[str, Any] | None] | None:
        """Return the result maps of objects that are part of their parents.

        None if one of them needs more than reading its fields.
        """
        type_: Any = field.output_type.named_type
        present = [value for value in values if value is not None]
        if not present:
            return values if field.output_type.nullable else None
        if len(present) < len(values) and not field.output_type.nullable:
            return None
        if not type_resolution.need_no_type_check(type_, present):
            return None
        if any(map(VALUE_KINDS.__getitem__, set(map(type, present)))):
            return None
        selection = field.subselection(type_)
        result_maps = self._build_flat_result_maps(selection, present) if selection.is_flat else None
        return None if result_maps is None else leaf_values.restore_nulls(values, result_maps)

    def _build_flat_result_maps(self, selection: Selection, sources: Values) -> list[dict[str, Any]] | None:
        """Return the result maps of a flat selection; None if a field of one object fails."""
        result_maps, remaining = self._build_result_maps(selection, sources)
        for _, values in remaining:
            leaf_values.close_coroutines(values)
        return None if remaining else result_maps

    def _execute_selection(
        self, selection: Selection, slots: ResponseSlots, indices: Indices, sources: Values
    ) -> None:
        """Execute a selection on objects and put their result maps into the slots."""
        if selection.is_flat and self._execute_shared_objects(selection, slots, indices, sources):
            return
        result_maps, remaining = self._build_result_maps(selection, sources)
        slots.put_all(indices, result_maps)
        if remaining:
            level = Level(selection, sources, result_maps, slots, indices)
            for field, values in remaining:
                self._execute_field(field, level, values)

    def _execute_shared_objects(
        self, selection: Selection, slots: ResponseSlots, indices: Indices, sources: Values
    ) -> bool:
        """Execute a flat selection once per object, e.g. the shared course of many sections.

        Returns False without effect if no object repeats, or if a field of one fails: each slot
        then needs its own errors.
        """
        unique_sources = {id(source): source for source in sources}
        if len(unique_sources) == len(sources):
            return False
        result_maps = self._build_flat_result_maps(selection, list(unique_sources.values()))
        if result_maps is None:
            return False
        result_by_id = dict(zip(unique_sources, result_maps, strict=True))
        slots.put_all(indices, [result_by_id[id(source)] for source in sources])
        return True

    def _execute_field(self, field: PlanField, level: Level, values: Values | None) -> None:
        """Resolve a field of a level's objects, unless `values` are given, and complete it."""
        sources, result_maps = level.sources, level.result_maps
        live_indices: Indices = range(len(sources))
        if self._errors.nulled_positions:
            live_indices = [
                index
                for index in live_indices
                if not is_object_nulled(level, index, level.order(index, field))
            ]
            if len(live_indices) < len(sources):
                result_maps = [result_maps[index] for index in live_indices]
                if values is not None:
                    values = [values[index] for index in live_indices]
                else:
                    sources = [sources[index] for index in live_indices]
        if not result_maps:
            return
        if values is None:
            if field.read_batch is not None:
                values = field.read_batch(self, field, sources)
            else:
                values = field.resolve(self, field, sources, level, live_indices)
        self._complete_values(
            ResponseSlots(field, field.output_type, level, None, live_indices, result_maps, None), values
        )

    # -- values

    def _complete_values(self, slots: ResponseSlots, values: Values) -> None:
        """Complete resolved values and put them into the slots."""
        indices: Indices = range(len(values))
        if any(map(VALUE_KINDS.__getitem__, set(map(type, values)))):
            indices = [index for index in indices if self._is_ready(slots, index, values[index])]
            if not indices:
                return
            values = [values[index] for index in indices]
        match slots.output_type.kind:
            case OutputKind.LEAF_VALUE:
                self._complete_leaf_values(slots, indices, values)
            case OutputKind.LIST:
                self._complete_lists(slots, indices, values)
            case OutputKind.OBJECT:
                type_: Any = slots.output_type.named_type
                self._complete_objects(slots, indices, values, type_)
            case OutputKind.ABSTRACT:
                self._complete_abstract(slots, indices, values)

    def _is_ready(self, slots: ResponseSlots, index: int, value: Any) -> bool:
        """Return whether the value can be completed now. Otherwise handle it.

        A null is put into its slot or becomes an error, an exception becomes an error, an awaitable
        becomes a pending value.
        """
        kind = VALUE_KINDS[type(value)]
        if kind == NULL:
            if slots.output_type.nullable:
                slots.put(index, None)
            else:
                self._errors.add(slots, index, null_error(slots.field))
        elif kind == EXCEPTION:
            self._errors.add(slots, index, value)
        elif kind == AWAITABLE:
            self._pending.add(slots, index, value)
        return kind == PLAIN

    def _complete_leaf_values(self, slots: ResponseSlots, indices: Indices, values: Values) -> None:
        for index, value in zip(indices, values, strict=True):
            try:
                coerced = leaf_values.complete_one(slots.output_type, value)
            except Exception as error:
                self._errors.add(slots, index, error)
            else:
                slots.put(index, coerced)

    def _complete_lists(self, slots: ResponseSlots, indices: Indices, values: Values) -> None:
        item_type = slots.output_type.item_type
        assert item_type is not None
        parent_indices: list[int] = []
        containers: list[list[Any]] = []
        item_indices: list[int] = []
        items: list[Any] = []
        partial_lists: list[tuple[int, Exception, int]] = []
        for index, value in zip(indices, values, strict=True):
            if type(value) is list:
                list_items = value
            elif is_iterable(value):
                list_items = []
                try:
                    list_items.extend(value)
                except Exception as iteration_error:
                    partial_lists.append((index, iteration_error, len(list_items)))
            elif hasattr(value, "__aiter__"):
                self._pending.add(slots, index, list_values.collect_items(value))
                continue
            else:
                self._errors.add(slots, index, list_values.not_iterable_error(slots.field))
                continue
            count = len(list_items)
            container: list[Any] = [None] * count
            slots.put(index, container)
            parent_indices += [index] * count
            containers += [container] * count
            item_indices += range(count)
            items += list_items
        if items:
            item_slots = ResponseSlots(
                slots.field, item_type, slots.level, slots, parent_indices, containers, item_indices
            )
            self._complete_values(item_slots, items)
        for index, error, count in partial_lists:  # after the errors of the items before
            self._errors.add(slots, index, error, [*slots.order(index), count])

    def _complete_objects(
        self, slots: ResponseSlots, indices: Indices, values: Values, type_: GraphQLObjectType
    ) -> None:
        if not type_resolution.need_no_type_check(type_, values):
            checked = [
                (index, type_resolution.unwrap(value))
                for index, value in zip(indices, values, strict=True)
                if self._is_of_type(slots, index, value, type_)
            ]
            indices = [index for index, _ in checked]
            values = [value for _, value in checked]
        if values:
            self._execute_selection(slots.field.subselection(type_), slots, indices, values)

    def _is_of_type(self, slots: ResponseSlots, index: int, value: Any, type_: GraphQLObjectType) -> bool:
        """Return whether the value is of the type. Otherwise add the error, or await the check."""
        try:
            pending_check = type_resolution.check_type(self, slots, index, value, type_)
        except Exception as error:
            self._errors.add(slots, index, error)
            return False
        if pending_check is not None:
            self._pending.add(slots, index, pending_check)
        return pending_check is None

    def _complete_abstract(self, slots: ResponseSlots, indices: Indices, values: Values) -> None:
        """Complete the values of an interface or union, those of one object type together."""
        abstract: Any = slots.output_type.named_type
        by_type: dict[GraphQLObjectType, tuple[list[int], list[Any]]] = {}
        for index, value in zip(indices, values, strict=True):
            try:
                type_ = type_resolution.resolve_type(self, slots, index, value, abstract)
            except Exception as error:
                self._errors.add(slots, index, error)
                continue
            if not isinstance(type_, GraphQLObjectType):
                self._pending.add(slots, index, type_)
                continue
            type_indices, type_values = by_type.setdefault(type_, ([], []))
            type_indices.append(index)
            type_values.append(value if type_.is_type_of is not None else type_resolution.unwrap(value))
        for type_, (type_indices, type_values) in by_type.items():
            self._complete_objects(slots, type_indices, type_values, type_)

    # -- pending values

    async def _complete_pending(self) -> None:
        """Complete values as they arrive, until none is pending."""
        self._flush_errors()
        while self._pending:
            await self._pending.wait_for_any(self._dispatch_loads)
            for slots, (indices, values) in self._pending.take_ready().items():
                self._complete_arrived(slots, indices, values)
            self._flush_errors()

    def _flush_errors(self) -> None:
        if self._errors.flush() and self._errors.nulled_positions:
            self._pending.discard_nulled()

    def _complete_arrived(self, slots: ResponseSlots, indices: Indices, values: Values) -> None:
        """Complete values that arrived, except below positions that became null."""
        if self._errors.nulled_positions:
            live_offsets = [
                offset
                for offset, index in enumerate(indices)
                if not is_slot_nulled(slots, index, slots.order(index))
            ]
            indices = [indices[offset] for offset in live_offsets]
            values = [values[offset] for offset in live_offsets]
        if indices:
            self._complete_values(slots.subset(indices), values)


def _no_op() -> None:
    """Do nothing: for contexts without loads."""
