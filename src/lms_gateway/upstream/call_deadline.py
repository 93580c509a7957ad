"""Until when a call may go on, where that may be put off while it is under way."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class CallDeadline:
    """When a call's answer is due, and by when an attempt must have left for it."""

    __slots__ = ("_timeout", "reply_by", "send_by")

    def __init__(self, reply_by: float, min_reply_time: float = 0.0) -> None:
        """`due` is a time of the event loop; attempts leave at least so many seconds before it."""
        self.reply_by = reply_by
        self.send_by = reply_by - min_reply_time
        self._timeout: asyncio.Timeout | None = None

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """What the work comes to. Raises TimeoutError where it comes to nothing by `leave_by`."""
        try:
            async with asyncio.timeout_at(self.send_by) as self._timeout:
                return await awaitable
        finally:
            self._timeout = None

    def extend(self, reply_by: float) -> bool:
        """Let the call go on until then. False where its time was up, and it is ending already."""
        if self._timeout is not None:
            if self._timeout.expired():
                return False
            self._timeout.reschedule(reply_by)
        self.reply_by = self.send_by = reply_by
        return True
