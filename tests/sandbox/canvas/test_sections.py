"""Reading sections: permitted keys, includes and users."""

from collections.abc import Callable

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import (
    OBSERVER_TOKEN,
    SCOPED_TOKEN,
    STUDENT_TOKEN,
    TA_TOKEN,
    TEACHER_TOKEN,
)
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSE = f"/courses/{MAPLE.course}"
FIRST, SECOND, _, EMPTY = MAPLE.sections
PLAIN = {
    "id",
    "course_id",
    "name",
    "start_at",
    "end_at",
    "restrict_enrollments_to_section_dates",
    "nonxlist_course_id",
    "created_at",
}
SIS = {"sis_section_id", "sis_course_id", "integration_id"}


def test_sis_keys_are_absent_without_the_permission(canvas: CanvasCaller) -> None:
    path = f"/sections/{FIRST}"

    assert set(canvas.get(path)) == PLAIN | SIS | {"sis_import_id"}
    assert set(canvas.get(path, token=TEACHER_TOKEN)) == PLAIN | SIS
    assert set(canvas.get(path, token=STUDENT_TOKEN)) == PLAIN


def test_students_are_null_in_an_empty_section(canvas: CanvasCaller) -> None:
    sections = canvas.get(f"{COURSE}/sections?include[]=students&include[]=total_students")

    assert [row["id"] for row in sections] == list(MAPLE.sections)
    assert sections[3]["students"] is None
    assert sections[3]["total_students"] == 0
    assert len(sections[0]["students"]) == sections[0]["total_students"] + 1  # the test student
    assert "enrollments" not in sections[0]["students"][0]


def test_students_can_include_enrollments_and_avatars(canvas: CanvasCaller) -> None:
    body = canvas.get(f"/sections/{FIRST}?include[]=students&include[]=enrollments&include[]=avatar_url")
    student = next(row for row in body["students"] if row["id"] == MAPLE.student)

    assert student["avatar_url"]
    assert [row["course_section_id"] for row in student["enrollments"]] == [FIRST]
    assert student["enrollments"][0]["type"] == "StudentEnrollment"


def test_other_includes_add_their_keys(canvas: CanvasCaller) -> None:
    body = canvas.get(
        f"/sections/{FIRST}?include[]=permissions&include[]=passback_status&include[]=user_count"
    )

    assert body["permissions"] == {"manage_calendar": True}
    assert isinstance(body["passback_status"], dict)
    assert body["user_count"] > 10


def test_includes_are_ignored_without_the_roster_permission(canvas: CanvasCaller) -> None:
    path = f"{COURSE}/sections?include[]=students&include[]=total_students"

    assert set(canvas.get(path, token=OBSERVER_TOKEN)[0]) == PLAIN
    assert set(canvas.get(path, token=SCOPED_TOKEN)[0]) == PLAIN | SIS | {"sis_import_id"}


def test_a_cross_listed_section_has_its_original_course(canvas: CanvasCaller) -> None:
    body = canvas.get(f"/sections/{MAPLE.crosslisted_section}")

    assert body["course_id"] == MAPLE.host_course
    assert body["nonxlist_course_id"] == MAPLE.original_course


def test_a_section_is_only_found_in_its_course(canvas: CanvasCaller) -> None:
    assert canvas.get(f"{COURSE}/sections/{FIRST}")["id"] == FIRST
    other = canvas.request(f"/courses/{MAPLE.host_course}/sections/{FIRST}")
    assert other.status_code == 404


def test_sections_can_be_searched_and_all_disables_pages(canvas: CanvasCaller) -> None:
    results = canvas.get(f"{COURSE}/sections?search_term=section 02")
    assert [row["id"] for row in results] == [SECOND]

    everything = canvas.request(f"{COURSE}/sections?all=true&per_page=1")
    assert len(everything.json()) == 4
    assert "link" not in everything.headers


def test_section_users_include_inactive_ones_by_default(canvas: CanvasCaller) -> None:
    path = f"/sections/{FIRST}/users?per_page=100"
    with_inactive = {row["id"] for row in canvas.get(path)}
    without = {row["id"] for row in canvas.get(path + "&exclude_inactive=true")}

    assert len(with_inactive - without) == 1
    assert MAPLE.invited in without
    assert MAPLE.test_student not in with_inactive
    teachers = canvas.get(path + "&enrollment_type=teacher")
    assert [row["id"] for row in teachers] == [MAPLE.teacher]
    assert "avatar_url" in canvas.get(path + "&include[]=avatar_url")[0]


def test_section_users_require_visibility_of_the_section(canvas: CanvasCaller) -> None:
    for token in (OBSERVER_TOKEN, TA_TOKEN):
        reply = canvas.request(f"/sections/{FIRST}/users", token=token)
        assert reply.status_code == 403
        assert reply.json() == {"error": "section is not visible to the current user"}
    assert canvas.get(f"/sections/{SECOND}/users", token=TA_TOKEN)


def test_an_old_canvas_has_no_section_users(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(has_section_users=False, has_created_at=False))
    reply = canvas.request(f"/sections/{FIRST}/users")

    assert reply.status_code == 404
    assert reply.headers["content-type"].startswith("text/html")
    assert "created_at" not in canvas.get(f"/sections/{FIRST}")
    assert canvas.get(f"/sections/{FIRST}/enrollments")


def test_an_unset_restriction_is_null(canvas: CanvasCaller) -> None:
    assert canvas.get(f"/sections/{FIRST}")["restrict_enrollments_to_section_dates"] is None
