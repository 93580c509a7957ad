"""Random data: seed and key of the object determine the value of each field.

Nothing is stored and nothing depends on the order of reads, so that two engines with different
orders read the same values. Only delays depend on `pace`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID
from zlib import crc32

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.utils.str_converters import to_camel_case

from tests.execution.differential.random_schema.inputs import Foreign
from tests.execution.differential.scheduling import pause


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of special values, per thousand."""

    null: int = 0
    hole: int = 0
    """Null in a non-null position."""
    fault: int = 0
    """An error: raised, or as a value."""
    odd: int = 0
    """A value of the wrong kind."""
    empty: int = 0
    """Lists without items."""


CALM = Rates(null=60, empty=150)
MILD = Rates(null=100, hole=8, fault=25, odd=8, empty=150)
WILD = Rates(null=120, hole=45, fault=90, odd=40, empty=120)
RATE_PRESETS = (Rates(), CALM, MILD, MILD, WILD)


class Failure(Exception):
    """An error with extensions, which graphql-core copies."""

    def __init__(self, message: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.extensions = extensions


class World:
    """Random data of one seed."""

    kinds: ClassVar[Mapping[str, type]] = {}
    """Name of a GraphQL type → class of its objects; set by `types`."""

    def __init__(self, seed: int, *, rates: Rates, uses_awaitables: bool, pace: int = 0) -> None:
        self.seed = seed
        self.rates = rates
        self.uses_awaitables = uses_awaitables
        """Whether values may be awaitables."""
        self.pace = pace
        self.calls: Counter[str] = Counter()
        """Calls of counted resolvers, by key of the object and name."""
        self._shared: dict[str, Any] = {}

    def number(self, key: str) -> int:
        """Return a number below 2³² for a key."""
        return crc32(key.encode(), self.seed)

    def among(self, key: str, limit: int) -> int:
        """Return a number below `limit`."""
        return self.number(key) % limit

    async def pause(self, key: str) -> None:
        """Wait for some turns of the loop, depending on the pace."""
        await pause(key, self.pace)

    def happens(self, key: str, rate: int, depth: int) -> bool:
        """Return whether an event of that rate per thousand occurs; rarely near the root."""
        return self.among(key, 1000) < (rate * (depth + 1) // 3 if depth < 2 else rate)

    # -- values

    def give(self, schema: GraphQLSchema, type_: Any, key: str, depth: int) -> Any:
        """Return what a resolver of a field of that type returns; may raise."""
        if self.happens(f"{key}?", self.rates.fault, depth):
            error = self.error(key)
            if self.among(f"{key}??", 2):
                return error
            raise error
        value = self.value(schema, type_, key, depth)
        if self.uses_awaitables and self.among(f"{key}~", 12) == 0:
            return Later(self, key, value)
        return value

    async def later(self, key: str, value: Any) -> Any:
        """Return a value after some turns of the loop, or raise."""
        await self.pause(key)
        if self.among(f"{key}~!", 1000) < self.rates.fault:
            raise self.error(key)
        # Never another awaitable: graphql-core takes it for the value,
        # and plans await it.
        return value

    def value(self, schema: GraphQLSchema, type_: Any, key: str, depth: int) -> Any:
        """Return a value of a type, or a special value."""
        rates = self.rates
        if is_non_null_type(type_):
            if self.happens(f"{key}!", rates.hole, depth):
                return None
            type_ = type_.of_type
        elif self.happens(f"{key}0", rates.null, depth):
            return Undefined if self.among(f"{key}00", 6) == 0 else None
        is_odd = self.happens(f"{key}#", rates.odd, depth)
        if is_list_type(type_):
            return self._list(schema, type_.of_type, key, depth, is_odd)
        if is_leaf_type(type_):
            return self._leaf_value(type_, key, is_odd)
        return self._object(schema, type_, key, depth, is_odd)

    def error(self, key: str) -> Exception:
        """Return one of several kinds of errors."""
        text = f"failed at {key[-24:]}"
        match self.among(f"{key}E", 9):
            case 0:
                return GraphQLError(text, extensions={"code": "MADE_UP"})
            case 1:
                return Failure(text, {"code": "OWN", "more": [1, {"a": None}]})
            case 2:
                return Failure("")
            case 3:
                return KeyError(text)
            case 4:
                return GraphQLError(text, path=["else", 3, "where"])
            case 5:
                return GraphQLError(text, original_error=ValueError("the cause"))
            case 6:
                return AttributeError(text)
            case _:
                return ValueError(text)

    def _list(self, schema: GraphQLSchema, item: Any, key: str, depth: int, is_odd: bool) -> Any:
        if is_odd:
            return ("text", 5, {"a": 1}, object)[self.among(f"{key}l", 4)]
        if self.happens(f"{key}[]", self.rates.empty, depth):
            return []
        max_items = 3 if depth < 3 or is_leaf_type(get_named_type(item)) else 2 if depth < 5 else 1
        count = 1 + self.among(f"{key}n", max_items)
        list_kind = self.among(f"{key}f", 12)
        if list_kind == 0:
            return self._generate(schema, item, key, depth, count)
        if list_kind == 1 and self.uses_awaitables:
            return self._generate_late(schema, item, key, depth, count)
        items = [self._item(schema, item, key, depth, index) for index in range(count)]
        return tuple(items) if list_kind == 2 else items

    def _item(self, schema: GraphQLSchema, type_: Any, key: str, depth: int, index: int) -> Any:
        name = f"{key}.{index}"
        if self.happens(f"{name}?", self.rates.fault, depth):
            return self.error(name)
        value = self.value(schema, type_, name, depth)
        if self.uses_awaitables and self.among(f"{name}~", 20) == 0:
            return Later(self, name, value)
        return value

    def _generate(self, schema: GraphQLSchema, item: Any, key: str, depth: int, count: int) -> Iterator[Any]:
        for index in range(count):
            if self.among(f"{key}.{index}g", 1000) < self.rates.fault:
                raise self.error(f"{key}.{index}g")
            yield self._item(schema, item, key, depth, index)

    async def _generate_late(
        self, schema: GraphQLSchema, item: Any, key: str, depth: int, count: int
    ) -> AsyncIterator[Any]:
        for index in range(count):
            await self.pause(f"{key}.{index}g")
            if self.among(f"{key}.{index}g", 1000) < self.rates.fault:
                raise self.error(f"{key}.{index}g")
            yield self._item(schema, item, key, depth, index)

    def _leaf_value(self, type_: Any, key: str, is_odd: bool) -> Any:
        n = self.number(f"{key}v")
        if is_odd:
            return _ODD[n % len(_ODD)]
        if isinstance(type_, GraphQLEnumType):
            members = list(type_.values.values())
            if type_.name == "Size" and n % 16 == 0:
                return (Foreign.SMALL, 1, "SMALL")[n // 16 % 3]
            return members[n % len(members)].value
        match type_.name:
            case "Int":
                return (n % 1000, -(n % 7), True, 3.0, str(n % 50), 2**31)[_seldom(n, 6)]
            case "Float":
                return (n / 7, float(n % 9), n % 5, True, "1.5")[_seldom(n, 5)]
            case "String":
                return (f"text {n % 999}", "", "ü ✓", 7, True, 1.5, Worded("w"), Named("n"))[_seldom(n, 8)]
            case "Boolean":
                return (bool(n & 64), True, 0, 2.0)[_seldom(n, 4)]
            case "ID":
                return (f"id-{n % 99}", "", 12, 3.0)[_seldom(n, 4)]
            case "DateTime":
                return datetime.fromtimestamp(n, UTC)
            case "Date":
                return date.fromordinal(700_000 + n % 40_000)
            case "Decimal":
                return Decimal(n % 10_000) / 100
            case "UUID":
                return UUID(int=n)
            case "JSON":
                return ({"k": [n, None]}, [], None, "s", n)[n % 5]
            case "Even":
                return n % 1000 if self.rates.odd and n % 5 == 0 else n % 500 * 2
        raise AssertionError(f"no values for {type_}")

    def _object(self, schema: GraphQLSchema, type_: Any, key: str, depth: int, is_odd: bool) -> Any:
        if is_odd:
            names = sorted(self.kinds)
            name = names[self.among(f"{key}t", len(names))]
            if self.among(f"{key}u", 4) == 0:
                return ({"a": 1}, "text", 5, Worded("odd"))[self.among(f"{key}w", 4)]
        elif is_abstract_type(type_):
            possible = schema.get_possible_types(type_)
            name = possible[self.among(f"{key}t", len(possible))].name
        else:
            assert is_object_type(type_)
            name = type_.name
        made: Any = self.kinds[name]
        if self.among(f"{key}s", 5):
            return made.make(self, schema, name, key, depth + 1)
        key = f"{name}{self.among(f'{key}s', 15)}"  # an object in several positions
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = made.make(self, schema, name, key, 3)
        return shared


class Later:
    """An awaitable value. Unlike a coroutine, it may stay unawaited without a warning."""

    def __init__(self, world: World, key: str, value: Any) -> None:
        self.world = world
        self.key = key
        self.value = value

    def __await__(self) -> Any:
        return self.world.later(self.key, self.value).__await__()


class Named(str):
    """A subclass of str."""

    __slots__ = ()


class Worded:
    """An object that only `str` converts to text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _seldom(n: int, count: int) -> int:
    """Return 0 in most cases."""
    return n // 16 % count if n % 16 == 0 else 0


_ODD: tuple[Any, ...] = (
    float("nan"),
    float("inf"),
    2**31,
    "no",
    [],
    {},
    object,
    b"bytes",
    strawberry.UNSET,
    (),
)


_RENAMED = {"renamed": "otherName"}


class RandomObject:
    """A random object, whose fields are computed when they are read."""

    world: World
    schema: GraphQLSchema
    type_name: str
    key: str
    depth: int

    @classmethod
    def make(
        cls, world: World, schema: GraphQLSchema, type_name: str, key: str, depth: int
    ) -> "RandomObject":
        made = object.__new__(cls)
        made.__dict__.update(world=world, schema=schema, type_name=type_name, key=key, depth=depth)
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        fields: Any = self.schema.type_map[self.type_name]
        definition = fields.fields.get(_RENAMED.get(name) or to_camel_case(name))
        if definition is None:  # an object of another type
            raise AttributeError(f"{self.type_name} has no {name}")
        return self.field_value(definition.type, name)

    def field_value(self, type_: Any, name: str) -> Any:
        """Return the value of one of its fields."""
        return self.world.give(self.schema, type_, f"{self.key}/{name}", self.depth)


class Row(RandomObject):
    """An object that is not an instance of a Strawberry type: `is_type_of` determines its type."""


def root_of(world: World, schema: GraphQLSchema, name: str = "Query") -> RandomObject:
    """Return the root object."""
    return RandomObject.make(world, schema, name, "", 0)
