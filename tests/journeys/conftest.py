"""A gateway to write through, and other people's clients who look at what came of it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import canvasapi  # type: ignore[import-untyped]
import pytest
import schoolopy

from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.canvas.tokens import ADMIN_TOKEN
from lms_gateway.sandbox.schoology import ADMIN_KEY, ADMIN_SECRET, SchoologyHabits
from tests.stage import Stage, staged


@pytest.fixture
async def writable() -> AsyncIterator[Stage]:
    """The demo, whose vendors do at once what they else take seconds for."""
    canvas, schoology = CanvasHabits(job_seconds=0), SchoologyHabits(copy_delay=0.0)
    async with staged(sections=13, canvas_habits=canvas, schoology_habits=schoology) as stage:
        yield stage


@pytest.fixture
def canvas(writable: Stage) -> Iterator[Any]:
    """canvasapi at the same Canvas."""
    client = canvasapi.Canvas(writable.server.canvas_url, ADMIN_TOKEN)
    yield client
    client._Canvas__requester._session.close()


@pytest.fixture
def schoology(writable: Stage) -> Iterator[schoolopy.Schoology]:
    """schoolopy at the same Schoology."""
    auth = schoolopy.Auth(ADMIN_KEY, ADMIN_SECRET)
    with auth.oauth:
        yield schoolopy.Schoology(auth, api_host=f"{writable.server.schoology_url}/")
