"""Canvas, as the rest of the gateway knows it."""

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

from lms_gateway.domain.backend import Capability, CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult, CommandStatus
from lms_gateway.domain.errors import LmsError, UpstreamInvalid
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.canvas.api.endpoints import canonical_id, endpoint
from lms_gateway.vendors.canvas.capabilities import CAPABILITIES
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.reads.batching import plan_reads
from lms_gateway.vendors.canvas.reads.runner import BatchRunner
from lms_gateway.vendors.canvas.rows.sources import SUPPORTED_FIELDS
from lms_gateway.vendors.canvas.writes.dispatch import ordering_key, write_steps
from lms_gateway.vendors.canvas.writes.session import WriteSession, outcome_unknown
from lms_gateway.vendors.shared.batch import NegativeCache
from lms_gateway.vendors.shared.protocols import UpstreamClient
from lms_gateway.vendors.shared.steps import Outcome, Steps

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class CanvasBackend:
    """One Canvas, for one credential."""

    vendor = Vendor.CANVAS
    supported_fields: Mapping[Kind, frozenset[str]] = SUPPORTED_FIELDS
    capabilities: Sequence[Capability] = CAPABILITIES

    def __init__(
        self,
        *,
        upstream: UpstreamClient,
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
        self._instance = VendorInstance(
            base_url.rstrip("/"), upstream.resolve_link, NegativeCache(clock)
        )

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """The one spelling of an id. Raises BadInput for what is no id of Canvas."""
        return canonical_id(kind, vendor_id)

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        """Answer each ask of a wave, as soon as its own read is done."""
        load_batch = LoadBatch(self._instance, batch, store, on_settled)
        try:
            await BatchRunner(load_batch, self._upstream.start, self._fail_unexpected).run(
                plan_reads(load_batch)
            )
        except LmsError as error:
            load_batch.fail(load_batch.open, error)
        except Exception as error:
            self._fail_unexpected(load_batch, load_batch.open, error)
        if load_batch.open:
            self._fail_unexpected(load_batch, load_batch.open, None)

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Carry out each change by a call of its own, several side by side.

        Changes of one object follow one another. Raises Unsupported, with nothing sent, for what
        Canvas has no operation for.
        """
        sessions = [WriteSession(self._instance, store) for _ in commands]
        steps = [
            write_steps(session, command)
            for session, command in zip(sessions, commands, strict=True)
        ]
        results: dict[int, CommandResult] = {}
        queues: dict[object, list[int]] = {}
        for index, command in enumerate(commands):
            queues.setdefault(ordering_key(command) or index, []).append(index)

        async def run(queue: Sequence[int]) -> None:
            for index in queue:
                results[index] = await self._run_command(
                    commands[index], sessions[index], steps[index]
                )

        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(run(queue))
        return [results[index] for index in range(len(commands))]

    async def identify(self) -> CredentialIdentity:
        """Ask Canvas who the credential is. Raises VendorError, or Forbidden."""
        reply = await self._upstream.send(endpoint("/users/:id", "self"))
        row = reply.decode()
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise UpstreamInvalid("the vendor's reply is not a user")
        return CredentialIdentity(name, self._upstream.budget())

    async def aclose(self) -> None:
        """Close the way to the vendor."""
        await self._upstream.aclose()

    async def _run_command(
        self, command: Command, session: WriteSession, steps: Steps[CommandResult]
    ) -> CommandResult:
        try:
            return await self._run_steps(steps)
        except Exception as error:
            self._log_unexpected("change_failed", {type(command).__name__}, error)
            if session.was_sent:
                return CommandResult(CommandStatus.UNKNOWN, error=outcome_unknown())
            invalid_reply = UpstreamInvalid("the vendor's reply could not be understood")
            return CommandResult(CommandStatus.REFUSED, error=invalid_reply)

    async def _run_steps(self, steps: Steps[T]) -> T:
        """Run steps to their end. Raises what they raise."""
        try:
            calls = next(steps)
            while True:
                calls = steps.send(await self._send_all(calls))
        except StopIteration as stop:
            result: T = stop.value
            return result
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

    def _fail_unexpected(
        self, batch: LoadBatch, loads: Sequence[Load], error: Exception | None
    ) -> None:
        """What should not happen: the log says where, and never what was in hand.

        An exception's own words, and the values around it, may be a person's.
        """
        self._log_unexpected("read_failed", {type(load).__name__ for load in loads}, error)
        batch.fail(loads, UpstreamInvalid("the vendor's reply could not be understood"))

    def _log_unexpected(self, event: str, kinds: set[str], error: Exception | None) -> None:
        frames = [] if error is None else traceback.extract_tb(error.__traceback__)
        _log.error(
            event,
            tenant=self.tenant,
            asks=sorted(kinds),
            error=None if error is None else type(error).__name__,
            at=[f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]],
        )
