"""The made-up schema: every kind of type, of wrapping and of resolver that plans may meet."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from inspect import isawaitable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from lms_gateway.execution import listed, loaded, needs
from tests.execution.differential.generic.inputs import EVEN, Color, Even, Point, Size, Told
from tests.execution.differential.generic.world import Failure, Made, Row, World

Info = strawberry.Info[Any, Any]
T = TypeVar("T")
HERE = strawberry.lazy("tests.execution.differential.generic.types")


def _world(info: Info) -> World:
    world: World = info.context.world
    return world


def _yield(root: Any, info: Info) -> Any:
    """What the world tells for the field in hand."""
    return root.told(info._raw_info.return_type, f"{info.field_name}()")


# -- permissions and extensions


class Lucky(BasePermission):
    message = "not today"
    error_extensions = {"code": "UNLUCKY"}  # noqa: RUF012 - as Strawberry declares it

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        number = _world(info).among(f"{_key(source)}/{info.field_name}%", 1000)
        if number < _world(info).rates.odd:
            raise ValueError("cannot tell")
        return number % 3 > 0


class Unhurried(Lucky):
    message = "not for you"

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # type: ignore[override]
        await _world(info).pause(f"{_key(source)}%")
        return Lucky.has_permission(self, source, info)


def _key(source: Any) -> str:
    return str(getattr(source, "key", "?"))


class Doubled(FieldExtension):
    """Says a text twice; has an argument of its own."""

    def apply(self, field: Any) -> None:
        field.description = "twice"

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        if isawaitable(value):
            return self._later(value)
        return value + value if isinstance(value, str) else value

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        return await self._later(next_(source, info, **kwargs))

    async def _later(self, value: Any) -> Any:
        told = await _settled(value)
        return told + told if isinstance(told, str) else told


class Patient(FieldExtension):
    """Takes its time, and may refuse afterwards."""

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        await _world(info).pause(f"{_key(source)}/{info.field_name}")
        value = next_(source, info, **kwargs)
        if isawaitable(value):
            value = await value
        if value == "":
            raise GraphQLError("nothing said", extensions={"code": "SILENCE"})
        return value


# -- asks, for declared fields


def _ask_friend(root: strawberry.Parent[Any], info: Info, nth: int = 0) -> Any:
    return info.context.ask(root, f"friend{nth}", "Cat")


def _ask_keeper(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.ask(root, "keeper", "Dog")


def _ask_all(root: strawberry.Parent[Any], info: Info, count: int = 2) -> Any:
    return [info.context.ask(root, f"all{n}", "Cat") for n in range(min(count, 4))]


def _ask_any(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.ask(root, "any", None)


# -- types


@strawberry.type
class Common(Told):
    """What all made-up types have."""

    text: str | None
    text_sure: str
    texts1: list[str | None] | None
    texts2: list[str] | None
    texts3: list[str | None]
    texts4: list[str]
    grid1: list[list[str | None] | None] | None
    grid2: list[list[int]]
    grid3: list[list[int] | None] | None
    cube: list[list[list[int | None]]] | None
    whole: int | None
    whole_sure: int
    wholes: list[int] | None
    real: float | None
    reals: list[float | None]
    flag: bool | None
    flag_sure: bool
    name_id: strawberry.ID | None
    moment: datetime | None
    moments: list[datetime] | None
    day: date
    amount: Decimal | None
    uuid: UUID | None
    json: JSON | None
    color: Color | None
    colors: list[Color] | None
    size: Size | None
    sizes: list[Size | None]
    even: Even | None
    even_sure: Even
    evens: list[Even | None] | None
    seen: str | None = strawberry.field(metadata=needs("seen"))
    renamed: str | None = strawberry.field(name="otherName")

    cat: Annotated["Cat", HERE] | None
    cat_sure: Annotated["Cat", HERE]
    cats1: list[Annotated["Cat", HERE] | None] | None
    cats2: list[Annotated["Cat", HERE]] | None
    cats3: list[Annotated["Cat", HERE] | None]
    cats4: list[Annotated["Cat", HERE]]
    cattery: list[list[Annotated["Cat", HERE]]] | None
    dog: Annotated["Dog", HERE] | None
    dogs: list[Annotated["Dog", HERE]] | None
    rock: Annotated["Rock", HERE] | None
    rocks: list[Annotated["Rock", HERE] | None] | None
    ghost: Annotated["Ghost", HERE] | None
    being: Annotated["Being", HERE] | None
    being_sure: Annotated["Being", HERE]
    beings: list[Annotated["Being", HERE] | None] | None
    pets: list[Annotated["Pet", HERE]] | None
    pet_grid: list[list[Annotated["Pet", HERE] | None] | None] | None
    figure: Annotated["Figure", HERE] | None
    figures: list[Annotated["Figure", HERE] | None] | None
    anything: Annotated["Anything", HERE] | None
    anythings1: list[Annotated["Anything", HERE]] | None
    anythings2: list[Annotated["Anything", HERE] | None] | None

    @strawberry.field
    def plain(self) -> str:
        return f"plain {_key(self)}"

    @strawberry.field
    def said(root: strawberry.Parent[Any], info: Info) -> str | None:
        return _yield(root, info)

    @strawberry.field
    def others(root: strawberry.Parent[Any], info: Info) -> list[Annotated["Cat", HERE] | None]:
        return _yield(root, info)

    @strawberry.field
    def creature(root: strawberry.Parent[Any], info: Info) -> Annotated["Being", HERE] | None:
        return _yield(root, info)

    @strawberry.field
    def place(root: strawberry.Parent[Any], info: Info, more: int = 1) -> str:
        return f"{_place(info)} {more}"

    @strawberry.field
    async def slow_place(root: strawberry.Parent[Any], info: Info) -> str:
        await _world(info).pause(_key(root))
        return _place(info)

    @strawberry.field
    async def slow(root: strawberry.Parent[Any], info: Info) -> str | None:
        await _world(info).pause(_key(root))
        return await _settled(_yield(root, info))

    @strawberry.field
    async def slow_sure(root: strawberry.Parent[Any], info: Info) -> int:
        await _world(info).pause(_key(root))
        return await _settled(_yield(root, info))

    @strawberry.field
    async def slow_cats(
        root: strawberry.Parent[Any], info: Info, first: int = 2
    ) -> list[Annotated["Cat", HERE]] | None:
        await _world(info).pause(_key(root))
        return await _settled(_yield(root, info))

    @strawberry.field
    async def slow_anything(
        root: strawberry.Parent[Any], info: Info
    ) -> Annotated["Anything", HERE]:
        await _world(info).pause(_key(root))
        return await _settled(_yield(root, info))

    @strawberry.field(permission_classes=[Lucky])
    def guarded(root: strawberry.Parent[Any], info: Info) -> str | None:
        return _yield(root, info)

    @strawberry.field(permission_classes=[Lucky])
    def guarded_sure(root: strawberry.Parent[Any], info: Info) -> Annotated["Rock", HERE]:
        return _yield(root, info)

    @strawberry.field(extensions=[PermissionExtension([Lucky()], fail_silently=True)])
    def hidden(root: strawberry.Parent[Any], info: Info) -> list[str] | None:
        return _yield(root, info)

    @strawberry.field(permission_classes=[Unhurried])
    async def slow_guarded(root: strawberry.Parent[Any], info: Info) -> str | None:
        return await _settled(_yield(root, info))

    @strawberry.field(extensions=[Doubled()])
    def doubled(root: strawberry.Parent[Any], info: Info, again: bool = False) -> str | None:
        value = _yield(root, info)
        return value if isawaitable(value) or not again else str(value)

    @strawberry.field(extensions=[Patient(), Doubled()])
    async def slow_extended(root: strawberry.Parent[Any], info: Info) -> str | None:
        return await _settled(_yield(root, info))

    # Resolvers in every form that Strawberry takes.

    @strawberry.field
    def way1() -> str:  # type: ignore[misc]
        return "nothing"

    @strawberry.field
    def way2(root) -> str:  # type: ignore[no-untyped-def]
        return f"root {_key(root)}"

    @strawberry.field
    def way3(self, root: Any) -> str:
        return f"{self is root}"

    @strawberry.field
    def way4(parent: strawberry.Parent[Any], information: Info, *, n: int = 3) -> str:
        return f"{_key(parent)} {information.path.key} {n}"

    @strawberry.field
    @staticmethod
    def way5(info: Info, n: int | None = None) -> str:
        return f"{info.field_name} {n}"

    @strawberry.field
    @classmethod
    def way6(cls, n: int = 2) -> str:
        return f"{cls.__name__} {n}"

    @strawberry.field
    def way7(self, *, info: Info) -> str:
        return f"{_key(self)} {info.path.as_list()}"

    way8: str = strawberry.field(resolver=lambda: "lambda")

    @strawberry.field
    async def slow_way(self) -> str:
        return f"slow {_key(self)}"

    @strawberry.field
    def counted(self) -> int:
        self.world.calls[f"{_key(self)}/counted"] += 1  # type: ignore[attr-defined]
        return len(_key(self))

    @strawberry.field
    def counted_too(self, info: Info) -> int | None:
        _world(info).calls[f"{_key(self)}/counted_too"] += 1
        return self.world.among(f"{_key(self)}#", 4) or None  # type: ignore[attr-defined]

    @strawberry.field
    def mutating(
        self, items: list[int] | None = None, point: Point | None = None, n: int = 1
    ) -> str:
        told = f"{items} {point}"
        if items is not None:
            items.append(n)
        if point is not None:
            point.x += 1
        return told

    @strawberry.field
    def places(root: strawberry.Parent[Any], info: Info, n: int = 2) -> list[str]:
        for index in range(min(n, 3)):
            yield f"{index} {info.path.as_list()}"  # type: ignore[misc]

    @strawberry.field
    def holder(root: strawberry.Parent[Any], info: Info) -> Annotated["Holder", HERE]:
        return Holder(info=info)

    friend = loaded(
        _ask_friend, returns=Annotated["Cat", HERE] | None, name="friend", description="loaded"
    )
    keeper = loaded(
        _ask_keeper, returns=Annotated["Dog", HERE], name="keeper", description="loaded, sure"
    )
    loads = loaded(
        _ask_all,
        returns=list[Annotated["Cat", HERE] | None],
        name="loads",
        description="loaded, several",
        needs=("seen",),
    )
    page = listed(
        _ask_any, returns=Annotated["CatPage", HERE] | None, name="page", description="listed"
    )


def _place(info: Info) -> str:
    """All that a resolver is told of where it is."""
    raw = info._raw_info
    return repr(
        (
            raw.path.as_list(),
            raw.path.typename,
            info.path.key,
            info.field_name,
            info.python_name,
            str(info.return_type),
            str(raw.return_type),
            raw.parent_type.name,
            len(raw.field_nodes),
            sorted(info.variable_values.items(), key=str),
            raw.operation.name and raw.operation.name.value,
            info.operation.operation.value,
            sorted(raw.fragments),
            [_outline(one) for one in info.selected_fields],
            info.root_value.key,
            info.context.world.seed,
            info.schema is not None,
            raw.operation_extensions,  # type: ignore[attr-defined]
        )
    )


async def _settled(value: Any) -> Any:
    return await value if isawaitable(value) else value


def _outline(selected: Any) -> Any:
    below = [_outline(one) for one in selected.selections]
    name = getattr(selected, "name", None) or getattr(selected, "type_condition", "")
    arguments = getattr(selected, "arguments", None)
    return (name, getattr(selected, "alias", None), arguments, selected.directives, below)


@strawberry.type
class Holder:
    """Keeps the info that its field's resolver was given."""

    info: strawberry.Private[Any]

    @strawberry.field
    def where(self) -> str:
        return f"{self.info.path.as_list()} {self.info.field_name}"

    @strawberry.field
    def holder(self, info: Info) -> Annotated["Holder", HERE] | None:
        return Holder(info=info)


@strawberry.interface
class Being:
    text: str | None
    text_sure: str
    whole: int | None
    cat: Annotated["Cat", HERE] | None
    beings: list[Annotated["Being", HERE] | None] | None

    @strawberry.field
    def habitat(self) -> str:
        return f"somewhere {_key(self)}"

    @strawberry.field
    def nature(root: strawberry.Parent[Any], info: Info) -> str | None:
        return f"{root.type_name} {info.path.key}"


@strawberry.interface
class Pet(Being):
    petname: str | None
    pets: list[Annotated["Pet", HERE]] | None


@strawberry.interface
class Figure:
    """Tells the types of its objects itself, not always well."""

    sides: int | None

    @classmethod
    def resolve_type(cls, value: Any, info: Any, abstract: Any) -> Any:
        world: World = info.context.world
        name = getattr(value, "type_name", None)
        key = f"{_key(value)}T"
        if world.among(key, 1000) < world.rates.odd:
            return (None, "Nothing", "Color", "Rock", 7)[world.among(f"{key}2", 5)]
        if world.late and world.among(f"{key}3", 8) == 0:
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
        return Made.__getattr__(self, name)  # type: ignore[arg-type]

    make = classmethod(Made.make.__func__)  # type: ignore[attr-defined]
    told = Made.told


@strawberry.type
class Dog(Common, Pet):
    kind: int | None
    bone: Annotated["Rock", HERE] | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> bool:
        return isinstance(source, Row) and source.type_name == "Dog"


@strawberry.type
class Rock:
    """Neither of an interface nor with a way to tell it."""

    weight: float | None
    text: str | None
    rock: Annotated["Rock", HERE] | None
    rocks: list[Annotated["Rock", HERE]] | None
    being: Annotated["Being", HERE] | None
    ghosts: list[Annotated["Ghost", HERE]] | None

    def __getattr__(self, name: str) -> Any:
        return Made.__getattr__(self, name)  # type: ignore[arg-type]

    make = classmethod(Made.make.__func__)  # type: ignore[attr-defined]
    told = Made.told


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
        return f"indoors {_key(self)}"

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
    """Only told from others after a while."""

    text: str
    cat: Cat | None

    @staticmethod
    def is_type_of(source: Any, info: Any) -> Any:
        world: World = info.context.world
        known = isinstance(source, Row) and source.type_name == "Ghost"
        if world.late and world.among(f"{_key(source)}G", 2):
            return _later(world, _key(source), known)
        return known


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


@strawberry.type
class Mutation:
    cat: Cat | None

    @strawberry.mutation
    def bump(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int:
        info.context.count += by
        return info.context.count

    @strawberry.mutation
    async def slow_bump(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int | None:
        before = info.context.count
        await _world(info).pause(f"{before}")
        info.context.count = before + by
        return info.context.count if info.context.count % 7 else None

    @strawberry.mutation
    def fail(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int | None:
        info.context.count += by
        raise ValueError(f"failed at {info.context.count}")

    @strawberry.mutation
    def fail_badly(root: strawberry.Parent[Any], info: Info, by: int = 1) -> int:
        info.context.count += by
        if info.context.count % 3 == 0:
            raise ValueError(f"failed badly at {info.context.count}")
        return info.context.count

    @strawberry.mutation
    def state(root: strawberry.Parent[Any], info: Info) -> Annotated["State", HERE]:
        info.context.count += 1
        return State(text="begun")

    @strawberry.mutation
    async def slow_states(
        root: strawberry.Parent[Any], info: Info, count: int = 2
    ) -> list[Annotated["State", HERE] | None]:
        await _world(info).pause("states")
        info.context.count += 1
        return [State(text=f"{n}") for n in range(min(count, 3))]


@strawberry.type
class State:
    """Tells how far mutations have come when it is read."""

    text: str

    @strawberry.field
    def now(self, info: Info) -> int:
        return info.context.count

    @strawberry.field
    async def slow_now(self, info: Info) -> int | None:
        await _world(info).pause("state")
        return info.context.count

    @strawberry.field
    def state(self) -> Annotated["State", HERE] | None:
        return State(text=self.text + "+")


def build_generic() -> strawberry.Schema:
    """The made-up schema."""
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
