"""The objects of a request are freed without the garbage collector."""

import gc
from collections import Counter

import pytest

from tests.harness import running_gateway

QUERY = """{
  courses(first: 2) { nodes { name sections(first: 2) { nodes {
    name course { name } teachers(first: 2) { nodes { displayName } }
  } } } }
}"""


def uncollected_objects() -> Counter[str]:
    """Count objects of lms_gateway in `gc.garbage` by type."""
    return Counter(
        f"{type(garbage).__module__}.{type(garbage).__qualname__}"
        for garbage in gc.garbage
        if type(garbage).__module__.startswith("lms_gateway")
    )


async def test_a_request_leaves_no_reference_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_GATEWAY_PLANS", raising=False)  # graphql-core creates cycles
    async with running_gateway() as gateway:
        assert (await gateway.execute(QUERY, "maple")).errors == []  # creates what is cached
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            assert (await gateway.execute(QUERY, "maple")).errors == []
            gc.collect()
            assert uncollected_objects() == {}
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
