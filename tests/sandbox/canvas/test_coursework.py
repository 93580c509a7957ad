"""Progress, due dates, to-do items, activity stream and people of a course."""

from collections.abc import Callable

import pytest

from lms_sandbox.canvas.state.auth import (
    ADMIN_TOKEN,
    OBSERVER_TOKEN,
    STUDENT_TOKEN,
    TA_TOKEN,
    TEACHER_TOKEN,
)
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSE = f"/courses/{MAPLE.course}"
PROGRESS = f"{COURSE}/users/{MAPLE.student}/progress"
NOT_MODULAR = MAPLE.host_course
NO_PROGRESS = (
    "no progress available because this course is not module based (has modules and module "
    "completion requirements) or the user is not enrolled as a student in this course"
)


@pytest.mark.parametrize("token", [ADMIN_TOKEN, TEACHER_TOKEN, STUDENT_TOKEN, OBSERVER_TOKEN])
def test_staff_the_student_and_the_observer_can_read_progress(canvas: CanvasCaller, token: str) -> None:
    body = canvas.get(PROGRESS, token=token)

    assert set(body) == {
        "requirement_count",
        "requirement_completed_count",
        "next_requirement_url",
        "completed_at",
    }
    assert body["requirement_completed_count"] == body["requirement_count"] == 5
    assert (body["next_requirement_url"], body["completed_at"]) == (None, "2026-11-13T12:00:00Z")


def test_progress_can_be_read_by_self(canvas: CanvasCaller) -> None:
    own_progress = canvas.get(f"{COURSE}/users/self/progress", token=STUDENT_TOKEN)

    assert own_progress == canvas.get(PROGRESS)
    refused = canvas.request(f"{COURSE}/users/{MAPLE.awkward_user}/progress", token=STUDENT_TOKEN)
    assert refused.status_code == 403
    assert canvas.request(f"{COURSE}/users/7/progress").status_code == 404


@pytest.mark.parametrize("path", [
    f"{COURSE}/users/{MAPLE.teacher}/progress",
    f"/courses/{NOT_MODULAR}/users/{MAPLE.student}/progress",
])  # fmt: skip
def test_missing_progress_is_status_400_on_its_own_route(canvas: CanvasCaller, path: str) -> None:
    reply = canvas.request(path)

    assert reply.status_code == 400
    assert reply.json() == {"error": {"message": NO_PROGRESS}}


def test_missing_progress_is_an_error_value_in_a_course(canvas: CanvasCaller) -> None:
    """The course itself has status 200, with the progress or the error as a value."""
    path = f"{COURSE}?include[]=course_progress"

    assert canvas.get(path)["course_progress"] == {"error": {"message": NO_PROGRESS}}
    assert canvas.get(path, token=STUDENT_TOKEN)["course_progress"] == canvas.get(PROGRESS)


def test_bulk_progress_lists_each_student_once(canvas: CanvasCaller) -> None:
    pages = canvas.pages(f"{COURSE}/bulk_user_progress?per_page=7")
    rows = [row for page in pages for row in page]
    students = canvas.get(f"{COURSE}/students")

    assert {row["id"] for row in rows} == {user["id"] for user in students}
    assert len(rows) == len(students)
    for row in rows[:9]:
        assert row["progress"] == canvas.get(f"{COURSE}/users/{row['id']}/progress")
        assert {"display_name", "anonymous_id", "html_url"} <= set(row)
    assert canvas.request(f"{COURSE}/bulk_user_progress", token=STUDENT_TOKEN).status_code == 403
    seen = canvas.get(f"{COURSE}/bulk_user_progress?per_page=100", token=TA_TOKEN)
    assert 0 < len(seen) < len(rows)


def test_bulk_user_progress_ignores_the_header_for_string_ids(canvas: CanvasCaller) -> None:
    headers = {"Accept": "application/json+canvas-string-ids"}
    [row, *_] = canvas.request(f"{COURSE}/bulk_user_progress", headers=headers).json()
    [user, *_] = canvas.request(f"{COURSE}/recent_students", headers=headers).json()

    assert isinstance(row["id"], int)
    assert isinstance(user["id"], str)


def test_a_course_without_modules_has_no_bulk_progress(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/courses/{NOT_MODULAR}/bulk_user_progress")

    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith("No progress available because")


def test_effective_due_dates_have_string_ids_as_keys(canvas: CanvasCaller) -> None:
    body = canvas.get(f"{COURSE}/effective_due_dates")
    students = {str(user["id"]) for user in canvas.get(f"{COURSE}/students")}

    assert len(body) == 5
    assert all(set(users) == students for users in body.values())
    first = body[str(MAPLE.course * 100 + 1)]
    assert len({row["due_at"] for row in first.values()}) > 1  # differs by section
    assert {row["due_at"] for row in body[str(MAPLE.course * 100 + 5)].values()} == {None}
    row = first[str(MAPLE.student)]
    assert set(row) == {"due_at", "grading_period_id", "in_closed_grading_period"}
    assert (row["grading_period_id"], row["in_closed_grading_period"]) == (None, False)


def test_effective_due_dates_can_be_limited_to_assignments(canvas: CanvasCaller) -> None:
    known = str(MAPLE.course * 100 + 2)
    path = f"{COURSE}/effective_due_dates?assignment_ids[]={known}&assignment_ids[]=9"

    assert list(canvas.get(path)) == [known]
    for query in ("assignment_ids[]=x", f"assignment_ids={known}"):
        reply = canvas.request(f"{COURSE}/effective_due_dates?{query}")
        assert reply.status_code == 422
        assert reply.json() == {"errors": "assignment_ids param is invalid"}
    assert canvas.request(path, token=STUDENT_TOKEN).status_code == 403


def test_todo_lists_grading_for_teachers_and_submissions_for_students(canvas: CanvasCaller) -> None:
    to_grade = [row for page in canvas.pages(f"{COURSE}/todo?per_page=2", token=TEACHER_TOKEN)
                for row in page]  # fmt: skip
    to_do = canvas.get(f"{COURSE}/todo", token=STUDENT_TOKEN)

    assert {row["type"] for row in to_grade} == {"grading"}
    path = f"{COURSE}?include[]=needs_grading_count"
    total = canvas.get(path, token=TEACHER_TOKEN)["needs_grading_count"]
    assert sum(row["needs_grading_count"] for row in to_grade) == total
    assert {row["type"] for row in to_do} == {"submitting"}
    assert all(row["assignment"]["due_at"] >= "2026-11-16" for row in to_do)
    more = canvas.get(f"{COURSE}/todo?include[]=ungraded_quizzes", token=STUDENT_TOKEN)
    assert more[-1]["quiz"]["title"] == "Practice Quiz"
    assert canvas.get(f"{COURSE}/todo") == []  # the admin has no enrollments


@pytest.mark.parametrize("path", ["todo?per_page=1", "activity_stream?per_page=4"])
def test_todo_and_stream_have_bookmarked_pages(canvas: CanvasCaller, path: str) -> None:
    reply = canvas.request(f"{COURSE}/{path}", token=STUDENT_TOKEN)

    assert "page=bookmark" in reply.links["next"]["url"]
    assert "last" not in reply.links


def test_the_stream_is_sorted_newest_first_and_has_a_summary(canvas: CanvasCaller) -> None:
    pages = canvas.pages(f"{COURSE}/activity_stream?per_page=5", token=STUDENT_TOKEN)
    items = [item for page in pages for item in page]
    summary = canvas.get(f"{COURSE}/activity_stream/summary", token=STUDENT_TOKEN)

    assert len(pages) == 3
    assert [item["created_at"] for item in items] == sorted(
        (item["created_at"] for item in items), reverse=True
    )
    assert {item["course_id"] for item in items} == {MAPLE.course}
    assert sum(row["count"] for row in summary) == len(items)
    unread = sum(not item["read_state"] for item in items)
    assert sum(row["unread_count"] for row in summary) == unread
    kinds = {(row["type"], row["notification_category"]) for row in summary}
    assert kinds == {
        ("Announcement", None),
        ("DiscussionTopic", None),
        ("Message", "Due Date"),
        ("Submission", None),
    }


def test_activity_summary_is_not_paginated(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/activity_stream/summary?per_page=1"
    reply = canvas.request(path, token=STUDENT_TOKEN)

    assert len(reply.json()) == 4
    assert "link" not in reply.headers
    assert canvas.get(f"{COURSE}/activity_stream") == []  # empty for users without an enrollment


def test_recent_students_are_sorted_by_last_login(canvas: CanvasCaller) -> None:
    pages = canvas.pages(f"{COURSE}/recent_students?per_page=9", token=TEACHER_TOKEN)
    logins = [user["last_login"] or "" for page in pages for user in page]

    assert len(pages) > 2
    assert logins[-1] == ""  # invited, without a login
    assert logins == sorted(logins, reverse=True)
    assert canvas.request(f"{COURSE}/recent_students", token=STUDENT_TOKEN).status_code == 403
    assert (
        canvas.request(f"{COURSE}/recent_users").status_code == 404
    )  # a path of the documentation's example


def test_content_share_users_require_a_search_term(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/content_share_users"
    results = canvas.get(f"{path}?search_term=A&per_page=100", token=TEACHER_TOKEN)

    assert results
    assert all("a" in user["name"].lower() for user in results)
    assert all({"email", "avatar_url"} <= set(user) for user in results)
    assert MAPLE.teacher not in {user["id"] for user in results}
    reply = canvas.request(path, token=TEACHER_TOKEN)
    assert reply.status_code == 400
    assert "Search term required" in reply.text
    assert canvas.request(f"{path}?search_term=a", token=STUDENT_TOKEN).status_code == 403


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p><badhtml></badhtml>processed html</p>", "<p>processed html</p>"),
        ("<p onclick='x()'>a<script>b()</script>", "<p>a</p>"),
        ('<a href="javascript:x()">go</a><a href="/b">b</a>', '<a>go</a><a href="/b">b</a>'),
        ("1 < 2 &amp; <b><i>so</b>", "1 &lt; 2 &amp; <b><i>so</i></b>"),
        ("", ""),
    ],
)
def test_a_preview_keeps_only_allowed_elements(canvas: CanvasCaller, html: str, expected: str) -> None:
    path = f"{COURSE}/preview_html"

    assert canvas.write("POST", path, {"html": html}) == {"html": expected}
    assert canvas.write("POST", path, data={"html": html}) == {"html": expected}
    parts = {"html": (None, html)}  # as in the example of the documentation
    assert canvas.write("POST", path, files=parts) == {"html": expected}


def test_every_school_has_coursework(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_school=lambda: small_school(courses=3))

    assert len(canvas.get("/courses/1/bulk_user_progress?per_page=100")) == 12
    assert len(canvas.get("/courses/2/effective_due_dates")) == 5
    assert canvas.request("/courses/3/bulk_user_progress").status_code == 400
