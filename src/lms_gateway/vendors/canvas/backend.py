"""The Canvas implementation of `domain.backend.Backend`."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lms_gateway.domain.backend import CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.vendors.canvas.api.endpoints import endpoint
from lms_gateway.vendors.canvas.capabilities import LIMITATIONS
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.reads.batching import plan_reads
from lms_gateway.vendors.canvas.rows.ids import canonical_id
from lms_gateway.vendors.canvas.rows.sources import SUPPORTED_FIELDS
from lms_gateway.vendors.canvas.writes.dispatch import ordering_key, write_steps
from lms_gateway.vendors.canvas.writes.session import WriteSession
from lms_gateway.vendors.shared.batch import NegativeCache
from lms_gateway.vendors.shared.protocols import UpstreamClient
from lms_gateway.vendors.shared.runner import BatchRunner, run_steps
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.unexpected import log_failed_write


class CanvasBackend:
    """One Canvas, accessed with one credential."""

    vendor = Vendor.CANVAS
    supported_fields: Mapping[Kind, frozenset[str]] = SUPPORTED_FIELDS
    limitations = LIMITATIONS

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
        """Send nothing yet. `time_zone` is ignored: all times of Canvas have an offset."""
        self.tenant = tenant
        self.cursor_key = cursor_key
        self._upstream = upstream
        self._instance = VendorInstance(base_url.rstrip("/"), upstream.resolve_link, NegativeCache(clock))

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """Return the canonical form of an id. Raises BadInput if it is not a Canvas id."""
        return canonical_id(kind, vendor_id)

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        """Resolve every load of the batch; see `Backend.fetch`."""
        load_batch = LoadBatch(self._instance, batch, store, on_settled)
        runner = BatchRunner(load_batch, self._upstream.start, None, self.tenant)
        await runner.run(partial(plan_reads, load_batch))

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Execute each command with calls of its own, several commands side by side.

        Commands that change the same object run one after another. Raises Unsupported before
        anything is sent if Canvas has no such operation.
        """
        runs = []
        queues: dict[object, list[int]] = {}
        for index, command in enumerate(commands):
            session = WriteSession(self._instance, store)
            runs.append((command, session, write_steps(session, command)))
            queues.setdefault(ordering_key(command) or index, []).append(index)
        results: dict[int, CommandResult] = {}

        async def run_queue(queue: Sequence[int]) -> None:
            for index in queue:
                results[index] = await self._run(*runs[index])

        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(run_queue(queue))
        return [results[index] for index in range(len(commands))]

    async def _run(
        self, command: Command, session: WriteSession, steps: Steps[CommandResult]
    ) -> CommandResult:
        def on_unexpected(error: Exception) -> UpstreamInvalid:
            return log_failed_write(self.tenant, [command], error)

        try:
            return await run_steps(steps, self._upstream, None, on_unexpected)
        except Exception as error:
            return session.result_for_error(on_unexpected(error))

    async def identify(self) -> CredentialIdentity:
        """Return the user of the credential. Raises VendorError or Forbidden."""
        reply = await self._upstream.send(endpoint("/users/:id", "self"))
        row = reply.decode()
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise UpstreamInvalid("the vendor's reply is not a user")
        return CredentialIdentity(name, self._upstream.budget())

    async def aclose(self) -> None:
        """Close the upstream client."""
        await self._upstream.aclose()
