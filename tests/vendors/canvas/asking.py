"""Details of Canvas against replies that are judged as the stack judges them."""

from typing import Any

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
from tests.vendors.canvas.changing import POLICY, json_reply
from tests.vendors.canvas.script import ScriptedUpstream, answer, backend
from tests.vendors.projections import projection_of

COURSE, ACCOUNT, USER = Key(Kind.COURSE, "1"), Key(Kind.ACCOUNT, "4"), Key(Kind.USER, "5")

DENIED = json_reply({"status": "unauthorized", "errors": [{"message": "…"}]}, 403)
DENIED_OLD = json_reply({"status": "nicht autorisiert", "errors": [{"message": "…"}]}, 401)
MISSING = json_reply({"errors": [{"message": "The specified resource does not exist."}]}, 404)
MISSING_PAGE = Reply(404, {"content-type": "text/html"}, b"<!DOCTYPE html><h1>Not found</h1>")


class PolicyUpstream(ScriptedUpstream):
    """A script whose replies are refused where Canvas's policy refuses them."""

    def __init__(self, replies: Any = None) -> None:
        super().__init__(replies)
        self.sent: list[Call] = []

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`."""
        self.sent.append(call)
        reply = await super().send(call)
        rejection = POLICY.refusal(call, reply)
        if rejection is not None:
            raise rejection
        return reply


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
    """What answers a detail."""
    load = OperationLoad(name, of, _arguments(arguments))
    return await answer(backend(upstream), load, projection or projection_of(), store)


async def value(
    upstream: ScriptedUpstream, name: str, of: Key | None = None, /, **arguments: Any
) -> Any:
    """The value of a plain detail."""
    loaded = await operation(upstream, name, of, **arguments)
    assert isinstance(loaded, Document), loaded
    return loaded.value


async def failure(
    upstream: ScriptedUpstream, name: str, of: Key | None = None, /, **arguments: Any
) -> LmsError:
    """Why a detail could not be told."""
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
    """What answers a list of details: its page, or an error."""
    load = OperationListLoad(name, of, _arguments(arguments), PageRequest(first, after))
    loaded = await answer(backend(upstream), load, projection or projection_of(), store)
    assert isinstance(loaded, Page | LmsError), loaded
    return loaded


def _arguments(arguments: dict[str, Any]) -> Arguments:
    return tuple(arguments.items())
