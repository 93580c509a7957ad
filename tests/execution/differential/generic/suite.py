"""Cases over the made-up schema and its worlds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

import strawberry
from graphql import GraphQLNamedType, GraphQLSchema

from lms_gateway.execution import Plans
from tests.execution.differential.documents import Case, Taste, write_valid_case
from tests.execution.differential.engines import Engine, by_core, by_plan, settle
from tests.execution.differential.generic.context import Context, root_of
from tests.execution.differential.generic.types import build_generic
from tests.execution.differential.generic.world import MANNERS, Rates, World
from tests.execution.differential.literals import LEAVES
from tests.execution.differential.outcomes import Outcome, outcome

_LEAVES = {**LEAVES, "Even": lambda random: random.choice((0, 2, -4, 4, 3))}

_TELLING = {"numbers", "texts", "scalars", "enums", "shaped", "chosen", "choosy", "maybes"}


def _read_all(sources: Sequence[Any], name: str) -> list[Any]:
    """What Strawberry's default resolver reads, off many sources at once."""
    return [getattr(source, name) for source in sources]


def _weight(parent: GraphQLNamedType, name: str) -> float:
    if name in _TELLING:
        return 0.7
    return 1.0


def _allows(parent: GraphQLNamedType, name: str) -> bool:
    return True


def _allows_prompt(parent: GraphQLNamedType, name: str) -> bool:
    """Only fields that need not be awaited."""
    return not name.startswith("slow")


_TASTE = Taste(leaves=_LEAVES, allows=_allows, weight=_weight, mutations=0.12)
_PROMPT = Taste(leaves=_LEAVES, allows=_allows_prompt, weight=_weight, mutations=0.12)


@cache
def schema() -> strawberry.Schema:
    return build_generic()


@cache
def plans() -> tuple[Plans, ...]:
    """Plans that read sources one by one, and many at once."""
    return Plans(schema()), Plans(schema(), read_all=_read_all)


@dataclass(frozen=True)
class GenericTrial:
    """An operation in a made-up world."""

    case: Case
    which: int
    seed: int
    rates: Rates
    late: bool
    planned: Engine = field(repr=False)

    @property
    def schema(self) -> GraphQLSchema:
        return schema()._schema

    async def core(self, pace: int) -> Outcome:
        return await self.by(by_core(schema()), pace)

    async def plan(self) -> Outcome:
        others = [
            replace(self, case=replace(self.case, variables=variables), seed=self.seed ^ number + 1)
            for number, variables in enumerate(self.case.others)
        ]
        if self.seed % 2:  # one after the other, or all at once
            for other in others:
                await other.by(self.planned, 0)
            return await self.by(self.planned, 0)
        *_, mine = await asyncio.gather(
            *(one.by(self.planned, 0, alone=False) for one in (*others, self))
        )
        await settle()
        return mine

    async def by(self, engine: Engine, pace: int, *, alone: bool = True) -> Outcome:
        """The outcome with one engine, in a world made anew."""
        world = World(self.seed, rates=self.rates, late=self.late, pace=pace)
        context = Context(world, self.schema)
        root = root_of(world, self.schema, "Query")
        result, late = await engine(self.case, context, root)
        context.close()
        if alone:
            await settle()
        calls = [one.key for one in context.asked]
        return outcome(result, late=late, calls=[*calls, *world.calls.elements()])

    def again(self, case: Case) -> "GenericTrial":
        return replace(self, case=case)

    def __str__(self) -> str:
        return f"generic {self.which}, world {self.seed}, {self.rates}, late={self.late}"


def make_trial(
    seed: int,
    engine: Engine | None = None,
    *,
    late: bool | None = None,
    which: int | None = None,
) -> GenericTrial:
    """The trial of a seed; `late`: whether anything may have to be awaited there."""
    random = Random(seed)
    which = random.randrange(2) if which is None else which
    late = random.random() < 0.6 if late is None else late
    case = write_valid_case(schema()._schema, random, _TASTE if late else _PROMPT)
    rates = random.choice(MANNERS)
    planned = engine or by_plan(plans()[which])
    return GenericTrial(case, which, seed & 0xFFFFFFFF, rates, late, planned)
