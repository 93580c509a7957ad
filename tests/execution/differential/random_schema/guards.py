"""Permissions, field extensions and resolver helpers of the random schema."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from tests.execution.differential.random_schema.world import World

Info = strawberry.Info[Any, Any]


def world_of(info: Info) -> World:
    world: World = info.context.world
    return world


def resolve_field(root: Any, info: Info) -> Any:
    """Return the random value of the current field."""
    return root.field_value(info._raw_info.return_type, f"{info.field_name}()")


def key_of(source: Any) -> str:
    return str(getattr(source, "key", "?"))


async def resolved(value: Any) -> Any:
    return await value if isawaitable(value) else value


class RandomPermission(BasePermission):
    message = "not today"
    error_extensions = {"code": "UNLUCKY"}  # noqa: RUF012 - as Strawberry declares it

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        number = world_of(info).among(f"{key_of(source)}/{info.field_name}%", 1000)
        if number < world_of(info).rates.odd:
            raise ValueError("cannot tell")
        return number % 3 > 0


class SlowRandomPermission(RandomPermission):
    message = "not for you"

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # type: ignore[override]
        await world_of(info).pause(f"{key_of(source)}%")
        return RandomPermission.has_permission(self, source, info)


class DoublingExtension(FieldExtension):
    """Doubles a text; has its own argument."""

    def apply(self, field: Any) -> None:
        field.description = "twice"

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        if isawaitable(value):
            return self._later(value)
        return value + value if isinstance(value, str) else value

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        return await self._later(next_(source, info, **kwargs))

    async def _later(self, value: Any) -> Any:
        text = await resolved(value)
        return text + text if isinstance(text, str) else text


class SlowExtension(FieldExtension):
    """Waits, and may fail afterwards."""

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        await world_of(info).pause(f"{key_of(source)}/{info.field_name}")
        value = next_(source, info, **kwargs)
        if isawaitable(value):
            value = await value
        if value == "":
            raise GraphQLError("nothing said", extensions={"code": "SILENCE"})
        return value
