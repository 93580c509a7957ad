"""Canvas backends over a scripted upstream or over the simulator."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from lms_gateway.domain.commands import Command, CommandResult, CommandStatus
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import (
    Arguments,
    Document,
    OperationListLoad,
    OperationLoad,
    Page,
    PageRequest,
    Position,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.vendors.canvas import CanvasBackend, StaticToken, connect
from lms_gateway.vendors.canvas.api.credentials import BearerSigner
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.rows import BASE
from tests.vendors.fake_upstream import ScriptedReply, ScriptedUpstream, json_reply
from tests.vendors.fetching import fetch_answer

POLICY = CanvasPolicy(BearerSigner("t"))
COURSE, ACCOUNT, USER = Key(Kind.COURSE, "1"), Key(Kind.ACCOUNT, "4"), Key(Kind.USER, "5")

DENIED = json_reply({"status": "unauthorized", "errors": [{"message": "…"}]}, 403)
DENIED_OLD = json_reply({"status": "nicht autorisiert", "errors": [{"message": "…"}]}, 401)
MISSING = json_reply({"errors": [{"message": "The specified resource does not exist."}]}, 404)
MISSING_PAGE = Reply(404, {"content-type": "text/html"}, b"<!DOCTYPE html><h1>Not found</h1>")


def canvas_upstream(replies: Mapping[str, ScriptedReply] | None = None) -> ScriptedUpstream:
    """Return an upstream that answers as Canvas."""
    return ScriptedUpstream(replies, POLICY, BASE)


def canvas_backend(upstream: ScriptedUpstream, **options: Any) -> CanvasBackend:
    """Return a backend over the upstream."""
    return CanvasBackend(
        upstream=upstream,
        tenant="maple",
        base_url=BASE,
        time_zone=None,
        cursor_key=b"key",
        **options,
    )


def run(
    command: Command, *replies: Reply | LmsError, store: Store | None = None
) -> tuple[CommandResult, list[Call]]:
    """Execute a command against replies in their order, all of which must be used."""
    upstream = ScriptedUpstream(None, POLICY, BASE, in_order=replies)
    execution = canvas_backend(upstream).execute([command], store or Store("maple"))
    (result,) = asyncio.run(execution)
    assert len(upstream.calls) == len(replies)
    return result, upstream.calls


def problem_codes(result: CommandResult) -> list[tuple[str, str | None]]:
    """Return code and field of each problem."""
    return [(problem.code, problem.field) for problem in result.problems]


def only_record(results: Sequence[CommandResult], status: CommandStatus = CommandStatus.CONFIRMED) -> Any:
    """Return the record of the only result, which has this status and no problems."""
    (result,) = results
    assert result.status is status, result
    assert not result.problems
    assert result.error is None
    return result.record


async def operation(
    upstream: ScriptedUpstream,
    name: str,
    of: Key | None = None,
    /,
    *,
    projection: Projection | None = None,
    store: Store | None = None,
    **arguments: Any,
) -> Any:
    """Fetch a vendor-specific operation."""
    load = OperationLoad(name, of, _arguments(arguments))
    return await fetch_answer(canvas_backend(upstream), load, projection or Projection.of(), store)


async def value(upstream: ScriptedUpstream, name: str, of: Key | None = None, /, **arguments: Any) -> Any:
    """Fetch an operation whose result is a document; return its value."""
    loaded = await operation(upstream, name, of, **arguments)
    assert isinstance(loaded, Document), loaded
    return loaded.value


async def failure(
    upstream: ScriptedUpstream, name: str, of: Key | None = None, /, **arguments: Any
) -> LmsError:
    """Fetch an operation that fails; return the error."""
    loaded = await operation(upstream, name, of, **arguments)
    assert isinstance(loaded, LmsError), loaded
    return loaded


async def operation_list(
    upstream: ScriptedUpstream,
    name: str,
    of: Key | None = None,
    /,
    *,
    first: int = 50,
    after: Position | None = None,
    projection: Projection | None = None,
    store: Store | None = None,
    **arguments: Any,
) -> Any:
    """Fetch an operation that is a list; return the page or the error."""
    load = OperationListLoad(name, of, _arguments(arguments), PageRequest(first, after))
    loaded = await fetch_answer(canvas_backend(upstream), load, projection or Projection.of(), store)
    assert isinstance(loaded, Page | LmsError), loaded
    return loaded


def _arguments(arguments: dict[str, Any]) -> Arguments:
    return tuple(arguments.items())


@asynccontextmanager
async def sandbox_backend(server: SandboxServer, token: str = ADMIN_TOKEN) -> AsyncIterator[CanvasBackend]:
    """Connect a backend to the simulator's Canvas."""
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
