"""Lists that do not come as lists."""

from collections.abc import AsyncIterable, Iterable, Iterator
from typing import Any

from graphql import GraphQLError

from lms_gateway.execution.selection import PlanField


async def collect_items(values: AsyncIterable[Any]) -> Iterable[Any]:
    """All values; where they break off, what comes of it raises behind those that came."""
    items: list[Any] = []
    try:
        async for value in values:
            items.append(value)  # noqa: PERF401 - a comprehension would lose what came first
    except Exception as error:
        return _items_then_error(items, error)
    return items


def _items_then_error(items: list[Any], error: Exception) -> Iterator[Any]:
    yield from items
    raise error


def not_iterable_error(field: PlanField) -> GraphQLError:
    """A list field's value is none."""
    return GraphQLError(
        f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'."
    )
