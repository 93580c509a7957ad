"""Account notifications: visibility, dismissal and roles."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

NOTIFICATIONS = f"/accounts/{MAPLE.root}/account_notifications"
ALL, TEACHERS, OVER, TO_COME, SCIENCE = range(1, 6)
"""Ids of the initial notifications, by their audience or period."""
NEW = {
    "subject": "Snow",
    "message": "<p>Stay at home.</p>",
    "start_at": "2026-11-15T00:00:00Z",
    "end_at": "2026-11-18T00:00:00Z",
}


def list_ids(canvas: CanvasCaller, query: str = "", token: str = ADMIN_TOKEN) -> list[int]:
    return [row["id"] for row in canvas.get(NOTIFICATIONS + query, token=token)]


def create_notification(canvas: CanvasCaller, roles: Any = None, **fields: Any) -> Any:
    body: dict[str, Any] = {"account_notification": {**NEW, **fields}}
    if roles is not None:
        body["account_notification_roles"] = roles
    return canvas.write("POST", NOTIFICATIONS, body)


def test_users_see_current_notifications_for_their_roles(canvas: CanvasCaller) -> None:
    assert list_ids(canvas) == [ALL]
    assert list_ids(canvas, token=TEACHER_TOKEN) == [SCIENCE, TEACHERS, ALL]
    assert list_ids(canvas, token=STUDENT_TOKEN) == [SCIENCE, ALL]


def test_notifications_are_not_paginated(canvas: CanvasCaller) -> None:
    for _ in range(12):
        create_notification(canvas)
    reply = canvas.request(f"{NOTIFICATIONS}?per_page=3")

    assert len(reply.json()) == 13
    assert "link" not in reply.headers


def test_the_account_is_ignored_without_include_all(canvas: CanvasCaller) -> None:
    rows = canvas.get(NOTIFICATIONS, token=STUDENT_TOKEN)

    for account_id in (MAPLE.sub_accounts[1], 77):
        assert canvas.get(f"/accounts/{account_id}/account_notifications", token=STUDENT_TOKEN) == rows


def test_include_past_adds_past_and_dismissed_notifications(canvas: CanvasCaller) -> None:
    canvas.write("DELETE", f"{NOTIFICATIONS}/{ALL}")

    assert list_ids(canvas) == []
    assert list_ids(canvas, "?include_past=true") == [ALL, OVER]


def test_include_all_requires_an_admin_and_adds_authors(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"{NOTIFICATIONS}?include_all=true")

    assert [row["id"] for row in rows] == [TO_COME, TEACHERS, ALL, OVER]
    assert {row["author"]["id"] for row in rows} == {MAPLE.admin}
    assert all("author" not in row for row in canvas.get(NOTIFICATIONS))
    assert canvas.request(f"{NOTIFICATIONS}?include_all=true", token=STUDENT_TOKEN).status_code == 403
    path = f"/accounts/{MAPLE.sub_accounts[0]}/account_notifications?include_all=1"
    assert [row["id"] for row in canvas.get(path)] == [SCIENCE]


def test_delete_dismisses_a_notification_for_one_user(canvas: CanvasCaller) -> None:
    before = canvas.get(f"{NOTIFICATIONS}/{ALL}", token=STUDENT_TOKEN)

    assert canvas.write("DELETE", f"{NOTIFICATIONS}/{ALL}", token=STUDENT_TOKEN) == before
    assert list_ids(canvas, token=STUDENT_TOKEN) == [SCIENCE]
    assert list_ids(canvas) == [ALL]
    assert ALL in list_ids(canvas, "?include_all=true")
    rows = canvas.get(f"{NOTIFICATIONS}?include_past=1&show_is_closed=1", token=STUDENT_TOKEN)
    assert {row["id"]: row["closed"] for row in rows} == {SCIENCE: False, ALL: True, OVER: False}


@pytest.mark.parametrize("id", [OVER, TO_COME, TEACHERS])
def test_notifications_for_others_are_forbidden_not_missing(canvas: CanvasCaller, id: int) -> None:
    assert canvas.request(f"{NOTIFICATIONS}/{id}", token=STUDENT_TOKEN).status_code == 403
    assert canvas.request(f"{NOTIFICATIONS}/77", token=STUDENT_TOKEN).status_code == 404


def test_a_dismissed_notification_is_forbidden(canvas: CanvasCaller) -> None:
    canvas.write("DELETE", f"{NOTIFICATIONS}/{ALL}")

    assert canvas.request(f"{NOTIFICATIONS}/{ALL}").status_code == 403


def test_a_notification_is_for_all_users_or_for_roles(canvas: CanvasCaller) -> None:
    created = create_notification(canvas)

    assert {key: created[key] for key in NEW} == NEW
    assert (created["icon"], created["roles"], created["role_ids"]) == ("warning", [], [])
    roles = ["StudentEnrollment", 4, "NilEnrollment", "JanitorEnrollment"]
    some = create_notification(canvas, roles, icon="calendar")
    assert some["roles"] == ["StudentEnrollment", "TeacherEnrollment", "NilEnrollment"]
    assert some["role_ids"] == [3, 4, None]
    assert some["icon"] == "calendar"
    assert list_ids(canvas, token=STUDENT_TOKEN)[:2] == [some["id"], created["id"]]
    ours = create_notification(canvas, ["AccountAdmin"])
    assert ours["id"] in list_ids(canvas)
    assert ours["id"] not in list_ids(canvas, token=STUDENT_TOKEN)


def test_an_update_without_roles_removes_them(canvas: CanvasCaller) -> None:
    path = f"{NOTIFICATIONS}/{TEACHERS}"
    change = {"account_notification": {"subject": "Grades were due"}}
    unchanged = canvas.write("PUT", path, {**change, "account_notification_roles": [4]})
    assert unchanged["roles"] == ["TeacherEnrollment"]
    assert unchanged["message"] == "<p>Grades are due on Friday.</p>"
    assert TEACHERS not in list_ids(canvas, token=STUDENT_TOKEN)

    wiped = canvas.write("PUT", path, change)
    assert (wiped["subject"], wiped["roles"]) == ("Grades were due", [])
    assert TEACHERS in list_ids(canvas, token=STUDENT_TOKEN)


def test_documented_form_bodies_are_accepted(canvas: CanvasCaller) -> None:
    form = {f"account_notification[{name}]": value for name, value in NEW.items()}
    form["account_notification_roles[]"] = "TeacherEnrollment"

    assert canvas.write("POST", NOTIFICATIONS, data=form)["role_ids"] == [4]


def test_each_missing_attribute_has_an_error(canvas: CanvasCaller) -> None:
    reply = canvas.request(NOTIFICATIONS, method="POST", json={"account_notification": {"icon": "error"}})

    assert reply.status_code == 400
    errors = reply.json()["errors"]
    assert set(errors) == set(NEW)
    assert errors["subject"][0]["type"] == "blank"
    for method, path in (("POST", NOTIFICATIONS), ("PUT", f"{NOTIFICATIONS}/{ALL}")):
        reply = canvas.request(path, method=method, json={})
        assert reply.status_code == 400
        assert reply.json() == {"errors": [{"message": "account_notification is missing"}]}


@pytest.mark.parametrize("shape", ["reported", "bare", "sentence"])
def test_an_end_before_the_start_has_three_error_forms(
    canvas_with: Callable[..., CanvasCaller], shape: Any
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(validation_shape=shape))
    body = {"account_notification": {"end_at": "2026-01-01T00:00:00Z"}}
    reply = canvas.request(f"{NOTIFICATIONS}/{ALL}", method="PUT", json=body)

    assert reply.status_code == 400
    assert "end date must be after start date" in reply.text
    assert canvas.get(f"{NOTIFICATIONS}/{ALL}")["end_at"] == "2026-12-06T12:00:00Z"


def test_only_admins_can_write_notifications(canvas: CanvasCaller) -> None:
    body = {"account_notification": NEW}
    for method, path in (("POST", NOTIFICATIONS), ("PUT", f"{NOTIFICATIONS}/{ALL}")):
        assert canvas.request(path, method=method, token=TEACHER_TOKEN, json=body).status_code == 403
    wrong = f"/accounts/{MAPLE.sub_accounts[0]}/account_notifications/{ALL}"
    assert canvas.request(wrong, method="PUT", json=body).status_code == 404


def test_the_deprecated_path_is_limited_to_the_caller(canvas: CanvasCaller) -> None:
    path = f"/accounts/{MAPLE.root}/users/{{}}/account_notifications"

    assert canvas.get(path.format("self")) == canvas.get(NOTIFICATIONS)
    assert canvas.get(f"{path.format(MAPLE.admin)}/{ALL}") == canvas.get(f"{NOTIFICATIONS}/{ALL}")
    assert canvas.request(path.format(MAPLE.student)).status_code == 404
    canvas.write("DELETE", f"{path.format('self')}/{ALL}")
    assert canvas.get(NOTIFICATIONS) == []
