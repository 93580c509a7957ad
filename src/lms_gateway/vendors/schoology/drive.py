"""Runs the reads of a wave, packing what they need at once.

Reads whose calls travelled together go on together: what they ask for next is packed again. Other
groups do not wait for them, and a read that needs nothing more has settled its asks already.
"""

import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, cast

import structlog

from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.upstream.begun import Begin
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.vendors.reads import Outcome
from lms_gateway.vendors.schoology.multiget import FEW, is_packable, multiget, pack, share_out
from lms_gateway.vendors.schoology.wave import Read, Wave
from lms_gateway.vendors.sending import Raw, Sending

log = structlog.get_logger(__name__)

Send = Callable[[Call], Awaitable[Reply]]


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


async def run(reads: Iterable[Read], wave: Wave, begin: Begin, *, tenant: str) -> None:
    """Run the reads to their end, and settle whatever they left open with UpstreamInvalid."""
    sending = Sending(begin)
    _Drive(wave, sending, tenant).start(reads)
    await sending.finish()
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
    def __init__(self, wave: Wave, sending: Sending, tenant: str) -> None:
        self._wave = wave
        self._sending = sending
        self._tenant = tenant

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
                self._send([call], asked)
        for calls in pack(packable):
            self._send(calls, asked, len(packable) > FEW)

    def _send(self, calls: Sequence[Call], asked: Asked, packed: bool = False) -> None:
        """Send calls that go on together, as one multiget or side by side.

        A few plain GETs are heard of together as well: what comes of each alone would be asked for
        alone, in a wave of its own, and what could share a multiget would not.
        """
        packed = packed and len(calls) > 1
        sent = [multiget(calls)] if packed else calls
        try:
            self._sending.send(sent, partial(self._hear, calls, asked, packed))
        except Exception as error:
            self._hear(calls, asked, packed, (error,) * len(sent))

    def _hear(
        self, calls: Sequence[Call], asked: Asked, packed: bool, heard: tuple[Raw, ...]
    ) -> None:
        outcomes: Sequence[Outcome] = [
            one if isinstance(one, Reply | LmsError) else self._unexpected(one) for one in heard
        ]
        if packed:
            outcomes = share_out(outcomes[0], len(calls))
        following: Asked = {}
        for call, outcome in zip(calls, outcomes, strict=True):
            self._deliver(asked[call], outcome, following)
        self._go_on(following)

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

    def _unexpected(self, error: BaseException) -> UpstreamInvalid:
        return _unexpected(error, self._tenant, "read_failed")


def _unexpected(error: BaseException, tenant: str, event: str) -> UpstreamInvalid:
    # Neither the message nor the values: both may hold what a reply said of people.
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else None
    log.error(event, tenant=tenant, error=type(error).__name__, place=place)
    return UpstreamInvalid("the vendor's reply could not be understood")
