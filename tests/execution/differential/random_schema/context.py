"""The context of the random schema, with batches of loads like the gateway's."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any
from zlib import crc32

from graphql import GraphQLSchema

from lms_gateway.execution import Deferred, LoadedField
from tests.execution.differential.random_schema.world import Row, World

_IDLE_TURNS = 8
"""Turns of the event loop without a new load, after which a batch is dispatched."""


@dataclass(frozen=True, slots=True)
class RandomLoad:
    """A load."""

    key: str
    type_name: str
    depth: int


class RandomContext:
    """The context of resolvers. `dispatched` are the dispatched loads, each once."""

    def __init__(self, world: World, schema: GraphQLSchema) -> None:
        self.world = world
        self.schema = schema
        self.count = 0
        self.dispatched: list[RandomLoad] = []
        self._futures: dict[RandomLoad, asyncio.Future[Any]] = {}
        self._waiting: list[RandomLoad] = []
        self._closed = False

    def close(self) -> None:
        """Dispatch no more batches and resolve open loads with null: the operation has ended."""
        self._closed = True
        for future in self._futures.values():
            if not future.done():
                future.set_result(None)

    def make_load(self, source: Any, name: str, type_name: str | None) -> Any:
        """Return the load of a declared field, or None. May raise."""
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
            key = f"{source.key}/all"  # a repeated load
        return RandomLoad(key, type_name or "CatPage", source.depth)

    def load(self, declaration: LoadedField, source: Any, arguments: Mapping[str, Any], info: Any) -> Any:
        """Return the value of a declared field, or an awaitable of it."""
        filters = dict(arguments)
        first = filters.pop("first") if declaration.paged else 0
        after = filters.pop("after", None) if declaration.paged else None
        if not 0 <= first <= 500:
            raise ValueError("first is out of range")
        if declaration.requires:
            for field in declaration.requires:
                if isinstance(getattr(source, field), Exception):
                    raise getattr(source, field)
        load = declaration.make_load(source, info, **filters)
        if isinstance(load, list):
            return [self._start(each) for each in load]
        if declaration.paged and isinstance(load, RandomLoad):
            load = RandomLoad(f"{load.key}:{first}:{after or ''}", load.type_name, load.depth)
        return self._start(load)

    def load_many(
        self,
        declaration: LoadedField,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: Any,
    ) -> Sequence[Any]:
        """Return the values of all sources of a level."""
        values: list[Any] = []
        for source in sources:
            try:
                values.append(self.load(declaration, source, arguments, info))
            except Exception as error:
                values.append(error)
        return values

    def flush(self) -> None:
        """Dispatch the batch."""
        dispatched, self._waiting = self._waiting, []
        if not dispatched:
            return
        self.dispatched += dispatched
        for load in dispatched:
            if crc32(load.key.encode(), self.world.pace) % 3:
                self._arrive(load)
            else:
                task = asyncio.ensure_future(self.world.pause(load.key))
                task.add_done_callback(self._arrival(load))

    def _start(self, load: Any) -> Any:
        if not isinstance(load, RandomLoad):
            return load
        if self._closed:
            return None
        world = self.world
        if not world.uses_awaitables or world.among(f"{load.key}k", 5) == 0:
            if load not in self._futures:
                self._futures[load] = asyncio.get_running_loop().create_future()
                self.dispatched.append(load)
            return self._answer(load)
        future = self._futures.get(load)
        if future is None:
            future = self._futures[load] = asyncio.get_running_loop().create_future()
            self._waiting.append(load)
            if len(self._waiting) == 1:
                self._watch(0, 0)
        if world.among(f"{load.key}p", 4) == 0:
            return self._later(future)
        return Deferred(future, self._then(load))

    def _answer(self, load: RandomLoad) -> Any:
        world, schema = self.world, self.schema
        type_: Any = schema.type_map[load.type_name]
        if world.happens(f"{load.key}!", world.rates.fault, load.depth):
            return world.error(load.key)
        if world.happens(f"{load.key}0", world.rates.null, load.depth):
            return None
        return world.value(schema, type_, load.key, load.depth)

    def _then(self, load: RandomLoad) -> Callable[[Any], Any] | None:
        """Return a `then` of some kind: synchronous, asynchronous or failing."""
        kind = self.world.among(f"{load.key}t", 6)
        if kind == 0:
            return lambda value: value
        if kind == 1:
            return lambda value: self._same(load, value)
        if kind == 2 and self.world.among(f"{load.key}r", 1000) < self.world.rates.fault:
            return lambda value: _raise(self.world.error(f"{load.key}r"))
        return None

    async def _same(self, load: RandomLoad, value: Any) -> Any:
        await self.world.pause(f"{load.key}s")
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
        if quiet > _IDLE_TURNS:
            self.flush()
            return
        asyncio.get_running_loop().call_soon(self._watch, len(self._waiting), quiet)

    def _arrival(self, load: RandomLoad) -> Callable[[Any], None]:
        return lambda _: self._arrive(load)

    def _arrive(self, load: RandomLoad) -> None:
        future = self._futures[load]
        if not future.done():
            future.set_result(self._answer(load))


def _raise(error: Exception) -> Any:
    raise error


def root_of(world: World, schema: GraphQLSchema, type_name: str) -> Any:
    """Return the root object."""
    return Row.make(world, schema, type_name, "", 0)
