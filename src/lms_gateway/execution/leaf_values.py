"""Scalars and enums, as the answer holds them."""

from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

from graphql import Undefined
from graphql.pyutils import inspect

from lms_gateway.execution.selection import OutputType
from lms_gateway.execution.value_kinds import VALUE_KINDS

_NULL_CLASSES = frozenset({type(None), type(Undefined)})


def complete_all(output_type: OutputType, values: Sequence[Any]) -> Sequence[Any] | None:
    """All leaves of a column; None where one has an error, or is not here yet."""
    classes = set(map(type, values))
    if classes <= output_type.unchanged_classes:
        return values
    if any(VALUE_KINDS[cls] for cls in classes - output_type.unchanged_classes):
        return None
    convert = output_type.coerce
    assert convert is not None
    try:
        coerced = [convert(value) for value in values if value is not None]
    except Exception:  # told with its place, when it is raised again
        return None
    if not _NULL_CLASSES.isdisjoint(map(type, coerced)):
        return None
    return restore_nulls(values, coerced)


def restore_nulls(values: Sequence[Any], completed: Sequence[Any]) -> Sequence[Any]:
    """What became of the values that are there, each in its value's place; null for the others."""
    if len(completed) == len(values):
        return completed
    remaining = iter(completed)
    return [None if value is None else next(remaining) for value in values]


def complete_one(output_type: OutputType, value: Any) -> Any:
    """One leaf. Raises what its type raises, and TypeError where that makes nothing of it."""
    assert output_type.coerce is not None
    coerced = output_type.coerce(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(output_type.named_type)}.coerce_output_value({inspect(value)})` "
            f"to return non-nullable value, returned: {inspect(coerced)}"
        )
    return coerced


def close_coroutines(values: Sequence[Any] | None) -> None:
    """Leave nothing behind that would complain of not having been awaited."""
    for value in values or ():
        if iscoroutine(value):
            value.close()
