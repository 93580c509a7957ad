"""A cancelled execution leaves no running tasks and no warnings."""

import asyncio
import gc
from typing import Any

import pytest

from tests.execution.differential.engines import settle
from tests.execution.differential.random_schema.context import RandomContext, root_of
from tests.execution.differential.random_schema.suite import make_trial
from tests.execution.differential.random_schema.world import World

pytestmark = pytest.mark.filterwarnings(
    # graphql-core executes null conditions, and does not await all coroutines.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


async def test_a_cancelled_execution_leaves_no_tasks_and_no_warnings() -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, complaint: complaints.append(complaint))
    cancelled = 0
    for seed in range(200):
        trial = make_trial(seed, uses_awaitables=True)
        world = World(trial.seed, rates=trial.rates, uses_awaitables=True)
        context = RandomContext(world, trial.schema)
        root = root_of(world, trial.schema, "Query")
        task = asyncio.ensure_future(trial.planned(trial.case, context, root))
        for _ in range(seed % 7):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        cancelled += task.cancelled()
        context.close()
        await settle()
    gc.collect()
    assert cancelled > 80
    assert complaints == []
