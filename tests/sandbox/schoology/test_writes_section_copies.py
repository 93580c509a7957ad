"""Copies of sections at Schoology: accepted immediately, made later by the clock."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import STAFF_KEY, STAFF_SECRET
from tests.sandbox.schoology.client import SchoologyCaller, SchoologySandbox

COURSE = LAKESIDE.course
SECTION = LAKESIDE.sections[0]  # synced, and full
NOW = LAKESIDE.current_term
SECTIONS = f"/courses/{COURSE}/sections"
PLAIN = {"title": "Night school", "section_code": "N1", "grading_periods": [NOW]}


@pytest.fixture
def school() -> School:
    return lakeside(13)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def with_quirks(school: School, **quirks: Any) -> SchoologyCaller:
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller()


def bulk(*rows: Any) -> dict[str, Any]:
    return {"sections": {"section": list(rows)}}


async def create(caller: SchoologyCaller, **fields: Any) -> Any:
    reply = await caller.send("POST", SECTIONS, json=PLAIN | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()


def copy_row(**fields: Any) -> dict[str, Any]:
    return bulk(
        {
            "source_section_id": SECTION,
            "title": "Copied",
            "section_school_code": "COPY-1",
            "course_id": COURSE,
            "grading_periods": [NOW],
            **fields,
        }
    )


async def find_copies(caller: SchoologyCaller, code: str = "COPY-1") -> list[Any]:
    return await caller.rows(f"/sections?section_school_codes={code}", "section")


async def test_a_copy_is_accepted_without_an_id_and_found_later_by_its_code(
    caller: SchoologyCaller, school: School
) -> None:
    calm = caller.with_options(waits_for_credits=False)
    reply = await calm.send("POST", "/sections/copy", json=copy_row(description="Twin"))

    assert reply.status_code == 200
    assert reply.json() == {
        "section": [
            {
                "section_school_code": "COPY-1",
                "grading_periods": [NOW],
                "title": "Copied",
                "transfer_url": "https://lakeside.example/settings/transfers",
                "response_code": 200,
                "description": "Twin",
            }
        ]
    }
    assert await find_copies(calm) == []
    caller.sandbox.clock.now += 5
    (copy,) = await find_copies(calm)
    assert (copy["section_title"], copy["description"], copy["synced"]) == ("Copied", "Twin", "1")
    assert school.sections[int(copy["id"])].has_content


async def test_a_copy_that_never_ends_is_never_found(school: School) -> None:
    caller = with_quirks(school, copy_delay=None, copy_status=207)
    reply = await caller.send("POST", "/sections/copy", json=copy_row())
    caller.sandbox.clock.now += 86_400

    assert reply.status_code == 207
    assert await find_copies(caller) == []


@pytest.mark.parametrize(
    "form",
    [
        {"source_section_id": None, "source_section_school_code": "BIO-101-02-AU2026"},
        {"course_id": None, "course_code": "HIS-101"},
        {"synced": 0},
    ],
)
async def test_source_and_course_may_be_named_by_id_or_code(
    caller: SchoologyCaller, form: dict[str, Any]
) -> None:
    await caller.send("POST", "/sections/copy", json=copy_row(**form))
    (copy,) = await find_copies(caller)

    assert copy["course_code"] == form.get("course_code", "BIO-101")
    assert copy["synced"] == str(form.get("synced", 1))


async def test_a_copy_into_an_empty_section_adds_content_to_it(
    caller: SchoologyCaller, school: School
) -> None:
    empty = await create(caller, section_school_code="EMPTY")
    for target in ({"section_id": empty["id"]}, {"section_school_code": "EMPTY"}):
        school.sections[int(empty["id"])].has_content = False
        count = len(school.sections)
        await caller.send("POST", "/sections/copy?enroll_user=1", json=copy_row(**target))
        roster = await caller.rows(f"/sections/{empty['id']}/enrollments", "enrollment")

        assert school.sections[int(empty["id"])].has_content
        assert len(school.sections) == count
        assert [(row["uid"], row["admin"]) for row in roster] == [(str(LAKESIDE.admin), 1)]


async def test_a_copy_by_section_code_is_a_new_section(caller: SchoologyCaller) -> None:
    target = {"section_school_code": None, "section_code": "C9"}
    await caller.send("POST", "/sections/copy", json=copy_row(**target))

    rows = await caller.rows(SECTIONS, "section")
    assert [row["section_title"] for row in rows if row["section_code"] == "C9"] == ["Copied"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"source_section_id": 1}, 404),
        ({"source_section_id": None}, 400),
        ({"source_section_id": None, "source_section_school_code": "none"}, 404),
        ({"section_id": LAKESIDE.sections[1]}, 400),
        ({"section_school_code": "BIO-101-02-AU2026"}, 400),
        ({"section_school_code": None}, 400),
        ({"section_school_code": None, "section_code": "02"}, 400),
        ({"course_id": None}, 400),
        ({"course_id": None, "course_code": "none"}, 404),
        ({"title": ""}, 400),
        ({"grading_periods": []}, 400),
        ({"grading_periods": [1]}, 400),
    ],
)
async def test_an_impossible_copy_is_rejected_immediately(
    caller: SchoologyCaller, school: School, form: dict[str, Any], code: int
) -> None:
    count = len(school.sections)
    reply = await caller.send("POST", "/sections/copy", json=copy_row(**form))
    (row,) = reply.json()["section"]
    await caller.get("/app-user-info")

    assert row["response_code"] == code
    assert row["message"]
    assert len(school.sections) == count


async def test_a_copy_whose_code_was_used_meanwhile_is_not_made(
    caller: SchoologyCaller, school: School
) -> None:
    calm = caller.with_options(waits_for_credits=False)
    await calm.send("POST", "/sections/copy", json=copy_row())
    await calm.send("POST", "/sections/copy", json=copy_row())
    count = len(school.sections)

    assert len(await find_copies(caller)) == 1
    assert len(school.sections) == count + 1


async def test_a_teacher_may_not_copy(caller: SchoologyCaller) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)

    assert (await staff.send("POST", "/sections/copy", json=copy_row())).status_code == 403
