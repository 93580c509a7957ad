"""Writes to the simulator's Canvas, and the state afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    Command,
    CommandResult,
    CommandStatus,
    CopyCourse,
    CourseEvent,
    Create,
    CreateTestStudent,
    CrossList,
    Delete,
    DeleteMode,
    DismissQuizMigrationAlert,
    Reactivate,
    RequestFileUpload,
    ResetCourse,
    Update,
    UpdateSettings,
)
from lms_gateway.domain.errors import Forbidden
from lms_gateway.domain.loads import ById
from lms_gateway.domain.models import CourseState, EnrollmentState, ProgressState, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.scripted import only_record, problem_codes, sandbox_backend
from tests.vendors.fetching import fetch_record

QUIRKS = {
    "today": CanvasQuirks(jobs_advance="polls", job_poll_count=2),
    "old": CanvasQuirks(
        throttled_status=403,
        forbidden_status=401,
        is_localized=True,
        validation_shape="bare",
        enrollment_refusal_status=400,
        has_default_section=False,
        jobs_advance="polls",
        job_poll_count=2,
    ),
}
COURSE, HOST = Key(Kind.COURSE, str(MAPLE.course)), Key(Kind.COURSE, str(MAPLE.host_course))
SECTION, EMPTY = (Key(Kind.SECTION, str(MAPLE.sections[at])) for at in (0, 3))
STUDENT = str(MAPLE.student)
MORNING = datetime(2026, 9, 1, 6, tzinfo=UTC)


@pytest.fixture(params=QUIRKS)
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(12, canvas_quirks=QUIRKS[request.param])) as server:
        yield server


async def execute(
    server: SandboxServer, *changes: Command, token: str = ADMIN_TOKEN, store: Store | None = None
) -> list[CommandResult]:
    """Execute commands with a new store."""
    async with sandbox_backend(server, token) as canvas:
        return list(await canvas.execute(changes, store or Store("maple")))


async def read(server: SandboxServer, path: str) -> Any:
    """Read an object with another client; None if there is none."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with httpx2.AsyncClient(base_url=server.canvas_url, headers=headers) as client:
        reply = await client.get(f"/api/v1{path}")
    return reply.json() if reply.status_code == 200 else None


def writes(server: SandboxServer) -> list[str]:
    """Return the writes that the simulator received."""
    return [call for call in server.log.calls("canvas") if not call.startswith("GET ")]


# -- sections


async def test_a_section_is_created_updated_and_deleted(server: SandboxServer) -> None:
    values = {
        "name": "Evening",
        "sis_id": "EVE-1",
        "integration_id": "I-1",
        "start_at": MORNING,
        "end_at": None,
        "canvas.restrict_enrollments_to_section_dates": True,
    }
    made = only_record(await execute(server, Create(Kind.SECTION, COURSE, values)))
    path = f"/sections/{made.key.id}"
    returned = await read(server, path)
    assert {key: returned[key] for key in ("name", "sis_section_id", "start_at", "end_at")} == {
        "name": "Evening",
        "sis_section_id": "EVE-1",
        "start_at": "2026-09-01T06:00:00Z",
        "end_at": None,
    }
    assert (made.course_id, made.start_at) == (COURSE.id, MORNING)

    update = Update(made.key, {"name": "Night", "sis_id": None, "start_at": None})
    renamed = only_record(await execute(server, update))
    assert (renamed.name, renamed.sis_id, renamed.start_at) == ("Night", None, None)
    returned = await read(server, path)
    assert (returned["name"], returned["sis_section_id"], returned["start_at"]) == (
        "Night",
        None,
        None,
    )
    assert returned["integration_id"] == "I-1"

    former = only_record(await execute(server, Delete(made.key)))
    assert (former.name, former.student_count) == ("Night", 0)
    assert await read(server, path) is None
    (again,) = await execute(server, Delete(made.key))
    assert problem_codes(again) == [("NOT_FOUND", "section")]


async def test_a_section_is_moved_and_moved_back(server: SandboxServer) -> None:
    moved = only_record(await execute(server, CrossList(SECTION, HOST)))
    assert (moved.course_id, moved.original_course_id) == (HOST.id, COURSE.id)
    assert (await read(server, f"/sections/{SECTION.id}"))["course_id"] == MAPLE.host_course
    (stays,) = await execute(server, CrossList(SECTION, None, override_sis_stickiness=False))
    assert (stays.status, problem_codes(stays)) == (
        CommandStatus.CONFIRMED,
        [("CONFLICT", "section")],
    )
    back = only_record(await execute(server, CrossList(SECTION, None)))
    assert (back.course_id, back.original_course_id) == (COURSE.id, None)
    (none,) = await execute(server, CrossList(SECTION, None))
    assert (none.status, problem_codes(none)) == (CommandStatus.REFUSED, [("CONFLICT", "section")])
    (stays,) = await execute(server, CrossList(SECTION, HOST, override_sis_stickiness=False))
    assert problem_codes(stays) == [("CONFLICT", "course")]
    unknown = Key(Kind.COURSE, "424242")
    (none,) = await execute(server, CrossList(SECTION, unknown))
    assert problem_codes(none) == [("NOT_FOUND", None)]


async def test_nothing_is_cross_listed_into_a_blueprint(server: SandboxServer) -> None:
    school = server.sandbox.canvas_school
    school.change(school.courses[MAPLE.host_course], is_blueprint=True)
    (refused,) = await execute(server, CrossList(SECTION, HOST))
    assert (refused.status, problem_codes(refused)) == (
        CommandStatus.REFUSED,
        [("CONFLICT", "course")],
    )


async def test_a_section_with_enrollments_is_not_deleted(server: SandboxServer) -> None:
    (refused,) = await execute(server, Delete(SECTION))
    assert (refused.status, problem_codes(refused)) == (
        CommandStatus.REFUSED,
        [("CONFLICT", "section")],
    )
    assert await read(server, f"/sections/{SECTION.id}") is not None


async def test_rejected_rows_report_their_own_problems(server: SandboxServer) -> None:
    before = len(await read(server, f"/courses/{COURSE.id}/sections?per_page=100"))
    rows = [
        Create(Kind.SECTION, COURSE, {"name": "One", "sis_id": "NEW-1"}),
        Create(Kind.SECTION, COURSE, {"name": "x" * 300}),
        Create(Kind.SECTION, COURSE, {"name": "Two", "location": "Room 4"}),
        Create(Kind.SECTION, Key(Kind.COURSE, "424242"), {"name": "Three"}),
        Create(Kind.SECTION, COURSE, {"name": "Four"}),
    ]
    results = await execute(server, *rows)
    assert [result.status.value for result in results] == [
        "CONFIRMED",
        "REFUSED",
        "REFUSED",
        "REFUSED",
        "CONFIRMED",
    ]
    assert [problem_codes(result) for result in results[1:4]] == [
        [("BAD_USER_INPUT", "name")],
        [("UNSUPPORTED_BY_VENDOR", "location")],
        [("NOT_FOUND", "course")],
    ]
    (taken,) = await execute(server, Create(Kind.SECTION, COURSE, {"sis_id": "NEW-1"}))
    assert problem_codes(taken) == [("CONFLICT", "sis_id")]
    after = await read(server, f"/courses/{COURSE.id}/sections?per_page=100")
    assert len(after) == before + 2


async def test_a_deleted_section_is_restored_with_its_values(server: SandboxServer) -> None:
    new = Create(Kind.SECTION, COURSE, {"name": "First", "sis_id": "BACK-1"})
    first = only_record(await execute(server, new))
    only_record(await execute(server, Delete(first.key)))
    again = Create(
        Kind.SECTION,
        COURSE,
        {"name": "Second", "sis_id": "BACK-1"},
        {"canvas.enable_sis_reactivation": True},
    )
    (back,) = await execute(server, again)
    assert back.record is not None
    assert back.record.key == first.key
    assert problem_codes(back) == [("BAD_USER_INPUT", "name")]


async def test_a_teacher_cannot_set_sis_ids(server: SandboxServer) -> None:
    """Canvas ignores them in a create and rejects them in an update."""
    new = Create(Kind.SECTION, COURSE, {"name": "Mine", "sis_id": "T-1"})
    (made,) = await execute(server, new, token=TEACHER_TOKEN)
    assert (made.status, problem_codes(made)) == (
        CommandStatus.CONFIRMED,
        [("BAD_USER_INPUT", "sis_id")],
    )
    update = Update(SECTION, {"sis_id": "T-1"})
    (refused,) = await execute(server, update, token=TEACHER_TOKEN)
    assert refused.status is CommandStatus.REFUSED
    assert isinstance(refused.error, Forbidden)
    assert "SIS" in refused.error.message
    (refused,) = await execute(server, update, token=STUDENT_TOKEN)
    assert isinstance(refused.error, Forbidden)


async def test_a_section_edited_in_canvas_can_be_preserved(
    server: SandboxServer,
) -> None:
    options = {"canvas.override_sis_stickiness": False}
    values = {"name": "Sticky", "canvas.restrict_enrollments_to_section_dates": True}
    (result,) = await execute(server, Update(SECTION, values, options))
    assert (result.status, problem_codes(result)) == (
        CommandStatus.CONFIRMED,
        [("CONFLICT", "name")],
    )


async def test_writes_of_one_section_keep_their_order(server: SandboxServer) -> None:
    rows = [Update(EMPTY, {"name": f"Name {index}"}) for index in range(12)]
    results = await execute(server, *rows, Update(SECTION, {"name": "Other"}))
    assert all(result.status is CommandStatus.CONFIRMED for result in results)
    assert (await read(server, f"/sections/{EMPTY.id}"))["name"] == "Name 11"
    assert server.log.peak_concurrency("canvas") <= 3


async def test_many_rows_stay_within_the_limit_and_in_order(server: SandboxServer) -> None:
    rows = [Create(Kind.SECTION, COURSE, {"name": f"Row {index}"}) for index in range(120)]
    results = await execute(server, *rows)
    assert [result.record.name for result in results] == [f"Row {index}" for index in range(120)]  # type: ignore[union-attr]
    assert len({result.record.key for result in results}) == 120  # type: ignore[union-attr]
    assert 1 < server.log.peak_concurrency("canvas") <= 10
    assert len(writes(server)) == 120


# -- courses


async def test_a_course_is_created_updated_and_deleted(server: SandboxServer) -> None:
    values = {
        "name": "Astronomy",
        "code": "AST-1",
        "sis_id": "AST-1",
        "description": "Stars",
        "time_zone": "America/New_York",
        "term_id": str(MAPLE.current_term),
        "start_at": MORNING,
        "canvas.restrict_enrollments_to_course_dates": True,
        "canvas.license": "cc_by",
        "canvas.is_public": True,
        "canvas.default_view": "syllabus",
        "canvas.syllabus_body": "<p>Stars</p>",
        "canvas.course_format": "online",
        "canvas.post_manually": True,
    }
    account = Key(Kind.ACCOUNT, str(MAPLE.sub_accounts[0]))
    made = only_record(await execute(server, Create(Kind.COURSE, account, values, {"canvas.offer": True})))
    path = f"/courses/{made.key.id}?include[]=public_description&include[]=syllabus_body"
    returned = await read(server, path)
    assert returned["name"] == "Astronomy"
    assert returned["account_id"] == MAPLE.sub_accounts[0]
    assert returned["workflow_state"] == "available"
    assert returned["public_description"] == "Stars"
    assert (made.state, made.start_at) == (CourseState.AVAILABLE, MORNING)

    values = {
        "name": "Stars",
        "account_id": str(MAPLE.sub_accounts[1]),
        "canvas.storage_quota_mb": 700,
    }
    moved = only_record(await execute(server, Update(made.key, values, {"canvas.event": "claim"})))
    assert moved.state is CourseState.UNPUBLISHED
    assert (await read(server, path))["account_id"] == MAPLE.sub_accounts[1]

    ended = only_record(await execute(server, Delete(made.key, DeleteMode.CONCLUDE)))
    assert ended.state is CourseState.COMPLETED
    former = only_record(await execute(server, Delete(made.key)))
    assert (former.name, former.state) == ("Stars", CourseState.COMPLETED)
    assert await read(server, path) is None
    (again,) = await execute(server, Delete(made.key))
    assert problem_codes(again) == [("NOT_FOUND", "course")]
    alive = only_record(await execute(server, Update(made.key, {}, {"canvas.event": "undelete"})))
    assert alive.state is CourseState.UNPUBLISHED


async def test_dates_that_canvas_ignores_are_reported(server: SandboxServer) -> None:
    new = Create(Kind.COURSE, None, {"name": "Dated", "end_at": MORNING})
    (made,) = await execute(server, new)
    assert (made.status, problem_codes(made)) == (
        CommandStatus.CONFIRMED,
        [("BAD_USER_INPUT", "end_at")],
    )
    assert "restrictEnrollmentsToCourseDates" in made.problems[0].message


async def test_values_that_a_teacher_cannot_change_are_reported(server: SandboxServer) -> None:
    values = {"name": "Mine", "sis_id": "MINE", "term_id": str(MAPLE.future_term)}
    (result,) = await execute(server, Update(COURSE, values), token=TEACHER_TOKEN)
    assert result.status is CommandStatus.CONFIRMED
    assert problem_codes(result) == [("BAD_USER_INPUT", "sis_id"), ("BAD_USER_INPUT", "term_id")]
    values = {"name": "Theirs", "canvas.syllabus_body": "<p>New</p>"}
    (result,) = await execute(server, Update(COURSE, values), token=TA_TOKEN)
    assert problem_codes(result) == [("BAD_USER_INPUT", "name")]
    returned = await read(server, f"/courses/{COURSE.id}?include[]=syllabus_body")
    assert (returned["name"], returned["syllabus_body"]) == ("Mine", "<p>New</p>")


async def test_an_invalid_course_is_rejected(server: SandboxServer) -> None:
    deep = {"canvas.syllabus_body": "<b>" * 300}
    taken = {"sis_id": server.sandbox.canvas_school.courses[MAPLE.host_course].sis_id}
    results = await execute(
        server,
        Update(COURSE, {"name": "x" * 300}),
        Update(COURSE, deep),
        Update(COURSE, taken),
        Update(COURSE, {"term_id": "424242"}),
        Update(COURSE, {"canvas.grade_passback_setting": "sometimes"}),
    )
    assert [problem_codes(result) for result in results] == [
        [("BAD_USER_INPUT", "name")],
        [("BAD_USER_INPUT", "canvas.syllabus_body")],
        [("CONFLICT", "sis_id")],
        [("NOT_FOUND", "course")],
        [("BAD_USER_INPUT", "canvas.grade_passback_setting")],
    ]


async def test_images_are_set_and_removed(server: SandboxServer) -> None:
    async def picture() -> Any:
        returned = await read(server, f"/courses/{COURSE.id}?include[]=course_image")
        return returned["image_download_url"]

    only_record(await execute(server, Update(COURSE, {"canvas.image_url": "https://pictures.example/1"})))
    assert await picture() == "https://pictures.example/1"
    only_record(await execute(server, Update(COURSE, {"canvas.image_url": None})))
    assert await picture() is None


async def test_a_reset_course_is_a_new_one(server: SandboxServer) -> None:
    fresh = only_record(await execute(server, ResetCourse(COURSE)))
    assert fresh.key != COURSE
    assert await read(server, f"/courses/{COURSE.id}") is None
    assert (await read(server, f"/sections/{SECTION.id}"))["course_id"] == int(fresh.key.id)


async def test_a_bulk_event_is_one_job(server: SandboxServer) -> None:
    ids = (str(MAPLE.course), str(MAPLE.host_course), "424242")
    (taken,) = await execute(server, BulkCourseEvent(ids, CourseEvent.CONCLUDE))
    assert taken.status is CommandStatus.ACCEPTED
    assert taken.record is not None
    async with sandbox_backend(server) as canvas:
        load = ById(Kind.PROGRESS, taken.record.key.id)
        states = []
        for _ in range(3):
            job = await fetch_record(canvas, load, Projection.of("state", "completion", "message", "tag"))
            states.append(job.state)
        assert states[0] is not ProgressState.COMPLETED
        assert states[-1] in (ProgressState.COMPLETED, ProgressState.FAILED)
        assert job.completion == 100
        assert job.tag == "course_batch_update"
    assert (await read(server, f"/courses/{HOST.id}"))["workflow_state"] == "completed"


async def test_settings_copies_alerts_students_and_uploads(server: SandboxServer) -> None:
    values = {"hide_final_grades": True, "home_page_announcement_limit": 4}
    (settings,) = await execute(server, UpdateSettings(COURSE, values))
    assert problem_codes(settings) == []
    assert settings.detail["home_page_announcement_limit"] == 4
    assert (await read(server, f"/courses/{COURSE.id}/settings"))["hide_final_grades"] is True
    (refused,) = await execute(server, UpdateSettings(COURSE, {"default_due_time": "noon"}))
    assert problem_codes(refused) == [("BAD_USER_INPUT", "default_due_time")]

    (copy,) = await execute(server, CopyCourse(HOST, COURSE.id, included=("quizzes",)))
    assert copy.status is CommandStatus.ACCEPTED
    (early,) = await execute(server, DismissQuizMigrationAlert(HOST))
    assert problem_codes(early) == [("NOT_FOUND", "course")]
    path = f"/courses/{HOST.id}/course_copy/{copy.detail['id']}"
    for _ in range(3):
        returned = await read(server, path)
    assert returned["workflow_state"] == "completed"
    (dismissed,) = await execute(server, DismissQuizMigrationAlert(HOST))
    assert (dismissed.status, problem_codes(dismissed)) == (CommandStatus.CONFIRMED, [])

    one = only_record(await execute(server, CreateTestStudent(HOST)))
    other = only_record(await execute(server, CreateTestStudent(HOST)))
    assert one.key == other.key

    upload = RequestFileUpload(COURSE, "a.pdf", size=10, content_type="application/pdf")
    (ticket,) = await execute(server, upload)
    assert ticket.detail["upload_url"].startswith("http")
    assert ticket.detail["file_param"] == "file"
    (full,) = await execute(server, RequestFileUpload(COURSE, "b.iso", size=10**12))
    assert problem_codes(full) == [("CONFLICT", None)]


# -- enrollments


async def test_an_enrollment_is_created_changed_and_deleted(server: SandboxServer) -> None:
    values = {"user_id": STUDENT, "role": Role.STUDENT, "state": EnrollmentState.ACTIVE}
    made = only_record(await execute(server, Create(Kind.ENROLLMENT, EMPTY, values)))
    path = f"/accounts/self/enrollments/{made.key.id}"
    assert (made.user_id, made.section_id, made.role) == (STUDENT, EMPTY.id, Role.STUDENT)

    async def state() -> Any:
        return (await read(server, path))["enrollment_state"]

    assert await state() == "active"
    paused = only_record(await execute(server, Delete(made.key, DeleteMode.DEACTIVATE)))
    assert paused.state is EnrollmentState.INACTIVE
    assert await state() == "inactive"
    assert only_record(await execute(server, Reactivate(made.key))).state is EnrollmentState.ACTIVE
    done = Update(made.key, {"state": EnrollmentState.COMPLETED})
    assert only_record(await execute(server, done)).state is EnrollmentState.COMPLETED
    assert await state() == "completed"
    (refused,) = await execute(server, Update(made.key, {"state": EnrollmentState.ACTIVE}))
    assert problem_codes(refused) == [("CONFLICT", "state")]
    former = only_record(await execute(server, Delete(made.key)))
    assert former.state is EnrollmentState.COMPLETED
    (deleted,) = await execute(server, Delete(made.key))
    assert problem_codes(deleted) == [("NOT_FOUND", "enrollment")]


async def test_rejected_enrollments_report_their_own_problems(server: SandboxServer) -> None:
    def enrolling(section: Key, user: str, role: Role = Role.STUDENT, **more: Any) -> Create:
        return Create(Kind.ENROLLMENT, section, {"user_id": user, "role": role, **more})

    ended = Key(Kind.SECTION, str(MAPLE.concluded_section))
    results = await execute(
        server,
        enrolling(EMPTY, STUDENT),
        enrolling(EMPTY, "424242"),
        enrolling(Key(Kind.SECTION, "424242"), STUDENT),
        enrolling(ended, str(MAPLE.designer)),
        enrolling(EMPTY, STUDENT, Role.TEACHER, **{"canvas.role_id": "424242"}),
        enrolling(EMPTY, str(MAPLE.ta), Role.TA),
    )
    assert [problem_codes(result) for result in results] == [
        [],
        [("NOT_FOUND", None)],
        [("NOT_FOUND", None)],
        [("CONFLICT", None)],
        [("CONFLICT", None)],
        [],
    ]
    rows = await read(server, f"/sections/{EMPTY.id}/enrollments")
    fresh = [row["type"] for row in rows if row["type"] != "TeacherEnrollment"]
    assert sorted(fresh) == ["StudentEnrollment", "TaEnrollment"]
