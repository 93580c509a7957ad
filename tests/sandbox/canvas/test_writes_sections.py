"""Creating, changing, cross-listing and deleting sections."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

COURSE = f"/courses/{MAPLE.course}"
FIRST, SECOND, _, EMPTY = MAPLE.sections
ALL_FIELDS = {
    "name": "Evening",
    "sis_section_id": "S-EVENING",
    "integration_id": "int-evening",
    "start_at": "2026-09-01T06:00:00-06:00",
    "end_at": "2026-12-18T12:00:00Z",
    "restrict_enrollments_to_section_dates": True,
}
STORED = {
    "name": "Evening",
    "course_id": MAPLE.course,
    "sis_section_id": "S-EVENING",
    "integration_id": "int-evening",
    "start_at": "2026-09-01T12:00:00Z",
    "end_at": "2026-12-18T12:00:00Z",
    "restrict_enrollments_to_section_dates": True,
    "nonxlist_course_id": None,
}


def stored_fields(section: Any) -> dict[str, Any]:
    return {name: section[name] for name in STORED}


@pytest.mark.parametrize("form", ["json", "form"])
def test_a_section_is_created_with_all_parameters(canvas: CanvasCaller, form: str) -> None:
    if form == "json":
        created = canvas.write("POST", f"{COURSE}/sections", {"course_section": ALL_FIELDS})
    else:
        flat = {f"course_section[{name}]": row for name, row in ALL_FIELDS.items()}
        created = canvas.write("POST", f"{COURSE}/sections", data=flat)

    assert stored_fields(created) == STORED
    assert canvas.get("/sections/sis_section_id:S-EVENING") == created
    assert created["id"] in {row["id"] for row in canvas.get(f"{COURSE}/sections")}
    assert "POST /api/v1" + f"{COURSE}/sections" in canvas.server.log.calls("canvas")


def test_an_unnamed_section_is_named_after_its_course(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", f"{COURSE}/sections")

    assert created["name"] == "Introduction to Biology"
    assert created["restrict_enrollments_to_section_dates"] is None


def test_sis_ids_are_ignored_without_the_permission(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", f"{COURSE}/sections", {"course_section": ALL_FIELDS}, token=TEACHER_TOKEN)

    assert created["name"] == "Evening"
    assert created["sis_section_id"] is created["integration_id"] is None


@pytest.mark.parametrize("token", [STUDENT_TOKEN, TA_TOKEN])
def test_students_and_tas_cannot_create_sections(canvas: CanvasCaller, token: str) -> None:
    assert canvas.request(f"{COURSE}/sections", method="POST", token=token).status_code == 403


def test_a_deleted_course_accepts_no_sections(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/courses/{MAPLE.deleted_course}/sections", method="POST")
    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (
            "reported",
            {
                "errors": {
                    "sis_source_id": [
                        {
                            "attribute": "sis_source_id",
                            "type": 'SIS ID "{}" is already in use',
                            "message": 'SIS ID "{}" is already in use',
                        }
                    ]
                }
            },
        ),
        ("bare", {"sis_source_id": ['SIS ID "{}" is already in use']}),
        (
            "sentence",
            {"invalid_record": ['Validation failed: Sis source id SIS ID "{}" is already in use']},
        ),
    ],
)
def test_a_sis_id_in_use_has_three_error_forms(
    canvas_with: Callable[..., CanvasCaller], shape: Any, body: Any
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(validation_shape=shape))
    taken = canvas.get(f"/sections/{FIRST}")["sis_section_id"]
    before = len(canvas.get(f"{COURSE}/sections"))
    fields = {"course_section": {"sis_section_id": taken}}

    for method, path in (("POST", f"{COURSE}/sections"), ("PUT", f"/sections/{SECOND}")):
        reply = canvas.request(path, method=method, json=fields)
        assert reply.status_code == 400
        assert json.loads(reply.text.replace(taken, "{}")) == body
    assert len(canvas.get(f"{COURSE}/sections")) == before


def test_a_deleted_section_keeps_its_sis_id_until_it_is_reactivated(canvas: CanvasCaller) -> None:
    created = canvas.write("POST", f"{COURSE}/sections", {"course_section": ALL_FIELDS})
    deleted = canvas.write("DELETE", f"/sections/{created['id']}")
    assert deleted == created
    assert canvas.request(f"/sections/{created['id']}").status_code == 404

    body = {"course_section": {"name": "Morning", "sis_section_id": "S-EVENING"}}
    assert canvas.request(f"{COURSE}/sections", method="POST", json=body).status_code == 400
    restored = canvas.write("POST", f"{COURSE}/sections", {**body, "enable_sis_reactivation": True})
    assert restored == created  # the name that was sent is ignored


def test_reactivation_without_a_match_creates_a_section(canvas: CanvasCaller) -> None:
    fields = {"course_section": ALL_FIELDS, "enable_sis_reactivation": True}
    assert stored_fields(canvas.write("POST", f"{COURSE}/sections", fields)) == STORED


def test_an_update_keeps_absent_attributes_and_clears_empty_ones(
    canvas: CanvasCaller,
) -> None:
    created = canvas.write("POST", f"{COURSE}/sections", {"course_section": ALL_FIELDS})
    path = f"/sections/{created['id']}"

    renamed = canvas.write("PUT", path, {"course_section": {"name": "Night", "end_at": None}})
    assert renamed == {**created, "name": "Night", "end_at": None}
    left = canvas.write("PUT", path, {"course_section": {"sis_section_id": None}})
    assert left["sis_section_id"] == "S-EVENING"
    cleared = canvas.write("PUT", path, data={"course_section[sis_section_id]": ""})
    assert cleared == {**renamed, "sis_section_id": None, "sis_import_id": None}
    assert canvas.get(path) == cleared


def test_an_update_without_a_section_changes_nothing(canvas: CanvasCaller) -> None:
    before = canvas.get(f"/sections/{FIRST}")
    assert canvas.write("PUT", f"/sections/{FIRST}", {"name": "Other"}) == before


def test_keeping_sticky_fields_applies_only_the_restriction(canvas: CanvasCaller) -> None:
    before = canvas.get(f"/sections/{FIRST}")
    after = canvas.write(
        "PUT",
        f"/sections/{FIRST}",
        {"course_section": ALL_FIELDS, "override_sis_stickiness": False},
    )
    assert after == {**before, "restrict_enrollments_to_section_dates": True}


def test_changing_a_sis_id_requires_the_permission(canvas: CanvasCaller) -> None:
    reply = canvas.request(
        f"/sections/{FIRST}",
        method="PUT",
        token=TEACHER_TOKEN,
        json={"course_section": {"name": "Mine", "sis_section_id": "mine"}},
    )
    assert reply.status_code == 401
    assert "www-authenticate" not in reply.headers
    assert reply.json() == {"message": "You must have manage_sis permission to update sis attributes"}
    assert canvas.get(f"/sections/{FIRST}")["name"] == "Section 01"


@pytest.mark.parametrize(
    ("block", "attribute"),
    [
        ({"name": "x" * 256}, "name"),
        ({"start_at": "2026-12-01T00:00:00Z", "end_at": "2026-11-01T00:00:00Z"}, "end_at"),
    ],
)
def test_invalid_attributes_are_rejected(canvas: CanvasCaller, block: dict[str, str], attribute: str) -> None:
    for method, path in (("POST", f"{COURSE}/sections"), ("PUT", f"/sections/{EMPTY}")):
        reply = canvas.request(path, method=method, json={"course_section": block})
        assert reply.status_code == 400
        assert list(reply.json()["errors"]) == [attribute]


def test_a_section_with_enrollments_cannot_be_deleted(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/sections/{FIRST}", method="DELETE")

    assert reply.status_code == 400
    assert reply.json() == {"message": "You can't delete a section that has enrollments"}
    assert canvas.get(f"/sections/{FIRST}")


# Cross-listing


def test_cross_listing_moves_enrollments_and_can_be_undone(canvas: CanvasCaller) -> None:
    target = MAPLE.host_course
    before = canvas.get(f"/sections/{FIRST}")
    people = canvas.get(f"/sections/{FIRST}/enrollments?per_page=100")

    moved = canvas.write("POST", f"/sections/{FIRST}/crosslist/{target}")
    assert (moved["course_id"], moved["nonxlist_course_id"]) == (target, MAPLE.course)
    enrollments = canvas.get(f"/sections/{FIRST}/enrollments?per_page=100")
    assert {row["course_id"] for row in enrollments} == {target}
    assert len(enrollments) == len(people)
    assert FIRST in {row["id"] for row in canvas.get(f"/courses/{target}/sections?per_page=50")}
    assert canvas.request(f"{COURSE}/sections/{FIRST}").status_code == 404

    assert canvas.write("DELETE", f"/sections/{FIRST}/crosslist") == before
    assert canvas.get(f"/sections/{FIRST}/enrollments?per_page=100") == people


def test_a_second_cross_listing_keeps_the_original_course(
    canvas: CanvasCaller,
) -> None:
    path = f"/sections/{MAPLE.crosslisted_section}/crosslist/{MAPLE.course}"
    moved = canvas.write("POST", path)

    assert moved["nonxlist_course_id"] == MAPLE.original_course


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_keeping_sticky_fields_prevents_cross_listing_silently(canvas: CanvasCaller, method: str) -> None:
    section = MAPLE.crosslisted_section
    path = f"/sections/{section}/crosslist" + (f"/{MAPLE.course}" if method == "POST" else "")
    before = canvas.get(f"/sections/{section}")

    assert canvas.write(method, path, data={"override_sis_stickiness": "false"}) == before
    assert canvas.get(f"/sections/{section}") == before


def test_invalid_cross_listings_are_rejected(canvas: CanvasCaller) -> None:
    target = f"/courses/{MAPLE.unpublished_course}"
    for row in canvas.get(f"{target}/enrollments?per_page=100"):
        canvas.write("DELETE", f"{target}/enrollments/{row['id']}?task=delete")
    canvas.write("PUT", target, {"course": {"blueprint": True}})
    path = f"/sections/{FIRST}/crosslist"

    blueprint = canvas.request(f"{path}/{MAPLE.unpublished_course}", method="POST")
    assert blueprint.status_code == 403
    assert blueprint.json() == {"error": "cannot crosslist into blueprint courses"}
    plain = canvas.request(path, method="DELETE")
    assert plain.status_code == 400
    assert plain.json() == {"message": "section is not cross-listed"}
    # A course of another shard, an unknown one, a deleted one.
    for course in ("7~1001", "999999", str(MAPLE.deleted_course)):
        assert canvas.request(f"{path}/{course}", method="POST").status_code == 404
    foreign = canvas.request(f"{path}/{MAPLE.future_course}", method="POST", token=TEACHER_TOKEN)
    assert foreign.status_code == 403


def test_undoing_cross_listing_undeletes_the_original_course(canvas: CanvasCaller) -> None:
    canvas.write("DELETE", f"/courses/{MAPLE.original_course}?event=delete")

    restored = canvas.write("DELETE", f"/sections/{MAPLE.crosslisted_section}/crosslist")
    assert restored["course_id"] == MAPLE.original_course
    course = canvas.get(f"/courses/{MAPLE.original_course}")
    assert course["workflow_state"] == "unpublished"
