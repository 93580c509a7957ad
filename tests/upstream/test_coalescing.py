"""Coalescing: equal concurrent reads share one call, and waiters are independent."""

import asyncio
import gc
import traceback
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import (
    LmsError,
    NotFound,
    RateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.telemetry import exposition
from lms_gateway.upstream.client import UpstreamClient, loop_time
from lms_gateway.upstream.errors import DeadlineExceeded
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors.canvas.api.credentials import BearerSigner
from lms_gateway.vendors.canvas.api.policy import CanvasPolicy, QuotaBudget
from tests.upstream.vendor import reply, socket_vendor

READ = Call("/sections/1", "/sections/:id", (("include[]", "term"),))
WRITE = Call("/sections/1", "/sections/:id", method="PUT", json={}, safe=False)


Connect = Callable[..., UpstreamClient]


@dataclass
class ScriptedTransport:
    """Transport whose calls wait until the test sets their reply."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    answers: list[asyncio.Future[Reply]] = field(default_factory=list)
    cancelled_count: int = 0

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - see Transport
    ) -> Reply:
        self.calls.append((method, url.removeprefix("https://maple.example")))
        self.answers.append(asyncio.get_running_loop().create_future())
        try:
            return await self.answers[-1]
        except asyncio.CancelledError:
            self.cancelled_count += 1
            raise

    async def aclose(self) -> None:
        """Close nothing."""

    def answer(self, index: int = 0, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        """Set the reply of the call with that index."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[index].set_result(Reply(status, named, body))


@dataclass
class CallCounts:
    outcomes: list[str] = field(default_factory=list)
    shared_count: int = 0

    def record_call(self, *, outcome: str, **labels: object) -> None:
        self.outcomes.append(outcome)

    def record_shared_call(self, *, tenant: str, vendor: str) -> None:
        assert (tenant, vendor) == ("maple", "canvas")
        self.shared_count += 1


@pytest.fixture
async def vendor() -> ScriptedTransport:
    return ScriptedTransport()


@pytest.fixture
def counts() -> CallCounts:
    return CallCounts()


@pytest.fixture
def connect(vendor: ScriptedTransport, counts: CallCounts) -> Connect:
    def build(**changes: Any) -> UpstreamClient:
        options: dict[str, Any] = {
            "tenant": "maple",
            "base_url": "https://maple.example",
            "transport": vendor,
            "policy": CanvasPolicy(BearerSigner("tok")),
            "record_call": counts.record_call,
            "record_shared_call": counts.record_shared_call,
        }
        return UpstreamClient(**(options | changes))

    return build


@pytest.fixture
async def upstream(connect: Connect) -> AsyncIterator[UpstreamClient]:
    upstream = connect()
    yield upstream
    await upstream.aclose()


async def run_pending_tasks() -> None:
    """Run every task until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def start(upstream: UpstreamClient, call: Call = READ, timeout: float | None = None) -> asyncio.Task[Reply]:
    """Send a call in a task, with a deadline in `timeout` seconds."""
    token = request_deadline.set(None if timeout is None else loop_time() + timeout)
    task = asyncio.create_task(upstream.send(call))
    request_deadline.reset(token)
    return task


async def start_and_run(
    upstream: UpstreamClient, call: Call = READ, deadline_timeout: float | None = None
) -> asyncio.Task[Reply]:
    """Send a call in a task, and run it until it waits."""
    task = start(upstream, call, deadline_timeout)
    await run_pending_tasks()
    return task


async def test_equal_concurrent_reads_share_one_call(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(50)]
    vendor.answer(body=b'{"id":"1"}')
    replies = await asyncio.gather(*tasks)
    assert [answer.body for answer in replies] == [b'{"id":"1"}'] * 50
    assert vendor.calls == [("GET", "/sections/1?include%5B%5D=term")]
    assert (counts.outcomes, counts.shared_count) == (["ok"], 49)


async def test_reads_of_the_same_tick_share_one_call_over_a_socket(
    transport: Transport, counts: CallCounts
) -> None:
    async with socket_vendor(reply(body=b'{"id":"1"}')) as vendor:
        upstream = UpstreamClient(
            tenant="maple",
            base_url=vendor.url,
            transport=transport,
            policy=CanvasPolicy(BearerSigner("tok")),
            record_call=counts.record_call,
            record_shared_call=counts.record_shared_call,
        )
        replies = await asyncio.gather(*(upstream.send(READ) for _ in range(20)))
    assert {answer.body for answer in replies} == {b'{"id":"1"}'}
    assert (len(vendor.requests), counts.outcomes, counts.shared_count) == (1, ["ok"], 19)


async def test_a_reply_is_not_cached(upstream: UpstreamClient, vendor: ScriptedTransport) -> None:
    first = await start_and_run(upstream)
    vendor.answer(0, body=b"1")
    assert (await first).body == b"1"
    second = await start_and_run(upstream)
    vendor.answer(1, body=b"2")
    assert (await second).body == b"2"


async def test_a_read_between_reply_and_callback_is_answered(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    first = await start_and_run(upstream)
    vendor.answer(0)
    late = [asyncio.create_task(upstream.send(READ)) for _ in range(3)]
    await first
    await run_pending_tasks()
    for at in range(1, len(vendor.answers)):
        vendor.answer(at)
    assert [(await answer).status for answer in late] == [200] * 3


@pytest.mark.parametrize(
    "other",
    [
        Call("/sections/2", READ.endpoint, READ.params),
        Call(READ.path, READ.endpoint),
        Call(READ.path, READ.endpoint, (("include[]", "sis"),)),
        Call(READ.path, READ.endpoint, (*READ.params, *READ.params)),
        Call(READ.path, READ.endpoint, READ.params, method="HEAD"),
    ],
    ids=["path", "no parameters", "a parameter", "a parameter more", "method"],
)
async def test_different_reads_are_separate_calls(
    upstream: UpstreamClient, vendor: ScriptedTransport, other: Call, counts: CallCounts
) -> None:
    tasks = [await start_and_run(upstream, READ), await start_and_run(upstream, other)]
    assert (len(vendor.calls), counts.shared_count) == (2, 0)
    vendor.answer(0, body=b"1")
    vendor.answer(1, body=b"2")
    assert [(await task).body for task in tasks] == [b"1", b"2"]


@pytest.mark.parametrize(
    "call",
    [
        WRITE,
        Call("/sections", "/sections", method="POST", json={}, safe=False),
        Call("/sections/1", "/sections/:id", method="DELETE", safe=False),
        # Canvas creates the test student if there is none.
        Call("/courses/1/student_view_student", "/x", method="GET", safe=False),
        Call("/multiget", "/multiget", method="POST", json={"request": []}),
    ],
    ids=["put", "post", "delete", "a get that makes something", "multiget"],
)
async def test_other_calls_than_plain_reads_are_not_shared(
    upstream: UpstreamClient, vendor: ScriptedTransport, call: Call, counts: CallCounts
) -> None:
    tasks = [await start_and_run(upstream, call) for _ in range(2)]
    assert (len(vendor.calls), counts.shared_count) == (2, 0)
    vendor.answer(0, body=b"{}")
    vendor.answer(1, body=b"{}")
    await asyncio.gather(*tasks)


async def test_shared_calls_are_counted_in_prometheus(vendor: ScriptedTransport) -> None:
    upstream = UpstreamClient(
        tenant="hemlock",
        base_url="https://maple.example",
        transport=vendor,
        policy=CanvasPolicy(BearerSigner("tok")),
    )
    tasks = [await start_and_run(upstream) for _ in range(4)]
    vendor.answer()
    await asyncio.gather(*tasks)
    text, _ = exposition()
    series = b'lms_gateway_vendor_calls_shared_total{tenant="hemlock",vendor="canvas"} 3.0'
    assert series in text


async def test_two_credentials_share_no_calls(connect: Connect, vendor: ScriptedTransport) -> None:
    one, other = connect(), connect(policy=CanvasPolicy(BearerSigner("another")))
    tasks = [await start_and_run(one), await start_and_run(other)]
    assert len(vendor.calls) == 2
    vendor.answer(0, body=b"1")
    vendor.answer(1, body=b"2")
    assert [(await task).body for task in tasks] == [b"1", b"2"]


@pytest.mark.parametrize("leaver", [0, 1, 2], ids=["first", "second", "last"])
async def test_a_cancelled_waiter_does_not_affect_the_others(
    upstream: UpstreamClient, vendor: ScriptedTransport, leaver: int, counts: CallCounts
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(3)]
    leaving = tasks.pop(leaver)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await run_pending_tasks()
    vendor.answer()
    assert [(await task).status for task in tasks] == [200, 200]
    assert (len(vendor.calls), vendor.cancelled_count, counts.outcomes) == (1, 0, ["ok"])


async def test_a_call_without_waiters_is_cancelled(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(3)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await run_pending_tasks()
    assert (vendor.cancelled_count, counts.outcomes) == (1, ["CANCELLED"])

    again = await start_and_run(upstream)
    vendor.answer(1)
    assert (await again).status == 200


async def test_a_read_during_a_cancellation_starts_a_new_call(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    alone = await start_and_run(upstream)
    alone.cancel()
    with suppress(asyncio.CancelledError):
        await alone
    again = asyncio.create_task(upstream.send(READ))  # in the tick of the cancellation
    await run_pending_tasks()
    assert (len(vendor.calls), vendor.cancelled_count) == (2, 1)
    vendor.answer(1)
    assert (await again).status == 200


async def test_a_waiter_that_is_cancelled_with_the_reply_does_not_affect_the_others(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(2)]
    vendor.answer()
    tasks[0].cancel()
    assert (await tasks[1]).status == 200
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]


async def test_a_short_deadline_ends_only_its_own_waiter(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    """Also if that waiter started the call."""
    short, long = (start(upstream, timeout=seconds) for seconds in (0.1, 30.0))
    await run_pending_tasks()
    with pytest.raises(UpstreamTimeout):
        await short
    assert not long.done()
    vendor.answer()
    assert (await long).status == 200
    assert (len(vendor.calls), counts.outcomes) == (1, ["ok"])


async def test_a_later_waiter_with_a_short_deadline_times_out_alone(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    long, short = (start(upstream, timeout=seconds) for seconds in (30.0, 0.1))
    await run_pending_tasks()
    with pytest.raises(UpstreamTimeout):
        await short
    vendor.answer()
    assert (await long).status == 200
    assert (len(vendor.calls), counts.outcomes) == (1, ["ok"])


async def test_each_waiter_times_out_at_its_own_deadline(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    tasks = [start(upstream, timeout=seconds) for seconds in (0.1, 0.2, 0.15)]
    for at in (0, 2, 1):
        with pytest.raises(UpstreamTimeout):
            await tasks[at]
    await run_pending_tasks()
    assert (len(vendor.calls), vendor.cancelled_count) == (1, 1)
    assert counts.outcomes == ["UPSTREAM_TIMEOUT"]


async def test_waiters_time_out_after_the_one_with_the_latest_deadline_has_left(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    short, long = (start(upstream, timeout=seconds) for seconds in (0.1, 30.0))
    await run_pending_tasks()
    long.cancel()
    with pytest.raises(UpstreamTimeout):
        await short
    await run_pending_tasks()
    assert vendor.cancelled_count == 1


async def test_an_expired_deadline_fails_at_once(upstream: UpstreamClient, vendor: ScriptedTransport) -> None:
    with pytest.raises(DeadlineExceeded):
        await (await start_and_run(upstream, deadline_timeout=-1.0))
    assert vendor.calls == []


async def test_waiters_of_a_throttled_call_keep_their_own_deadlines(
    connect: Connect, vendor: ScriptedTransport
) -> None:
    """The call was queued for the waiter with the short deadline; the other gets the reply."""
    upstream = connect(policy=CanvasPolicy(BearerSigner("tok"), QuotaBudget(max_concurrency=1)))
    other = await start_and_run(upstream, Call("/users/1", "/users/:id"))
    short, long = (start(upstream, timeout=seconds) for seconds in (0.1, 30.0))
    await run_pending_tasks()
    with pytest.raises(UpstreamTimeout):
        await short
    vendor.answer(0)
    await other
    await run_pending_tasks()
    vendor.answer(1)
    assert (await long).status == 200


async def test_a_read_that_times_out_in_the_throttle_is_rate_limited(
    connect: Connect, vendor: ScriptedTransport
) -> None:
    upstream = connect(policy=CanvasPolicy(BearerSigner("tok"), QuotaBudget(max_concurrency=1)))
    other = await start_and_run(upstream, Call("/users/1", "/users/:id"))
    with pytest.raises(RateLimited):
        await (await start_and_run(upstream, deadline_timeout=0.05))
    vendor.answer(0)
    await other


async def test_a_pause_beyond_every_deadline_fails_at_once(
    connect: Connect, vendor: ScriptedTransport
) -> None:
    upstream = connect()
    tasks = [await start_and_run(upstream, deadline_timeout=seconds) for seconds in (5.0, 10.0)]
    vendor.answer(0, 429, retry_after="60")
    for task in tasks:
        with pytest.raises(RateLimited) as refused:
            await task
        assert refused.value.retry_after == 60.0


async def test_a_retry_completes_all_waiters(
    connect: Connect, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    upstream = connect(sleep=sleep)
    tasks = [await start_and_run(upstream) for _ in range(3)]
    vendor.answer(0, 503)
    await run_pending_tasks()
    tasks.append(await start_and_run(upstream))
    vendor.answer(1)
    assert [(await task).status for task in tasks] == [200] * 4
    assert (len(vendor.calls), counts.outcomes) == (2, ["UPSTREAM_UNAVAILABLE", "ok"])


async def test_a_read_after_the_start_of_a_write_shares_no_earlier_call(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    before = await start_and_run(upstream)
    write = await start_and_run(upstream, WRITE)
    during = await start_and_run(upstream)
    assert [method for method, _ in vendor.calls] == ["GET", "PUT", "GET"]
    vendor.answer(1)
    await write
    vendor.answer(0, body=b"before")
    vendor.answer(2, body=b"during")
    assert ((await before).body, (await during).body) == (b"before", b"during")


@pytest.mark.parametrize("status", [200, 400], ids=["done", "refused"])
async def test_a_read_after_a_write_shares_no_call_from_before_its_end(
    upstream: UpstreamClient, vendor: ScriptedTransport, status: int
) -> None:
    write = await start_and_run(upstream, WRITE)
    during = [await start_and_run(upstream), await start_and_run(upstream)]
    assert len(vendor.calls) == 2
    vendor.answer(0, status)
    await asyncio.gather(write, return_exceptions=True)
    after = await start_and_run(upstream)
    assert len(vendor.calls) == 3
    vendor.answer(1, body=b"old")
    assert [(await task).body for task in during] == [b"old"] * 2

    also = await start_and_run(upstream)  # the older call has ended, the newer one can be shared
    assert len(vendor.calls) == 3
    vendor.answer(2, body=b"new")
    assert [(await task).body for task in (after, also)] == [b"new"] * 2


async def test_a_cancelled_write_ends_sharing_as_well(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    write = await start_and_run(upstream, WRITE)
    during = await start_and_run(upstream)
    write.cancel()
    with suppress(asyncio.CancelledError):
        await write
    after = await start_and_run(upstream)
    assert len(vendor.calls) == 3
    vendor.answer(1)
    vendor.answer(2)
    await asyncio.gather(during, after)


async def errors_of(tasks: list[asyncio.Task[Reply]]) -> list[LmsError]:
    """Return the error of each task."""
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    return [outcome for outcome in outcomes if isinstance(outcome, LmsError)]


async def test_each_waiter_gets_its_own_error(
    upstream: UpstreamClient, vendor: ScriptedTransport, counts: CallCounts
) -> None:
    """Each receiver sets the tenant of its error."""
    tasks = [await start_and_run(upstream) for _ in range(4)]
    vendor.answer(0, 404)
    errors = await errors_of(tasks)
    assert {type(error) for error in errors} == {NotFound}
    assert len({id(error) for error in errors}) == 4
    assert len({error.message for error in errors}) == 1
    errors[0].tenant = "maple"
    assert [error.tenant for error in errors[1:]] == [None] * 3
    assert counts.outcomes == ["NOT_FOUND"]


async def test_copied_errors_keep_their_attributes(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    tasks = [await start_and_run(upstream, deadline_timeout=5.0) for _ in range(3)]
    vendor.answer(0, 429, retry_after="7")
    errors = await errors_of(tasks)
    assert [(type(error), getattr(error, "retry_after", None)) for error in errors] == [
        (RateLimited, 7.0)
    ] * 3
    assert len({str(error) for error in errors}) == 1


async def test_tracebacks_do_not_grow_with_the_number_of_waiters(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(20)]
    vendor.answer(0, 404)
    errors = await errors_of(tasks)
    depths = [len(traceback.extract_tb(error.__traceback__)) for error in errors]
    assert len(set(depths[1:])) == 1
    assert max(depths) < 12


async def test_an_error_creates_no_reference_cycle(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    """A tenth of the objects of a query may fail; collecting cycles would slow down all others."""
    gc.disable()
    try:
        tasks, errors = [await start_and_run(upstream) for _ in range(3)], []
        vendor.answer(0, 404)
        for task in tasks:
            try:
                await task
            except NotFound as error:
                errors.append(weakref.ref(error))
        del tasks, task
        await run_pending_tasks()
        left = [error() for error in errors]
    finally:
        gc.enable()
    assert left == [None] * 3


async def test_an_unexpected_error_reaches_all_waiters(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(2)]
    vendor.answers[0].set_exception(ZeroDivisionError("unexpected"))
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [ZeroDivisionError] * 2


async def test_an_error_without_waiters_is_not_logged(
    upstream: UpstreamClient, vendor: ScriptedTransport, caplog: pytest.LogCaptureFixture
) -> None:
    task = await start_and_run(upstream)
    vendor.answers[0].set_exception(NotFound("gone"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run_pending_tasks()
    gc.collect()
    assert caplog.records == []


async def test_closing_cancels_calls_and_fails_their_waiters(
    upstream: UpstreamClient, vendor: ScriptedTransport
) -> None:
    tasks = [await start_and_run(upstream) for _ in range(2)]
    tasks.append(asyncio.create_task(upstream.send(Call("/users/1", "/users/:id"))))
    await asyncio.sleep(0)  # the last one has not started
    await upstream.aclose()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(error) for error in errors} == {UpstreamUnavailable}
    assert vendor.cancelled_count == 1
