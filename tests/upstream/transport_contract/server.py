"""A vendor made of bytes: each test says what is written, and when the line goes dead."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]  # lower-case names
    names: list[str]  # of the headers, as they were sent
    body: bytes


@dataclass
class VendorConnection:
    """One connection to the vendor; `number` counts them from 1."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether the connection is gone, whoever ended it."""

    async def say(self, *parts: bytes) -> None:
        """Write, each part in a packet of its own as far as the system lets us."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    def reset(self) -> None:
        """Let the caller's system hear RST rather than FIN."""
        opened = self.writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def hang_up(self) -> None:
        """Close; the vendor answers nothing more on this line."""
        self.writer.close()

    async def wait_closed(self) -> None:
        """Wait until the caller closes."""
        with suppress(OSError):
            while await self.reader.read(65536):
                pass


Answer = Callable[[ReceivedRequest, VendorConnection], Awaitable[None]]


def reply(body: bytes = b"{}", status: int = 200, **headers: str) -> bytes:
    """A whole reply; `retry_after="3"` becomes a header."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*parts: bytes) -> bytes:
    """The same in chunks, each of them given."""
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b"")]
    return b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def replies_with(*parts: bytes, then: Callable[[VendorConnection], object] | None = None) -> Answer:
    """An answer that is the same each time."""

    async def answer(asked: ReceivedRequest, line: VendorConnection) -> None:
        await line.say(*parts)
        if then:
            then(line)

    return answer


class StalledAnswer:
    """An answer that waits until it is let go, and counts who waits."""

    def __init__(self, *first: bytes, last: bytes = b"") -> None:
        self.first = first
        self.last = last or (b"" if first else reply())
        self.arrivals: asyncio.Queue[ReceivedRequest] = asyncio.Queue()
        self.release = asyncio.Event()
        self.waiting = 0
        self.max_waiting = 0

    async def __call__(self, asked: ReceivedRequest, line: VendorConnection) -> None:
        await line.say(*self.first)
        self.waiting += 1
        self.max_waiting = max(self.max_waiting, self.waiting)
        self.arrivals.put_nowait(asked)
        try:
            await self.release.wait()
        finally:
            self.waiting -= 1
        await line.say(self.last)

    async def arrived(self, number: int = 1) -> None:
        """Wait until so many more have asked."""
        for _ in range(number):
            await self.arrivals.get()


@dataclass
class BytesVendor:
    """What one listens as. Answers by turns, and with the last one for ever."""

    answers: list[Answer]
    url: str = ""
    port: int = 0
    requests: list[ReceivedRequest] = field(default_factory=list)
    connections: list[VendorConnection] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether anybody has connected."""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        line = VendorConnection(len(self.connections) + 1, reader, writer)
        self.connections.append(line)
        self.called.set()
        try:
            while not writer.is_closing() and (asked := await self._read(reader)):
                self.requests.append(asked)
                turn = min(len(self.requests), len(self.answers)) - 1
                await self.answers[turn](asked, line)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            line.ended.set()
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> ReceivedRequest | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *rows = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = [row.split(": ", 1) for row in rows]
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return ReceivedRequest(method, target, headers, [name for name, _ in pairs], body)


@asynccontextmanager
async def listening(
    *answers: Answer, identity: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[BytesVendor]:
    """A vendor on a free port; with an identity it speaks TLS."""
    vendor = BytesVendor(list(answers))
    # Over TLS, who hangs up waits for the other side to say so too.
    ssl_options = {"ssl_shutdown_timeout": 0.1} if identity else {}
    server = await asyncio.start_server(
        vendor.connected, host, 0, ssl=identity, limit=1 << 20, backlog=256, **ssl_options
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
        for line in vendor.connections:
            line.writer.transport.abort()  # over TLS, to close would wait for the other side
        for _ in range(3):
            await asyncio.sleep(0)
