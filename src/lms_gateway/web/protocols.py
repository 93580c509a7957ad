"""What the endpoint needs of the application around it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from lms_gateway.schema import limits
from lms_gateway.tenancy import Tenants


class RequestLimits(limits.DocumentLimits, Protocol):
    """How much one request may ask for."""

    @property
    def max_body_bytes(self) -> int:
        """The largest body, or WebSocket message, that is read."""
        ...

    @property
    def request_timeout(self) -> float:
        """Seconds for reading a request and answering it."""
        ...


class Snapshot(Protocol):
    """One reading of the configuration, alive for as long as someone holds a lease on it."""

    @property
    def tenants(self) -> Tenants: ...

    @property
    def limits(self) -> RequestLimits: ...


class GatewayState(Protocol):
    """The generation in force. A reload replaces it; requests under way keep theirs."""

    @property
    def draining(self) -> bool:
        """Whether the process has been told to end: it still answers, but wants nothing new."""
        ...

    def lease(self) -> AbstractAsyncContextManager[Snapshot]:
        """Hold the current generation; its backends stay open until the lease ends."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How lines that stay open are kept, and how many there may be in one process. In seconds."""

    keep_alive_interval: float = 12.0
    """Between two signs of life on a stream of events that has nothing to tell."""
    init_timeout: float = 10.0
    """For a WebSocket's client to send `connection_init`."""
    idle_timeout: float = 300.0
    """For a WebSocket on which no operation runs and nothing is said."""
    max_streams: int = 1000
    max_websockets: int = 1000
    max_operations: int = 100
    """On one WebSocket at a time."""
