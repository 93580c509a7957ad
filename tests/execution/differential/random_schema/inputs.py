"""Scalars, enums and inputs of the random schema, and resolvers that return their arguments."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, NewType
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

Even = NewType("Even", int)


def _to_even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"{value!r} is not even")
    return value


def _show_even(value: Any) -> int | None:
    return None if value == 100 else _to_even(value)  # a serializer that returns null


EVEN = strawberry.scalar(name="Even", serialize=_show_even, parse_value=_to_even)


@strawberry.enum
class Color(Enum):
    RED = "r"
    GREEN = "g"
    BLUE = strawberry.enum_value("b", name="AZURE")


@strawberry.enum
class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Foreign(IntEnum):
    """An enum outside the schema whose member equals one of the schema's."""

    SMALL = 1


@strawberry.input
class Point:
    x: int
    y: int = 7
    size: Size = Size.SMALL


@strawberry.input
class Shape:
    label: str | None = None
    given: str | None = strawberry.UNSET
    points: list[Point] = strawberry.field(default_factory=list)
    center: Point | None = strawberry.UNSET
    matrix: list[list[int | None]] | None = None
    colors: list[Color] | None = strawberry.field(default_factory=lambda: [Color.RED])
    even: Even | None = None
    inner: Annotated["Shape", strawberry.lazy("tests.execution.differential.random_schema.inputs")] | None
    maybe: strawberry.Maybe[int | None]
    snake_case: float = 1.5


@strawberry.input
class Choosy:
    """Rejects some values itself."""

    amount: int

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"{self.amount} is negative")


@strawberry.input(one_of=True)
class Which:
    id: strawberry.ID | None = strawberry.UNSET
    number: int | None = strawberry.UNSET
    point: Point | None = strawberry.UNSET
    names: list[str] | None = strawberry.UNSET


def _show(**arguments: Any) -> str:
    return repr(arguments)


@strawberry.type
class ArgumentFields:
    """Fields that return their arguments as text."""

    @strawberry.field
    def numbers(
        self,
        a: int,
        b: float | None,
        c: list[int] | None = strawberry.UNSET,
        d: list[list[int | None]] | None = None,
        e: int = 5,
    ) -> str | None:
        return _show(a=a, b=b, c=c, d=d, e=e)

    @strawberry.field
    def texts(
        self,
        id: strawberry.ID | None = None,
        text: str = "given",
        flag: bool | None = strawberry.UNSET,
        snake_case: str | None = "x",
        renamed: Annotated[str | None, strawberry.argument(name="other")] = None,
    ) -> str | None:
        return _show(id=id, text=text, flag=flag, snake_case=snake_case, renamed=renamed)

    @strawberry.field
    def scalars(
        self,
        moment: datetime | None = None,
        day: date | None = strawberry.UNSET,
        amount: Decimal | None = None,
        uuid: UUID | None = None,
        json: JSON | None = None,
        even: Even | None = None,
        evens: list[Even] | None = None,
    ) -> str | None:
        return _show(moment=moment, day=day, amount=amount, uuid=uuid, json=json, even=even, evens=evens)

    @strawberry.field
    def enums(
        self, color: Color, size: Size = Size.LARGE, colors: list[Color | None] | None = None
    ) -> str | None:
        return _show(color=color, size=size, colors=colors)

    @strawberry.field
    def shaped(self, shape: Shape, others: list[Shape] | None = None) -> str:
        return _show(shape=shape, others=others)

    @strawberry.field
    def chosen(self, which: Which, others: list[Which | None] | None = None) -> str | None:
        return _show(which=which, others=others)

    @strawberry.field
    def choosy(self, choosy: Choosy | None = None, more: list[Choosy] | None = None) -> str | None:
        return _show(choosy=choosy, more=more)

    @strawberry.field
    def maybes(
        self, some: strawberry.Maybe[int | None] = None, text: strawberry.Maybe[str] = None
    ) -> str | None:
        return _show(some=some, text=text)
