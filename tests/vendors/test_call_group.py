"""Groups of concurrent calls: delivery of outcomes, context, cancellation."""

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
    """Replies when the test calls back, in the context of the test."""

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


async def test_outcomes_of_a_group_are_delivered_together_in_order() -> None:
    vendor, outcomes = ManualUpstream(), list[tuple[RawOutcome, ...]]()
    sender = CallGroupSender(vendor.start)
    sender.send([ONE, TWO], outcomes.append)
    finishing = await start_finishing(sender)
    second, first = Reply(202), NotFound("404")
    vendor.callbacks["/2"](second)
    assert not outcomes
    vendor.callbacks["/1"](first)
    await finishing
    assert outcomes == [(first, second)]


async def test_calls_sent_by_a_callback_are_awaited() -> None:
    vendor, outcomes = ManualUpstream(), list[tuple[RawOutcome, ...]]()
    sender = CallGroupSender(vendor.start)
    sender.send([ONE], lambda _: sender.send([TWO], outcomes.append))
    finishing = await start_finishing(sender)
    vendor.callbacks["/1"](Reply(200))
    await asyncio.sleep(0)
    assert not finishing.done()
    vendor.callbacks["/2"](Reply(200))
    await finishing
    assert len(outcomes) == 1


async def test_a_callback_runs_in_the_context_of_its_own_fetch() -> None:
    """A shared call must not leak another request's deadline and log fields."""
    vendor, outcomes = ManualUpstream(), list[str]()

    async def fetch(name: str) -> None:
        request_of.set(name)
        sender = CallGroupSender(vendor.start)
        sender.send([ONE], lambda _: outcomes.append(request_of.get()))
        await sender.finish()

    task = asyncio.create_task(fetch("own"))
    await asyncio.sleep(0)
    request_of.set("another's")
    vendor.callbacks["/1"](Reply(200))
    await task
    assert outcomes == ["own"]


async def test_cancellation_cancels_every_call_and_waits_for_its_end() -> None:
    ended = asyncio.Event()

    async def hang() -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    sender = CallGroupSender(lambda call, on_reply: TaskCall(hang(), on_reply))
    sender.send([ONE, TWO], lambda _: pytest.fail("the fetch was cancelled"))
    finishing = await start_finishing(sender)
    finishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finishing
    assert ended.is_set()


async def test_a_call_that_cannot_start_cancels_its_group() -> None:
    vendor = ManualUpstream()

    def begin(call: Call, returned: OnReply) -> PendingCall:
        if call is TWO:
            raise ValueError
        return vendor.start(call, returned)

    sender = CallGroupSender(begin)
    with pytest.raises(ValueError):  # noqa: PT011 - the exception of `start`
        sender.send([ONE, TWO], lambda _: pytest.fail("the group did not start"))
    assert vendor.cancelled == ["/1"]
    await sender.finish()


async def test_an_exception_of_a_callback_ends_its_own_fetch_only() -> None:
    vendor = ManualUpstream()
    sender = CallGroupSender(vendor.start)

    def fail(_: tuple[RawOutcome, ...]) -> None:
        raise RuntimeError("bug")

    sender.send([ONE], fail)
    sender.send([TWO], lambda _: pytest.fail("the fetch is finishing"))
    finishing = await start_finishing(sender)
    vendor.callbacks["/1"](Reply(200))  # must not raise: others may wait for the same call
    with pytest.raises(RuntimeError):
        await finishing
    assert vendor.cancelled == ["/2"]
