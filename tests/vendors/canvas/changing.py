"""Changes at Canvas, driven step by step or over the sandbox's socket."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from lms_gateway.domain.changes import Change, Result, Status
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.store import Store
from lms_gateway.sandbox.canvas.tokens import ADMIN_TOKEN
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.transport import HttpxTransport
from lms_gateway.vendors.canvas import CanvasBackend, Token, connect
from lms_gateway.vendors.canvas.credentials import BearerSigner
from lms_gateway.vendors.canvas.desk import Desk
from lms_gateway.vendors.canvas.policy import CanvasPolicy
from lms_gateway.vendors.canvas.wave import Site
from lms_gateway.vendors.canvas.writes import carry_out
from lms_gateway.vendors.reads import Outcome
from lms_gateway.vendors.waves import Refusals
from tests.vendors.canvas.script import BASE

POLICY = CanvasPolicy(BearerSigner("t"))


def told(body: Any, status: int = 200, **headers: str) -> Reply:
    """A reply in JSON."""
    return Reply(status, headers, json.dumps(body).encode())


def run(
    change: Change, *replies: Reply | LmsError, store: Store | None = None
) -> tuple[Result, list[Call]]:
    """Carry a change out against replies in their order; every one of them must be asked for."""
    site = Site(BASE, Origin.of(BASE).below, Refusals(lambda: 0.0))
    steps = carry_out(Desk(site, store or Store("maple")), change)
    left = list(replies)
    calls: list[Call] = []
    try:
        (call,) = next(steps)
        while True:
            calls.append(call)
            found: Outcome = left.pop(0)
            if isinstance(found, Reply):
                found = POLICY.refusal(call, found) or found
            (call,) = steps.send((found,))
    except StopIteration as end:
        assert not left, "a reply that nobody asked for"
        result: Result = end.value
        return result, calls


def lines(calls: Sequence[Call]) -> list[str]:
    """Calls as method, path and query."""
    return [
        f"{call.method} {call.path.removeprefix('/api/v1')}"
        + "".join(f"?{name}={value}" for name, value in call.params)
        for call in calls
    ]


def codes(result: Result) -> list[tuple[str, str | None]]:
    """The problems of a result: code and field."""
    return [(problem.code, problem.field) for problem in result.problems]


def only(results: Sequence[Result], status: Status = Status.CONFIRMED) -> Any:
    """The record of the one result, which has this status and nothing to mend."""
    (result,) = results
    assert result.status is status, result
    assert not result.problems
    assert result.error is None
    return result.record


@asynccontextmanager
async def connected(
    server: SandboxServer, token: str = ADMIN_TOKEN
) -> AsyncIterator[CanvasBackend]:
    """A backend on the sandbox's Canvas."""
    transport = HttpxTransport()
    canvas = connect(
        tenant="maple",
        base_url=server.canvas_url,
        credentials=Token(token),
        transport=transport,
        time_zone=None,
    )
    try:
        yield canvas
    finally:
        await canvas.aclose()
        await transport.aclose()
