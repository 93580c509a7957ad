"""What a request leaves behind is gone at its end, without the collector of cycles."""

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
    """Our objects that only the collector could free, by their types."""
    return Counter(
        f"{type(garbage).__module__}.{type(garbage).__qualname__}"
        for garbage in gc.garbage
        if type(garbage).__module__.startswith("lms_gateway")
    )


async def test_a_request_leaves_no_reference_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_GATEWAY_PLANS", raising=False)  # graphql-core leaves some of its own
    async with running_gateway() as gateway:
        assert (await gateway.execute(QUERY, "maple")).errors == []  # makes what stays
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
