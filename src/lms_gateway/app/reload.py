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

from lms_gateway.config import ConfigError, LimitSettings, Settings, TenantSettings
from lms_gateway.domain.backend import Backend
from lms_gateway.tenancy import Tenant, Tenants

log = structlog.get_logger(__name__)

LoadSettings = Callable[[], Settings]
"""Reads the configuration anew. Raises ConfigError."""

ConnectBackend = Callable[[TenantSettings, int], Backend]
"""Builds the backend of a tenant, without asking its vendor anything.

The number is how many calls may be under way at once over the tenant's credential.
"""


@dataclass(slots=True)
class _BackendHandle:
    """A backend, what it was built from, and how many generations hold it."""

    key: Hashable
    backend: Backend
    snapshot_count: int = 0


@dataclass(slots=True, eq=False)
class ConfigSnapshot:
    """One configuration at work."""

    tenants: Tenants
    limits: LimitSettings
    backend_handles: tuple[_BackendHandle, ...]
    lease_count: int = 0
    is_retired: bool = False


class _SnapshotLease:
    """A context in which a generation is held: the one that is current at its beginning."""

    __slots__ = ("_gateway", "_snapshot")

    _snapshot: ConfigSnapshot

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway

    async def __aenter__(self) -> ConfigSnapshot:
        self._snapshot = self._gateway._current
        self._snapshot.lease_count += 1
        return self._snapshot

    async def __aexit__(self, *_: object) -> None:
        self._snapshot.lease_count -= 1
        self._gateway._close_if_unused(self._snapshot)


class Gateway:
    """The running gateway: which generation is current, and who still holds older ones."""

    def __init__(
        self,
        load_settings: LoadSettings,
        connect_backend: ConnectBackend,
        *,
        first: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Build the first generation: from `first` where that is given, else from what is loaded.

        Raises ConfigError where the configuration does not hold.
        """
        self.draining = False
        """Whether the process has been told to end."""
        self._load_settings = load_settings
        self._connect_backend = connect_backend
        self._now = now
        self._backend_handles: dict[Hashable, _BackendHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._current = self._build_snapshot(load_settings() if first is None else first)

    def lease(self) -> "_SnapshotLease":
        """The current generation, whose backends stay open until the lease ends."""
        return _SnapshotLease(self)

    async def reload(self) -> bool:
        """Put a new generation in place, or keep the old one where the configuration is broken.

        Returns whether there is a new one. Why there is none is logged.
        """
        async with self._reloading:
            try:
                settings = await asyncio.to_thread(self._load_settings)
                snapshot = self._build_snapshot(settings)
            except ConfigError as error:
                log.error("reload_refused", problems=error.problems)
                return False
            except Exception:
                # Whatever a broken configuration sets off must not take the working one down.
                log.exception("reload_failed")
                return False
            old, self._current = self._current, snapshot
            old.is_retired = True
            self._close_if_unused(old)
            log.info("reloaded", tenants=len(settings.tenants), keys=len(settings.api_keys))
            return True

    async def aclose(self) -> None:
        """Close every backend, also those that are still leased."""
        while self._closing:
            await asyncio.gather(*self._closing)
        handles = list(self._backend_handles.values())
        self._backend_handles.clear()
        for handle in handles:
            await self._close_backend(handle)

    def _build_snapshot(self, settings: Settings) -> ConfigSnapshot:
        handles = self._connect_tenants(settings)
        for handle in handles:
            handle.snapshot_count += 1
            self._backend_handles[handle.key] = handle
        return ConfigSnapshot(
            tenants=Tenants(
                [
                    _tenant(tenant, handle.backend)
                    for tenant, handle in zip(settings.tenants, handles, strict=True)
                ],
                keys=settings.api_keys,
                default=settings.default_tenant,
                now=self._now,
            ),
            limits=settings.limits,
            backend_handles=handles,
        )

    def _connect_tenants(self, settings: Settings) -> tuple[_BackendHandle, ...]:
        """One connection a tenant, those that are already open among them."""
        max_concurrency = settings.limits.max_calls_per_credential
        handles = []
        for tenant in settings.tenants:
            key = _handle_key(tenant, max_concurrency)
            handles.append(
                self._backend_handles.get(key)
                or _BackendHandle(key, self._connect_backend(tenant, max_concurrency))
            )
        return tuple(handles)

    def _close_if_unused(self, snapshot: ConfigSnapshot) -> None:
        """Let go of a generation's backends once it is retired and nobody leases it."""
        if not snapshot.is_retired or snapshot.lease_count:
            return
        handles, snapshot.backend_handles = snapshot.backend_handles, ()
        for handle in handles:
            handle.snapshot_count -= 1
            if handle.snapshot_count == 0 and self._forget(handle):
                # In a task of its own: the request whose lease ends last should not wait for it.
                task = asyncio.create_task(self._close_backend(handle))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _forget(self, handle: _BackendHandle) -> bool:
        """Whether the connection was still open, and is ours to close."""
        return self._backend_handles.pop(handle.key, None) is handle

    async def _close_backend(self, handle: _BackendHandle) -> None:
        try:
            await handle.backend.aclose()
        except Exception:
            log.exception("backend_not_closed")


def _handle_key(tenant: TenantSettings, max_concurrency: int) -> Hashable:
    """What makes two connections one. A new name or host is no reason to connect anew."""
    return (
        tenant.slug,
        tenant.vendor,
        tenant.base_url,
        tenant.credentials,
        tenant.time_zone,
        max_concurrency,
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
