"""Completion of leaf values: scalars and enums, as the response contains them."""

from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

from graphql import Undefined
from graphql.pyutils import inspect

from lms_gateway.execution.selection import OutputType
from lms_gateway.execution.value_kinds import VALUE_KINDS

_NULL_CLASSES = frozenset({type(None), type(Undefined)})


def complete_all(output_type: OutputType, values: Sequence[Any]) -> Sequence[Any] | None:
    """Return the leaf values of one field of many objects, completed.

    None if one of them fails, or must be awaited: each is then completed by itself.
    """
    classes = set(map(type, values))
    if classes <= output_type.unchanged_classes:
        return values
    if any(VALUE_KINDS[cls] for cls in classes - output_type.unchanged_classes):
        return None
    convert = output_type.coerce
    assert convert is not None
    try:
        coerced = [convert(value) for value in values if value is not None]
    except Exception:  # raised again, with its path, when each value is completed by itself
        return None
    if not _NULL_CLASSES.isdisjoint(map(type, coerced)):
        return None
    return restore_nulls(values, coerced)


def restore_nulls(values: Sequence[Any], completed: Sequence[Any]) -> Sequence[Any]:
    """Return the completed values with the nulls of `values` in their places.

    `restore_nulls([a, None, b], [A, B])` is `[A, None, B]`.
    """
    if len(completed) == len(values):
        return completed
    remaining = iter(completed)
    return [None if value is None else next(remaining) for value in values]


def complete_one(output_type: OutputType, value: Any) -> Any:
    """Return one completed leaf value.

    Raises what the type's coercion raises, and TypeError if that returns null.
    """
    assert output_type.coerce is not None
    coerced = output_type.coerce(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(output_type.named_type)}.coerce_output_value({inspect(value)})` "
            f"to return non-nullable value, returned: {inspect(coerced)}"
        )
    return coerced


def close_coroutines(values: Sequence[Any] | None) -> None:
    """Close coroutines that will not be awaited: Python warns about them otherwise."""
    for value in values or ():
        if iscoroutine(value):
            value.close()
