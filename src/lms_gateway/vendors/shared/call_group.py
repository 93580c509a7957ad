"""Sends groups of calls without a task for each: most reads wait for one call."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any

from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import PendingCall, StartCall

RawOutcome = Reply | BaseException
"""The outcome of one call, expected or not."""

OnOutcomes = Callable[[tuple[RawOutcome, ...]], None]
"""Receives the outcomes of a group, in the order of its calls. Must not raise."""


class CallGroupSender:
    """The call groups of one `fetch`."""

    def __init__(self, start_call: StartCall) -> None:
        self._start_call = start_call
        # A shared call is completed in the context of its first caller, whose deadline and log
        # fields are not those of this fetch. Callbacks run in the context of this fetch.
        self._context = copy_context()
        self._pending: set[CallGroup] = set()
        self._finished: asyncio.Future[None] | None = None

    def send(self, calls: Sequence[Call], on_outcomes: OnOutcomes) -> None:
        """Send calls side by side; `on_outcomes` is called once, when all have ended.

        Raises what starting a call raises; then no call of the group is pending.
        """
        group = CallGroup(self, on_outcomes, len(calls))
        try:
            for index, call in enumerate(calls):
                on_reply = partial(group.complete, index)
                group.calls.append(self._start_call(call, on_reply))
        except BaseException:
            group.cancel()
            raise
        self._pending.add(group)

    async def finish(self) -> None:
        """Wait for all groups, also for those that callbacks send. Cancellation cancels the calls.

        Re-raises an exception of a callback.
        """
        if not self._pending:
            return
        self._finished = asyncio.get_running_loop().create_future()
        try:
            await self._finished
        finally:
            cleanups = [cleanup for group in self._pending for cleanup in group.cancel()]
            self._pending.clear()
            if cleanups:
                await asyncio.wait(cleanups)

    def complete_group(self, group: "CallGroup", outcomes: tuple[RawOutcome, ...]) -> None:
        """Handle the outcomes of a group."""
        self._pending.discard(group)
        finished = self._finished
        try:
            self._context.run(group.on_outcomes, outcomes)
        except Exception as error:  # the caller completes other fetches too
            if finished is not None and not finished.done():
                finished.set_exception(error)
        if not self._pending and finished is not None and not finished.done():
            finished.set_result(None)


class CallGroup:
    """Calls that were sent side by side."""

    __slots__ = ("_outcomes", "_pending_count", "_sender", "calls", "on_outcomes")

    def __init__(self, sender: CallGroupSender, on_outcomes: OnOutcomes, count: int) -> None:
        self.on_outcomes = on_outcomes
        self.calls: list[PendingCall] = []
        self._sender = sender
        self._pending_count = count
        self._outcomes: list[Any] = [None] * count

    def complete(self, index: int, outcome: RawOutcome) -> None:
        """Set the outcome of one call; the last one completes the group."""
        self._outcomes[index] = outcome
        self._pending_count -= 1
        if not self._pending_count:
            self._sender.complete_group(self, tuple(self._outcomes))

    def cancel(self) -> list["asyncio.Future[Any]"]:
        """Cancel the calls. Returns futures of calls that still clean up."""
        return [cleanup for call in self.calls if (cleanup := call.cancel()) is not None]
