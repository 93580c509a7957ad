"""Fixtures: each test runs with both vendors."""

from collections.abc import AsyncIterator, Iterator

import pytest

from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_sandbox.app import create_sandbox
from lms_sandbox.server import SandboxServer
from tests.contract.vendor_backends import VendorUnderTest, build_school


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(canvas_school=build_school, schoology_school=build_school)) as server:
        yield server


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    transport = HttpxTransport()
    yield transport
    await transport.aclose()


@pytest.fixture(params=["canvas", "schoology"])
async def vendor(
    request: pytest.FixtureRequest, sandbox: SandboxServer, transport: HttpxTransport
) -> AsyncIterator[VendorUnderTest]:
    under_test = VendorUnderTest(request.param, sandbox, transport)
    yield under_test
    await under_test.backend.aclose()
