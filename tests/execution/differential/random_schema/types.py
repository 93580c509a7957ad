"""The random schema: every kind of type, wrapping and resolver."""

from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.execution.differential.random_schema.common import HERE, Common
from tests.execution.differential.random_schema.guards import Info, key_of, world_of
from tests.execution.differential.random_schema.inputs import EVEN, Even
from tests.execution.differential.random_schema.world import Failure, RandomObject, Row, World

T = TypeVar("T")


@strawberry.interface
class Being:
    text: str | None
    text_sure: str
    whole: int | None
    cat: Annotated["Cat", HERE] | None
    beings: list[Annotated["Being", HERE] | None] | None

    @strawberry.field
    def habitat(self) -> str:
        return f"somewhere {key_of(self)}"

    @strawberry.field
    def nature(root: strawberry.Parent[Any], info: Info) -> str | None:
        return f"{root.type_name} {info.path.key}"


@strawberry.interface
class Pet(Being):
    petname: str | None
    pets: list[Annotated["Pet", HERE]] | None


@strawberry.interface
class Figure:
    """Resolves the types of its objects itself, sometimes wrongly."""

    sides: int | None

    @classmethod
    def resolve_type(cls, value: Any, info: Any, abstract: Any) -> Any:
        world: World = info.context.world
        name = getattr(value, "type_name", None)
        key = f"{key_of(value)}T"
        if world.among(key, 1000) < world.rates.odd:
            return (None, "Nothing", "Color", "Rock", 7)[world.among(f"{key}2", 5)]
        if world.uses_awaitables and world.among(f"{key}3", 8) == 0:
            return _later(world, key, name)
        return name


async def _later(world: World, key: str, value: Any) -> Any:
    await world.pause(key)
    return value


@strawberry.type
class Cat(Common, Pet):
    lives: int | None
    kind: str | None

    def __getattr__(self, name: str) -> Any:
        return RandomObject.__getattr__(cast(RandomObject, self), name)

    make: ClassVar[Any] = classmethod(cast(Any, RandomObject.make).__func__)
    field_value = RandomObject.field_value


@strawberry.type
class Dog(Common, Pet):
    kind: int | None
    bone: Annotated["Rock", HERE] | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> bool:
        return isinstance(source, Row) and source.type_name == "Dog"


@strawberry.type
class Rock:
    """A type without interfaces and without `is_type_of`."""

    weight: float | None
    text: str | None
    rock: Annotated["Rock", HERE] | None
    rocks: list[Annotated["Rock", HERE]] | None
    being: Annotated["Being", HERE] | None
    ghosts: list[Annotated["Ghost", HERE]] | None

    def __getattr__(self, name: str) -> Any:
        return RandomObject.__getattr__(cast(RandomObject, self), name)

    make: ClassVar[Any] = classmethod(cast(Any, RandomObject.make).__func__)
    field_value = RandomObject.field_value


@strawberry.type
class Box(Generic[T]):
    """A generic type."""

    content: T | None
    contents: list[T]
    label: str | None


@strawberry.type
class Robot(Common, Being):
    model: str

    @strawberry.field
    def habitat(self) -> str:
        return f"indoors {key_of(self)}"

    cat_box: Box[Cat] | None
    rock_boxes: list[Box[Rock] | None]

    @staticmethod
    def is_type_of(source: Any, info: Any) -> bool:
        world: World = info.context.world
        if isinstance(source, Row) and world.among(f"{source.key}R", 1000) < world.rates.fault // 4:
            raise Failure("cannot tell a robot")
        return isinstance(source, Row) and source.type_name == "Robot"


@strawberry.type
class Ghost:
    """Its `is_type_of` is asynchronous."""

    text: str
    cat: Cat | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> Any:
        world: World = info.context.world
        is_ghost = isinstance(source, Row) and source.type_name == "Ghost"
        if world.uses_awaitables and world.among(f"{key_of(source)}G", 2):
            return _later(world, key_of(source), is_ghost)
        return is_ghost


@strawberry.type
class Circle(Figure):
    radius: float | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> bool:
        return isinstance(source, Row)


@strawberry.type
class Square(Figure):
    side: float
    being: Being | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> bool:
        return isinstance(source, Row) and source.type_name == "Square"


Anything = Annotated[Cat | Dog | Rock | Robot, strawberry.union("Anything")]


@strawberry.type
class CatPage:
    """A connection."""

    nodes: list[Cat | None] | None
    total: int | None
    text: str | None


@strawberry.type
class Query(Common):
    cat_box: Box[Cat]
    rock_box: Box[Rock] | None


def count_of(info: Info, by: int = 0) -> int:
    """Add to the context's counter and return it."""
    info.context.count += by
    count: int = info.context.count
    return count


@strawberry.type
class Mutation:
    cat: Cat | None

    @strawberry.mutation
    def bump(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int:
        return count_of(info, by)

    @strawberry.mutation
    async def slow_bump(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int | None:
        before = info.context.count
        await world_of(info).pause(f"{before}")
        info.context.count = before
        count = count_of(info, by)
        return count if count % 7 else None

    @strawberry.mutation
    def fail(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int | None:
        info.context.count += by
        raise ValueError(f"failed at {info.context.count}")

    @strawberry.mutation
    def fail_badly(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int:
        count = count_of(info, by)
        if count % 3 == 0:
            raise ValueError(f"failed badly at {count}")
        return count

    @strawberry.mutation
    def state(root: strawberry.Parent[Any], info: Info) -> Annotated["State", HERE]:
        info.context.count += 1
        return State(text="begun")

    @strawberry.mutation
    async def slow_states(
        root: strawberry.Parent[Any], info: Info, count: int = 2
    ) -> list[Annotated["State", HERE] | None]:
        await world_of(info).pause("states")
        info.context.count += 1
        return [State(text=f"{n}") for n in range(min(count, 3))]


@strawberry.type
class State:
    """Returns the number of executed mutations."""

    text: str

    @strawberry.field
    def now(self, info: Info) -> int:
        return count_of(info)

    @strawberry.field
    async def slow_now(self, info: Info) -> int | None:
        await world_of(info).pause("state")
        return count_of(info)

    @strawberry.field
    def state(self) -> Annotated["State", HERE] | None:
        return State(text=self.text + "+")


def build_schema() -> strawberry.Schema:
    """Return the random schema."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Cat, Dog, Robot, Rock, Circle, Square],
        config=StrawberryConfig(scalar_map={Even: EVEN}),
    )


World.kinds = {
    "Cat": Cat,
    "Dog": Row,
    "Robot": Row,
    "Rock": Rock,
    "Ghost": Row,
    "Circle": Row,
    "Square": Row,
    "CatBox": Row,
    "RockBox": Row,
    "CatPage": Row,
}
