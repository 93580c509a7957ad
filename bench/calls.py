"""Costs of fixed queries over the simulator: vendor calls, credits and latency.

Each query and round has a new gateway and sends one request at a time, so no query waits for
credits that another one spent. The latency includes the gateway and the simulator, on one machine.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass

import httpx2
from rich.table import Table

from bench.queries import BENCH_QUERIES, BenchQuery
from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_sandbox.app import create_sandbox
from lms_sandbox.server import SandboxServer


@dataclass(frozen=True, slots=True)
class QueryCost:
    """The cost of one response."""

    calls: int
    credits: int  # Schoology's
    seconds: float


async def measure(question: BenchQuery, server: SandboxServer) -> QueryCost:
    """Send a query to a gateway that has open connections to each vendor.

    Raises RuntimeError if the response contains an error.
    """
    gateway = app.build(lambda: configure(server.canvas_url, server.schoology_url))
    transport = httpx2.ASGITransport(app=gateway)
    headers = {"X-Tenant": question.tenant} if question.tenant else {}
    async with (
        gateway.router.lifespan_context(gateway),
        httpx2.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        await client.post("/graphql", json={"query": "{ tenants { viewer { id } } }"})
        server.log.clear()
        start = time.perf_counter()
        reply = await client.post("/graphql", json={"query": question.query})
        seconds = time.perf_counter() - start
    if "errors" in (answer := reply.json()):
        raise RuntimeError(f"{question.title}: {answer['errors'][0]['message']}")
    entries = server.log.entries()
    return QueryCost(len(entries), sum(entry.credits for entry in entries), seconds)


async def measure_all(server: SandboxServer, rounds: int) -> list[tuple[BenchQuery, list[QueryCost]]]:
    """Measure every query in each round, so that a disturbance affects all alike."""
    costs_by_query: list[tuple[BenchQuery, list[QueryCost]]] = [(question, []) for question in BENCH_QUERIES]
    for _ in range(rounds):
        for question, costs in costs_by_query:
            server.reset()
            costs.append(await measure(question, server))
    return costs_by_query


def tabulate(rounds: int, latency: float) -> Table:
    """Return a table of all queries, with `latency` ms for each vendor call."""
    with SandboxServer(create_sandbox(60, latency_ms=latency)) as server:
        costs_by_query = asyncio.run(measure_all(server, max(rounds, 1)))
    head = ("query", "tenant", "calls", "credits", "median ms", "slowest ms")
    table = Table(*head, title="Vendor calls over the sandbox", title_justify="left")
    for question, costs in costs_by_query:
        seconds = [cost.seconds for cost in costs]
        table.add_row(
            question.title,
            question.tenant or "all",
            "/".join(map(str, sorted({cost.calls for cost in costs}))),
            "/".join(map(str, sorted({cost.credits for cost in costs}))),
            f"{1000 * statistics.median(seconds):.1f}",
            f"{1000 * max(seconds):.1f}",
        )
    return table
