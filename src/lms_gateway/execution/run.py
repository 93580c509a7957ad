"""One run of a plan: breadth first, a level of objects at a time.

Each field of a selection is resolved for all objects of its level before the next field is. What
has to be waited for goes on as it arrives, all that arrived together together; the rest of the
answer does not wait for it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import (
    ExecutionResult,
    GraphQLObjectType,
)
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import is_iterable

from lms_gateway.execution import leaves, lists, objects
from lms_gateway.execution.collect import Collector
from lms_gateway.execution.failures import Failures, null_error
from lms_gateway.execution.kinds import FAILED, KINDS, LATE, NULL, PLAIN
from lms_gateway.execution.level import Level, Rank, Spots, is_dead, is_lost
from lms_gateway.execution.selection import Field, Form, Selection, Variant
from lms_gateway.execution.waits import Waits

if TYPE_CHECKING:
    from lms_gateway.execution.plans import Plan


class Run:
    """What one execution of a plan keeps."""

    __slots__ = (
        "_arguments",
        "_collector",
        "_executor",
        "_failures",
        "_flush",
        "_waits",
        "context",
        "extensions",
        "plan",
        "raw_variables",
        "root_value",
        "variables",
        "variant",
    )

    def __init__(
        self,
        plan: "Plan",
        variant: Variant,
        variables: VariableValues,
        raw_variables: dict[str, Any],
        context: Any,
        root_value: Any,
        extensions: Mapping[str, Any] | None,
    ) -> None:
        self.plan = plan
        self.variant = variant
        self.variables = variables
        self.raw_variables = raw_variables
        self.context = context
        self.root_value = root_value
        self.extensions = extensions
        self._arguments: dict[Field, Any] = {}
        self._executor: Executor[Any] | None = None
        self._collector: Collector | None = None
        self._flush: Callable[[], None] = getattr(context, "flush", _nothing)
        self._failures = Failures()
        self._waits = Waits()

    async def execute(self, *, serially: bool) -> ExecutionResult:
        """Run to the end."""
        sources = [self.root_value]
        outs, open_ = self._begin(self.variant.root, sources)
        level = Level(self.variant.root, sources, outs, None, (0,))
        try:
            for field, values in open_:
                self._run_field(field, level, values)
                if serially:
                    await self._settle()
            await self._settle()
        finally:
            self._waits.close()
        return ExecutionResult(None if level.dead else outs[0], self._failures.errors or None)

    # -- what resolvers need

    def arguments(self, field: Field) -> Mapping[str, Any] | Exception:
        """A field's arguments for one call of its resolver, or why there are none.

        Read once where resolvers cannot change them; else anew for each.
        """
        known = self._arguments.get(field)
        if known is None:
            try:
                known = field.arguments(self)
            except Exception as error:  # whatever a scalar's or an input's own parser raises
                known = error
            if field.shares_arguments:
                self._arguments[field] = known
        return known

    @property
    def collector(self) -> Collector:
        """What reads the wants of this run's selections."""
        if self._collector is None:
            self._collector = self.plan.collector(self.variant, self.variables)
        return self._collector

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's own, for what is left to it; made when it is needed first."""
        if self._executor is None:
            self._executor = self.plan.executor(
                self.raw_variables, self.context, self.root_value, self.extensions
            )
        return self._executor

    # -- levels

    def _begin(
        self, selection: Selection, sources: Sequence[Any]
    ) -> tuple[list[dict[str, Any]], list[tuple[Field, Sequence[Any] | None]]]:
        """Answers to that many objects, with all flat fields in that are well.

        The other fields stand as null in their places, and are listed: what failed or has to be
        waited for with its values.
        """
        if selection.make_rows is None:
            return [{} for _ in sources], []
        columns: list[Sequence[Any]] = []
        left: list[tuple[Field, Sequence[Any] | None]] = []
        nothing = (None,) * len(sources)
        for field in selection.fields:
            column: Sequence[Any] | None = None
            if field.is_flat:
                values = field.column(self, field, sources)
                if field.shape.form is Form.LEAF:
                    column = leaves.finish(field.shape, values)
                else:
                    column = self._finished_objects(field, values)
                if column is None:
                    left.append((field, values))
            else:
                left.append((field, None))
            columns.append(nothing if column is None else column)
        return selection.make_rows(columns), left

    def _finished_objects(
        self, field: Field, values: Sequence[Any]
    ) -> Sequence[dict[str, Any] | None] | None:
        """Answers to objects that are part of their parents; None where one is not that well."""
        type_: Any = field.shape.named
        there = [value for value in values if value is not None]
        if not there:
            return values if field.shape.nullable else None
        if len(there) < len(values) and not field.shape.nullable:
            return None
        if not objects.are_surely(type_, there):
            return None
        if any(map(KINDS.__getitem__, set(map(type, there)))):
            return None
        selection = field.below(type_)
        outs = self._begin_all(selection, there) if selection.is_flat else None
        return None if outs is None else leaves.among_nulls(values, outs)

    def _begin_all(
        self, selection: Selection, sources: Sequence[Any]
    ) -> list[dict[str, Any]] | None:
        """Answers to objects of a flat selection; None where one is not well."""
        outs, left = self._begin(selection, sources)
        for _, values in left:
            leaves.drop(values)
        return None if left else outs

    def _answer(
        self, selection: Selection, spots: Spots, indices: Sequence[int], sources: Sequence[Any]
    ) -> None:
        """Answer objects, and put the answers where they belong."""
        if selection.is_flat and self._answer_once(selection, spots, indices, sources):
            return
        outs, left = self._begin(selection, sources)
        spots.put_all(indices, outs)
        if left:
            level = Level(selection, sources, outs, spots, indices)
            for field, values in left:
                self._run_field(field, level, values)

    def _answer_once(
        self, selection: Selection, spots: Spots, indices: Sequence[int], sources: Sequence[Any]
    ) -> bool:
        """Answer objects that stand in many spots once, e.g. the one course of many sections.

        False, with nothing done, where there are none, or where something is amiss: each spot then
        has errors of its own.
        """
        once = {id(source): source for source in sources}
        if len(once) == len(sources):
            return False
        outs = self._begin_all(selection, list(once.values()))
        if outs is None:
            return False
        answers = dict(zip(once, outs, strict=True))
        spots.put_all(indices, [answers[id(source)] for source in sources])
        return True

    def _run_field(self, field: Field, level: Level, values: Sequence[Any] | None) -> None:
        """Resolve a field of a level's objects, unless that is done already, and complete it."""
        sources, outs = level.sources, level.outs
        alive: Sequence[int] = range(len(sources))
        if self._failures.deaths:
            alive = [i for i in alive if not is_dead(level, i, _rank(level, i, field))]
            if len(alive) < len(sources):
                outs = [outs[i] for i in alive]
                if values is not None:
                    values = [values[i] for i in alive]
                else:
                    sources = [sources[i] for i in alive]
        if not outs:
            return
        if values is None:
            if field.column is not None:
                values = field.column(self, field, sources)
            else:
                values = field.resolve(self, field, sources, level, alive)
        self._complete(Spots(field, field.shape, level, None, alive, outs, None), values)

    # -- values

    def _complete(self, spots: Spots, values: Sequence[Any]) -> None:
        """Turn resolved values into what the answer holds, and fill the spots with it."""
        indices: Sequence[int] = range(len(values))
        if any(map(KINDS.__getitem__, set(map(type, values)))):
            indices = [i for i in indices if self._is_plain(spots, i, values[i])]
            if not indices:
                return
            values = [values[i] for i in indices]
        match spots.shape.form:
            case Form.LEAF:
                self._coerce(spots, indices, values)
            case Form.LIST:
                self._complete_lists(spots, indices, values)
            case Form.OBJECT:
                type_: Any = spots.shape.named
                self._complete_objects(spots, indices, values, type_)
            case Form.ABSTRACT:
                self._complete_abstract(spots, indices, values)

    def _is_plain(self, spots: Spots, index: int, value: Any) -> bool:
        """Whether there is a value to complete. Sees to it where there is none."""
        kind = KINDS[type(value)]
        if kind == NULL:
            if spots.shape.nullable:
                spots.put(index, None)
            else:
                self._failures.add(spots, index, null_error(spots.field))
        elif kind == FAILED:
            self._failures.add(spots, index, value)
        elif kind == LATE:
            self._waits.add(spots, index, value)
        return kind == PLAIN

    def _coerce(self, spots: Spots, indices: Sequence[int], values: Sequence[Any]) -> None:
        for index, value in zip(indices, values, strict=True):
            try:
                coerced = leaves.coerce(spots.shape, value)
            except Exception as error:
                self._failures.add(spots, index, error)
            else:
                spots.put(index, coerced)

    def _complete_lists(self, spots: Spots, indices: Sequence[int], values: Sequence[Any]) -> None:
        shape = spots.shape.item
        assert shape is not None
        owners: list[int] = []
        holders: list[list[Any]] = []
        keys: list[int] = []
        items: list[Any] = []
        broken: list[tuple[int, Exception, int]] = []
        for index, value in zip(indices, values, strict=True):
            if type(value) is list:
                own = value
            elif is_iterable(value):
                own = []
                try:
                    own.extend(value)
                except Exception as failed:
                    broken.append((index, failed, len(own)))
            elif hasattr(value, "__aiter__"):
                self._waits.add(spots, index, lists.drain(value))
                continue
            else:
                self._failures.add(spots, index, lists.not_iterable(spots.field))
                continue
            count = len(own)
            holder: list[Any] = [None] * count
            spots.put(index, holder)
            owners += [index] * count
            holders += [holder] * count
            keys += range(count)
            items += own
        if items:
            below = Spots(spots.field, shape, spots.level, spots, owners, holders, keys)
            self._complete(below, items)
        for index, error, count in broken:  # behind the errors of the items that came before
            self._failures.add(spots, index, error, [*spots.rank(index), count])

    def _complete_objects(
        self,
        spots: Spots,
        indices: Sequence[int],
        values: Sequence[Any],
        type_: GraphQLObjectType,
    ) -> None:
        if not objects.are_surely(type_, values):
            checked = [
                (index, objects.bare(value))
                for index, value in zip(indices, values, strict=True)
                if self._is_of_type(spots, index, value, type_)
            ]
            indices = [index for index, _ in checked]
            values = [value for _, value in checked]
        if values:
            self._answer(spots.field.below(type_), spots, indices, values)

    def _is_of_type(self, spots: Spots, index: int, value: Any, type_: GraphQLObjectType) -> bool:
        """Whether that is known to be so now. Sees to it where it is not."""
        try:
            judging = objects.check(self, spots, index, value, type_)
        except Exception as error:
            self._failures.add(spots, index, error)
            return False
        if judging is not None:
            self._waits.add(spots, index, judging)
        return judging is None

    def _complete_abstract(
        self, spots: Spots, indices: Sequence[int], values: Sequence[Any]
    ) -> None:
        """Complete the objects of each type together."""
        abstract: Any = spots.shape.named
        by_type: dict[GraphQLObjectType, tuple[list[int], list[Any]]] = {}
        for index, value in zip(indices, values, strict=True):
            try:
                type_ = objects.type_of(self, spots, index, value, abstract)
            except Exception as error:
                self._failures.add(spots, index, error)
                continue
            if not isinstance(type_, GraphQLObjectType):
                self._waits.add(spots, index, type_)
                continue
            at, own = by_type.setdefault(type_, ([], []))
            at.append(index)
            own.append(value if type_.is_type_of is not None else objects.bare(value))
        for type_, (at, own) in by_type.items():
            self._complete_objects(spots, at, own, type_)

    # -- what has to be waited for

    async def _settle(self) -> None:
        """Go on until nothing is waited for."""
        self._tell()
        while self._waits:
            await self._waits.something(self._flush)
            for spots, (indices, values) in self._waits.take().items():
                self._resume(spots, indices, values)
            self._tell()

    def _tell(self) -> None:
        if self._failures.tell() and self._failures.deaths:
            self._waits.bury()

    def _resume(self, spots: Spots, indices: Sequence[int], values: Sequence[Any]) -> None:
        """Complete what has arrived, where it is still wanted."""
        if self._failures.deaths:
            alive = [
                at
                for at, index in enumerate(indices)
                if not is_lost(spots, index, spots.rank(index))
            ]
            indices = [indices[at] for at in alive]
            values = [values[at] for at in alive]
        if indices:
            self._complete(spots.some(indices), values)


def _rank(level: Level, index: int, field: Field) -> Rank:
    """The rank of an object's field."""
    above = [] if level.spots is None else level.spots.rank(level.at[index])
    return [*above, field.position]


def _nothing() -> None:
    """For contexts that have no loads to send off."""
