"""Creating and changing courses."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

ACCOUNT = f"/accounts/{MAPLE.root}"
COURSES = f"{ACCOUNT}/courses"
COURSE = f"/courses/{MAPLE.course}"
EVERYWHERE: dict[str, Any] = {
    "name": "Field Botany",
    "course_code": "BOT-7",
    "start_at": "2026-09-01T12:00:00Z",
    "end_at": "2026-12-18T12:00:00Z",
    "is_public": True,
    "is_public_to_auth_users": True,
    "public_syllabus": True,
    "public_syllabus_to_auth": True,
    "restrict_enrollments_to_course_dates": True,
    "sis_course_id": "BOT-7-2026",
    "integration_id": "int-botany",
    "hide_final_grades": True,
    "apply_assignment_group_weights": True,
    "time_zone": "America/Anchorage",
    "default_view": "syllabus",
    "grading_standard_id": 7,
    "grade_passback_setting": "nightly_sync",
    "course_format": "blended",
}
"""Parameters that every response contains."""
CREATED: dict[str, Any] = {
    "license": "cc_by_sa",
    "allow_student_wiki_edits": True,
    "allow_wiki_comments": True,
    "allow_student_forum_attachments": False,
    "open_enrollment": True,
    "self_enrollment": True,
}
INCLUDED: dict[str, Any] = {
    "public_description": "Plants, outdoors.",
    "syllabus_body": "<p>Bring boots.</p>",
    "post_manually": True,
}


def get_with_includes(canvas: CanvasCaller, id: int) -> Any:
    names = ("public_description", "syllabus_body", "post_manually", "course_image", "term")
    return canvas.get(f"/courses/{id}?" + "&".join(f"include[]={name}" for name in names))


def pick(body: Any, expected: dict[str, Any]) -> dict[str, Any]:
    return {name: body.get(name) for name in expected}


@pytest.mark.parametrize("form", ["json", "form"])
def test_a_course_is_created_with_all_parameters(canvas: CanvasCaller, form: str) -> None:
    block = {**EVERYWHERE, **CREATED, **INCLUDED, "term_id": str(MAPLE.future_term)}
    if form == "json":
        created = canvas.write("POST", COURSES, {"course": block})
    else:
        flat = {f"course[{name}]": value for name, value in block.items()}
        created = canvas.write("POST", COURSES, data=flat)

    assert pick(created, EVERYWHERE) == EVERYWHERE
    assert pick(created, CREATED) == CREATED
    assert created["enrollment_term_id"] == MAPLE.future_term
    assert (created["account_id"], created["workflow_state"]) == (MAPLE.root, "unpublished")
    assert "enrollments" not in created
    body = get_with_includes(canvas, created["id"])
    assert pick(body, EVERYWHERE) == EVERYWHERE
    assert pick(body, INCLUDED) == INCLUDED
    assert not CREATED.keys() & body.keys()
    sections = canvas.get(f"/courses/{created['id']}/sections")
    assert [row["name"] for row in sections] == ["Field Botany"]


def test_a_course_without_parameters_has_defaults(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", COURSES)

    assert (created["name"], created["course_code"]) == ("Unnamed Course", "Unnamed")
    assert created["is_public"] is None
    assert (created["license"], created["default_view"]) == ("private", "modules")
    requested = canvas.write("POST", COURSES, {"course": {"name": "Algebra for Makers 2b"}})
    assert requested["course_code"] == "Algebra 2b"


def test_dates_require_restricted_enrollments(canvas: CanvasCaller) -> None:
    block = {"start_at": "2026-09-01T12:00:00Z", "end_at": "2026-12-18T12:00:00Z"}
    created = canvas.write("POST", COURSES, {"course": block})

    assert created["start_at"] is created["end_at"] is None


def test_a_new_course_can_be_published_and_taught(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", COURSES, {"course": {}, "offer": True, "enroll_me": True})
    assert created["workflow_state"] == "available"
    (own_enrollments,) = canvas.get(f"/courses/{created['id']}/enrollments")
    assert (own_enrollments["user_id"], own_enrollments["type"]) == (
        MAPLE.admin,
        "TeacherEnrollment",
    )

    other = canvas.write("POST", COURSES, {"course": {}, "enroll_me": "1"})
    assert canvas.get(f"/courses/{other['id']}/enrollments") == []  # only the word "true" is accepted


def test_the_sis_id_of_a_deleted_course_is_in_use(canvas: CanvasCaller) -> None:
    before = canvas.server.sandbox.canvas_school.version
    deleted = canvas.server.sandbox.canvas_school.courses[MAPLE.deleted_course]
    for sis_id in ("BIO-101", deleted.sis_id):
        reply = canvas.request(COURSES, method="POST", json={"course": {"sis_course_id": sis_id}})
        assert reply.status_code == 400
        assert list(reply.json()["errors"]) == ["sis_source_id"]
    assert canvas.server.sandbox.canvas_school.version == before

    fields = {"course": {"sis_course_id": deleted.sis_id, "name": "New"}}
    reactivated = canvas.write("POST", COURSES, {**fields, "enable_sis_reactivation": "true"})
    assert reactivated["id"] == MAPLE.deleted_course
    assert (reactivated["name"], reactivated["workflow_state"]) == (deleted.name, "unpublished")


def test_only_admins_create_courses_by_default(
    canvas: CanvasCaller, canvas_with: Callable[..., CanvasCaller]
) -> None:
    assert canvas.request(COURSES, method="POST", token=TEACHER_TOKEN).status_code == 403

    open_canvas = canvas_with(canvas_quirks=CanvasQuirks(teachers_create_courses=True))
    block = {"name": "Mine", "is_public": True, "public_syllabus": True, "sis_course_id": "mine"}
    created = open_canvas.write("POST", COURSES, {"course": block, "enroll_me": True}, token=TEACHER_TOKEN)
    assert created["name"] == "Mine"
    assert (created["is_public"], created["public_syllabus"]) == (None, False)
    assert open_canvas.get(f"/courses/{created['id']}")["sis_course_id"] is None
    assert open_canvas.request(COURSES, method="POST", token=STUDENT_TOKEN).status_code == 403


def test_a_syllabus_that_is_nested_too_deep_is_rejected(canvas: CanvasCaller) -> None:
    block = {"syllabus_body": "<div>" * 300}
    for method, path in (("POST", COURSES), ("PUT", COURSE)):
        reply = canvas.request(path, method=method, json={"course": block})
        assert reply.status_code == 400
        assert isinstance(reply.json()["errors"]["unparsable_content"], str)
    long = {"syllabus_body": "<p>One<br>" * 300}
    assert canvas.write("PUT", COURSE, {"course": long})


@pytest.mark.parametrize("name", ["license", "default_view", "grade_passback_setting"])
def test_an_unknown_choice_is_rejected(canvas: CanvasCaller, name: str) -> None:
    for method, path in (("POST", COURSES), ("PUT", COURSE)):
        reply = canvas.request(path, method=method, json={"course": {name: "nonsense"}})
        assert reply.status_code == 400
        assert list(reply.json()["errors"]) == [name]


# Changes


def test_every_parameter_of_an_update_is_stored(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", COURSES)
    path = f"/courses/{created['id']}"
    administrative = {
        "account_id": MAPLE.sub_accounts[2],
        "storage_quota_mb": 1234,
        "template": True,
    }
    block = {**EVERYWHERE, **CREATED, **INCLUDED, **administrative}
    block |= {"term_id": f"{MAPLE.future_term}", "image_url": "https://images.example/1.png"}

    body = canvas.write("PUT", path, {"course": block})
    assert pick(body, EVERYWHERE) == EVERYWHERE
    assert pick(body, administrative) == administrative
    assert body["enrollment_term_id"] == MAPLE.future_term
    assert "enrollments" not in body
    after = get_with_includes(canvas, created["id"])
    assert pick(after, INCLUDED) == INCLUDED
    assert after["image_download_url"] == "https://images.example/1.png"


def test_an_update_keeps_absent_attributes(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.restricted_course}"
    before = canvas.get(path)
    after = canvas.write("PUT", path, {"course": {"name": "Other"}})

    assert canvas.get(path) == {**before, "name": "Other"}
    assert after == {name: value for name, value in canvas.get(path).items() if name != "enrollments"}
    assert canvas.write("PUT", path, {"name": "Ignored"}) == after


def test_lifting_the_restriction_removes_the_end_date(
    canvas: CanvasCaller,
) -> None:
    path = f"/courses/{MAPLE.restricted_course}"
    before = canvas.get(path)
    block = {"restrict_enrollments_to_course_dates": False}
    body = canvas.write("PUT", path, {"course": block})
    assert (body["start_at"], body["end_at"]) == (before["start_at"], None)

    created = canvas.write("POST", COURSES, {"course": EVERYWHERE})
    body = canvas.write("PUT", f"/courses/{created['id']}", {"course": block})
    assert body["start_at"] is body["end_at"] is None


def test_an_empty_grading_standard_removes_it(canvas: CanvasCaller) -> None:
    assert canvas.write("PUT", COURSE, {"course": {"grading_standard_id": 9}})
    assert canvas.get(COURSE)["grading_standard_id"] == 9
    for fields in ({"data": {"course[grading_standard_id]": ""}}, {}):
        body = canvas.write("PUT", COURSE, **fields)
        assert body["grading_standard_id"] is None


def test_an_image_is_a_url_a_file_or_removed(canvas: CanvasCaller) -> None:
    both = {"image_url": "https://images.example/1.png", "image_id": 5}
    reply = canvas.request(COURSE, method="PUT", json={"course": both})
    assert reply.status_code == 400
    assert reply.json() == {"message": "You cannot provide both an image_url and a image_id."}

    canvas.write("PUT", COURSE, {"course": {"image_url": both["image_url"]}})
    canvas.write("PUT", COURSE, {"course": {"image_id": 5}})
    assert "/files/5/" in get_with_includes(canvas, MAPLE.course)["image_download_url"]
    settings = canvas.get(f"{COURSE}/settings")
    assert (settings["image_id"], settings["image_url"]) == (5, None)
    canvas.write("PUT", COURSE, {"course": {"remove_image": True, "remove_banner_image": True}})
    assert get_with_includes(canvas, MAPLE.course)["image_download_url"] is None


def test_a_content_editor_can_only_change_the_syllabus(canvas: CanvasCaller) -> None:
    block = {"name": "Mine", "syllabus_body": "<p>New</p>"}
    body = canvas.write("PUT", COURSE, {"course": block}, token=TA_TOKEN)

    assert body["name"] == "Introduction to Biology"
    assert get_with_includes(canvas, MAPLE.course)["syllabus_body"] == "<p>New</p>"
    assert canvas.request(COURSE, method="PUT", token=STUDENT_TOKEN).status_code == 403


def test_admin_attributes_of_a_teacher_are_ignored(
    canvas: CanvasCaller,
) -> None:
    before = canvas.get(COURSE)
    block = {
        "name": "Ours",
        "sis_course_id": "mine",
        "integration_id": "mine",
        "account_id": MAPLE.sub_accounts[1],
        "term_id": MAPLE.future_term,
        "storage_quota_mb": 9999,
        "template": True,
    }
    canvas.write("PUT", COURSE, {"course": block}, token=TEACHER_TOKEN)

    assert canvas.get(COURSE) == {**before, "name": "Ours"}


def test_an_empty_string_clears_a_sis_id(canvas: CanvasCaller) -> None:
    body = canvas.write("PUT", COURSE, {"course": {"sis_course_id": ""}})
    assert body["sis_course_id"] is None
    assert canvas.request("/courses/sis_course_id:BIO-101").status_code == 404
    taken = canvas.get(f"/courses/{MAPLE.host_course}")["sis_course_id"]
    reply = canvas.request(COURSE, method="PUT", json={"course": {"sis_course_id": taken}})
    assert reply.status_code == 400


def test_sticky_fields_stay_if_requested(canvas: CanvasCaller) -> None:
    canvas.write("PUT", COURSE, {"course": {"name": "By Hand"}})
    fields = {"course": {"name": "Imported", "course_code": "IMP"}}
    body = canvas.write("PUT", COURSE, {**fields, "override_sis_stickiness": False})

    assert (body["name"], body["course_code"]) == ("By Hand", "IMP")


def test_an_unknown_account_or_term_is_not_found(canvas: CanvasCaller) -> None:
    for block in ({"account_id": 424242}, {"term_id": "sis_term_id:none"}):
        reply = canvas.request(COURSE, method="PUT", json={"course": block})
        assert reply.status_code == 404


def test_a_blueprint_has_no_students_and_has_restrictions(canvas: CanvasCaller) -> None:
    refused = canvas.request(COURSE, method="PUT", json={"course": {"blueprint": True}})
    assert refused.status_code == 400

    created = canvas.write("POST", COURSES)
    path = f"/courses/{created['id']}"
    block: dict[str, Any] = {"blueprint": True, "blueprint_restrictions": {"points": True}}
    body = canvas.write("PUT", path, {"course": block})
    assert body["blueprint"] is True
    assert body["blueprint_restrictions"] == {
        "content": False,
        "points": True,
        "due_dates": False,
        "availability_dates": False,
    }
    flat = {
        "course[use_blueprint_restrictions_by_object_type]": "1",
        "course[blueprint_restrictions_by_object_type][assignment][content]": "1",
    }
    body = canvas.write("PUT", path, data=flat)
    assert "blueprint_restrictions" not in body
    by_type = body["blueprint_restrictions_by_object_type"]
    assert list(by_type) == ["assignment"]
    assert by_type["assignment"]["content"] is True
    reply = canvas.request(f"{path}/reset_content", method="POST")
    assert reply.status_code == 400
    assert reply.json() == {"message": "cannot reset_content on a blueprint or template course"}


def test_elementary_settings_require_an_elementary_school(
    canvas: CanvasCaller, canvas_with: Callable[..., CanvasCaller]
) -> None:
    block = {
        "homeroom_course": True,
        "course_color": "#ff0080",
        "friendly_name": "Plants",
        "sync_enrollments_from_homeroom": "true",
        "homeroom_course_id": "12",
        "enable_course_paces": True,
        "syllabus_course_summary": False,
        "conditional_release": True,
    }
    canvas.write("PUT", COURSE, {"course": block})
    settings = canvas.get(f"{COURSE}/settings")
    assert (settings["homeroom_course"], settings["course_color"]) == (False, None)
    assert settings["friendly_name"] == "Plants"
    assert (settings["syllabus_course_summary"], settings["conditional_release"]) == (False, True)
    assert canvas.get(COURSE)["name"] == "Introduction to Biology"

    young = canvas_with(canvas_quirks=CanvasQuirks(is_elementary=True))
    body = young.write("PUT", COURSE, {"course": block})
    assert (body["name"], body["original_name"]) == ("Plants", "Introduction to Biology")
    settings = young.get(f"{COURSE}/settings")
    assert (settings["homeroom_course"], settings["course_color"]) == (True, "#ff0080")
    stored = young.server.sandbox.canvas_school.courses[MAPLE.course].options
    assert stored["homeroom_course_id"] == "12"
    assert stored["enable_course_paces"] is True
