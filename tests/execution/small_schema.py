"""A small schema with every resolution strategy, and a context that counts its loads."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated, Any, NewType
from weakref import ref

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from lms_gateway.domain.projection import Projection
from lms_gateway.execution import Deferred, LoadedField, PlannedInfo, load_field

Info = strawberry.Info["Shelf", Any]
HERE = strawberry.lazy("tests.execution.small_schema")


class Token:
    """A parsed scalar; tests check that it is garbage-collected."""

    def __init__(self, text: str) -> None:
        self.text = text


TOKENS: list["ref[Token]"] = []
"""Weak references to all tokens."""


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
    """A context that loads books by number, in batches that `flush` dispatches.

    `events` are all events in order, `batch_sizes` the numbers of objects per `load_many`,
    `projections` those of the loads.
    """

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.batch_sizes: list[int] = []
        self.projections: list[Projection] = []
        self.pending: list[asyncio.Future[Any]] = []
        self.both_started = asyncio.Event()

    def load(
        self,
        declaration: LoadedField,
        source: Any,
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Any:
        number = declaration.make_load(source, info, **arguments)
        self.events.append(("load", number))
        future = asyncio.get_running_loop().create_future()
        self.pending.append(future)
        return Deferred(future, lambda _: Book(number=number))

    def load_many(
        self,
        declaration: LoadedField,
        sources: Sequence[Any],
        arguments: Mapping[str, Any],
        info: strawberry.Info,
    ) -> Sequence[Any]:
        assert isinstance(info, PlannedInfo)
        self.batch_sizes.append(len(sources))
        self.projections.append(info.projection())
        return [self.load(declaration, source, arguments, info) for source in sources]

    def flush(self) -> None:
        self.events.append(("flush", len(self.pending)))
        waiting, self.pending = self.pending, []
        for future in waiting:
            future.set_result(None)


def _load_later(root: strawberry.Parent[Any], info: Info, by: int = 1, secret: Secret | None = None) -> Any:
    return root.number + by


def _load_next(root: strawberry.Parent[Any], info: Info) -> Any:
    return root.number + 1


def _later_field() -> Any:
    return load_field(
        _load_later,
        returns=Annotated["Book", HERE] | None,
        name="later",
        description="One that follows.",
        can_prefetch=True,
    )


def _guarded(secret: Secret | None = None) -> str:
    return "for you" if secret is None else secret.text


@strawberry.type
class Book:
    number: int

    @strawberry.field
    def title(self) -> str:
        return f"Book {self.number}"

    @strawberry.field
    def repeated(self, text: str, times: int = 1) -> str:
        return text * times

    @strawberry.field
    def secret_text(self, secret: Secret) -> str:
        return secret.text

    @strawberry.field
    async def late(self) -> Annotated["Book", HERE]:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return Book(number=self.number + 1)

    guarded: str = strawberry.field(resolver=_guarded, permission_classes=[Trusted])

    @strawberry.field
    def named(self, info: Info) -> str:
        return info.field_name

    @strawberry.field
    def placed(self, info: Info) -> list[Place]:
        return [Place(step) for step in info.path.as_list()]

    @strawberry.field
    def pages(self) -> list[Annotated["Book", HERE]]:
        return [Book(number=self.number * 100 + page) for page in range(3)]

    following: Annotated["Book", HERE] | None = load_field(
        _load_next,
        returns=Annotated["Book", HERE] | None,
        name="following",
        description="The next.",
    )
    later: Annotated["Book", HERE] | None = _later_field()


@strawberry.type
class Query:
    later: Book | None = _later_field()

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
        info.context.events.append("began")
        if info.context.events.count("began") == 2:
            info.context.both_started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            info.context.events.append("cancelled")
            raise
        return "never"


@strawberry.type
class Written:
    name: strawberry.Private[str]

    @strawberry.field
    async def echo(self, info: Info) -> str:
        await asyncio.sleep(0)
        info.context.events.append(f"{self.name} echo")
        return self.name


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: Info, name: str) -> Written:
        info.context.events.append(f"{name} begins")
        for _ in range(5):
            await asyncio.sleep(0)
        info.context.events.append(f"{name} ends")
        return Written(name=name)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        yield 1


def make_schema(**options: Any) -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={Secret: SECRET, Place: PLACE}),
        **options,
    )


SCHEMA = make_schema()
