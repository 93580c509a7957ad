"""Writes of enrollments at Schoology."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology.api_keys import (
    PERSONAL_KEY,
    PERSONAL_SECRET,
    STAFF_KEY,
    STAFF_SECRET,
    STUDENT_KEY,
    STUDENT_SECRET,
)
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

SECTION = LAKESIDE.sections[3]  # without students
FULL = LAKESIDE.sections[0]
ROSTER = f"/sections/{SECTION}/enrollments"
PUPIL = LAKESIDE.student
STAFF = {"key": STAFF_KEY, "secret": STAFF_SECRET}
STUDENT = {"key": STUDENT_KEY, "secret": STUDENT_SECRET}


@pytest.fixture
def school() -> School:
    return lakeside(13)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def member(uid: Any = PUPIL, **fields: Any) -> dict[str, Any]:
    return {"uid": str(uid), "admin": "0", "status": "1", **fields}


def bulk(*rows: Any) -> dict[str, Any]:
    return {"enrollments": {"enrollment": list(rows)}}


def rows_of(reply: Any) -> list[Any]:
    rows: list[Any] = reply.json()["enrollments"]["enrollment"]
    return rows


async def enrolled_users(caller: SchoologyCaller, section: int = SECTION) -> dict[str, tuple[int, str]]:
    rows = await caller.rows(f"/sections/{section}/enrollments", "enrollment")
    return {row["uid"]: (row["admin"], row["status"]) for row in rows}


async def test_the_status_of_a_created_enrollment_is_a_number(caller: SchoologyCaller) -> None:
    reply = await caller.send("POST", ROSTER, json=member())
    row = reply.json()
    read = await caller.read(f"{ROSTER}/{row['id']}")

    assert reply.status_code == 201
    assert (row["uid"], row["admin"], row["status"]) == (str(PUPIL), 0, 1)
    assert row["links"] == {"self": f"{SANDBOX_BASE}{ROSTER}/{row['id']}"}
    assert (read["status"], read["admin"]) == ("1", 0)
    assert row == read | {"status": 1, "links": row["links"]}
    mine = await caller.rows(f"/users/{PUPIL}/sections", "section")
    assert str(SECTION) in {section["id"] for section in mine}


@pytest.mark.parametrize(
    "change",
    [
        {"uid": ""},
        {"uid": "1"},
        {"uid": "x"},
        {"admin": "2"},
        {"status": "6"},
        {"status": "0"},
        {"uid": str(LAKESIDE.teacher)},
    ],
)
async def test_an_invalid_enrollment_is_rejected(caller: SchoologyCaller, change: dict[str, Any]) -> None:
    before = await enrolled_users(caller)
    reply = await caller.send("POST", ROSTER, json=member() | change)

    assert reply.status_code == 400
    assert await enrolled_users(caller) == before


@pytest.mark.parametrize("name", ["uid", "admin", "status"])
async def test_an_enrollment_requires_user_admin_flag_and_status(caller: SchoologyCaller, name: str) -> None:
    fields = {key: value for key, value in member().items() if key != name}
    reply = await caller.send("POST", ROSTER, json=fields)

    assert (reply.status_code, reply.text) == (400, f"The field {name} is required.")


async def test_enrollments_are_created_in_bulk_in_rows_wrapped_twice(
    caller: SchoologyCaller,
) -> None:
    reply = await caller.send("POST", ROSTER, json=bulk(member(), member(), member(1)))
    rows = rows_of(reply)

    assert reply.status_code == 207
    assert [row["response_code"] for row in rows] == [200, 400, 400]
    assert rows[0] == {
        "response_code": 200,
        "id": rows[0]["id"],
        "uid": PUPIL,
        "location": f"{SANDBOX_BASE}{ROSTER}/{rows[0]['id']}",
    }
    assert isinstance(rows[0]["id"], str)
    assert rows[2] == {
        "response_code": 400,
        "message": "The value of uid is not valid.",
        "uid": "1",
    }


async def test_enrollments_are_updated_and_deleted_one_by_one(caller: SchoologyCaller) -> None:
    path = f"{ROSTER}/{(await caller.send('POST', ROSTER, json=member())).json()['id']}"
    changed = await caller.send("PUT", path, json={"uid": str(PUPIL), "status": "5", "admin": 1})

    assert (changed.status_code, changed.content) == (204, b"")
    assert (await enrolled_users(caller))[str(PUPIL)] == (1, "5")
    assert (await caller.send("PUT", path, json={"uid": "7"})).status_code == 400
    wrong = path.replace(str(SECTION), str(FULL))
    assert (await caller.send("PUT", wrong, json={})).status_code == 403
    assert (await caller.send("DELETE", path)).status_code == 204
    assert str(PUPIL) not in await enrolled_users(caller)
    assert (await caller.send("DELETE", path)).status_code == 404
    assert (await caller.send("POST", ROSTER, json=member())).status_code == 201


async def test_enrollments_are_updated_and_deleted_in_bulk(caller: SchoologyCaller) -> None:
    number = (await caller.send("POST", ROSTER, json=member())).json()["id"]
    changed = await caller.send("PUT", ROSTER, json=bulk({"id": number, "status": 2}, {"id": 1}))
    deleted = await caller.send("DELETE", f"/enrollments?enrollment_ids={number},1")

    assert changed.status_code == deleted.status_code == 207
    assert rows_of(changed)[0] == {"response_code": 200, "id": number}
    assert [row["response_code"] for row in rows_of(changed)] == [200, 404]
    assert [row["response_code"] for row in rows_of(deleted)] == [200, 404]
    assert str(PUPIL) not in await enrolled_users(caller)


async def test_each_row_may_name_its_own_section(caller: SchoologyCaller) -> None:
    rows = [
        member(realm="section", section_id=SECTION),
        member(realm="section", section_id=FULL),
        member(realm="group", group_id=65371),
        member(realm="section", section_id=1),
    ]
    results = rows_of(await caller.send("POST", "/enrollments", json=bulk(*rows)))
    again = await caller.send("POST", "/enrollments?update_existing=1", json=bulk(rows[1]))

    assert [row["response_code"] for row in results] == [200, 400, 403, 404]
    assert (results[0]["realm"], results[0]["realm_id"]) == ("section", str(SECTION))
    assert [row["response_code"] for row in rows_of(again)] == [200]


async def test_an_import_by_school_codes_is_an_upsert(caller: SchoologyCaller) -> None:
    row = {"section_school_code": "BIO-101-04-AU2026", "school_uid": "P000003"}
    path = "/enrollments/import/course"
    results = rows_of(await caller.send("POST", path, json=bulk(row)))

    assert results[0]["location"].startswith(f"{SANDBOX_BASE}{ROSTER}/")
    assert results == [
        {
            "response_code": 200,
            "location": results[0]["location"],
            "school_uid": "P000003",
            "section_school_code": "BIO-101-04-AU2026",
            "course_code": "BIO-101",
            "section_code": "04",
        }
    ]
    assert (await enrolled_users(caller))[str(PUPIL)] == (0, "1")
    await caller.send("POST", path, json=bulk(row | {"admin": "1"}))
    assert (await enrolled_users(caller))[str(PUPIL)] == (1, "1")
    deleted = rows_of(await caller.send("POST", path, json=bulk(row | {"delete": "1"})))
    assert deleted[0]["response_code"] == 200
    assert str(PUPIL) not in await enrolled_users(caller)
    wrong = [row | {"delete": "1"}, row | {"school_uid": "nobody"}, {"school_uid": "P000003"}]
    refused = rows_of(await caller.send("POST", path, json=bulk(*wrong)))
    assert [result["response_code"] for result in refused] == [404, 404, 404]
    assert refused[1]["school_uid"] == "nobody"


async def test_an_import_finds_sections_by_course_code_and_period(caller: SchoologyCaller) -> None:
    row = {"course_code": "BIO-101", "section_code": "04", "school_uid": "P000003"}
    path = "/enrollments/import/course"
    results = rows_of(await caller.send("POST", f"{path}/{LAKESIDE.current_term}", json=bulk(row, row)))
    past = rows_of(await caller.send("POST", f"{path}/{LAKESIDE.past_term}", json=bulk(row)))

    assert [result["response_code"] for result in results] == [200, 200]
    assert "section_school_code" not in results[0]
    assert results[0]["location"] == results[1]["location"]
    assert [result["response_code"] for result in past] == [404]


async def test_a_user_joins_with_the_access_code(caller: SchoologyCaller) -> None:
    fields = {"title": "Open", "section_code": "O", "grading_periods": [LAKESIDE.current_term]}
    section = (await caller.send("POST", f"/courses/{LAKESIDE.course}/sections", json=fields)).json()
    student, path = caller.with_options(**STUDENT), f"/sections/{section['id']}/accesscode"
    wrong = await student.send("POST", path, json={"access_code": "AAAAA-AAAAA"})
    reply = await student.send("POST", path, json={"access_code": section["access_code"]})
    again = await student.send("POST", path, json={"access_code": section["access_code"]})

    assert (wrong.status_code, again.status_code) == (403, 400)
    assert reply.status_code == 201
    assert (reply.json()["uid"], reply.json()["status"]) == (str(PUPIL), "1")
    assert "links" not in reply.json()
    assert await enrolled_users(caller, int(section["id"])) == {str(PUPIL): (0, "1")}
    assert (await student.send("POST", path, json={})).status_code == 400


async def test_a_teacher_enrolls_in_own_sections_and_a_student_in_none(
    caller: SchoologyCaller,
) -> None:
    staff, student = caller.with_options(**STAFF), caller.with_options(**STUDENT)
    other_roster = f"/sections/{LAKESIDE.awkward_section}/enrollments"

    assert (await staff.send("POST", ROSTER, json=member())).status_code == 201
    assert (await staff.send("POST", other_roster, json=member())).status_code == 403
    assert (await student.send("POST", ROSTER, json=member())).status_code == 403
    assert (await student.send("POST", "/enrollments", json=bulk())).status_code == 403
    imported = await staff.send("POST", "/enrollments/import/course", json=bulk())
    assert imported.status_code == 403
    mine = caller.with_options(key=PERSONAL_KEY, secret=PERSONAL_SECRET)
    assert (await mine.send("POST", ROSTER, json=member())).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/enrollments"), ("POST", f"{ROSTER}/5"), ("PATCH", ROSTER)],
)
async def test_an_unsupported_method_of_a_roster_is_rejected(
    caller: SchoologyCaller, method: str, path: str
) -> None:
    assert (await caller.send(method, path, json={})).status_code == 405
