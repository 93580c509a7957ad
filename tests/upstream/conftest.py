"""The real transport, and a clock that keeps nobody waiting."""

from collections.abc import AsyncIterator

import pytest

from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from tests.upstream.vendor import FakeClock


@pytest.fixture
async def clock() -> FakeClock:
    """A clock that begins at the loop's time."""
    return FakeClock()


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    """The real transport."""
    transport = HttpxTransport()
    yield transport
    await transport.aclose()
