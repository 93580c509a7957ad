"""Sending what reads need, without a task for each read: most of them wait for one call."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any

from lms_gateway.upstream.begun import Begin, Begun
from lms_gateway.upstream.call import Call, Reply

Raw = Reply | BaseException
"""What became of one call, foreseen or not."""

Hear = Callable[[tuple[Raw, ...]], None]
"""Takes the outcomes of calls, in their order. It raises nothing."""


class Sending:
    """The calls of one `fetch` that are under way."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        # Whoever shares a call is told of its reply in the context of whoever asked first, whose
        # deadline and log are not ours.
        self._context = copy_context()
        self._under_way: set[_Together] = set()
        self._over: asyncio.Future[None] | None = None

    def send(self, calls: Sequence[Call], hear: Hear) -> None:
        """Send calls side by side; `hear` is told once of all, in the context of this fetch.

        Raises what beginning a call raises; nothing is under way and heard of then.
        """
        group = _Together(self, hear, len(calls))
        try:
            if len(calls) == 1:
                group.begun.append(self._begin(calls[0], group.tell_one))
            else:
                for at, call in enumerate(calls):
                    group.begun.append(self._begin(call, partial(group.tell, at)))
        except BaseException:
            group.leave()
            raise
        self._under_way.add(group)

    async def finish(self) -> None:
        """Wait until all is heard, and what was sent upon it. Cancelled, it ends what is left.

        Raises what somebody raised who heard, though nobody should.
        """
        if not self._under_way:
            return
        self._over = asyncio.get_running_loop().create_future()
        try:
            await self._over
        finally:
            left = [end for group in self._under_way for end in group.leave()]
            self._under_way.clear()
            if left:
                await asyncio.wait(left)

    def heard(self, group: "_Together", outcomes: tuple[Raw, ...]) -> None:
        """All calls of a group have ended."""
        self._under_way.discard(group)
        over = self._over
        try:
            self._context.run(group.hear, outcomes)
        except Exception as error:  # whoever tells us has others to tell
            if over is not None and not over.done():
                over.set_exception(error)
        if not self._under_way and over is not None and not over.done():
            over.set_result(None)


class _Together:
    """Calls that were sent side by side, and who waits for them."""

    __slots__ = ("_missing", "_outcomes", "_sending", "begun", "hear")

    def __init__(self, sending: Sending, hear: Hear, count: int) -> None:
        self.hear = hear
        self.begun: list[Begun] = []
        self._sending = sending
        self._missing = count
        self._outcomes: list[Any] = [None] * count

    def tell_one(self, outcome: Raw) -> None:
        """What became of the only call."""
        self._sending.heard(self, (outcome,))

    def tell(self, at: int, outcome: Raw) -> None:
        """What became of the call at this place."""
        self._outcomes[at] = outcome
        self._missing -= 1
        if not self._missing:
            self._sending.heard(self, tuple(self._outcomes))

    def leave(self) -> list["asyncio.Future[Any]"]:
        """Hear nothing more. Returns what has still to clean up."""
        return [end for one in self.begun if (end := one.leave()) is not None]
