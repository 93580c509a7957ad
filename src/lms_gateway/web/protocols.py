"""What the web layer needs of the application."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from lms_gateway.schema.limits import DocumentLimits
from lms_gateway.tenancy import Tenants


class RequestLimits(DocumentLimits, Protocol):
    """Limits of one request."""

    @property
    def max_body_bytes(self) -> int:
        """Maximum size of a body, or of a WebSocket message."""

    @property
    def request_timeout(self) -> float:
        """Seconds to read a request and respond to it."""


class Snapshot(Protocol):
    """One version of the configuration; it stays open while a lease on it is held."""

    @property
    def tenants(self) -> Tenants: ...

    @property
    def limits(self) -> RequestLimits: ...


class GatewayState(Protocol):
    """The current snapshot. A reload replaces it; requests in flight keep theirs."""

    @property
    def draining(self) -> bool:
        """Whether the process shuts down: it still responds, but expects no new requests."""

    def lease(self) -> AbstractAsyncContextManager[Snapshot]:
        """Acquire the current snapshot; its backends stay open until the lease ends."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of long-lived connections, per process. Durations are in seconds."""

    keep_alive_interval: float = 12.0
    """Between two comments on an event stream without events."""
    init_timeout: float = 10.0
    """For a WebSocket client to send `connection_init`."""
    idle_timeout: float = 300.0
    """Of a WebSocket without operations and messages."""
    max_streams: int = 1000
    max_websockets: int = 1000
    max_operations: int = 100
    """Concurrent operations of one WebSocket."""
