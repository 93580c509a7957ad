"""Until when a call may go on, where that may be put off while it is under way."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Term:
    """When a call's answer is due, and by when an attempt must have left for it."""

    __slots__ = ("_timeout", "due", "leave_by")

    def __init__(self, due: float, least: float = 0.0) -> None:
        """`due` is a time of the event loop; attempts leave at least so many seconds before it."""
        self.due = due
        self.leave_by = due - least
        self._timeout: asyncio.Timeout | None = None

    async def within(self, work: Awaitable[T]) -> T:
        """What the work comes to. Raises TimeoutError where it comes to nothing by `leave_by`."""
        try:
            async with asyncio.timeout_at(self.leave_by) as self._timeout:
                return await work
        finally:
            self._timeout = None

    def put_off(self, due: float) -> bool:
        """Let the call go on until then. False where its time was up, and it is ending already."""
        if self._timeout is not None:
            if self._timeout.expired():
                return False
            self._timeout.reschedule(due)
        self.due = self.leave_by = due
        return True
