"""Failures: whether the request may have run, and no effect on other requests."""

import asyncio
import gzip
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lms_gateway.domain.errors import UpstreamInvalid, UpstreamTimeout, UpstreamUnavailable
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.conftest import Listen, Make
from tests.upstream.transport_contract.server import (
    BytesVendor,
    RawRequest,
    StalledAnswer,
    VendorConnection,
    chunked,
    replies_with,
    reply,
)


def get(
    transport: Transport,
    vendor: BytesVendor,
    path: str = "/",
    *,
    method: str = "GET",
    timeout: float = 10.0,
) -> Coroutine[Any, Any, Reply]:
    return transport.send(method, vendor.url + path, {}, None, timeout)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_refused_connection_means_not_sent(transport: Transport, scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotSent):
            await transport.send("POST", url, {}, b"{}", 5.0)


async def test_an_unknown_host_means_not_sent(transport: Transport) -> None:
    with pytest.raises(NotSent):
        await transport.send("POST", "http://vendor.invalid/", {}, b"{}", 10.0)


async def test_a_connection_timeout_means_not_sent(make: Make) -> None:
    """TCP connects at once; the server never answers the TLS handshake."""
    transport = make(connect_timeout=0.05)
    with silent() as url, pytest.raises(NotSent):
        await transport.send("POST", url, {}, b"{}", 30.0)


BREAKS = {
    "hung up": (b"",),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-",),
    "no body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",),
    "cut body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"{"),
    "cut chunk": (chunked(b"abcdef")[:-8],),
    "no last chunk": (chunked(b"abcdef")[:-5],),
    "cut gzip": (reply(gzip.compress(b"{}" * 99), Content_Encoding="gzip")[:-4],),
    "an interim reply only": (b"HTTP/1.1 100 Continue\r\n\r\n",),
}


@pytest.mark.parametrize("end", [VendorConnection.hang_up, VendorConnection.reset])
@pytest.mark.parametrize("how", BREAKS)
async def test_an_interrupted_call_may_have_run(
    transport: Transport, listen: Listen, how: str, end: Callable[[VendorConnection], None]
) -> None:
    vendor = await listen(replies_with(*BREAKS[how], then=end), replies_with(reply(b"next")))
    with pytest.raises(ConnectionInterrupted):
        await get(transport, vendor, method="POST")
    assert len(vendor.requests) == 1
    assert (await get(transport, vendor)).body == b"next"


async def test_a_body_that_ends_with_a_reset_is_incomplete(transport: Transport, listen: Listen) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"

    async def reset_in_body(request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(head, b"[1, 2")
        await asyncio.sleep(0.05)  # a reset discards unread data
        connection.reset()

    vendor = await listen(reset_in_body)
    with pytest.raises(ConnectionInterrupted):
        await get(transport, vendor)


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-Server\r\n\r\n",
        b"<html>\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
)
async def test_a_reply_that_is_not_http_means_interrupted(
    transport: Transport, listen: Listen, garbage: bytes
) -> None:
    vendor = await listen(replies_with(garbage, then=VendorConnection.hang_up), replies_with(reply(b"next")))
    with pytest.raises(ConnectionInterrupted):
        await get(transport, vendor)
    assert (await get(transport, vendor)).body == b"next"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_body_that_does_not_decompress_is_invalid(
    transport: Transport, listen: Listen, coding: str
) -> None:
    vendor = await listen(replies_with(reply(b"plain", Content_Encoding=coding)))
    with pytest.raises(UpstreamInvalid):
        await get(transport, vendor)


ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TOO_LARGE = {
    "plain": reply(b" " * 100_001),
    "chunked": chunked(*[b" " * 1000] * 101),
    "gzip": reply(gzip.compress(b" " * 100_001), Content_Encoding="gzip"),
    "a thousandfold": reply(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("how", TOO_LARGE)
async def test_a_reply_that_is_too_large_is_an_error(make: Make, listen: Listen, how: str) -> None:
    """The memory is shared by all tenants."""
    transport, most = make(max_body_bytes=100_000), b" " * 100_000
    vendor = await listen(
        replies_with(reply(most)), replies_with(TOO_LARGE[how]), replies_with(reply(b"next"))
    )
    assert (await get(transport, vendor)).body == most
    with pytest.raises(UpstreamInvalid, match="larger than 100000 bytes"):
        await get(transport, vendor)
    assert (await get(transport, vendor)).body == b"next"


async def test_an_endless_reply_is_aborted_at_the_limit(make: Make, listen: Listen) -> None:
    transport = make(max_body_bytes=100_000)

    async def pour(request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(ENDLESS)
        while True:
            await connection.send(b"1000\r\n" + b" " * 0x1000 + b"\r\n")

    vendor = await listen(pour)
    with pytest.raises(UpstreamInvalid, match="larger than 100000 bytes"):
        await get(transport, vendor)
    await vendor.connections[0].ended.wait()


async def test_endless_headers_are_aborted(transport: Transport, listen: Listen) -> None:
    async def pour(request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            await connection.send(b"x" * 0x1000)

    vendor = await listen(pour)
    with pytest.raises((UpstreamInvalid, UpstreamUnavailable)):
        await get(transport, vendor)
    await vendor.connections[0].ended.wait()


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
    ids=["before the head", "in the head", "in the body"],
)
async def test_a_stalled_vendor_times_out(transport: Transport, listen: Listen, first: bytes) -> None:
    stall = StalledAnswer(first, last=b" ")
    vendor = await listen(stall, replies_with(reply(b"next")))
    with pytest.raises(UpstreamTimeout):
        await get(transport, vendor, timeout=0.2)
    assert (await get(transport, vendor)).body == b"next"
    assert len(vendor.connections) == 2


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nX: ", ENDLESS], ids=["head", "body"])
async def test_a_vendor_that_sends_single_bytes_times_out(
    transport: Transport, listen: Listen, first: bytes
) -> None:
    """Each single read is in time."""

    async def trickle(request: RawRequest, connection: VendorConnection) -> None:
        await connection.send(first)
        while True:
            await connection.send(b"1\r\nx\r\n" if first is ENDLESS else b"x")
            await asyncio.sleep(0.02)

    vendor = await listen(trickle)
    with pytest.raises(UpstreamTimeout):
        await get(transport, vendor, timeout=0.2)
    await vendor.connections[0].ended.wait()


@contextmanager
def silent() -> Iterator[str]:
    """Yield the URL of a vendor that accepts connections and sends nothing."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield f"https://127.0.0.1:{opened.getsockname()[1]}"
