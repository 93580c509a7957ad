"""A scripted vendor on a real socket, and a clock that does not wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from lms_gateway.upstream.messages import Call


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request; `write` sends bytes before the reply."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    write: Callable[[bytes], None] = field(repr=False)


@dataclass(frozen=True)
class HangUp:
    """Close the connection after these bytes."""

    first: bytes = b""


Answer = Callable[[ReceivedRequest], Awaitable[bytes | HangUp]]
Line = bytes | HangUp | Answer


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Return an HTTP reply; `retry_after="3"` becomes a header."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def distinct_calls(call: Call, count: int) -> list[Call]:
    """Return copies of a read with different parameters, which cannot share a reply."""
    return [call._replace(params=(*call.params, ("n", str(n)))) for n in range(count)]


@dataclass
class SocketVendor:
    """Replies with the lines of a script, repeats the last one, and records requests."""

    script: list[Line]
    url: str = ""
    requests: list[ReceivedRequest] = field(default_factory=list)
    connections: set[asyncio.Task[None]] = field(default_factory=set)
    active_count: int = 0
    max_active_count: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            while request := await self._read(reader, writer):
                self.requests.append(request)
                line = self.script[min(len(self.requests), len(self.script)) - 1]
                self.active_count += 1
                self.max_active_count = max(self.max_active_count, self.active_count)
                try:
                    answer = await line(request) if callable(line) else line
                finally:
                    self.active_count -= 1
                if isinstance(answer, HangUp):
                    writer.write(answer.first)
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> ReceivedRequest | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split()
        headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return ReceivedRequest(method, target, headers, body, writer.write)


@asynccontextmanager
async def socket_vendor(*script: Line) -> AsyncIterator[SocketVendor]:
    """Yield a vendor that listens on a free port."""
    vendor = SocketVendor(list(script))
    server = await asyncio.start_server(vendor.connected, "127.0.0.1", 0)
    vendor.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield vendor
    finally:
        server.close()
        connections = list(vendor.connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


class FakeClock:
    """A clock that advances only by `sleep`."""

    def __init__(self) -> None:
        self.now = asyncio.get_running_loop().time()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Advance the clock without waiting."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
