"""The small gateway, called without a socket and over one."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.small import SmallWorld, serving


@pytest.fixture
async def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
async def client(world: SmallWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


@pytest.fixture
async def served(world: SmallWorld) -> AsyncIterator[str]:
    """Host and port of a real server."""
    async with serving(world.app()) as place:
        yield place
