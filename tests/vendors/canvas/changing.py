"""Changes at Canvas, driven step by step or over the sandbox's socket."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from lms_gateway.domain.commands import Command, CommandResult, CommandStatus
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.vendors.canvas import CanvasBackend, StaticToken, connect
from lms_gateway.vendors.canvas.api.credentials import BearerSigner
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy
from lms_gateway.vendors.canvas.reads.batch import VendorInstance
from lms_gateway.vendors.canvas.writes.dispatch import write_steps
from lms_gateway.vendors.canvas.writes.session import WriteSession
from lms_gateway.vendors.shared.batch import NegativeCache
from lms_gateway.vendors.shared.steps import Outcome
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.script import BASE

POLICY = CanvasPolicy(BearerSigner("t"))


def json_reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """A reply in JSON."""
    return Reply(status, headers, json.dumps(body).encode())


def run(
    command: Command, *replies: Reply | LmsError, store: Store | None = None
) -> tuple[CommandResult, list[Call]]:
    """Carry a change out against replies in their order; every one of them must be asked for."""
    site = VendorInstance(BASE, Origin.of(BASE).resolve_link, NegativeCache(lambda: 0.0))
    steps = write_steps(WriteSession(site, store or Store("maple")), command)
    unused = list(replies)
    calls: list[Call] = []
    try:
        (call,) = next(steps)
        while True:
            calls.append(call)
            outcome: Outcome = unused.pop(0)
            if isinstance(outcome, Reply):
                outcome = POLICY.refusal(call, outcome) or outcome
            (call,) = steps.send((outcome,))
    except StopIteration as end:
        assert not unused, "a reply that nobody asked for"
        result: CommandResult = end.value
        return result, calls


def lines(calls: Sequence[Call]) -> list[str]:
    """Calls as method, path and query."""
    return [
        f"{call.method} {call.path.removeprefix('/api/v1')}"
        + "".join(f"?{name}={value}" for name, value in call.params)
        for call in calls
    ]


def codes(result: CommandResult) -> list[tuple[str, str | None]]:
    """The problems of a result: code and field."""
    return [(problem.code, problem.field) for problem in result.problems]


def only_record(
    results: Sequence[CommandResult], status: CommandStatus = CommandStatus.CONFIRMED
) -> Any:
    """The record of the one result, which has this status and nothing to mend."""
    (result,) = results
    assert result.status is status, result
    assert not result.problems
    assert result.error is None
    return result.record


@asynccontextmanager
async def canvas_backend(
    server: SandboxServer, token: str = ADMIN_TOKEN
) -> AsyncIterator[CanvasBackend]:
    """A backend on the sandbox's Canvas."""
    transport = HttpxTransport()
    canvas = connect(
        tenant="maple",
        base_url=server.canvas_url,
        credentials=StaticToken(token),
        transport=transport,
        time_zone=None,
    )
    try:
        yield canvas
    finally:
        await canvas.aclose()
        await transport.aclose()
