"""Fixtures of the tests of Schoology's backend."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from lms_gateway.domain.deadline import request_deadline


@pytest.fixture
def set_deadline() -> Iterator[Callable[[float], None]]:
    """Set the deadline of the current request, in seconds from now."""
    before = request_deadline.get()

    def set_due(seconds: float) -> None:
        request_deadline.set(asyncio.get_running_loop().time() + seconds)

    yield set_due
    request_deadline.set(before)
