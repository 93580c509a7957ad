"""The transport of a configuration."""

import pytest

from lms_gateway import app
from lms_gateway.config import TransportSettings
from lms_gateway.upstream.transports.asyncio_transport.transport import AsyncioTransport
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport


@pytest.mark.parametrize(
    ("kind", "built"),
    [("auto", AsyncioTransport), ("asyncio", AsyncioTransport), ("httpx", HttpxTransport)],
)
async def test_the_selected_kind_is_built(kind: str, built: type) -> None:
    async with app.open_transport(TransportSettings(kind=kind)) as transport:
        assert type(transport) is built


async def test_the_default_is_the_asyncio_transport() -> None:
    async with app.open_transport() as transport:
        assert type(transport) is AsyncioTransport
