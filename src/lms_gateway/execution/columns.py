"""Fields whose value depends on their source alone: read for many sources at once.

Whoever reads such a field may do so before its turn, once for an object that stands in many places
of an answer, and again where the first time something failed.
"""

from collections.abc import Callable, Sequence
from inspect import Parameter, iscoroutinefunction, isfunction, signature
from typing import Any

from strawberry.types.fields.resolver import StrawberryResolver

from lms_gateway.execution.declare import Levelwise
from lms_gateway.execution.info import PlannedInfo
from lms_gateway.execution.run import Run
from lms_gateway.execution.selection import Field

ReadAll = Callable[[Sequence[Any], str], Sequence[Any]]
"""Reads a field without a resolver off many sources, under its Python name. May raise."""

Column = Callable[[Run, Field, Sequence[Any]], Sequence[Any]]
"""Gives a field's values; an exception among them is the error of its source's field."""


def type_name(_run: Run, field: Field, sources: Sequence[Any]) -> Sequence[Any]:
    """`__typename`."""
    return [field.parent.name] * len(sources)


def attribute(name: str, read: Callable[[Any, str], Any], read_all: ReadAll | None) -> Column:
    """A field without a resolver, under its Python name."""
    one_by_one = _each(lambda source: read(source, name))
    if read_all is None:
        return one_by_one

    def column(run: Run, field: Field, sources: Sequence[Any]) -> Sequence[Any]:
        try:
            return read_all(sources, name)
        except Exception:  # of one of them: tell whose
            return one_by_one(run, field, sources)

    return column


def level_of(levelwise: Levelwise) -> Column:
    """A field with something that resolves it for all sources at once."""

    def column(run: Run, field: Field, sources: Sequence[Any]) -> Sequence[Any]:
        try:
            return levelwise(sources, PlannedInfo(run, field))
        except Exception as error:
            return [error] * len(sources)

    return column


def own(resolver: StrawberryResolver[Any]) -> Column | None:
    """A field whose resolver takes nothing but the source; None for any other."""
    call: Any = resolver.wrapped_func
    source = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
    if source is None or not isfunction(call) or iscoroutinefunction(call):
        return None
    taken = list(signature(call).parameters.values())
    is_alone = [parameter.name for parameter in taken] == [source.name]
    return _each(call) if is_alone and taken[0].kind is Parameter.POSITIONAL_OR_KEYWORD else None


def _each(call: Callable[[Any], Any]) -> Column:
    def column(_run: Run, _field: Field, sources: Sequence[Any]) -> Sequence[Any]:
        values: list[Any] = []
        for source in sources:
            try:
                values.append(call(source))
            except Exception as error:
                values.append(error)
        return values

    return column
