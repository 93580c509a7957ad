"""The small gateway, called without a socket and over one."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.web.small_schema import SmallGateway, serve


@pytest.fixture
async def world() -> SmallGateway:
    return SmallGateway()


@pytest.fixture
async def client(world: SmallGateway) -> AsyncIterator[httpx2.AsyncClient]:
    async with world.client() as client:
        yield client


@pytest.fixture
async def served(world: SmallGateway) -> AsyncIterator[str]:
    """Host and port of a real server."""
    async with serve(world.app()) as place:
        yield place
