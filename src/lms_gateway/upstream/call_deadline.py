"""Deadline of a call; it can be extended while the call is in flight."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class CallDeadline:
    """Times of the event loop by which a reply is due and an attempt must be sent."""

    __slots__ = ("_timeout", "reply_by", "send_by")

    def __init__(self, reply_by: float, min_reply_time: float = 0.0) -> None:
        """No attempt is sent later than `min_reply_time` seconds before `reply_by`."""
        self.reply_by = reply_by
        self.send_by = reply_by - min_reply_time
        self._timeout: asyncio.Timeout | None = None

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """Return the awaitable's result. Raises TimeoutError if it is not done by `send_by`."""
        try:
            async with asyncio.timeout_at(self.send_by) as self._timeout:
                return await awaitable
        finally:
            self._timeout = None

    def extend(self, reply_by: float) -> bool:
        """Move the deadline. Returns False if it has expired and the call is ending already."""
        if self._timeout is not None:
            if self._timeout.expired():
                return False
            self._timeout.reschedule(reply_by)
        self.reply_by = self.send_by = reply_by
        return True
