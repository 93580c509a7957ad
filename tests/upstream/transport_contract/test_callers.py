"""Cancelled calls and timeouts do not affect other calls."""

import asyncio
import gc
import json
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from lms_gateway.domain.errors import UpstreamTimeout
from lms_gateway.upstream.errors import NotSent
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.transports.protocol import Transport
from tests.upstream.transport_contract.conftest import Listen, Make
from tests.upstream.transport_contract.server import (
    BytesVendor,
    RawRequest,
    StalledAnswer,
    VendorConnection,
    replies_with,
    reply,
)

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"


def get(
    transport: Transport, vendor: BytesVendor, path: str = "/", *, timeout: float = 3.0
) -> Coroutine[Any, Any, Reply]:
    return transport.send("GET", vendor.url + path, {}, None, timeout)


async def cancelled(call: asyncio.Task[object]) -> None:
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("first", [b"", HALF], ids=["before the reply", "in its body"])
async def test_a_cancelled_call_frees_its_slot_and_closes_its_connection(
    make: Make, listen: Listen, first: bytes
) -> None:
    """The pool has one slot: without it the next call would time out."""
    transport, stall = make(max_connections=1), StalledAnswer(first, last=b"cd")
    vendor = await listen(stall, replies_with(reply(b"next")))
    call = asyncio.create_task(get(transport, vendor))
    await stall.arrived()
    await cancelled(call)
    await vendor.connections[0].wait_closed()
    stall.release.set()
    assert (await get(transport, vendor)).body == b"next"


async def test_a_call_that_is_cancelled_before_it_starts_takes_no_slot(make: Make, listen: Listen) -> None:
    transport = make(max_connections=1)
    vendor = await listen(replies_with(reply()))
    for _ in range(3):
        await cancelled(asyncio.create_task(get(transport, vendor)))
    assert (await get(transport, vendor)).status == 200


async def cancel_at_each_moment(transport: Transport, vendor: BytesVendor, ticks: int) -> None:
    """Cancel three calls, each after so many iterations of the event loop."""
    for _ in range(3):
        call = asyncio.create_task(get(transport, vendor))
        for _ in range(ticks):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("ticks", range(1, 16))
async def test_a_call_that_is_cancelled_at_any_moment_frees_its_slot(
    make: Make, listen: Listen, ticks: int
) -> None:
    """The pool has one slot: without it the next call would fail."""
    transport = make(max_connections=1)
    vendor = await listen(replies_with(reply(b"own")))
    await cancel_at_each_moment(transport, vendor, ticks)
    assert (await get(transport, vendor)).body == b"own"
    gc.collect()  # httpx2 leaves a socket that was cancelled in the TLS handshake to the collector


@pytest.mark.parametrize("ticks", range(1, 16))
async def test_a_call_that_is_cancelled_at_any_moment_leaves_no_socket_open(
    make_asyncio: Make, listen: Listen, ticks: int
) -> None:
    transport = make_asyncio(max_connections=1)
    vendor = await listen(replies_with(reply(b"own")))
    await cancel_at_each_moment(transport, vendor, ticks)
    gc.collect()  # an open socket would be reported here


async def test_the_pool_survives_many_clients_that_leave_early(make: Make, listen: Listen) -> None:
    """2,400 calls share 10 connections and are cancelled within 60 ms; later calls succeed."""
    transport = make(max_connections=10)

    async def delayed(request: RawRequest, connection: VendorConnection) -> None:
        await asyncio.sleep(0.005)
        await connection.send(reply(b"own"))

    vendor = await listen(delayed)
    chance = random.Random(7)
    calls = [asyncio.create_task(get(transport, vendor)) for _ in range(2400)]
    loop = asyncio.get_running_loop()
    for call in calls:
        loop.call_later(chance.uniform(0.0, 0.06), call.cancel)
    await asyncio.wait(calls)

    replies = await asyncio.gather(*(get(transport, vendor, timeout=10.0) for _ in range(20)))
    assert [answer.body for answer in replies] == [b"own"] * 20


async def test_a_cancelled_waiter_gets_no_slot(make: Make, listen: Listen) -> None:
    transport, stall = make(max_connections=1), StalledAnswer()
    vendor = await listen(stall)
    first, second, third = (asyncio.create_task(get(transport, vendor)) for _ in range(3))
    await stall.arrived()
    await cancelled(second)
    stall.release.set()
    assert ((await first).status, (await third).status) == (200, 200)
    assert len(vendor.requests) == 2


async def test_a_waiter_that_is_cancelled_when_it_gets_a_slot_passes_it_on(
    make: Make, listen: Listen
) -> None:
    transport, stall = make(max_connections=1), StalledAnswer()
    vendor = await listen(stall)
    first, second, third = (asyncio.create_task(get(transport, vendor)) for _ in range(3))
    await stall.arrived()
    first.add_done_callback(lambda _: second.cancel())
    stall.release.set()
    assert (await third).status == 200
    await asyncio.wait([second])
    assert (await get(transport, vendor)).status == 200


async def test_a_cancelled_call_does_not_affect_others(transport: Transport, listen: Listen) -> None:
    stall = StalledAnswer()
    vendor = await listen(stall)
    calls = [asyncio.create_task(get(transport, vendor)) for _ in range(4)]
    await stall.arrived(4)
    await cancelled(calls.pop(1))
    stall.release.set()
    assert [(await call).status for call in calls] == [200] * 3


async def test_with_many_cancelled_calls_everyone_gets_the_right_reply(make: Make, listen: Listen) -> None:
    """A third of the calls is cancelled, and some of the five connections break."""
    dice = random.Random(4)
    transport = make(max_connections=5)

    async def echo(request: RawRequest, connection: VendorConnection) -> None:
        await asyncio.sleep(dice.choice([0, 0, 0.001]))
        body = json.dumps(request.target).encode() + b" " * dice.choice([0, 100, 70_000])
        headers = {"Connection": "close"} if dice.random() < 0.1 else {}
        whole = reply(body, 200, **headers)
        await connection.send(whole[:100], whole[100:])
        if headers:
            connection.hang_up()

    vendor = await listen(echo)

    async def ask(number: int) -> int:
        path = f"/{number}"
        call = asyncio.create_task(get(transport, vendor, path))
        if number % 3 == 0:
            await asyncio.sleep(dice.choice([0, 0.001, 0.01]))
            call.cancel()
            await asyncio.wait([call])
            if call.cancelled():
                return 0
        got = await call
        assert json.loads(got.body) == path
        return 1

    answered = await asyncio.gather(*map(ask, range(150)))
    assert sum(answered) >= 100
    # Every slot is free again.
    replies = [get(transport, vendor, f"/{number}", timeout=10.0) for number in range(5)]
    assert [got.status for got in await asyncio.gather(*replies)] == [200] * 5


async def test_a_call_that_times_out_does_not_affect_others(make: Make, listen: Listen) -> None:
    transport, stall = make(max_connections=2), StalledAnswer()
    vendor = await listen(stall)
    patient = asyncio.create_task(get(transport, vendor))
    await stall.arrived()
    for _ in range(3):
        with pytest.raises((UpstreamTimeout, NotSent)):
            await get(transport, vendor, timeout=0.1)
    stall.release.set()
    assert (await patient).status == 200
