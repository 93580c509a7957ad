"""Runs the reads of a wave, packing what they need at once.

Reads whose calls travelled together go on together: what they ask for next is packed again. Other
groups do not wait for them, and a read that needs nothing more has settled its asks already.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import structlog

from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.vendors.reads import Outcome
from lms_gateway.vendors.schoology.multiget import FEW, is_packable, multiget, pack, unpack
from lms_gateway.vendors.schoology.wave import Read, Wave

log = structlog.get_logger(__name__)

Send = Callable[[Call], Awaitable[Reply]]


async def run(reads: Iterable[Read], wave: Wave, send: Send, *, tenant: str) -> None:
    """Run the reads to their end, and settle whatever they left open with UpstreamInvalid."""
    async with asyncio.TaskGroup() as tasks:
        _Drive(wave, send, tenant, tasks).start(reads)
    wave.fail(wave.open, UpstreamInvalid("the vendor's replies left this unanswered"))


@dataclass(slots=True)
class _Step:
    """A read that waits for what became of its calls."""

    read: Read
    outcomes: list[Outcome | None]
    missing: int = field(init=False)

    def __post_init__(self) -> None:
        self.missing = len(self.outcomes)


class _Slot(NamedTuple):
    """Where an outcome is waited for."""

    step: _Step
    at: int


Asked = dict[Call, list[_Slot]]
"""Calls, each once, with those who wait for it."""


class _Drive:
    def __init__(self, wave: Wave, send: Send, tenant: str, tasks: asyncio.TaskGroup) -> None:
        self._wave = wave
        self._send = send
        self._tenant = tenant
        self._tasks = tasks

    def start(self, reads: Iterable[Read]) -> None:
        """Send what the reads need first."""
        asked: Asked = {}
        for read in reads:
            self._advance(read, None, asked)
        self._go_on(asked)

    def _go_on(self, asked: Asked) -> None:
        packable = []
        for call in asked:
            if is_packable(call):
                packable.append(call)
            else:
                self._tasks.create_task(self._one_by_one([call], asked))
        for calls in pack(packable):
            if len(calls) == 1 or len(packable) <= FEW:
                self._tasks.create_task(self._one_by_one(calls, asked))
            else:
                self._tasks.create_task(self._at_once(calls, asked))

    async def _one_by_one(self, calls: Sequence[Call], asked: Asked) -> None:
        following: Asked = {}

        async def one(call: Call) -> None:
            outcome = await self._outcome(call)
            self._deliver(asked[call], outcome, following)

        await asyncio.gather(*map(one, calls))
        self._go_on(following)

    async def _at_once(self, calls: Sequence[Call], asked: Asked) -> None:
        outcomes: Sequence[Outcome]
        reply = await self._outcome(multiget(calls))
        try:
            if isinstance(reply, LmsError):
                raise reply
            outcomes = unpack(reply, len(calls))
        except LmsError as error:
            outcomes = [error] * len(calls)
        following: Asked = {}
        for call, outcome in zip(calls, outcomes, strict=True):
            self._deliver(asked[call], outcome, following)
        self._go_on(following)

    async def _outcome(self, call: Call) -> Outcome:
        try:
            return await self._send(call)
        except LmsError as error:
            return error
        except Exception as error:  # nothing that one call meets may end the others
            return self._unexpected(error)

    def _deliver(self, slots: Iterable[_Slot], outcome: Outcome, following: Asked) -> None:
        for step, at in slots:
            step.outcomes[at] = outcome
            step.missing -= 1
            if not step.missing:
                outcomes = cast("tuple[Outcome, ...]", tuple(step.outcomes))
                self._advance(step.read, outcomes, following)

    def _advance(self, read: Read, outcomes: tuple[Outcome, ...] | None, following: Asked) -> None:
        try:
            calls = next(read.steps) if outcomes is None else read.steps.send(outcomes)
        except StopIteration:
            return
        except LmsError as error:
            self._wave.fail(read.asks, error)
            return
        except Exception as error:  # a reply in a shape that nobody foresaw fails its asks alone
            self._wave.fail(read.asks, self._unexpected(error))
            return
        step = _Step(read, [None] * len(calls))
        for at, call in enumerate(calls):
            following.setdefault(call, []).append(_Slot(step, at))

    def _unexpected(self, error: Exception) -> UpstreamInvalid:
        # Neither the message nor the values: both may hold what a reply said of people.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.name}:{frame.lineno}"
        log.error("read_failed", tenant=self._tenant, error=type(error).__name__, place=place)
        return UpstreamInvalid("the vendor's reply could not be understood")
