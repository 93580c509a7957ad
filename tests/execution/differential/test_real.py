"""Plans answer as graphql-core does, over the gateway's schema; many more run by `__main__`."""

import pytest

from tests.execution.differential.real.suite import open_made_school, open_sandbox_school, run_real

pytestmark = pytest.mark.filterwarnings(
    # graphql-core leaves coroutines behind where a sibling has failed.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


async def test_plans_over_the_sandbox_answer_as_graphql_core_does_with_no_more_calls() -> None:
    """Both vendors, some of whose calls fail; callers with all scopes and with few."""
    school = await open_sandbox_school()
    tally = await run_real(school, range(1_000_000, 1_000_150))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally


async def test_plans_over_made_up_vendors_answer_as_graphql_core_does() -> None:
    """Everything that the schema knows is there, errors in any place; mutations too."""
    tally = await run_real(open_made_school(), range(2_000_000, 2_000_150))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally
