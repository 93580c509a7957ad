"""Calls under way for one fetch: who hears of them, where, and what is left when nobody does."""

import asyncio
from contextvars import ContextVar

import pytest

from lms_gateway.domain.errors import NotFound
from lms_gateway.upstream.begun import Begun, Errand, Told
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.vendors.sending import Raw, Sending

ONE, TWO = Call("/1", "/:id"), Call("/2", "/:id")
request_of: ContextVar[str] = ContextVar("request_of")


class Vendor:
    """Replies when the test says so, in the test's own context."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.left: list[str] = []

    def begin(self, call: Call, told: Told) -> Begun:
        self.told[call.path] = told
        vendor = self

        class Waits:
            def leave(self) -> None:
                vendor.left.append(call.path)

        return Waits()


async def finishing(sending: Sending) -> asyncio.Task[None]:
    task = asyncio.create_task(sending.finish())
    await asyncio.sleep(0)
    return task


async def test_several_calls_are_heard_of_together_and_in_their_order() -> None:
    vendor, heard = Vendor(), list[tuple[Raw, ...]]()
    sending = Sending(vendor.begin)
    sending.send([ONE, TWO], heard.append)
    over = await finishing(sending)
    second, first = Reply(202), NotFound("404")
    vendor.told["/2"](second)
    assert not heard
    vendor.told["/1"](first)
    await over
    assert heard == [(first, second)]


async def test_what_is_sent_upon_a_reply_is_waited_for_as_well() -> None:
    vendor, heard = Vendor(), list[tuple[Raw, ...]]()
    sending = Sending(vendor.begin)
    sending.send([ONE], lambda _: sending.send([TWO], heard.append))
    over = await finishing(sending)
    vendor.told["/1"](Reply(200))
    await asyncio.sleep(0)
    assert not over.done()
    vendor.told["/2"](Reply(200))
    await over
    assert len(heard) == 1


async def test_a_reply_is_heard_in_the_context_of_ones_own_request() -> None:
    """Whoever shares a call would else go on with another request's deadline, and in its log."""
    vendor, heard = Vendor(), list[str]()

    async def fetch(name: str) -> None:
        request_of.set(name)
        sending = Sending(vendor.begin)
        sending.send([ONE], lambda _: heard.append(request_of.get()))
        await sending.finish()

    task = asyncio.create_task(fetch("own"))
    await asyncio.sleep(0)
    request_of.set("another's")
    vendor.told["/1"](Reply(200))
    await task
    assert heard == ["own"]


async def test_who_is_cancelled_leaves_every_call_and_waits_for_its_end() -> None:
    ended = asyncio.Event()

    async def hang() -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    sending = Sending(lambda call, told: Errand(hang(), told))
    sending.send([ONE, TWO], lambda _: pytest.fail("nobody waits any more"))
    over = await finishing(sending)
    over.cancel()
    with pytest.raises(asyncio.CancelledError):
        await over
    assert ended.is_set()


async def test_a_call_that_cannot_be_begun_leaves_none_beside_it() -> None:
    vendor = Vendor()

    def begin(call: Call, told: Told) -> Begun:
        if call is TWO:
            raise ValueError
        return vendor.begin(call, told)

    sending = Sending(begin)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever beginning raises
        sending.send([ONE, TWO], lambda _: pytest.fail("it was never whole"))
    assert vendor.left == ["/1"]
    await sending.finish()


async def test_what_a_hearer_raises_ends_the_fetch_and_not_the_vendor() -> None:
    vendor = Vendor()
    sending = Sending(vendor.begin)

    def hear(_: tuple[Raw, ...]) -> None:
        raise RuntimeError("a fault of ours")

    sending.send([ONE], hear)
    sending.send([TWO], lambda _: pytest.fail("the fetch is over"))
    over = await finishing(sending)
    vendor.told["/1"](Reply(200))  # raises nothing: others may wait for the same call
    with pytest.raises(RuntimeError):
        await over
    assert vendor.left == ["/2"]
