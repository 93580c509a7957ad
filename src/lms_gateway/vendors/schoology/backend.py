"""A Schoology school as a backend."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from lms_gateway.domain.asks import Alias, Answer, Ask, ByAlias, Viewer, Wants
from lms_gateway.domain.backend import Capability, Identity, Settle
from lms_gateway.domain.changes import Change, Result
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.records import Kind, Record, User, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.upstream.begun import Begin
from lms_gateway.upstream.origin import Origin
from lms_gateway.vendors.schoology.capabilities import CAPABILITIES
from lms_gateway.vendors.schoology.copies import Sleep, follow
from lms_gateway.vendors.schoology.drive import Send, run
from lms_gateway.vendors.schoology.errands import carry_out
from lms_gateway.vendors.schoology.fold import fold
from lms_gateway.vendors.schoology.payloads import LONGEST_ID
from lms_gateway.vendors.schoology.wave import GIVES, Site, Wave
from lms_gateway.vendors.schoology.writes import write
from lms_gateway.vendors.waves import Refusals

_NONE = frozenset({Kind.CALENDAR, Kind.NOTIFICATION, Kind.REPORT, Kind.TOKEN})
"""What has an id at Canvas, and is not there at all."""


class Sender(Protocol):
    """What the backend needs of `upstream.stack.Upstream`."""

    @property
    def send(self) -> Send:
        """Gives a 2xx or 303 reply, or raises LmsError."""
        ...

    @property
    def begin(self) -> Begin:
        """The same without waiting for it."""
        ...

    def budget(self) -> str | None:
        """What is left of the vendor's budget, for people to read."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class _Facets:
    """Wants without children."""

    facets: frozenset[str]
    children: Mapping[str, Wants] = field(default_factory=dict)

    def __or__(self, other: Self) -> Self:
        return type(self)(self.facets | other.facets)


class SchoologyBackend:
    """One tenant's Schoology, over one credential."""

    vendor = Vendor.SCHOOLOGY
    gives: Mapping[Kind, frozenset[str]] = GIVES
    capabilities: Sequence[Capability] = CAPABILITIES

    def __init__(
        self,
        *,
        upstream: Sender,
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
        self._site = Site(Origin.of(base_url), zone, Refusals(clock))

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """The id itself, which is digits; an enrollment's is its section's, a dot, and its own.

        Raises BadInput for anything else, Unsupported where Schoology has no such kind of object.
        """
        if kind in _NONE:
            raise Unsupported(f"Schoology has no such {kind}s")
        own = rf"[1-9]\d{{0,{LONGEST_ID - 1}}}"
        is_enrollment = kind is Kind.ENROLLMENT
        pattern = rf"{own}\.{own}" if is_enrollment else own
        if not re.fullmatch(pattern, vendor_id, re.ASCII):
            shape = (
                "its section's and its own number with a dot between"
                if is_enrollment
                else ("a number")
            )
            raise BadInput(f"the id of a Schoology {kind} is {shape}")
        return vendor_id

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        """Answer each ask of a wave, once: see `Backend.fetch`."""
        wave, reads = fold(batch, store, settle, self._site)
        await run(reads, wave, self._upstream.begin, tenant=self._tenant)

    async def change(self, changes: Sequence[Change], store: Store) -> Sequence[Result]:
        """Carry out changes of one class, one result for each: see `Backend.change`."""
        wave = Wave(self._site, {}, store, _drop)
        results = await carry_out(write(wave, changes), self._upstream.send, tenant=self._tenant)

        async def find(codes: Sequence[str]) -> Mapping[str, Record]:
            return await self._find_sections(codes, store)

        return await follow(changes, results, find, self._sleep)

    async def identify(self) -> Identity:
        """Who the credential is. Raises VendorError."""
        answers: list[Answer | LmsError] = []

        def settle(ask: Ask, answer: Answer | LmsError) -> None:
            answers.append(answer)

        name = _Facets(frozenset({"display_name"}))
        await self.fetch({Viewer(): name}, Store(self._tenant), settle)
        (answer,) = answers
        if isinstance(answer, LmsError):
            raise answer
        assert isinstance(answer, User)
        return Identity(answer.display_name or f"user {answer.key.id}", self._upstream.budget())

    async def _find_sections(self, codes: Sequence[str], store: Store) -> Mapping[str, Record]:
        """Sections by their school codes; those that are not there or not told are left out."""
        found: dict[str, Record] = {}

        def settle(ask: Ask, answer: Answer | LmsError) -> None:
            if isinstance(ask, ByAlias) and isinstance(answer, Record):
                found[ask.value] = answer

        asks = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in codes]
        await self.fetch(dict.fromkeys(asks, _Facets(frozenset())), store, settle)
        return found

    async def aclose(self) -> None:
        """Close the stack below."""
        await self._upstream.aclose()


def _drop(ask: Ask, answer: Answer | LmsError) -> None:
    """Changes ask nothing that has to be answered."""
