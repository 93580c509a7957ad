"""A Schoology school as a backend."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from lms_gateway.domain.backend import Capability, CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.loads import Alias, ByAlias, Load, LoadResult, Viewer
from lms_gateway.domain.models import User
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Record, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.capabilities import CAPABILITIES
from lms_gateway.vendors.schoology.reads.batch import SUPPORTED_FIELDS, LoadBatch, VendorInstance
from lms_gateway.vendors.schoology.reads.batching import plan_reads
from lms_gateway.vendors.schoology.reads.runner import run_batch
from lms_gateway.vendors.schoology.writes.dispatch import write_steps
from lms_gateway.vendors.schoology.writes.input_mapping import MAX_ID_LENGTH
from lms_gateway.vendors.schoology.writes.runner import run_steps
from lms_gateway.vendors.schoology.writes.section_copies import Sleep, wait_for_copies
from lms_gateway.vendors.shared.batch import NegativeCache
from lms_gateway.vendors.shared.protocols import UpstreamClient

_CANVAS_ONLY_KINDS = frozenset({Kind.CALENDAR, Kind.NOTIFICATION, Kind.REPORT, Kind.TOKEN})
"""What has an id at Canvas, and is not there at all."""


class SchoologyBackend:
    """One tenant's Schoology, over one credential."""

    vendor = Vendor.SCHOOLOGY
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
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Send nothing yet. `time_zone` is for dates that carry none (None: UTC)."""
        self.cursor_key = cursor_key
        self._upstream = upstream
        self._tenant = tenant
        self._sleep = sleep
        zone = None if time_zone is None else ZoneInfo(time_zone)
        self._instance = VendorInstance(Origin.of(base_url), zone, NegativeCache(clock))

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """The id itself, which is digits; an enrollment's is its section's, a dot, and its own.

        Raises BadInput for anything else, Unsupported where Schoology has no such kind of object.
        """
        if kind in _CANVAS_ONLY_KINDS:
            raise Unsupported(f"Schoology has no such {kind}s")
        number = rf"[1-9]\d{{0,{MAX_ID_LENGTH - 1}}}"
        is_enrollment = kind is Kind.ENROLLMENT
        pattern = rf"{number}\.{number}" if is_enrollment else number
        if not re.fullmatch(pattern, vendor_id, re.ASCII):
            form = (
                "its section's and its own number with a dot between"
                if is_enrollment
                else ("a number")
            )
            raise BadInput(f"the id of a Schoology {kind} is {form}")
        return vendor_id

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        """Answer each ask of a wave, once: see `Backend.fetch`."""
        load_batch, reads = plan_reads(batch, store, on_settled, self._instance)
        await run_batch(reads, load_batch, self._upstream.start, tenant=self._tenant)

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Carry out changes of one class, one result for each: see `Backend.change`."""
        batch = LoadBatch(self._instance, {}, store, _discard_answer)
        results = await run_steps(
            write_steps(batch, commands), self._upstream.send, tenant=self._tenant
        )

        async def find_sections(codes: Sequence[str]) -> Mapping[str, Record]:
            return await self._find_sections(codes, store)

        return await wait_for_copies(commands, results, find_sections, self._sleep)

    async def identify(self) -> CredentialIdentity:
        """Who the credential is. Raises VendorError."""
        answers: list[LoadResult | LmsError] = []

        def on_settled(load: Load, answer: LoadResult | LmsError) -> None:
            answers.append(answer)

        projection = Projection.of("display_name")
        await self.fetch({Viewer(): projection}, Store(self._tenant), on_settled)
        (answer,) = answers
        if isinstance(answer, LmsError):
            raise answer
        assert isinstance(answer, User)
        return CredentialIdentity(
            answer.display_name or f"user {answer.key.id}", self._upstream.budget()
        )

    async def _find_sections(self, codes: Sequence[str], store: Store) -> Mapping[str, Record]:
        """Sections by their school codes; those that are not there or not told are left out."""
        sections: dict[str, Record] = {}

        def on_settled(load: Load, answer: LoadResult | LmsError) -> None:
            if isinstance(load, ByAlias) and isinstance(answer, Record):
                sections[load.value] = answer

        loads = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in codes]
        await self.fetch(dict.fromkeys(loads, Projection()), store, on_settled)
        return sections

    async def aclose(self) -> None:
        """Close the stack below."""
        await self._upstream.aclose()


def _discard_answer(load: Load, answer: LoadResult | LmsError) -> None:
    """Changes ask nothing that has to be answered."""
