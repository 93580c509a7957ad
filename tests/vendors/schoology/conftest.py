"""What tests of Schoology's backend share."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from lms_gateway.domain.deadline import request_deadline


@pytest.fixture
def set_deadline() -> Iterator[Callable[[float], None]]:
    """Lets the request in hand be due in so many seconds."""
    before = request_deadline.get()

    def set_due(seconds: float) -> None:
        request_deadline.set(asyncio.get_running_loop().time() + seconds)

    yield set_due
    request_deadline.set(before)
