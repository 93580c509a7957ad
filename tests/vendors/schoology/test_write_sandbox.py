"""Writes to the simulator's Schoology, and the state afterwards."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import time
from typing import Any

import pytest

from lms_gateway.domain.commands import (
    Command,
    CommandResult,
    CommandStatus,
    CopySection,
    Create,
    Delete,
    RedeemCode,
    Update,
)
from lms_gateway.domain.models import Day, EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.client import MIN_WRITE_TIME, UpstreamClient
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.vendors.schoology import OAuth1, SchoologyBackend
from lms_gateway.vendors.schoology.api.credentials import OAuth1Signer
from lms_gateway.vendors.schoology.api.policy import CreditBudget, SchoologyPolicy
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.models import Section
from lms_sandbox.faults import Fault
from lms_sandbox.schoology.api_keys import STUDENT_KEY, STUDENT_SECRET
from lms_sandbox.server import SandboxServer
from tests.vendors.schoology.test_sandbox import ADMIN, lakeside_backend

COURSE = Key(Kind.COURSE, str(LAKESIDE.course))
OTHER = Key(Kind.COURSE, str(LAKESIDE.host_course))
EMPTY = Key(Kind.SECTION, str(LAKESIDE.sections[3]))
TERMS = (str(LAKESIDE.current_term),)
MEETING = Meeting((Day.MONDAY, Day.SATURDAY), time(8, 5), time(9, 0))


@asynccontextmanager
async def unlimited_lakeside_backend(
    **quirks: Any,
) -> AsyncIterator[tuple[SchoologyBackend, SandboxServer]]:
    """A backend without a credit limit on either side."""
    async with lakeside_backend(credits_per_window=100_000, **quirks) as (plain, server):
        transport = HttpxTransport()
        policy = SchoologyPolicy(OAuth1Signer(ADMIN), CreditBudget(max_credits=100_000))
        upstream = UpstreamClient(
            tenant="lakeside", base_url=server.schoology_url, transport=transport, policy=policy
        )
        rich = SchoologyBackend(
            upstream=upstream,
            tenant="lakeside",
            base_url=server.schoology_url,
            time_zone=None,
            cursor_key=plain.cursor_key,
        )
        try:
            yield rich, server
        finally:
            await transport.aclose()


def new(number: int, course: Key = COURSE, **values: Any) -> Create:
    arguments = {"name": f"New {number}", "code": f"N{number}", "term_ids": TERMS, **values}
    return Create(Kind.SECTION, course, arguments)


async def execute(backend: SchoologyBackend, *changes: Command) -> list[CommandResult]:
    return list(await backend.execute(changes, Store("lakeside")))


def added_sections(server: SandboxServer) -> list[Section]:
    """Return the sections that tests created."""
    results = server.sandbox.schoology_school.sections.values()
    return [one for one in results if one.name.startswith("New ") and one.state == "active"]


def summaries(results: Sequence[CommandResult]) -> list[object]:
    """Return results as comparable values."""
    return [
        (r.status, known_values(r.record), [(p.code, p.field) for p in r.problems], type(r.error))
        for r in results
    ]


def known_values(record: Record | None) -> object:
    if record is None:
        return None
    known = {name: getattr(record, name) for name in record.known_fields if "." not in name}
    # Null and unknown values are not compared.
    known = {name: value for name, value in known.items() if value is not None}
    known["options"] = (record.vendor_fields.get("options") or {}).get("upload_documents")
    return record.key, sorted(known.items())


async def run_all_changes(backend: SchoologyBackend) -> list[object]:
    """Execute each command, singly and in bulk."""
    seen: list[object] = []

    async def go(*changes: Command) -> list[CommandResult]:
        results = await execute(backend, *changes)
        seen.extend(summaries(results))
        return results

    whole: dict[str, Any] = {
        "sis_id": "WHOLE", "description": "What", "location": "101", "meeting": MEETING,
        "is_synced": True, "schoology.options": {"upload_documents": True, "course_format": 2},
    }  # fmt: skip
    (one,) = await go(new(1))
    (synced,) = await go(new(2, **whole, code=None))
    several = await go(new(3), new(4, OTHER), new(5), new(6), new(7), new(5, code="N5b"))
    keys = [r.record.key for r in several if r.record]
    await go(Update(keys[0], {"name": "New name", "location": None, "code": "N3b"}))
    await go(*(Update(key, {"description": key.id, "meeting": MEETING}) for key in keys))
    await go(Update(keys[1], {"name": "First"}), Update(keys[1], {"name": "Last"}))
    # A conflict, an unknown object, and invalid values.
    await go(new(5), new(3, sis_id="WHOLE", code=None))
    await go(new(5), new(8))
    await go(Update(Key(Kind.SECTION, "5"), {"name": "None"}), Update(keys[2], {"name": "Some"}))
    member = {"user_id": str(LAKESIDE.student), "role": Role.STUDENT}
    (seat,) = await go(Create(Kind.ENROLLMENT, EMPTY, member))
    people = [
        {"user_id": str(number), "role": Role.TEACHER}
        for number in (LAKESIDE.teacher, LAKESIDE.ta, LAKESIDE.awkward_user, LAKESIDE.observer)
    ]
    seats = await go(*(Create(Kind.ENROLLMENT, EMPTY, person) for person in people))
    assert seat.record is not None
    await go(Update(seat.record.key, {"role": Role.TEACHER, "state": EnrollmentState.ARCHIVED}))
    own = [r.record.key for r in seats if r.record]
    await go(*(Update(key, {"state": EnrollmentState.COMPLETED}) for key in own))
    await go(Delete(seat.record.key))
    await go(*map(Delete, own))
    course = {"name": "Course", "department": "D", "credits": 2.5, "schoology.subject_area": 5}
    (made,) = await go(Create(Kind.COURSE, None, {**course, "code": "NC-1"}))
    inner = tuple(Create(Kind.SECTION, None, new(n).values) for n in (1, 2, 2))
    more = await go(
        Create(Kind.COURSE, None, {**course, "code": "NC-2"}, sections=inner),
        Create(Kind.COURSE, None, {**course, "code": "NC-1"}),
        Create(Kind.COURSE, None, {**course, "code": "NC-3"}),
    )
    made_keys = [r.record.key for r in (made, *more) if r.record]
    await go(Update(made_keys[0], {"name": "Other", "credits": None, "schoology.synced": True}))
    await go(*(Update(key, {"department": key.id}) for key in made_keys))
    await go(Delete(made_keys[0]))
    await go(*map(Delete, made_keys[1:]))
    assert one.record is not None
    await go(Delete(one.record.key))
    await go(*map(Delete, [*keys, *keys[:1], Key(Kind.SECTION, "5")]))
    assert synced.record is not None
    return seen


_EXPECTED: list[object] = []


async def expected() -> list[object]:
    if not _EXPECTED:
        async with unlimited_lakeside_backend() as (backend, server):
            _EXPECTED.extend(await run_all_changes(backend))
            assert [section.name for section in added_sections(server)] == ["New 2", "New 8"]
    return _EXPECTED


async def test_each_command_returns_what_is_stored() -> None:
    statuses = [one[0] for one in await expected()]  # type: ignore[index]
    assert statuses.count(CommandStatus.UNKNOWN) == 0
    refused = [one for one in await expected() if one[0] is CommandStatus.REFUSED]  # type: ignore[index]
    assert [one[2] for one in refused] == [  # type: ignore[index]
        [("CONFLICT", "code")],
        [("CONFLICT", "sis_id")],
        [("CONFLICT", "code")],
        [("NOT_FOUND", "section")],
        [("CONFLICT", None)],  # the teacher is enrolled already
        [("CONFLICT", "code")],
        [("NOT_FOUND", "section")],
    ]
    problems = [one[2] for one in await expected() if one[0] is CommandStatus.CONFIRMED]  # type: ignore[index]
    assert [one for one in problems if one] == [[("CONFLICT", "sections.2.code")]]


@pytest.mark.parametrize(
    "quirks",
    [
        {"changed_row_code": 204, "bulk_put_status": 200, "copy_status": 207},
        {"failed_row_key": "error"},
        {"failed_row_echo": "nothing"},
        {"meeting_days": "int", "saturday": 7},
        {"unset_text": None, "parent_id": "0"},
        {"documented_options": True, "class_periods": True},
        {"credits": "str", "location": "path"},
        {"multiget_body": "text", "multiget_failure": "null"},
    ],
    ids=lambda quirks: ",".join(f"{name}={value}" for name, value in quirks.items()),
)
async def test_quirks_of_replies_do_not_change_results(quirks: dict[str, Any]) -> None:
    async with unlimited_lakeside_backend(**quirks) as (backend, _):
        assert await run_all_changes(backend) == await expected()


@pytest.mark.parametrize(
    ("locked", "status"), [("refused", CommandStatus.REFUSED), ("ignored", CommandStatus.CONFIRMED)]
)
async def test_a_locked_field_is_a_conflict_with_each_quirk(locked: str, status: CommandStatus) -> None:
    async with unlimited_lakeside_backend(locked_fields=locked) as (backend, _):
        (made,) = await execute(backend, new(1, sis_id="KEPT", code=None, is_synced=True))
        assert made.record is not None
        (result,) = await execute(backend, Update(made.record.key, {"sis_id": "OTHER"}))
        assert result.status is status
        assert [(p.code, p.field) for p in result.problems] == [("CONFLICT", "sis_id")]


async def test_a_rejection_without_a_message_is_read() -> None:
    async with unlimited_lakeside_backend(refusal_text="empty") as (backend, server):
        await execute(backend, new(1))
        (again,) = await execute(backend, new(1))
        assert again.status is CommandStatus.REFUSED
        assert [problem.code for problem in again.problems] == ["BAD_USER_INPUT"]
        assert len(added_sections(server)) == 1


async def test_120_creates_have_one_result_each() -> None:
    """Three rows are rejected; the reply of one executed call is lost."""
    bad = {7, 61, 118}
    async with unlimited_lakeside_backend() as (backend, server):
        await execute(backend, *(new(1000 + n, code=f"N{n}") for n in bad))
        server.log.clear()
        server.faults.add(Fault("cut_after", method="POST", path=r"/sections$", first=2))
        results = await execute(backend, *(new(n) for n in range(1, 121)))
        chunks = [(status_of(results[index : index + 50])) for index in (0, 50, 100)]
        unanswered = [chunk for chunk in chunks if set(chunk) == {CommandStatus.UNKNOWN}]
        assert len(unanswered) == 1
        alive = [index for index in range(3) if chunks[index] not in unanswered]
        for number, result in enumerate(results, 1):
            if (number - 1) // 50 not in alive:
                assert result.status is CommandStatus.UNKNOWN
                assert result.record is None
            elif number in bad:
                assert result.status is CommandStatus.REFUSED
                assert [(p.code, p.field) for p in result.problems] == [("CONFLICT", "code")]
            else:
                assert result.status is CommandStatus.CONFIRMED
                assert result.record is not None
                assert result.record.name == f"New {number}"
        names = [section.name for section in added_sections(server)]
        assert len(names) == len(set(names)) == 120  # 3 from before, 117 new
        posts = [line for line in server.log.calls("schoology") if "/sections" in line]
        assert len([line for line in posts if line.startswith("POST /courses")]) == 3


def status_of(results: Sequence[CommandResult]) -> tuple[CommandStatus, ...]:
    return tuple(result.status for result in results)


FAULTS = {
    "cut before": Fault("cut_before", method="POST"),
    "cut within": Fault("cut", method="POST"),
    "cut after": Fault("cut_after", method="POST"),
    "500 before": Fault("reply", method="POST"),
    "500 after": Fault("reply_after", method="POST"),
    "503 after": Fault("reply_after", method="POST", status=503),
    "a page": Fault("html", method="POST"),
    "nothing": Fault("empty", method="POST"),
    "half an answer": Fault("truncated", method="POST"),
    "another object": Fault("wrong_object", method="POST"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [1, 3])
async def test_no_failure_creates_an_object_twice(fault: str, count: int) -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        server.faults.add(FAULTS[fault])
        results = await execute(backend, *(new(n) for n in range(count)))
        assert status_of(results) == (CommandStatus.UNKNOWN,) * count
        assert {result.error.code for result in results if result.error} == {"OUTCOME_UNKNOWN"}
        was_run = "after" in fault or fault in ("cut within", "half an answer", "another object")
        assert len(added_sections(server)) == (count if was_run else 0)
        assert len([c for c in server.log.calls("schoology") if c.startswith("POST /cour")]) == 1


@pytest.mark.parametrize("count", [1, 3])
async def test_a_throttled_write_is_retried_and_executed_once(count: int) -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        throttled = Fault("reply", method="POST", status=429, headers={"Retry-After": "0"})
        server.faults.add(throttled)
        results = await execute(backend, *(new(n) for n in range(count)))
        assert status_of(results) == (CommandStatus.CONFIRMED,) * count
        assert len(added_sections(server)) == count


@pytest.mark.parametrize(("kind", "made"), [("hang", 0), ("hang_after", 1)])
async def test_a_write_that_times_out_is_unknown(
    kind: Any, made: int, set_deadline: Callable[[float], None]
) -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        server.faults.add(Fault(kind, method="POST"))
        set_deadline(MIN_WRITE_TIME + 0.5)
        (result,) = await execute(backend, new(1))
        assert result.status is CommandStatus.UNKNOWN
        assert len(added_sections(server)) == made
        assert len(server.log.calls("schoology")) == 1


async def test_a_write_past_its_deadline_is_refused(set_deadline: Callable[[float], None]) -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        set_deadline(-1.0)
        (result,) = await execute(backend, new(1))
        assert result.status is CommandStatus.REFUSED
        assert server.log.calls("schoology") == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
async def test_an_unanswered_delete_is_unknown(kind: Any) -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        (made,) = await execute(backend, new(1))
        assert made.record is not None
        server.faults.add(Fault(kind, method="DELETE"))
        (result,) = await execute(backend, Delete(made.record.key))
        assert (result.status, result.record) == (CommandStatus.UNKNOWN, None)
        assert len(added_sections(server)) == (1 if kind == "cut_before" else 0)
        assert len([c for c in server.log.calls("schoology") if c.startswith("DELETE")]) == 1


async def test_call_counts_of_writes() -> None:
    """Fifty rows a call; read back with fifty a multiget."""
    async with unlimited_lakeside_backend() as (backend, server):
        made = await execute(backend, *(new(n) for n in range(60)))
        keys = [r.record.key for r in made if r.record]
        lines = [line.split("?")[0] for line in server.log.calls("schoology")]
        assert lines == [f"POST /courses/{COURSE.id}/sections"] * 2 + ["POST /multiget"] * 2
        server.log.clear()
        await execute(backend, *(Update(key, {"location": key.id}) for key in keys))
        assert server.log.calls("schoology") == ["PUT /sections"] * 2 + ["POST /multiget"] * 2
        server.log.clear()
        await execute(backend, *map(Delete, keys))
        lines = [line.split("?")[0] for line in server.log.calls("schoology")]
        assert lines == ["POST /multiget"] * 2 + ["DELETE /sections"] * 2
        assert added_sections(server) == []


@pytest.mark.parametrize("status", [200, 207])
async def test_a_copy_is_found_by_its_school_code(status: int) -> None:
    async with unlimited_lakeside_backend(copy_delay=0.0, copy_status=status) as (backend, server):
        source = str(LAKESIDE.sections[0])
        copy = CopySection(
            "New copy", TERMS, source_id=source, section_sis_id="COPY", course_id=COURSE.id,
            enroll_user=True, wait_timeout=5.0,
        )  # fmt: skip
        taken = CopySection("New copy", TERMS, source_id=source, section_id=source, course_id=COURSE.id)
        backend._sleep = _at_once
        done, refused = await execute(backend, copy, taken)
        assert done.status is CommandStatus.ACCEPTED
        assert done.record is not None
        assert [str(section.id) for section in added_sections(server)] == [done.record.key.id]
        assert "transfer_url" in done.detail
        assert refused.status is CommandStatus.REFUSED


async def _at_once(seconds: float) -> None:
    """Return without waiting."""


async def test_a_student_enrolls_with_a_code_and_cannot_create() -> None:
    async with lakeside_backend(OAuth1(STUDENT_KEY, STUDENT_SECRET)) as (backend, server):
        school = server.sandbox.schoology_school
        code = school.sections[int(EMPTY.id)].access_code = "CODE1-CODE2"
        (joined,) = await execute(backend, RedeemCode(EMPTY, code))
        assert joined.status is CommandStatus.CONFIRMED
        seats = list(school.enrollments_of_section(int(EMPTY.id)))
        assert [one.user_id for one in seats] == [LAKESIDE.teacher, LAKESIDE.student]
        (again,) = await execute(backend, RedeemCode(EMPTY, code))
        assert [problem.code for problem in again.problems] == ["CONFLICT"]
        (made,) = await execute(backend, new(1))
        assert (made.status, made.error and made.error.code) == (CommandStatus.REFUSED, "FORBIDDEN")


async def test_users_are_never_written_to() -> None:
    async with unlimited_lakeside_backend() as (backend, server):
        await run_all_changes(backend)
        writes = [e for e in server.log.entries("schoology") if e.method != "GET"]
        assert not [entry for entry in writes if entry.path.startswith("/users")]
