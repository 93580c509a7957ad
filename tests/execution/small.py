"""A small schema with every way to get a field, and a context that counts its loads."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated, Any, NewType
from weakref import ref

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from lms_gateway.execution import Loaded, Pending, PlannedInfo, Wants, loaded

Info = strawberry.Info["Shelf", Any]
HERE = strawberry.lazy("tests.execution.small")


class Token:
    """What a scalar's text becomes: an object that a test can see going."""

    def __init__(self, text: str) -> None:
        self.text = text


TOKENS: list["ref[Token]"] = []
"""Those that were made, for as long as anybody holds them."""


def _make_token(text: str) -> Token:
    token = Token(text)
    TOKENS.append(ref(token))
    return token


Place = NewType("Place", object)
PLACE = strawberry.scalar(name="Place", serialize=lambda step: step)

Secret = NewType("Secret", Token)
SECRET = strawberry.scalar(name="Secret", parse_value=_make_token, serialize=lambda one: one.text)


class Trusted(BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return True


class Shelf:
    """A context: books by number, loaded in waves that go off when they are flushed.

    `trail` holds what happened, in order; `levels`, of how many objects a field was loaded at once;
    `wants`, what was wanted of what was loaded.
    """

    def __init__(self) -> None:
        self.trail: list[Any] = []
        self.levels: list[int] = []
        self.wants: list[Wants] = []
        self.waiting: list[asyncio.Future[Any]] = []
        self.both = asyncio.Event()

    def load(
        self, declared: Loaded, source: Any, arguments: Mapping[str, Any], info: strawberry.Info
    ) -> Any:
        number = declared.ask(source, info, **arguments)
        self.trail.append(("load", number))
        future = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return Pending(future, lambda _: Book(number=number))

    def load_level(
        self,
        declared: Loaded,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        assert isinstance(info, PlannedInfo)
        self.levels.append(len(sources))
        self.wants.append(info.wants())
        return [self.load(declared, source, arguments, info) for source in sources]

    def flush(self) -> None:
        self.trail.append(("flush", len(self.waiting)))
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            future.set_result(None)


def _ask_later(
    root: strawberry.Parent[Any], info: Info, by: int = 1, secret: Secret | None = None
) -> Any:
    return root.number + by


def _ask_next(root: strawberry.Parent[Any], info: Info) -> Any:
    return root.number + 1


def _later() -> Any:
    return loaded(
        _ask_later,
        returns=Annotated["Book", HERE] | None,
        name="later",
        description="One that follows.",
        follows=True,
    )


@strawberry.type
class Book:
    number: int

    @strawberry.field
    def title(self) -> str:
        return f"Book {self.number}"

    @strawberry.field
    def told(self, text: str, times: int = 1) -> str:
        return text * times

    @strawberry.field
    def kept(self, secret: Secret) -> str:
        return secret.text

    @strawberry.field
    async def late(self) -> Annotated["Book", HERE]:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return Book(number=self.number + 1)

    @strawberry.field(permission_classes=[Trusted])
    def guarded(self, secret: Secret | None = None) -> str:
        return "for you" if secret is None else secret.text

    @strawberry.field
    def named(self, info: Info) -> str:
        return info.field_name

    @strawberry.field
    def placed(self, info: Info) -> list[Place]:
        return info.path.as_list()

    @strawberry.field
    def pages(self) -> list[Annotated["Book", HERE]]:
        return [Book(number=self.number * 100 + page) for page in range(3)]

    following: Annotated["Book", HERE] | None = loaded(
        _ask_next, returns=Annotated["Book", HERE] | None, name="following", description="The next."
    )
    later: Annotated["Book", HERE] | None = _later()


@strawberry.type
class Query:
    later: Book | None = _later()

    @strawberry.field
    def book(self, number: int = 1) -> Book:
        return Book(number=number)

    @strawberry.field
    def open(self, secret: Secret) -> str:
        return secret.text

    @strawberry.field
    def books(self, count: int) -> list[Book]:
        return [Book(number=number) for number in range(count)]

    @strawberry.field
    async def never(self, info: Info) -> str:
        info.context.trail.append("began")
        if info.context.trail.count("began") == 2:
            info.context.both.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            info.context.trail.append("cancelled")
            raise
        return "never"


@strawberry.type
class Written:
    name: strawberry.Private[str]

    @strawberry.field
    async def told(self, info: Info) -> str:
        await asyncio.sleep(0)
        info.context.trail.append(f"{self.name} told")
        return self.name


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: Info, name: str) -> Written:
        info.context.trail.append(f"{name} begins")
        for _ in range(5):
            await asyncio.sleep(0)
        info.context.trail.append(f"{name} ends")
        return Written(name=name)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        yield 1


def make_schema(**given: Any) -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={Secret: SECRET, Place: PLACE}),
        **given,
    )


SCHEMA = make_schema()
