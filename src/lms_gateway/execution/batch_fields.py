"""Fields whose value depends on their source alone; read for many sources in one call.

The executor may read such a field out of order, once for an object in several positions, and again
after an error.
"""

from collections.abc import Callable
from functools import partial
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


def attribute_reader(name: str, read: Callable[[Any, str], Any], read_many: ReadMany | None) -> FieldReader:
    """Return a reader of a field without a resolver, by its Python name."""
    read_each = partial(_read_each, lambda source: read(source, name))
    return read_each if read_many is None else partial(_read_attribute, name, read_many, read_each)


def _read_attribute(
    name: str,
    read_many: ReadMany,
    read_each: FieldReader,
    executor: PlanExecutor,
    field: PlanField,
    sources: Values,
) -> Values:
    try:
        return read_many(sources, name)
    except Exception:  # find the sources that raise
        return read_each(executor, field, sources)


def read_with_batch_resolver(
    resolver: BatchResolver, executor: PlanExecutor, field: PlanField, sources: Values
) -> Values:
    """Return the values of a field that declares a batch resolver."""
    try:
        return resolver(sources, PlannedInfo(executor, field))
    except Exception as error:
        return [error] * len(sources)


def source_reader(resolver: StrawberryResolver[Any]) -> FieldReader | None:
    """Return a reader of a field whose resolver takes only the source; None for any other."""
    call: Any = resolver.wrapped_func
    source = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
    if source is None or not isfunction(call) or iscoroutinefunction(call):
        return None
    first, *others = signature(call).parameters.values()
    if others or first.name != source.name or first.kind is not Parameter.POSITIONAL_OR_KEYWORD:
        return None
    return partial(_read_each, call)


def _read_each(
    call: Callable[[Any], Any], _executor: PlanExecutor, _field: PlanField, sources: Values
) -> Values:
    values: list[Any] = []
    for source in sources:
        try:
            values.append(call(source))
        except Exception as error:
            values.append(error)
    return values
