"""What tests of several areas stand on."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from lms_gateway import app
from lms_gateway.cli.demo import configure
from lms_gateway.sandbox.server import SandboxServer
from tests.stage import Stage, served, staged

# The machine is shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The demo: Maple University on Canvas, Lakeside High on Schoology."""
    async with staged() as stage:
        yield stage


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    """The demo's gateway on a real socket, for other people's programs and browsers."""
    with (
        SandboxServer() as sandbox,
        served(app.build(lambda: configure(sandbox.canvas_url, sandbox.schoology_url))) as url,
    ):
        yield url
