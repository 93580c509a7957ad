"""Cases over the random schema."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

import strawberry
from graphql import GraphQLNamedType, GraphQLSchema

from lms_gateway.execution import PlanCompiler
from tests.execution.differential.comparison import Outcome, make_outcome
from tests.execution.differential.documents import Case, DocumentProfile, write_valid_case
from tests.execution.differential.engines import Engine, by_core, by_plan, settle
from tests.execution.differential.literals import LEAVES
from tests.execution.differential.random_schema.context import RandomContext, root_of
from tests.execution.differential.random_schema.types import build_schema
from tests.execution.differential.random_schema.world import RATE_PRESETS, Rates, World

_LEAVES = {**LEAVES, "Even": lambda random: random.choice((0, 2, -4, 4, 3))}

_ARGUMENT_FIELDS = {"numbers", "texts", "scalars", "enums", "shaped", "chosen", "choosy", "maybes"}


def _read_all(sources: Sequence[Any], name: str) -> list[Any]:
    """Read a field of many sources, like Strawberry's default resolver."""
    return [getattr(source, name) for source in sources]


def _weight(parent: GraphQLNamedType, name: str) -> float:
    if name in _ARGUMENT_FIELDS:
        return 0.7
    return 1.0


def _allows(parent: GraphQLNamedType, name: str) -> bool:
    return True


def _allows_prompt(parent: GraphQLNamedType, name: str) -> bool:
    """Only synchronous fields."""
    return not name.startswith("slow")


_PROFILE = DocumentProfile(leaves=_LEAVES, allows=_allows, weight=_weight, mutations=0.12)
_SYNCHRONOUS_PROFILE = DocumentProfile(leaves=_LEAVES, allows=_allows_prompt, weight=_weight, mutations=0.12)


@cache
def schema() -> strawberry.Schema:
    return build_schema()


@cache
def compilers() -> tuple[PlanCompiler, ...]:
    """Compilers that read sources one by one, and in batches."""
    return PlanCompiler(schema()), PlanCompiler(schema(), read_many=_read_all)


@dataclass(frozen=True)
class RandomTrial:
    """An operation over random data."""

    case: Case
    which: int
    seed: int
    rates: Rates
    uses_awaitables: bool
    planned: Engine = field(repr=False)

    @property
    def schema(self) -> GraphQLSchema:
        return schema()._schema

    async def core(self, pace: int) -> Outcome:
        return await self.by(by_core(schema()), pace)

    async def plan(self) -> Outcome:
        other_trials = [
            replace(self, case=replace(self.case, variables=variables), seed=self.seed ^ number + 1)
            for number, variables in enumerate(self.case.others)
        ]
        if self.seed % 2:  # serially or concurrently
            for other in other_trials:
                await other.by(self.planned, 0)
            return await self.by(self.planned, 0)
        *_, mine = await asyncio.gather(
            *(trial.by(self.planned, 0, alone=False) for trial in (*other_trials, self))
        )
        await settle()
        return mine

    async def by(self, engine: Engine, pace: int, *, alone: bool = True) -> Outcome:
        """Return the outcome of one engine, with new data."""
        world = World(self.seed, rates=self.rates, uses_awaitables=self.uses_awaitables, pace=pace)
        context = RandomContext(world, self.schema)
        root = root_of(world, self.schema, "Query")
        result, late = await engine(self.case, context, root)
        context.close()
        if alone:
            await settle()
        calls = [load.key for load in context.dispatched]
        return make_outcome(result, awaited=late, calls=[*calls, *world.calls.elements()])

    def with_case(self, case: Case) -> "RandomTrial":
        return replace(self, case=case)

    def __str__(self) -> str:
        awaitables = f"awaitables={self.uses_awaitables}"
        return f"random {self.which}, data {self.seed}, {self.rates}, {awaitables}"


def make_trial(
    seed: int,
    engine: Engine | None = None,
    *,
    uses_awaitables: bool | None = None,
    which: int | None = None,
) -> RandomTrial:
    """Return the trial of a seed; `uses_awaitables`: whether values may be awaitables."""
    random = Random(seed)
    which = random.randrange(2) if which is None else which
    uses_awaitables = random.random() < 0.6 if uses_awaitables is None else uses_awaitables
    case = write_valid_case(schema()._schema, random, _PROFILE if uses_awaitables else _SYNCHRONOUS_PROFILE)
    rates = random.choice(RATE_PRESETS)
    planned = engine or by_plan(compilers()[which])
    return RandomTrial(case, which, seed & 0xFFFFFFFF, rates, uses_awaitables, planned)
