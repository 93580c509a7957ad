"""An end to what takes too long."""

import asyncio

import pytest

from lms_gateway.web.fast_path.timeout import Timeout


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_what_takes_too_long_is_cancelled_and_that_is_a_timeout() -> None:
    with pytest.raises(TimeoutError), Timeout(now() + 0.01):
        await asyncio.Event().wait()

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_done_in_time_is_left_alone() -> None:
    with Timeout(now() + 0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_an_error_of_its_own_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Timeout(now() + 1):
        raise KeyError


async def test_whoever_else_cancels_is_heard() -> None:
    async def work() -> None:
        with Timeout(now() + 0.01):
            try:
                await asyncio.Event().wait()
            finally:
                task.cancel()

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
