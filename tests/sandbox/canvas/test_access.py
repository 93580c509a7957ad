"""Authentication, permissions, OAuth 2 and the rate limit of the Canvas simulator."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state import auth
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from tests.sandbox.canvas.client import CanvasCaller

CHALLENGE = 'Bearer realm="canvas-lms"'
COURSE = f"/courses/{MAPLE.course}"


def test_missing_and_invalid_tokens_have_different_errors(canvas: CanvasCaller) -> None:
    missing, invalid = (
        canvas.request("/courses", token=None),
        canvas.request("/courses", token="unknown"),
    )

    assert (missing.status_code, invalid.status_code) == (401, 401)
    assert missing.json() == {
        "status": "unauthenticated",
        "errors": [{"message": "user authorization required"}],
    }
    assert invalid.json() == {"errors": [{"message": "Invalid access token."}]}
    assert missing.headers["www-authenticate"] == invalid.headers["www-authenticate"] == CHALLENGE


def test_expired_and_revoked_tokens_have_their_own_errors(canvas: CanvasCaller) -> None:
    expired = canvas.request("/courses", token=auth.EXPIRED_TOKEN).json()["errors"][0]
    revoked = canvas.request("/courses", token=auth.REVOKED_TOKEN).json()

    assert expired == {"message": "Expired access token.", "expired_at": "2020-09-13T12:26:40Z"}
    assert revoked == {"errors": [{"message": "Revoked access token."}]}


def test_a_token_is_accepted_in_the_query(canvas: CanvasCaller) -> None:
    reply = canvas.request(f"/users/self?access_token={auth.ADMIN_TOKEN}", token=None)

    assert reply.json()["id"] == MAPLE.admin


def test_a_missing_permission_has_no_challenge(canvas: CanvasCaller) -> None:
    reply = canvas.request("/accounts/self/courses", token=auth.STUDENT_TOKEN)

    assert reply.status_code == 403
    assert "www-authenticate" not in reply.headers
    assert reply.json() == {
        "status": "unauthorized",
        "errors": [{"message": "user not authorized to perform that action"}],
    }


def test_an_old_canvas_responds_with_401_in_its_language(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    canvas = canvas_with(
        canvas_quirks=CanvasQuirks(
            forbidden_status=401,
            is_localized=True,
            adds_error_report=True,
            reports_token_state=False,
        )
    )
    reply = canvas.request("/accounts/self/courses", token=auth.STUDENT_TOKEN)

    assert reply.status_code == 401
    assert "www-authenticate" not in reply.headers
    assert reply.json()["status"] == "no autorizado"
    assert canvas.request("/sections/7").json()["error_report_id"]
    expired = canvas.request("/courses", token=auth.EXPIRED_TOKEN).json()
    assert expired == {"errors": [{"message": "Invalid access token."}]}


def test_a_scoped_key_is_limited_to_its_scopes(canvas: CanvasCaller) -> None:
    assert canvas.get("/courses", token=auth.NARROW_TOKEN) == []
    reply = canvas.request(COURSE, token=auth.NARROW_TOKEN)

    assert reply.status_code == 401
    assert reply.json() == {"errors": [{"message": "Insufficient scopes on access token."}]}


def test_includes_of_a_scoped_key_are_ignored(canvas: CanvasCaller) -> None:
    body = canvas.get(f"{COURSE}?include[]=term&include[]=teachers", token=auth.SCOPED_TOKEN)

    assert "term" not in body
    assert "teachers" not in body


def test_an_admin_can_act_as_another_user(canvas: CanvasCaller) -> None:
    as_student = canvas.get(f"/users/self?as_user_id={MAPLE.student}")
    by_sis = canvas.get("/users/self?as_user_id=sis_user_id:P000003")

    assert as_student["id"] == by_sis["id"] == MAPLE.student
    for path, token in (
        ("/users/self?as_user_id=404404", auth.ADMIN_TOKEN),
        (f"/users/self?as_user_id={MAPLE.admin}", auth.STUDENT_TOKEN),
    ):
        reply = canvas.request(path, token=token)
        assert reply.status_code == 401
        assert reply.json() == {"errors": "Invalid as_user_id"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_unknown_paths_return_an_html_page(canvas: CanvasCaller, method: str) -> None:
    for reply in (canvas.request("/courses", method=method), canvas.request("/no/such/thing")):
        assert reply.status_code == 404
        assert reply.headers["content-type"].startswith("text/html")


def test_deleted_and_unpublished_courses_are_hidden(canvas: CanvasCaller) -> None:
    deleted, unpublished = MAPLE.deleted_course, MAPLE.unpublished_course

    assert canvas.request(f"/courses/{deleted}").status_code == 404
    body = canvas.get(f"/courses/{deleted}?include[]=all_courses")
    assert body["workflow_state"] == "deleted"
    assert canvas.get(f"/courses/{unpublished}")["workflow_state"] == "unpublished"
    assert canvas.request(f"/courses/{unpublished}", token=auth.STUDENT_TOKEN).status_code == 403


def refresh(canvas: CanvasCaller, **form: str) -> httpx2.Response:
    fields = {
        "grant_type": "refresh_token",
        "client_id": auth.CLIENT_ID,
        "client_secret": auth.CLIENT_SECRET,
        "refresh_token": auth.REFRESH_TOKEN,
        **form,
    }
    address = f"{canvas.server.canvas_url}/login/oauth2/token"
    return canvas.request(address, method="POST", token=None, data=fields)


def test_a_refresh_token_returns_an_access_token_that_expires(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    now = [1_795_000_000.0]
    canvas = canvas_with(clock=lambda: now[0])
    body = refresh(canvas).json()

    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert body["user"]["id"] == MAPLE.admin
    assert "refresh_token" not in body
    assert canvas.get("/users/self", token=body["access_token"])["id"] == MAPLE.admin
    now[0] += 3600
    expired = canvas.request("/users/self", token=body["access_token"])
    assert expired.status_code == 401
    assert expired.json()["errors"][0]["message"] == "Expired access token."


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "no"}, 401, "invalid_client"),
        ({"refresh_token": "no"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_an_invalid_refresh_has_an_oauth_error(
    canvas: CanvasCaller, form: dict[str, str], status: int, error: str
) -> None:
    reply = refresh(canvas, **form)

    assert reply.status_code == status
    assert reply.json()["error"] == error


def test_a_token_can_be_revoked(canvas: CanvasCaller) -> None:
    secret = refresh(canvas).json()["access_token"]
    address = f"{canvas.server.canvas_url}/login/oauth2/token"

    assert canvas.request(address, method="DELETE", token=secret).json() == {}
    assert canvas.request("/users/self", token=secret).status_code == 401


# Rate limit


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait at most ten seconds for a condition that the server's thread fulfills."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


def test_every_response_has_its_cost_and_the_remaining_units(canvas: CanvasCaller) -> None:
    headers = canvas.request(f"{COURSE}/sections").headers

    assert 0 < float(headers["x-request-cost"]) < 1
    assert 549 < float(headers["x-rate-limit-remaining"]) < 560  # its up-front cost of 50 is included


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, "429 Too Many Requests (Rate Limit Exceeded)\n"),
        (403, "403 Forbidden (Rate Limit Exceeded)\n"),
    ],
)
async def test_twelve_concurrent_requests_fill_an_empty_bucket(
    canvas_with: Callable[..., CanvasCaller], status: int, body: str
) -> None:
    canvas = canvas_with(
        canvas_quirks=CanvasQuirks(throttled_status=status),  # type: ignore[arg-type]
        faults=[Fault("hang", count=12)],
        clock=lambda: 0.0,
    )
    log = canvas.server.log
    headers = {"Authorization": f"Bearer {auth.ADMIN_TOKEN}"}
    async with httpx2.AsyncClient(headers=headers, timeout=20) as client:
        hanging = [asyncio.create_task(client.get(canvas.url("/courses"))) for _ in range(12)]
        await wait_until(lambda: log.concurrency("canvas") == 12)
        refused = await client.get(canvas.url("/courses"))
        other = await client.get(
            canvas.url("/courses"), headers={"Authorization": f"Bearer {auth.TEACHER_TOKEN}"}
        )
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await wait_until(lambda: log.concurrency("canvas") == 0)
        again = await client.get(canvas.url("/courses"))

    assert refused.status_code == status
    assert refused.headers["content-type"].startswith("text/plain")
    assert refused.headers["x-rate-limit-remaining"] == "0.0"
    assert "x-request-cost" not in refused.headers
    assert refused.text == body
    assert other.status_code == again.status_code == 200
    assert log.peak_concurrency("canvas") == 13


async def test_a_full_bucket_leaks_ten_units_per_second(
    canvas_with: Callable[..., CanvasCaller],
) -> None:
    now = [0.0]
    canvas = canvas_with(clock=lambda: now[0], canvas_quirks=CanvasQuirks(request_cost=650))

    first, second = canvas.request("/courses"), canvas.request("/courses")
    now[0] += 6
    third = canvas.request("/courses")

    assert [reply.status_code for reply in (first, second, third)] == [200, 429, 200]
