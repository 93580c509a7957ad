"""A gateway that writes, and the vendors' client libraries to check what is stored."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import canvasapi  # type: ignore[import-untyped]
import pytest
import schoolopy  # type: ignore[import-untyped]

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from tests.harness import GatewayHarness, running_gateway


@pytest.fixture
async def writable() -> AsyncIterator[GatewayHarness]:
    """The demo with vendors whose jobs finish at once."""
    canvas, schoology = CanvasQuirks(job_seconds=0), SchoologyQuirks(copy_delay=0.0)
    async with running_gateway(sections=13, canvas_quirks=canvas, schoology_quirks=schoology) as gateway:
        yield gateway


@pytest.fixture
def canvas(writable: GatewayHarness) -> Iterator[Any]:
    """The client library canvasapi, connected to the same Canvas."""
    client = canvasapi.Canvas(writable.server.canvas_url, ADMIN_TOKEN)
    yield client
    client._Canvas__requester._session.close()


@pytest.fixture
def schoology(writable: GatewayHarness) -> Iterator[schoolopy.Schoology]:
    """The client library schoolopy, connected to the same Schoology."""
    auth = schoolopy.Auth(ADMIN_KEY, ADMIN_SECRET)
    with auth.oauth:
        yield schoolopy.Schoology(auth, api_host=f"{writable.server.schoology_url}/")
