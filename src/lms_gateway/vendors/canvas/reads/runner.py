"""Runs the reads of a wave side by side, each as soon as what it needs is there."""

from collections.abc import Callable, Sequence
from typing import cast

from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.pending_call import StartCall
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, ReadTask
from lms_gateway.vendors.shared.call_group import CallGroupSender, RawOutcome
from lms_gateway.vendors.shared.steps import Outcome

OnUnexpected = Callable[[LoadBatch, Sequence[Load], Exception | None], None]
"""Takes note of what should not happen, and fails these asks."""


class BatchRunner:
    """The reads of one wave. The failure of one is its own asks'."""

    def __init__(
        self, batch: LoadBatch, start_call: StartCall, on_unexpected: OnUnexpected
    ) -> None:
        self._batch = batch
        self._sender = CallGroupSender(start_call)
        self._on_unexpected = on_unexpected
        self._finished: set[ReadTask] = set()
        self._waiting: list[_RunningRead] = []  # reads that wait for others

    async def run(self, reads: Sequence[ReadTask]) -> None:
        """Run the reads to their end, and what they leave to do."""
        self._start(reads, None)
        await self._sender.finish()

    def _start(self, reads: Sequence[ReadTask], parent: "_RunningRead | None") -> None:
        for read in reads:
            run = _RunningRead(self, read, parent)
            if read.after and not self._finished.issuperset(read.after):
                self._waiting.append(run)
            else:
                self.advance(run, None)

    def advance(self, run: "_RunningRead", outcomes: tuple[RawOutcome, ...] | None) -> None:
        """Go on with a read until it waits for calls, or ends."""
        steps = run.read.steps
        children: Sequence[ReadTask] = ()
        try:
            calls = next(steps) if outcomes is None else steps.send(_expected_outcomes(outcomes))
            while not calls:
                calls = steps.send(())
            self._sender.send(calls, run.resume)
            return
        except StopIteration as stop:
            children = stop.value
        except LmsError as error:
            self._batch.fail(run.read.loads, error)
        except Exception as error:
            steps.close()
            self._on_unexpected(self._batch, run.read.loads, error)
        if children:
            run.open_child_count = len(children)
            self._start(children, run)
        else:
            self._finish(run)

    def _finish(self, run: "_RunningRead") -> None:
        """A read has ended, and so may another one behind which it was done."""
        self._finished.add(run.read)
        parent = run.parent
        if parent is not None:
            parent.open_child_count -= 1
            if not parent.open_child_count:
                self._finish(parent)
        if self._waiting:
            ready = [
                waiting
                for waiting in self._waiting
                if self._finished.issuperset(waiting.read.after)
            ]
            self._waiting = [waiting for waiting in self._waiting if waiting not in ready]
            for waiting in ready:
                self.advance(waiting, None)


class _RunningRead:
    """A read that has begun, or waits to."""

    __slots__ = ("_runner", "open_child_count", "parent", "read")

    def __init__(self, runner: BatchRunner, read: ReadTask, parent: "_RunningRead | None") -> None:
        self.read = read
        self.parent = parent  # the read that left this one to do
        self.open_child_count = 0  # how many that this one left to do have not ended
        self._runner = runner

    def resume(self, outcomes: tuple[RawOutcome, ...]) -> None:
        """Go on with what became of the calls."""
        self._runner.advance(self, outcomes)


def _expected_outcomes(outcomes: tuple[RawOutcome, ...]) -> tuple[Outcome, ...]:
    """The same. Raises what no call should have ended in."""
    for outcome in outcomes:
        if not isinstance(outcome, Reply | LmsError):
            raise outcome
    return cast("tuple[Outcome, ...]", outcomes)
