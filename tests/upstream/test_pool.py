"""What the fast transport does by itself with connections that nobody uses, and with new ones."""

import asyncio
import socket

import pytest

from lms_gateway.upstream import dial as dialling
from lms_gateway.upstream.dial import dial
from lms_gateway.upstream.fast import FastTransport
from tests.upstream.transport_contract.server import Line, Stall, listening, reply, says


def get(transport, vendor):
    return transport.send("GET", vendor.url, {}, None, 10.0)


async def test_a_connection_that_lies_idle_is_closed_without_anybodys_asking():
    transport = FastTransport(keep_for=0.05)
    async with listening(says(reply())) as vendor:
        await get(transport, vendor)
        await vendor.lines[0].ended.wait()
        await get(transport, vendor)
        assert len(vendor.lines) == 2
    await transport.aclose()


async def test_the_connection_used_last_is_used_next_so_that_the_others_expire():
    transport, stall = FastTransport(), Stall()
    lines: list[int] = []

    async def count(asked, line: Line) -> None:
        lines.append(line.number)
        await line.say(reply())

    async with listening(stall, stall, stall, count) as vendor:
        calls = [asyncio.create_task(get(transport, vendor)) for _ in range(3)]
        await stall.arrived(3)
        stall.go.set()
        await asyncio.gather(*calls)
        for _ in range(4):
            await get(transport, vendor)
        assert len(set(lines)) == 1
    await transport.aclose()


async def test_a_lost_connection_gives_its_place_free():
    transport = FastTransport(connections=1)
    async with listening(says(reply())) as vendor:
        for number in range(1, 4):
            await get(transport, vendor)
            vendor.lines[-1].hang_up()
            await vendor.lines[-1].ended.wait()
            assert len(vendor.lines) == number
    await transport.aclose()


@pytest.mark.parametrize("url", ["ftp://vendor.example/", "https:///x", "https://a:b@vendor/"])
async def test_only_addresses_of_vendors_are_asked(url):
    with pytest.raises(ValueError, match="names a host"):
        await FastTransport().send("GET", url, {}, None, 1.0)


class Addresses:
    """Stands for the resolver, and for a network on which some addresses never answer."""

    def __init__(self, monkeypatch, *found, silent=()):
        self.tried: list[object] = []
        connect = dialling._connect

        async def resolve(host, port):
            return list(found)

        async def try_one(family, address):
            self.tried.append(address)
            if address in silent:
                await asyncio.Event().wait()
            return await connect(family, address)

        monkeypatch.setattr(dialling, "_resolve", resolve)
        monkeypatch.setattr(dialling, "_connect", try_one)
        monkeypatch.setattr(dialling, "HEAD_START", 0.01)


def four(port):
    return (socket.AF_INET, ("127.0.0.1", port))


def six(port):
    return (socket.AF_INET6, ("::1", port, 0, 0))


@pytest.fixture
async def port():
    async with listening(says(reply())) as vendor:
        yield vendor.port


async def test_an_address_that_refuses_is_followed_by_the_next_one(monkeypatch, port):
    Addresses(monkeypatch, six(1), four(1), four(port))
    with await dial("vendor", port) as opened:
        assert opened.getpeername() == ("127.0.0.1", port)


async def test_an_address_that_is_silent_holds_nobody_up(monkeypatch, port):
    silent, other = six(9), four(port)
    addresses = Addresses(monkeypatch, silent, other, silent={silent[1]})
    with await dial("vendor", port) as opened:
        assert opened.getpeername() == ("127.0.0.1", port)
    assert addresses.tried == [silent[1], other[1]]


async def test_families_take_turns(monkeypatch):
    addresses = Addresses(monkeypatch, six(1), six(2), six(3), four(1), four(2))
    with pytest.raises(ConnectionRefusedError):
        await dial("vendor", 1)
    assert [address[1] for address in addresses.tried] == [1, 1, 2, 2, 3]


async def test_a_name_without_an_address_cannot_be_called(monkeypatch):
    Addresses(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        await dial("vendor", 1)
