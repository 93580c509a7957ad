"""Runs the reads of a wave side by side, each as soon as what it needs is there."""

from collections.abc import Callable, Sequence
from typing import cast

from lms_gateway.domain.asks import Ask
from lms_gateway.domain.errors import LmsError
from lms_gateway.upstream.begun import Begin
from lms_gateway.upstream.call import Reply
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Outcome
from lms_gateway.vendors.sending import Raw, Sending

Wonder = Callable[[Wave, Sequence[Ask], Exception | None], None]
"""Takes note of what should not happen, and fails these asks."""


class Drive:
    """The reads of one wave. The failure of one is its own asks'."""

    def __init__(self, wave: Wave, begin: Begin, wonder: Wonder) -> None:
        self._wave = wave
        self._sending = Sending(begin)
        self._wonder = wonder
        self._ended: set[Read] = set()
        self._held: list[_Run] = []  # reads that wait for others

    async def run(self, reads: Sequence[Read]) -> None:
        """Run the reads to their end, and what they leave to do."""
        self._start(reads, None)
        await self._sending.finish()

    def _start(self, reads: Sequence[Read], behind: "_Run | None") -> None:
        for read in reads:
            run = _Run(self, read, behind)
            if read.after and not self._ended.issuperset(read.after):
                self._held.append(run)
            else:
                self.advance(run, None)

    def advance(self, run: "_Run", outcomes: tuple[Raw, ...] | None) -> None:
        """Go on with a read until it waits for calls, or ends."""
        steps = run.read.steps
        further: Sequence[Read] = ()
        try:
            calls = next(steps) if outcomes is None else steps.send(_foreseen(outcomes))
            while not calls:
                calls = steps.send(())
            self._sending.send(calls, run.hear)
            return
        except StopIteration as end:
            further = end.value
        except LmsError as error:
            self._wave.fail(run.read.asks, error)
        except Exception as error:
            steps.close()
            self._wonder(self._wave, run.read.asks, error)
        if further:
            run.further = len(further)
            self._start(further, run)
        else:
            self._end(run)

    def _end(self, run: "_Run") -> None:
        """A read has ended, and so may another one behind which it was done."""
        self._ended.add(run.read)
        behind = run.behind
        if behind is not None:
            behind.further -= 1
            if not behind.further:
                self._end(behind)
        if self._held:
            ready = [one for one in self._held if self._ended.issuperset(one.read.after)]
            self._held = [one for one in self._held if one not in ready]
            for one in ready:
                self.advance(one, None)


class _Run:
    """A read that has begun, or waits to."""

    __slots__ = ("_drive", "behind", "further", "read")

    def __init__(self, drive: Drive, read: Read, behind: "_Run | None") -> None:
        self.read = read
        self.behind = behind  # the read that left this one to do
        self.further = 0  # how many that this one left to do have not ended
        self._drive = drive

    def hear(self, outcomes: tuple[Raw, ...]) -> None:
        """Go on with what became of the calls."""
        self._drive.advance(self, outcomes)


def _foreseen(outcomes: tuple[Raw, ...]) -> tuple[Outcome, ...]:
    """The same. Raises what no call should have ended in."""
    for one in outcomes:
        if not isinstance(one, Reply | LmsError):
            raise one
    return cast("tuple[Outcome, ...]", outcomes)
