"""Calls under way, as those see them who wait without a task of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from lms_gateway.domain.errors import UpstreamUnavailable
from lms_gateway.upstream.messages import Call, Reply

OnReply = Callable[[Reply | BaseException], None]
"""Hears once what became of a call: the reply, or what sending it raised. It raises nothing.

The event loop calls it, later than the call was begun and in anybody's context.
"""


class PendingCall(Protocol):
    """A call under way."""

    def cancel(self) -> "asyncio.Future[Any] | None":
        """Wait no more: nothing is told from now on. Returns what has still to clean up, if any."""
        ...


StartCall = Callable[[Call, OnReply], PendingCall]
"""Sends a call; `upstream.stack.Upstream.begin` is one."""


class TaskCall:
    """A call that is nobody else's, in a task of its own."""

    __slots__ = ("_on_reply", "_task")

    def __init__(self, coroutine: Coroutine[Any, Any, Reply], on_reply: OnReply) -> None:
        self._on_reply: OnReply | None = on_reply
        self._task = asyncio.get_running_loop().create_task(coroutine)
        self._task.add_done_callback(self._on_done)

    def cancel(self) -> "asyncio.Future[Any] | None":
        """See Begun."""
        self._on_reply = None
        return self._task if self._task.cancel() else None

    def _on_done(self, task: "asyncio.Task[Reply]") -> None:
        on_reply, self._on_reply = self._on_reply, None
        if task.cancelled():
            outcome: Reply | BaseException = UpstreamUnavailable("the call was ended")
        else:
            outcome = task.exception() or task.result()
        if on_reply is not None:
            on_reply(outcome)
