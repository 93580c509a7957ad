"""Scalars and enums, as the answer holds them."""

from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

from graphql import Undefined
from graphql.pyutils import inspect

from lms_gateway.execution.kinds import KINDS
from lms_gateway.execution.selection import Shape

_NOTHING = frozenset({type(None), type(Undefined)})


def finish(shape: Shape, values: Sequence[Any]) -> Sequence[Any] | None:
    """All leaves of a column; None where one has an error, or is not here yet."""
    classes = set(map(type, values))
    if classes <= shape.kept:
        return values
    if any(KINDS[cls] for cls in classes - shape.kept):
        return None
    convert = shape.coerce
    assert convert is not None
    try:
        coerced = [convert(value) for value in values if value is not None]
    except Exception:  # told with its place, when it is raised again
        return None
    if not _NOTHING.isdisjoint(map(type, coerced)):
        return None
    return among_nulls(values, coerced)


def among_nulls(values: Sequence[Any], finished: Sequence[Any]) -> Sequence[Any]:
    """What became of the values that are there, each in its value's place; null for the others."""
    if len(finished) == len(values):
        return finished
    following = iter(finished)
    return [None if value is None else next(following) for value in values]


def coerce(shape: Shape, value: Any) -> Any:
    """One leaf. Raises what its type raises, and TypeError where that makes nothing of it."""
    assert shape.coerce is not None
    coerced = shape.coerce(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(shape.named)}.coerce_output_value({inspect(value)})` "
            f"to return non-nullable value, returned: {inspect(coerced)}"
        )
    return coerced


def drop(values: Sequence[Any] | None) -> None:
    """Leave nothing behind that would complain of not having been awaited."""
    for value in values or ():
        if iscoroutine(value):
            value.close()
