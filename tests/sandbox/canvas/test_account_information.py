"""Settings, terms of service, help links and lists of accounts."""

from collections.abc import Callable

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

ROOT = f"/accounts/{MAPLE.root}"
SUB_ACCOUNT = f"/accounts/{MAPLE.sub_accounts[0]}"
BRIEF = {
    "id",
    "name",
    "parent_account_id",
    "root_account_id",
    "workflow_state",
    "uuid",
    "default_time_zone",
}


def test_account_settings_require_an_admin_and_can_be_empty(canvas: CanvasCaller) -> None:
    body = canvas.get(f"{ROOT}/settings")

    assert body["microsoft_sync_enabled"] is True
    assert None not in body.values()
    assert canvas.get(f"{SUB_ACCOUNT}/settings") == {}
    assert canvas.request(f"{ROOT}/settings", token=TEACHER_TOKEN).status_code == 403


def test_every_user_can_read_the_environment(canvas: CanvasCaller) -> None:
    assert canvas.get("/settings/environment", token=STUDENT_TOKEN)["open_registration"] is False


def test_terms_of_service_are_the_same_for_all_accounts(canvas: CanvasCaller) -> None:
    body = canvas.get(f"{ROOT}/terms_of_service", token=STUDENT_TOKEN)

    assert set(body) == {
        "id", "terms_type", "passive", "account_id", "content", "self_registration_type"
    }  # fmt: skip
    assert canvas.get(f"{SUB_ACCOUNT}/terms_of_service") == body


def test_only_the_root_account_has_help_links(canvas: CanvasCaller) -> None:
    body = canvas.get(f"{ROOT}/help_links", token=STUDENT_TOKEN)

    assert body["custom_help_links"][0]["type"] == "custom"
    assert body["default_help_links"][0]["type"] == "default"
    assert canvas.get(f"{SUB_ACCOUNT}/help_links") == {}


def test_the_account_of_manual_courses_is_created_on_first_read(canvas: CanvasCaller) -> None:
    path = f"{ROOT}/sub_accounts"
    before = len(canvas.get(path))
    body = canvas.get("/manually_created_courses_account", token=STUDENT_TOKEN)

    assert body["name"] == "Manually-Created Courses"
    assert set(body) == BRIEF
    full = canvas.get("/manually_created_courses_account")
    assert full["id"] == body["id"]
    assert set(full) > BRIEF
    assert len(canvas.get(path)) == before + 1


def test_course_accounts_have_few_keys_and_bookmarked_pages(canvas: CanvasCaller) -> None:
    reply = canvas.request("/course_accounts?per_page=1", token=TEACHER_TOKEN)

    assert set(reply.json()[0]) == BRIEF
    assert "bookmark" in reply.links["next"]["url"]
    assert "last" not in reply.links
    assert len(canvas.pages("/course_accounts?per_page=1", token=TEACHER_TOKEN)) > 1
    assert len(canvas.get("/course_accounts", token=TA_TOKEN)) >= 1
    assert canvas.get("/course_accounts", token=STUDENT_TOKEN) == []


@pytest.mark.parametrize("path", ["/manageable_accounts", "/course_creation_accounts"])
def test_lists_of_managed_accounts_are_empty_for_other_users(canvas: CanvasCaller, path: str) -> None:
    assert len(canvas.get(path)) == 4
    assert len(canvas.pages(f"{path}?per_page=3")) == 2
    for token in (TEACHER_TOKEN, STUDENT_TOKEN):
        assert canvas.get(path, token=token) == []


def test_teachers_can_create_courses_with_the_quirk(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(teachers_create_courses=True))
    rows = canvas.get("/course_creation_accounts", token=TEACHER_TOKEN)

    assert len(rows) == 4
    assert set(rows[0]) == BRIEF
    assert canvas.get("/course_creation_accounts", token=STUDENT_TOKEN) == []


def test_account_search_is_not_paginated(canvas: CanvasCaller) -> None:
    reply = canvas.request("/accounts/search?name=COLLEGE&per_page=2")

    assert len(reply.json()) == 5  # of seven
    assert "link" not in reply.headers
    assert {row["distance"] for row in reply.json()} == {None}
    own_row = canvas.get("/accounts/search?domain=maple&latitude=39.7&longitude=-105")
    assert own_row == [
        {
            "name": "Maple University",
            "domain": "canvas.maple.example",
            "distance": None,
            "authentication_provider": "canvas",
        }
    ]
    assert canvas.get("/accounts/search?name=college&domain=maple") == []


def test_account_search_is_empty_with_the_quirk(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(has_domain_search=False))

    assert canvas.get("/accounts/search?name=maple") == []


def test_homerooms_can_be_filtered(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(is_elementary=True))
    path = f"{ROOT}/courses?homeroom=true"
    assert canvas.get(path) == []

    canvas.write("PUT", f"/courses/{MAPLE.course}", {"course": {"homeroom_course": True}})
    assert [row["id"] for row in canvas.get(path)] == [MAPLE.course]
    own_courses = canvas.get("/users/self/courses?homeroom=true", token=TEACHER_TOKEN)
    assert [row["id"] for row in own_courses] == [MAPLE.course]
    assert len(canvas.get(f"{ROOT}/courses?homeroom=false")) > 1


@pytest.mark.parametrize("path", ["/courses", f"/users/{MAPLE.teacher}/courses"])
def test_a_users_courses_are_filtered_by_role_id_account_and_blueprint(
    canvas: CanvasCaller, path: str
) -> None:
    def course_ids(query: str) -> set[int]:
        return {row["id"] for row in canvas.get(f"{path}?{query}", token=TEACHER_TOKEN)}

    every = course_ids("")
    assert len(every) == 3
    assert course_ids("enrollment_role_id=4") == every
    assert course_ids("enrollment_role_id=3") == set()
    assert course_ids(f"account_id={MAPLE.sub_accounts[0]}") == {MAPLE.course}
    school = canvas.server.sandbox.canvas_school
    school.change(school.courses[MAPLE.course], is_blueprint=True)
    assert course_ids("exclude_blueprint_courses=false") == every
    assert course_ids("exclude_blueprint_courses=true") == every - {MAPLE.course}
