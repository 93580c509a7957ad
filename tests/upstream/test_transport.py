"""HttpxTransport sends once, and says what became of it."""

import asyncio
import gzip
import socket

import httpx
import pytest

from lms_gateway.domain.errors import UpstreamInvalid, UpstreamTimeout
from lms_gateway.upstream.failures import Interrupted, NotSent
from lms_gateway.upstream.transport import HttpxTransport
from tests.upstream.vendor import Asked, HangUp, reply, vendor_on_a_socket


async def test_a_reply_is_whole_and_decompressed(transport):
    body = gzip.compress(b'{"id": 1}')
    async with vendor_on_a_socket(reply(207, body, Content_Encoding="gzip", X_Some="y")) as vendor:
        got = await transport.send("POST", f"{vendor.url}/x?a=%5B", {"X-Mine": "1"}, b"{}", 5.0)

    assert (got.status, got.headers["x-some"], got.decode()) == (207, "y", {"id": 1})
    [asked] = vendor.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/x?a=%5B", b"{}")
    assert asked.headers["x-mine"] == "1"


async def test_a_redirect_is_handed_back_and_not_followed(transport):
    async with vendor_on_a_socket(reply(303, b"", Location="/elsewhere")) as vendor:
        got = await transport.send("GET", f"{vendor.url}/users/me", {}, None, 5.0)

    assert (got.status, got.headers["location"]) == (303, "/elsewhere")
    assert len(vendor.asked) == 1


async def test_a_cookie_is_not_sent_back(transport):
    async with vendor_on_a_socket(reply(Set_Cookie="canvas_session=abc")) as vendor:
        for _ in range(2):
            await transport.send("GET", vendor.url, {}, None, 5.0)

    assert ["cookie" in asked.headers for asked in vendor.asked] == [False, False]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    """The credential goes to the vendor, and to nobody whom a stray variable names."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    transport = HttpxTransport()
    async with vendor_on_a_socket(reply()) as vendor:
        assert (await transport.send("GET", vendor.url, {}, None, 5.0)).status == 200
    await transport.aclose()


async def test_where_nobody_listens_nothing_was_sent(transport):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        with pytest.raises(NotSent):
            await transport.send("GET", f"http://127.0.0.1:{taken.getsockname()[1]}", {}, None, 5.0)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n{", b"SSH-2.0-Server\r\n\r\n"],
    ids=["hung up", "cut body", "not HTTP"],
)
async def test_an_exchange_that_breaks_off_may_have_run(transport, answer):
    async with vendor_on_a_socket(HangUp(answer)) as vendor:
        with pytest.raises(Interrupted):
            await transport.send("GET", vendor.url, {}, None, 5.0)


async def test_a_body_that_does_not_decompress_is_invalid(transport):
    async with vendor_on_a_socket(reply(body=b"plain", Content_Encoding="gzip")) as vendor:
        with pytest.raises(UpstreamInvalid):
            await transport.send("GET", vendor.url, {}, None, 5.0)


async def test_a_reply_has_an_end_also_once_it_is_decompressed():
    """The memory is shared by all tenants."""
    transport = HttpxTransport(most_bytes=100_000)
    most, more = b" " * 100_000, gzip.compress(b" " * 100_001)
    async with vendor_on_a_socket(
        reply(body=most), reply(body=most + b" "), reply(body=more, Content_Encoding="gzip"),
        reply(),
    ) as vendor:  # fmt: skip
        assert (await transport.send("GET", vendor.url, {}, None, 5.0)).body == most
        for _ in range(2):
            with pytest.raises(UpstreamInvalid, match="larger than 100000 bytes"):
                await transport.send("GET", vendor.url, {}, None, 5.0)
        assert (await transport.send("GET", vendor.url, {}, None, 5.0)).status == 200
    await transport.aclose()


async def test_a_vendor_that_trickles_runs_out_of_time(transport):
    """httpx alone would wait anew for each byte."""

    async def trickle(asked: Asked) -> bytes:
        asked.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            asked.write(b"x")
            await asyncio.sleep(0.02)

    async with vendor_on_a_socket(trickle) as vendor:
        with pytest.raises(UpstreamTimeout):
            await transport.send("GET", vendor.url, {}, None, 0.2)


async def test_a_cancelled_call_gives_its_connection_back():
    """With room for one connection, the next call would otherwise wait for ever."""
    transport = HttpxTransport(connections=1)
    arrived = asyncio.Event()

    async def stall(asked: Asked) -> bytes:
        arrived.set()
        await asyncio.sleep(30)
        return b""

    async with vendor_on_a_socket(stall, reply()) as vendor:
        call = asyncio.create_task(transport.send("GET", vendor.url, {}, None, 30.0))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await transport.send("GET", vendor.url, {}, None, 5.0)).status == 200
    await transport.aclose()


async def test_any_httpx_transport_can_be_mounted():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = HttpxTransport(httpx.ASGITransport(app))
    assert (await transport.send("DELETE", "http://vendor/x", {}, None, 5.0)).status == 204
    await transport.aclose()
