"""Deliberately faulty engines; the suite must detect each of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from graphql import ExecutionResult, GraphQLError

from tests.execution.differential.documents import Case
from tests.execution.differential.engines import Engine

ResultFault = Callable[[ExecutionResult, Case], ExecutionResult]


def with_result_fault(engine: Engine, fault: ResultFault) -> Engine:
    """Return an engine whose results have a fault."""

    async def run(case: Case, context: Any, root: Any) -> tuple[ExecutionResult, bool]:
        result, late = await engine(case, context, root)
        return fault(result, case), late

    return run


def with_case_fault(engine: Engine, fault: Callable[[Case], Case]) -> Engine:
    """Return an engine that executes a modified case."""

    async def run(case: Case, context: Any, root: Any) -> tuple[ExecutionResult, bool]:
        return await engine(fault(case), context, root)

    return run


def _drop_an_error(result: ExecutionResult, _: Case) -> ExecutionResult:
    return ExecutionResult(result.data, (result.errors or [])[1:] or None)


def _lose_extensions(result: ExecutionResult, _: Case) -> ExecutionResult:
    return _each(result, lambda error: _remade(error, extensions={}))


def _lose_locations(result: ExecutionResult, _: Case) -> ExecutionResult:
    return _each(result, lambda error: _remade(error, nodes=None))


def _lose_causes(result: ExecutionResult, _: Case) -> ExecutionResult:
    return _each(result, lambda error: _remade(error, original_error=None))


def _truncate_paths(result: ExecutionResult, _: Case) -> ExecutionResult:
    return _each(result, lambda error: _remade(error, path=(error.path or [])[:-1]))


def _reverse_errors(result: ExecutionResult, _: Case) -> ExecutionResult:
    return ExecutionResult(result.data, (result.errors or [])[::-1] or None)


def _reverse_keys(result: ExecutionResult, _: Case) -> ExecutionResult:
    return ExecutionResult(_map(result.data, lambda fields: dict(reversed(fields.items()))), result.errors)


def _keep_what_is_null(result: ExecutionResult, _: Case) -> ExecutionResult:
    """As if null did not propagate: an object in place of null."""
    data: Any = result.data
    for error in result.errors or ():
        data = _filled(data, error.path or [])
    return ExecutionResult(data, result.errors)


def _spread_null(result: ExecutionResult, _: Case) -> ExecutionResult:
    """As if null propagated too far."""
    return ExecutionResult(None if result.errors else result.data, result.errors)


def _shorten_lists(result: ExecutionResult, _: Case) -> ExecutionResult:
    return ExecutionResult(_map_lists(result.data), result.errors)


def _texts(result: ExecutionResult, _: Case) -> ExecutionResult:
    data = _map(
        result.data,
        lambda fields: {
            key: str(value) if isinstance(value, int) else value for key, value in fields.items()
        },
    )
    return ExecutionResult(data, result.errors)


def _forget_variables(case: Case) -> Case:
    return replace(case, variables={})


RESULT_FAULTS: Mapping[str, ResultFault] = {
    "an error is dropped": _drop_an_error,
    "extensions are lost": _lose_extensions,
    "locations are lost": _lose_locations,
    "causes are lost": _lose_causes,
    "paths are cut": _truncate_paths,
    "errors are in reverse": _reverse_errors,
    "keys are in reverse": _reverse_keys,
    "null does not spread": _keep_what_is_null,
    "null spreads too far": _spread_null,
    "lists are cut": _shorten_lists,
    "numbers become text": _texts,
}


def faulty_engines(engine: Engine) -> Mapping[str, Engine]:
    """Return fault → an engine with it."""
    return {
        **{name: with_result_fault(engine, fault) for name, fault in RESULT_FAULTS.items()},
        "variables are forgotten": with_case_fault(engine, _forget_variables),
    }


def _remade(error: GraphQLError, **changed: Any) -> GraphQLError:
    parts: dict[str, Any] = {
        "nodes": error.nodes,
        "path": error.path,
        "original_error": error.original_error,
        "extensions": error.extensions,
        **changed,
    }
    return GraphQLError(error.message, **parts)


def _each(result: ExecutionResult, change: Callable[[GraphQLError], GraphQLError]) -> ExecutionResult:
    errors = [change(error) for error in result.errors or ()]
    return ExecutionResult(result.data, errors or None)


def _map(data: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(data, dict):
        return change({key: _map(value, change) for key, value in data.items()})
    return [_map(value, change) for value in data] if isinstance(data, list) else data


def _map_lists(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _map_lists(value) for key, value in data.items()}
    return [_map_lists(value) for value in data[:2]] if isinstance(data, list) else data


def _filled(data: Any, path: list[str | int]) -> Any:
    if data is None:
        return {}
    if not path:
        return data
    if isinstance(data, dict) and path[0] in data:
        return {**data, path[0]: _filled(data[path[0]], path[1:])}
    if isinstance(data, list) and isinstance(path[0], int) and path[0] < len(data):
        key = path[0]
        return [*data[:key], _filled(data[key], path[1:]), *data[key + 1 :]]
    return data
