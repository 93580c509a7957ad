"""Both vendors, one after the other: each test here runs over either."""

from collections.abc import AsyncIterator, Iterator

import pytest

from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.upstream.transport import HttpxTransport
from tests.contract.sides import Side, tell_school


@pytest.fixture(scope="session")
def district() -> Iterator[SandboxServer]:
    with SandboxServer(
        create_sandbox(canvas_school=tell_school, schoology_school=tell_school)
    ) as server:
        yield server


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    transport = HttpxTransport()
    yield transport
    await transport.aclose()


@pytest.fixture(params=["canvas", "schoology"])
async def side(
    request: pytest.FixtureRequest, district: SandboxServer, transport: HttpxTransport
) -> AsyncIterator[Side]:
    side = Side(request.param, district, transport)
    yield side
    await side.backend.aclose()
