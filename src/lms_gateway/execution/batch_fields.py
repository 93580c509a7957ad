"""Fields whose value depends on their source alone: read for many sources at once.

Whoever reads such a field may do so before its turn, once for an object that stands in many places
of an answer, and again where the first time something failed.
"""

from collections.abc import Callable, Sequence
from inspect import Parameter, iscoroutinefunction, isfunction, signature
from typing import Any

from strawberry.types.fields.resolver import StrawberryResolver

from lms_gateway.execution.declarations import BatchResolver
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.resolve_info import PlannedInfo
from lms_gateway.execution.selection import PlanField

ReadMany = Callable[[Sequence[Any], str], Sequence[Any]]
"""Reads a field without a resolver off many sources, under its Python name. May raise."""

FieldReader = Callable[[PlanExecutor, PlanField, Sequence[Any]], Sequence[Any]]
"""Gives a field's values; an exception among them is the error of its source's field."""


def read_typename(
    _executor: PlanExecutor, field: PlanField, sources: Sequence[Any]
) -> Sequence[Any]:
    """`__typename`."""
    return [field.parent.name] * len(sources)


def attribute_reader(
    name: str, read: Callable[[Any, str], Any], read_many: ReadMany | None
) -> FieldReader:
    """A field without a resolver, under its Python name."""
    read_each = _each_reader(lambda source: read(source, name))
    if read_many is None:
        return read_each

    def read_batch(
        executor: PlanExecutor, field: PlanField, sources: Sequence[Any]
    ) -> Sequence[Any]:
        try:
            return read_many(sources, name)
        except Exception:  # of one of them: tell whose
            return read_each(executor, field, sources)

    return read_batch


def batch_reader(batch_resolver: BatchResolver) -> FieldReader:
    """A field with something that resolves it for all sources at once."""

    def read_batch(
        executor: PlanExecutor, field: PlanField, sources: Sequence[Any]
    ) -> Sequence[Any]:
        try:
            return batch_resolver(sources, PlannedInfo(executor, field))
        except Exception as error:
            return [error] * len(sources)

    return read_batch


def source_reader(resolver: StrawberryResolver[Any]) -> FieldReader | None:
    """A field whose resolver takes nothing but the source; None for any other."""
    call: Any = resolver.wrapped_func
    source = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
    if source is None or not isfunction(call) or iscoroutinefunction(call):
        return None
    parameters = list(signature(call).parameters.values())
    takes_only_source = [parameter.name for parameter in parameters] == [source.name]
    return (
        _each_reader(call)
        if takes_only_source and parameters[0].kind is Parameter.POSITIONAL_OR_KEYWORD
        else None
    )


def _each_reader(call: Callable[[Any], Any]) -> FieldReader:
    def read_batch(
        _executor: PlanExecutor, _field: PlanField, sources: Sequence[Any]
    ) -> Sequence[Any]:
        values: list[Any] = []
        for source in sources:
            try:
                values.append(call(source))
            except Exception as error:
                values.append(error)
        return values

    return read_batch
