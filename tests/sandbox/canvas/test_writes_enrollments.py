"""Creating, ending and reactivating enrollments."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSE = f"/courses/{MAPLE.course}"
EMPTY = MAPLE.sections[3]
SECTION = f"/sections/{EMPTY}/enrollments"


def enroll(canvas: CanvasCaller, path: str = SECTION, **block: Any) -> Any:
    return canvas.write("POST", path, {"enrollment": {"user_id": MAPLE.admin, **block}})


def test_a_new_enrollment_is_an_invited_student_by_default(
    canvas: CanvasCaller,
) -> None:
    created = enroll(canvas)

    assert (created["type"], created["enrollment_state"]) == ("StudentEnrollment", "invited")
    assert (created["course_section_id"], created["course_id"]) == (EMPTY, MAPLE.course)
    assert created["user_id"] == MAPLE.admin
    assert "user" not in created
    listed = {row["id"]: row for row in canvas.get(SECTION)}
    assert created["id"] in listed


def test_an_enrollment_is_created_with_all_parameters(canvas: CanvasCaller) -> None:
    created = canvas.write(
        "POST",
        f"{COURSE}/enrollments",
        data={
            "enrollment[user_id]": "sis_user_id:P000003",
            "enrollment[type]": "ObserverEnrollment",
            "enrollment[enrollment_state]": "active",
            "enrollment[course_section_id]": f"{EMPTY}",
            "enrollment[limit_privileges_to_course_section]": "true",
            "enrollment[associated_user_id]": f"{MAPLE.invited}",
            "enrollment[notify]": "false",
            "enrollment[start_at]": "2026-09-01T00:00:00Z",
            "enrollment[end_at]": "2026-10-01T00:00:00Z",
        },
    )

    assert (created["user_id"], created["type"]) == (MAPLE.student, "ObserverEnrollment")
    assert (created["course_section_id"], created["enrollment_state"]) == (EMPTY, "active")
    assert created["limit_privileges_to_course_section"] is True
    assert created["associated_user_id"] == MAPLE.invited
    assert (created["start_at"], created["end_at"]) == (
        "2026-09-01T00:00:00Z",
        "2026-10-01T00:00:00Z",
    )


def test_a_role_can_be_given_by_its_id(canvas: CanvasCaller) -> None:
    assert enroll(canvas, role_id=5)["type"] == "TaEnrollment"
    assert enroll(canvas, role="DesignerEnrollment")["type"] == "DesignerEnrollment"


def test_the_first_section_is_the_default(canvas: CanvasCaller) -> None:
    created = enroll(canvas, f"{COURSE}/enrollments")
    assert created["course_section_id"] == MAPLE.sections[0]


def test_a_second_enrollment_updates_the_first(canvas: CanvasCaller) -> None:
    first = enroll(canvas)
    second = enroll(canvas, enrollment_state="active")
    assert second["id"] == first["id"]
    assert second["enrollment_state"] == "active"

    canvas.write("DELETE", f"{COURSE}/enrollments/{first['id']}?task=delete")
    reinvited = enroll(canvas)
    assert (reinvited["id"], reinvited["enrollment_state"]) == (first["id"], "invited")
    other = enroll(canvas, f"/sections/{MAPLE.sections[0]}/enrollments")
    assert other["id"] != first["id"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (None, "No parameters given"),
        (
            {"type": "StudentEnrollment"},
            "Can't create an enrollment without a user. Include enrollment[user_id] to create an enrollment",
        ),
        ({"user_id": 1, "type": "PandaEnrollment"}, "Invalid type"),
        ({"user_id": 1, "role_id": 99}, "Invalid role"),
        (
            {"user_id": 1, "role_id": 5, "type": "StudentEnrollment"},
            "The specified type must match the base type for the role",
        ),
    ],
)
@pytest.mark.parametrize("status", [403, 400])
def test_an_invalid_enrollment_is_rejected(
    canvas_with: Callable[..., CanvasCaller], block: Any, message: str, status: Any
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(enrollment_refusal_status=status))
    reply = canvas.request(SECTION, method="POST", json={"enrollment": block} if block else {})

    assert reply.status_code == status
    assert reply.json() == {"message": message}


def test_a_concluded_course_accepts_no_enrollments(canvas: CanvasCaller) -> None:
    path = f"/sections/{MAPLE.concluded_section}/enrollments"
    reply = canvas.request(path, method="POST", json={"enrollment": {"user_id": MAPLE.admin}})

    assert reply.status_code == 403
    assert reply.json() == {"message": "Can't add an enrollment to a concluded course."}


def test_an_unknown_user_or_section_is_not_found(canvas: CanvasCaller) -> None:
    for block in ({"user_id": 5}, {"user_id": 1, "course_section_id": 5}):
        fields = {"enrollment": block}
        reply = canvas.request(f"{COURSE}/enrollments", method="POST", json=fields)
        assert reply.status_code == 404


@pytest.mark.parametrize(("token", "status"), [(TEACHER_TOKEN, 200), (TA_TOKEN, 403), (STUDENT_TOKEN, 403)])
def test_only_teachers_can_enroll(canvas: CanvasCaller, token: str, status: int) -> None:
    fields = {"enrollment": {"user_id": MAPLE.invited}}
    reply = canvas.request(SECTION, method="POST", json=fields, token=token)
    assert reply.status_code == status


@pytest.mark.parametrize(
    ("task", "state"),
    [
        (None, "completed"),
        ("conclude", "completed"),
        ("deactivate", "inactive"),
        ("inactivate", "inactive"),
        ("delete", "deleted"),
    ],
)
def test_the_task_sets_the_final_state_of_an_enrollment(
    canvas: CanvasCaller, task: str | None, state: str
) -> None:
    created = enroll(canvas, enrollment_state="active")
    path = f"{COURSE}/enrollments/{created['id']}"
    body = canvas.write("DELETE", path, **({"data": {"task": task}} if task else {}))

    assert (body["id"], body["enrollment_state"]) == (created["id"], state)
    assert canvas.get(f"{SECTION}?state[]={state}")[-1]["id"] == created["id"]
    assert canvas.get(SECTION) == [row for row in canvas.get(SECTION) if row["id"] != created["id"]]
    reply = canvas.request(f"{path}/reactivate", method="PUT")
    match state:
        case "inactive":
            assert reply.json()["enrollment_state"] == "active"
        case "completed":
            assert reply.status_code == 400
            assert reply.json() == {"error": "enrollment not inactive"}
        case _:
            assert reply.status_code == 404


def test_only_teachers_of_the_course_can_end_an_enrollment(canvas: CanvasCaller) -> None:
    created = enroll(canvas)
    elsewhere = f"/courses/{MAPLE.host_course}/enrollments/{created['id']}"
    assert canvas.request(elsewhere, method="DELETE").status_code == 404
    path = f"{COURSE}/enrollments/{created['id']}"
    assert canvas.request(path, method="DELETE", token=TA_TOKEN).status_code == 403
    assert canvas.request(path, method="DELETE", token=TEACHER_TOKEN).status_code == 200


def test_student_counts_change_immediately(canvas: CanvasCaller) -> None:
    path = f"/sections/{EMPTY}?include[]=total_students"
    assert canvas.get(path)["total_students"] == 0
    created = enroll(canvas)
    assert canvas.get(path)["total_students"] == 1
    canvas.write("DELETE", f"{COURSE}/enrollments/{created['id']}?task=delete")
    assert canvas.get(path)["total_students"] == 0
