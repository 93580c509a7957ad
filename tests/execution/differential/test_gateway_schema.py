"""Plans and graphql-core agree on the gateway's schema; `__main__` runs many more cases."""

from dataclasses import replace

import pytest
from graphql import parse

from lms_gateway.domain.access import Scope
from tests.execution.differential.documents import Case
from tests.execution.differential.engines import by_core, by_plan
from tests.execution.differential.gateway_schema.suite import (
    compiler,
    make_trial,
    open_random_school,
    open_simulator_school,
    run_gateway_cases,
    schema,
)

pytestmark = pytest.mark.filterwarnings(
    # graphql-core does not await coroutines of siblings of a failed field.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


async def test_plans_over_the_simulator_agree_with_graphql_core_with_no_extra_calls() -> None:
    """Both vendors, with failing calls; callers with all scopes and with few."""
    school = await open_simulator_school()
    tally = await run_gateway_cases(school, range(1_000_000, 1_000_150))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally


async def test_plans_over_random_backends_return_what_graphql_core_returns() -> None:
    """All fields of the schema have values, or errors; mutations too."""
    tally = await run_gateway_cases(open_random_school(), range(2_000_000, 2_000_150))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally


async def test_either_engine_continues_after_the_others_cursors() -> None:
    school = await open_simulator_school()
    engines = [by_core(schema()), by_plan(compiler())]
    text = """query ($after: String) { tenant(slug: "maple") { courses(first: 1) { nodes {
      sections(first: 1) { nodes { users(first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } } } } } }"""
    seen = []
    for first, second in (engines, engines[::-1], engines[:1] * 2):
        after, pages = None, []
        for engine in (first, second, first, second):
            trial = make_trial(school, 0, engine)
            case = Case(text, parse(text), None, {"after": after})
            trial = replace(trial, case=case, faults=0, selected=None, pinned=False)
            answer = await replace(trial, scopes=frozenset(Scope)).by(engine, 0)
            assert answer.problems == ()
            (course,) = answer.data["tenant"]["courses"]["nodes"]
            pages.append(course["sections"]["nodes"][0]["users"])
            after = pages[-1]["pageInfo"]["endCursor"]
        seen.append(pages)
    assert seen[0] == seen[1] == seen[2]
    ids = [node["id"] for page in seen[0] for node in page["nodes"]]
    assert len(set(ids)) == len(ids) == 8
