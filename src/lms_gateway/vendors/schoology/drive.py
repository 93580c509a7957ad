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
from lms_gateway.vendors.schoology.multiget import FEW, is_packable, multiget, pack, share_out
from lms_gateway.vendors.schoology.wave import Read, Wave

log = structlog.get_logger(__name__)

Send = Callable[[Call], Awaitable[Reply]]

_READ_FAILED = "read_failed"


async def outcome_of(call: Call, send: Send, *, tenant: str, event: str) -> Outcome:
    """What becomes of one call. Raises nothing: what it meets must not end the others.

    What nobody foresaw is logged as `event`.
    """
    try:
        return await send(call)
    except LmsError as error:
        return error
    except Exception as error:
        return _unexpected(error, tenant, event)


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
                self._tasks.create_task(self._together([call], asked))
        for calls in pack(packable):
            self._tasks.create_task(self._together(calls, asked, len(packable) > FEW))

    async def _together(self, calls: Sequence[Call], asked: Asked, packed: bool = False) -> None:
        """Send calls that go on together, as one multiget or side by side.

        A few plain GETs are awaited together as well: what comes of each alone would be asked for
        alone, in a wave of its own, and what could share a multiget would not.
        """
        outcomes: Sequence[Outcome]
        if packed and len(calls) > 1:
            outcomes = share_out(await self._outcome(multiget(calls)), len(calls))
        else:
            outcomes = await asyncio.gather(*map(self._outcome, calls))
        following: Asked = {}
        for call, outcome in zip(calls, outcomes, strict=True):
            self._deliver(asked[call], outcome, following)
        self._go_on(following)

    async def _outcome(self, call: Call) -> Outcome:
        return await outcome_of(call, self._send, tenant=self._tenant, event=_READ_FAILED)

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
            self._wave.fail(read.asks, _unexpected(error, self._tenant, _READ_FAILED))
            return
        step = _Step(read, [None] * len(calls))
        for at, call in enumerate(calls):
            following.setdefault(call, []).append(_Slot(step, at))


def _unexpected(error: Exception, tenant: str, event: str) -> UpstreamInvalid:
    # Neither the message nor the values: both may hold what a reply said of people.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.name}:{frame.lineno}"
    log.error(event, tenant=tenant, error=type(error).__name__, place=place)
    return UpstreamInvalid("the vendor's reply could not be understood")
