"""AsyncioTransport: expiry and reuse of connections, and Happy Eyeballs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Container, Coroutine
from typing import Any

import pytest

from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.asyncio_transport import happy_eyeballs
from lms_gateway.upstream.transports.asyncio_transport.happy_eyeballs import Address, connect_tcp
from lms_gateway.upstream.transports.asyncio_transport.transport import AsyncioTransport
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.server import (
    BytesVendor,
    RawRequest,
    StalledAnswer,
    VendorConnection,
    listening,
    replies_with,
    reply,
)


def get(transport: Transport, vendor: BytesVendor) -> Coroutine[Any, Any, Reply]:
    return transport.send("GET", vendor.url, {}, None, 10.0)


async def test_an_idle_connection_expires() -> None:
    transport = AsyncioTransport(keepalive_expiry=0.05)
    async with listening(replies_with(reply())) as vendor:
        await get(transport, vendor)
        await vendor.connections[0].ended.wait()
        await get(transport, vendor)
        assert len(vendor.connections) == 2
    await transport.aclose()


async def test_the_most_recently_used_connection_is_reused_first() -> None:
    transport, stall = AsyncioTransport(), StalledAnswer()
    lines: list[int] = []

    async def count(request: RawRequest, connection: VendorConnection) -> None:
        lines.append(connection.number)
        await connection.send(reply())

    async with listening(stall, stall, stall, count) as vendor:
        calls = [asyncio.create_task(get(transport, vendor)) for _ in range(3)]
        await stall.arrived(3)
        stall.release.set()
        await asyncio.gather(*calls)
        for _ in range(4):
            await get(transport, vendor)
        assert len(set(lines)) == 1
    await transport.aclose()


async def test_a_lost_connection_frees_its_slot() -> None:
    transport = AsyncioTransport(max_connections=1)
    async with listening(replies_with(reply())) as vendor:
        for number in range(1, 4):
            await get(transport, vendor)
            vendor.connections[-1].hang_up()
            await vendor.connections[-1].ended.wait()
            assert len(vendor.connections) == number
    await transport.aclose()


@pytest.mark.parametrize("url", ["ftp://vendor.example/", "https:///x", "https://a:b@vendor/"])
async def test_an_invalid_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="contain a host"):
        await AsyncioTransport().send("GET", url, {}, None, 1.0)


class FakeResolver:
    """Fake resolver, and a network in which the `silent` addresses never answer."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *found: Address, silent: Container[object] = ()
    ) -> None:
        self.tried: list[tuple[object, ...]] = []
        connect = happy_eyeballs._connect

        async def resolve(host: str, port: int) -> list[Address]:
            return list(found)

        async def connect_one(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
            self.tried.append(address)
            if address in silent:
                await asyncio.Event().wait()
            return await connect(family, address)

        monkeypatch.setattr(happy_eyeballs, "_resolve", resolve)
        monkeypatch.setattr(happy_eyeballs, "_connect", connect_one)
        monkeypatch.setattr(happy_eyeballs, "CONNECTION_ATTEMPT_DELAY", 0.01)


def ipv4(port: int) -> Address:
    return (socket.AF_INET, ("127.0.0.1", port))


def ipv6(port: int) -> Address:
    return (socket.AF_INET6, ("::1", port, 0, 0))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with listening(replies_with(reply())) as vendor:
        yield vendor.port


async def test_after_a_refused_connection_the_next_address_is_tried(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    FakeResolver(monkeypatch, ipv6(1), ipv4(1), ipv4(port))
    with await connect_tcp("vendor", port) as opened:
        assert opened.getpeername() == ("127.0.0.1", port)


async def test_an_address_that_does_not_answer_causes_a_short_delay_only(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    silent, other = ipv6(9), ipv4(port)
    addresses = FakeResolver(monkeypatch, silent, other, silent={silent[1]})
    with await connect_tcp("vendor", port) as opened:
        assert opened.getpeername() == ("127.0.0.1", port)
    assert addresses.tried == [silent[1], other[1]]


async def test_address_families_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = FakeResolver(monkeypatch, ipv6(1), ipv6(2), ipv6(3), ipv4(1), ipv4(2))
    with pytest.raises(ConnectionRefusedError):
        await connect_tcp("vendor", 1)
    assert [address[1] for address in addresses.tried] == [1, 1, 2, 2, 3]


async def test_a_host_without_an_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeResolver(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        await connect_tcp("vendor", 1)
