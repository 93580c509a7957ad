"""Throttle: order, concurrency, budget, pauses and deadlines."""

import asyncio
from contextlib import suppress

import pytest

from lms_gateway.domain.errors import RateLimited
from lms_gateway.upstream.call_deadline import CallDeadline
from lms_gateway.upstream.throttle import MAX_PAUSE, Throttle
from lms_gateway.upstream.vendor_policy import Budget
from lms_gateway.vendors.canvas.api.policy import QuotaBudget
from lms_gateway.vendors.schoology.api.policy import CreditBudget
from tests.upstream.vendor import FakeClock


def make(budget: Budget, clock: FakeClock) -> Throttle:
    return Throttle(budget, clock=clock, sleep=clock.sleep, random=lambda: 0.0)


async def run_pending_tasks() -> None:
    """Run every task until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


class CallQueue:
    """Starts calls and records the order in which they are admitted."""

    def __init__(self, throttle: Throttle, due: float) -> None:
        self.throttle = throttle
        self.due = due
        self.entered: list[str] = []

    def join(self, name: str, cost: int = 1) -> asyncio.Task[None]:
        return asyncio.create_task(self._enter(name, cost))

    async def _enter(self, name: str, cost: int) -> None:
        await self.throttle.acquire(cost, CallDeadline(self.due))
        self.entered.append(name)


async def test_calls_are_admitted_in_order_up_to_the_maximum_concurrency(
    clock: FakeClock,
) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=2), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abcde"]
    await run_pending_tasks()
    assert queue.entered == ["a", "b"]

    for _ in range(3):
        queue.throttle.release(1, None)
    await run_pending_tasks()
    assert queue.entered == ["a", "b", "c", "d", "e"]
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("leaver", [1, 2], ids=["head of the queue", "after it"])
async def test_a_cancelled_call_leaves_the_queue(clock: FakeClock, leaver: int) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=1), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abcd"]
    await run_pending_tasks()
    tasks[leaver].cancel()
    with suppress(asyncio.CancelledError):
        await tasks[leaver]

    for _ in range(2):
        queue.throttle.release(1, None)
        await run_pending_tasks()
    assert queue.entered == [name for at, name in enumerate("abcd") if at != leaver]
    queue.throttle.release(1, None)

    # Its cost is not counted any more.
    await queue.throttle.acquire(1, CallDeadline(clock() + 30))


async def test_a_call_that_is_cancelled_when_admitted_frees_its_slot(
    clock: FakeClock,
) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=1), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abc"]
    await run_pending_tasks()
    queue.throttle.release(1, None)
    tasks[1].cancel()
    await run_pending_tasks()
    assert queue.entered == ["a", "c"]
    queue.throttle.release(1, None)
    await queue.throttle.acquire(1, CallDeadline(clock() + 30))


async def test_a_call_that_is_cancelled_when_put_to_sleep_lets_the_next_sleep(
    clock: FakeClock,
) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=1), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abc"]
    await run_pending_tasks()
    queue.throttle.pause(3.0)
    queue.throttle.release(1, None)
    tasks[1].cancel()
    await run_pending_tasks()
    assert queue.entered == ["a", "c"]
    assert clock.slept == [pytest.approx(3.0)]


async def test_calls_after_cancelled_ones_are_admitted(clock: FakeClock) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=2), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abcdef"]
    await run_pending_tasks()
    for task in tasks[2:4]:
        task.cancel()
    queue.throttle.release(1, None)
    queue.throttle.release(1, None)
    await run_pending_tasks()
    assert queue.entered == ["a", "b", "e", "f"]


async def test_a_call_with_a_high_cost_is_not_overtaken(clock: FakeClock) -> None:
    queue = CallQueue(make(CreditBudget(max_credits=4), clock), clock() + 60)
    await queue.throttle.acquire(3, CallDeadline(clock() + 60))
    queue.throttle.release(3, None)
    await asyncio.gather(queue.join("write", 3), queue.join("read", 1))
    assert queue.entered == ["write", "read"]


async def test_a_pause_applies_to_all_calls_and_has_jitter(clock: FakeClock) -> None:
    throttle = Throttle(CreditBudget(), clock=clock, sleep=clock.sleep, random=lambda: 1.0)
    throttle.pause(3.0)
    began = clock()
    await throttle.acquire(1, CallDeadline(clock() + 30))
    assert clock() - began == pytest.approx(3.3)

    await throttle.acquire(1, CallDeadline(clock() + 30))
    assert clock() - began == pytest.approx(3.3)


async def test_a_pause_is_limited(clock: FakeClock) -> None:
    """A proxy may reply with any Retry-After."""
    throttle = make(CreditBudget(), clock)
    throttle.pause(1e9)
    began = clock()
    await throttle.acquire(1, CallDeadline(clock() + 1e10))
    assert clock() - began <= 1.1 * MAX_PAUSE


async def test_a_shorter_pause_does_not_shorten_a_longer_one(clock: FakeClock) -> None:
    throttle = make(CreditBudget(), clock)
    throttle.pause(3.0)
    throttle.pause(1.0)
    with pytest.raises(RateLimited) as refused:
        await throttle.acquire(1, CallDeadline(clock() + 2))
    assert refused.value.retry_after == pytest.approx(3.0)


async def test_a_delay_beyond_the_deadline_fails_at_once(clock: FakeClock) -> None:
    """Also if the delay is due to earlier calls."""
    throttle = make(CreditBudget(max_credits=10), clock)
    due = clock() + 4
    for _ in range(10):
        await throttle.acquire(1, CallDeadline(due))
        throttle.release(1, None)

    with pytest.raises(RateLimited) as refused:
        await throttle.acquire(1, CallDeadline(due))
    assert refused.value.retry_after == pytest.approx(5.0)
    assert clock.slept == []

    await throttle.acquire(1, CallDeadline(clock() + 6))
    assert clock.slept == [pytest.approx(5.0)]


async def test_queued_calls_count_in_the_delay(clock: FakeClock) -> None:
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    throttle = Throttle(CreditBudget(max_credits=10), clock=clock, sleep=sleep, random=lambda: 0.0)
    for _ in range(10):
        await throttle.acquire(1, CallDeadline(clock() + 30))
        throttle.release(1, None)
    waiting = [asyncio.create_task(throttle.acquire(1, CallDeadline(clock() + 30))) for _ in range(20)]
    await asleep.wait()

    with pytest.raises(RateLimited) as refused:
        await throttle.acquire(1, CallDeadline(clock() + 8))
    assert refused.value.retry_after == pytest.approx(15.0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_call_without_a_slot_before_the_deadline_is_rate_limited(clock: FakeClock) -> None:
    throttle = make(QuotaBudget(max_concurrency=1), clock)
    await throttle.acquire(1, CallDeadline(clock() + 30))
    with pytest.raises(RateLimited):
        await throttle.acquire(1, CallDeadline(clock() + 0.05))

    throttle.release(1, None)
    await throttle.acquire(1, CallDeadline(clock() + 30))
