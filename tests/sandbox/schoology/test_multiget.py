"""Multiget: allowed paths, the format of a row, ignored paths."""

import json
from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import ADMIN_KEY, STUDENT_KEY, STUDENT_SECRET
from lms_sandbox.schoology.quirks import PUBLIC_BASE
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

SECTION = LAKESIDE.sections[0]


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(80)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def with_quirks(school: School, **quirks: Any) -> SchoologyCaller:
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller()


async def test_rows_have_the_requested_order_and_their_own_codes(caller: SchoologyCaller) -> None:
    paths = (
        f"/v1/users/{LAKESIDE.student}",
        "/v1/users/1",
        f"/v1/sections/{SECTION}",
        f"/v1/sections/{LAKESIDE.course}",
        f"/v1/users/{LAKESIDE.student}",
    )

    rows = await caller.multiget(*paths)

    assert [row["location"] for row in rows] == [SANDBOX_BASE + path[3:] for path in paths]
    assert [row["response_code"] for row in rows] == [200, 404, 200, 403, 200]
    assert rows[0] == {
        "location": f"{SANDBOX_BASE}/users/{LAKESIDE.student}",
        "response_code": 200,
        "headers": [],
        "body": await caller.read(f"/users/{LAKESIDE.student}"),
    }
    assert rows[2]["body"] == await caller.read(f"/sections/{SECTION}")
    assert rows[1]["body"] == ""


async def test_only_the_first_50_paths_are_answered(caller: SchoologyCaller) -> None:
    rows = await caller.multiget(*[f"/v1/users/{LAKESIDE.student}"] * 60)

    assert len(rows) == 50


async def test_queries_are_applied_and_next_links_lead_outside_the_multiget(
    caller: SchoologyCaller,
) -> None:
    (row,) = await caller.multiget(f"/v1/sections/{SECTION}/enrollments?limit=3&type=member")

    assert len(row["body"]["enrollment"]) == 3
    following = row["body"]["links"]["next"]
    assert following.startswith(f"{SANDBOX_BASE}/sections/{SECTION}/enrollments?type=member&")
    assert (await caller.read(following))["enrollment"]


@pytest.mark.parametrize(("clamps", "most"), [(True, 200), (False, 1000)])
async def test_a_limit_above_200_in_a_multiget_is_reduced_or_not(clamps: bool, most: int) -> None:
    school = lakeside(100)
    for user in list(school.users.values())[:300]:
        for enrollment in list(school.enrollments_of_user(user.id))[:1]:
            school.change(enrollment, section_id=SECTION, role="student", state="active")
    caller = with_quirks(school, multiget_clamps=clamps)

    (row,) = await caller.multiget(f"/v1/sections/{SECTION}/enrollments?limit=1000")

    total = int(row["body"]["total"])
    assert total > 200
    assert len(row["body"]["enrollment"]) == min(total, most)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/me",
        "/v1/users",
        "/v1/courses",
        "/v1/sections?section_school_codes=a",
        "/v1/gradingperiods",
        f"/v1/gradingperiods/{LAKESIDE.current_term}",
        f"/v1/sections/{SECTION}/grading_periods",
        "/v1/roles",
        "/v1/schools",
        f"/v1/sections/{SECTION}/enrollments/1",
        "/v1/multiget",
    ],
)
async def test_a_path_that_is_not_allowed_is_rejected(
    school: School, caller: SchoologyCaller, path: str
) -> None:
    (row,) = await caller.multiget(path)
    (other_row,) = await with_quirks(school, multiget_refusal=400).multiget(path)

    assert (row["response_code"], row["body"]) == (403, "")
    assert other_row["response_code"] == 400


@pytest.mark.parametrize("path", [f"/users/{LAKESIDE.student}", f"{SANDBOX_BASE}/users/1", "", "/v1"])
async def test_a_path_must_begin_with_the_version(caller: SchoologyCaller, path: str) -> None:
    (row,) = await caller.multiget(path)

    assert row["response_code"] == 404


@pytest.mark.parametrize(
    ("quirk", "code", "location"),
    [
        ("location", 303, f"{SANDBOX_BASE}/users/{LAKESIDE.student}"),
        ("header", 303, f"{SANDBOX_BASE}/users/ext/P000003"),
        ("resolved", 200, f"{SANDBOX_BASE}/users/ext/P000003"),
    ],
)
@pytest.mark.parametrize("spelling", ["absolute", "path"])
async def test_a_school_uid_is_a_redirect_or_is_resolved(
    school: School, quirk: str, code: int, location: str, spelling: str
) -> None:
    caller = with_quirks(school, multiget_user_ext=quirk, location=spelling)

    (row,) = await caller.multiget("/v1/users/ext/P000003")

    target = f"/schoology/v1/users/{LAKESIDE.student}"
    assert row["response_code"] == code
    assert row["location"].endswith(location if spelling == "absolute" else location[26:])
    if quirk == "header":
        assert row["headers"][0].endswith(target)
    if quirk == "resolved":
        assert row["body"]["id"] == LAKESIDE.student
    else:
        assert row["body"] == ""


async def test_headers_can_be_null_and_a_body_can_be_text(school: School) -> None:
    caller = with_quirks(school, multiget_headers="null", multiget_body="text")

    (row,) = await caller.multiget(f"/v1/users/{LAKESIDE.student}")

    assert row["headers"] is None
    assert json.loads(row["body"])["id"] == LAKESIDE.student


@pytest.mark.parametrize(
    ("quirk", "rest"),
    [
        ("empty", {"body": ""}),
        ("null", {"body": None}),
        ("text", {"body": "Status 404"}),
        ("absent", {}),
    ],
)
async def test_the_body_of_a_failed_row_is_configurable(
    school: School, quirk: str, rest: dict[str, object]
) -> None:
    (row,) = await with_quirks(school, multiget_failure=quirk).multiget("/v1/users/1")

    assert row == {
        "location": f"{SANDBOX_BASE}/users/1",
        "response_code": 404,
        "headers": [],
        **rest,
    }


async def test_a_row_has_the_callers_rights(caller: SchoologyCaller) -> None:
    student = caller.with_options(key=STUDENT_KEY, secret=STUDENT_SECRET)

    rows = await student.multiget(
        f"/v1/sections/{SECTION}", f"/v1/sections/{SECTION}/enrollments", "/v1/courses/1"
    )

    assert [row["response_code"] for row in rows] == [200, 403, 403]


async def test_rows_link_to_the_signed_address(caller: SchoologyCaller) -> None:
    (row,) = await caller.with_options(base=PUBLIC_BASE).multiget("/v1/users/1")

    assert row["location"] == f"{PUBLIC_BASE}/users/1"


@pytest.mark.parametrize("body", [{}, [], {"request": 3}, {"request": [3]}, "text", None])
async def test_a_malformed_body_is_rejected(caller: SchoologyCaller, body: Any) -> None:
    content = b"{" if body is None else json.dumps(body).encode()
    reply = await caller.send(
        "POST", "/multiget", content=content, headers={"Content-Type": "application/json"}
    )

    assert reply.status_code == 400
    assert not reply.text.startswith("{")


async def test_multioptions_returns_the_methods_of_any_path(caller: SchoologyCaller) -> None:
    paths = ["/v1/messages", "/v1/users", "/v1/nothing"]
    reply = await caller.send("POST", "/multioptions", json={"request": paths})

    rows = reply.json()["response"]
    assert reply.status_code == 207
    assert [row["response_code"] for row in rows] == [200, 200, 404]
    assert rows[0]["body"] == ["POST"]
    assert {"DELETE", "PUT"} <= set(rows[1]["body"])


async def test_the_log_contains_the_paths_and_the_credits(school: School) -> None:
    paths = [f"/v1/users/{LAKESIDE.student}", "/v1/users/1"]
    for charges, credits in ((False, 3), (True, 5)):
        caller = with_quirks(school, multiget_charges_rows=charges)
        await caller.multiget(*paths)
        (entry,) = caller.sandbox.log.entries("schoology")
        assert (entry.multiget_paths, entry.credits, entry.status) == (paths, credits, 207)
        assert str(entry) == "POST /multiget"


def test_the_demo_key_is_the_documented_one() -> None:
    assert ADMIN_KEY == "lakeside-demo-key"
