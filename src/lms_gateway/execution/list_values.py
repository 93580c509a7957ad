"""Values of list fields that are not Python lists."""

from collections.abc import AsyncIterable, Iterable, Iterator
from typing import Any

from graphql import GraphQLError

from lms_gateway.execution.selection import PlanField


async def collect_items(values: AsyncIterable[Any]) -> Iterable[Any]:
    """Return all items. If the iteration fails, the result raises the error after the items."""
    items: list[Any] = []
    try:
        async for value in values:
            items.append(value)  # noqa: PERF401 - a comprehension would lose the earlier items
    except Exception as error:
        return _items_then_error(items, error)
    return items


def _items_then_error(items: list[Any], error: Exception) -> Iterator[Any]:
    yield from items
    raise error


def not_iterable_error(field: PlanField) -> GraphQLError:
    """Return the error of a list field whose value is not iterable."""
    return GraphQLError(f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'.")
