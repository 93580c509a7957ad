"""An end to what takes too long."""

import asyncio
from types import TracebackType
from typing import Self


class Timeout:
    """What runs in it is cancelled at `due`, which then raises TimeoutError.

    `asyncio.timeout_at`, at a third of its cost, for what it is not asked here: to be moved.
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
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._handle.cancel()
        # Cancelled by somebody else as well: then that is what it is.
        is_own_cancellation = self._expired and self._task.uncancel() <= self._cancelling
        if is_own_cancellation and error_type is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
