"""Many changes in one mutation: every row accounted for, in order, at both vendors."""

from collections import Counter
from typing import Any

import pytest

from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.faults import Fault
from lms_gateway.sandbox.schoology import SchoologyHabits
from lms_gateway.sandbox.world import LAKESIDE, MAPLE, School
from tests.stage import Stage, staged

CREATE = """mutation ($input: CreateSectionsInput!) { createSections(input: $input) {
  results { index status section { vendorId name } errors { code field } } errors { code } } }"""
COURSES = """mutation ($input: CreateCoursesInput!) { createCourses(input: $input) {
  results { index status course { vendorId name sections { nodes { name code } } }
    errors { code field message } } } }"""
COURSE = {"maple": MAPLE.course, "lakeside": LAKESIDE.course}
SECTION = {"maple": MAPLE.sections[0], "lakeside": LAKESIDE.sections[0]}
# What is tried here is not the vendors' patience.
HABITS: dict[str, Any] = {
    "canvas_habits": CanvasHabits(job_seconds=0, throttles=False),
    "schoology_habits": SchoologyHabits(copy_delay=0.0),
}


def school_of(stage: Stage, tenant: str) -> School:
    sandbox = stage.sandbox
    return sandbox.canvas_school if tenant == "maple" else sandbox.schoology_school


def stored(stage: Stage, tenant: str, prefix: str = "Row ") -> Counter[str]:
    """How many sections of each name the vendor has."""
    sections = school_of(stage, tenant).sections.values()
    return Counter(s.name for s in sections if s.name.startswith(prefix) and s.state == "active")


async def term_of(stage: Stage) -> str:
    data = await stage.answer(
        "query ($id: ID!) { section(by: {vendorId: $id}) { terms { id } } }",
        "lakeside",
        id=str(LAKESIDE.sections[0]),
    )
    id: str = data["section"]["terms"][0]["id"]
    return id


async def rows_for(stage: Stage, tenant: str, count: int) -> list[dict[str, Any]]:
    """New sections; three of them are not to be had: a school code that is taken, a course that is
    none, and what only the other vendor has."""
    foreign = {"location": "Room 1"} if tenant == "maple" else {"startAt": "2026-09-01T06:00:00Z"}
    terms = [] if tenant == "maple" else [await term_of(stage)]
    rows: list[dict[str, Any]] = []
    for at in range(count):
        row = {
            "course": {"vendorId": str(COURSE[tenant])},
            "name": f"Row {at}",
            "sisId": f"ROW-{at}",
        }
        rows.append(row | ({"terms": terms} if terms else {}))
    there = school_of(stage, tenant).sections[SECTION[tenant]]
    rows[7]["sisId"] = there.sis_id
    rows[60]["course"] = {"vendorId": "999999"}
    rows[119] |= foreign
    return rows


def check_rows(results: list[dict[str, Any]], dead: set[int]) -> None:
    """Every row is there, in order, and those that are not confirmed are the ones that may not."""
    assert [row["index"] for row in results] == list(range(len(results)))
    assert {row["index"] for row in results if row["status"] == "UNKNOWN"} == dead
    refused = {row["index"]: row for row in results if row["status"] == "REFUSED"}
    assert {at: row["errors"][0]["code"] for at, row in refused.items()} == {
        at: code
        for at, code in ((7, "CONFLICT"), (60, "NOT_FOUND"), (119, "UNSUPPORTED_BY_VENDOR"))
        if at not in dead
    }
    assert {at: row["errors"][0]["field"][:3] for at, row in refused.items()} == {
        at: ["input", "sections", str(at)] for at in refused
    }
    for row in results:
        if row["status"] == "CONFIRMED":
            assert (row["section"]["name"], row["errors"]) == (f"Row {row['index']}", [])
        else:
            assert row["section"] is None
        if row["status"] == "UNKNOWN":
            assert [error["code"] for error in row["errors"]] == ["OUTCOME_UNKNOWN"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_120_creates_with_three_refused_rows_are_accounted_for(tenant: str) -> None:
    async with staged(sections=13, **HABITS) as stage:
        rows = await rows_for(stage, tenant, 120)
        stage.cold()
        data = await stage.answer(CREATE, tenant, input={"sections": rows})
        results = data["createSections"]["results"]
        check_rows(results, set())
        names = [row["section"]["name"] for row in results if row["status"] == "CONFIRMED"]
        assert stored(stage, tenant) == Counter(names)
        writes = [one for one in stage.log.entries() if one.method == "POST"]
        writes = [one for one in writes if one.path.endswith("/sections")]
        # Canvas: one call a row that is sent; Schoology: fifty a call, and one for the other course
        assert len(writes) == (119 if tenant == "maple" else 4)


async def test_a_dead_chunk_is_unknown_and_the_others_are_done() -> None:
    """Of the calls that went out side by side, Schoology ran the second to come, and its answer was
    lost."""
    fault = Fault("cut_after", "schoology", "POST", rf"^/courses/{LAKESIDE.course}/sections", 2)
    async with staged(sections=13, faults=[fault], **HABITS) as stage:
        rows = await rows_for(stage, "lakeside", 120)
        data = await stage.answer(CREATE, "lakeside", input={"sections": rows})
        results = data["createSections"]["results"]
        dead = {row["index"] for row in results if row["status"] == "UNKNOWN"}
        sent = [at for at in range(119) if at != 60]  # to that course; 119 never leaves
        assert dead in [set(sent[first : first + 50]) for first in (0, 50, 100)]
        check_rows(results, dead)
        found = stored(stage, "lakeside")
        assert set(found.values()) == {1}
        confirmed = {row["section"]["name"] for row in results if row["status"] == "CONFIRMED"}
        assert confirmed <= set(found)


async def test_dead_calls_among_canvass_are_unknown_and_the_others_are_done() -> None:
    fault = Fault("cut_after", "canvas", "POST", "/sections$", first=30, count=10)
    async with staged(sections=13, faults=[fault], **HABITS) as stage:
        rows = await rows_for(stage, "maple", 120)
        data = await stage.answer(CREATE, "maple", input={"sections": rows})
        results = data["createSections"]["results"]
        dead = {row["index"] for row in results if row["status"] == "UNKNOWN"}
        # A cut of what would have been refused is not known either.
        assert len(dead) == 10
        check_rows(results, dead)
        assert set(stored(stage, "maple").values()) == {1}


async def test_what_is_there_already_is_updated_on_request() -> None:
    async with staged(sections=13, **HABITS) as stage:
        term = await term_of(stage)
        base = {"course": {"vendorId": str(LAKESIDE.course)}, "terms": [term]}
        first = {**base, "name": "Row old", "code": "R1"}
        await stage.answer(CREATE, "lakeside", input={"sections": [first]})
        data = await stage.answer(
            CREATE,
            "lakeside",
            input={
                "sections": [{**first, "name": "Row new"}, {**first, "code": "R2"}],
                "schoology": {"updateExisting": True},
            },
        )
        results = data["createSections"]["results"]
        assert [row["status"] for row in results] == ["CONFIRMED", "CONFIRMED"]
        assert [row["section"]["name"] for row in results] == ["Row new", "Row old"]
        assert stored(stage, "lakeside") == Counter({"Row new": 1, "Row old": 1})


@pytest.mark.parametrize("tenant", COURSE)
async def test_sections_are_changed_and_deleted_in_bulk(tenant: str) -> None:
    async with staged(sections=13, **HABITS) as stage:
        rows = (await rows_for(stage, tenant, 120))[:6]
        made = await stage.answer(CREATE, tenant, input={"sections": rows})
        ids = [row["section"]["vendorId"] for row in made["createSections"]["results"]]
        patches = [
            {"section": {"vendorId": id}, "name": f"Row changed {at}"} for at, id in enumerate(ids)
        ]
        patches[2]["section"] = {"vendorId": "999999"}
        data = await stage.answer(
            """mutation ($input: UpdateSectionsInput!) { updateSections(input: $input) { results {
                 index status section { name } errors { code field } } } }""",
            tenant,
            input={"sections": patches},
        )
        results = data["updateSections"]["results"]
        assert [row["status"] for row in results] == [
            "REFUSED" if at == 2 else "CONFIRMED" for at in range(6)
        ]
        assert results[2]["errors"] == [
            {"code": "NOT_FOUND", "field": ["input", "sections", "2", "section"]}
        ]
        assert [row["section"] and row["section"]["name"] for row in results] == [
            None if at == 2 else f"Row changed {at}" for at in range(6)
        ]
        assert stored(stage, tenant, "Row changed") == Counter(
            {f"Row changed {at}": 1 for at in range(6) if at != 2}
        )

        data = await stage.answer(
            """mutation ($refs: [SectionRef!]!) { deleteSections(input: {sections: $refs}) {
                 results { status section { name studentCount course { name } }
                   errors { code field } } } }""",
            tenant,
            refs=[{"vendorId": id} for id in [*ids, "999999"]],
        )
        *gone, unknown = data["deleteSections"]["results"]
        assert [row["status"] for row in gone] == ["CONFIRMED"] * 6
        assert gone[0]["section"]["name"] == "Row changed 0"
        assert gone[0]["section"]["studentCount"] == 0
        assert gone[0]["section"]["course"]["name"]
        assert unknown["errors"] == [{"code": "NOT_FOUND", "field": ["input", "sections", "6"]}]
        assert stored(stage, tenant) == Counter()


async def test_courses_are_made_with_their_sections() -> None:
    """Schoology makes them in one call; what of the nested is refused is named."""
    async with staged(sections=13, **HABITS) as stage:
        term = await term_of(stage)
        nested = [{"name": "Row a", "code": "A", "terms": [term]}]
        courses = [
            {"name": "Botany", "code": "BOT-1", "sections": nested},
            {"name": "Zoology", "code": "ZOO-1", "sections": [*nested, {"name": "Row b"}]},
            {"name": "Geology", "code": "GEO-1"},
        ]
        stage.cold()
        data = await stage.answer(COURSES, "lakeside", input={"courses": courses})
        first, second, third = data["createCourses"]["results"]
        assert [row["status"] for row in (first, second, third)] == [
            "CONFIRMED",
            "REFUSED",
            "CONFIRMED",
        ]
        assert first["course"]["sections"]["nodes"] == [{"name": "Row a", "code": "A"}]
        assert third["course"]["sections"]["nodes"] == []
        assert sorted(".".join(error["field"]) for error in second["errors"]) == [
            "input.courses.1.sections.1.code",
            "input.courses.1.sections.1.terms",
        ]
        assert stored(stage, "lakeside") == Counter({"Row a": 1})
        writes = [one for one in stage.calls() if one.startswith("POST /courses")]
        assert writes == ["POST /courses"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_courses_are_made_and_changed_in_bulk(tenant: str) -> None:
    async with staged(sections=13, **HABITS) as stage:
        courses = [{"name": f"Subject {at}", "code": f"S-{at}"} for at in range(3)]
        data = await stage.answer(COURSES, tenant, input={"courses": courses})
        rows = data["createCourses"]["results"]
        assert [(row["status"], row["course"]["name"]) for row in rows] == [
            ("CONFIRMED", f"Subject {at}") for at in range(3)
        ]
        data = await stage.answer(
            """mutation ($input: UpdateCoursesInput!) { updateCourses(input: $input) { results {
                 status course { name code } errors { code field } } } }""",
            tenant,
            input={
                "courses": [
                    {"course": {"vendorId": rows[0]["course"]["vendorId"]}, "name": "Other"},
                    {"course": {"vendorId": "999999"}, "name": "None"},
                ]
            },
        )
        changed, unknown = data["updateCourses"]["results"]
        assert changed["course"] == {"name": "Other", "code": "S-0"}
        assert (unknown["status"], unknown["errors"][0]["field"]) == (
            "REFUSED",
            ["input", "courses", "1", "course"],
        )
        stored_courses = school_of(stage, tenant).courses
        assert stored_courses[int(rows[0]["course"]["vendorId"])].name == "Other"


async def test_canvas_makes_a_course_without_sections() -> None:
    async with staged(sections=13, **HABITS) as stage:
        data = await stage.answer(
            COURSES,
            "maple",
            input={"courses": [{"name": "Botany", "sections": [{"name": "Row a"}]}]},
        )
        (row,) = data["createCourses"]["results"]
        (error,) = row["errors"]
        assert (row["status"], error["code"]) == ("REFUSED", "UNSUPPORTED_BY_VENDOR")
        assert error["field"] == ["input", "courses", "0", "sections"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_people_are_enrolled_in_bulk(tenant: str) -> None:
    marks = MAPLE if tenant == "maple" else LAKESIDE
    section = {"vendorId": str(marks.sections[3])}
    async with staged(sections=13, **HABITS) as stage:
        people = [{"vendorId": str(id)} for id in (marks.student, marks.ta, 999999)]
        data = await stage.answer(
            """mutation ($input: EnrollUsersInput!) { enrollUsers(input: $input) { results {
                 index status enrollment { vendorId role user { vendorId } }
                 errors { code field } } } }""",
            tenant,
            input={
                "enrollments": [
                    {"section": section, "user": person, "role": "STUDENT"} for person in people
                ]
            },
        )
        *done, unknown = data["enrollUsers"]["results"]
        assert [row["status"] for row in done] == ["CONFIRMED", "CONFIRMED"]
        assert [row["enrollment"]["user"]["vendorId"] for row in done] == [
            str(marks.student),
            str(marks.ta),
        ]
        assert unknown["status"] == "REFUSED"
        assert unknown["errors"][0]["code"] in ("NOT_FOUND", "BAD_USER_INPUT")
        school = school_of(stage, tenant)
        enrolled = {one.user_id for one in school.enrollments_of_section(marks.sections[3])}
        assert {marks.student, marks.ta} <= enrolled


async def test_more_than_500_rows_are_refused_before_anything_is_sent(writable: Stage) -> None:
    row = {"course": {"vendorId": "1"}, "name": "Row"}
    answer = await writable.ask(CREATE, "maple", input={"sections": [row] * 501})
    assert answer.codes == [("createSections", "BAD_USER_INPUT")]
    assert writable.calls() == []


@pytest.mark.parametrize("tenant", COURSE)
async def test_no_rows_are_no_calls(writable: Stage, tenant: str) -> None:
    data = await writable.answer(CREATE, tenant, input={"sections": []})
    assert data["createSections"] == {"results": [], "errors": []}
    assert writable.calls() == []
