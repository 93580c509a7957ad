"""Whatever goes wrong in mid-write: nothing is done twice, and every row is accounted for."""

from collections.abc import Iterator
from typing import Any

import pytest

from lms_gateway.domain.changes import (
    Change,
    Create,
    CreateTestStudent,
    CrossList,
    Remove,
    Result,
    Status,
    Update,
)
from lms_gateway.domain.deadline import deadline
from lms_gateway.domain.errors import (
    OutcomeUnknown,
    RateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.records import Key, Kind, Role
from lms_gateway.domain.store import Store
from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.faults import Fault
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.sandbox.world import MAPLE
from lms_gateway.upstream.stack import LEAST_TO_CHANGE, loop_time
from lms_gateway.vendors.canvas import CanvasBackend
from tests.vendors.canvas.changing import connected

COURSE, HOST = Key(Kind.COURSE, str(MAPLE.course)), Key(Kind.COURSE, str(MAPLE.host_course))
SECTION, EMPTY = (Key(Kind.SECTION, str(MAPLE.sections[at])) for at in (0, 3))
NEW = Create(Kind.SECTION, COURSE, {"name": "Evening", "sis_id": "EVE-1"})


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(12)) as server:
        yield server


async def change(server: SandboxServer, *changes: Change) -> list[Result]:
    async with connected(server) as canvas:
        return list(await canvas.change(changes, Store("maple")))


def sent(server: SandboxServer, path: str, method: str = "POST") -> int:
    """How often the sandbox was asked to write at a path."""
    return sum(
        entry.method == method and entry.path.endswith(path)
        for entry in server.log.entries("canvas")
    )


def evenings(server: SandboxServer) -> int:
    sections = server.sandbox.canvas_school.sections_of_course(MAPLE.course)
    return sum(section.name == "Evening" for section in sections)


MAY_HAVE_RUN = [
    (Fault("cut_before", method="POST"), 0),
    (Fault("cut_after", method="POST"), 1),
    (Fault("cut", method="POST"), 1),
    (Fault("truncated", method="POST"), 1),
    (Fault("empty", method="POST"), 0),
    (Fault("html", method="POST"), 0),
    (Fault("html", method="POST", status=200), 0),
    (Fault("text", method="POST"), 0),
    (Fault("wrong_object", method="POST"), 1),
    (Fault("reply", method="POST", status=500), 0),
    (Fault("reply_after", method="POST", status=500), 1),
    (Fault("reply_after", method="POST", status=502), 1),
    (Fault("reply_after", method="POST", status=504), 1),
]


@pytest.mark.parametrize(
    ("fault", "stored"), MAY_HAVE_RUN, ids=lambda value: getattr(value, "kind", None)
)
async def test_an_unanswered_change_is_unknown_and_not_sent_again(
    server: SandboxServer, fault: Fault, stored: int
) -> None:
    server.faults.add(fault)
    (result,) = await change(server, NEW)
    assert result.status is Status.UNKNOWN
    assert isinstance(result.error, OutcomeUnknown)
    assert sent(server, "/sections") == 1
    assert evenings(server) == stored


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
async def test_a_change_that_canvas_does_not_answer_in_time_is_unknown(
    server: SandboxServer, kind: Any
) -> None:
    server.faults.add(Fault(kind, method="POST"))
    until = deadline.set(loop_time() + LEAST_TO_CHANGE + 0.5)
    try:
        (result,) = await change(server, NEW)
    finally:
        deadline.reset(until)
    assert isinstance(result.error, OutcomeUnknown)
    assert sent(server, "/sections") == 1
    assert evenings(server) == (kind == "hang_after")


async def test_a_change_whose_time_is_up_before_it_leaves_is_not_sent(
    server: SandboxServer,
) -> None:
    until = deadline.set(loop_time() - 1.0)
    try:
        (result,) = await change(server, NEW)
    finally:
        deadline.reset(until)
    assert result.status is Status.REFUSED
    assert isinstance(result.error, UpstreamTimeout | RateLimited)
    assert server.log.calls("canvas") == []


@pytest.mark.parametrize("status", [429, 403])
async def test_a_throttled_change_is_sent_again_until_it_runs_once(
    server: SandboxServer, status: int
) -> None:
    body = "403 Forbidden (Rate Limit Exceeded)\n"
    again = {"Retry-After": "0.01"}
    server.faults.add(
        Fault("reply", method="POST", status=status, headers=again, body=body, count=2)
    )
    (result,) = await change(server, NEW)
    assert result.status is Status.CONFIRMED
    assert sent(server, "/sections") == 3
    assert evenings(server) == 1


async def test_a_change_that_stays_throttled_was_surely_not_done(server: SandboxServer) -> None:
    later = {"Retry-After": "600"}
    server.faults.add(Fault("reply", method="POST", status=429, headers=later, count=0))
    (result,) = await change(server, NEW)
    assert result.status is Status.REFUSED
    assert isinstance(result.error, RateLimited)
    assert (sent(server, "/sections"), evenings(server)) == (1, 0)


async def test_a_canvas_that_cannot_be_reached_did_nothing() -> None:
    with SandboxServer(create_sandbox(2)) as server:
        pass
    until = deadline.set(loop_time() + LEAST_TO_CHANGE + 0.3)
    try:
        (result,) = await change(server, NEW)
    finally:
        deadline.reset(until)
    assert result.status is Status.REFUSED
    assert isinstance(result.error, UpstreamUnavailable | UpstreamTimeout)


async def test_what_was_done_is_not_in_doubt_because_it_cannot_be_read_again(
    server: SandboxServer,
) -> None:
    server.faults.add(Fault("reply", method="GET", path=f"/courses/{COURSE.id}", count=0))
    (result,) = await change(server, Update(COURSE, {"description": "Stars"}))
    assert result.status is Status.CONFIRMED
    assert server.sandbox.canvas_school.courses[MAPLE.course].description == "Stars"


async def test_no_change_goes_out_twice_whatever_it_is(server: SandboxServer) -> None:
    """The test student's among them, although it is a GET."""
    who = {"user_id": str(MAPLE.student), "role": Role.STUDENT}
    cases: list[tuple[Change, str, str]] = [
        (Update(EMPTY, {"name": "Night"}), "PUT", f"/sections/{EMPTY.id}"),
        (CrossList(SECTION, HOST), "POST", f"/crosslist/{HOST.id}"),
        (Remove(EMPTY), "DELETE", f"/sections/{EMPTY.id}"),
        (Create(Kind.ENROLLMENT, SECTION, who), "POST", "/enrollments"),
        (CreateTestStudent(HOST), "GET", "/student_view_student"),
    ]
    for one, method, path in cases:
        server.log.clear()
        server.faults.replace([Fault("cut_after", method=method, path=f"{path}$")])
        (result,) = await change(server, one)
        assert result.status is Status.UNKNOWN
        assert sent(server, path, method) == 1


async def test_a_failing_row_leaves_the_others(server: SandboxServer) -> None:
    """One row's answer is lost, one is refused; each row answers for itself and in its place."""
    server.faults.add(Fault("cut_after", method="POST", first=40))
    rows = [Create(Kind.SECTION, COURSE, {"name": "Evening"}) for _ in range(60)]
    rows[7] = Create(Kind.SECTION, COURSE, {"name": "x" * 256})
    results = await change(server, *rows)
    statuses = [result.status for result in results]
    assert statuses.count(Status.CONFIRMED) == 58
    assert statuses.count(Status.UNKNOWN) == 1
    assert statuses[7] is Status.REFUSED
    assert sent(server, "/sections") == 60
    assert evenings(server) == 59


async def test_a_fault_of_ours_is_a_row_of_its_own(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: CanvasBackend, calls: Any) -> Any:
        raise RuntimeError("Ada Lovelace")

    monkeypatch.setattr(CanvasBackend, "_send_all", fail)
    before, after = await change(server, Update(EMPTY, {"code": "x"}), NEW)
    assert before.status is Status.REFUSED
    assert after.status is Status.UNKNOWN
    assert "Ada" not in str(after.error)
