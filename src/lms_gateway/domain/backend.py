"""What a vendor is to the rest of the gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store

OnSettled = Callable[[Load, LoadResult | LmsError], None]
"""Called once for each ask, as soon as its own answer is there: a slow ask delays no other."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether a tenant's vendor can do an operation; `reason` says why not (None where it can)."""

    operation: str  # the GraphQL coordinate, e.g. `Query.users(filter.search)`
    supported: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialIdentity:
    """Who the vendor says that a credential is, and what is left of its budget."""

    name: str
    budget: str | None  # in the vendor's own unit, for people to read; None where it tells none


class Backend(Protocol):
    """One vendor, for one tenant's credential. Errors are per ask and never raised by `fetch`."""

    vendor: Vendor
    supported_fields: Mapping[Kind, frozenset[str]]
    """The facets that this vendor can tell of each kind; any other is null without a call."""
    capabilities: Sequence[Capability]
    cursor_key: bytes
    """Signs cursors: the same on every replica and after a restart, different per credential."""

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """The one spelling of a vendor's id (`1~123` is written long).

        Raises BadInput for what is not an id of this vendor: it never comes near a URL. Raises
        Unsupported where this vendor has no such kind of object.
        """
        ...

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        """Answer each ask of a wave with the fewest calls, merging what is learnt into `store`.

        A record that answers has every wanted facet of `gives` known (null where the vendor left it
        out); a listing's items have those that its rows can carry. An ask that the vendor cannot do
        is settled with Unsupported; an unknown or hidden object with None.
        """
        ...

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Carry out changes of one class, one result for each, in their order.

        Each goes out once; it is repeated only where the vendor surely did not run it. Several are
        sent by the vendor's bulk operation where it has one, in chunks; a failing chunk fails its
        own rows only. Values that the vendor has no notion of are refused before anything is sent
        (UNSUPPORTED_BY_VENDOR), and values that it said it took and did not store are problems of
        a CONFIRMED result. What is stored afterwards is learnt into `store`, whose contents are of
        after the changes. Raises Unsupported where the vendor has no such operation at all.
        """
        ...

    async def identify(self) -> CredentialIdentity:
        """Ask the vendor who the credential is. Raises VendorError."""
        ...

    async def aclose(self) -> None:
        """Close what the backend holds open. Calls in flight are ended."""
        ...
