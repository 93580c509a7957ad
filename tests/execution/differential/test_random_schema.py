"""Plans answer as graphql-core does, over made-up worlds; many more cases run by `__main__`."""

import pytest

from tests.execution.differential.harness import run_cases
from tests.execution.differential.random_schema.suite import make_trial

pytestmark = pytest.mark.filterwarnings(
    # graphql-core does not await coroutines of siblings of a failed field.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.mark.parametrize("first", [1_000_000, 2_000_000, 3_000_000])
async def test_plans_return_what_graphql_core_returns(first: int) -> None:
    """Data with the order of its keys, errors with all that belongs to them, and loads."""
    tally = await run_cases(make_trial, range(first, first + 200))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally
