"""graphql-transport-ws over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
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
    """A client of the protocol: sends and receives one message at a time."""

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
    address: str,
    path: str = "/graphql",
    protocol: Subprotocol | None = PROTOCOL,
    headers: Mapping[str, str] = {},
) -> AsyncIterator[WebSocketClient]:
    async with connect(
        f"ws://{address}{path}",
        subprotocols=None if protocol is None else [protocol],
        additional_headers=headers,
        proxy=None,
    ) as connection:
        yield WebSocketClient(connection)


async def test_a_subscription_sends_each_result_and_completes(address: str) -> None:
    async with connect_client(address) as socket:
        assert socket.connection.subprotocol == PROTOCOL
        await socket.initialize()
        await socket.subscribe("subscription($n: Int!) { count(to: $n) }", variables={"n": 2})

        assert [await socket.receive() for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


async def test_queries_and_mutations_are_one_result_each_with_its_own_context_and_id(
    gateway: SmallGateway, address: str
) -> None:
    gateway.proceed.set()
    async with connect_client(address, headers={"X-Request-Id": "line"}) as socket:
        await socket.initialize()
        for query in ("{ hello }", "mutation { write }"):
            await socket.subscribe(query)  # an id can be reused after `complete`
            assert (await socket.receive())["type"] == "next"
            assert await socket.receive() == {"id": "1", "type": "complete"}

    assert [context.request_id for context in gateway.contexts] == ["line.1", "line.2"]
    assert all(context.closed for context in gateway.contexts)


@pytest.mark.parametrize(
    ("path", "headers", "payload"),
    [
        ("/graphql", {}, {"authorization": f"Bearer {KEY}", "tenant": "elm"}),
        ("/t/elm/graphql", {}, {"authorization": f"Bearer {KEY}"}),
        ("/graphql", {"Authorization": f"Bearer {KEY}", "X-Tenant": "elm"}, {}),
    ],
    ids=["payload", "path", "headers"],
)
async def test_caller_and_tenant_are_selected_by(
    address: str, path: str, headers: dict[str, str], payload: dict[str, str]
) -> None:
    async with connect_client(address, path, headers=headers) as socket:
        await socket.initialize(**payload)
        await socket.subscribe("{ tenant }")

        assert (await socket.receive())["payload"] == {"data": {"tenant": "elm"}}


@pytest.mark.parametrize(
    ("path", "payload", "code"),
    [
        ("/graphql", {"authorization": "Bearer lgw_other"}, "UNAUTHENTICATED"),
        ("/graphql", {"tenant": "elm"}, "TENANT_FORBIDDEN"),
        ("/t/nowhere/graphql", {}, "TENANT_FORBIDDEN"),
        ("/t/maple/graphql", {"tenant": "elm"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_rejected_caller_is_closed_with_4403(
    address: str, path: str, payload: dict[str, str], code: str
) -> None:
    async with connect_client(address, path) as socket:
        await socket.send("connection_init", payload=payload)
        status, reason = await socket.wait_closed()

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
async def test_a_rejected_operation_is_an_error_and_the_connection_stays_open(
    gateway: SmallGateway, address: str, query: str, code: str
) -> None:
    gateway.limits = LimitSettings(max_depth=2)
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe(query)
        error = await socket.receive()
        await socket.subscribe("{ hello }")

        assert (error["id"], error["type"]) == ("1", "error")
        assert error["payload"][0]["extensions"]["code"] == code
        assert (await socket.receive())["payload"] == {"data": {"hello": "hello world"}}


async def test_a_failed_field_yields_a_result_with_a_masked_error(address: str) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ hello boom }")
        result = await socket.receive()

    assert result["type"] == "next"
    assert result["payload"]["data"] == {"hello": "hello world", "boom": None}
    assert result["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Ada" not in json.dumps(result)


async def test_a_query_has_its_own_deadline(gateway: SmallGateway, address: str) -> None:
    gateway.limits = LimitSettings(request_timeout=0.05)
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ wait }")
        error = await socket.receive()

    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert gateway.cancelled.is_set()


async def test_complete_cancels_an_operation_and_frees_its_id(gateway: SmallGateway, address: str) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ wait }")
        await gateway.wait_started.wait()
        await socket.send("complete", id="1")
        await socket.send("complete", id="of nothing")
        await socket.subscribe("{ hello }")

        assert (await socket.receive())["payload"] == {"data": {"hello": "hello world"}}
        await gateway.cancelled.wait()


async def test_operations_are_cancelled_when_the_client_disconnects(
    gateway: SmallGateway, address: str
) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("subscription { forever }")
        await gateway.wait_started.wait()

    await gateway.cancelled.wait()
    await gateway.released.wait()
    assert gateway.contexts[0].closed


async def test_a_slow_operation_does_not_block_others_or_a_ping(gateway: SmallGateway, address: str) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ wait }", id="slow")
        await gateway.wait_started.wait()
        await socket.send("ping", payload={"x": 1})
        assert await socket.receive() == {"type": "pong"}
        await socket.send("pong")
        await socket.subscribe("{ hello }", id="fast")
        assert (await socket.receive())["id"] == "fast"
        assert await socket.receive() == {"id": "fast", "type": "complete"}
        gateway.proceed.set()
        assert (await socket.receive())["id"] == "slow"


async def test_another_protocol_is_closed_with_4406(address: str) -> None:
    for protocol in (None, Subprotocol("graphql-ws")):
        async with connect_client(address, protocol=protocol) as socket:
            assert (await socket.wait_closed())[0] == 4406


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
async def test_a_malformed_message_is_closed_with_4400(address: str, text: str | bytes) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.connection.send(text)

        assert (await socket.wait_closed())[0] == 4400


@pytest.mark.parametrize("payload", [[], "x", {"authorization": 1}, {"tenant": []}])
async def test_a_malformed_connection_init_is_closed_with_4400(address: str, payload: Any) -> None:
    async with connect_client(address) as socket:
        await socket.send("connection_init", payload=payload)

        assert (await socket.wait_closed())[0] == 4400


async def test_a_message_beyond_the_size_limit_is_closed_with_1009(
    gateway: SmallGateway, address: str
) -> None:
    gateway.limits = LimitSettings(max_body_bytes=1000)
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ hello }" + " " * 1000)

        assert (await socket.wait_closed())[0] == 1009


async def test_an_operation_before_connection_init_is_closed_with_4401(address: str) -> None:
    async with connect_client(address) as socket:
        await socket.subscribe("{ hello }")

        assert (await socket.wait_closed())[0] == 4401


async def test_a_second_connection_init_is_closed_with_4429(address: str) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.send("connection_init")

        assert (await socket.wait_closed())[0] == 4429


async def test_a_repeated_operation_id_is_closed_with_4409(gateway: SmallGateway, address: str) -> None:
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("{ wait }", id="é" * 100)
        await gateway.wait_started.wait()
        await socket.subscribe("{ hello }", id="é" * 100)
        code, reason = await socket.wait_closed()

    assert code == 4409
    assert (reason or "").startswith("Subscriber for é")


async def test_a_client_without_connection_init_is_closed_with_4408(gateway: SmallGateway) -> None:
    async with (
        serve(gateway.app(connection_limits=ConnectionLimits(init_timeout=0.05))) as address,
        connect_client(address) as socket,
    ):
        await socket.send("ping")
        assert await socket.receive() == {"type": "pong"}  # a ping does not initialize

        assert (await socket.wait_closed())[0] == 4408


async def test_an_idle_connection_is_closed_but_not_during_an_operation(
    gateway: SmallGateway,
) -> None:
    async with (
        serve(gateway.app(connection_limits=ConnectionLimits(idle_timeout=0.05))) as address,
        connect_client(address) as socket,
    ):
        await socket.initialize()
        await socket.subscribe("{ wait }")
        asyncio.get_running_loop().call_later(0.3, gateway.proceed.set)

        assert (await socket.receive())["payload"] == {"data": {"wait": "done"}}
        assert await socket.wait_closed() == (1000, "Idle")


async def test_operations_beyond_the_limit_are_rejected(gateway: SmallGateway) -> None:
    async with (
        serve(gateway.app(connection_limits=ConnectionLimits(max_operations=1))) as address,
        connect_client(address) as socket,
    ):
        await socket.initialize()
        await socket.subscribe("{ wait }", id="1")
        await gateway.wait_started.wait()
        await socket.subscribe("{ hello }", id="2")
        error = await socket.receive()
        gateway.proceed.set()

        assert (error["id"], error["type"]) == ("2", "error")
        assert (await socket.receive())["id"] == "1"


async def test_connections_beyond_the_limit_are_rejected(gateway: SmallGateway) -> None:
    async with (
        serve(gateway.app(connection_limits=ConnectionLimits(max_websockets=1))) as address,
        connect_client(address) as socket,
    ):
        await socket.initialize()
        with pytest.raises(InvalidStatus) as refused:
            async with connect_client(address):
                pass
    assert refused.value.response.status_code == 503


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [("http://evil.example", False), ("null", False), ("http://[", False), (None, True)],
)
async def test_a_page_of_another_origin_cannot_connect(
    address: str, origin: str | None, welcome: bool
) -> None:
    headers = {"Origin": f"http://{address}" if origin is None else origin}
    if welcome:
        async with connect_client(address, headers=headers) as socket:
            await socket.initialize()
        return
    with pytest.raises(InvalidStatus) as refused:
        async with connect_client(address, headers=headers):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("leaving", ["complete", "close"])
async def test_a_mutation_continues_after_its_client_disconnects(
    gateway: SmallGateway, address: str, leaving: str
) -> None:
    """A call that was sent may have had an effect: the mutation must not stop halfway."""
    async with connect_client(address) as socket:
        await socket.initialize()
        await socket.subscribe("mutation { write }")
        await gateway.wait_started.wait()
        if leaving == "complete":
            await socket.send("complete", id="1")
            await socket.send("ping")
            assert await socket.receive() == {"type": "pong"}
            gateway.proceed.set()
            await gateway.finished.wait()
            await socket.subscribe("{ hello }", id="2")
            assert (await socket.receive())["id"] == "2"
    async with connect_client(address) as another:  # the server noticed the first disconnect
        await another.initialize()
    gateway.proceed.set()
    await gateway.finished.wait()
    await gateway.closed.wait()
    assert not gateway.cancelled.is_set()
