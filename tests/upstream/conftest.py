"""Fixtures: a real transport, and a clock that does not wait."""

from collections.abc import AsyncIterator

import pytest

from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from tests.upstream.vendor import FakeClock


@pytest.fixture
async def clock() -> FakeClock:
    """Return a clock that starts at the event loop's time."""
    return FakeClock()


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    """Return a real transport."""
    transport = HttpxTransport()
    yield transport
    await transport.aclose()
