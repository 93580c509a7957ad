"""Connections are reused and limited, and never reused with unread data."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from lms_gateway.domain.errors import UpstreamTimeout
from lms_gateway.upstream.errors import ConnectionInterrupted, NotSent
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.conftest import Listen, Make
from tests.upstream.transport_contract.server import (
    BytesVendor,
    StalledAnswer,
    VendorConnection,
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


async def test_a_connection_is_reused(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply()))
    for _ in range(5):
        await get(transport, vendor)
    assert (len(vendor.requests), len(vendor.connections)) == (5, 1)


async def test_concurrent_calls_have_a_connection_each(transport: Transport, listen: Listen) -> None:
    stall = StalledAnswer()
    vendor = await listen(stall)
    for _ in range(2):
        calls = asyncio.gather(*(get(transport, vendor) for _ in range(4)))
        await stall.arrived(4)
        stall.release.set()
        await calls
        stall.release.clear()
    assert len(vendor.connections) == 4


@pytest.mark.parametrize("header", ["close", "Close"])
async def test_a_connection_with_a_close_header_is_not_reused(
    transport: Transport, listen: Listen, header: str
) -> None:
    vendor = await listen(
        replies_with(reply(Connection=header), then=VendorConnection.hang_up), replies_with(reply())
    )
    for _ in range(2):
        assert (await get(transport, vendor)).status == 200
    assert len(vendor.connections) == 2


@pytest.mark.parametrize("end", [VendorConnection.hang_up, VendorConnection.reset])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_idle_connection_that_the_vendor_closed_is_not_reused(
    transport: Transport, listen: Listen, method: str, end: Callable[[VendorConnection], None]
) -> None:
    """A write succeeds as well: it is sent on a new connection."""
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor)
    end(vendor.connections[0])
    await vendor.connections[0].ended.wait()
    assert (await get(transport, vendor, method=method)).status == 200
    assert (len(vendor.connections), len(vendor.requests)) == (2, 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_on_a_connection_that_breaks_is_not_retried(
    transport: Transport, listen: Listen, method: str
) -> None:
    """The vendor may have run it: only `Retry` knows whether it can be repeated."""
    vendor = await listen(
        replies_with(reply()), replies_with(then=VendorConnection.hang_up), replies_with(reply())
    )
    await get(transport, vendor)
    with pytest.raises(ConnectionInterrupted):
        await get(transport, vendor, method=method)
    assert len(vendor.requests) == 2
    assert (await get(transport, vendor)).status == 200


async def test_a_second_reply_to_one_request_is_discarded(make_asyncio: Make, listen: Listen) -> None:
    """httpx2 takes it for the reply to the next request."""
    transport, forged = make_asyncio(), reply(b"forged")
    vendor = await listen(replies_with(reply(b"own") + forged), replies_with(reply(b"next")))
    assert (await get(transport, vendor)).body == b"own"
    assert (await get(transport, vendor)).body == b"next"


async def test_a_late_second_reply_is_discarded(transport: Transport, listen: Listen) -> None:
    vendor = await listen(replies_with(reply(b"own")), replies_with(reply(b"next")))
    assert (await get(transport, vendor)).body == b"own"
    await vendor.connections[0].send(reply(b"forged"))
    assert (await get(transport, vendor)).body == b"next"


async def test_the_number_of_connections_is_limited(make: Make, listen: Listen) -> None:
    transport, stall = make(max_connections=3), StalledAnswer()
    vendor = await listen(stall)
    calls = asyncio.gather(*(get(transport, vendor) for _ in range(10)))
    await stall.arrived(3)
    stall.release.set()
    assert len(await calls) == 10
    assert (stall.max_waiting, len(vendor.connections)) == (3, 3)


async def test_a_stalled_vendor_takes_no_connections_of_another(make: Make, listen: Listen) -> None:
    transport, stall = make(max_connections=2), StalledAnswer()
    hanging, healthy = await listen(stall), await listen(replies_with(reply()))
    calls = asyncio.gather(*(get(transport, hanging) for _ in range(5)))
    await stall.arrived(2)
    assert (await get(transport, healthy)).status == 200
    stall.release.set()
    await calls


async def test_a_call_that_times_out_in_the_pool_was_not_sent(make: Make, listen: Listen) -> None:
    transport, stall = make(max_connections=1), StalledAnswer()
    vendor = await listen(stall)
    first = asyncio.create_task(get(transport, vendor))
    await stall.arrived()
    with pytest.raises((NotSent, UpstreamTimeout)):
        await get(transport, vendor, timeout=0.1)
    stall.release.set()
    assert (await first).status == 200
    assert (await get(transport, vendor)).status == 200
    assert len(vendor.requests) == 2


async def test_a_failed_connection_frees_its_slot(make: Make, listen: Listen) -> None:
    transport = make(max_connections=1)
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor)
    closed = vendor.url.replace(str(vendor.port), "1")
    for _ in range(3):
        with pytest.raises(NotSent):
            await transport.send("GET", closed, {}, None, 5.0)
    assert (await get(transport, vendor)).status == 200


async def test_closing_closes_all_connections(make: Make, listen: Listen) -> None:
    transport = make()
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor)
    await transport.aclose()
    await vendor.connections[0].ended.wait()


async def test_closing_interrupts_running_calls(make: Make, listen: Listen) -> None:
    transport, stall = make(), StalledAnswer()
    vendor = await listen(stall)
    call = asyncio.create_task(get(transport, vendor))
    await stall.arrived()
    await transport.aclose()
    with pytest.raises(ConnectionInterrupted):
        await call


async def test_closing_twice_is_allowed(make: Make, listen: Listen) -> None:
    transport = make()
    vendor = await listen(replies_with(reply()))
    await get(transport, vendor)
    for _ in range(2):
        await transport.aclose()
