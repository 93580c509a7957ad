"""Requests of commands, and their results."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    Command,
    CommandStatus,
    CopyCourse,
    CopySection,
    CourseEvent,
    Create,
    CreateTestStudent,
    Delete,
    DeleteMode,
    DismissQuizMigrationAlert,
    Reactivate,
    RedeemCode,
    RequestFileUpload,
    ResetCourse,
    Update,
    UpdateSettings,
)
from lms_gateway.domain.errors import (
    Unsupported,
)
from lms_gateway.domain.models import CourseState, EnrollmentState, Meeting, ProgressState, Role
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.errors import ConnectionInterrupted
from lms_gateway.upstream.messages import Reply
from tests.vendors.canvas.rows import course_row, enrollment_row, section_row, user_row
from tests.vendors.canvas.scripted import problem_codes, run
from tests.vendors.fake_upstream import json_reply, request_lines

COURSE, OTHER = Key(Kind.COURSE, "1"), Key(Kind.COURSE, "2")
SECTION, USER = Key(Kind.SECTION, "7"), Key(Kind.USER, "5")
ENROLLMENT = Key(Kind.ENROLLMENT, "9")
NAME = {"name": "Evening"}
START = datetime(2026, 9, 1, 8, 0, 0, tzinfo=timezone(timedelta(hours=2)))

NEW = Create(Kind.SECTION, COURSE, NAME)
RENAME = Update(SECTION, NAME)


# -- what is sent


def test_only_given_values_of_a_section_are_sent() -> None:
    values = {
        "name": "Evening",
        "sis_id": "S-1",
        "start_at": START,
        "end_at": None,
        "canvas.restrict_enrollments_to_section_dates": True,
    }
    options = {"canvas.enable_sis_reactivation": True, "canvas.override_sis_stickiness": None}
    stored = section_row(
        7,
        name="Evening",
        sis_section_id="S-1",
        start_at="2026-09-01T06:00:00Z",
        restrict_enrollments_to_section_dates=True,
    )
    result, calls = run(Create(Kind.SECTION, COURSE, values, options), json_reply(stored))
    assert request_lines(calls) == ["POST /courses/1/sections"]
    assert calls[0].json == {
        "course_section": {
            "name": "Evening",
            "sis_section_id": "S-1",
            "start_at": "2026-09-01T06:00:00Z",
            "end_at": None,
            "restrict_enrollments_to_section_dates": True,
        },
        "enable_sis_reactivation": True,
    }
    assert not calls[0].safe
    assert result.status is CommandStatus.CONFIRMED
    assert problem_codes(result) == []
    assert result.record is not None
    assert result.record.key == SECTION
    assert result.record.start_at == START.astimezone(UTC)


def test_null_is_sent_in_the_form_that_canvas_clears() -> None:
    """Canvas ignores a null SIS id; an empty one clears it."""
    values = {"sis_id": None, "integration_id": None, "start_at": None}
    command = Update(SECTION, values, {"canvas.override_sis_stickiness": False})
    result, calls = run(command, json_reply(section_row(7, sis_section_id=None, start_at=None)))
    assert request_lines(calls) == ["PUT /sections/7"]
    assert calls[0].json == {
        "course_section": {"sis_section_id": "", "integration_id": "", "start_at": None},
        "override_sis_stickiness": False,
    }
    assert problem_codes(result) == []


def test_the_event_is_sent_inside_the_block_and_offer_outside() -> None:
    options = {"canvas.event": "claim", "canvas.offer": False}
    values = {"canvas.grade_passback_setting": None, "canvas.grading_standard_id": None}
    result, calls = run(Update(COURSE, values, options), json_reply(course_row(1)))
    assert calls[0].json == {
        "course": {"grade_passback_setting": "", "grading_standard_id": "", "event": "claim"},
        "offer": False,
    }
    assert problem_codes(result) == [("BAD_USER_INPUT", "canvas.event")]  # it is still `available`


def test_a_course_is_created_in_the_root_account_by_default() -> None:
    stored = json_reply(course_row(1, name="Evening", workflow_state="available"))
    options = {"canvas.offer": True, "canvas.enroll_me": True}
    _, calls = run(Create(Kind.COURSE, None, NAME, options), stored)
    assert request_lines(calls) == ["POST /accounts/self/courses"]
    assert calls[0].json == {"course": NAME, "offer": True, "enroll_me": "true"}
    _, calls = run(Create(Kind.COURSE, Key(Kind.ACCOUNT, "3"), NAME), stored)
    assert request_lines(calls) == ["POST /accounts/3/courses"]


def test_an_image_set_to_null_is_removed() -> None:
    _, calls = run(Update(COURSE, {"canvas.image_url": None}), json_reply(course_row(1)))
    assert calls[0].json == {"course": {"remove_image": True}}


@pytest.mark.parametrize(
    "values",
    [
        {"canvas.image_id": "4", "canvas.image_url": "https://pictures.example/a.png"},
        {"canvas.image_id": "4", "canvas.remove_image": True},
    ],
)
def test_two_images_are_rejected_before_sending(values: dict[str, Any]) -> None:
    result, calls = run(Update(COURSE, values))
    assert calls == []
    assert problem_codes(result) == [("BAD_USER_INPUT", name) for name in values]


def test_a_role_is_sent_as_an_enrollment_type() -> None:
    values = {
        "user_id": "5",
        "role": Role.TA,
        "state": EnrollmentState.ACTIVE,
        "canvas.role_id": "12",
        "canvas.limit_privileges_to_course_section": True,
    }
    stored = enrollment_row(9, 5, 7, type="TaEnrollment", role_id=12, limit_privileges_to_course_section=True)
    command = Create(Kind.ENROLLMENT, SECTION, values, {"canvas.notify": False})
    result, calls = run(command, json_reply(stored))
    assert request_lines(calls) == ["POST /sections/7/enrollments"]
    assert calls[0].json == {
        "enrollment": {
            "user_id": "5",
            "type": "TaEnrollment",
            "role_id": "12",
            "enrollment_state": "active",
            "limit_privileges_to_course_section": True,
            "notify": False,
        }
    }
    assert problem_codes(result) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Update(ENROLLMENT, {"state": EnrollmentState.COMPLETED}), "DELETE {}?task=conclude"),
        (Update(ENROLLMENT, {"state": EnrollmentState.INACTIVE}), "DELETE {}?task=deactivate"),
        (Update(ENROLLMENT, {"state": EnrollmentState.ACTIVE}), "PUT {}/reactivate"),
        (Reactivate(ENROLLMENT), "PUT {}/reactivate"),
        (Delete(ENROLLMENT, DeleteMode.CONCLUDE), "DELETE {}?task=conclude"),
        (Delete(ENROLLMENT, DeleteMode.DEACTIVATE), "DELETE {}?task=deactivate"),
    ],
)
def test_an_enrollment_is_changed_below_its_course(change: Command, line: str) -> None:
    states = {"conclude": "completed", "deactivate": "inactive"}
    state = states.get(line.partition("task=")[2], "active")
    before, after = enrollment_row(9, 5, 7, 3), enrollment_row(9, 5, 7, 3, enrollment_state=state)
    result, calls = run(change, json_reply(before), json_reply(after))
    assert request_lines(calls) == [
        "GET /accounts/self/enrollments/9",
        line.format("/courses/3/enrollments/9"),
    ]
    assert problem_codes(result) == []
    assert result.record.state.lower() == state  # type: ignore[union-attr]


def test_a_deleted_enrollment_is_returned_as_it_was() -> None:
    deleted = enrollment_row(9, 5, 7, enrollment_state="deleted")
    result, calls = run(Delete(ENROLLMENT), json_reply(enrollment_row(9, 5, 7)), json_reply(deleted))
    assert request_lines(calls)[1] == "DELETE /courses/1/enrollments/9?task=delete"
    assert result.record.state is EnrollmentState.ACTIVE  # type: ignore[union-attr]


def test_a_stored_enrollment_is_not_read_again() -> None:
    store = Store("maple")
    facts = {"course_id": "3", "state": EnrollmentState.ACTIVE}
    store.merge(Kind.ENROLLMENT, "9", facts)
    _, calls = run(Delete(ENROLLMENT), json_reply(enrollment_row(9, 5, 7, 3)), store=store)
    assert request_lines(calls) == ["DELETE /courses/3/enrollments/9?task=delete"]


# -- rejected before sending


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Create(Kind.SECTION, COURSE, {"code": "A"}), "code"),
        (Create(Kind.SECTION, COURSE, {"meeting": Meeting((), None, None)}), "meeting"),
        (
            Create(Kind.SECTION, COURSE, {"schoology.class_periods": ("1",)}),
            "schoology.class_periods",
        ),
        (
            Create(Kind.SECTION, COURSE, NAME, {"schoology.update_existing": True}),
            "schoology.update_existing",
        ),
        (
            Create(Kind.SECTION, COURSE, NAME, {"canvas.override_sis_stickiness": False}),
            "canvas.override_sis_stickiness",
        ),
        (Update(SECTION, {"location": None}), "location"),
        (
            Update(SECTION, NAME, {"canvas.enable_sis_reactivation": True}),
            "canvas.enable_sis_reactivation",
        ),
        (Create(Kind.COURSE, None, {"credits": 3.0}), "credits"),
        (Create(Kind.COURSE, None, {"canvas.blueprint": True}), "canvas.blueprint"),
        (Create(Kind.COURSE, None, NAME, {"canvas.event": "offer"}), "canvas.event"),
        (Create(Kind.COURSE, None, NAME, sections=(NEW,)), "sections"),
        (Update(COURSE, {"department": "x"}), "department"),
        (Update(COURSE, NAME, {"canvas.enroll_me": True}), "canvas.enroll_me"),
        (UpdateSettings(COURSE, {"grading": True}), "grading"),
        (Update(ENROLLMENT, {"role": Role.TEACHER}), "role"),
        (Update(ENROLLMENT, {"state": EnrollmentState.INVITED}), "state"),
        (Create(Kind.ENROLLMENT, SECTION, {"user_id": "5", "role": Role.STUDENT_VIEW}), "role"),
        (
            Create(Kind.ENROLLMENT, SECTION, {"user_id": "5", "state": EnrollmentState.COMPLETED}),
            "state",
        ),
        (Delete(COURSE, DeleteMode.DEACTIVATE), None),
    ],
)
def test_unsupported_values_are_not_sent(change: Command, field: str | None) -> None:
    result, calls = run(change)
    assert calls == []
    assert result.status is CommandStatus.REFUSED
    assert problem_codes(result) == [("UNSUPPORTED_BY_VENDOR", field)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Update(SECTION, {}), None),
        (Update(COURSE, {}), None),
        (Update(ENROLLMENT, {}), "state"),
        (UpdateSettings(COURSE, {}), None),
        (BulkCourseEvent((), CourseEvent.OFFER), "courses"),
        (BulkCourseEvent(tuple(map(str, range(1, 502))), CourseEvent.OFFER), "courses"),
        (BulkCourseEvent(("1", "x"), CourseEvent.OFFER), "courses"),
        (CopyCourse(COURSE, "2", included=("files",), excluded=("quizzes",)), "only"),
        (CopyCourse(COURSE, "2", included=("people",)), "only"),
        (CopyCourse(COURSE, "../2"), "source"),
        (Update(Key(Kind.SECTION, "7/../1"), NAME), None),
        (Create(Kind.SECTION, None, NAME), "course"),
        (Create(Kind.ENROLLMENT, SECTION, {"role": Role.STUDENT}), None),
    ],
)
def test_invalid_values_are_not_sent(change: Command, field: str | None) -> None:
    result, calls = run(change)
    assert calls == []
    assert result.status is CommandStatus.REFUSED
    assert problem_codes(result) == [("BAD_USER_INPUT", field)]


@pytest.mark.parametrize(
    "change",
    [CopySection("Copy", ("1",), source_id="7", section_code="A"), RedeemCode(SECTION, "x")],
)
def test_an_unsupported_command_is_raised(change: Command) -> None:
    with pytest.raises(Unsupported):
        run(change)


# -- deletions


@pytest.mark.parametrize("answer", [section_row(7), {"delete": True}, "true", {"delete": "true"}, None])
def test_a_delete_returns_the_former_object_for_any_reply(answer: Any) -> None:
    store = Store("maple")
    former = json_reply(section_row(7, total_students=0))
    reply = Reply(204) if answer is None else json_reply(answer)
    result, calls = run(Delete(SECTION), former, reply, store=store)
    assert request_lines(calls) == [
        "GET /sections/7?include[]=permissions&include[]=total_students",
        "DELETE /sections/7",
    ]
    assert result.status is CommandStatus.CONFIRMED
    assert result.record.student_count == 0  # type: ignore[union-attr]
    assert store.is_absent(SECTION)


def test_a_deleted_course_is_the_former_one_and_a_concluded_one_is_read_back() -> None:
    result, calls = run(Delete(COURSE), json_reply(course_row(1)), json_reply({"delete": True}))
    assert request_lines(calls)[1:] == ["DELETE /courses/1?event=delete"]
    assert result.record.state is CourseState.AVAILABLE  # type: ignore[union-attr]
    done = json_reply(course_row(1, workflow_state="completed"))
    conclude = Delete(COURSE, DeleteMode.CONCLUDE)
    result, calls = run(conclude, json_reply(course_row(1)), json_reply({"conclude": "true"}), done)
    assert request_lines(calls)[1:] == ["DELETE /courses/1?event=conclude", "GET /courses/1"]
    assert result.record.state is CourseState.COMPLETED  # type: ignore[union-attr]
    ended = json_reply({"conclude": True})
    result, _ = run(conclude, json_reply(course_row(1)), ended, ConnectionInterrupted("cut"))
    assert result.status is CommandStatus.CONFIRMED
    assert result.record.state is CourseState.COMPLETED  # type: ignore[union-attr]
    result, _ = run(Delete(COURSE), json_reply(course_row(1)), json_reply({"delete": "false"}))
    assert (result.status, problem_codes(result)) == (
        CommandStatus.REFUSED,
        [("CONFLICT", "course")],
    )


def test_an_already_deleted_enrollment_is_not_found() -> None:
    deleted = json_reply(enrollment_row(9, 5, enrollment_state="deleted"))
    result, calls = run(Delete(ENROLLMENT), deleted)
    assert len(calls) == 1
    assert problem_codes(result) == [("NOT_FOUND", "enrollment")]


# -- jobs and Canvas operations


def test_a_bulk_event_is_one_job() -> None:
    progress = {
        "id": 70,
        "workflow_state": "queued",
        "completion": None,
        "tag": "course_batch_update",
    }
    command = BulkCourseEvent(("1", "2"), CourseEvent.UNDELETE, Key(Kind.ACCOUNT, "3"))
    result, calls = run(command, json_reply(progress))
    assert request_lines(calls) == ["PUT /accounts/3/courses"]
    assert calls[0].json == {"course_ids": ["1", "2"], "event": "undelete"}
    assert result.status is CommandStatus.ACCEPTED
    assert result.record.key == Key(Kind.PROGRESS, "70")  # type: ignore[union-attr]
    assert result.record.state is ProgressState.QUEUED  # type: ignore[union-attr]


def test_settings_are_sent_without_a_block_and_compared() -> None:
    values = {"hide_final_grades": True, "default_due_time": "inherit"}
    stored = {"hide_final_grades": False, "default_due_time": "inherit", "image_id": None}
    result, calls = run(UpdateSettings(COURSE, values), json_reply(stored))
    assert request_lines(calls) == ["PUT /courses/1/settings"]
    assert calls[0].json == values
    assert result.detail == stored
    assert problem_codes(result) == [("BAD_USER_INPUT", "hide_final_grades")]
    assert result.record.key == COURSE  # type: ignore[union-attr]


def test_a_copy_is_a_job_with_its_progress() -> None:
    job = {
        "id": 257,
        "progress": None,
        "workflow_state": "created",
        "created_at": "2026-01-01T00:00:00Z",
        "status_url": "/x",
    }
    result, calls = run(CopyCourse(COURSE, "2", excluded=("files",)), json_reply(job))
    assert request_lines(calls) == ["POST /courses/1/course_copy"]
    assert calls[0].json == {"source_course": "2", "except": ["files"]}
    assert result.status is CommandStatus.ACCEPTED
    assert result.detail == {**job, "id": "257", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}


def test_the_test_student_is_requested_once_although_by_get() -> None:
    result, calls = run(CreateTestStudent(COURSE), json_reply(user_row(5, name="Test Student")))
    assert request_lines(calls) == ["GET /courses/1/student_view_student"]
    assert not calls[0].safe
    assert result.record.key == USER  # type: ignore[union-attr]


def test_an_unknown_alert_is_not_found() -> None:
    result, calls = run(DismissQuizMigrationAlert(COURSE), json_reply({"success": "true"}))
    assert request_lines(calls) == ["POST /courses/1/dismiss_migration_limitation_message"]
    assert result.status is CommandStatus.CONFIRMED
    result, _ = run(
        DismissQuizMigrationAlert(COURSE),
        json_reply({"message": "Quiz migration alert not found"}, 404),
    )
    assert problem_codes(result) == [("NOT_FOUND", "course")]


def test_an_upload_request_returns_the_url() -> None:
    ticket = {"upload_url": "https://files.example/x", "upload_params": {"key": "v"}, "secret": 1}
    command = RequestFileUpload(COURSE, "a.pdf", size=10, on_duplicate="rename")
    result, calls = run(command, json_reply(ticket))
    assert request_lines(calls) == ["POST /courses/1/files"]
    assert calls[0].json == {"name": "a.pdf", "size": 10, "on_duplicate": "rename"}
    assert result.detail == {
        "upload_url": "https://files.example/x",
        "upload_params": {"key": "v"},
        "file_param": None,
    }
    result, _ = run(command, json_reply({"message": "file size exceeds quota"}, 400))
    assert problem_codes(result) == [("CONFLICT", None)]


def test_a_reset_course_is_a_new_course() -> None:
    store = Store("maple")
    result, calls = run(ResetCourse(COURSE), json_reply(course_row(44)), store=store)
    assert request_lines(calls) == ["POST /courses/1/reset_content"]
    assert result.record.key == Key(Kind.COURSE, "44")  # type: ignore[union-attr]
    assert store.is_absent(COURSE)
