"""Fixtures: simulators on real sockets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from lms_sandbox.app import create_sandbox
from lms_sandbox.server import SandboxServer
from tests.sandbox.canvas.client import CanvasCaller


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def server(shared_server: SandboxServer) -> SandboxServer:
    """A simulator with the sample schools in their initial state."""
    shared_server.reset()
    return shared_server


@pytest.fixture
def canvas(server: SandboxServer) -> Iterator[CanvasCaller]:
    with CanvasCaller(server) as caller:
        yield caller


@pytest.fixture
def canvas_with() -> Iterator[Callable[..., CanvasCaller]]:
    """Serve simulators with the given arguments of `create_sandbox`; return clients of Canvas."""
    with ExitStack() as stack:

        def serve(**options: Any) -> CanvasCaller:
            server = stack.enter_context(SandboxServer(create_sandbox(13, **options)))
            return stack.enter_context(CanvasCaller(server))

        yield serve
