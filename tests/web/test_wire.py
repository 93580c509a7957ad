"""What takes a real connection: sizes, slow bodies, deadlines, clients that leave."""

import asyncio
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from lms_gateway.config import LimitSettings
from lms_gateway.web.http.negotiation import GRAPHQL
from tests.web.small_schema import SmallGateway, serve

JSON_HEADERS = "Content-Type: application/json\r\nHost: gateway\r\n"


async def post(place: str, query: str, accept: str = GRAPHQL) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30) as client:
        return await client.post(
            f"http://{place}/graphql", json={"query": query}, headers={"Accept": accept}
        )


class RawConnection:
    """A connection on which a test says exactly what it wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, place: str) -> "RawConnection":
        host, _, port = place.partition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def send(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def post(self, body: str, extra: str = "") -> None:
        await self.send(
            f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}{extra}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
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
    world: SmallGateway, served: str, chunked: bool, size: int
) -> None:
    world.limits = LimitSettings(max_body_bytes=1000)
    body = b'{"query": "{ hello }", "extensions": {"x": "' + b"x" * size + b'"}}'

    async def pieces():  # type: ignore[no-untyped-def]
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    async with httpx2.AsyncClient() as client:
        response = await client.post(
            f"http://{served}/graphql",
            content=pieces() if chunked else body,
            headers={"Content-Type": "application/json"},
        )

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert world.contexts == []


async def test_a_client_that_waits_for_100_continue_never_sends_what_is_too_large(
    world: SmallGateway, served: str
) -> None:
    world.limits = LimitSettings(max_body_bytes=1000)
    line = await RawConnection.open(served)
    await line.send(
        f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}"
        "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
    )

    assert await line.status() == 413
    await line.close()


async def test_a_body_of_exactly_the_limit_is_read(world: SmallGateway, served: str) -> None:
    body = '{"query": "{ hello }"}'
    world.limits = LimitSettings(max_body_bytes=len(body))
    line = await RawConnection.open(served)
    await line.post(body)

    assert await line.status() == 200
    await line.close()


async def test_a_body_that_does_not_come_is_408(world: SmallGateway, served: str) -> None:
    world.limits = LimitSettings(request_timeout=0.05)
    line = await RawConnection.open(served)
    await line.send(f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}Content-Length: 100\r\n\r\n{{")

    assert await line.status() == 408
    await line.close()
    assert world.leases == 0


async def test_resolvers_know_how_long_the_request_may_still_take(served: str) -> None:
    remaining = (await post(served, "{ remaining }")).json()["data"]["remaining"]

    assert 0 < remaining <= LimitSettings().request_timeout


async def test_a_request_that_outlasts_its_deadline_is_504_and_its_work_cancelled(
    world: SmallGateway, served: str
) -> None:
    world.limits = LimitSettings(request_timeout=0.1)
    for media_type in ("application/json", GRAPHQL):
        response = await post(served, "{ wait }", media_type)

        assert response.status_code == 504
        assert response.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"
    assert world.cancelled.is_set()
    assert all(context.closed for context in world.contexts)


async def test_a_client_that_leaves_has_its_query_cancelled(
    world: SmallGateway, served: str
) -> None:
    line = await RawConnection.open(served)
    await line.post('{"query": "{ wait }"}')
    await world.wait_started.wait()
    await line.close()

    await world.cancelled.wait()
    await world.released.wait()
    assert [context.closed for context in world.contexts] == [True]


async def test_a_client_that_leaves_has_its_write_finished(
    world: SmallGateway, served: str
) -> None:
    line = await RawConnection.open(served)
    await line.post('{"query": "mutation { write }"}')
    await world.wait_started.wait()
    await line.close()
    world.proceed.set()

    await world.finished.wait()
    assert not world.cancelled.is_set()


async def test_head_tells_headers_and_sends_no_body(served: str) -> None:
    async with httpx2.AsyncClient() as client:
        response = await client.head(f"http://{served}/graphql?query={{hello}}")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.content == b""


async def test_a_server_that_ends_answers_what_it_has_begun(world: SmallGateway) -> None:
    async with serve(world.app()) as place:
        asked = asyncio.create_task(post(place, "{ wait }"))
        await world.wait_started.wait()
        asyncio.get_running_loop().call_later(0.1, world.proceed.set)

    assert (await asked).json() == {"data": {"wait": "done"}}


async def read_all(connection: RawConnection) -> bytes:
    """Read until the server closes the connection."""
    return await connection.reader.read(-1)


async def test_a_large_answer_comes_whole(served: str) -> None:
    name = "x" * 900_000
    line = await RawConnection.open(served)
    await line.post(f'{{"query": "{{ hello(name: \\"{name}\\") }}"}}', "Connection: close\r\n")
    answer = await read_all(line)

    assert answer.endswith(b"x" * 900_000 + b'"}}')
    await line.close()


async def test_requests_in_one_go_are_answered_in_order(served: str) -> None:
    line = await RawConnection.open(served)
    template = "GET /graphql?query={{hello(name:%22{}%22)}} HTTP/1.1\r\nHost: x\r\n{}\r\n"
    await line.send(
        template.format("a", "")
        + template.format("b", "")
        + template.format("c", "Connection: close\r\n")
    )
    answer = await read_all(line)

    positions = [answer.index(f"hello {name}".encode()) for name in "abc"]
    assert positions == sorted(positions)
    await line.close()


async def test_a_client_that_goes_before_it_is_written_to_is_no_failure(
    world: SmallGateway,
) -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"late"})
        ended.set()

    async with serve(app) as place:  # type: ignore[arg-type]
        line = await RawConnection.open(place)
        await line.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await line.status() == 200  # a head that nothing follows is not held back
        await line.close()
        await ended.wait()
