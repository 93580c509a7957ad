"""Plans answer as graphql-core does, over the sandbox's schools; many more run by `__main__`."""

import pytest

from tests.execution.differential.real.suite import run_real

pytestmark = pytest.mark.filterwarnings(
    # graphql-core leaves coroutines behind where a sibling has failed.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


async def test_plans_answer_as_graphql_core_does_with_no_more_calls() -> None:
    """Both vendors, some of whose calls fail; callers with all scopes and with few."""
    tally = await run_real(range(1_000_000, 1_000_150))
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.planned == tally.cases, tally
