"""graphql-transport-ws over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from lms_gateway.config import LimitSettings
from lms_gateway.web import ConnectionLimits
from tests.web.small_schema import KEY, SmallGateway, serve

PROTOCOL = Subprotocol("graphql-transport-ws")


class WebSocketClient:
    """A client of the protocol that says and hears one message at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, type: str, **rest: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **rest}))

    async def receive(self) -> dict[str, Any]:
        message = json.loads(await self.connection.recv())
        assert isinstance(message, dict)
        return message

    async def initialize(self, **payload: Any) -> None:
        await self.send("connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, id: str = "1", **rest: Any) -> None:
        await self.send("subscribe", id=id, payload={"query": query, **rest})

    async def wait_closed(self) -> tuple[int | None, str | None]:
        await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def connect_client(
    place: str, path: str = "/graphql", protocol: Subprotocol | None = PROTOCOL, **headers: str
) -> AsyncIterator[WebSocketClient]:
    async with connect(
        f"ws://{place}{path}",
        subprotocols=None if protocol is None else [protocol],
        additional_headers=headers,
        proxy=None,
    ) as connection:
        yield WebSocketClient(connection)


async def test_a_subscription_sends_each_result_and_completes(served: str) -> None:
    async with connect_client(served) as talk:
        assert talk.connection.subprotocol == PROTOCOL
        await talk.initialize()
        await talk.subscribe("subscription($n: Int!) { count(to: $n) }", variables={"n": 2})

        assert [await talk.receive() for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


async def test_queries_and_mutations_are_one_result_each_with_its_own_context_and_id(
    world: SmallGateway, served: str
) -> None:
    world.proceed.set()
    async with connect_client(served, **{"X-Request-Id": "line"}) as talk:
        await talk.initialize()
        for query in ("{ hello }", "mutation { write }"):
            await talk.subscribe(query)  # an id is free again once its operation is complete
            assert (await talk.receive())["type"] == "next"
            assert await talk.receive() == {"id": "1", "type": "complete"}

    assert [context.request_id for context in world.contexts] == ["line.1", "line.2"]
    assert all(context.closed for context in world.contexts)


@pytest.mark.parametrize(
    ("path", "headers", "payload"),
    [
        ("/graphql", {}, {"authorization": f"Bearer {KEY}", "tenant": "elm"}),
        ("/t/elm/graphql", {}, {"authorization": f"Bearer {KEY}"}),
        ("/graphql", {"Authorization": f"Bearer {KEY}", "X-Tenant": "elm"}, {}),
    ],
    ids=["payload", "path", "headers"],
)
async def test_caller_and_tenant_are_told_by(
    served: str, path: str, headers: dict[str, str], payload: dict[str, str]
) -> None:
    async with connect_client(served, path, **headers) as talk:
        await talk.initialize(**payload)
        await talk.subscribe("{ tenant }")

        assert (await talk.receive())["payload"] == {"data": {"tenant": "elm"}}


@pytest.mark.parametrize(
    ("path", "payload", "code"),
    [
        ("/graphql", {"authorization": "Bearer lgw_other"}, "UNAUTHENTICATED"),
        ("/graphql", {"tenant": "elm"}, "TENANT_FORBIDDEN"),
        ("/t/nowhere/graphql", {}, "TENANT_FORBIDDEN"),
        ("/t/maple/graphql", {"tenant": "elm"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_caller_who_may_not_is_closed_with_4403(
    served: str, path: str, payload: dict[str, str], code: str
) -> None:
    async with connect_client(served, path) as talk:
        await talk.send("connection_init", payload=payload)
        status, reason = await talk.wait_closed()

    assert status == 4403
    assert (reason or "").startswith(code)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { countOf(most: $n) }", "BAD_USER_INPUT"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("{ me { me { hello } } }", "QUERY_TOO_COMPLEX"),
    ],
)
async def test_an_operation_that_cannot_be_run_is_an_error_and_the_line_goes_on(
    world: SmallGateway, served: str, query: str, code: str
) -> None:
    world.limits = LimitSettings(max_depth=2)
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe(query)
        error = await talk.receive()
        await talk.subscribe("{ hello }")

        assert (error["id"], error["type"]) == ("1", "error")
        assert error["payload"][0]["extensions"]["code"] == code
        assert (await talk.receive())["payload"] == {"data": {"hello": "hello world"}}


async def test_a_failed_field_is_a_result_with_a_masked_error(served: str) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ hello boom }")
        result = await talk.receive()

    assert result["type"] == "next"
    assert result["payload"]["data"] == {"hello": "hello world", "boom": None}
    assert result["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Ada" not in json.dumps(result)


async def test_a_query_has_a_deadline_of_its_own(world: SmallGateway, served: str) -> None:
    world.limits = LimitSettings(request_timeout=0.05)
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ wait }")
        error = await talk.receive()

    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert world.cancelled.is_set()


async def test_complete_cancels_an_operation_and_frees_its_id(
    world: SmallGateway, served: str
) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ wait }")
        await world.wait_started.wait()
        await talk.send("complete", id="1")
        await talk.send("complete", id="of nothing")
        await talk.subscribe("{ hello }")

        assert (await talk.receive())["payload"] == {"data": {"hello": "hello world"}}
        await world.cancelled.wait()


async def test_a_client_that_leaves_has_its_operations_cancelled(
    world: SmallGateway, served: str
) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("subscription { forever }")
        await world.wait_started.wait()

    await world.cancelled.wait()
    await world.released.wait()
    assert world.contexts[0].closed


async def test_a_slow_operation_does_not_hold_up_others_nor_a_ping(
    world: SmallGateway, served: str
) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ wait }", id="slow")
        await world.wait_started.wait()
        await talk.send("ping", payload={"x": 1})
        assert await talk.receive() == {"type": "pong"}
        await talk.send("pong")
        await talk.subscribe("{ hello }", id="fast")
        assert (await talk.receive())["id"] == "fast"
        assert await talk.receive() == {"id": "fast", "type": "complete"}
        world.proceed.set()
        assert (await talk.receive())["id"] == "slow"


async def test_another_protocol_is_closed_with_4406(served: str) -> None:
    for protocol in (None, Subprotocol("graphql-ws")):
        async with connect_client(served, protocol=protocol) as talk:
            assert (await talk.wait_closed())[0] == 4406


@pytest.mark.parametrize(
    "text",
    [b"{}", "{", "[]", "null", "{}", '{"type": "nope"}', '{"type": ["ping"]}',
     '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
     '{"type": "subscribe", "id": "1"}',
     '{"type": "subscribe", "id": "1", "payload": {}}',
     '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 1}}',
     '{"type": "complete"}'],
)  # fmt: skip
async def test_a_malformed_message_is_closed_with_4400(served: str, text: str | bytes) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.connection.send(text)

        assert (await talk.wait_closed())[0] == 4400


@pytest.mark.parametrize("payload", [[], "x", {"authorization": 1}, {"tenant": []}])
async def test_a_malformed_greeting_is_closed_with_4400(served: str, payload: Any) -> None:
    async with connect_client(served) as talk:
        await talk.send("connection_init", payload=payload)

        assert (await talk.wait_closed())[0] == 4400


async def test_a_message_beyond_the_size_limit_is_closed_with_1009(
    world: SmallGateway, served: str
) -> None:
    world.limits = LimitSettings(max_body_bytes=1000)
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ hello }" + " " * 1000)

        assert (await talk.wait_closed())[0] == 1009


async def test_an_operation_before_the_greeting_is_closed_with_4401(served: str) -> None:
    async with connect_client(served) as talk:
        await talk.subscribe("{ hello }")

        assert (await talk.wait_closed())[0] == 4401


async def test_a_second_greeting_is_closed_with_4429(served: str) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.send("connection_init")

        assert (await talk.wait_closed())[0] == 4429


async def test_an_id_that_is_in_use_is_closed_with_4409(world: SmallGateway, served: str) -> None:
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("{ wait }", id="é" * 100)
        await world.wait_started.wait()
        await talk.subscribe("{ hello }", id="é" * 100)
        code, reason = await talk.wait_closed()

    assert code == 4409
    assert (reason or "").startswith("Subscriber for é")


async def test_a_client_that_never_greets_is_closed_with_4408(world: SmallGateway) -> None:
    async with (
        serve(world.app(connection_limits=ConnectionLimits(init_timeout=0.05))) as place,
        connect_client(place) as talk,
    ):
        await talk.send("ping")
        assert await talk.receive() == {"type": "pong"}  # which is no greeting

        assert (await talk.wait_closed())[0] == 4408


async def test_a_line_on_which_nothing_happens_is_closed_but_not_one_that_waits_for_a_result(
    world: SmallGateway,
) -> None:
    async with (
        serve(world.app(connection_limits=ConnectionLimits(idle_timeout=0.05))) as place,
        connect_client(place) as talk,
    ):
        await talk.initialize()
        await talk.subscribe("{ wait }")
        asyncio.get_running_loop().call_later(0.3, world.proceed.set)

        assert (await talk.receive())["payload"] == {"data": {"wait": "done"}}
        assert await talk.wait_closed() == (1000, "Idle")


async def test_more_operations_than_allowed_are_refused_one_by_one(world: SmallGateway) -> None:
    async with (
        serve(world.app(connection_limits=ConnectionLimits(max_operations=1))) as place,
        connect_client(place) as talk,
    ):
        await talk.initialize()
        await talk.subscribe("{ wait }", id="1")
        await world.wait_started.wait()
        await talk.subscribe("{ hello }", id="2")
        error = await talk.receive()
        world.proceed.set()

        assert (error["id"], error["type"]) == ("2", "error")
        assert (await talk.receive())["id"] == "1"


async def test_more_lines_than_allowed_are_refused(world: SmallGateway) -> None:
    async with (
        serve(world.app(connection_limits=ConnectionLimits(max_websockets=1))) as place,
        connect_client(place) as talk,
    ):
        await talk.initialize()
        with pytest.raises(InvalidStatus) as refused:
            async with connect_client(place):
                pass
    assert refused.value.response.status_code == 503


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [("http://evil.example", False), ("null", False), ("http://[", False), (None, True)],
)
async def test_a_page_of_another_origin_may_not_open_a_line(
    served: str, origin: str | None, welcome: bool
) -> None:
    headers = {"Origin": f"http://{served}" if origin is None else origin}
    if welcome:
        async with connect_client(served, **headers) as talk:
            await talk.initialize()
        return
    with pytest.raises(InvalidStatus) as refused:
        async with connect_client(served, **headers):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("leaving", ["complete", "close"])
async def test_a_write_goes_on_although_its_client_went(
    world: SmallGateway, served: str, leaving: str
) -> None:
    """What was sent to a vendor may have happened: it must not be left half done."""
    async with connect_client(served) as talk:
        await talk.initialize()
        await talk.subscribe("mutation { write }")
        await world.wait_started.wait()
        if leaving == "complete":
            await talk.send("complete", id="1")
            await talk.send("ping")
            assert await talk.receive() == {"type": "pong"}
            world.proceed.set()
            await world.finished.wait()
            await talk.subscribe("{ hello }", id="2")
            assert (await talk.receive())["id"] == "2"
    async with connect_client(
        served
    ) as another:  # by now the server knows that the first client went
        await another.initialize()
    world.proceed.set()
    await world.finished.wait()
    await world.closed.wait()
    assert not world.cancelled.is_set()
