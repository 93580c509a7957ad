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
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.upstream.pending_call import StartCall
from lms_gateway.vendors.schoology.api.multiget import (
    MULTIGET_THRESHOLD,
    distribute_outcome,
    is_packable,
    multiget_call,
    pack,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, ReadTask
from lms_gateway.vendors.shared.call_group import CallGroupSender, RawOutcome
from lms_gateway.vendors.shared.steps import Outcome

log = structlog.get_logger(__name__)

Send = Callable[[Call], Awaitable[Reply]]


async def send_isolated(call: Call, send: Send, *, tenant: str, event: str) -> Outcome:
    """What becomes of one call. Raises nothing: what it meets must not end the others.

    What nobody foresaw is logged as `event`.
    """
    try:
        return await send(call)
    except LmsError as error:
        return error
    except Exception as error:
        return log_unexpected(error, tenant, event)


async def run_batch(
    reads: Iterable[ReadTask], batch: LoadBatch, start_call: StartCall, *, tenant: str
) -> None:
    """Run the reads to their end, and settle whatever they left open with UpstreamInvalid."""
    sender = CallGroupSender(start_call)
    _PackedRunner(batch, sender, tenant).start(reads)
    await sender.finish()
    batch.fail(batch.open, UpstreamInvalid("the vendor's replies left this unanswered"))


@dataclass(slots=True)
class _WaitingRead:
    """A read that waits for what became of its calls."""

    read: ReadTask
    outcomes: list[Outcome | None]
    missing_count: int = field(init=False)

    def __post_init__(self) -> None:
        self.missing_count = len(self.outcomes)


class _OutcomeSlot(NamedTuple):
    """Where an outcome is waited for."""

    waiting: _WaitingRead
    position: int


CallSlots = dict[Call, list[_OutcomeSlot]]
"""Calls, each once, with those who wait for it."""


class _PackedRunner:
    def __init__(self, batch: LoadBatch, sender: CallGroupSender, tenant: str) -> None:
        self._batch = batch
        self._sender = sender
        self._tenant = tenant

    def start(self, reads: Iterable[ReadTask]) -> None:
        """Send what the reads need first."""
        slots: CallSlots = {}
        for read in reads:
            self._advance(read, None, slots)
        self._dispatch(slots)

    def _dispatch(self, slots: CallSlots) -> None:
        packable = []
        for call in slots:
            if is_packable(call):
                packable.append(call)
            else:
                self._send([call], slots)
        for calls in pack(packable):
            self._send(calls, slots, len(packable) > MULTIGET_THRESHOLD)

    def _send(self, calls: Sequence[Call], slots: CallSlots, is_packed: bool = False) -> None:
        """Send calls that go on together, as one multiget or side by side.

        A few plain GETs are heard of together as well: what comes of each alone would be asked for
        alone, in a wave of its own, and what could share a multiget would not.
        """
        is_packed = is_packed and len(calls) > 1
        sent = [multiget_call(calls)] if is_packed else calls
        try:
            self._sender.send(sent, partial(self._receive, calls, slots, is_packed))
        except Exception as error:
            self._receive(calls, slots, is_packed, (error,) * len(sent))

    def _receive(
        self,
        calls: Sequence[Call],
        slots: CallSlots,
        is_packed: bool,
        raw_outcomes: tuple[RawOutcome, ...],
    ) -> None:
        outcomes: Sequence[Outcome] = [
            raw if isinstance(raw, Reply | LmsError) else self._log_unexpected(raw)
            for raw in raw_outcomes
        ]
        if is_packed:
            outcomes = distribute_outcome(outcomes[0], len(calls))
        next_slots: CallSlots = {}
        for call, outcome in zip(calls, outcomes, strict=True):
            self._deliver(slots[call], outcome, next_slots)
        self._dispatch(next_slots)

    def _deliver(
        self, slots: Iterable[_OutcomeSlot], outcome: Outcome, next_slots: CallSlots
    ) -> None:
        for waiting, position in slots:
            waiting.outcomes[position] = outcome
            waiting.missing_count -= 1
            if not waiting.missing_count:
                outcomes = cast("tuple[Outcome, ...]", tuple(waiting.outcomes))
                self._advance(waiting.read, outcomes, next_slots)

    def _advance(
        self, read: ReadTask, outcomes: tuple[Outcome, ...] | None, next_slots: CallSlots
    ) -> None:
        try:
            calls = next(read.steps) if outcomes is None else read.steps.send(outcomes)
        except StopIteration:
            return
        except LmsError as error:
            self._batch.fail(read.loads, error)
            return
        except Exception as error:  # a reply in a shape that nobody foresaw fails its asks alone
            self._batch.fail(read.loads, self._log_unexpected(error))
            return
        waiting = _WaitingRead(read, [None] * len(calls))
        for index, call in enumerate(calls):
            next_slots.setdefault(call, []).append(_OutcomeSlot(waiting, index))

    def _log_unexpected(self, error: BaseException) -> UpstreamInvalid:
        return log_unexpected(error, self._tenant, "read_failed")


def log_unexpected(error: BaseException, tenant: str, event: str) -> UpstreamInvalid:
    # Neither the message nor the values: both may hold what a reply said of people.
    frames = traceback.extract_tb(error.__traceback__)
    location = f"{frames[-1].name}:{frames[-1].lineno}" if frames else None
    log.error(event, tenant=tenant, error=type(error).__name__, place=location)
    return UpstreamInvalid("the vendor's reply could not be understood")
