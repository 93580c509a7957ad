"""Access tokens: creation, hints, regeneration and deletion."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

OWN = "/users/self/tokens"
NOW = 1_800_000_000.0


def create_token(canvas: CanvasCaller, path: str = OWN, token: str = ADMIN_TOKEN, **fields: Any) -> Any:
    body = {"token": {"purpose": "tests", **fields}}
    return canvas.write("POST", path, body, token=token)


def day(days: float) -> str:
    return (datetime.fromtimestamp(NOW, UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def timed_canvas(canvas_with: Callable[..., CanvasCaller]) -> CanvasCaller:
    return canvas_with(clock=lambda: NOW)


def test_the_secret_is_only_in_the_creation_response(canvas: CanvasCaller) -> None:
    created = create_token(canvas, scopes=["url:GET|/api/v1/courses"])
    secret = created["visible_token"]

    assert len(secret) > 64
    assert created["workflow_state"] == "active"
    assert (created["user_id"], created["purpose"]) == (MAPLE.admin, "tests")
    assert created["scopes"] == ["url:GET|/api/v1/courses"]
    shown = canvas.get(f"{OWN}/{created['id']}")
    assert shown == {**created, "visible_token": f"{secret[:5]}..."}
    assert secret not in canvas.request("/users/self/user_generated_tokens?per_page=100").text


def test_a_token_can_be_read_by_its_hint(canvas: CanvasCaller) -> None:
    created = create_token(canvas)

    assert canvas.get(f"{OWN}/{created['visible_token'][:5]}")["id"] == created["id"]
    assert canvas.request(f"{OWN}/zzzzz").status_code == 404


def test_token_secret_key_differs_between_versions(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(token_secret_key="token"))
    created = create_token(canvas)

    assert "visible_token" not in created
    assert created["token"].startswith(created["token_hint"])
    shown = canvas.get(f"{OWN}/{created['id']}")
    assert "token" not in shown
    assert shown["token_hint"] == created["token_hint"]


def test_a_new_token_is_accepted_and_a_deleted_one_rejected(canvas: CanvasCaller) -> None:
    created = create_token(canvas, token=TEACHER_TOKEN)
    secret = created["visible_token"]

    assert canvas.get("/users/self", token=secret)["id"] == MAPLE.teacher
    deleted = canvas.write("DELETE", f"{OWN}/{created['id']}", token=TEACHER_TOKEN)
    assert deleted["workflow_state"] == "deleted"
    reply = canvas.request("/users/self", token=secret)
    assert reply.status_code == 401
    assert "WWW-Authenticate" in reply.headers
    assert canvas.request(f"{OWN}/{created['id']}", token=TEACHER_TOKEN).status_code == 404


def test_a_token_for_another_user_is_pending(canvas: CanvasCaller) -> None:
    created = create_token(canvas, f"/users/{MAPLE.teacher}/tokens")

    assert (created["workflow_state"], created["user_id"]) == ("pending", MAPLE.teacher)
    assert canvas.request("/users/self", token=created["visible_token"]).status_code == 401
    behind = create_token(canvas, f"{OWN}?as_user_id={MAPLE.teacher}")
    assert (behind["workflow_state"], behind["real_user_id"]) == ("pending", MAPLE.admin)
    assert create_token(canvas, f"{OWN}?as_user_id=self")["workflow_state"] == "active"


def test_missing_token_parameters_have_two_error_forms(canvas: CanvasCaller) -> None:
    reply = canvas.request(OWN, method="POST", json={})
    assert reply.status_code == 400
    assert reply.json() == {"errors": [{"message": "token is missing"}]}

    reply = canvas.request(OWN, method="POST", json={"token": {"expires_at": "2027-01-01T00:00Z"}})
    assert reply.status_code == 400
    assert reply.json() == [{"message": "token[purpose] is missing"}]


@pytest.mark.parametrize(
    ("expires_at", "message"),
    [
        (None, "Expiration date is required"),
        ("some day", "Invalid expiration date format"),
        (day(121), "Expiration date cannot be more than 120 days in the future"),
    ],
)
def test_students_tokens_must_expire_within_120_days(
    timed_canvas: CanvasCaller, expires_at: str | None, message: str
) -> None:
    fields = {"purpose": "x"} | ({"expires_at": expires_at} if expires_at else {})
    reply = timed_canvas.request(OWN, method="POST", token=STUDENT_TOKEN, json={"token": fields})

    assert reply.status_code == 400
    assert reply.json() == [{"message": message}]
    created = create_token(timed_canvas, token=STUDENT_TOKEN, expires_at=day(119))
    assert created["expires_at"] == day(119)


def test_old_canvas_allows_student_tokens_without_expiry(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(requires_student_token_expiry=False))

    assert create_token(canvas, token=STUDENT_TOKEN)["expires_at"] is None


def test_regeneration_replaces_the_secret(canvas: CanvasCaller) -> None:
    created = create_token(canvas)
    path = f"{OWN}/{created['id']}"
    regenerated = canvas.write("PUT", path, {"token": {"regenerate": True}})

    assert regenerated["visible_token"] != created["visible_token"]
    assert len(regenerated["visible_token"]) == len(created["visible_token"])
    assert canvas.request("/users/self", token=created["visible_token"]).status_code == 401
    assert canvas.get("/users/self", token=regenerated["visible_token"])["id"] == MAPLE.admin
    changed = canvas.write("PUT", path, {"token": {"purpose": "more tests"}})
    assert changed["purpose"] == "more tests"
    assert changed["visible_token"] == f"{regenerated['visible_token'][:5]}..."


def test_an_expired_token_needs_a_new_date_to_be_regenerated(timed_canvas: CanvasCaller) -> None:
    created = create_token(timed_canvas, expires_at=day(-1))
    path = f"{OWN}/{created['id']}"
    assert timed_canvas.request("/users/self", token=created["visible_token"]).status_code == 401

    reply = timed_canvas.request(path, method="PUT", json={"token": {"regenerate": True}})
    assert reply.status_code == 400
    message = "cannot regenerate an expired token without a new expiration date"
    assert reply.json() == {"errors": {"message": message}}
    regenerated = timed_canvas.write("PUT", path, {"token": {"regenerate": True, "expires_at": day(9)}})
    assert timed_canvas.get("/users/self", token=regenerated["visible_token"])["id"] == MAPLE.admin


def test_a_regeneration_by_another_user_is_pending(canvas: CanvasCaller) -> None:
    created = create_token(canvas, token=TEACHER_TOKEN)
    path = f"/users/{MAPLE.teacher}/tokens/{created['id']}"
    regenerated = canvas.write("PUT", path, {"token": {"regenerate": True}})

    assert regenerated["workflow_state"] == "pending"
    for secret in (created["visible_token"], regenerated["visible_token"]):
        assert canvas.request("/users/self", token=secret).status_code == 401


def test_tokens_of_other_users_are_forbidden_or_not_found(canvas: CanvasCaller) -> None:
    """Reading is forbidden; changes and deletions have status 404."""
    created = create_token(canvas, token=TEACHER_TOKEN)
    path = f"/users/{MAPLE.teacher}/tokens/{created['id']}"

    assert canvas.request(path, token=STUDENT_TOKEN).status_code == 403
    body = {"token": {"purpose": "mine"}}
    assert canvas.request(path, method="PUT", token=STUDENT_TOKEN, json=body).status_code == 404
    assert canvas.request(path, method="DELETE", token=STUDENT_TOKEN).status_code == 404
    wrong = f"/users/{MAPLE.student}/tokens/{created['id']}"
    assert canvas.request(wrong).status_code == 404
    assert canvas.get(path)["purpose"] == "tests"
    body = {"token": {"purpose": "x", "expires_at": "2026-12-01T00:00:00Z"}}
    mine = canvas.request(f"/users/{MAPLE.student}/tokens", method="POST", token=TEACHER_TOKEN, json=body)
    assert mine.status_code == 403


def test_scopes_are_enforced_only_with_the_quirk(
    canvas: CanvasCaller, canvas_with: Callable[..., CanvasCaller]
) -> None:
    scopes = ["url:GET|/api/v1/courses"]
    free = create_token(canvas, scopes=scopes)["visible_token"]
    assert canvas.request("/accounts", token=free).status_code == 200

    strict = canvas_with(canvas_quirks=CanvasQuirks(enforces_token_scopes=True))
    bound = create_token(strict, scopes=scopes)["visible_token"]
    assert strict.request("/courses", token=bound).status_code == 200
    assert strict.request("/accounts", token=bound).status_code == 401
    body = {"token": {"purpose": "x", "scopes": ["everything"]}}
    reply = strict.request(OWN, method="POST", json=body)
    assert reply.status_code == 400
    assert "scopes" in reply.json()["errors"]


def test_a_purpose_has_a_maximum_length(canvas: CanvasCaller) -> None:
    reply = canvas.request(OWN, method="POST", json={"token": {"purpose": "x" * 256}})

    assert reply.status_code == 400
    assert reply.json()["errors"]["purpose"][0]["type"] == "too_long"


def test_a_users_tokens_have_bookmarked_pages(canvas: CanvasCaller) -> None:
    path = "/users/self/user_generated_tokens?per_page=2"

    def listed() -> list[int]:
        return [row["id"] for page in canvas.pages(path) for row in page]

    before = listed()
    created = create_token(canvas)

    assert listed() == [*before, created["id"]]
    assert "bookmark" in canvas.request(path).links["next"]["url"]
    other = f"/users/{MAPLE.teacher}/user_generated_tokens"
    assert canvas.request(other, token=STUDENT_TOKEN).status_code == 403
