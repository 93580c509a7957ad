"""The Backend protocol: a vendor as the rest of the gateway sees it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.limitations import Limitations
from lms_gateway.domain.loads import Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store

OnSettled = Callable[[Load, LoadResult | LmsError], None]
"""Callback, called once per load as soon as its result is known. A slow load delays no other."""


@dataclass(frozen=True, slots=True)
class CredentialIdentity:
    """The account that a credential belongs to, and the remaining rate budget."""

    name: str
    budget: str | None  # text with the vendor's unit; None if unknown


class Backend(Protocol):
    """One vendor, accessed with one tenant's credential."""

    vendor: Vendor
    supported_fields: Mapping[Kind, frozenset[str]]
    """Fields that the vendor has for each kind. Any other field is null without a call."""
    limitations: Limitations
    """The loads, commands and arguments that the vendor does not support."""
    cursor_key: bytes
    """Key that signs cursors: equal on all replicas and after a restart, one per credential."""

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        """Return the canonical form of a vendor's id (`1~123` is expanded).

        Raises BadInput if it is not an id of this vendor, so that it cannot get into a URL. Raises
        Unsupported if the vendor has no objects of this kind.
        """

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        """Resolve every load of the batch with the fewest vendor calls; add the rows to `store`.

        Calls `on_settled` once per load with its result or its error; errors are never raised.

        - Single load: all fields of the projection that are in `supported_fields` are known; a
          field that the vendor leaves out is null. None if the object does not exist or is hidden.
        - List load: the items have the fields that rows of this list contain.
        - Unsupported if the vendor cannot resolve the load.
        """

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        """Run commands of one class; return one result per command, in the same order.

        - A command is sent at most once. It is retried only if the vendor surely did not run it.
        - Several commands use the vendor's bulk operation if there is one, in chunks. A failing
          chunk fails its own commands only.
        - A value that the vendor does not support is rejected before anything is sent, with code
          UNSUPPORTED_BY_VENDOR.
        - A value that the vendor accepted but did not store is a problem of a CONFIRMED result.
        - The stored objects are added to `store`, which must be empty of older values.

        Raises Unsupported if the vendor has no such operation.
        """

    async def identify(self) -> CredentialIdentity:
        """Return the account that the credential belongs to. Raises VendorError."""

    async def aclose(self) -> None:
        """Close the backend and cancel its calls."""
