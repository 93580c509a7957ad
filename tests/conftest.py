"""Fixtures of all tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_sandbox.server import SandboxServer
from tests.harness import GatewayHarness, running_gateway, serve

# The machine is shared, so the duration of an example is no measure.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


@pytest.fixture
async def gateway() -> AsyncIterator[GatewayHarness]:
    """The demo: Maple University on Canvas, Lakeside High on Schoology."""
    async with running_gateway() as harness:
        yield harness


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    """The demo's gateway on a real socket, for clients and browsers."""
    with (
        SandboxServer() as sandbox,
        serve(app.build(lambda: configure(sandbox.canvas_url, sandbox.schoology_url))) as url,
    ):
        yield url
