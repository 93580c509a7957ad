"""Cases that need a real connection: sizes, slow bodies, deadlines, disconnects."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from lms_gateway.config import LimitSettings
from lms_gateway.web.http.negotiation import GRAPHQL
from tests.web.small_schema import SmallGateway, serve

JSON_HEADERS = "Content-Type: application/json\r\nHost: gateway\r\n"


async def post(address: str, query: str, accept: str = GRAPHQL) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30) as client:
        return await client.post(
            f"http://{address}/graphql", json={"query": query}, headers={"Accept": accept}
        )


class RawConnection:
    """A TCP connection that sends exactly what a test writes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, address: str) -> "RawConnection":
        host, _, port = address.partition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def send(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def post(self, body: str, extra: str = "") -> None:
        await self.send(
            f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def status(self) -> int:
        head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.mark.parametrize("size", [2_000, 1_000_000, 6_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
async def test_a_body_beyond_the_limit_is_413_with_a_graphql_shaped_body(
    gateway: SmallGateway, address: str, chunked: bool, size: int
) -> None:
    gateway.limits = LimitSettings(max_body_bytes=1000)
    body = b'{"query": "{ hello }", "extensions": {"x": "' + b"x" * size + b'"}}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    async with httpx2.AsyncClient() as client:
        response = await client.post(
            f"http://{address}/graphql",
            content=pieces() if chunked else body,
            headers={"Content-Type": "application/json"},
        )

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert gateway.contexts == []


async def test_a_client_that_waits_for_100_continue_sends_no_body_that_is_too_large(
    gateway: SmallGateway, address: str
) -> None:
    gateway.limits = LimitSettings(max_body_bytes=1000)
    connection = await RawConnection.open(address)
    await connection.send(
        f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
    )

    assert await connection.status() == 413
    await connection.close()


async def test_a_body_of_exactly_the_limit_is_read(gateway: SmallGateway, address: str) -> None:
    body = '{"query": "{ hello }"}'
    gateway.limits = LimitSettings(max_body_bytes=len(body))
    connection = await RawConnection.open(address)
    await connection.post(body)

    assert await connection.status() == 200
    await connection.close()


async def test_a_body_that_does_not_arrive_in_time_is_408(gateway: SmallGateway, address: str) -> None:
    gateway.limits = LimitSettings(request_timeout=0.05)
    connection = await RawConnection.open(address)
    await connection.send(f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}Content-Length: 100\r\n\r\n{{")

    assert await connection.status() == 408
    await connection.close()
    assert gateway.leases == 0


async def test_resolvers_can_read_the_remaining_time(address: str) -> None:
    remaining = (await post(address, "{ remaining }")).json()["data"]["remaining"]

    assert 0 < remaining <= LimitSettings().request_timeout


async def test_a_request_that_exceeds_its_deadline_is_504_and_cancelled(
    gateway: SmallGateway, address: str
) -> None:
    gateway.limits = LimitSettings(request_timeout=0.1)
    for media_type in ("application/json", GRAPHQL):
        response = await post(address, "{ wait }", media_type)

        assert response.status_code == 504
        assert response.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert gateway.cancelled.is_set()
    assert all(context.closed for context in gateway.contexts)


async def test_a_query_is_cancelled_when_its_client_disconnects(gateway: SmallGateway, address: str) -> None:
    connection = await RawConnection.open(address)
    await connection.post('{"query": "{ wait }"}')
    await gateway.wait_started.wait()
    await connection.close()

    await gateway.cancelled.wait()
    await gateway.released.wait()
    assert [context.closed for context in gateway.contexts] == [True]


async def test_a_mutation_completes_after_its_client_disconnects(gateway: SmallGateway, address: str) -> None:
    connection = await RawConnection.open(address)
    await connection.post('{"query": "mutation { write }"}')
    await gateway.wait_started.wait()
    await connection.close()
    gateway.proceed.set()

    await gateway.finished.wait()
    assert not gateway.cancelled.is_set()


async def test_head_returns_headers_without_a_body(address: str) -> None:
    async with httpx2.AsyncClient() as client:
        response = await client.head(f"http://{address}/graphql?query={{hello}}")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.content == b""


async def test_a_stopping_server_completes_open_requests(gateway: SmallGateway) -> None:
    async with serve(gateway.app()) as address:
        asked = asyncio.create_task(post(address, "{ wait }"))
        await gateway.wait_started.wait()
        asyncio.get_running_loop().call_later(0.1, gateway.proceed.set)

    assert (await asked).json() == {"data": {"wait": "done"}}


async def read_all(connection: RawConnection) -> bytes:
    """Read until the server closes the connection."""
    return await connection.reader.read(-1)


async def test_a_large_response_is_complete(address: str) -> None:
    name = "x" * 900_000
    connection = await RawConnection.open(address)
    await connection.post(f'{{"query": "{{ hello(name: \\"{name}\\") }}"}}', "Connection: close\r\n")
    answer = await read_all(connection)

    assert answer.endswith(b"x" * 900_000 + b'"}}')
    await connection.close()


async def test_pipelined_requests_are_answered_in_order(address: str) -> None:
    connection = await RawConnection.open(address)
    template = "GET /graphql?query={{hello(name:%22{}%22)}} HTTP/1.1\r\nHost: x\r\n{}\r\n"
    await connection.send(
        template.format("a", "") + template.format("b", "") + template.format("c", "Connection: close\r\n")
    )
    answer = await read_all(connection)

    positions = [answer.index(f"hello {name}".encode()) for name in "abc"]
    assert positions == sorted(positions)
    await connection.close()


async def test_a_client_that_disconnects_before_the_body_is_no_error(
    gateway: SmallGateway,
) -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"late"})
        ended.set()

    async with serve(app) as address:  # type: ignore[arg-type]
        connection = await RawConnection.open(address)
        await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await connection.status() == 200  # the head is sent before the body
        await connection.close()
        await ended.wait()
