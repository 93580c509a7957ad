"""One run of a plan: breadth first, a level of objects at a time.

Each field of a selection is resolved for all objects of its level before the next field is. What
has to be waited for goes on as it arrives, all that arrived together together; the rest of the
answer does not wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    ExecutionResult,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    Undefined,
    located_error,
)
from graphql.execution.executor import Executor, default_type_resolver, invalid_return_type_error
from graphql.execution.values import VariableValues
from graphql.pyutils import inspect, is_iterable

from lms_gateway.execution.collect import Collector
from lms_gateway.execution.info import LateInfo
from lms_gateway.execution.level import Deaths, Level, Rank, Spots, is_dead, is_lost
from lms_gateway.execution.pending import Pending
from lms_gateway.execution.selection import Field, Form, Selection, Shape, Variant

if TYPE_CHECKING:
    from lms_gateway.execution.plans import Plan

_NONE = type(None)
_UNDEFINED = type(Undefined)


class _Kind(dict[type, int]):
    """What values of a class are: 0 for a plain value, else one of the three below."""

    NULL, FAILED, LATE = 1, 2, 3

    def __missing__(self, cls: type) -> int:
        if cls is _NONE or cls is _UNDEFINED:
            kind = self.NULL
        elif issubclass(cls, Exception):
            kind = self.FAILED
        else:
            kind = self.LATE if hasattr(cls, "__await__") else 0
        if len(self) > 10_000:  # classes made at run time must not pile up
            self.clear()
        self[cls] = kind
        return kind


_kinds = _Kind()


def is_late(value: Any) -> bool:
    """Whether a resolver's value has to be waited for."""
    return _kinds[type(value)] == _Kind.LATE


class Run:
    """What one execution of a plan keeps."""

    __slots__ = (
        "_arguments",
        "_closed",
        "_collector",
        "_deaths",
        "_errors",
        "_executor",
        "_failures",
        "_flush",
        "_loop",
        "_nulled",
        "_ready",
        "_tasks",
        "_waits",
        "_wake",
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
        self._errors: list[GraphQLError] = []
        self._nulled: set[tuple[str | int, ...] | None] = set()
        self._failures: list[tuple[Rank, GraphQLError, tuple[str | int, ...] | None]] = []
        self._deaths: list[Deaths] = []
        self._waits: set[_Wait] = set()
        self._ready: list[_Wait] = []
        self._tasks: set[asyncio.Future[Any]] = set()
        self._wake: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._closed = False

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
            self._closed = True
            for task in self._tasks:
                task.cancel()
            for wait in self._ready:  # only where the run was cancelled itself
                if not wait.future.cancelled():
                    wait.future.exception()  # nobody else will ask for it
        return ExecutionResult(None if level.dead else outs[0], self._errors or None)

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
                values = field.resolve(self, field, sources, None, ())
                if field.shape.form is Form.LEAF:
                    column = _finished(field.shape, values)
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
        if type_.is_type_of is not None and not _are_surely(type_, there):
            return None
        if any(map(_kinds.__getitem__, set(map(type, there)))):
            return None
        selection = field.below(type_)
        if not selection.is_flat:
            return None
        outs, left = self._begin(selection, there)
        if left:
            for _, found in left:
                _drop(found)
            return None
        if len(there) == len(values):
            return outs
        following = iter(outs)
        return [None if value is None else next(following) for value in values]

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
        outs, left = self._begin(selection, list(once.values()))
        if left:
            for _, values in left:
                _drop(values)
            return False
        answers = dict(zip(once, outs, strict=True))
        spots.put_all(indices, [answers[id(source)] for source in sources])
        return True

    def _run_field(self, field: Field, level: Level, values: Sequence[Any] | None) -> None:
        """Resolve a field of a level's objects, unless that is done already, and complete it."""
        sources, outs = level.sources, level.outs
        alive: Sequence[int] = range(len(sources))
        if self._deaths:
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
            values = field.resolve(self, field, sources, level, alive)
        self._complete(Spots(field, field.shape, level, None, alive, outs, None), values)

    # -- values

    def _complete(self, spots: Spots, values: Sequence[Any]) -> None:
        """Turn resolved values into what the answer holds, and fill the spots with it."""
        indices: Sequence[int] = range(len(values))
        if any(map(_kinds.__getitem__, set(map(type, values)))):
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
        kind = _kinds[type(value)]
        if kind == _Kind.NULL:
            if not spots.shape.nullable:
                self._fail(spots, index, self._null_error(spots.field))
            else:
                spots.put(index, None)
        elif kind == _Kind.FAILED:
            self._fail(spots, index, value)
        elif kind == _Kind.LATE:
            self._wait(spots, index, value)
        return kind == 0

    def _coerce(self, spots: Spots, indices: Sequence[int], values: Sequence[Any]) -> None:
        coerce, put = spots.shape.coerce, spots.put
        assert coerce is not None
        for index, value in zip(indices, values, strict=True):
            try:
                coerced = coerce(value)
                if coerced is None or coerced is Undefined:
                    raise _uncoerced(spots.shape, value, coerced)
            except Exception as error:
                self._fail(spots, index, error)
            else:
                put(index, coerced)

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
                self._wait(spots, index, _drain(value))
                continue
            else:
                self._fail(spots, index, _not_iterable(spots.field))
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
            self._fail(spots, index, error, [*spots.rank(index), count])

    def _complete_objects(
        self,
        spots: Spots,
        indices: Sequence[int],
        values: Sequence[Any],
        type_: GraphQLObjectType,
    ) -> None:
        if type_.is_type_of is not None and not _are_surely(type_, values):
            checked = [
                index
                for index, value in zip(indices, values, strict=True)
                if type(value) is _Judged or self._is_of_type(spots, index, value, type_)
            ]
            by_index = dict(zip(indices, values, strict=True))
            indices = checked
            values = [_bare(by_index[index]) for index in checked]
        if values:
            self._answer(spots.field.below(type_), spots, indices, values)

    def _is_of_type(self, spots: Spots, index: int, value: Any, type_: GraphQLObjectType) -> bool:
        assert type_.is_type_of is not None
        info: Any = LateInfo(self, spots, index)
        try:
            found: Any = type_.is_type_of(value, info)
            if is_late(found):
                self._wait(spots, index, _judge(found, value, type_, spots.field))
                return False
            if found:
                return True
            raise invalid_return_type_error(type_, value, spots.field.details)
        except Exception as error:
            self._fail(spots, index, error)
            return False

    def _complete_abstract(
        self, spots: Spots, indices: Sequence[int], values: Sequence[Any]
    ) -> None:
        """Complete the objects of each type together."""
        abstract: Any = spots.shape.named
        by_type: dict[GraphQLObjectType, tuple[list[int], list[Any]]] = {}
        for index, value in zip(indices, values, strict=True):
            try:
                type_ = self._type_of(spots, index, value, abstract)
            except Exception as error:
                self._fail(spots, index, error)
                continue
            if type_ is None:
                continue
            if type_.is_type_of is None:
                value = _bare(value)
            at, own = by_type.setdefault(type_, ([], []))
            at.append(index)
            own.append(value)
        for type_, (at, own) in by_type.items():
            self._complete_objects(spots, at, own, type_)

    def _type_of(
        self, spots: Spots, index: int, value: Any, abstract: GraphQLAbstractType
    ) -> GraphQLObjectType | None:
        """The type of an object; None where it has to be waited for."""
        if type(value) is _Judged:
            return value.type
        info: Any = LateInfo(self, spots, index)
        resolve_type = abstract.resolve_type or default_type_resolver
        name: Any = resolve_type(value, info, abstract)
        if is_late(name):
            self._wait(spots, index, self._await_type(name, spots, index, value, abstract))
            return None
        return self._valid_type(name, spots, index, value, abstract)

    async def _await_type(
        self,
        name: Awaitable[Any],
        spots: Spots,
        index: int,
        value: Any,
        abstract: GraphQLAbstractType,
    ) -> Any:
        type_ = self._valid_type(await name, spots, index, value, abstract)
        check = type_.is_type_of
        found: Any = check is None or check(value, cast(Any, LateInfo(self, spots, index)))
        if not (await found if is_late(found) else found):
            raise invalid_return_type_error(type_, value, spots.field.details)
        return _Judged(value, type_)

    def _valid_type(
        self, name: Any, spots: Spots, index: int, value: Any, abstract: GraphQLAbstractType
    ) -> GraphQLObjectType:
        info: Any = LateInfo(self, spots, index)
        return self.executor.ensure_valid_runtime_type(
            name, abstract, spots.field.details, info, value
        )

    # -- what goes wrong

    def _fail(self, spots: Spots, index: int, error: Exception, rank: Rank | None = None) -> None:
        located = located_error(error, spots.field.nodes, spots.path(index))
        rank = rank or spots.rank(index)
        nulled, noted = spots.null(index, rank)
        self._deaths += noted
        self._failures.append((rank, located, nulled))

    @staticmethod
    def _null_error(field: Field) -> TypeError:
        return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")

    def _tell_failures(self) -> None:
        """Take over what failed since the last time, as graphql-core would have come to it.

        What it would not have come to, because it lies below something that became null before, is
        left out.
        """
        self._failures.sort(key=lambda failure: failure[0])
        for _, error, nulled in self._failures:
            if self._is_nulled(nulled):
                continue
            self._nulled.add(nulled)
            self._errors.append(error)
        if self._failures:
            self._failures.clear()
            self._bury()

    def _bury(self) -> None:
        """Give up what lies below the dead: whatever its rank, it comes too late now."""
        for dead in self._deaths:
            for index in dead:
                dead[index] = []
        if self._deaths:
            for wait in [wait for wait in self._waits if is_lost(wait.spots, wait.index, _LAST)]:
                self._waits.discard(wait)
                if wait.is_ours:
                    wait.future.cancel()

    def _is_nulled(self, path: tuple[str | int, ...] | None) -> bool:
        if None in self._nulled:
            return True
        return path is not None and any(
            path[:length] in self._nulled for length in range(1, len(path) + 1)
        )

    # -- what has to be waited for

    def _wait(self, spots: Spots, index: int, value: Awaitable[Any]) -> None:
        then: Callable[[Any], Any] | None = None
        is_ours = False
        future: asyncio.Future[Any]
        if type(value) is Pending:
            future, then = value.future, value.then
        elif asyncio.isfuture(value):
            future = value
        else:
            future, is_ours = asyncio.ensure_future(value), True
            self._tasks.add(future)
            future.add_done_callback(self._tasks.discard)
        wait = _Wait(spots, index, future, then, is_ours)
        self._waits.add(wait)
        if future.done():
            self._ready.append(wait)
        else:
            future.add_done_callback(partial(self._arrived, wait))

    def _arrived(self, wait: "_Wait", future: "asyncio.Future[Any]") -> None:
        if self._closed or wait not in self._waits:
            if not future.cancelled():
                future.exception()  # nobody else will ask for it
            return
        self._ready.append(wait)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _settle(self) -> None:
        """Go on until nothing is waited for."""
        self._tell_failures()
        while self._waits:
            if not self._ready:
                if not self._tasks:
                    self._flush()  # nothing that runs here will load any more before it is awake
                self._wake = self._loop.create_future()
                await self._wake
            self._take_ready()
            self._tell_failures()

    def _take_ready(self) -> None:
        """Complete what has arrived, that of one field and level together."""
        ready, self._ready = self._ready, []
        groups: dict[Spots, tuple[list[int], list[Any]]] = {}
        for wait in ready:
            if wait in self._waits:
                self._waits.discard(wait)
                indices, values = groups.setdefault(wait.spots, ([], []))
                indices.append(wait.index)
                values.append(wait.outcome())
        for spots, (indices, values) in groups.items():
            if self._deaths:
                alive = [
                    at
                    for at, index in enumerate(indices)
                    if not is_lost(spots, index, spots.rank(index))
                ]
                indices = [indices[at] for at in alive]
                values = [values[at] for at in alive]
            if indices:
                self._complete(spots.some(indices), values)


class _Wait:
    """A spot whose value is on its way."""

    __slots__ = ("future", "index", "is_ours", "spots", "then")

    def __init__(
        self,
        spots: Spots,
        index: int,
        future: "asyncio.Future[Any]",
        then: Callable[[Any], Any] | None,
        is_ours: bool,
    ) -> None:
        self.spots = spots
        self.index = index
        self.future = future
        self.then = then
        self.is_ours = is_ours  # a task that nobody else awaits

    def outcome(self) -> Any:
        """The value that arrived, or the exception. Raises CancelledError."""
        error = self.future.exception()
        if error is not None:
            if isinstance(error, Exception):
                return error
            raise error
        if self.then is None:
            return self.future.result()
        try:
            return self.then(self.future.result())
        except Exception as failed:
            return failed


class _Judged:
    """An object whose type was found out by waiting for it."""

    __slots__ = ("type", "value")

    def __init__(self, value: Any, type_: GraphQLObjectType) -> None:
        self.value = value
        self.type = type_


_LAST: Rank = [1 << 62]
"""A rank behind all others."""


def _rank(level: Level, index: int, field: Field) -> Rank:
    """The rank of an object's field."""
    above = [] if level.spots is None else level.spots.rank(level.at[index])
    return [*above, field.position]


def _are_surely(type_: GraphQLObjectType, values: Sequence[Any]) -> bool:
    """Whether the type's check need not be called: it says itself which classes it accepts."""
    accepted = getattr(type_.is_type_of, "instances_of", None)
    return accepted is not None and accepted.issuperset(map(type, values))


def _finished(shape: Shape, values: Sequence[Any]) -> Sequence[Any] | None:
    """Leaves as the answer holds them; None where one has an error, or is not here yet."""
    classes = set(map(type, values))
    if classes <= shape.kept:
        return values
    if any(_kinds[cls] for cls in classes - shape.kept):
        return None
    coerce = shape.coerce
    assert coerce is not None
    try:
        coerced = [coerce(value) for value in values if value is not None]
    except Exception:  # told with its place, when it is raised again
        return None
    if any(value is None or value is Undefined for value in coerced):
        return None
    if len(coerced) == len(values):
        return coerced
    following = iter(coerced)
    return [None if value is None else next(following) for value in values]


def _drop(values: Sequence[Any] | None) -> None:
    """Leave nothing behind that would complain of not having been awaited."""
    for value in values or ():
        if iscoroutine(value):
            value.close()


def _uncoerced(shape: Shape, value: Any, coerced: Any) -> TypeError:
    return TypeError(
        f"Expected `{inspect(shape.named)}.coerce_output_value({inspect(value)})` "
        f"to return non-nullable value, returned: {inspect(coerced)}"
    )


def _not_iterable(field: Field) -> GraphQLError:
    return GraphQLError(
        f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'."
    )


async def _drain(values: Any) -> Iterable[Any]:
    drained: list[Any] = []
    try:
        async for value in values:
            drained.append(value)  # noqa: PERF401 - a comprehension would lose what came first
    except Exception as error:  # behind the errors of the items that came before
        return _broken_off(drained, error)
    return drained


def _broken_off(values: list[Any], error: Exception) -> Iterator[Any]:
    yield from values
    raise error


def _nothing() -> None:
    """For contexts that have no loads to send off."""


def _bare(value: Any) -> Any:
    return value.value if type(value) is _Judged else value


async def _judge(found: Awaitable[bool], value: Any, type_: GraphQLObjectType, field: Field) -> Any:
    if not await found:
        raise invalid_return_type_error(type_, value, field.details)
    return _Judged(value, type_)
