"""What tests of Schoology's backend share."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from lms_gateway.domain.deadline import deadline


@pytest.fixture
def soon() -> Iterator[Callable[[float], None]]:
    """Lets the request in hand be due in so many seconds."""
    before = deadline.get()

    def fall_due(seconds: float) -> None:
        deadline.set(asyncio.get_running_loop().time() + seconds)

    yield fall_due
    deadline.set(before)
