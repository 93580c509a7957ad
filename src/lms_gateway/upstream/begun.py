"""Calls under way, as those see them who wait without a task of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from lms_gateway.domain.errors import UpstreamUnavailable
from lms_gateway.upstream.call import Call, Reply

Told = Callable[[Reply | BaseException], None]
"""Hears once what became of a call: the reply, or what sending it raised. It raises nothing.

The event loop calls it, later than the call was begun and in anybody's context.
"""


class Begun(Protocol):
    """A call under way."""

    def leave(self) -> "asyncio.Future[Any] | None":
        """Wait no more: nothing is told from now on. Returns what has still to clean up, if any."""
        ...


Begin = Callable[[Call, Told], Begun]
"""Sends a call; `upstream.stack.Upstream.begin` is one."""


class Errand:
    """A call that is nobody else's, in a task of its own."""

    __slots__ = ("_task", "_told")

    def __init__(self, work: Coroutine[Any, Any, Reply], told: Told) -> None:
        self._told: Told | None = told
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._tell)

    def leave(self) -> "asyncio.Future[Any] | None":
        """See Begun."""
        self._told = None
        return self._task if self._task.cancel() else None

    def _tell(self, task: "asyncio.Task[Reply]") -> None:
        told, self._told = self._told, None
        if task.cancelled():
            outcome: Reply | BaseException = UpstreamUnavailable("the call was ended")
        else:
            outcome = task.exception() or task.result()
        if told is not None:
            told(outcome)
