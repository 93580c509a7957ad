"""Reading courses: those of the caller, those of an account, and one by id."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import OBSERVER_TOKEN, STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.demo_schools import maple, small_school
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.data.school import COUNTED_STATES
from tests.sandbox.canvas.client import CanvasCaller

ACCOUNT = "/accounts/self/courses?per_page=100"
SCHOOL = maple()


def ids(rows: list[dict[str, Any]]) -> set[int]:
    return {row["id"] for row in rows}


def test_courses_lists_the_courses_of_the_caller(canvas: CanvasCaller) -> None:
    assert canvas.get("/courses") == []
    rows = canvas.get("/courses?per_page=100", token=TEACHER_TOKEN)

    assert ids(rows) == {MAPLE.course, MAPLE.host_course, MAPLE.original_course}
    assert [row["name"].casefold() for row in rows] == sorted(r["name"].casefold() for r in rows)
    mini = next(row for row in rows if row["id"] == MAPLE.course)["enrollments"]
    assert mini[0]["type"] == "teacher"
    assert mini[0]["role"] == "TeacherEnrollment"
    assert "id" not in mini[0]


def test_a_course_closed_by_its_dates_is_a_stub_in_the_list(canvas: CanvasCaller) -> None:
    rows = canvas.get("/courses?per_page=100&include[]=term", token=STUDENT_TOKEN)
    closed = next(row for row in rows if row["id"] == MAPLE.restricted_course)

    assert closed == {"id": MAPLE.restricted_course, "access_restricted_by_date": True}
    assert canvas.request(f"/courses/{MAPLE.restricted_course}", token=STUDENT_TOKEN).status_code == 403
    assert canvas.get(f"/courses/{MAPLE.restricted_course}")["name"]


def test_a_closed_course_can_be_a_stub_when_read_by_id(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(restricted_course="stub"))
    body = canvas.get(f"/courses/{MAPLE.restricted_course}", token=STUDENT_TOKEN)

    assert body == {"id": MAPLE.restricted_course, "access_restricted_by_date": True}


def test_own_courses_are_filtered_by_role_state_and_enrollment(canvas: CanvasCaller) -> None:
    def student(query: str) -> set[int]:
        return ids(canvas.get(f"/courses?per_page=100&{query}", token=STUDENT_TOKEN))

    assert student("enrollment_state=completed") == {MAPLE.concluded_course}
    assert MAPLE.concluded_course not in student("enrollment_state=active")
    assert student("state[]=completed") == {MAPLE.concluded_course}
    assert student("state[]=unpublished") == {MAPLE.unpublished_course}
    assert MAPLE.unpublished_course not in student("")
    assert student("enrollment_type=teacher") == set()
    assert canvas.get(f"/users/{MAPLE.student}/courses") != []
    refused = canvas.request(f"/users/{MAPLE.student}/courses", token=TEACHER_TOKEN)
    assert refused.status_code == 403
    assert canvas.get(f"/users/{MAPLE.student}/courses", token=OBSERVER_TOKEN)


def test_included_sections_are_those_of_the_caller_or_all(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}?include[]=sections"

    own_sections = canvas.get(path, token=STUDENT_TOKEN)["sections"]
    assert [row["id"] for row in own_sections] == list(MAPLE.sections[:2])
    assert {row["enrollment_role"] for row in own_sections} == {"StudentEnrollment"}
    everything = canvas.get(path)["sections"]
    assert [row["id"] for row in everything] == list(MAPLE.sections)
    assert set(everything[0]) == {"id", "name", "start_at", "end_at"}


def test_includes_add_their_own_keys(canvas: CanvasCaller) -> None:
    names = [
        "term",
        "account",
        "total_students",
        "teachers",
        "syllabus_body",
        "public_description",
        "course_progress",
        "favorites",
        "course_image",
        "banner_image",
        "concluded",
        "tabs",
        "permissions",
        "grading_periods",
        "storage_quota_used_mb",
        "post_manually",
        "needs_grading_count",
        "passback_status",
        "lti_context_id",
    ]
    query = "&".join(f"include[]={name}" for name in names)
    body = canvas.get(f"/courses/{MAPLE.course}?{query}")

    assert {
        "term", "account", "total_students", "teachers", "syllabus_body", "public_description",
        "is_favorite", "image_download_url", "banner_image_download_url", "concluded", "tabs",
        "permissions", "grading_periods", "storage_quota_used_mb", "post_manually",
        "needs_grading_count", "lti_context_id", "passback_status",
    } <= set(body)  # fmt: skip
    assert "error" in body["course_progress"]
    assert body["term"]["id"] == MAPLE.current_term
    assert body["account"]["root_account_id"] == MAPLE.root
    teacher = body["teachers"][0]
    assert set(teacher) == {
        "id", "anonymous_id", "display_name", "avatar_image_url", "html_url", "pronouns",
    }  # fmt: skip
    assert "sis_term_id" in body["term"]
    student = canvas.get(f"/courses/{MAPLE.course}?{query}", token=STUDENT_TOKEN)
    assert "sis_term_id" not in student["term"]
    assert "needs_grading_count" not in student
    assert "sis_course_id" not in student


def test_a_teacher_limit_replaces_teachers_by_their_count(canvas: CanvasCaller) -> None:
    body = canvas.get(f"/courses/{MAPLE.course}?include[]=teachers&teacher_limit=0")

    assert body["teacher_count"] == 1
    assert "teachers" not in body


def test_a_nickname_is_shown_to_its_owner(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.host_course}"
    mine, theirs = canvas.get(path, token=TEACHER_TOKEN), canvas.get(path)

    assert mine["name"] == "Mondays"
    assert mine["original_name"] == theirs["name"]
    assert "original_name" not in theirs


def test_total_scores_are_in_the_callers_enrollments(canvas: CanvasCaller) -> None:
    body = canvas.get(f"/courses/{MAPLE.course}?include[]=total_scores", token=STUDENT_TOKEN)

    assert body["enrollments"][0]["computed_current_score"] is not None


# Courses of an account


def test_an_account_lists_courses_of_all_accounts_below_without_deleted_ones(
    canvas: CanvasCaller,
) -> None:
    rows = canvas.get(f"{ACCOUNT}&include[]=sections&include[]=account&include[]=permissions")

    assert ids(rows) == {
        course_id for course_id, course in SCHOOL.courses.items() if course.state != "deleted"
    }
    assert not {"enrollments", "sections", "account", "permissions"} & set(rows[0])
    part = canvas.get(f"/accounts/{MAPLE.sub_accounts[0]}/courses?per_page=100")
    assert {row["account_id"] for row in part} == {MAPLE.sub_accounts[0], MAPLE.sub_accounts[2]}


@pytest.mark.parametrize(
    ("query", "test"),
    [
        ("state[]=claimed", lambda course: course.state == "unpublished"),
        ("state[]=unpublished", lambda course: False),
        ("state[]=deleted", lambda course: course.state == "deleted"),
        ("state[]=all", lambda course: True),
        ("state=available", lambda course: course.state != "deleted"),
        ("published=false", lambda course: course.state == "unpublished"),
        ("published=true", lambda course: course.state in ("available", "completed")),
        ("completed=true", lambda course: course.state == "completed"),
        ("public=true", lambda course: course.is_public and course.state != "deleted"),
        ("blueprint=true", lambda course: False),
        ("with_enrollments=false", lambda course: False),
        ("with_enrollments=true", lambda course: course.state != "deleted"),
        ("completed=false", lambda course: course.state not in ("completed", "deleted")),
        ("public=false", lambda course: not course.is_public and course.state != "deleted"),
        ("blueprint=false", lambda course: course.state != "deleted"),
        ("blueprint_associated=true", lambda course: False),
        ("blueprint_associated=false", lambda course: course.state != "deleted"),
        ("search_by=teacher&search_term=bao haddad",
         lambda course: course.id in (MAPLE.course, MAPLE.host_course, MAPLE.original_course)),
        ("starts_before=2026-06-30", lambda course: course.term_id == MAPLE.past_term),
        (f"by_subaccounts={MAPLE.sub_accounts[2]}", lambda course: course.state != "deleted"),
        ("enrollment_type=designer", lambda course: course.state != "deleted"),
        ("hide_enrollmentless_courses=false", lambda course: course.state != "deleted"),
        (f"enrollment_term_id={MAPLE.past_term}", lambda course: course.term_id == MAPLE.past_term),
        ("enrollment_term_id=sis_term_id:SP2027",
         lambda course: course.term_id == MAPLE.future_term),
        ("search_term=BIO-101", lambda course: course.id == MAPLE.course),
        ("search_by=course&search_term=introduction to biology",
         lambda course: course.id == MAPLE.course),
        (f"by_teachers[]={MAPLE.teacher}",
         lambda course: course.id in (MAPLE.course, MAPLE.host_course, MAPLE.original_course)),
        (f"by_teachers={MAPLE.teacher}", lambda course: course.state != "deleted"),
        (f"by_subaccounts[]={MAPLE.sub_accounts[2]}",
         lambda course: course.account_id == MAPLE.sub_accounts[2] and course.state != "deleted"),
        ("enrollment_type[]=designer", lambda course: course.id == MAPLE.course),
        ("ends_after=2027-02-01", lambda course: course.term_id == MAPLE.future_term),
        ("homeroom=true", lambda course: False),
    ],
)  # fmt: skip
def test_an_accounts_courses_are_filtered(
    canvas: CanvasCaller, query: str, test: Callable[[Any], bool]
) -> None:
    assert ids(canvas.get(f"{ACCOUNT}&{query}")) == {
        course_id for course_id, course in SCHOOL.courses.items() if test(course)
    }


def test_the_state_of_an_unpublished_course_is_unpublished_in_rows(canvas: CanvasCaller) -> None:
    [row] = canvas.get(f"{ACCOUNT}&state[]=claimed")

    assert row["workflow_state"] == "unpublished"


def test_an_accounts_courses_can_be_sorted(canvas: CanvasCaller) -> None:
    names = [row["name"].casefold() for row in canvas.get(f"{ACCOUNT}&sort=course_name&order=desc")]
    unsorted = [row["id"] for row in canvas.get(f"{ACCOUNT}&order=desc")]

    assert names == sorted(names, reverse=True)
    assert unsorted == sorted(unsorted)
    for sort in ("course_status", "sis_course_id", "teacher", "account_name", "term", "subaccount"):
        assert len(canvas.get(f"{ACCOUNT}&sort={sort}")) == len(unsorted)


def test_a_search_term_has_a_minimum_length(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{ACCOUNT}&search_term=ab")

    assert reply.status_code == 400
    assert reply.json() == {
        "errors": [
            {
                "field": "search_term",
                "code": "invalid",
                "message": "3 or more characters is required",
            }
        ]
    }


def test_an_accounts_courses_can_include_student_counts(canvas: CanvasCaller) -> None:
    people = SCHOOL.enrollments_of_course(MAPLE.course)
    students = {
        enrollment.user_id
        for enrollment in people
        if enrollment.role == "student" and enrollment.state in COUNTED_STATES
    }
    rows = canvas.get(f"{ACCOUNT}&include[]=total_students&include[]=account_name")
    row = next(row for row in rows if row["id"] == MAPLE.course)

    assert row["total_students"] == len(students)
    assert row["account_name"] == "Faculty of Science"


def test_courses_without_enrollments_can_be_hidden(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_school=lambda: small_school(courses=2, sections=0))

    assert len(canvas.get("/accounts/self/courses")) == 2
    assert canvas.get("/accounts/self/courses?hide_enrollmentless_courses=false") == []
    assert canvas.get("/accounts/self/courses?with_enrollments=true") == []


def test_a_section_limited_ta_can_read_the_course(canvas: CanvasCaller) -> None:
    body = canvas.get(f"/courses/{MAPLE.course}", token=TA_TOKEN)

    assert body["enrollments"][0]["limit_privileges_to_course_section"] is True
