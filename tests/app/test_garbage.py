"""What a request leaves behind is gone at its end, without the collector of cycles."""

import gc
from collections import Counter

import pytest

from tests.stage import staged

QUERY = """{
  courses(first: 2) { nodes { name sections(first: 2) { nodes {
    name course { name } teachers(first: 2) { nodes { displayName } }
  } } } }
}"""


def left_behind() -> Counter[str]:
    """Our objects that only the collector could free, by their types."""
    return Counter(
        f"{type(one).__module__}.{type(one).__qualname__}"
        for one in gc.garbage
        if type(one).__module__.startswith("lms_gateway")
    )


async def test_an_answered_request_leaves_no_cycle_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_GATEWAY_PLANS", raising=False)  # graphql-core leaves some of its own
    async with staged() as stage:
        assert (await stage.ask(QUERY, "maple")).errors == []  # makes what stays
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            assert (await stage.ask(QUERY, "maple")).errors == []
            gc.collect()
            assert left_behind() == {}
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
