"""The rate limit of Schoology: 50 credits per key in 5 seconds, and its response."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import STAFF_KEY, STAFF_SECRET
from tests.sandbox.schoology.client import SchoologyCaller, SchoologySandbox


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(20)


def caller_without_waiting(school: School, **quirks: Any) -> SchoologyCaller:
    """Return a caller that does not wait for credits."""
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller(waits_for_credits=False)


async def spend(caller: SchoologyCaller, times: int) -> list[int]:
    return [(await caller.get("/roles")).status_code for _ in range(times)]


async def test_the_51st_get_in_a_window_is_rejected_with_retry_after(school: School) -> None:
    caller = caller_without_waiting(school)
    assert set(await spend(caller, 50)) == {200}
    caller.sandbox.clock.now += 1.5

    reply = await caller.get("/roles")

    assert (reply.status_code, reply.text) == (429, "")
    assert reply.headers["retry-after"] == "4"  # 3.5, rounded up
    caller.sandbox.clock.now += 3.4
    assert (await caller.get("/roles")).headers["retry-after"] == "1"
    caller.sandbox.clock.now += 0.1
    assert set(await spend(caller, 50)) == {200}


async def test_a_post_costs_three_credits_regardless_of_its_rows(school: School) -> None:
    caller = caller_without_waiting(school)
    paths = [f"/v1/users/{LAKESIDE.student}"] * 50

    replies = [await caller.send("POST", "/multiget", json={"request": paths}) for _ in range(17)]

    assert [reply.status_code for reply in replies] == [207] * 16 + [429]
    assert await spend(caller, 3) == [200, 200, 429]


async def test_rows_of_a_multiget_can_cost_credits(school: School) -> None:
    caller = caller_without_waiting(school, multiget_charges_rows=True)
    await caller.multiget(*[f"/v1/users/{LAKESIDE.student}"] * 47)

    assert await spend(caller, 1) == [429]


async def test_each_key_has_its_own_credits(school: School) -> None:
    caller = caller_without_waiting(school)
    await spend(caller, 51)

    assert await spend(caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET), 1) == [200]


async def test_an_unsigned_request_costs_nothing(school: School) -> None:
    caller = caller_without_waiting(school)
    await spend(caller.with_options(secret="wrong"), 60)

    assert await spend(caller, 1) == [200]


@pytest.mark.parametrize(
    ("quirks", "header"),
    [
        ({"retry_after": "milliseconds"}, "5000"),
        ({"retry_after": "absent"}, None),
        ({"retry_after": "seconds", "window": 7.0}, "7"),
    ],
)
async def test_the_format_of_retry_after_is_configurable(
    school: School, quirks: dict[str, Any], header: str | None
) -> None:
    caller = caller_without_waiting(school, rate_body="Slow down", credits_per_window=1, **quirks)
    await spend(caller, 1)

    reply = await caller.get("/roles")

    assert (reply.status_code, reply.text) == (429, "Slow down")
    assert reply.headers.get("retry-after") == header


async def test_the_rate_limit_can_be_an_html_page_with_200(school: School) -> None:
    caller = caller_without_waiting(school, over_limit="html", credits_per_window=1)
    await spend(caller, 1)

    reply = await caller.get("/roles")

    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert "request limit of 15 requests per 5 seconds" in reply.text


async def test_a_scripted_fault_replaces_the_response(school: School) -> None:
    caller = caller_without_waiting(school)
    caller.sandbox.faults.add(Fault("reply", vendor="schoology", path="/roles", status=504))

    assert await spend(caller, 2) == [504, 200]
    assert [entry.status for entry in caller.sandbox.log.entries()] == [504, 200]


async def test_a_fault_can_replace_the_host_of_the_next_link(school: School) -> None:
    caller = caller_without_waiting(school)
    caller.sandbox.faults.add(Fault("foreign_next", path="/users", host="https://evil.example"))

    assert (await caller.read("/users"))["links"]["next"].startswith("https://evil.example/")
