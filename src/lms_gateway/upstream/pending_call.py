"""Calls in flight, for callers that wait with a callback instead of a task."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from lms_gateway.domain.errors import UpstreamUnavailable
from lms_gateway.upstream.messages import Call, Reply

OnReply = Callable[[Reply | BaseException], None]
"""Callback, called once with the reply or the exception. Must not raise.

The event loop calls it after `StartCall` has returned, in the context of any request.
"""


class PendingCall(Protocol):
    """A call in flight."""

    def cancel(self) -> "asyncio.Future[Any] | None":
        """Stop waiting: the callback will not be called.

        Returns the task that must still be awaited for cleanup; None if there is none.
        """


StartCall = Callable[[Call, OnReply], PendingCall]
"""Starts a call, e.g. `UpstreamClient.start`."""


class TaskCall:
    """A call that is not shared and has a task of its own."""

    __slots__ = ("_on_reply", "_task")

    def __init__(self, coroutine: Coroutine[Any, Any, Reply], on_reply: OnReply) -> None:
        self._on_reply: OnReply | None = on_reply
        self._task = asyncio.get_running_loop().create_task(coroutine)
        self._task.add_done_callback(self._on_done)

    def cancel(self) -> "asyncio.Future[Any] | None":
        """See PendingCall."""
        self._on_reply = None
        return self._task if self._task.cancel() else None

    def _on_done(self, task: "asyncio.Task[Reply]") -> None:
        on_reply, self._on_reply = self._on_reply, None
        if task.cancelled():
            outcome: Reply | BaseException = UpstreamUnavailable("the vendor call was cancelled")
        else:
            outcome = task.exception() or task.result()
        if on_reply is not None:
            on_reply(outcome)
