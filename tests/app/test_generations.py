"""Reloading: what is kept, what is closed, and when."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from lms_gateway.app.generations import Gateway
from lms_gateway.config import ConfigError, Settings, TenantSettings, check, parse
from lms_gateway.domain.asks import Ask, Wants
from lms_gateway.domain.backend import Backend, Capability, Identity, Settle
from lms_gateway.domain.errors import TenantForbidden
from lms_gateway.domain.records import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.tenancy import Caller


class QuietBackend:
    """A backend that only knows whether it was closed, and may fail to close."""

    vendor = Vendor.CANVAS
    gives: Mapping[Kind, frozenset[str]] = {}
    capabilities: Sequence[Capability] = ()
    cursor_key = b""

    def __init__(self, settings: TenantSettings) -> None:
        self.settings = settings
        self.closed = 0
        self.fails = False

    def canonical_id(self, kind: Kind, vendor_id: str) -> str:
        return vendor_id

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        raise AssertionError("nobody asks in these tests")

    async def identify(self) -> Identity:
        raise AssertionError("nobody asks in these tests")

    async def aclose(self) -> None:
        self.closed += 1
        if self.fails:
            raise OSError("no")


class World:
    """A gateway whose configuration is the text in hand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.backends: list[QuietBackend] = []
        self.gateway = Gateway(self.read, self.connect)

    def read(self) -> Settings:
        return check(parse(self.text, place="gateway.toml", folder=Path(".")), environ={})

    def connect(self, tenant: TenantSettings, in_flight: int) -> Backend:
        self.backends.append(QuietBackend(tenant))
        return self.backends[-1]


def school(slug: str, token: str = "a", more: str = "") -> str:
    return f"""
[[tenant]]
slug = "{slug}"
vendor = "canvas"
base_url = "https://{slug}.example"
credentials = {{ kind = "token", token = "{token}" }}
access = "open"
{more}
"""


ANYONE = Caller(None, frozenset({"maple", "cedar"}), frozenset())


async def settled() -> None:
    """Let what a lease's end has started come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_reload_keeps_the_backend_of_a_tenant_whose_connection_is_the_same() -> None:
    world = World(school("maple") + school("cedar"))
    maple, cedar = world.backends
    world.text = school("maple", more='name = "M"\nhosts = ["maple.example"]') + school(
        "cedar", "b"
    )
    assert await world.gateway.reload()
    await settled()
    assert maple.closed == 0
    assert cedar.closed == 1
    async with world.gateway.lease() as now:
        tenant = now.tenants.get(ANYONE, "maple")
        assert tenant.backend is maple
        assert tenant.name == "M"
        assert now.tenants.get(ANYONE, "cedar").backend is world.backends[2]
    await world.gateway.aclose()
    assert [backend.closed for backend in world.backends] == [1, 1, 1]


async def test_a_lease_keeps_its_generation_and_its_backends_until_it_ends() -> None:
    world = World(school("maple"))
    async with world.gateway.lease() as first, world.gateway.lease() as second:
        world.text = school("cedar")
        assert await world.gateway.reload()
        assert first is second
        assert first.tenants.get(ANYONE, "maple").backend is world.backends[0]
        async with world.gateway.lease() as later:
            with pytest.raises(TenantForbidden):
                later.tenants.get(ANYONE, "maple")
        await settled()
        assert world.backends[0].closed == 0
    await settled()
    assert world.backends[0].closed == 1
    await world.gateway.aclose()


async def test_a_backend_that_comes_back_while_an_old_lease_holds_it_stays_open() -> None:
    world = World(school("maple"))
    async with world.gateway.lease():
        world.text = school("cedar")
        await world.gateway.reload()
        world.text = school("maple")
        await world.gateway.reload()
    await settled()
    assert len(world.backends) == 2
    assert world.backends[0].closed == 0
    assert world.backends[1].closed == 1
    await world.gateway.aclose()
    assert [backend.closed for backend in world.backends] == [1, 1]


@pytest.mark.parametrize("text", ["", "[[tenant]", school("maple", more='colour = "red"')])
async def test_a_broken_configuration_keeps_the_old_one_at_work(text: str) -> None:
    world = World(school("maple"))
    world.text = text
    assert not await world.gateway.reload()
    async with world.gateway.lease() as now:
        assert now.tenants.get(ANYONE, "maple").backend is world.backends[0]
    await settled()
    assert world.backends[0].closed == 0
    world.text = school("maple") + school("cedar")
    assert await world.gateway.reload()
    await world.gateway.aclose()


async def test_a_reload_that_fails_unforeseen_keeps_the_old_configuration() -> None:
    world = World(school("maple"))
    connect = cast(Any, world.gateway)._connect

    def fail(tenant: TenantSettings, in_flight: int) -> Backend:
        raise RuntimeError("no")

    cast(Any, world.gateway)._connect = fail
    world.text = school("maple") + school("cedar")
    assert not await world.gateway.reload()
    cast(Any, world.gateway)._connect = connect
    assert await world.gateway.reload()
    await world.gateway.aclose()
    assert [backend.closed for backend in world.backends] == [1, 1]


async def test_reloads_at_once_are_done_one_after_the_other() -> None:
    world = World(school("maple"))
    world.text = school("maple", "b")
    assert await asyncio.gather(*(world.gateway.reload() for _ in range(5))) == [True] * 5
    await settled()
    assert [backend.closed for backend in world.backends] == [1, 0]
    await world.gateway.aclose()


async def test_a_backend_that_fails_to_close_does_not_keep_the_others_open() -> None:
    world = World(school("maple") + school("cedar"))
    world.backends[0].fails = True
    await world.gateway.aclose()
    assert [backend.closed for backend in world.backends] == [1, 1]


async def test_a_lease_that_outlives_the_gateway_closes_nothing_twice() -> None:
    world = World(school("maple"))
    async with world.gateway.lease():
        world.text = school("cedar")
        await world.gateway.reload()
        await world.gateway.aclose()
    await settled()
    assert [backend.closed for backend in world.backends] == [1, 1]


def test_a_gateway_does_not_start_on_a_broken_configuration() -> None:
    with pytest.raises(ConfigError):
        World("")
