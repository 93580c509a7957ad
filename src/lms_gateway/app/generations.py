"""Configurations at work, and how one takes the place of another.

A configuration at work is a generation. A request leases the current one for as long as it lasts; a
reload puts a new one in its place, and the old one closes when its last lease has ended. A backend
belongs to every generation whose tenant asks for the same connection, so a reload that does not
touch a tenant keeps its budget, its cache and its open connections.
"""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from lms_gateway.config import ConfigError, Limits, Settings, TenantSettings
from lms_gateway.domain.backend import Backend
from lms_gateway.tenancy import Tenant, Tenants

log = structlog.get_logger(__name__)

Load = Callable[[], Settings]
"""Reads the configuration anew. Raises ConfigError."""

Connect = Callable[[TenantSettings, int], Backend]
"""Builds the backend of a tenant, without asking its vendor anything.

The number is how many calls may be under way at once over the tenant's credential.
"""


@dataclass(slots=True)
class _Connection:
    """A backend, what it was built from, and how many generations hold it."""

    identity: Hashable
    backend: Backend
    holders: int = 0


@dataclass(slots=True, eq=False)
class Generation:
    """One configuration at work."""

    tenants: Tenants
    limits: Limits
    connections: tuple[_Connection, ...]
    leases: int = 0
    retired: bool = False


class _Lease:
    """A context in which a generation is held: the one that is current at its beginning."""

    __slots__ = ("_gateway", "_generation")

    _generation: Generation

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway

    async def __aenter__(self) -> Generation:
        self._generation = self._gateway._current
        self._generation.leases += 1
        return self._generation

    async def __aexit__(self, *_: object) -> None:
        self._generation.leases -= 1
        self._gateway._close_if_done(self._generation)


class Gateway:
    """The running gateway: which generation is current, and who still holds older ones."""

    def __init__(
        self,
        load: Load,
        connect: Connect,
        *,
        first: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Build the first generation: from `first` where that is given, else from what is loaded.

        Raises ConfigError where the configuration does not hold.
        """
        self.draining = False
        """Whether the process has been told to end."""
        self._load = load
        self._connect = connect
        self._now = now
        self._open: dict[Hashable, _Connection] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._current = self._build(load() if first is None else first)

    def lease(self) -> "_Lease":
        """The current generation, whose backends stay open until the lease ends."""
        return _Lease(self)

    async def reload(self) -> bool:
        """Put a new generation in place, or keep the old one where the configuration is broken.

        Returns whether there is a new one. Why there is none is logged.
        """
        async with self._reloading:
            try:
                settings = await asyncio.to_thread(self._load)
                generation = self._build(settings)
            except ConfigError as error:
                log.error("reload_refused", problems=error.problems)
                return False
            except Exception:
                # Whatever a broken configuration sets off must not take the working one down.
                log.exception("reload_failed")
                return False
            old, self._current = self._current, generation
            old.retired = True
            self._close_if_done(old)
            log.info("reloaded", tenants=len(settings.tenants), keys=len(settings.api_keys))
            return True

    async def aclose(self) -> None:
        """Close every backend, also those that are still leased."""
        while self._closing:
            await asyncio.gather(*self._closing)
        connections = list(self._open.values())
        self._open.clear()
        for connection in connections:
            await self._close_backend(connection)

    def _build(self, settings: Settings) -> Generation:
        connections = self._connect_all(settings)
        for connection in connections:
            connection.holders += 1
            self._open[connection.identity] = connection
        return Generation(
            tenants=Tenants(
                [
                    _tenant(tenant, connection.backend)
                    for tenant, connection in zip(settings.tenants, connections, strict=True)
                ],
                keys=settings.api_keys,
                default=settings.default_tenant,
                now=self._now,
            ),
            limits=settings.limits,
            connections=connections,
        )

    def _connect_all(self, settings: Settings) -> tuple[_Connection, ...]:
        """One connection a tenant, those that are already open among them."""
        in_flight = settings.limits.in_flight_per_credential
        connections = []
        for tenant in settings.tenants:
            identity = _identity(tenant, in_flight)
            connections.append(
                self._open.get(identity) or _Connection(identity, self._connect(tenant, in_flight))
            )
        return tuple(connections)

    def _close_if_done(self, generation: Generation) -> None:
        """Let go of a generation's backends once it is retired and nobody leases it."""
        if not generation.retired or generation.leases:
            return
        connections, generation.connections = generation.connections, ()
        for connection in connections:
            connection.holders -= 1
            if connection.holders == 0 and self._forget(connection):
                # In a task of its own: the request whose lease ends last should not wait for it.
                task = asyncio.create_task(self._close_backend(connection))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _forget(self, connection: _Connection) -> bool:
        """Whether the connection was still open, and is ours to close."""
        return self._open.pop(connection.identity, None) is connection

    async def _close_backend(self, connection: _Connection) -> None:
        try:
            await connection.backend.aclose()
        except Exception:
            log.exception("backend_not_closed")


def _identity(tenant: TenantSettings, in_flight: int) -> Hashable:
    """What makes two connections one. A new name or host is no reason to connect anew."""
    return (
        tenant.slug,
        tenant.vendor,
        tenant.base_url,
        tenant.credentials,
        tenant.time_zone,
        in_flight,
    )


def _tenant(settings: TenantSettings, backend: Backend) -> Tenant:
    return Tenant(
        slug=settings.slug,
        name=settings.name,
        vendor=settings.vendor,
        access=settings.access,
        hosts=settings.hosts,
        time_zone=settings.time_zone,
        backend=backend,
    )
