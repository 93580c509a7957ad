"""Cases over the gateway's schema, context and vendors, and the simulator's schools."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from random import Random
from typing import Protocol

import strawberry
from graphql import GraphQLError, GraphQLSchema
from graphql import parse as parse_document

from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.record import Vendor
from lms_gateway.execution import PlanCompiler
from lms_gateway.schema import build_plans, build_schema
from lms_gateway.schema.context import TYPE_NAMES, Context
from lms_gateway.schema.errors import format_error
from lms_gateway.schema.ids import TENANT, encode_id
from lms_gateway.tenancy import Caller, Tenant, Tenants
from tests.execution.differential.comparison import Outcome, make_outcome
from tests.execution.differential.documents import Case, DocumentProfile, write_valid_case
from tests.execution.differential.engines import Engine, by_core, by_plan, settle
from tests.execution.differential.gateway_schema.names import SLUGS, Names, profile_for
from tests.execution.differential.gateway_schema.random_backend import RandomBackend
from tests.execution.differential.gateway_schema.vendors import (
    CachingTransport,
    FaultyTransport,
    open_simulator,
    tenants_over,
)
from tests.execution.differential.harness import Tally, run_cases

Calls = list[str]

_DISCOVERY_QUERY = """{ tenants { id slug viewer { ...u } courses(first: 3) { nodes { ...c } }
  users(first: 3) { nodes { ...u } } accounts(first: 2) { nodes { id vendorId } } } }
fragment u on User { id vendorId sisId }
fragment c on Course { id vendorId sisId term { id } sections(first: 3) { nodes { ...s } } }
fragment s on Section { id vendorId sisId students(first: 2) { nodes { ...u } }
  enrollments(first: 2) { nodes { id vendorId } } }"""


@cache
def schema() -> strawberry.Schema:
    return build_schema()


@cache
def compiler() -> PlanCompiler:
    return build_plans(schema())


class School(Protocol):
    """Vendors, and a document profile for their data."""

    @property
    def name(self) -> str: ...

    @property
    def profile(self) -> DocumentProfile: ...

    def open(self, seed: int, faults: int, pace: int) -> tuple[list[Tenant], Callable[[], Calls]]:
        """Return new tenants, and a function that returns their vendors' calls.

        `faults`: per thousand calls. `pace` determines the delay of each call.
        """
        ...


@dataclass(frozen=True)
class GatewayTrial:
    """An operation of the gateway, over vendors with failing calls."""

    case: Case
    seed: int
    faults: int
    selected: str | None
    pinned: bool
    scopes: frozenset[Scope]
    school: School = field(repr=False)
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
        """Return the outcome of one engine, with new tenants, connections and context."""
        tenants, calls = self.school.open(self.seed, self.faults, pace)
        context = context_over(tenants, self.selected, self.pinned, self.scopes)
        result, late = await engine(self.case, context, None)
        await context.aclose()
        asked = calls()
        if alone:
            await settle()
        return make_outcome(result, awaited=late, calls=asked, explain=_explain)

    def with_case(self, case: Case) -> "GatewayTrial":
        return replace(self, case=case)

    def __str__(self) -> str:
        return (
            f"{self.school.name} {self.seed}, {self.faults} ‰ faults, selected={self.selected},"
            f" pinned={self.pinned}, scopes={sorted(self.scopes)}"
        )


def context_over(
    tenants: Sequence[Tenant], selected: str | None, pinned: bool, scopes: frozenset[Scope]
) -> Context:
    """Return the context of an operation, as the endpoint creates it."""
    tenants_ = Tenants(tenants)
    caller = Caller(name="tests", tenants=frozenset(SLUGS), scopes=scopes)
    chosen = None if selected is None else tenants_.get(caller, selected)
    return Context(tenants=tenants_, caller=caller, selected=chosen, pinned=pinned)


def _explain(error: GraphQLError) -> str:
    """Return an error as clients see it."""
    return repr(format_error(error, "request"))


@dataclass(frozen=True)
class SimulatorSchool:
    """The simulator's schools, through the gateway's vendors."""

    vendors: CachingTransport
    profile: DocumentProfile
    name = "simulator"

    def open(self, seed: int, faults: int, pace: int) -> tuple[list[Tenant], Callable[[], Calls]]:
        transport = FaultyTransport(self.vendors, seed, faults, pace)
        return tenants_over(transport), lambda: list(transport.calls)


@dataclass(frozen=True)
class RandomSchool:
    """Random backends with values of every field."""

    profile: DocumentProfile
    name = "backends"

    def open(self, seed: int, faults: int, pace: int) -> tuple[list[Tenant], Callable[[], Calls]]:
        backends = [
            RandomBackend(schema()._schema, vendor, seed, faults, pace)
            for vendor in (Vendor.CANVAS, Vendor.SCHOOLOGY)
        ]
        tenants = [
            Tenant(slug, slug.title(), backend.vendor, Access.OPEN, frozenset(), None, backend)
            for slug, backend in zip(SLUGS, backends, strict=True)
        ]
        return tenants, lambda: [call for backend in backends for call in backend.calls]


async def open_simulator_school(sections: int = 6) -> School:
    """Return a simulator with that many sections, and a profile for its objects."""
    vendors = open_simulator(sections)
    tenants = tenants_over(FaultyTransport(vendors, 0, 0, 0))
    context = context_over(tenants, None, False, frozenset(Scope))
    case = Case(_DISCOVERY_QUERY, parse_document(_DISCOVERY_QUERY), None, {})
    result, _ = await by_core(schema())(case, context, None)
    await context.aclose()
    assert not result.errors, result.errors
    names = Names()
    names.add_all(result.data)
    return SimulatorSchool(vendors, profile_for(schema()._schema, names))


def open_random_school() -> School:
    """Return a school with a few objects of each kind, all fields and mutations."""
    names = Names()
    for slug in SLUGS:
        names.ids.append(encode_id(slug, TENANT, ""))
        for kind, name in TYPE_NAMES.items():
            if kind is not None:
                for id in ("1", "2", "3", "6"):
                    names.add(name, {"id": encode_id(slug, kind, id), "vendorId": id})
    return RandomSchool(profile_for(schema()._schema, names, mutations=0.2))


def make_trial(school: School, seed: int, engine: Engine | None = None) -> GatewayTrial:
    """Return the trial of a seed."""
    random = Random(seed)
    case = write_valid_case(schema()._schema, random, school.profile)
    scopes = frozenset(Scope)
    if random.random() < 0.15:
        scopes = frozenset(random.sample(sorted(Scope), random.randint(0, 2)))
    return GatewayTrial(
        case,
        seed & 0xFFFFFFFF,
        faults=random.choice((0, 0, 60, 250)),
        selected=random.choice((*SLUGS, *SLUGS, *SLUGS, None)),
        pinned=random.random() < 0.1,
        scopes=scopes,
        school=school,
        planned=engine or by_plan(compiler()),
    )


async def run_gateway_cases(
    school: School,
    seeds: Iterable[int],
    *,
    print_line: Callable[[str], None] = lambda text: None,
    max_mismatches: int = 5,
) -> Tally:
    """Compare the cases of the seeds."""
    make = partial(make_trial, school)
    return await run_cases(make, seeds, print_line=print_line, max_mismatches=max_mismatches)
