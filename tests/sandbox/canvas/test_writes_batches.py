"""Batches, settings, copies and other operations of courses; request bodies."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import OBSERVER_TOKEN, STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSES = f"/accounts/{MAPLE.root}/courses"
COURSE = f"/courses/{MAPLE.course}"
TWO = [MAPLE.host_course, MAPLE.original_course]


def course_states(canvas: CanvasCaller) -> list[str]:
    return [canvas.get(f"/courses/{course_id}?include[]=all_courses")["workflow_state"] for course_id in TWO]


def test_a_batch_advances_with_time(canvas_with: Callable[..., CanvasCaller]) -> None:
    now = [1000.0]
    quirks = CanvasQuirks(job_seconds=10, throttles=False)
    canvas = canvas_with(clock=lambda: now[0], canvas_quirks=quirks)
    started = canvas.write("PUT", COURSES, {"course_ids": TWO, "event": "conclude"})

    assert started["workflow_state"] == "queued"
    assert (started["completion"], started["message"]) == (0, None)
    assert (started["context_type"], started["context_id"]) == ("Account", MAPLE.root)
    assert started["user_id"] == MAPLE.admin
    assert started["url"] == canvas.url(f"/progress/{started['id']}")
    assert canvas.get(started["url"]) == started
    assert course_states(canvas) == ["available", "available"]

    now[0] += 6
    running = canvas.get(f"/progress/{started['id']}")
    assert (running["workflow_state"], running["completion"]) == ("running", 60)
    assert course_states(canvas) == ["completed", "available"]

    now[0] += 6
    assert course_states(canvas) == ["completed", "completed"]
    ended = canvas.get(f"/progress/{started['id']}")
    assert (ended["workflow_state"], ended["completion"]) == ("completed", 100)
    assert ended["message"] == "2 courses processed"


def test_a_batch_advances_by_polls(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(jobs_advance="polls", job_poll_count=2))
    fields = {"course_ids[]": TWO, "event": "delete"}
    started = canvas.write("PUT", COURSES, data=fields)

    path = f"/progress/{started['id']}"
    assert [canvas.get(path)["workflow_state"] for _ in range(3)] == [
        "running",
        "completed",
        "completed",
    ]
    assert course_states(canvas) == ["deleted", "deleted"]


@pytest.fixture
def instant_canvas(canvas_with: Callable[..., CanvasCaller]) -> CanvasCaller:
    """Return a simulator whose jobs finish at the next request."""
    return canvas_with(canvas_quirks=CanvasQuirks(job_seconds=0))


def run_batch(canvas: CanvasCaller, ids: list[Any], event: str = "offer") -> Any:
    started = canvas.write("PUT", COURSES, {"course_ids": ids, "event": event})
    return canvas.get(f"/progress/{started['id']}")


def test_a_finished_batch_lists_its_failures(instant_canvas: CanvasCaller) -> None:
    ids = [
        MAPLE.unpublished_course,
        f"sis_course_id:{'BIO-101'}",
        "sis_course_id:UNKNOWN",  # ignored
        999,  # reported as not found
        MAPLE.deleted_course,
    ]
    ended = run_batch(instant_canvas, ids)

    assert ended["workflow_state"] == "completed"
    assert ended["message"] == (f"2 courses processed\nThe course was not found: 999, {MAPLE.deleted_course}")
    body = instant_canvas.get(f"/courses/{MAPLE.unpublished_course}")
    assert body["workflow_state"] == "available"
    assert run_batch(instant_canvas, [999])["workflow_state"] == "failed"
    assert run_batch(instant_canvas, [MAPLE.deleted_course], "undelete")["message"] == "1 course processed"
    assert run_batch(instant_canvas, [])["workflow_state"] == "completed"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"event": "offer"}, 400, "must specify course_ids[]"),
        ({"event": "offer", "course_ids": "1"}, 400, "must specify course_ids[]"),
        (
            {"event": "offer", "course_ids": list(range(501))},
            403,
            "course batch size limit (500) exceeded",
        ),
        ({"course_ids": [1]}, 400, "need to specify event"),
        ({"course_ids": [1], "event": "claim"}, 400, "invalid event"),
    ],
)
def test_an_invalid_batch_is_rejected(canvas: CanvasCaller, body: Any, status: int, message: str) -> None:
    reply = canvas.request(COURSES, method="PUT", json=body)
    assert (reply.status_code, reply.json()) == (status, {"message": message})


def test_a_batch_requires_an_admin_and_its_starter_can_read_it(canvas: CanvasCaller) -> None:
    body = {"course_ids": TWO, "event": "offer"}
    assert canvas.request(COURSES, method="PUT", json=body, token=TEACHER_TOKEN).status_code == 403
    started = canvas.write("PUT", COURSES, body)
    path = f"/progress/{started['id']}"
    assert canvas.request(path, token=TEACHER_TOKEN).status_code == 403
    assert canvas.request("/progress/99").status_code == 404
    assert canvas.write("POST", f"{path}/cancel")["workflow_state"] == "failed"
    assert canvas.get(path)["message"] == "canceled"


# Settings and permissions


SETTINGS: dict[str, Any] = {
    "allow_final_grade_override": True,
    "allow_student_discussion_topics": False,
    "allow_student_forum_attachments": False,
    "allow_student_discussion_editing": False,
    "allow_student_organized_groups": False,
    "allow_student_discussion_reporting": False,
    "allow_student_anonymous_discussion_topics": True,
    "filter_speed_grader_by_student_group": True,
    "hide_final_grades": True,
    "hide_distribution_graphs": True,
    "hide_sections_on_course_users_page": True,
    "lock_all_announcements": True,
    "usage_rights_required": True,
    "restrict_student_past_view": True,
    "restrict_student_future_view": True,
    "show_announcements_on_home_page": True,
    "syllabus_course_summary": False,
    "conditional_release": True,
    "home_page_announcement_limit": 4,
    "default_due_time": "17:30:00",
}
READ_ONLY = {
    "grading_standard_enabled",
    "grading_standard_id",
    "grade_passback_setting",
    "restrict_quantitative_data",
    "homeroom_course",
    "image_url",
    "image_id",
    "image",
    "banner_image_url",
    "banner_image_id",
    "banner_image",
    "course_color",
    "friendly_name",
}


def test_every_setting_can_be_changed_and_read(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/settings"
    before = canvas.get(path)
    assert set(before) == set(SETTINGS) | READ_ONLY
    assert all(before[name] != value for name, value in SETTINGS.items())

    body = canvas.write("PUT", path, data=SETTINGS)
    assert body == {**before, **SETTINGS}
    assert canvas.get(path) == body
    assert canvas.get(COURSE)["hide_final_grades"] is True
    assert canvas.write("PUT", path, {"lock_all_announcements": False}) == {
        **body,
        "lock_all_announcements": False,
    }
    inherited = canvas.write("PUT", path, {"default_due_time": "inherit"})
    assert inherited["default_due_time"] == "23:59:59"


@pytest.mark.parametrize("body", [{"home_page_announcement_limit": "many"}, {"default_due_time": "noon"}])
def test_an_invalid_setting_is_rejected(canvas: CanvasCaller, body: Any) -> None:
    reply = canvas.request(f"{COURSE}/settings", method="PUT", json=body)
    assert reply.status_code == 400
    assert list(reply.json()["errors"]) == list(body)


def test_course_editors_can_change_settings(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/settings"
    body = {"lock_all_announcements": True}
    assert canvas.request(path, method="PUT", json=body, token=TA_TOKEN).status_code == 403
    assert canvas.write("PUT", path, body, token=TEACHER_TOKEN)["lock_all_announcements"]


def test_permissions_are_booleans_and_all_by_default(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/permissions"
    requested = f"{path}?permissions[]=manage_sis&permissions[]=manage_grades&permissions[]=fly"
    expected = {"manage_sis": False, "manage_grades": True, "fly": False}
    assert canvas.get(requested, token=TEACHER_TOKEN) == expected
    everything = canvas.get(path, token=STUDENT_TOKEN)
    assert everything["read"] is True
    assert everything["manage_sections_add"] is False
    account = f"/accounts/{MAPLE.root}/permissions?permissions[]=manage_courses_add"
    assert canvas.get(account) == {"manage_courses_add": True}
    assert canvas.get(account, token=TEACHER_TOKEN) == {"manage_courses_add": False}


# Copies, alerts, the test student, files


def test_a_copy_contains_the_requested_content(instant_canvas: CanvasCaller) -> None:
    source = f"/courses/{MAPLE.awkward_course}"
    instant_canvas.write(
        "PUT", source, {"course": {"syllabus_body": "<p>Copied</p>", "default_view": "wiki"}}
    )
    path = f"{COURSE}/course_copy"
    started = instant_canvas.write("POST", path, {"source_course": str(MAPLE.awkward_course)})
    assert (started["workflow_state"], started["progress"]) == ("created", None)
    assert started["status_url"] == f"/api/v1{path}/{started['id']}"

    ended = instant_canvas.get(f"{path}/{started['id']}")
    assert (ended["workflow_state"], ended["progress"]) == ("completed", 100)
    copy = instant_canvas.get(f"{COURSE}?include[]=syllabus_body")
    assert (copy["syllabus_body"], copy["default_view"]) == ("<p>Copied</p>", "wiki")
    assert copy["name"] == "Introduction to Biology"

    other = f"/courses/{MAPLE.host_course}"
    for fields in ({"only[]": "wiki_pages"}, {"except[]": "course_settings"}):
        body = {"source_course": str(MAPLE.awkward_course), **fields}
        instant_canvas.write("POST", f"{other}/course_copy", data=body)
        copy = instant_canvas.get(f"{other}?include[]=syllabus_body")
        assert (copy["syllabus_body"], copy["default_view"]) == ("<p>Copied</p>", "modules")


def test_an_invalid_copy_is_rejected(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/course_copy"
    source = {"source_course": "sis_course_id:BIO-101"}
    both = {**source, "only": ["files"], "except": ["quizzes"]}
    reply = canvas.request(path, method="POST", json=both)
    assert reply.status_code == 400
    assert reply.json() == {"errors": 'You can not use "only" and "except" options at the same time.'}
    assert canvas.request(path, method="POST", json={"source_course": "7"}).status_code == 404
    assert canvas.request(path, method="POST").status_code == 404
    assert canvas.request(path, method="POST", json=source, token=STUDENT_TOKEN).status_code == 403
    started = canvas.write("POST", path, source)
    elsewhere = f"/courses/{MAPLE.host_course}/course_copy/{started['id']}"
    assert canvas.request(elsewhere).status_code == 404
    assert canvas.request(f"/progress/{started['id']}").status_code == 404


def test_a_quiz_alert_can_be_dismissed_once(instant_canvas: CanvasCaller) -> None:
    path = f"{COURSE}/dismiss_migration_limitation_message"
    nothing = {"message": "Quiz migration alert not found"}
    reply = instant_canvas.request(path, method="POST")
    assert (reply.status_code, reply.json()) == (404, nothing)

    fields = {"source_course": str(MAPLE.host_course), "only": ["quizzes"]}
    instant_canvas.write("POST", f"{COURSE}/course_copy", fields)
    assert instant_canvas.request(path, method="POST", token=TEACHER_TOKEN).status_code == 404
    assert instant_canvas.write("POST", path) == {"success": True}
    assert instant_canvas.request(path, method="POST").status_code == 404


def test_reading_the_test_student_creates_it(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.host_course}"
    students = f"{path}/users?include[]=test_student&enrollment_type[]=student_view"
    assert canvas.get(students) == []
    assert canvas.request(f"{path}/student_view_student", token=STUDENT_TOKEN).status_code == 403

    created = canvas.get(f"{path}/student_view_student")
    assert created["name"] == "Test Student"
    assert canvas.get(f"{path}/student_view_student")["id"] == created["id"]
    assert [row["id"] for row in canvas.get(students)] == [created["id"]]
    sections = canvas.get(f"{path}/sections?include[]=students&include[]=total_students")
    for section in sections:
        assert created["id"] in {row["id"] for row in section["students"]}
        assert section["total_students"] == len(section["students"]) - 1
    known = canvas.get(f"{COURSE}/student_view_student")
    assert known["id"] == MAPLE.test_student


def test_an_upload_is_limited_by_the_quota(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/files"
    fields = {"name": "notes.pdf", "size": 1200, "content_type": "application/pdf"}
    body = canvas.write("POST", path, {**fields, "on_duplicate": "rename"})

    assert body["upload_url"].startswith(canvas.server.canvas_url)
    assert body["file_param"] == "file"
    assert body["upload_params"] == {
        "filename": "notes.pdf",
        "content_type": "application/pdf",
        "on_duplicate": "rename",
    }
    reply = canvas.request(path, method="POST", json={**fields, "size": 500_000_001})
    assert (reply.status_code, reply.json()) == (400, {"message": "file size exceeds quota"})
    assert canvas.request(path, method="POST", json=fields, token=OBSERVER_TOKEN).status_code == 403


# Bodies


def test_an_invalid_json_body_is_rejected(canvas: CanvasCaller) -> None:
    headers = {"Content-Type": "application/json"}
    reply = canvas.request(COURSES, method="POST", content=b"{", headers=headers)
    assert reply.status_code == 400


def test_the_body_overrides_the_query(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/sections?course_section[name]=Query&course_section[start_at]=2026-09-01"
    created = canvas.write("POST", path)
    assert (created["name"], created["start_at"]) == ("Query", "2026-09-01T00:00:00Z")
    created = canvas.write("POST", path, {"course_section": {"name": "Body"}})
    assert created["name"] == "Body"


def test_a_scoped_key_needs_the_route_and_its_method(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{COURSE}/sections", method="POST", token="canvas-narrow-token")
    assert reply.status_code == 401
    assert reply.json() == {"errors": [{"message": "Insufficient scopes on access token."}]}


def test_a_reset_of_the_simulator_undoes_writes(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", COURSES)
    started = canvas.write("PUT", COURSES, {"course_ids": TWO, "event": "offer"})
    canvas.server.reset()

    assert canvas.request(f"/courses/{created['id']}").status_code == 404
    assert canvas.request(f"/progress/{started['id']}").status_code == 404
