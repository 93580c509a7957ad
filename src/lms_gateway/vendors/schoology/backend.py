"""The Schoology implementation of `domain.backend.Backend`."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from lms_gateway.domain.backend import CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.loads import Alias, ByAlias, Load, LoadResult, Viewer
from lms_gateway.domain.models import User
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.api.multiget import pack_multigets
from lms_gateway.vendors.schoology.capabilities import LIMITATIONS
from lms_gateway.vendors.schoology.reads.batch import SUPPORTED_FIELDS, LoadBatch, VendorInstance
from lms_gateway.vendors.schoology.reads.batching import plan_reads
from lms_gateway.vendors.schoology.writes.dispatch import write_steps
from lms_gateway.vendors.schoology.writes.input_mapping import MAX_ID_LENGTH
from lms_gateway.vendors.schoology.writes.section_copies import Sleep, wait_for_copies
from lms_gateway.vendors.shared.batch import NegativeCache
from lms_gateway.vendors.shared.protocols import UpstreamClient
from lms_gateway.vendors.shared.runner import BatchRunner, run_steps
from lms_gateway.vendors.shared.unexpected import log_failed_write

_CANVAS_ONLY_KINDS = frozenset({Kind.CALENDAR, Kind.NOTIFICATION, Kind.REPORT, Kind.TOKEN})


class SchoologyBackend:
    """One Schoology school, accessed with one credential."""

    vendor = Vendor.SCHOOLOGY
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
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Send nothing yet. `time_zone` applies to dates without an offset (None: UTC)."""
        self.cursor_key = cursor_key
        self._upstream = upstream
        self._tenant = tenant
        self._sleep = sleep
        zone = None if time_zone is None else ZoneInfo(time_zone)
        self._instance = VendorInstance(Origin.of(base_url), zone, NegativeCache(clock))

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """Return the id, which is a number; of an enrollment `section.enrollment`.

        Raises BadInput for another form, Unsupported if Schoology has no objects of this kind.
        """
        if kind in _CANVAS_ONLY_KINDS:
            raise Unsupported(f"Schoology has no such {kind}s")
        pattern, form = rf"[1-9]\d{{0,{MAX_ID_LENGTH - 1}}}", "a number"
        if kind is Kind.ENROLLMENT:
            pattern = rf"{pattern}\.{pattern}"
            form = "the section's number and its own, with a dot between"
        if not re.fullmatch(pattern, vendor_id, re.ASCII):
            raise BadInput(f"vendorId: not the id of a Schoology {kind}; must be {form}")
        return vendor_id

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        """Resolve every load of the batch; see `Backend.fetch`."""
        load_batch = LoadBatch(self._instance, batch, store, on_settled)
        runner = BatchRunner(load_batch, self._upstream.start, pack_multigets, self._tenant)
        await runner.run(partial(plan_reads, load_batch))

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Execute commands of one class, in bulk if possible; see `Backend.execute`."""

        def on_unexpected(error: Exception) -> LmsError:
            return log_failed_write(self._tenant, commands, error)

        async def find_sections(codes: Sequence[str]) -> Mapping[str, Record]:
            return await self._find_sections(codes, store)

        batch = LoadBatch(self._instance, {}, store, lambda load, answer: None)
        steps = write_steps(batch, commands)
        results = await run_steps(steps, self._upstream, pack_multigets, on_unexpected)
        return await wait_for_copies(commands, results, find_sections, self._sleep)

    async def identify(self) -> CredentialIdentity:
        """Return the user of the credential. Raises VendorError."""
        answers: list[LoadResult | LmsError] = []
        await self.fetch(
            {Viewer(): Projection.of("display_name")},
            Store(self._tenant),
            lambda load, answer: answers.append(answer),
        )
        (answer,) = answers
        if isinstance(answer, LmsError):
            raise answer
        assert isinstance(answer, User)
        return CredentialIdentity(answer.display_name or f"user {answer.key.id}", self._upstream.budget())

    async def _find_sections(self, codes: Sequence[str], store: Store) -> Mapping[str, Record]:
        """Return sections by their school codes, without those that could not be read."""
        sections: dict[str, Record] = {}

        def on_settled(load: Load, answer: LoadResult | LmsError) -> None:
            if isinstance(load, ByAlias) and isinstance(answer, Record):
                sections[load.value] = answer

        loads = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in codes]
        await self.fetch(dict.fromkeys(loads, Projection()), store, on_settled)
        return sections

    async def aclose(self) -> None:
        """Close the upstream client."""
        await self._upstream.aclose()
