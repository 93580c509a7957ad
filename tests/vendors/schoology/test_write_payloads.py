"""Encoding of commands, and values that were not stored."""

import asyncio
from datetime import UTC, datetime, time
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
    CrossList,
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
from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import Forbidden, Unsupported
from lms_gateway.domain.models import Day, Enrollment, EnrollmentState, Meeting, Role, Section
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from tests.vendors.fake_upstream import ScriptedUpstream
from tests.vendors.schoology.rows import (
    COURSE,
    TERMS,
    course_row,
    enrollment_row,
    new_section,
    section_row,
)
from tests.vendors.schoology.scripted import execute, schoology_upstream

SECTION = Key(Kind.SECTION, "5")
ROSTER = "/sections/5/enrollments"
ENROLLMENT = Key(Kind.ENROLLMENT, "5.9")
MEETING = Meeting((Day.SATURDAY, Day.MONDAY), time(8, 5), time(9, 0))
NEW_SECTION = {"name": "N", "code": "1", "term_ids": TERMS}
NEW_COURSE = {"name": "N", "code": "C"}
NEW_ENROLLMENT = {"user_id": "11", "role": Role.STUDENT}


def reply_row(number: int, **fields: Any) -> dict[str, Any]:
    """Return the documentation's reply to a create, with null for unset values."""
    row = section_row(number, 7, section_school_code="", section_code="1", section_title="N")
    for name in ("course_title", "course_code"):
        del row[name]
    nulls = dict.fromkeys(("weighted_grading_categories", "upload_documents", "member_post"))
    return row | {
        "synced": None,
        "location": "",
        "description": "",
        "start_time": None,
        "end_time": None,
        "options": nulls | {"content_index_visibility": []},
        **fields,
    }


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"sis_id": "S-1", "code": None}, {"section_school_code": "S-1", "section_code": ""}),
        ({"description": None, "location": "101"}, {"description": "", "location": "101"}),
        ({"term_ids": ("435",)}, {"grading_periods": [435]}),
        ({"is_synced": True}, {"synced": 1}),
        ({"schoology.class_periods": ("3", "4")}, {"class_periods": [3, 4]}),
        ({"schoology.class_periods": None}, {"class_periods": []}),
        (
            {"meeting": MEETING},
            {"meeting_days": [1, 6], "start_time": "08:05", "end_time": "09:00"},
        ),
        ({"meeting": None}, {"meeting_days": [], "start_time": "", "end_time": ""}),
        (
            {
                "schoology.options": {
                    "course_format": 2,
                    "upload_documents": True,
                    "member_post": False,
                }
            },
            {
                "options": {
                    "course_format": 2,
                    "upload_documents": 1,
                    "upload_document": 1,
                    "member_post": 0,
                }
            },
        ),
    ],
)
async def test_section_values_are_sent_under_the_vendors_keys(
    value: dict[str, Any], body: dict[str, Any]
) -> None:
    upstream = schoology_upstream({"PUT /sections/5": 204, "GET /sections/5": section_row(5, 7)})
    (result,) = await execute(upstream, Update(SECTION, value))
    assert result.status is CommandStatus.CONFIRMED
    assert upstream.calls[0].json == body


async def test_course_values_are_sent_under_the_vendors_keys() -> None:
    upstream = schoology_upstream({"PUT /courses/7": 204, "GET /courses/7": course_row(7)})
    values = {
        "name": "N",
        "code": "C",
        "description": None,
        "department": "D",
        "credits": 2.0,
        "account_id": "9",
        "schoology.subject_area": None,
        "schoology.synced": False,
        "schoology.grade_level_range_start": 3,
        "schoology.district_course_name": "X",
    }
    await execute(upstream, Update(COURSE, values))
    assert upstream.calls[0].json == {
        "title": "N",
        "course_code": "C",
        "description": "",
        "department": "D",
        "credits": 2,
        "building_id": 9,
        "subject_area": 0,
        "synced": 0,
        "grade_level_range_start": 3,
        "district_course_name": "X",
    }


async def test_a_new_course_is_created_in_its_building() -> None:
    upstream = schoology_upstream(
        {"POST /courses": course_row(7, building_id="12", title="N", course_code="C")}
    )
    building = Key(Kind.ACCOUNT, "12")
    (result,) = await execute(upstream, Create(Kind.COURSE, building, NEW_COURSE))
    assert upstream.calls[0].json == {"title": "N", "course_code": "C", "building_id": 12}
    assert (result.problems, upstream.lines) == ([], ["POST /courses"])


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, {"admin": "0", "status": "1"}),
        ({"role": Role.TEACHER, "state": EnrollmentState.ARCHIVED}, {"admin": "1", "status": "5"}),
    ],
)
async def test_a_user_is_enrolled_as_member_or_admin(given: dict[str, Any], body: dict[str, Any]) -> None:
    upstream = schoology_upstream({f"POST {ROSTER}": enrollment_row(9, 11)})
    (result,) = await execute(upstream, Create(Kind.ENROLLMENT, SECTION, NEW_ENROLLMENT | given))
    assert upstream.calls[0].json == {"uid": "11"} | body
    assert result.record is not None
    assert result.record.key == ENROLLMENT


async def test_reactivation_sets_the_status_to_active() -> None:
    path = f"{ROSTER}/9"
    upstream = schoology_upstream({f"PUT {path}": 204, f"GET {path}": enrollment_row(9, 11)})
    (result,) = await execute(upstream, Reactivate(ENROLLMENT))
    assert upstream.calls[0].json == {"status": "1"}
    assert isinstance(result.record, Enrollment)
    assert result.record.state is EnrollmentState.ACTIVE


async def test_an_access_code_enrolls_the_viewer() -> None:
    upstream = schoology_upstream({"POST /sections/5/accesscode": enrollment_row(9, 11)})
    (result,) = await execute(upstream, RedeemCode(SECTION, "ABCDE-FGHIJ"))
    assert upstream.calls[0].json == {"access_code": "ABCDE-FGHIJ"}
    assert isinstance(result.record, Enrollment)
    assert (result.record.key, result.record.user_id) == (ENROLLMENT, "11")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        *(
            (
                Create(Kind.SECTION, COURSE, {k: v for k, v in NEW_SECTION.items() if k != name}),
                "BAD_USER_INPUT",
                name,
            )
            for name in NEW_SECTION
        ),
        *(
            (
                Create(Kind.COURSE, None, {k: v for k, v in NEW_COURSE.items() if k != name}),
                "BAD_USER_INPUT",
                name,
            )
            for name in NEW_COURSE
        ),
        *(
            (
                Create(Kind.ENROLLMENT, SECTION, {k: v for k, v in NEW_ENROLLMENT.items() if k != name}),
                "BAD_USER_INPUT",
                name,
            )
            for name in NEW_ENROLLMENT
        ),
        (new_section(1, code="1"), "BAD_USER_INPUT", "code"),
        (Update(SECTION, {"code": "1", "sis_id": "2"}), "BAD_USER_INPUT", "code"),
        (Update(SECTION, {"name": " "}), "BAD_USER_INPUT", "name"),
        (Update(SECTION, {"name": None}), "BAD_USER_INPUT", "name"),
        (Update(SECTION, {"term_ids": ()}), "BAD_USER_INPUT", "term_ids"),
        (Update(SECTION, {"is_synced": None}), "BAD_USER_INPUT", "is_synced"),
        (
            Update(SECTION, {"schoology.class_periods": ("x",)}),
            "BAD_USER_INPUT",
            "schoology.class_periods",
        ),
        (
            Update(SECTION, {"schoology.class_periods": ("9" * 21,)}),
            "BAD_USER_INPUT",
            "schoology.class_periods",
        ),
        (Update(SECTION, {"schoology.options": None}), "BAD_USER_INPUT", "schoology.options"),
        (
            Update(SECTION, {"schoology.options": {"course_format": 3}}),
            "BAD_USER_INPUT",
            "schoology.options",
        ),
        (
            Update(SECTION, {"schoology.options": {"member_post": None}}),
            "BAD_USER_INPUT",
            "schoology.options",
        ),
        (
            Update(SECTION, {"schoology.options": {"other": True}}),
            "UNSUPPORTED_BY_VENDOR",
            "schoology.options",
        ),
        (Update(SECTION, {}), "BAD_USER_INPUT", None),
        (
            Update(SECTION, {"start_at": datetime(2026, 1, 1, tzinfo=UTC)}),
            "UNSUPPORTED_BY_VENDOR",
            "start_at",
        ),
        (Update(SECTION, {"integration_id": None}), "UNSUPPORTED_BY_VENDOR", "integration_id"),
        (
            Update(SECTION, {"name": "N"}, {"canvas.override_sis_stickiness": False}),
            "UNSUPPORTED_BY_VENDOR",
            "canvas.override_sis_stickiness",
        ),
        (
            Update(COURSE, {"schoology.subject_area": 10}),
            "BAD_USER_INPUT",
            "schoology.subject_area",
        ),
        (
            Update(COURSE, {"schoology.grade_level_range_end": -1}),
            "BAD_USER_INPUT",
            "schoology.grade_level_range_end",
        ),
        (Update(COURSE, {"credits": -0.5}), "BAD_USER_INPUT", "credits"),
        (Update(COURSE, {"account_id": None}), "BAD_USER_INPUT", "account_id"),
        (Update(COURSE, {"sis_id": "X"}), "UNSUPPORTED_BY_VENDOR", "sis_id"),
        (Update(COURSE, {"canvas.license": "private"}), "UNSUPPORTED_BY_VENDOR", "canvas.license"),
        (Update(ENROLLMENT, {"role": Role.TA}), "UNSUPPORTED_BY_VENDOR", "role"),
        (Update(ENROLLMENT, {"role": None}), "BAD_USER_INPUT", "role"),
        (Update(ENROLLMENT, {"state": EnrollmentState.INACTIVE}), "UNSUPPORTED_BY_VENDOR", "state"),
        (Update(ENROLLMENT, {"state": None}), "BAD_USER_INPUT", "state"),
        (Update(ENROLLMENT, {"user_id": "12"}), "UNSUPPORTED_BY_VENDOR", "user_id"),
        (RedeemCode(SECTION, " "), "BAD_USER_INPUT", "access_code"),
        (
            CopySection(" ", TERMS, source_id="1", section_code="2", course_id="7"),
            "BAD_USER_INPUT",
            "title",
        ),
        (
            CopySection("N", (), source_id="1", section_code="2", course_id="7"),
            "BAD_USER_INPUT",
            "term_ids",
        ),
        (CopySection("N", TERMS, section_code="2", course_id="7"), "BAD_USER_INPUT", "source"),
        (
            CopySection("N", TERMS, source_id="1", section_code="2", section_id="3", course_id="7"),
            "BAD_USER_INPUT",
            "target",
        ),
        (CopySection("N", TERMS, source_id="1", section_code="2"), "BAD_USER_INPUT", "course"),
        (
            Create(Kind.COURSE, None, NEW_COURSE, sections=(new_section(1), new_section(2, name=""))),
            "BAD_USER_INPUT",
            "sections.1.name",
        ),
    ],
)
async def test_invalid_values_are_rejected_before_sending(
    change: Command, code: str, field: str | None
) -> None:
    upstream = schoology_upstream({})
    (result,) = await execute(upstream, change)
    assert result.status is CommandStatus.REFUSED
    assert [(problem.code, problem.field) for problem in result.problems] == [(code, field)]
    assert upstream.lines == []


@pytest.mark.parametrize(
    "change",
    [
        CrossList(SECTION, COURSE),
        CrossList(SECTION, None),
        BulkCourseEvent(("7",), CourseEvent.OFFER),
        ResetCourse(COURSE),
        UpdateSettings(COURSE, {}),
        CopyCourse(COURSE, "8"),
        DismissQuizMigrationAlert(COURSE),
        CreateTestStudent(COURSE),
        RequestFileUpload(COURSE, "a.txt"),
        Delete(COURSE, DeleteMode.CONCLUDE),
        Delete(ENROLLMENT, DeleteMode.CONCLUDE),
        Delete(ENROLLMENT, DeleteMode.DEACTIVATE),
    ],
    ids=lambda change: type(change).__name__,
)
async def test_an_unsupported_command_is_raised(change: Command) -> None:
    upstream = schoology_upstream({})
    with pytest.raises(Unsupported):
        await execute(upstream, change)
    assert upstream.lines == []


async def test_a_rejected_command_does_not_affect_the_others() -> None:
    upstream = schoology_upstream({"POST /courses/7/sections": reply_row(5)})
    new = Create(Kind.SECTION, COURSE, NEW_SECTION)
    refused, done = await execute(upstream, Create(Kind.SECTION, COURSE, {}), new)
    assert (refused.status, done.status) == (CommandStatus.REFUSED, CommandStatus.CONFIRMED)


async def test_no_commands_have_no_results() -> None:
    assert await execute(schoology_upstream()) == []


async def test_a_complete_reply_to_a_create_is_not_read_back() -> None:
    upstream, store = (
        schoology_upstream({"POST /courses/7/sections": reply_row(5)}),
        Store("lakeside"),
    )
    (result,) = await execute(upstream, Create(Kind.SECTION, COURSE, NEW_SECTION), store=store)
    assert upstream.lines == ["POST /courses/7/sections"]
    assert isinstance(result.record, Section)
    assert (result.record.name, result.record.code, result.record.course_id) == ("N", "1", "7")
    # A value that the reply omits stays unknown.
    assert not {"is_synced", "meeting", "schoology.options"} & result.record.known_fields


async def test_an_incomplete_reply_to_a_create_is_read_back() -> None:
    stored = section_row(5, 7, section_title="N", section_code="1", section_school_code="")
    upstream = schoology_upstream({"POST /courses/7/sections": reply_row(5), "GET /sections/5": stored})
    values = {**NEW_SECTION, "is_synced": True, "meeting": MEETING}
    (result,) = await execute(upstream, Create(Kind.SECTION, COURSE, values))
    assert upstream.lines == ["POST /courses/7/sections", "GET /sections/5"]
    assert [(p.code, p.field) for p in result.problems] == [
        ("BAD_USER_INPUT", "is_synced"),
        ("BAD_USER_INPUT", "meeting"),
    ]


@pytest.mark.parametrize("code", ["section_code", "section_school_code"])
async def test_a_locked_field_is_a_conflict(code: str) -> None:
    upstream = schoology_upstream({"PUT /sections/5": 204, "GET /sections/5": section_row(5, 7, synced="1")})
    name = "code" if code == "section_code" else "sis_id"
    (result,) = await execute(upstream, Update(SECTION, {name: "other", "location": "101"}))
    assert result.status is CommandStatus.CONFIRMED
    assert [(p.code, p.field) for p in result.problems] == [
        ("CONFLICT", name),
        ("BAD_USER_INPUT", "location"),
    ]


async def test_equal_values_in_other_forms_are_stored() -> None:
    stored = section_row(
        5,
        7,
        section_title="N",
        meeting_days=["6", 1],
        start_time="8:05",
        end_time="09:00",
        description=None,
        location="",
        synced=1,
        grading_periods="13011,435",
        options={"upload_document": "1"},
    )
    upstream = schoology_upstream({"PUT /sections/5": 204, "GET /sections/5": stored})
    values = {
        "name": " N ",
        "meeting": MEETING,
        "description": "",
        "location": None,
        "is_synced": True,
        "term_ids": TERMS,
        "schoology.class_periods": ("1",),
        "schoology.options": {"upload_documents": True, "course_format": 2},
    }
    (result,) = await execute(upstream, Update(SECTION, values))
    assert result.problems == []


async def test_a_write_is_confirmed_if_reading_back_fails() -> None:
    for returned in (404, 503, {"id": "6"}):
        upstream = schoology_upstream({"PUT /sections/5": 204, "GET /sections/5": returned})
        (result,) = await execute(upstream, Update(SECTION, {"name": "N"}))
        assert result.status is CommandStatus.CONFIRMED
        assert result.record is not None
        assert "name" not in result.record.known_fields


async def test_an_unreadable_object_is_not_deleted() -> None:
    upstream = schoology_upstream({"DELETE /sections/5": 204, "GET /sections/5": Forbidden("no")})
    (hidden,) = await execute(upstream, Delete(SECTION))
    assert [problem.code for problem in hidden.problems] == ["NOT_FOUND"]
    upstream.replies["GET /sections/5"] = 503
    (unread,) = await execute(upstream, Delete(SECTION))
    assert (unread.status, unread.error and unread.error.code) == (
        CommandStatus.REFUSED,
        "UPSTREAM_UNAVAILABLE",
    )
    assert {line.split()[0] for line in upstream.lines} == {"GET"}


async def test_a_stored_object_is_not_read_before_its_deletion() -> None:
    path = f"{ROSTER}/9"
    upstream = schoology_upstream({f"GET {path}": enrollment_row(9, 11), f"DELETE {path}": 204})
    store = Store("lakeside")
    for _ in range(2):
        (result,) = await execute(upstream, Delete(ENROLLMENT), store=store)
        assert isinstance(result.record, Enrollment)
        assert result.record.user_id == "11"
    assert upstream.lines == [f"GET {path}", f"DELETE {path}", f"DELETE {path}"]


async def test_update_existing_uses_the_bulk_endpoint() -> None:
    rows = {"section": [{"response_code": 200, "id": "5"}]}
    stored = section_row(5, 7, section_title="N", section_code="1", section_school_code="")
    upstream = schoology_upstream({"POST /courses/7/sections": rows, "GET /sections/5": stored})
    options = {"schoology.update_existing": True}
    (result,) = await execute(upstream, Create(Kind.SECTION, COURSE, NEW_SECTION, options))
    assert upstream.lines[0] == "POST /courses/7/sections?update_existing=1"
    assert (result.status, result.problems) == (CommandStatus.CONFIRMED, [])


def copies(*numbers: int, wait: float = 0.0) -> list[CopySection]:
    return [
        CopySection(
            "N",
            TERMS,
            source_sis_id="FROM",
            section_sis_id=f"TO-{number}",
            course_code="C7",
            synced=True,
            enroll_user=True,
            wait_timeout=wait,
        )
        for number in numbers
    ]


def accepted_rows(*numbers: int) -> dict[str, Any]:
    return {
        "section": [
            {
                "section_school_code": f"TO-{n}",
                "title": "N",
                "response_code": 200,
                "transfer_url": "https://school.example/transfers",
            }
            for n in numbers
        ]
    }


def found_after(pauses: int, upstream: ScriptedUpstream) -> Any:
    def answer(call: Any) -> Any:
        there = [section_row(5, 7, section_school_code="TO-1")] if len(upstream.delays) >= pauses else []
        return {"section": there, "total": len(there)}

    return answer


async def test_copies_are_accepted_as_jobs() -> None:
    upstream = schoology_upstream({"POST /sections/copy": accepted_rows(1, 2)})
    results = await execute(upstream, *copies(1, 2))
    assert [(r.status, r.record, r.detail) for r in results] == [
        (CommandStatus.ACCEPTED, None, {"transfer_url": "https://school.example/transfers"})
    ] * 2
    assert upstream.lines == ["POST /sections/copy?enroll_user=1"]
    assert upstream.calls[0].json["sections"]["section"][1] == {
        "source_section_school_code": "FROM",
        "section_school_code": "TO-2",
        "course_code": "C7",
        "title": "N",
        "grading_periods": [13011, 435],
        "synced": 1,
    }


async def test_a_copy_is_awaited_until_its_code_is_found() -> None:
    upstream = schoology_upstream({"POST /sections/copy": accepted_rows(1, 2)})
    upstream.replies["GET /sections"] = found_after(3, upstream)
    first, second = await execute(upstream, *copies(1, 2, wait=20.0))
    assert first.record is not None
    assert first.record.key == SECTION
    assert (first.status, second.status) == (CommandStatus.ACCEPTED, CommandStatus.ACCEPTED)
    assert second.record is None
    assert upstream.delays == [1, 2, 4, 8, 5]
    assert "TO-1,TO-2" in upstream.lines[1]
    assert "TO-1" not in upstream.lines[-1]


async def test_waiting_ends_before_the_deadline() -> None:
    upstream = schoology_upstream({"POST /sections/copy": accepted_rows(1)})
    upstream.replies["GET /sections"] = found_after(99, upstream)
    token = request_deadline.set(asyncio.get_running_loop().time() + 3.5)
    try:
        (result,) = await execute(upstream, *copies(1, wait=60.0))
    finally:
        request_deadline.reset(token)
    assert result.status is CommandStatus.ACCEPTED
    assert upstream.delays == [1, 2]


@pytest.mark.parametrize("target", [{"section_code": "2"}, {"section_id": "5"}])
async def test_a_copy_without_a_school_code_is_not_awaited(target: dict[str, Any]) -> None:
    upstream = schoology_upstream({"POST /sections/copy": accepted_rows(1)})
    copy = CopySection("N", TERMS, source_id="1", course_id="7", wait_timeout=9.0, **target)
    (result,) = await execute(upstream, copy)
    assert (result.status, upstream.delays) == (CommandStatus.ACCEPTED, [])
    assert (result.record and result.record.key) == (SECTION if "section_id" in target else None)


async def test_a_rejected_copy_is_not_a_job() -> None:
    said = {"response_code": 400, "message": "The section that is copied into is not empty."}
    upstream = schoology_upstream({"POST /sections/copy": {"section": [said]}})
    (result,) = await execute(upstream, *copies(1, wait=9.0))
    assert (result.status, upstream.delays, result.detail) == (CommandStatus.REFUSED, [], {})
