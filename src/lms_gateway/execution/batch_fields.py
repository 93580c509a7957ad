"""Fields whose value depends on their source alone; read for many sources in one call.

The executor may read such a field out of order, once for an object in several positions, and again
after an error.
"""

from collections.abc import Callable
from inspect import Parameter, iscoroutinefunction, isfunction, signature
from typing import Any

from lms_gateway.execution.declarations import BatchResolver
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.library_internals import StrawberryResolver
from lms_gateway.execution.resolve_info import PlannedInfo
from lms_gateway.execution.selection import PlanField, Values

ReadMany = Callable[[Values, str], Values]
"""(sources, Python name) → values of a field without a resolver. May raise."""

FieldReader = Callable[[PlanExecutor, PlanField, Values], Values]
"""(executor, field, sources) → values; an exception among them is the error of that source."""


def read_typename(_executor: PlanExecutor, field: PlanField, sources: Values) -> Values:
    """Return the values of `__typename`."""
    return [field.parent.name] * len(sources)


def attribute_reader(
    name: str, read: Callable[[Any, str], Any], read_many: ReadMany | None
) -> FieldReader:
    """Return a reader of a field without a resolver, by its Python name."""
    read_each = _each_reader(lambda source: read(source, name))
    if read_many is None:
        return read_each

    def read_batch(executor: PlanExecutor, field: PlanField, sources: Values) -> Values:
        try:
            return read_many(sources, name)
        except Exception:  # find the sources that raise
            return read_each(executor, field, sources)

    return read_batch


def batch_reader(batch_resolver: BatchResolver) -> FieldReader:
    """Return a reader of a field that declares a batch resolver."""

    def read_batch(executor: PlanExecutor, field: PlanField, sources: Values) -> Values:
        try:
            return batch_resolver(sources, PlannedInfo(executor, field))
        except Exception as error:
            return [error] * len(sources)

    return read_batch


def source_reader(resolver: StrawberryResolver[Any]) -> FieldReader | None:
    """Return a reader of a field whose resolver takes only the source; None for any other."""
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
    def read_batch(_executor: PlanExecutor, _field: PlanField, sources: Values) -> Values:
        values: list[Any] = []
        for source in sources:
            try:
                values.append(call(source))
            except Exception as error:
                values.append(error)
        return values

    return read_batch
