"""Fixtures: four tenants with equal ids, and a gateway."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from lms_sandbox.server import SandboxServer
from tests.isolation.tenants import FourTenants, running_gateway, vendors


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, SandboxServer]]:
    with vendors() as servers:
        yield servers


@pytest.fixture
async def tenants(servers: Mapping[str, SandboxServer]) -> AsyncIterator[FourTenants]:
    """A gateway with four schools that have the same ids."""
    for server in servers.values():
        server.reset()
    async with running_gateway(servers) as tenants:
        yield tenants
