"""Reloading: what is kept, what is closed, and when."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest

from lms_gateway.app.reload import Gateway
from lms_gateway.config import ConfigError, Settings, TenantSettings, parse, validate
from lms_gateway.domain.backend import Backend, CredentialIdentity, OnSettled
from lms_gateway.domain.errors import TenantForbidden
from lms_gateway.domain.limitations import Limitations
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.tenancy import Caller


class FakeBackend:
    """A backend that only knows whether it was closed, and may fail to close."""

    vendor = Vendor.CANVAS
    supported_fields: Mapping[Kind, frozenset[str]] = {}
    limitations: Limitations = MappingProxyType({})
    cursor_key = b""

    def __init__(self, settings: TenantSettings) -> None:
        self.settings = settings
        self.close_count = 0
        self.fails_to_close = False

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        return vendor_id

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        raise AssertionError("nobody asks in these tests")

    async def identify(self) -> CredentialIdentity:
        raise AssertionError("nobody asks in these tests")

    async def aclose(self) -> None:
        self.close_count += 1
        if self.fails_to_close:
            raise OSError("no")


class ReloadableGateway:
    """A gateway whose configuration is the text in hand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.backends: list[FakeBackend] = []
        self.gateway = Gateway(self.read, self.connect)

    def read(self) -> Settings:
        return validate(parse(self.text, source="gateway.toml", folder=Path(".")), environ={})

    def connect(self, tenant: TenantSettings, in_flight: int) -> Backend:
        self.backends.append(FakeBackend(tenant))
        return self.backends[-1]


def tenant_toml(slug: str, token: str = "a", more: str = "") -> str:
    return f"""
[[tenant]]
slug = "{slug}"
vendor = "canvas"
base_url = "https://{slug}.example"
credentials = {{ kind = "token", token = "{token}" }}
access = "open"
{more}
"""


CALLER = Caller(None, frozenset({"maple", "cedar"}), frozenset())


async def run_pending_tasks() -> None:
    """Let what a lease's end has started come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_reload_keeps_the_backends_of_unchanged_tenants() -> None:
    world = ReloadableGateway(tenant_toml("maple") + tenant_toml("cedar"))
    maple, cedar = world.backends
    world.text = tenant_toml("maple", more='name = "M"\nhosts = ["maple.example"]') + tenant_toml(
        "cedar", "b"
    )
    assert await world.gateway.reload()
    await run_pending_tasks()
    assert maple.close_count == 0
    assert cedar.close_count == 1
    async with world.gateway.lease() as now:
        tenant = now.tenants.get(CALLER, "maple")
        assert tenant.backend is maple
        assert tenant.name == "M"
        assert now.tenants.get(CALLER, "cedar").backend is world.backends[2]
    await world.gateway.aclose()
    assert [backend.close_count for backend in world.backends] == [1, 1, 1]


async def test_a_lease_keeps_its_snapshot_and_backends_open() -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    async with world.gateway.lease() as first, world.gateway.lease() as second:
        world.text = tenant_toml("cedar")
        assert await world.gateway.reload()
        assert first is second
        assert first.tenants.get(CALLER, "maple").backend is world.backends[0]
        async with world.gateway.lease() as later:
            with pytest.raises(TenantForbidden):
                later.tenants.get(CALLER, "maple")
        await run_pending_tasks()
        assert world.backends[0].close_count == 0
    await run_pending_tasks()
    assert world.backends[0].close_count == 1
    await world.gateway.aclose()


async def test_a_backend_that_is_configured_again_during_a_lease_stays_open() -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    async with world.gateway.lease():
        world.text = tenant_toml("cedar")
        await world.gateway.reload()
        world.text = tenant_toml("maple")
        await world.gateway.reload()
    await run_pending_tasks()
    assert len(world.backends) == 2
    assert world.backends[0].close_count == 0
    assert world.backends[1].close_count == 1
    await world.gateway.aclose()
    assert [backend.close_count for backend in world.backends] == [1, 1]


@pytest.mark.parametrize("text", ["", "[[tenant]", tenant_toml("maple", more='colour = "red"')])
async def test_an_invalid_configuration_keeps_the_old_snapshot(text: str) -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    world.text = text
    assert not await world.gateway.reload()
    async with world.gateway.lease() as now:
        assert now.tenants.get(CALLER, "maple").backend is world.backends[0]
    await run_pending_tasks()
    assert world.backends[0].close_count == 0
    world.text = tenant_toml("maple") + tenant_toml("cedar")
    assert await world.gateway.reload()
    await world.gateway.aclose()


async def test_an_unexpected_error_keeps_the_old_snapshot() -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    connect = cast(Any, world.gateway)._connect_backend

    def fail(tenant: TenantSettings, in_flight: int) -> Backend:
        raise RuntimeError("no")

    cast(Any, world.gateway)._connect_backend = fail
    world.text = tenant_toml("maple") + tenant_toml("cedar")
    assert not await world.gateway.reload()
    cast(Any, world.gateway)._connect_backend = connect
    assert await world.gateway.reload()
    await world.gateway.aclose()
    assert [backend.close_count for backend in world.backends] == [1, 1]


async def test_concurrent_reloads_run_one_after_another() -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    world.text = tenant_toml("maple", "b")
    assert await asyncio.gather(*(world.gateway.reload() for _ in range(5))) == [True] * 5
    await run_pending_tasks()
    assert [backend.close_count for backend in world.backends] == [1, 0]
    await world.gateway.aclose()


async def test_all_backends_are_closed_if_one_fails() -> None:
    world = ReloadableGateway(tenant_toml("maple") + tenant_toml("cedar"))
    world.backends[0].fails_to_close = True
    await world.gateway.aclose()
    assert [backend.close_count for backend in world.backends] == [1, 1]


async def test_a_lease_that_ends_after_the_gateway_closes_nothing_twice() -> None:
    world = ReloadableGateway(tenant_toml("maple"))
    async with world.gateway.lease():
        world.text = tenant_toml("cedar")
        await world.gateway.reload()
        await world.gateway.aclose()
    await run_pending_tasks()
    assert [backend.close_count for backend in world.backends] == [1, 1]


def test_a_gateway_does_not_start_with_an_invalid_configuration() -> None:
    with pytest.raises(ConfigError):
        ReloadableGateway("")
