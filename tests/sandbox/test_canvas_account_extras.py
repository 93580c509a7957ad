"""What accounts tell beside themselves, and the lists of them."""

from collections.abc import Callable

import pytest

from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.canvas.tokens import STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_gateway.sandbox.world import MAPLE
from tests.sandbox.canvas_caller import CanvasCaller

ROOT = f"/accounts/{MAPLE.root}"
PART = f"/accounts/{MAPLE.parts[0]}"
BRIEF = {
    "id",
    "name",
    "parent_account_id",
    "root_account_id",
    "workflow_state",
    "uuid",
    "default_time_zone",
}


def test_settings_are_for_administrators_and_may_be_empty(canvas: CanvasCaller) -> None:
    told = canvas.get(f"{ROOT}/settings")

    assert told["microsoft_sync_enabled"] is True
    assert None not in told.values()
    assert canvas.get(f"{PART}/settings") == {}
    assert canvas.ask(f"{ROOT}/settings", token=TEACHER_TOKEN).status_code == 403


def test_the_environment_is_told_to_everybody(canvas: CanvasCaller) -> None:
    assert canvas.get("/settings/environment", token=STUDENT_TOKEN)["open_registration"] is False


def test_terms_of_service_are_the_institutions(canvas: CanvasCaller) -> None:
    told = canvas.get(f"{ROOT}/terms_of_service", token=STUDENT_TOKEN)

    assert set(told) == {
        "id", "terms_type", "passive", "account_id", "content", "self_registration_type"
    }  # fmt: skip
    assert canvas.get(f"{PART}/terms_of_service") == told


def test_help_links_are_empty_but_for_the_root_account(canvas: CanvasCaller) -> None:
    told = canvas.get(f"{ROOT}/help_links", token=STUDENT_TOKEN)

    assert told["custom_help_links"][0]["type"] == "custom"
    assert told["default_help_links"][0]["type"] == "default"
    assert canvas.get(f"{PART}/help_links") == {}


def test_asking_for_the_account_of_manual_courses_makes_it(canvas: CanvasCaller) -> None:
    path = f"{ROOT}/sub_accounts"
    before = len(canvas.get(path))
    told = canvas.get("/manually_created_courses_account", token=STUDENT_TOKEN)

    assert told["name"] == "Manually-Created Courses"
    assert set(told) == BRIEF
    full = canvas.get("/manually_created_courses_account")
    assert full["id"] == told["id"]
    assert set(full) > BRIEF
    assert len(canvas.get(path)) == before + 1


def test_accounts_of_ones_courses_are_brief_and_bookmarked(canvas: CanvasCaller) -> None:
    reply = canvas.ask("/course_accounts?per_page=1", token=TEACHER_TOKEN)

    assert set(reply.json()[0]) == BRIEF
    assert "bookmark" in reply.links["next"]["url"]
    assert "last" not in reply.links
    assert len(canvas.pages("/course_accounts?per_page=1", token=TEACHER_TOKEN)) > 1
    assert len(canvas.get("/course_accounts", token=TA_TOKEN)) >= 1
    assert canvas.get("/course_accounts", token=STUDENT_TOKEN) == []


@pytest.mark.parametrize("path", ["/manageable_accounts", "/course_creation_accounts"])
def test_lists_of_managed_accounts_are_empty_to_others(canvas: CanvasCaller, path: str) -> None:
    assert len(canvas.get(path)) == 4
    assert len(canvas.pages(f"{path}?per_page=3")) == 2
    for token in (TEACHER_TOKEN, STUDENT_TOKEN):
        assert canvas.get(path, token=token) == []


def test_teachers_may_be_let_create_courses(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_habits=CanvasHabits(teachers_create_courses=True))
    rows = canvas.get("/course_creation_accounts", token=TEACHER_TOKEN)

    assert len(rows) == 4
    assert set(rows[0]) == BRIEF
    assert canvas.get("/course_creation_accounts", token=STUDENT_TOKEN) == []


def test_account_search_is_not_an_account_and_has_no_pages(canvas: CanvasCaller) -> None:
    reply = canvas.ask("/accounts/search?name=COLLEGE&per_page=2")

    assert len(reply.json()) == 5  # of seven
    assert "link" not in reply.headers
    assert {row["distance"] for row in reply.json()} == {None}
    own = canvas.get("/accounts/search?domain=maple&latitude=39.7&longitude=-105")
    assert own == [
        {
            "name": "Maple University",
            "domain": "canvas.maple.example",
            "distance": None,
            "authentication_provider": "canvas",
        }
    ]
    assert canvas.get("/accounts/search?name=college&domain=maple") == []


def test_account_search_finds_nothing_on_a_canvas_of_ones_own(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_habits=CanvasHabits(knows_domains=False))

    assert canvas.get("/accounts/search?name=maple") == []


def test_homerooms_are_found_where_there_are_any(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_habits=CanvasHabits(is_elementary=True))
    path = f"{ROOT}/courses?homeroom=true"
    assert canvas.get(path) == []

    canvas.change("PUT", f"/courses/{MAPLE.course}", {"course": {"homeroom_course": True}})
    assert [row["id"] for row in canvas.get(path)] == [MAPLE.course]
    own = canvas.get("/users/self/courses?homeroom=true", token=TEACHER_TOKEN)
    assert [row["id"] for row in own] == [MAPLE.course]
    assert len(canvas.get(f"{ROOT}/courses?homeroom=false")) > 1


@pytest.mark.parametrize("path", ["/courses", f"/users/{MAPLE.teacher}/courses"])
def test_a_users_courses_are_filtered_by_role_id_account_and_blueprint(
    canvas: CanvasCaller, path: str
) -> None:
    def found(query: str) -> set[int]:
        return {row["id"] for row in canvas.get(f"{path}?{query}", token=TEACHER_TOKEN)}

    every = found("")
    assert len(every) == 3
    assert found("enrollment_role_id=4") == every
    assert found("enrollment_role_id=3") == set()
    assert found(f"account_id={MAPLE.parts[0]}") == {MAPLE.course}
    school = canvas.server.sandbox.canvas_school
    school.change(school.courses[MAPLE.course], is_blueprint=True)
    assert found("exclude_blueprint_courses=false") == every
    assert found("exclude_blueprint_courses=true") == every - {MAPLE.course}
