"""The differential suite detects faulty engines, and reports none of the correct ones."""

import pytest

from tests.execution.differential.comparison import (
    Outcome,
    Problem,
    difference,
    is_explained_by_timing,
)
from tests.execution.differential.engines import by_core
from tests.execution.differential.faulty_engines import faulty_engines
from tests.execution.differential.harness import extra_calls, run_cases
from tests.execution.differential.random_schema.suite import make_trial, schema

FAULT_NAMES = sorted(faulty_engines(by_core(schema())))

pytestmark = pytest.mark.filterwarnings(
    # graphql-core does not await coroutines of siblings of a failed field.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


async def test_graphql_core_agrees_with_itself() -> None:
    """Random data depends on the seed alone."""
    for seed in range(120):
        trial = make_trial(seed)
        assert difference(await trial.core(0), await trial.core(0)) is None, trial.case


async def test_a_case_is_the_same_for_the_same_seed() -> None:
    first, second = make_trial(7), make_trial(7)
    assert str(first.case) == str(second.case)
    assert repr(first) == repr(second)


@pytest.mark.parametrize("name", FAULT_NAMES)
async def test_a_faulty_engine_is_detected(name: str) -> None:
    core = by_core(schema())
    tally = await run_cases(
        lambda seed: make_trial(seed, faulty_engines(core)[name]),
        range(400),
        max_mismatches=1,
        shrinks=False,
    )
    assert tally.mismatches, tally


def _outcome(*problems: Problem, calls: tuple[str, ...] = ()) -> Outcome:
    return Outcome({"cat": None}, problems, calls=calls)


def test_calls_that_graphql_core_does_not_make_are_detected() -> None:
    core = _outcome(calls=("GET /a", "GET /b"))
    assert extra_calls(core, _outcome(calls=("GET /b",))) is None
    assert extra_calls(core, _outcome(calls=("GET /b", "GET /b"))) is not None
    assert extra_calls(core, _outcome(calls=("GET /a", "GET /b", "GET /c"))) is not None


def test_errors_below_one_null_must_be_errors_of_graphql_core() -> None:
    one, other, never = (Problem(("cat", name), "no", (), "{}", "None") for name in ("text", "lives", "kind"))
    core = [_outcome(one), _outcome(other)]
    assert is_explained_by_timing(core, _outcome(other))
    assert not is_explained_by_timing(core, _outcome(never))
    assert not is_explained_by_timing(core, _outcome(one, other))
    assert not is_explained_by_timing(core, _outcome())


async def test_a_mismatch_is_reported_with_a_minimal_document() -> None:
    engine = faulty_engines(by_core(schema()))["keys are in reverse"]
    tally = await run_cases(lambda seed: make_trial(seed, engine), range(60), max_mismatches=1)
    (report,) = tally.mismatches
    document = report.split("\n", 4)[-1]
    assert document.count("\n") < 12, report
