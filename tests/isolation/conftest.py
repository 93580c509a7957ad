"""The four neighbours, running."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from lms_sandbox.server import SandboxServer
from tests.isolation.tenants import FourTenants, running_gateway, vendors


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, SandboxServer]]:
    with vendors() as servers:
        yield servers


@pytest.fixture
async def town(servers: Mapping[str, SandboxServer]) -> AsyncIterator[FourTenants]:
    """Four schools with the same ids behind one gateway."""
    for server in servers.values():
        server.reset()
    async with running_gateway(servers) as town:
        yield town
