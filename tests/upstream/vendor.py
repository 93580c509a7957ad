"""A scripted vendor on a real socket, and a clock that does not wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lms_gateway.upstream.messages import Call
from tests.upstream.transport_contract import server
from tests.upstream.transport_contract.server import RawRequest, VendorConnection


@dataclass(frozen=True)
class HangUp:
    """Close the connection after these bytes."""

    first: bytes = b""


Answer = Callable[[RawRequest], Awaitable[bytes | HangUp]]
Line = bytes | HangUp | Answer


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Return an HTTP reply; `retry_after="3"` becomes a header."""
    return server.reply(body, status, **headers)


def distinct_calls(call: Call, count: int) -> list[Call]:
    """Return copies of a read with different parameters, which cannot share a reply."""
    return [call._replace(params=(*call.params, ("n", str(n)))) for n in range(count)]


@dataclass
class SocketVendor:
    """Replies with the lines of a script, repeats the last one, and records requests."""

    script: list[Line]
    url: str = ""
    requests: list[RawRequest] = field(default_factory=list)
    active_count: int = 0
    max_active_count: int = 0

    async def answer(self, request: RawRequest, connection: VendorConnection) -> None:
        """Send the next line of the script."""
        self.requests.append(request)
        line = self.script[min(len(self.requests), len(self.script)) - 1]
        self.active_count += 1
        self.max_active_count = max(self.max_active_count, self.active_count)
        try:
            answer = await line(request) if callable(line) else line
        finally:
            self.active_count -= 1
        if isinstance(answer, HangUp):
            await connection.send(answer.first)
            connection.hang_up()
        else:
            await connection.send(answer)


@asynccontextmanager
async def socket_vendor(*script: Line) -> AsyncIterator[SocketVendor]:
    """Yield a vendor that listens on a free port."""
    vendor = SocketVendor(list(script))
    async with server.listening(vendor.answer) as listener:
        vendor.url = listener.url
        yield vendor


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
