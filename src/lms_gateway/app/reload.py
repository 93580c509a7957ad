"""Configuration snapshots and reload.

A request leases the current snapshot until it ends. A reload replaces the snapshot; the old one is
closed when its last lease ends. Snapshots whose tenant has the same connection settings share the
tenant's backend, so a reload keeps the rate budget, cache and connections of unchanged tenants.
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
"""Loads the configuration. Raises ConfigError."""

ConnectBackend = Callable[[TenantSettings, int], Backend]
"""Creates the backend of a tenant, without a vendor call.

The number is the maximum number of concurrent calls over the tenant's credential.
"""


@dataclass(slots=True)
class _BackendHandle:
    """A backend, the settings that identify it, and the number of snapshots that use it."""

    key: Hashable
    backend: Backend
    snapshot_count: int = 0


@dataclass(slots=True, eq=False)
class ConfigSnapshot:
    """One loaded configuration with its backends."""

    tenants: Tenants
    limits: LimitSettings
    backend_handles: tuple[_BackendHandle, ...]
    lease_count: int = 0
    is_retired: bool = False


class _SnapshotLease:
    """Context manager that keeps the current snapshot open."""

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
    """The current snapshot, and older ones that are still leased."""

    def __init__(
        self,
        load_settings: LoadSettings,
        connect_backend: ConnectBackend,
        *,
        first: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Build the first snapshot, from `first` if it is given. Raises ConfigError."""
        self.draining = False
        """Whether the process received SIGTERM or SIGINT."""
        self._load_settings = load_settings
        self._connect_backend = connect_backend
        self._now = now
        self._backend_handles: dict[Hashable, _BackendHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._current = self._build_snapshot(load_settings() if first is None else first)

    def lease(self) -> "_SnapshotLease":
        """Lease the current snapshot: its backends stay open until the lease ends."""
        return _SnapshotLease(self)

    async def reload(self) -> bool:
        """Load a new snapshot; keep the old one if the configuration is invalid.

        Returns whether there is a new snapshot. A failure is logged.
        """
        async with self._reloading:
            try:
                settings = await asyncio.to_thread(self._load_settings)
                snapshot = self._build_snapshot(settings)
            except ConfigError as error:
                log.error("reload_refused", problems=error.problems)
                return False
            except Exception:
                # An unexpected error must not affect the working configuration.
                log.exception("reload_failed")
                return False
            old, self._current = self._current, snapshot
            old.is_retired = True
            self._close_if_unused(old)
            log.info("reloaded", tenants=len(settings.tenants), keys=len(settings.api_keys))
            return True

    async def aclose(self) -> None:
        """Close all backends, including leased ones."""
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
        """Return one backend per tenant; open ones are reused."""
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
        """Release the backends of a snapshot that was replaced and has no lease."""
        if not snapshot.is_retired or snapshot.lease_count:
            return
        handles, snapshot.backend_handles = snapshot.backend_handles, ()
        for handle in handles:
            handle.snapshot_count -= 1
            if handle.snapshot_count == 0 and self._forget(handle):
                # In a task, so that the request with the last lease does not wait for it.
                task = asyncio.create_task(self._close_backend(handle))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _forget(self, handle: _BackendHandle) -> bool:
        """Return whether the backend was open and must be closed by the caller."""
        return self._backend_handles.pop(handle.key, None) is handle

    async def _close_backend(self, handle: _BackendHandle) -> None:
        try:
            await handle.backend.aclose()
        except Exception:
            log.exception("backend_not_closed")


def _handle_key(tenant: TenantSettings, max_concurrency: int) -> Hashable:
    """Return the settings that identify a backend. Name and hosts are not among them."""
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
