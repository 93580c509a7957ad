"""Bulk writes of sections at Schoology, with a result for each row."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.models import Section
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

COURSE = LAKESIDE.course
SECTION = LAKESIDE.sections[0]  # synced, and full
NOW, NEXT = LAKESIDE.current_term, LAKESIDE.future_term
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


async def test_rows_are_created_and_rejected_in_their_order(caller: SchoologyCaller, school: School) -> None:
    valid = {"title": "A", "section_school_code": "A1", "grading_periods": [NOW]}
    duplicate = {"title": "B", "section_school_code": "BIO-101-01-AU2026", "grading_periods": [NOW]}
    reply = await caller.send("POST", SECTIONS, json=bulk(valid, duplicate, "nonsense", PLAIN))
    rows = reply.json()["section"]
    created = school.by_sis(Section, "A1")

    assert reply.status_code == 207
    assert created is not None
    assert rows[0] == {
        "response_code": 200,
        "id": str(created.id),
        "location": f"{SANDBOX_BASE}/sections/{created.id}",
        "section_code": "",
        "section_school_code": "A1",
        "synced": None,
        "grading_periods": [NOW],
    }
    assert rows[1] == {
        "response_code": 400,
        "message": "The section school code BIO-101-01-AU2026 is already in use.",
        "section_school_code": "BIO-101-01-AU2026",
        "grading_periods": [NOW],
    }
    assert [row["response_code"] for row in rows] == [200, 400, 400, 200]


async def test_the_format_of_rejected_rows_is_configurable(school: School) -> None:
    caller = with_quirks(school, failed_row_key="error", failed_row_echo="nothing")
    reply = await caller.send("POST", SECTIONS, json=bulk({"section_code": "X"}))

    assert reply.json() == {"section": [{"response_code": 400, "error": "The field title is required."}]}


async def test_two_rows_of_one_request_may_not_share_a_code(caller: SchoologyCaller) -> None:
    reply = await caller.send("POST", SECTIONS, json=bulk(PLAIN, PLAIN))

    assert [row["response_code"] for row in reply.json()["section"]] == [200, 400]


async def test_existing_sections_are_updated_by_code_and_periods(
    caller: SchoologyCaller,
) -> None:
    made = await create(caller)
    rows = bulk(
        PLAIN | {"title": "Renamed"},
        PLAIN | {"title": "Other period", "grading_periods": [NEXT]},
        PLAIN | {"title": "Overlap", "grading_periods": [NOW, NEXT]},
    )
    reply = await caller.send("POST", f"{SECTIONS}?update_existing=1", json=rows)
    results = reply.json()["section"]

    assert [row["response_code"] for row in results] == [200, 200, 400]
    assert results[0]["id"] == made["id"]
    assert results[1]["id"] != made["id"]
    assert (await caller.read(f"/sections/{made['id']}"))["section_title"] == "Renamed"


@pytest.mark.parametrize(("quirk", "code"), [("section_code", 400), ("any_code", 200)])
async def test_an_import_may_find_a_section_by_its_school_code(school: School, quirk: str, code: int) -> None:
    caller = with_quirks(school, update_matches=quirk)
    row = {"title": "C", "section_school_code": "BIO-101-01-AU2026", "grading_periods": [NOW]}
    reply = await caller.send("POST", f"{SECTIONS}?update_existing=1", json=bulk(row))

    assert reply.json()["section"][0]["response_code"] == code


@pytest.mark.parametrize(("quirk", "count"), [("refused", 0), ("dropped", 50)])
async def test_more_than_fifty_rows_are_rejected_or_dropped(school: School, quirk: str, count: int) -> None:
    caller = with_quirks(school, bulk_overflow=quirk)
    before = len(school.sections)
    rows = [PLAIN | {"section_code": f"X{index}"} for index in range(51)]
    reply = await caller.send("POST", SECTIONS, json=bulk(*rows))

    assert reply.status_code == (207 if count else 400)
    assert len(school.sections) - before == count


@pytest.mark.parametrize("body", [{"sections": [PLAIN]}, {"sections": {}}, {"sections": "x"}])
async def test_wrongly_wrapped_rows_are_rejected(caller: SchoologyCaller, body: Any) -> None:
    assert (await caller.send("POST", SECTIONS, json=body)).status_code == 400
    assert (await caller.send("PUT", "/sections", json=body)).status_code == 400


async def test_one_wrapped_object_is_one_row(caller: SchoologyCaller) -> None:
    reply = await caller.send("POST", SECTIONS, json={"sections": {"section": PLAIN}})

    assert len(reply.json()["section"]) == 1


@pytest.mark.parametrize(("row_code", "status"), [(200, 207), (204, 200)])
async def test_sections_are_updated_in_bulk(school: School, row_code: int, status: int) -> None:
    caller = with_quirks(school, changed_row_code=row_code, bulk_put_status=status)
    rows = bulk({"id": SECTION, "location": "Lab"}, {"id": "1", "title": "Nobody"}, {})
    reply = await caller.send("PUT", "/sections", json=rows)
    results = reply.json()["section"]

    assert reply.status_code == status
    assert [row["response_code"] for row in results] == [row_code, 404, 404]
    assert results[0] == {
        "response_code": row_code,
        "id": str(SECTION),
        "location": f"{SANDBOX_BASE}/sections/{SECTION}",
        "section_code": "01",
        "section_school_code": "BIO-101-01-AU2026",
        "synced": "1",
        "grading_periods": [NOW],
    }
    assert (await caller.read(f"/sections/{SECTION}"))["location"] == "Lab"


async def test_sections_are_deleted_in_bulk(caller: SchoologyCaller, school: School) -> None:
    deleted = [(await create(caller, section_code=f"G{index}"))["id"] for index in range(2)]
    reply = await caller.send("DELETE", f"/sections?section_ids={deleted[0]},77,{deleted[1]}")

    assert reply.status_code == 207
    assert [row["response_code"] for row in reply.json()["section"]] == [200, 404, 200]
    assert {school.sections[int(section_id)].state for section_id in deleted} == {"deleted"}
