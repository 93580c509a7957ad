"""The queries of the benchmark succeed within the rate limit."""

import pytest

from bench.calls import measure
from bench.queries import BENCH_QUERIES, BenchQuery
from lms_sandbox.app import create_sandbox
from lms_sandbox.server import SandboxServer


@pytest.mark.parametrize("question", BENCH_QUERIES, ids=lambda q: f"{q.title}-{q.tenant or 'all'}")
async def test_a_query_fits_into_one_credit_window(question: BenchQuery) -> None:
    with SandboxServer(create_sandbox(60)) as server:
        round_ = await measure(question, server)
        assert (round_.calls == 0) == (question.title == "no vendor")
        assert round_.credits <= 48  # the warm-up took two of the fifty
