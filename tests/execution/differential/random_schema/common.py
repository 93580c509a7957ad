"""Fields that all types of the random schema have: every wrapping and form of resolver."""

from datetime import date, datetime
from decimal import Decimal
from inspect import isawaitable
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry.permission import PermissionExtension
from strawberry.scalars import JSON

from lms_gateway.execution import connection, load_field, requires
from tests.execution.differential.random_schema.guards import (
    DoublingExtension,
    Info,
    RandomPermission,
    SlowExtension,
    SlowRandomPermission,
    key_of,
    resolve_field,
    resolved,
    world_of,
)
from tests.execution.differential.random_schema.inputs import (
    ArgumentFields,
    Color,
    Even,
    Point,
    Size,
)

if TYPE_CHECKING:
    from tests.execution.differential.random_schema.types import (
        Anything,
        Being,
        Cat,
        CatPage,
        Dog,
        Figure,
        Ghost,
        Pet,
        Rock,
    )

HERE = strawberry.lazy("tests.execution.differential.random_schema.types")
COMMON = strawberry.lazy("tests.execution.differential.random_schema.common")


def _show_info(info: Info) -> str:
    """Return everything that an info contains."""
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
            [_outline(selected_field) for selected_field in info.selected_fields],
            info.root_value.key,
            info.context.world.seed,
            info.schema is not None,
            raw.operation_extensions,  # type: ignore[attr-defined]
        )
    )


def _outline(selected: Any) -> Any:
    below = [_outline(child) for child in selected.selections]
    name = getattr(selected, "name", None) or getattr(selected, "type_condition", "")
    arguments = getattr(selected, "arguments", None)
    return (name, getattr(selected, "alias", None), arguments, selected.directives, below)


def _load_friend(root: strawberry.Parent[Any], info: Info, nth: int = 0) -> Any:
    return info.context.make_load(root, f"friend{nth}", "Cat")


def _load_keeper(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.make_load(root, "keeper", "Dog")


def _load_all(root: strawberry.Parent[Any], info: Info, count: int = 2) -> Any:
    return [info.context.make_load(root, f"all{n}", "Cat") for n in range(min(count, 4))]


def _load_any(root: strawberry.Parent[Any], info: Info) -> Any:
    return info.context.make_load(root, "any", None)


@strawberry.type
class Holder:
    """Holds the info of its field's resolver."""

    info: strawberry.Private[Any]

    @strawberry.field
    def where(self) -> str:
        return f"{self.info.path.as_list()} {self.info.field_name}"

    @strawberry.field
    def holder(self, info: Info) -> Annotated["Holder", COMMON] | None:
        return Holder(info=info)


def _guarded(root: strawberry.Parent[Any], info: Info) -> str | None:
    value: str | None = resolve_field(root, info)
    return value


def _guarded_sure(root: strawberry.Parent[Any], info: Info) -> Annotated["Rock", HERE]:
    value: Annotated[Rock, HERE] = resolve_field(root, info)
    return value


def _hidden(root: strawberry.Parent[Any], info: Info) -> list[str] | None:
    value: list[str] | None = resolve_field(root, info)
    return value


async def _slow_guarded(root: strawberry.Parent[Any], info: Info) -> str | None:
    value: str | None = await resolved(resolve_field(root, info))
    return value


def _doubled(root: strawberry.Parent[Any], info: Info, again: bool = False) -> str | None:
    value = resolve_field(root, info)
    return value if isawaitable(value) or not again else str(value)


async def _slow_extended(root: strawberry.Parent[Any], info: Info) -> str | None:
    value: str | None = await resolved(resolve_field(root, info))
    return value


@strawberry.type
class Common(ArgumentFields):
    """Fields of all types."""

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
    seen: str | None = strawberry.field(metadata=requires("seen"))
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
        return f"plain {key_of(self)}"

    @strawberry.field
    def said(root: strawberry.Parent[Any], info: Info) -> str | None:
        value: str | None = resolve_field(root, info)
        return value

    @strawberry.field
    def others(root: strawberry.Parent[Any], info: Info) -> list[Annotated["Cat", HERE] | None]:
        value: list[Annotated[Cat, HERE] | None] = resolve_field(root, info)
        return value

    @strawberry.field
    def creature(root: strawberry.Parent[Any], info: Info) -> Annotated["Being", HERE] | None:
        value: Annotated[Being, HERE] | None = resolve_field(root, info)
        return value

    @strawberry.field
    def place(root: strawberry.Parent[Any], info: Info, more: int = 1) -> str:
        return f"{_show_info(info)} {more}"

    @strawberry.field
    async def slow_place(root: strawberry.Parent[Any], info: Info) -> str:
        await world_of(info).pause(key_of(root))
        return _show_info(info)

    @strawberry.field
    async def slow(root: strawberry.Parent[Any], info: Info) -> str | None:
        await world_of(info).pause(key_of(root))
        value: str | None = await resolved(resolve_field(root, info))
        return value

    @strawberry.field
    async def slow_sure(root: strawberry.Parent[Any], info: Info) -> int:
        await world_of(info).pause(key_of(root))
        value: int = await resolved(resolve_field(root, info))
        return value

    @strawberry.field
    async def slow_cats(
        root: strawberry.Parent[Any], info: Info, first: int = 2
    ) -> list[Annotated["Cat", HERE]] | None:
        await world_of(info).pause(key_of(root))
        value: list[Annotated[Cat, HERE]] | None = await resolved(resolve_field(root, info))
        return value

    @strawberry.field
    async def slow_anything(root: strawberry.Parent[Any], info: Info) -> Annotated["Anything", HERE]:
        await world_of(info).pause(key_of(root))
        value: Annotated[Anything, HERE] = await resolved(resolve_field(root, info))
        return value

    guarded: str | None = strawberry.field(resolver=_guarded, permission_classes=[RandomPermission])

    guarded_sure: Annotated["Rock", HERE] = strawberry.field(
        resolver=_guarded_sure, permission_classes=[RandomPermission]
    )

    hidden: list[str] | None = strawberry.field(
        resolver=_hidden, extensions=[PermissionExtension([RandomPermission()], fail_silently=True)]
    )

    slow_guarded: str | None = strawberry.field(
        resolver=_slow_guarded, permission_classes=[SlowRandomPermission]
    )

    doubled: str | None = strawberry.field(resolver=_doubled, extensions=[DoublingExtension()])

    slow_extended: str | None = strawberry.field(
        resolver=_slow_extended, extensions=[SlowExtension(), DoublingExtension()]
    )

    # Resolvers in every form that Strawberry accepts.

    @strawberry.field
    def way1() -> str:
        return "nothing"

    @strawberry.field
    def way2(root) -> str:
        return f"root {key_of(root)}"

    @strawberry.field
    def way3(self, root: Any) -> str:
        return f"{self is root}"

    @strawberry.field
    def way4(parent: strawberry.Parent[Any], information: Info, *, n: int = 3) -> str:
        return f"{key_of(parent)} {information.path.key} {n}"

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
        return f"{key_of(self)} {info.path.as_list()}"

    way8: str = strawberry.field(resolver=lambda: "lambda")

    @strawberry.field
    async def slow_way(self) -> str:
        return f"slow {key_of(self)}"

    @strawberry.field
    def counted(self) -> int:
        # Its calls are not counted: a plan may call a resolver that takes only the source once for
        # an object in several positions, or again after an error.
        return len(key_of(self))

    @strawberry.field
    def counted_too(self, info: Info) -> int | None:
        world_of(info).calls[f"{key_of(self)}/counted_too"] += 1
        return self.world.among(f"{key_of(self)}#", 4) or None  # type: ignore[attr-defined]

    @strawberry.field
    def mutating(self, items: list[int] | None = None, point: Point | None = None, n: int = 1) -> str:
        text = f"{items} {point}"
        if items is not None:
            items.append(n)
        if point is not None:
            point.x += 1
        return text

    @strawberry.field
    def places(root: strawberry.Parent[Any], info: Info, n: int = 2) -> list[str]:
        texts = (f"{index} {info.path.as_list()}" for index in range(min(n, 3)))
        return cast(list[str], texts)  # a generator is a list, too

    @strawberry.field
    def holder(root: strawberry.Parent[Any], info: Info) -> Holder:
        return Holder(info=info)

    friend = load_field(
        _load_friend, returns=Annotated["Cat", HERE] | None, name="friend", description="loaded"
    )
    keeper = load_field(
        _load_keeper, returns=Annotated["Dog", HERE], name="keeper", description="loaded, sure"
    )
    loads = load_field(
        _load_all,
        returns=list[Annotated["Cat", HERE] | None],
        name="loads",
        description="loaded, several",
        requires=("seen",),
    )
    page = connection(_load_any, returns=Annotated["CatPage", HERE] | None, name="page", description="listed")
