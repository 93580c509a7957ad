"""Events, deletion and reset of courses."""

import pytest

from lms_sandbox.canvas.state.auth import TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSES = f"/accounts/{MAPLE.root}/courses"
COURSE = f"/courses/{MAPLE.course}"


@pytest.mark.parametrize(
    ("course", "event", "state"),
    [
        (MAPLE.unpublished_course, "offer", "available"),
        (MAPLE.unpublished_course, "claim", "unpublished"),
        (MAPLE.concluded_course, "offer", "available"),
        (MAPLE.course, "conclude", "completed"),
        (MAPLE.course, "offer", "available"),
        (MAPLE.course, "delete", "deleted"),
        (MAPLE.deleted_course, "undelete", "unpublished"),
        (MAPLE.course, "undelete", "available"),
    ],
)
def test_an_event_without_effect_is_no_error(
    canvas: CanvasCaller, course: int, event: str, state: str
) -> None:
    body = canvas.write("PUT", f"/courses/{course}", {"course": {"event": event}})
    assert body["workflow_state"] == state


def test_a_course_with_grades_is_not_unpublished(canvas: CanvasCaller) -> None:
    reply = canvas.request(COURSE, method="PUT", json={"course": {"event": "claim"}})
    assert reply.status_code == 400
    assert list(reply.json()["errors"]) == ["workflow_state"]

    created = canvas.write("POST", COURSES, {"offer": True})
    fields = {"course": {"event": "claim"}}
    body = canvas.write("PUT", f"/courses/{created['id']}", fields)
    assert body["workflow_state"] == "unpublished"


def test_offer_publishes_a_course_in_an_update(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.unpublished_course}"
    body = canvas.write("PUT", path, {"course": {"name": "Ready"}, "offer": "1"})
    assert (body["name"], body["workflow_state"]) == ("Ready", "available")


def test_undelete_does_not_restore_enrollments(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"{COURSE}?event=delete", method="DELETE")
    assert (reply.status_code, reply.json()) == (200, {"delete": True})
    assert canvas.request(COURSE).status_code == 404
    assert canvas.request(f"{COURSE}?event=delete", method="DELETE").status_code == 404

    canvas.write("PUT", COURSE, {"course": {"event": "undelete"}})
    assert canvas.get(f"{COURSE}/enrollments") == []
    assert len(canvas.get(f"{COURSE}/sections")) == 4


def test_only_delete_and_conclude_are_valid_events(canvas: CanvasCaller) -> None:
    for fields in ({}, {"event": "undelete"}):
        reply = canvas.request(COURSE, method="DELETE", params=fields)
        assert reply.status_code == 400
        assert reply.json() == {"message": 'Only "delete" and "conclude" events are allowed.'}
    body = canvas.write("DELETE", COURSE, data={"event": "conclude"}, token=TEACHER_TOKEN)
    assert body == {"conclude": True}
    assert canvas.get(COURSE)["workflow_state"] == "completed"
    refused = canvas.request(f"{COURSE}?event=delete", method="DELETE", token=TEACHER_TOKEN)
    assert refused.status_code == 403


def test_a_template_cannot_be_deleted(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", COURSES)
    path = f"/courses/{created['id']}"
    canvas.write("PUT", path, {"course": {"template": True}})
    reply = canvas.request(f"{path}?event=delete", method="DELETE")

    assert (reply.status_code, reply.json()) == (400, {"delete": False})


def test_a_reset_moves_sections_people_and_ids_to_a_new_course(canvas: CanvasCaller) -> None:
    before = canvas.get(COURSE)
    people = len(canvas.get(f"{COURSE}/enrollments?per_page=100"))
    new = canvas.write("POST", f"{COURSE}/reset_content")

    assert new["id"] != MAPLE.course
    assert new["uuid"] != before["uuid"]
    unchanged = ("name", "course_code", "account_id", "sis_course_id", "enrollment_term_id")
    assert [new[name] for name in unchanged] == [before[name] for name in unchanged]
    assert canvas.request(COURSE).status_code == 404
    assert canvas.get("/courses/sis_course_id:BIO-101")["id"] == new["id"]
    path = f"/courses/{new['id']}"
    assert [row["id"] for row in canvas.get(f"{path}/sections")] == list(MAPLE.sections)
    assert len(canvas.get(f"{path}/enrollments?per_page=100")) == people
    assert canvas.get(f"{path}?include[]=syllabus_body")["syllabus_body"] is None
