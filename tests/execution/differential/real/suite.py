"""Cases over the gateway's own schema, its own context and vendors, and the sandbox's schools."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from random import Random
from typing import Any

import strawberry
from graphql import (
    GraphQLError,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)
from graphql import parse as parse_document

from lms_gateway.execution import Plans
from lms_gateway.schema import build_plans, build_schema
from lms_gateway.schema.context import Context
from lms_gateway.schema.errors import format_error
from lms_gateway.tenancy import Caller, Scope, Tenants
from tests.execution.differential.documents import Case, Taste, write_valid_case
from tests.execution.differential.engines import Engine, by_core, by_plan, settle
from tests.execution.differential.harness import Tally, run_cases
from tests.execution.differential.literals import LEAVES, Leaves
from tests.execution.differential.outcomes import Outcome, outcome
from tests.execution.differential.real.vendors import Moody, Remembered, open_sandbox, tenants_over

_SLUGS = ("maple", "lakeside")

_LOOK_AROUND = """{ tenants { id slug viewer { ...u } courses(first: 3) { nodes { ...c } }
  users(first: 3) { nodes { ...u } } accounts(first: 2) { nodes { id vendorId } } } }
fragment u on User { id vendorId sisId }
fragment c on Course { id vendorId sisId term { id } sections(first: 3) { nodes { ...s } } }
fragment s on Section { id vendorId sisId students(first: 2) { nodes { ...u } }
  enrollments(first: 2) { nodes { id vendorId } } }"""

_SELDOM = 0.15
"""How likely a field is that leads nowhere, beside those that lead to the school's objects."""

_WAYS = {
    "Tenant": 3.0,
    "Section": 4.0,
    "Course": 4.0,
    "User": 3.0,
    "Enrollment": 2.0,
    "Node": 2.0,
    "Term": 1.5,
    "Account": 1.5,
    "_Entity": 2.0,
}


@cache
def schema() -> strawberry.Schema:
    return build_schema()


@cache
def plans() -> Plans:
    return build_plans(schema())


@dataclass(frozen=True, slots=True)
class School:
    """A sandbox, and what its objects are called."""

    vendors: Remembered
    taste: Taste


@dataclass(frozen=True)
class RealTrial:
    """An operation of the gateway, over vendors some of whose calls fail."""

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
        for number, variables in enumerate(self.case.others):
            other = replace(self, case=replace(self.case, variables=variables))
            await replace(other, seed=self.seed ^ number + 1).by(self.planned, 0)
        return await self.by(self.planned, 0)

    async def by(self, engine: Engine, pace: int) -> Outcome:
        """The outcome with one engine; tenants, connections and context are made anew."""
        transport = Moody(self.school.vendors, self.seed, self.faults, pace)
        context = context_over(transport, self.selected, self.pinned, self.scopes)
        result, late = await engine(self.case, context, None)
        await context.aclose()
        await settle()
        return outcome(result, late=late, calls=transport.calls, explain=_explain)

    def again(self, case: Case) -> "RealTrial":
        return replace(self, case=case)

    def __str__(self) -> str:
        return (
            f"real {self.seed}, {self.faults} ‰ faults, selected={self.selected},"
            f" pinned={self.pinned}, scopes={sorted(self.scopes)}"
        )


def context_over(
    transport: Moody, selected: str | None, pinned: bool, scopes: frozenset[Scope]
) -> Context:
    """What the endpoint gives an operation: the one place that knows how a context is made."""
    tenants = Tenants(tenants_over(transport))
    caller = Caller(name="tests", tenants=frozenset(_SLUGS), scopes=scopes)
    chosen = None if selected is None else tenants.get(caller, selected)
    return Context(tenants=tenants, caller=caller, selected=chosen, pinned=pinned)


def _explain(error: GraphQLError) -> str:
    """All that a client is told."""
    return repr(format_error(error, "request"))


async def open_school(sections: int) -> School:
    """A sandbox of so many sections, and a taste for its objects."""
    vendors = open_sandbox(sections)
    context = context_over(Moody(vendors, 0, 0, 0), None, False, frozenset(Scope))
    case = Case(_LOOK_AROUND, parse_document(_LOOK_AROUND), None, {})
    result, _ = await by_core(schema())(case, context, None)
    await context.aclose()
    assert not result.errors, result.errors
    return School(vendors, _taste(_Names(result.data)))


def make_trial(school: School, seed: int, engine: Engine | None = None) -> RealTrial:
    """The trial of a seed."""
    random = Random(seed)
    case = write_valid_case(schema()._schema, random, school.taste)
    scopes = frozenset(Scope)
    if random.random() < 0.15:
        scopes = frozenset(random.sample(sorted(Scope), random.randint(0, 2)))
    return RealTrial(
        case,
        seed & 0xFFFFFFFF,
        faults=random.choice((0, 0, 60, 250)),
        selected=random.choice((*_SLUGS, *_SLUGS, *_SLUGS, None)),
        pinned=random.random() < 0.1,
        scopes=scopes,
        school=school,
        planned=engine or by_plan(plans()),
    )


async def run_real(
    seeds: Iterable[int],
    *,
    sections: int = 6,
    tell: Callable[[str], None] = lambda text: None,
    most_mismatches: int = 5,
) -> Tally:
    """Judge the cases of the seeds."""
    school = await open_school(sections)
    return await run_cases(
        partial(make_trial, school), seeds, tell=tell, most_mismatches=most_mismatches
    )


class _Names:
    """What a school's objects are called: ids, vendors' ids, SIS ids, by the type's name."""

    def __init__(self, data: Any) -> None:
        self.ids: list[str] = []
        self.by_type: dict[str, list[tuple[str, str, str | None]]] = {}
        for tenant in data["tenants"]:
            self.ids.append(tenant["id"])
            self._learn("User", tenant["viewer"])
            for user in tenant["users"]["nodes"]:
                self._learn("User", user)
            for account in tenant["accounts"]["nodes"]:
                self._learn("Account", account)
            for course in tenant["courses"]["nodes"]:
                self._learn("Course", course)
                if course["term"]:
                    self.ids.append(course["term"]["id"])
                for section in course["sections"]["nodes"]:
                    self._learn("Section", section)
                    for user in section["students"]["nodes"]:
                        self._learn("User", user)
                    for enrollment in section["enrollments"]["nodes"]:
                        self._learn("Enrollment", enrollment)

    def _learn(self, name: str, found: Any) -> None:
        if found is not None:
            self.ids.append(found["id"])
            known = self.by_type.setdefault(name, [])
            known.append((found["id"], found["vendorId"], found.get("sisId")))

    def id(self, random: Random) -> str:
        return (
            random.choice(self.ids) if random.random() < 0.95 else random.choice(("", "bm8", "x"))
        )

    def ref(self, name: str, random: Random) -> dict[str, Any]:
        """A reference to an object of that type, seldom to none."""
        id, vendor_id, sis_id = random.choice(self.by_type[name])
        roll = random.random()
        if roll < 0.45:
            return {"id": id}
        if roll < 0.8:
            return {"vendorId": vendor_id}
        if roll < 0.9 and sis_id:
            return {"sisId": sis_id}
        if name == "Account":
            return {"root": True}
        return random.choice(({"vendorId": "99999"}, {"sisId": "nobody"}, {"id": "x"}))

    def entity(self, random: Random) -> dict[str, Any]:
        """What a router sends to say which object it means."""
        name = random.choice(sorted(self.by_type))
        id, vendor_id, _ = random.choice(self.by_type[name])
        roll = random.random()
        if roll < 0.5:
            return {"__typename": name, "id": id}
        if roll < 0.85:
            return {"__typename": name, "tenantSlug": random.choice(_SLUGS), "vendorId": vendor_id}
        return random.choice(
            ({"__typename": name}, {"__typename": "Nobody", "id": "1"}, {"id": id})
        )


def _taste(names: _Names) -> Taste:
    leaves: Leaves = {
        **LEAVES,
        "ID": names.id,
        "Int": lambda random: random.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 50, -1)),
        "String": lambda random: random.choice((*_SLUGS, *_SLUGS, "elm", "bio", "a")),
        "_Any": names.entity,
    }
    core = schema()._schema
    for name, type_ in core.type_map.items():
        if isinstance(type_, GraphQLScalarType):
            leaves.setdefault(name, lambda _: None)
    inputs: Mapping[str, Callable[[Random], Any]] = {
        f"{name}Ref": partial(names.ref, name) for name in ("Section", "Course", "User", "Account")
    }
    return Taste(
        leaves=leaves,
        inputs=inputs,
        named={
            "first": lambda random: random.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 50, -1)),
            "after": lambda random: random.choice((*[None] * 19, "bm8")),
            "slug": lambda random: random.choice((*_SLUGS, *_SLUGS, "elm", None)),
            "slugs": lambda random: random.choice((None, list(_SLUGS), ["maple"], [], ["elm"])),
        },
        weight=partial(_weight, core),
        inward=1.5,
        min_fields=8,
        use_variables=0.2,
    )


def _weight(core: GraphQLSchema, parent: GraphQLNamedType, name: str) -> float:
    fields: Any = core.type_map[parent.name]
    named = get_named_type(fields.fields[name].type)
    if not is_composite_type(named):
        return 1.0
    way = _WAYS.get(named.name.removesuffix("Connection").removesuffix("Edge"))
    if way is None:
        return _SELDOM if parent.name == "Query" else 0.6
    return way * 2 if named.name.endswith("Connection") else way
