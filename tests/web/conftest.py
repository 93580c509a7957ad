"""The small gateway, called in process and over a socket."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.web.small_schema import SmallGateway, serve


@pytest.fixture
async def gateway() -> SmallGateway:
    return SmallGateway()


@pytest.fixture
async def client(gateway: SmallGateway) -> AsyncIterator[httpx2.AsyncClient]:
    async with gateway.client() as client:
        yield client


@pytest.fixture
async def address(gateway: SmallGateway) -> AsyncIterator[str]:
    """Return host and port of a real server."""
    async with serve(gateway.app()) as address:
        yield address
