"""What goes out in one turn of the loop goes out in one piece, and nothing is lost by that."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send

from tests.web.small_schema import SmallGateway, serve
from tests.web.test_wire import RawConnection


async def read_all(line: RawConnection) -> bytes:
    """What comes until the server closes."""
    return await line.reader.read(-1)


async def test_head_and_body_come_in_one_piece(served: str) -> None:
    received = []

    class Client(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            received.append(data)

        def connection_lost(self, error: Exception | None) -> None:
            lost.set()

    lost = asyncio.Event()
    host, _, port = served.partition(":")
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(Client, host, int(port))
    transport.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await lost.wait()

    (piece,) = received
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b'{"status":"live"}')


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
