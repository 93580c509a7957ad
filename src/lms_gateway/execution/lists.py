"""Lists that do not come as lists."""

from collections.abc import AsyncIterable, Iterable, Iterator
from typing import Any

from graphql import GraphQLError

from lms_gateway.execution.selection import Field


async def drain(values: AsyncIterable[Any]) -> Iterable[Any]:
    """All values; where they break off, what comes of it raises behind those that came."""
    drained: list[Any] = []
    try:
        async for value in values:
            drained.append(value)  # noqa: PERF401 - a comprehension would lose what came first
    except Exception as error:
        return _broken_off(drained, error)
    return drained


def _broken_off(values: list[Any], error: Exception) -> Iterator[Any]:
    yield from values
    raise error


def not_iterable(field: Field) -> GraphQLError:
    """A list field's value is none."""
    return GraphQLError(
        f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'."
    )
