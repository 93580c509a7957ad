"""An end to what takes too long."""

import asyncio
from types import TracebackType
from typing import Self


class Until:
    """What runs in it is cancelled at `due`, which then raises TimeoutError.

    `asyncio.timeout_at`, at a third of its cost, for what it is not asked here: to be moved.
    """

    __slots__ = ("_cancelling", "_due", "_handle", "_rang", "_task")

    _task: asyncio.Task[object]
    _handle: asyncio.TimerHandle

    def __init__(self, due: float) -> None:
        self._due = due
        self._rang = False

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._handle = loop.call_at(self._due, self._ring)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._handle.cancel()
        # Cancelled by somebody else as well: then that is what it is.
        alone = self._rang and self._task.uncancel() <= self._cancelling
        if alone and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _ring(self) -> None:
        self._rang = True
        self._task.cancel()
