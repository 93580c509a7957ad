"""What fixed queries cost over the sandbox: vendor calls, credits and latency.

One request at a time, and a gateway of its own for each query and round: none waits for credits
that another has spent. The latency is the gateway's and the sandbox's together, on one machine.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass

import httpx
from rich.table import Table

from bench.questions import QUESTIONS, Question
from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.server import SandboxServer


@dataclass(frozen=True, slots=True)
class Round:
    """What one answer took."""

    calls: int
    credits: int  # Schoology's
    seconds: float


async def measure(question: Question, server: SandboxServer) -> Round:
    """Ask a gateway that has spoken with each vendor once: its connections are open.

    Raises RuntimeError where the answer holds an error.
    """
    gateway = app.build(lambda: configure(server.canvas_url, server.schoology_url))
    transport = httpx.ASGITransport(app=gateway)
    headers = {"X-Tenant": question.tenant} if question.tenant else {}
    async with (
        gateway.router.lifespan_context(gateway),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        await client.post("/graphql", json={"query": "{ tenants { viewer { id } } }"})
        server.log.clear()
        start = time.perf_counter()
        reply = await client.post("/graphql", json={"query": question.query})
        seconds = time.perf_counter() - start
    if "errors" in (answer := reply.json()):
        raise RuntimeError(f"{question.title}: {answer['errors'][0]['message']}")
    entries = server.log.entries()
    return Round(len(entries), sum(entry.credits for entry in entries), seconds)


async def measure_all(server: SandboxServer, rounds: int) -> list[tuple[Question, list[Round]]]:
    """Every question, in turns, so that what disturbs the machine disturbs all alike."""
    taken: list[tuple[Question, list[Round]]] = [(question, []) for question in QUESTIONS]
    for _ in range(rounds):
        for question, measured in taken:
            server.reset()
            measured.append(await measure(question, server))
    return taken


def tabulate(rounds: int, latency: float) -> Table:
    """Ask every question so often, of vendors that take `latency` ms for each call."""
    with SandboxServer(create_sandbox(60, latency_ms=latency)) as server:
        taken = asyncio.run(measure_all(server, max(rounds, 1)))
    head = ("query", "tenant", "calls", "credits", "median ms", "slowest ms")
    table = Table(*head, title="Vendor calls over the sandbox", title_justify="left")
    for question, measured in taken:
        seconds = [one.seconds for one in measured]
        table.add_row(
            question.title,
            question.tenant or "all",
            "/".join(map(str, sorted({one.calls for one in measured}))),
            "/".join(map(str, sorted({one.credits for one in measured}))),
            f"{1000 * statistics.median(seconds):.1f}",
            f"{1000 * max(seconds):.1f}",
        )
    return table
