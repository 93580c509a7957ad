"""Forms of ids in paths and in responses."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.demo_schools import maple
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.data.models import Course, Section, User
from tests.sandbox.canvas.client import CanvasCaller

SCHOOL = maple()
AWKWARD: dict[str, Course | Section | User] = {
    "/courses/{}sis_course_id:{}": SCHOOL.courses[MAPLE.awkward_course],
    "/sections/{}sis_section_id:{}": SCHOOL.sections[MAPLE.awkward_section],
    "/users/{}sis_user_id:{}": SCHOOL.users[MAPLE.awkward_user],
}


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("/courses/sis_course_id:BIO-101", MAPLE.course),
        ("/courses/ sis_course_id:BIO-101 ", MAPLE.course),
        ("/courses/sis_integration_id:course-int-0", MAPLE.course),
        (f"/courses/uuid:course{0:034}", MAPLE.course),
        (f"/courses/1~{MAPLE.course}", MAPLE.course),
        (f"/courses/{10**13 + MAPLE.course}", MAPLE.course),
        (f"/courses/{MAPLE.course}.json", MAPLE.course),
        ("/sections/sis_integration_id:section-int-0", MAPLE.sections[0]),
        ("/users/self", MAPLE.admin),
        ("/users/sis_user_id:P000003", MAPLE.student),
        (f"/users/sis_login_id:{SCHOOL.users[MAPLE.student].username.upper()}", MAPLE.student),
        ("/users/sis_integration_id:int-1", MAPLE.admin),
        ("/accounts/self", MAPLE.root),
        ("/accounts/default", MAPLE.root),
        ("/accounts/sis_account_id:ACC-1", MAPLE.sub_accounts[0]),
        ("/accounts/self/terms/current", MAPLE.current_term),
        ("/accounts/self/terms/default", 1),
        ("/accounts/self/terms/sis_term_id:AU2026", MAPLE.current_term),
        (f"/accounts/self/courses/{MAPLE.course}", MAPLE.course),
    ],
)
def test_an_id_has_several_forms(canvas: CanvasCaller, path: str, id: int) -> None:
    assert canvas.get(path)["id"] == id


@pytest.mark.parametrize("path", AWKWARD)
def test_a_sis_id_with_special_characters_can_be_encoded_in_two_ways(canvas: CanvasCaller, path: str) -> None:
    record = AWKWARD[path]
    sis_id = record.sis_id or ""
    encoded = quote(sis_id, safe="").replace(".", "%2E")

    assert canvas.get(path.format("hex:", sis_id.encode().hex()))["id"] == record.id
    assert canvas.get(path.format("", encoded))["id"] == record.id
    # A trailing `.json` is parsed as the format and removed.
    assert canvas.request(path.format("", quote(sis_id, safe=""))).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/courses/abc",
        "/courses/2~1001",
        "/courses/hex:sis_course_id:zz",
        "/courses/hex:sis_course_id:ff",
        "/courses/sis_section_id:BIO-101-01-AU2026",
        "/courses/sis_course_id:nope",
        "/courses/1001%2Fenrollments",
        "/users/sis_login_id:",
        "/accounts/site_admin",
        f"/accounts/{MAPLE.sub_accounts[1]}/courses/{MAPLE.course}",
        "/accounts/self/enrollments/abc",
    ],
)
def test_a_malformed_id_is_not_found(canvas: CanvasCaller, path: str) -> None:
    reply = canvas.request(path)

    assert reply.status_code == 404
    assert reply.json() == {"errors": [{"message": "The specified resource does not exist."}]}


def test_an_unsharded_canvas_has_no_tilde_ids(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(has_tilde_ids=False))

    assert canvas.request(f"/courses/1~{MAPLE.course}").status_code == 404


def test_ids_are_strings_if_the_client_accepts_them(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}?include[]=teachers&include[]=account"
    body = canvas.request(path, headers={"Accept": "application/json+canvas-string-ids"}).json()

    assert body["id"] == str(MAPLE.course)
    assert body["enrollment_term_id"] == str(MAPLE.current_term)
    assert body["teachers"][0]["id"] == str(MAPLE.teacher)
    assert body["account"]["root_account_id"] == str(MAPLE.root)
    assert body["storage_quota_mb"] == 500
    assert isinstance(canvas.get(path)["id"], int)
