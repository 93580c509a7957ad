"""The four neighbours, running."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from lms_gateway.sandbox.server import SandboxServer
from tests.isolation.neighbours import Neighbourhood, neighbourhood, vendors


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, SandboxServer]]:
    with vendors() as servers:
        yield servers


@pytest.fixture
async def town(servers: Mapping[str, SandboxServer]) -> AsyncIterator[Neighbourhood]:
    """Four schools with the same ids behind one gateway."""
    for server in servers.values():
        server.reset()
    async with neighbourhood(servers) as town:
        yield town
