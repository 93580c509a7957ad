"""Calls under way for one fetch: who hears of them, where, and what is left when nobody does."""

import asyncio
from contextvars import ContextVar

import pytest

from lms_gateway.domain.errors import NotFound
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import OnReply, PendingCall, TaskCall
from lms_gateway.vendors.shared.call_group import CallGroupSender, RawOutcome

ONE, TWO = Call("/1", "/:id"), Call("/2", "/:id")
request_of: ContextVar[str] = ContextVar("request_of")


class ManualUpstream:
    """Replies when the test says so, in the test's own context."""

    def __init__(self) -> None:
        self.callbacks: dict[str, OnReply] = {}
        self.cancelled: list[str] = []

    def start(self, call: Call, on_reply: OnReply) -> PendingCall:
        self.callbacks[call.path] = on_reply
        upstream = self

        class Waits:
            def cancel(self) -> None:
                upstream.cancelled.append(call.path)

        return Waits()


async def start_finishing(sender: CallGroupSender) -> asyncio.Task[None]:
    task = asyncio.create_task(sender.finish())
    await asyncio.sleep(0)
    return task


async def test_several_calls_are_heard_of_together_and_in_their_order() -> None:
    vendor, heard = ManualUpstream(), list[tuple[RawOutcome, ...]]()
    sending = CallGroupSender(vendor.start)
    sending.send([ONE, TWO], heard.append)
    over = await start_finishing(sending)
    second, first = Reply(202), NotFound("404")
    vendor.callbacks["/2"](second)
    assert not heard
    vendor.callbacks["/1"](first)
    await over
    assert heard == [(first, second)]


async def test_what_is_sent_upon_a_reply_is_waited_for_as_well() -> None:
    vendor, heard = ManualUpstream(), list[tuple[RawOutcome, ...]]()
    sending = CallGroupSender(vendor.start)
    sending.send([ONE], lambda _: sending.send([TWO], heard.append))
    over = await start_finishing(sending)
    vendor.callbacks["/1"](Reply(200))
    await asyncio.sleep(0)
    assert not over.done()
    vendor.callbacks["/2"](Reply(200))
    await over
    assert len(heard) == 1


async def test_a_reply_is_heard_in_the_context_of_ones_own_request() -> None:
    """Whoever shares a call would else go on with another request's deadline, and in its log."""
    vendor, heard = ManualUpstream(), list[str]()

    async def fetch(name: str) -> None:
        request_of.set(name)
        sending = CallGroupSender(vendor.start)
        sending.send([ONE], lambda _: heard.append(request_of.get()))
        await sending.finish()

    task = asyncio.create_task(fetch("own"))
    await asyncio.sleep(0)
    request_of.set("another's")
    vendor.callbacks["/1"](Reply(200))
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

    sending = CallGroupSender(lambda call, told: TaskCall(hang(), told))
    sending.send([ONE, TWO], lambda _: pytest.fail("nobody waits any more"))
    over = await start_finishing(sending)
    over.cancel()
    with pytest.raises(asyncio.CancelledError):
        await over
    assert ended.is_set()


async def test_a_call_that_cannot_be_begun_leaves_none_beside_it() -> None:
    vendor = ManualUpstream()

    def begin(call: Call, returned: OnReply) -> PendingCall:
        if call is TWO:
            raise ValueError
        return vendor.start(call, returned)

    sending = CallGroupSender(begin)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever beginning raises
        sending.send([ONE, TWO], lambda _: pytest.fail("it was never whole"))
    assert vendor.cancelled == ["/1"]
    await sending.finish()


async def test_what_a_hearer_raises_ends_the_fetch_and_not_the_vendor() -> None:
    vendor = ManualUpstream()
    sending = CallGroupSender(vendor.start)

    def hear(_: tuple[RawOutcome, ...]) -> None:
        raise RuntimeError("a fault of ours")

    sending.send([ONE], hear)
    sending.send([TWO], lambda _: pytest.fail("the fetch is over"))
    over = await start_finishing(sending)
    vendor.callbacks["/1"](Reply(200))  # raises nothing: others may wait for the same call
    with pytest.raises(RuntimeError):
        await over
    assert vendor.cancelled == ["/2"]
