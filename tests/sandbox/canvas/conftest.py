"""Clients of the library `canvasapi`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import canvasapi  # type: ignore[import-untyped]
import pytest

from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.server import SandboxServer

SignIn = Callable[[str], Any]


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    """Return a function that opens a client of one new simulator with a token.

    Jobs and reports finish at once; calendars are arrays, the only form that canvasapi supports.
    """
    with ExitStack() as stack:
        quirks = CanvasQuirks(job_seconds=0, wraps_calendars=False)
        server = stack.enter_context(SandboxServer(create_sandbox(13, canvas_quirks=quirks)))

        def open_client(token: str) -> Any:
            client = canvasapi.Canvas(server.canvas_url, token)
            stack.callback(client._Canvas__requester._session.close)
            return client

        yield open_client
