"""Outcomes of executions and their differences."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError


class Problem(NamedTuple):
    """An error as clients and operators see it."""

    path: tuple[str | int, ...] | None
    message: str
    locations: tuple[tuple[int, int], ...]
    extensions: str
    cause: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A comparable result. `awaited`: a value had to be awaited."""

    data: Any
    problems: tuple[Problem, ...]
    awaited: bool = True
    calls: tuple[str, ...] = ()
    """Calls to the vendors, or loads."""


def explain(error: GraphQLError) -> str:
    """Return the other parts of an error."""
    return repr(error.extensions)


def make_outcome(
    result: ExecutionResult,
    *,
    awaited: bool,
    calls: Iterable[str] = (),
    explain: Callable[[GraphQLError], str] = explain,
) -> Outcome:
    """Return the outcome of an execution."""
    problems = tuple(_problem(error, explain) for error in result.errors or ())
    return Outcome(result.data, problems, awaited, tuple(calls))


def _problem(error: GraphQLError, explain: Callable[[GraphQLError], str]) -> Problem:
    cause = error.original_error
    return Problem(
        None if error.path is None else tuple(error.path),
        error.message,
        tuple((location.line, location.column) for location in error.locations or ()),
        explain(error),
        f"{type(cause).__name__}: {cause}",
    )


def difference(core: Outcome, plan: Outcome) -> str | None:
    """Return how a plan's outcome differs from graphql-core's; None if it does not.

    If nothing was awaited, the order of errors is fixed. Otherwise graphql-core reports them as
    they occur, and two executions may differ.
    """
    if repr(core.data) != repr(plan.data):  # repr distinguishes types and order of keys
        return f"data: {_first_difference(core.data, plan.data, ())}"
    ours, theirs = plan.problems, core.problems
    if core.awaited:
        ours, theirs = _sorted(ours), _sorted(theirs)
    if ours == theirs:
        return None
    if _sorted(ours) == _sorted(theirs):
        return f"order of errors: {_paths(theirs)} became {_paths(ours)}"
    missing = [problem for problem in theirs if problem not in ours]
    added = [problem for problem in ours if problem not in theirs]
    return f"errors: missing {missing}, added {added}, of {len(theirs)} and {len(ours)}"


def is_explained_by_timing(core: Sequence[Outcome], plan: Outcome) -> bool:
    """Return whether graphql-core may report the plan's errors, with other delays of resolvers.

    `core` are outcomes of the same operation at different paces. Only below a position that became
    null may errors depend on which fails first. For each such position, the plan's errors must be
    those of one execution of graphql-core.
    """
    if any(repr(core_outcome.data) != repr(plan.data) for core_outcome in core):
        return False
    ours = _by_null(plan)
    theirs = [_by_null(core_outcome) for core_outcome in core]
    positions = set(ours).union(*theirs)
    return all(
        any(ours.get(position) == core_outcome.get(position) for core_outcome in theirs)
        for position in positions
    )


def has_propagated_null(core_outcome: Outcome) -> bool:
    """Return whether an error may have nulled an ancestor of its field; some errors have an invalid
    path of their own."""
    return any(
        problem.path is None or _nulled(core_outcome.data, problem.path) != problem.path
        for problem in core_outcome.problems
    )


def _by_null(result: Outcome) -> dict[Any, Sequence[Problem]]:
    """Return errors by the outermost position that became null."""
    grouped: dict[Any, list[Problem]] = {}
    for problem in result.problems:
        grouped.setdefault(_nulled(result.data, problem.path), []).append(problem)
    return {position: _sorted(problems) for position, problems in grouped.items()}


def _nulled(data: Any, path: Sequence[str | int] | None) -> Any:
    """Return the outermost null on a path; the path itself if there is none, None if the path does
    not exist."""
    for depth, key in enumerate(path or ()):
        if data is None:
            return tuple(path or ())[:depth]
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None if path is None else tuple(path)


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=repr))


def _paths(problems: Iterable[Problem]) -> list[Any]:
    return [problem.path for problem in problems]


def _first_difference(core: Any, plan: Any, path: tuple[str | int, ...]) -> str:
    if isinstance(core, dict) and isinstance(plan, dict):
        if list(core) != list(plan):
            return f"at {path}, keys {list(core)} became {list(plan)}"
        for key in core:
            if repr(core[key]) != repr(plan[key]):
                return _first_difference(core[key], plan[key], (*path, key))
    if isinstance(core, list) and isinstance(plan, list) and len(core) == len(plan):
        for index, (core_item, plan_item) in enumerate(zip(core, plan, strict=True)):
            if repr(core_item) != repr(plan_item):
                return _first_difference(core_item, plan_item, (*path, index))
    return f"at {path}, {core!r:.300} became {plan!r:.300}"
