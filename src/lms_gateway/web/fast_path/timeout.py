"""Cancellation of a block at a deadline; see README.md."""

import asyncio
from types import TracebackType
from typing import Self


class Timeout:
    """Cancels the block at `due`, by the loop's clock; the block then raises TimeoutError.

    Equivalent to `asyncio.timeout_at` at about half of its cost, without rescheduling.
    """

    __slots__ = ("_cancelling", "_due", "_expired", "_handle", "_task")

    _task: asyncio.Task[object]
    _handle: asyncio.TimerHandle

    def __init__(self, due: float) -> None:
        self._due = due
        self._expired = False

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._handle = loop.call_at(self._due, self._expire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._handle.cancel()
        # If the task was also cancelled from outside, the CancelledError stays.
        expired = self._expired and self._task.uncancel() <= self._cancelling
        if expired and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
