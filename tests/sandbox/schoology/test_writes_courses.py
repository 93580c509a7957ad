"""Writes of courses at Schoology, with their sections inline."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import STAFF_KEY, STAFF_SECRET
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

COURSE = LAKESIDE.course  # synced
OPEN = LAKESIDE.host_course  # not synced
NOW = LAKESIDE.current_term
PLAIN = {"title": "Robotics", "course_code": "ROB-1"}


@pytest.fixture
def school() -> School:
    return lakeside(13)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def bulk(*rows: Any) -> dict[str, Any]:
    return {"courses": {"course": list(rows)}}


def section(code: str, **fields: Any) -> dict[str, Any]:
    return {"title": code, "section_code": code, "grading_periods": [NOW], **fields}


async def test_a_created_course_is_returned_with_its_link(caller: SchoologyCaller, school: School) -> None:
    reply = await caller.send("POST", "/courses", json=PLAIN)
    row = reply.json()

    assert reply.status_code == 201
    assert row == {
        "id": row["id"],
        "title": "Robotics",
        "course_code": "ROB-1",
        "department": "",
        "description": "",
        "credits": 0,
        "subject_area": 0,
        "grade_level_range_start": 0,
        "grade_level_range_end": 0,
        "synced": 0,
        "building_id": str(LAKESIDE.root),
        "links": {"self": f"{SANDBOX_BASE}/courses/{row['id']}"},
    }
    assert isinstance(row["id"], int)
    assert school.courses[row["id"]].code == "ROB-1"


async def test_every_field_of_a_course_is_written(caller: SchoologyCaller) -> None:
    fields = {
        "department": "Shop",
        "description": "Gears",
        "credits": 1.5,
        "subject_area": "8",
        "grade_level_range_start": 12,
        "grade_level_range_end": 14,
        "synced": 1,
        "building_id": str(LAKESIDE.sub_accounts[0]),
    }
    made = (await caller.send("POST", "/courses", json=PLAIN | fields)).json()
    row = await caller.read(f"/courses/{made['id']}")

    assert row == PLAIN | fields | {"id": made["id"], "subject_area": 8}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "title"),
        ({"course_code": None}, "course_code"),
        ({"course_code": "BIO-101"}, "already in use"),
        ({"credits": "many"}, "credits"),
        ({"credits": -1}, "credits"),
        ({"subject_area": 10}, "subject_area"),
        ({"grade_level_range_start": 16}, "grade_level_range_start"),
        ({"grade_level_range_start": 9, "grade_level_range_end": 8}, "grade_level_range_end"),
        ({"building_id": 5}, "building_id"),
        ({"synced": "yes"}, "synced"),
        ({"district_course_name": "HIS-101"}, "already in use"),
    ],
)
async def test_an_invalid_course_is_rejected(
    caller: SchoologyCaller, school: School, change: dict[str, Any], message: str
) -> None:
    count = len(school.courses)
    reply = await caller.send("POST", "/courses", json=PLAIN | change)

    assert reply.status_code == 400
    assert message in reply.text
    assert len(school.courses) == count


async def test_a_partial_update_of_a_course_returns_no_body(caller: SchoologyCaller) -> None:
    reply = await caller.send("PUT", f"/courses/{OPEN}", json={"title": "New", "course_code": "N"})
    row = await caller.read(f"/courses/{OPEN}")

    assert (reply.status_code, reply.content) == (204, b"")
    assert (row["title"], row["course_code"], row["department"]) == (
        "New",
        "N",
        "Social Studies",
    )
    for change in ({"title": ""}, {"course_code": ""}, {"course_code": "BIO-101"}):
        assert (await caller.send("PUT", f"/courses/{OPEN}", json=change)).status_code == 400


async def test_a_district_course_name_is_included_on_request(
    caller: SchoologyCaller,
) -> None:
    await caller.send("PUT", f"/courses/{OPEN}", json={"district_course_name": "D-HIS"})
    rows = await caller.rows("/courses?fetch_district_course_name=1", "course")

    assert {row["district_course_name"] for row in rows if row["id"] == OPEN} == {"D-HIS"}


@pytest.mark.parametrize(("quirk", "status"), [("refused", 400), ("ignored", 204)])
async def test_a_synced_courses_code_is_locked(school: School, quirk: Any, status: int) -> None:
    caller = SchoologySandbox(school, SchoologyQuirks(locked_fields=quirk)).caller()
    reply = await caller.send("PUT", f"/courses/{COURSE}", json={"course_code": "NEW"})

    assert reply.status_code == status
    assert (await caller.read(f"/courses/{COURSE}"))["course_code"] == "BIO-101"
    unlocking = {"course_code": "NEW", "synced": 0}
    assert (await caller.send("PUT", f"/courses/{COURSE}", json=unlocking)).status_code == 204


async def test_deleting_a_course_deletes_its_sections(caller: SchoologyCaller) -> None:
    reply = await caller.send("DELETE", f"/courses/{COURSE}")

    assert (reply.status_code, reply.content) == (204, b"")
    assert (await caller.get(f"/courses/{COURSE}")).status_code == 404
    assert (await caller.get(f"/sections/{LAKESIDE.sections[0]}")).status_code == 404
    again = {"title": "Again", "course_code": "BIO-101"}
    assert (await caller.send("POST", "/courses", json=again)).status_code == 201


async def test_courses_with_sections_are_created_and_rejected_row_by_row(
    caller: SchoologyCaller, school: School
) -> None:
    nested = {"sections": {"section": [section("1"), section("1"), section("2")]}}
    duplicate = {"title": "Taken", "course_code": "BIO-101"}
    reply = await caller.send("POST", "/courses", json=bulk(PLAIN | nested, duplicate, {"title": "?"}))
    rows = reply.json()["course"]
    made = school.sections_of_course(int(rows[0]["id"]))

    assert reply.status_code == 207
    assert [row["response_code"] for row in rows] == [200, 400, 400]
    assert isinstance(rows[0]["id"], str)
    assert rows[0]["location"] == f"{SANDBOX_BASE}/courses/{rows[0]['id']}"
    inside = rows[0]["sections"]["section"]
    assert [row["response_code"] for row in inside] == [200, 400, 200]
    assert [row["id"] for row in inside if "id" in row] == [
        str(created_section.id) for created_section in made
    ]
    assert (rows[1]["message"], rows[1]["course_code"]) == (
        "The course code BIO-101 is already in use.",
        "BIO-101",
    )


async def test_existing_courses_and_sections_are_updated_by_their_codes(
    caller: SchoologyCaller,
) -> None:
    row = {
        "title": "Biology anew",
        "course_code": "BIO-101",
        "sections": {"section": [section("01", location="Lab"), section("09")]},
    }
    reply = await caller.send("POST", "/courses?update_existing=1", json=bulk(row))
    (results,) = reply.json()["course"]
    inside = results["sections"]["section"]

    assert results["id"] == str(COURSE)
    assert [result["response_code"] for result in inside] == [200, 200]
    assert inside[0]["id"] == str(LAKESIDE.sections[0])
    read = await caller.read(f"/sections/{inside[0]['id']}")
    assert (read["course_title"], read["location"]) == ("Biology anew", "Lab")


async def test_a_course_with_wrongly_wrapped_sections_is_rejected(
    caller: SchoologyCaller, school: School
) -> None:
    count = len(school.courses)
    reply = await caller.send("POST", "/courses", json=bulk(PLAIN | {"sections": [section("1")]}))

    assert [row["response_code"] for row in reply.json()["course"]] == [400]
    assert len(school.courses) == count


async def test_courses_are_updated_and_deleted_in_bulk(caller: SchoologyCaller) -> None:
    rows = bulk({"id": OPEN, "title": "New"}, {"id": "1", "title": "Nobody"})
    changed = await caller.send("PUT", "/courses", json=rows)
    deleted = await caller.send("DELETE", f"/courses?course_ids=1,{OPEN}")

    assert changed.status_code == 207
    assert changed.json()["course"][0] == {
        "response_code": 200,
        "id": str(OPEN),
        "course_code": "HIS-101",
    }
    assert changed.json()["course"][1]["response_code"] == 404
    assert deleted.status_code == 207
    assert [row["response_code"] for row in deleted.json()["course"]] == [404, 200]
    assert (await caller.get(f"/courses/{OPEN}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/courses"),
        ("PUT", "/courses"),
        ("DELETE", f"/courses?course_ids={OPEN}"),
        ("PUT", f"/courses/{OPEN}"),
        ("DELETE", f"/courses/{OPEN}"),
    ],
)
async def test_only_an_administrator_writes_courses(caller: SchoologyCaller, method: str, path: str) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)
    reply = await staff.send(method, path, json=PLAIN)

    assert (reply.status_code, reply.text) == (403, "")
