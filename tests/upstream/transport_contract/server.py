"""A vendor on a socket, whose replies and connections are controlled byte by byte."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RawRequest:
    """A received request."""

    method: str
    target: str
    headers: dict[str, str]  # lower-case names
    names: list[str]  # header names as they were sent
    body: bytes


@dataclass
class VendorConnection:
    """One accepted connection; `number` counts from 1."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the connection is closed by either side."""

    async def send(self, *parts: bytes) -> None:
        """Send each part in a packet of its own, as far as the system allows."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        opened = self.writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def hang_up(self) -> None:
        """Close without a further reply."""
        self.writer.close()

    async def wait_closed(self) -> None:
        """Wait until the client closes."""
        with suppress(OSError):
            while await self.reader.read(65536):
                pass


Answer = Callable[[RawRequest, VendorConnection], Awaitable[None]]


def reply(body: bytes = b"{}", status: int = 200, **headers: str) -> bytes:
    """Return a complete reply; `retry_after="3"` becomes a header."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*parts: bytes) -> bytes:
    """Return a complete reply with one chunk per part."""
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b"")]
    return b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def replies_with(*parts: bytes, then: Callable[[VendorConnection], object] | None = None) -> Answer:
    """Return an answer that sends the parts each time, and then calls `then`."""

    async def answer(request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(*parts)
        if then:
            then(connection)

    return answer


class StalledAnswer:
    """An answer that waits for `release`, and counts the requests that wait."""

    def __init__(self, *first: bytes, last: bytes = b"") -> None:
        """Send `first` at once and `last` after `release`."""
        self.first = first
        self.last = last or (b"" if first else reply())
        self.arrivals: asyncio.Queue[RawRequest] = asyncio.Queue()
        self.release = asyncio.Event()
        self.waiting = 0
        self.max_waiting = 0

    async def __call__(self, request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(*self.first)
        self.waiting += 1
        self.max_waiting = max(self.max_waiting, self.waiting)
        self.arrivals.put_nowait(request)
        try:
            await self.release.wait()
        finally:
            self.waiting -= 1
        await connection.send(self.last)

    async def arrived(self, number: int = 1) -> None:
        """Wait for `number` further requests."""
        for _ in range(number):
            await self.arrivals.get()


@dataclass
class BytesVendor:
    """A listening vendor. Answers are used in turn; the last one repeats."""

    answers: list[Answer]
    url: str = ""
    port: int = 0
    requests: list[RawRequest] = field(default_factory=list)
    connections: list[VendorConnection] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first connection is accepted."""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until either side closes it."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        connection = VendorConnection(len(self.connections) + 1, reader, writer)
        self.connections.append(connection)
        self.called.set()
        try:
            while not writer.is_closing() and (request := await self._read(reader)):
                self.requests.append(request)
                turn = min(len(self.requests), len(self.answers)) - 1
                await self.answers[turn](request, connection)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            connection.ended.set()
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> RawRequest | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *rows = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = [row.split(": ", 1) for row in rows]
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return RawRequest(method, target, headers, [name for name, _ in pairs], body)


@asynccontextmanager
async def listening(
    *answers: Answer, identity: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[BytesVendor]:
    """Yield a vendor on a free port; over TLS if there is an identity."""
    vendor = BytesVendor(list(answers))
    server = await asyncio.start_server(
        vendor.connected,
        host,
        0,
        ssl=identity,
        limit=1 << 20,
        backlog=256,
        # Over TLS, a side that closes waits for the other side's close_notify.
        ssl_shutdown_timeout=0.1 if identity else None,
    )
    vendor.port = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    vendor.url = f"{'https' if identity else 'http'}://{name}:{vendor.port}"
    try:
        yield vendor
    finally:
        server.close()
        tasks = list(vendor.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in vendor.connections:
            connection.writer.transport.abort()  # `close` would wait for close_notify over TLS
        for _ in range(3):
            await asyncio.sleep(0)
