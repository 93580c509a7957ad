"""Failures during writes: nothing is executed twice, and each row has a result."""

from collections.abc import Iterator
from typing import Literal

import pytest
import structlog.testing

from lms_gateway.domain.commands import (
    Command,
    CommandResult,
    CommandStatus,
    Create,
    CreateTestStudent,
    CrossList,
    Delete,
    Update,
)
from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import (
    OutcomeUnknown,
    RateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.models import Role
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.client import MIN_WRITE_TIME, loop_time
from lms_sandbox.app import create_sandbox
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.scripted import canvas_backend, canvas_upstream, sandbox_backend

COURSE, HOST = Key(Kind.COURSE, str(MAPLE.course)), Key(Kind.COURSE, str(MAPLE.host_course))
SECTION, EMPTY = (Key(Kind.SECTION, str(MAPLE.sections[at])) for at in (0, 3))
NEW = Create(Kind.SECTION, COURSE, {"name": "Evening", "sis_id": "EVE-1"})


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(12)) as server:
        yield server


async def execute(server: SandboxServer, *changes: Command) -> list[CommandResult]:
    async with sandbox_backend(server) as canvas:
        return list(await canvas.execute(changes, Store("maple")))


def sent(server: SandboxServer, path: str, method: str = "POST") -> int:
    """Count the writes of a path."""
    return sum(entry.method == method and entry.path.endswith(path) for entry in server.log.entries("canvas"))


def evening_section_count(server: SandboxServer) -> int:
    sections = server.sandbox.canvas_school.sections_of_course(MAPLE.course)
    return sum(section.name == "Evening" for section in sections)


FAULTS_AFTER_SENDING = [
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
    ("fault", "stored"), FAULTS_AFTER_SENDING, ids=lambda value: getattr(value, "kind", None)
)
async def test_an_unanswered_write_is_unknown_and_not_retried(
    server: SandboxServer, fault: Fault, stored: int
) -> None:
    server.faults.add(fault)
    (result,) = await execute(server, NEW)
    assert result.status is CommandStatus.UNKNOWN
    assert isinstance(result.error, OutcomeUnknown)
    assert sent(server, "/sections") == 1
    assert evening_section_count(server) == stored


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
async def test_a_write_that_times_out_is_unknown(
    server: SandboxServer, kind: Literal["hang", "hang_after"]
) -> None:
    server.faults.add(Fault(kind, method="POST"))
    until = request_deadline.set(loop_time() + MIN_WRITE_TIME + 0.5)
    try:
        (result,) = await execute(server, NEW)
    finally:
        request_deadline.reset(until)
    assert isinstance(result.error, OutcomeUnknown)
    assert sent(server, "/sections") == 1
    assert evening_section_count(server) == (kind == "hang_after")


async def test_a_write_past_its_deadline_is_not_sent(
    server: SandboxServer,
) -> None:
    until = request_deadline.set(loop_time() - 1.0)
    try:
        (result,) = await execute(server, NEW)
    finally:
        request_deadline.reset(until)
    assert result.status is CommandStatus.REFUSED
    assert isinstance(result.error, UpstreamTimeout | RateLimited)
    assert server.log.calls("canvas") == []


@pytest.mark.parametrize("status", [429, 403])
async def test_a_throttled_write_is_retried_until_it_runs_once(server: SandboxServer, status: int) -> None:
    body = "403 Forbidden (Rate Limit Exceeded)\n"
    again = {"Retry-After": "0.01"}
    server.faults.add(Fault("reply", method="POST", status=status, headers=again, body=body, count=2))
    (result,) = await execute(server, NEW)
    assert result.status is CommandStatus.CONFIRMED
    assert sent(server, "/sections") == 3
    assert evening_section_count(server) == 1


async def test_a_write_that_stays_throttled_is_refused(server: SandboxServer) -> None:
    later = {"Retry-After": "600"}
    server.faults.add(Fault("reply", method="POST", status=429, headers=later, count=0))
    (result,) = await execute(server, NEW)
    assert result.status is CommandStatus.REFUSED
    assert isinstance(result.error, RateLimited)
    assert (sent(server, "/sections"), evening_section_count(server)) == (1, 0)


async def test_a_write_to_an_unreachable_canvas_is_refused() -> None:
    with SandboxServer(create_sandbox(2)) as server:
        pass
    until = request_deadline.set(loop_time() + MIN_WRITE_TIME + 0.3)
    try:
        (result,) = await execute(server, NEW)
    finally:
        request_deadline.reset(until)
    assert result.status is CommandStatus.REFUSED
    assert isinstance(result.error, UpstreamUnavailable | UpstreamTimeout)


async def test_a_write_is_confirmed_if_reading_back_fails(
    server: SandboxServer,
) -> None:
    server.faults.add(Fault("reply", method="GET", path=f"/courses/{COURSE.id}", count=0))
    (result,) = await execute(server, Update(COURSE, {"description": "Stars"}))
    assert result.status is CommandStatus.CONFIRMED
    assert server.sandbox.canvas_school.courses[MAPLE.course].description == "Stars"


async def test_no_command_is_sent_twice(server: SandboxServer) -> None:
    """Including the test student's, which is a GET."""
    who = {"user_id": str(MAPLE.student), "role": Role.STUDENT}
    cases: list[tuple[Command, str, str]] = [
        (Update(EMPTY, {"name": "Night"}), "PUT", f"/sections/{EMPTY.id}"),
        (CrossList(SECTION, HOST), "POST", f"/crosslist/{HOST.id}"),
        (Delete(EMPTY), "DELETE", f"/sections/{EMPTY.id}"),
        (Create(Kind.ENROLLMENT, SECTION, who), "POST", "/enrollments"),
        (CreateTestStudent(HOST), "GET", "/student_view_student"),
    ]
    for one, method, path in cases:
        server.log.clear()
        server.faults.replace([Fault("cut_after", method=method, path=f"{path}$")])
        (result,) = await execute(server, one)
        assert result.status is CommandStatus.UNKNOWN
        assert sent(server, path, method) == 1


async def test_a_failing_row_does_not_affect_the_others(server: SandboxServer) -> None:
    """One row's reply is lost, one is rejected; each row has its own result."""
    server.faults.add(Fault("cut_after", method="POST", first=40))
    rows = [Create(Kind.SECTION, COURSE, {"name": "Evening"}) for _ in range(60)]
    rows[7] = Create(Kind.SECTION, COURSE, {"name": "x" * 256})
    results = await execute(server, *rows)
    statuses = [result.status for result in results]
    assert statuses.count(CommandStatus.CONFIRMED) == 58
    assert statuses.count(CommandStatus.UNKNOWN) == 1
    assert statuses[7] is CommandStatus.REFUSED
    assert sent(server, "/sections") == 60
    assert evening_section_count(server) == 59


async def test_an_unexpected_exception_affects_its_own_command_only() -> None:
    upstream = canvas_upstream({f"/courses/{COURSE.id}/sections": RuntimeError("Ada Lovelace")})
    with structlog.testing.capture_logs() as logs:
        rejected, unknown = await canvas_backend(upstream).execute(
            [Update(EMPTY, {"code": "x"}), NEW], Store("maple")
        )
    assert rejected.status is CommandStatus.REFUSED
    assert unknown.status is CommandStatus.UNKNOWN
    assert "Ada" not in repr((unknown.error, logs))
    assert [(log["event"], log["commands"], log["error"]) for log in logs] == [
        ("write_failed", ["Create"], "RuntimeError")
    ]
