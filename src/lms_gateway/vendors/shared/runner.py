"""Runs the reads of a batch and the steps of a write, for both vendors.

Canvas's calls are sent side by side. A `Dispatch` packs calls that are ready at the same time into
fewer requests (Schoology's multigets).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar, cast

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import StartCall
from lms_gateway.vendors.shared.batch import OpenLoads, ReadTask
from lms_gateway.vendors.shared.call_group import CallGroupSender, RawOutcome
from lms_gateway.vendors.shared.dispatch import Dispatch, RequestGroup
from lms_gateway.vendors.shared.protocols import UpstreamClient
from lms_gateway.vendors.shared.steps import Outcome, Steps
from lms_gateway.vendors.shared.unexpected import log_failed_read

T = TypeVar("T")

_EXPECTED = (Reply, LmsError)


class BatchRunner:
    """Runs the reads of one batch. A failing read fails its own loads only.

    Without a dispatch, a read continues as soon as its own calls have ended. With a dispatch, reads
    advance in rounds: the calls that they yield in a round are dispatched together, and the reads
    that a group of requests completes form the next round. Example with multiget, for reads A, B, C
    and D of one section each and then of its course:

        round 1   A, B, C, D yield their sections        one multiget
        round 2   A, B, C, D yield their courses         one multiget
    """

    def __init__(
        self, batch: OpenLoads, start_call: StartCall, dispatch: Dispatch | None, tenant: str
    ) -> None:
        self._batch = batch
        self._dispatch = dispatch
        self._tenant = tenant
        self._sender = CallGroupSender(start_call)
        self._finished: set[ReadTask] = set()
        self._blocked: list[_RunningRead] = []  # reads whose `after` has not finished

    async def run(self, plan: Callable[[], Iterable[ReadTask]]) -> None:
        """Run the tasks of a plan, and the tasks that they return, until all loads are settled.

        Raises nothing: errors are settled as results of loads.
        """
        first = _Round()
        try:
            self._start(plan(), None, first)
            self._send(first)
            await self._sender.finish()
        except LmsError as error:
            self._batch.fail(self._batch.open, error)
        except Exception as error:
            self._fail_unexpected(self._batch.open, error)
        if self._batch.open:
            self._fail_unexpected(self._batch.open, None)

    def _fail_unexpected(self, loads: Sequence[Load], error: Exception | None) -> None:
        self._batch.fail(loads, log_failed_read(self._tenant, loads, error))

    def _start(self, tasks: Iterable[ReadTask], parent: "_RunningRead | None", current: "_Round") -> None:
        for task in tasks:
            read = _RunningRead(task, parent)
            if task.after and not self._finished.issuperset(task.after):
                self._blocked.append(read)
            else:
                self._advance(read, None, current)

    def _advance(self, read: "_RunningRead", outcomes: tuple[Outcome, ...] | None, current: "_Round") -> None:
        """Resume a read until it yields calls, which are sent or join the round, or ends."""
        steps = read.task.steps
        children: Sequence[ReadTask] = ()
        try:
            calls = next(steps) if outcomes is None else steps.send(outcomes)
            while not calls:
                calls = steps.send(())
            if self._dispatch is None:
                self._sender.send(calls, partial(self._continue, read, current))
            else:
                current.add(read, calls)
            return
        except StopIteration as stop:
            children = stop.value or ()
        except LmsError as error:
            self._batch.fail(read.task.loads, error)
        except Exception as error:
            steps.close()
            self._fail_unexpected(read.task.loads, error)
        if children:
            read.open_child_count = len(children)
            self._start(children, read, current)
        else:
            self._finish(read, current)

    def _finish(self, read: "_RunningRead", current: "_Round") -> None:
        """Finish a read, its parent if this was the last child, and start what waited for them."""
        self._finished.add(read.task)
        parent = read.parent
        if parent is not None:
            parent.open_child_count -= 1
            if not parent.open_child_count:
                self._finish(parent, current)
        if self._blocked:
            ready = [blocked for blocked in self._blocked if self._finished.issuperset(blocked.task.after)]
            self._blocked = [blocked for blocked in self._blocked if blocked not in ready]
            for unblocked in ready:
                self._advance(unblocked, None, current)

    def _continue(self, read: "_RunningRead", current: "_Round", outcomes: tuple[RawOutcome, ...]) -> None:
        self._advance(read, self._expected(outcomes, read.task.loads), current)

    def _send(self, current: "_Round") -> None:
        if self._dispatch is None or not current.calls:
            return
        for group in self._dispatch(current.calls):
            try:
                self._sender.send(group.requests, partial(self._receive, current, group))
            except Exception as error:
                self._receive(current, group, (error,) * len(group.requests))

    def _receive(self, current: "_Round", group: RequestGroup, outcomes: tuple[RawOutcome, ...]) -> None:
        """Distribute the outcomes of a group; the reads that they complete form a round."""
        reads = [current.slots[position][0] for group_ in group.positions for position in group_]
        loads = [load for read in reads for load in read.task.loads]
        following = _Round()
        for position, outcome in group.distribute(self._expected(outcomes, loads)):
            read, index = current.slots[position]
            read.outcomes[index] = outcome
            read.missing_count -= 1
            if not read.missing_count:
                self._advance(read, cast("tuple[Outcome, ...]", tuple(read.outcomes)), following)
        self._send(following)

    def _expected(self, outcomes: tuple[RawOutcome, ...], loads: Sequence[Load]) -> tuple[Outcome, ...]:
        """Return the outcomes; an unexpected exception becomes an error."""
        for outcome in outcomes:
            if not isinstance(outcome, _EXPECTED):
                error = log_failed_read(self._tenant, loads, outcome)
                return tuple(other if isinstance(other, _EXPECTED) else error for other in outcomes)
        return cast("tuple[Outcome, ...]", outcomes)


class _Round:
    """The calls of reads that advanced together, and the read of each call."""

    __slots__ = ("calls", "slots")

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.slots: list[tuple[_RunningRead, int]] = []

    def add(self, read: "_RunningRead", calls: tuple[Call, ...]) -> None:
        """Add the calls that a read waits for."""
        read.outcomes = [None] * len(calls)
        read.missing_count = len(calls)
        self.calls += calls
        self.slots += [(read, index) for index in range(len(calls))]


class _RunningRead:
    """A read that has started or is blocked."""

    __slots__ = ("missing_count", "open_child_count", "outcomes", "parent", "task")

    def __init__(self, task: ReadTask, parent: "_RunningRead | None") -> None:
        self.task = task
        self.parent = parent  # the read that returned this one
        self.open_child_count = 0
        self.outcomes: list[Outcome | None] = []
        self.missing_count = 0


async def run_steps(
    steps: Steps[T],
    upstream: UpstreamClient,
    dispatch: Dispatch | None,
    on_unexpected: Callable[[Exception], LmsError],
) -> T:
    """Run steps to their end and return their result. Raises what they raise.

    Each call is sent as often as it is yielded. `on_unexpected` turns an exception that is no
    LmsError into the outcome of its call.
    """

    async def send(call: Call) -> Outcome:
        try:
            return await upstream.send(call)
        except LmsError as error:
            return error
        except Exception as error:
            return on_unexpected(error)

    async def send_all(calls: tuple[Call, ...]) -> tuple[Outcome, ...]:
        if dispatch is None:
            return tuple(await asyncio.gather(*map(send, calls)))
        groups = dispatch(calls)
        requests = [request for group in groups for request in group.requests]
        received = iter(await asyncio.gather(*map(send, requests)))
        outcomes: dict[int, Outcome] = {}
        for group in groups:
            outcomes.update(group.distribute([next(received) for _ in group.requests]))
        return tuple(outcomes[position] for position in range(len(calls)))

    try:
        calls = next(steps)
        while True:
            calls = steps.send(await send_all(calls))
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()
