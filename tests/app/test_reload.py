"""Reload: which backends are kept or closed, and when."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest

from lms_gateway.app.reload import Gateway
from lms_gateway.config import ConfigError, Settings, TenantSettings, parse, validate
from lms_gateway.domain.backend import Backend, CredentialIdentity, OnSettled
from lms_gateway.domain.commands import Command, CommandResult
from lms_gateway.domain.errors import TenantForbidden
from lms_gateway.domain.limitations import Limitations
from lms_gateway.domain.loads import Load
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.tenancy import Caller


class FakeBackend:
    """Backend that counts `aclose` calls, and may fail in them."""

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

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        raise AssertionError("not called in these tests")

    async def execute(self, commands: Sequence[Command], store: Store) -> Sequence[CommandResult]:
        raise AssertionError("not called in these tests")

    async def identify(self) -> CredentialIdentity:
        raise AssertionError("not called in these tests")

    async def aclose(self) -> None:
        self.close_count += 1
        if self.fails_to_close:
            raise OSError("no")


class ReloadableGateway:
    """A gateway whose configuration is `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.backends: list[FakeBackend] = []
        self.gateway = Gateway(self.read, self.connect)

    def read(self) -> Settings:
        return validate(parse(self.text, source="gateway.toml", folder=Path(".")), environ={})

    def connect(self, tenant: TenantSettings, max_concurrency: int) -> Backend:
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
    """Run the tasks that the end of a lease has started."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_reload_keeps_the_backends_of_unchanged_tenants() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple") + tenant_toml("cedar"))
    maple, cedar = reloadable.backends
    reloadable.text = tenant_toml("maple", more='name = "M"\nhosts = ["maple.example"]') + tenant_toml(
        "cedar", "b"
    )
    assert await reloadable.gateway.reload()
    await run_pending_tasks()
    assert maple.close_count == 0
    assert cedar.close_count == 1
    async with reloadable.gateway.lease() as snapshot:
        tenant = snapshot.tenants.get(CALLER, "maple")
        assert cast(Any, tenant.backend) is maple
        assert tenant.name == "M"
        assert cast(Any, snapshot.tenants.get(CALLER, "cedar").backend) is reloadable.backends[2]
    await reloadable.gateway.aclose()
    assert [backend.close_count for backend in reloadable.backends] == [1, 1, 1]


async def test_a_lease_keeps_its_snapshot_and_backends_open() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    async with reloadable.gateway.lease() as first, reloadable.gateway.lease() as second:
        reloadable.text = tenant_toml("cedar")
        assert await reloadable.gateway.reload()
        assert first is second
        assert cast(Any, first.tenants.get(CALLER, "maple").backend) is reloadable.backends[0]
        async with reloadable.gateway.lease() as later:
            with pytest.raises(TenantForbidden):
                later.tenants.get(CALLER, "maple")
        await run_pending_tasks()
        assert reloadable.backends[0].close_count == 0
    await run_pending_tasks()
    assert reloadable.backends[0].close_count == 1
    await reloadable.gateway.aclose()


async def test_a_backend_that_is_configured_again_during_a_lease_stays_open() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    async with reloadable.gateway.lease():
        reloadable.text = tenant_toml("cedar")
        await reloadable.gateway.reload()
        reloadable.text = tenant_toml("maple")
        await reloadable.gateway.reload()
    await run_pending_tasks()
    assert len(reloadable.backends) == 2
    assert reloadable.backends[0].close_count == 0
    assert reloadable.backends[1].close_count == 1
    await reloadable.gateway.aclose()
    assert [backend.close_count for backend in reloadable.backends] == [1, 1]


@pytest.mark.parametrize("text", ["", "[[tenant]", tenant_toml("maple", more='colour = "red"')])
async def test_an_invalid_configuration_keeps_the_old_snapshot(text: str) -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    reloadable.text = text
    assert not await reloadable.gateway.reload()
    async with reloadable.gateway.lease() as snapshot:
        assert cast(Any, snapshot.tenants.get(CALLER, "maple").backend) is reloadable.backends[0]
    await run_pending_tasks()
    assert reloadable.backends[0].close_count == 0
    reloadable.text = tenant_toml("maple") + tenant_toml("cedar")
    assert await reloadable.gateway.reload()
    await reloadable.gateway.aclose()


async def test_an_unexpected_error_keeps_the_old_snapshot() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    connect = cast(Any, reloadable.gateway)._connect_backend

    def fail(tenant: TenantSettings, max_concurrency: int) -> Backend:
        raise RuntimeError("no")

    cast(Any, reloadable.gateway)._connect_backend = fail
    reloadable.text = tenant_toml("maple") + tenant_toml("cedar")
    assert not await reloadable.gateway.reload()
    cast(Any, reloadable.gateway)._connect_backend = connect
    assert await reloadable.gateway.reload()
    await reloadable.gateway.aclose()
    assert [backend.close_count for backend in reloadable.backends] == [1, 1]


async def test_concurrent_reloads_run_one_after_another() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    reloadable.text = tenant_toml("maple", "b")
    assert await asyncio.gather(*(reloadable.gateway.reload() for _ in range(5))) == [True] * 5
    await run_pending_tasks()
    assert [backend.close_count for backend in reloadable.backends] == [1, 0]
    await reloadable.gateway.aclose()


async def test_all_backends_are_closed_if_one_fails() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple") + tenant_toml("cedar"))
    reloadable.backends[0].fails_to_close = True
    await reloadable.gateway.aclose()
    assert [backend.close_count for backend in reloadable.backends] == [1, 1]


async def test_a_lease_that_ends_after_the_gateway_closes_nothing_twice() -> None:
    reloadable = ReloadableGateway(tenant_toml("maple"))
    async with reloadable.gateway.lease():
        reloadable.text = tenant_toml("cedar")
        await reloadable.gateway.reload()
        await reloadable.gateway.aclose()
    await run_pending_tasks()
    assert [backend.close_count for backend in reloadable.backends] == [1, 1]


def test_a_gateway_does_not_start_with_an_invalid_configuration() -> None:
    with pytest.raises(ConfigError):
        ReloadableGateway("")
