"""Blocks with a deadline."""

import asyncio

import pytest

from lms_gateway.web.fast_path.timeout import Timeout


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_block_that_takes_too_long_is_cancelled_with_a_timeout_error() -> None:
    with pytest.raises(TimeoutError), Timeout(now() + 0.01):
        await asyncio.Event().wait()

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_ends_in_time_is_not_cancelled() -> None:
    with Timeout(now() + 0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_another_error_is_not_changed() -> None:
    with pytest.raises(KeyError), Timeout(now() + 1):
        raise KeyError


async def test_cancellation_from_outside_is_not_a_timeout() -> None:
    async def work() -> None:
        with Timeout(now() + 0.01):
            try:
                await asyncio.Event().wait()
            finally:
                task.cancel()

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
