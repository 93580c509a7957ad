"""Canvas, as the rest of the gateway knows it."""

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from lms_gateway.domain.asks import Ask, Wants
from lms_gateway.domain.backend import Capability, Identity, Settle
from lms_gateway.domain.changes import Change, Result, Status
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.records import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.upstream.begun import Begun, Told
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.vendors.canvas.calls import canonical_id, get
from lms_gateway.vendors.canvas.capabilities import CAPABILITIES
from lms_gateway.vendors.canvas.desk import Desk, unanswered
from lms_gateway.vendors.canvas.drive import Drive
from lms_gateway.vendors.canvas.fold import fold
from lms_gateway.vendors.canvas.includes import GIVES
from lms_gateway.vendors.canvas.wave import Site, Wave
from lms_gateway.vendors.canvas.writes import carry_out, changed_by
from lms_gateway.vendors.reads import Outcome, Steps
from lms_gateway.vendors.waves import Refusals

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Upstream(Protocol):
    """The way to the vendor (`upstream.stack.Upstream`)."""

    async def send(self, call: Call) -> Reply:
        """The vendor's answer. Raises LmsError."""
        ...

    def begin(self, call: Call, told: Told) -> Begun:
        """The same without waiting: `told` hears what becomes of it."""
        ...

    def same_origin(self, link: str) -> tuple[str, Params]:
        """A link's path and parameters. Raises UpstreamInvalid where it leads elsewhere."""
        ...

    def budget(self) -> str | None:
        """What is left to spend, for people to read."""
        ...

    async def aclose(self) -> None:
        """End what is under way on its own behalf."""
        ...


class CanvasBackend:
    """One Canvas, for one credential."""

    vendor = Vendor.CANVAS
    gives: Mapping[Kind, frozenset[str]] = GIVES
    capabilities: Sequence[Capability] = CAPABILITIES

    def __init__(
        self,
        *,
        upstream: Upstream,
        tenant: str,
        base_url: str,
        time_zone: str | None,
        cursor_key: bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send nothing yet. `time_zone` is not needed: all of Canvas's times carry an offset."""
        self.tenant = tenant
        self.cursor_key = cursor_key
        self._upstream = upstream
        self._site = Site(base_url.rstrip("/"), upstream.same_origin, Refusals(clock))

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """The one spelling of an id. Raises BadInput for what is no id of Canvas."""
        return canonical_id(kind, vendor_id)

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        """Answer each ask of a wave, as soon as its own read is done."""
        wave = Wave(self._site, batch, store, settle)
        try:
            await Drive(wave, self._upstream.begin, self._wonder).run(fold(wave))
        except LmsError as error:
            wave.fail(wave.open, error)
        except Exception as error:
            self._wonder(wave, wave.open, error)
        if wave.open:
            self._wonder(wave, wave.open, None)

    async def change(self, changes: Sequence[Change], store: Store) -> Sequence[Result]:
        """Carry out each change by a call of its own, several side by side.

        Changes of one object follow one another. Raises Unsupported, with nothing sent, for what
        Canvas has no operation for.
        """
        desks = [Desk(self._site, store) for _ in changes]
        steps = [carry_out(desk, one) for desk, one in zip(desks, changes, strict=True)]
        results: dict[int, Result] = {}
        lanes: dict[object, list[int]] = {}
        for at, one in enumerate(changes):
            lanes.setdefault(changed_by(one) or at, []).append(at)

        async def run(lane: Sequence[int]) -> None:
            for at in lane:
                results[at] = await self._carry_out(changes[at], desks[at], steps[at])

        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(run(lane))
        return [results[at] for at in range(len(changes))]

    async def identify(self) -> Identity:
        """Ask Canvas who the credential is. Raises VendorError, or Forbidden."""
        reply = await self._upstream.send(get("/users/:id", "self"))
        row = reply.decode()
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise UpstreamInvalid("the vendor's reply is not a user")
        return Identity(name, self._upstream.budget())

    async def aclose(self) -> None:
        """Close the way to the vendor."""
        await self._upstream.aclose()

    async def _carry_out(self, change: Change, desk: Desk, steps: Steps[Result]) -> Result:
        try:
            return await self._drive(steps)
        except Exception as error:
            self._log("change_failed", {type(change).__name__}, error)
            if desk.was_sent:
                return Result(Status.UNKNOWN, error=unanswered())
            strange = UpstreamInvalid("the vendor's reply could not be understood")
            return Result(Status.REFUSED, error=strange)

    async def _drive(self, steps: Steps[T]) -> T:
        """Run steps to their end. Raises what they raise."""
        try:
            calls = next(steps)
            while True:
                calls = steps.send(await self._send_all(calls))
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            steps.close()

    async def _send_all(self, calls: Sequence[Call]) -> tuple[Outcome, ...]:
        if len(calls) == 1:
            return (await self._send(calls[0]),)
        return tuple(await asyncio.gather(*map(self._send, calls)))

    async def _send(self, call: Call) -> Outcome:
        try:
            return await self._upstream.send(call)
        except LmsError as error:
            return error

    def _wonder(self, wave: Wave, asks: Sequence[Ask], error: Exception | None) -> None:
        """What should not happen: the log says where, and never what was in hand.

        An exception's own words, and the values around it, may be a person's.
        """
        self._log("read_failed", {type(ask).__name__ for ask in asks}, error)
        wave.fail(asks, UpstreamInvalid("the vendor's reply could not be understood"))

    def _log(self, event: str, asks: set[str], error: Exception | None) -> None:
        frames = [] if error is None else traceback.extract_tb(error.__traceback__)
        _log.error(
            event,
            tenant=self.tenant,
            asks=sorted(asks),
            error=None if error is None else type(error).__name__,
            at=[f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]],
        )
