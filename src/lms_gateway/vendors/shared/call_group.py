"""Sending what reads need, without a task for each read: most of them wait for one call."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any

from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import PendingCall, StartCall

RawOutcome = Reply | BaseException
"""What became of one call, foreseen or not."""

OnOutcomes = Callable[[tuple[RawOutcome, ...]], None]
"""Takes the outcomes of calls, in their order. It raises nothing."""


class CallGroupSender:
    """The calls of one `fetch` that are under way."""

    def __init__(self, start_call: StartCall) -> None:
        self._start_call = start_call
        # Whoever shares a call is told of its reply in the context of whoever asked first, whose
        # deadline and log are not ours.
        self._context = copy_context()
        self._in_flight: set[CallGroup] = set()
        self._finished: asyncio.Future[None] | None = None

    def send(self, calls: Sequence[Call], on_outcomes: OnOutcomes) -> None:
        """Send calls side by side; `hear` is told once of all, in the context of this fetch.

        Raises what beginning a call raises; nothing is under way and heard of then.
        """
        group = CallGroup(self, on_outcomes, len(calls))
        try:
            if len(calls) == 1:
                group.calls.append(self._start_call(calls[0], group.complete_single))
            else:
                for index, call in enumerate(calls):
                    group.calls.append(self._start_call(call, partial(group.complete, index)))
        except BaseException:
            group.cancel()
            raise
        self._in_flight.add(group)

    async def finish(self) -> None:
        """Wait until all is heard, and what was sent upon it. Cancelled, it ends what is left.

        Raises what somebody raised who heard, though nobody should.
        """
        if not self._in_flight:
            return
        self._finished = asyncio.get_running_loop().create_future()
        try:
            await self._finished
        finally:
            unfinished = [cleanup for group in self._in_flight for cleanup in group.cancel()]
            self._in_flight.clear()
            if unfinished:
                await asyncio.wait(unfinished)

    def complete_group(self, group: "CallGroup", outcomes: tuple[RawOutcome, ...]) -> None:
        """All calls of a group have ended."""
        self._in_flight.discard(group)
        finished = self._finished
        try:
            self._context.run(group.on_outcomes, outcomes)
        except Exception as error:  # whoever tells us has others to tell
            if finished is not None and not finished.done():
                finished.set_exception(error)
        if not self._in_flight and finished is not None and not finished.done():
            finished.set_result(None)


class CallGroup:
    """Calls that were sent side by side, and who waits for them."""

    __slots__ = ("_outcomes", "_pending_count", "_sender", "calls", "on_outcomes")

    def __init__(self, sender: CallGroupSender, on_outcomes: OnOutcomes, count: int) -> None:
        self.on_outcomes = on_outcomes
        self.calls: list[PendingCall] = []
        self._sender = sender
        self._pending_count = count
        self._outcomes: list[Any] = [None] * count

    def complete_single(self, outcome: RawOutcome) -> None:
        """What became of the only call."""
        self._sender.complete_group(self, (outcome,))

    def complete(self, index: int, outcome: RawOutcome) -> None:
        """What became of the call at this place."""
        self._outcomes[index] = outcome
        self._pending_count -= 1
        if not self._pending_count:
            self._sender.complete_group(self, tuple(self._outcomes))

    def cancel(self) -> list["asyncio.Future[Any]"]:
        """Hear nothing more. Returns what has still to clean up."""
        return [cleanup for call in self.calls if (cleanup := call.cancel()) is not None]
