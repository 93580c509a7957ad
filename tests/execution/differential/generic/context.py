"""The context of the made-up schema: loads in waves, as the gateway's own does."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any
from zlib import crc32

from graphql import GraphQLSchema

from lms_gateway.execution import Loaded, Pending
from tests.execution.differential.generic.world import Row, World

_QUIET = 8
"""Turns without a new load, after which a wave goes off."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something to load."""

    key: str
    type_name: str
    depth: int


class Context:
    """What resolvers are given. `asked` are the loads that went off, each once."""

    def __init__(self, world: World, schema: GraphQLSchema) -> None:
        self.world = world
        self.schema = schema
        self.count = 0
        self.asked: list[Ask] = []
        self._flights: dict[Ask, asyncio.Future[Any]] = {}
        self._waiting: list[Ask] = []
        self._closed = False

    def close(self) -> None:
        """Send off no more waves: the operation has ended, and what it left behind is let go."""
        self._closed = True
        for future in self._flights.values():
            if not future.done():
                future.set_result(None)

    def ask(self, source: Any, name: str, type_name: str | None) -> Any:
        """What a declared field asks for. None: nothing. It may raise."""
        key = f"{source.key}/{name}"
        world = self.world
        if world.happens(f"{key}a", world.rates.fault, source.depth):
            error = world.error(f"{key}a")
            if world.among(f"{key}b", 2):
                return error
            raise error
        if world.happens(f"{key}c", world.rates.null, source.depth):
            return None
        if name.startswith("all") and world.among(f"{key}d", 3) == 0:
            key = f"{source.key}/all"  # asked for more than once
        return Ask(key, type_name or "CatPage", source.depth)

    def load(self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: Any) -> Any:
        """The value of a declared field, or an awaitable of it."""
        filters = dict(arguments)
        first = filters.pop("first") if declared.paged else 0
        after = filters.pop("after", None) if declared.paged else None
        if not 0 <= first <= 500:
            raise ValueError("first is out of range")
        if declared.needs:
            for facet in declared.needs:
                if isinstance(getattr(source, facet), Exception):
                    raise getattr(source, facet)
        asked = declared.ask(source, info, **filters)
        if isinstance(asked, list):
            return [self._one(each) for each in asked]
        if declared.paged and isinstance(asked, Ask):
            asked = Ask(f"{asked.key}:{first}:{after or ''}", asked.type_name, asked.depth)
        return self._one(asked)

    def load_level(
        self,
        declared: Loaded,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: Any,
    ) -> Sequence[Any]:
        """The values for all sources of a level."""
        values: list[Any] = []
        for source in sources:
            try:
                values.append(self.load(declared, source, arguments, info))
            except Exception as error:
                values.append(error)
        return values

    def flush(self) -> None:
        """Let the wave go off: nothing more will be loaded for now."""
        asked, self._waiting = self._waiting, []
        if not asked:
            return
        self.asked += asked
        for one in asked:
            if crc32(one.key.encode(), self.world.pace) % 3:
                self._arrive(one)
            else:
                task = asyncio.ensure_future(self.world.pause(one.key))
                task.add_done_callback(self._arrival(one))

    def _one(self, asked: Any) -> Any:
        if not isinstance(asked, Ask):
            return asked
        if self._closed:
            return None
        world = self.world
        if not world.late or world.among(f"{asked.key}k", 5) == 0:
            if asked not in self._flights:
                self._flights[asked] = asyncio.get_running_loop().create_future()
                self.asked.append(asked)
            return self._answer(asked)
        future = self._flights.get(asked)
        if future is None:
            future = self._flights[asked] = asyncio.get_running_loop().create_future()
            self._waiting.append(asked)
            if len(self._waiting) == 1:
                self._watch(0, 0)
        if world.among(f"{asked.key}p", 4) == 0:
            return self._later(future)
        return Pending(future, self._then(asked))

    def _answer(self, asked: Ask) -> Any:
        world, schema = self.world, self.schema
        type_: Any = schema.type_map[asked.type_name]
        if world.happens(f"{asked.key}!", world.rates.fault, asked.depth):
            return world.error(asked.key)
        if world.happens(f"{asked.key}0", world.rates.null, asked.depth):
            return None
        return world.value(schema, type_, asked.key, asked.depth)

    def _then(self, asked: Ask) -> Callable[[Any], Any] | None:
        """Some answers are made of what arrived, and some of those have to be waited for."""
        kind = self.world.among(f"{asked.key}t", 6)
        if kind == 0:
            return lambda value: value
        if kind == 1:
            return lambda value: self._same(asked, value)
        if kind == 2 and self.world.among(f"{asked.key}r", 1000) < self.world.rates.fault:
            return lambda value: _raise(self.world.error(f"{asked.key}r"))
        return None

    async def _same(self, asked: Ask, value: Any) -> Any:
        await self.world.pause(f"{asked.key}s")
        return value

    async def _later(self, future: "asyncio.Future[Any]") -> Any:
        value = await asyncio.shield(future)
        if isinstance(value, Exception):
            raise value
        return await value if isawaitable(value) else value

    def _watch(self, seen: int, quiet: int) -> None:
        if not self._waiting or self._closed:
            return
        quiet = quiet + 1 if len(self._waiting) == seen else 0
        if quiet > _QUIET:
            self.flush()
            return
        asyncio.get_running_loop().call_soon(self._watch, len(self._waiting), quiet)

    def _arrival(self, asked: Ask) -> Callable[[Any], None]:
        return lambda _: self._arrive(asked)

    def _arrive(self, asked: Ask) -> None:
        future = self._flights[asked]
        if not future.done():
            future.set_result(self._answer(asked))


def _raise(error: Exception) -> Any:
    raise error


def root_of(world: World, schema: GraphQLSchema, type_name: str) -> Any:
    """The object that operations begin with."""
    return Row.make(world, schema, type_name, "", 0)
