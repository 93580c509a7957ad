"""Throttle: first come, first served, within the vendor's budget and the request's deadline."""

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
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


class CallQueue:
    """Calls that enter and stay until they are let out."""

    def __init__(self, throttle: Throttle, due: float) -> None:
        self.throttle = throttle
        self.due = due
        self.entered: list[str] = []

    def join(self, name: str, cost: int = 1) -> asyncio.Task[None]:
        return asyncio.create_task(self._enter(name, cost))

    async def _enter(self, name: str, cost: int) -> None:
        await self.throttle.acquire(cost, CallDeadline(self.due))
        self.entered.append(name)


async def test_no_more_enter_than_there_are_seats_and_in_the_order_they_came(
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


@pytest.mark.parametrize("leaver", [1, 2], ids=["head of the queue", "behind it"])
async def test_a_cancelled_waiter_frees_its_place(clock: FakeClock, leaver: int) -> None:
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

    # Nor did it leave anything of its cost behind.
    await queue.throttle.acquire(1, CallDeadline(clock() + 30))


async def test_who_is_cancelled_in_the_turn_of_being_let_in_frees_the_seat(
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


async def test_who_is_cancelled_in_the_turn_of_being_told_to_wait_makes_way(
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


async def test_all_behind_a_dead_head_of_the_queue_enter(clock: FakeClock) -> None:
    queue = CallQueue(make(QuotaBudget(max_concurrency=2), clock), clock() + 30)
    tasks = [queue.join(name) for name in "abcdef"]
    await run_pending_tasks()
    for gone in tasks[2:4]:
        gone.cancel()
    queue.throttle.release(1, None)
    queue.throttle.release(1, None)
    await run_pending_tasks()
    assert queue.entered == ["a", "b", "e", "f"]


async def test_a_dear_call_is_not_passed_by_cheap_ones(clock: FakeClock) -> None:
    queue = CallQueue(make(CreditBudget(max_credits=4), clock), clock() + 60)
    await queue.throttle.acquire(3, CallDeadline(clock() + 60))
    queue.throttle.release(3, None)
    await asyncio.gather(queue.join("write", 3), queue.join("read", 1))
    assert queue.entered == ["write", "read"]


async def test_a_throttled_reply_holds_everybody_and_a_little_longer(clock: FakeClock) -> None:
    throttle = Throttle(CreditBudget(), clock=clock, sleep=clock.sleep, random=lambda: 1.0)
    throttle.pause(3.0)
    began = clock()
    await throttle.acquire(1, CallDeadline(clock() + 30))
    assert clock() - began == pytest.approx(3.3)

    await throttle.acquire(1, CallDeadline(clock() + 30))
    assert clock() - began == pytest.approx(3.3)


async def test_no_vendor_closes_itself_for_longer_than_some_minutes(clock: FakeClock) -> None:
    """A proxy in front of it may answer with any Retry-After."""
    throttle = make(CreditBudget(), clock)
    throttle.pause(1e9)
    began = clock()
    await throttle.acquire(1, CallDeadline(clock() + 1e10))
    assert clock() - began <= 1.1 * MAX_PAUSE


async def test_a_shorter_hold_does_not_cut_a_longer_one(clock: FakeClock) -> None:
    throttle = make(CreditBudget(), clock)
    throttle.pause(3.0)
    throttle.pause(1.0)
    with pytest.raises(RateLimited) as refused:
        await throttle.acquire(1, CallDeadline(clock() + 2))
    assert refused.value.retry_after == pytest.approx(3.0)


async def test_a_wait_past_the_deadline_is_refused_at_once(clock: FakeClock) -> None:
    """Also for those whose wait lies in the calls before them."""
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


async def test_the_queue_ahead_counts_in_the_wait(clock: FakeClock) -> None:
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    throttle = Throttle(CreditBudget(max_credits=10), clock=clock, sleep=sleep, random=lambda: 0.0)
    for _ in range(10):
        await throttle.acquire(1, CallDeadline(clock() + 30))
        throttle.release(1, None)
    waiting = [
        asyncio.create_task(throttle.acquire(1, CallDeadline(clock() + 30))) for _ in range(20)
    ]
    await asleep.wait()

    with pytest.raises(RateLimited) as refused:
        await throttle.acquire(1, CallDeadline(clock() + 8))
    assert refused.value.retry_after == pytest.approx(15.0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_gets_no_seat_before_the_deadline_is_told_to_come_back(clock: FakeClock) -> None:
    throttle = make(QuotaBudget(max_concurrency=1), clock)
    await throttle.acquire(1, CallDeadline(clock() + 30))
    with pytest.raises(RateLimited):
        await throttle.acquire(1, CallDeadline(clock() + 0.05))

    throttle.release(1, None)
    await throttle.acquire(1, CallDeadline(clock() + 30))
