"""Bulk mutations: one result per row, in order, at both vendors."""

from collections import Counter
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault
from lms_sandbox.schoology import SchoologyQuirks
from tests.harness import GatewayHarness, running_gateway

CREATE = """mutation ($input: CreateSectionsInput!) { createSections(input: $input) {
  results { index status section { vendorId name } errors { code field } } errors { code } } }"""
COURSES = """mutation ($input: CreateCoursesInput!) { createCourses(input: $input) {
  results { index status course { vendorId name sections { nodes { name code } } }
    errors { code field message } } } }"""
COURSE = {"maple": MAPLE.course, "lakeside": LAKESIDE.course}
SECTION = {"maple": MAPLE.sections[0], "lakeside": LAKESIDE.sections[0]}
# Rate limits are not part of these tests.
QUIRKS: dict[str, Any] = {
    "canvas_quirks": CanvasQuirks(job_seconds=0, throttles=False),
    "schoology_quirks": SchoologyQuirks(copy_delay=0.0),
}


def school_of(gateway: GatewayHarness, tenant: str) -> School:
    sandbox = gateway.sandbox
    return sandbox.canvas_school if tenant == "maple" else sandbox.schoology_school


def stored(gateway: GatewayHarness, tenant: str, prefix: str = "Row ") -> Counter[str]:
    """Count the vendor's sections by name."""
    sections = school_of(gateway, tenant).sections.values()
    return Counter(s.name for s in sections if s.name.startswith(prefix) and s.state == "active")


async def current_term(gateway: GatewayHarness) -> str:
    data = await gateway.query(
        "query ($id: ID!) { section(by: {vendorId: $id}) { terms { id } } }",
        "lakeside",
        id=str(LAKESIDE.sections[0]),
    )
    id: str = data["section"]["terms"][0]["id"]
    return id


async def rows_for(gateway: GatewayHarness, tenant: str, count: int) -> list[dict[str, Any]]:
    """Return new sections, three of which are invalid: a school code in use, an unknown course,
    and a value of the other vendor."""
    foreign = {"location": "Room 1"} if tenant == "maple" else {"startAt": "2026-09-01T06:00:00Z"}
    terms = [] if tenant == "maple" else [await current_term(gateway)]
    rows: list[dict[str, Any]] = []
    for index in range(count):
        row = {
            "course": {"vendorId": str(COURSE[tenant])},
            "name": f"Row {index}",
            "sisId": f"ROW-{index}",
        }
        rows.append(row | ({"terms": terms} if terms else {}))
    there = school_of(gateway, tenant).sections[SECTION[tenant]]
    rows[7]["sisId"] = there.sis_id
    rows[60]["course"] = {"vendorId": "999999"}
    rows[119] |= foreign
    return rows


def check_rows(results: list[dict[str, Any]], unanswered: set[int]) -> None:
    """Assert one result per row in order, and that only the expected rows are not confirmed."""
    assert [row["index"] for row in results] == list(range(len(results)))
    assert {row["index"] for row in results if row["status"] == "UNKNOWN"} == unanswered
    refused = {row["index"]: row for row in results if row["status"] == "REFUSED"}
    assert {index: row["errors"][0]["code"] for index, row in refused.items()} == {
        index: code
        for index, code in ((7, "CONFLICT"), (60, "NOT_FOUND"), (119, "UNSUPPORTED_BY_VENDOR"))
        if index not in unanswered
    }
    assert {index: row["errors"][0]["field"][:3] for index, row in refused.items()} == {
        index: ["input", "sections", str(index)] for index in refused
    }
    for row in results:
        if row["status"] == "CONFIRMED":
            assert (row["section"]["name"], row["errors"]) == (f"Row {row['index']}", [])
        else:
            assert row["section"] is None
        if row["status"] == "UNKNOWN":
            assert [error["code"] for error in row["errors"]] == ["OUTCOME_UNKNOWN"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_120_creates_with_three_rejected_rows_have_one_result_each(tenant: str) -> None:
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        rows = await rows_for(gateway, tenant, 120)
        gateway.clear_log()
        data = await gateway.query(CREATE, tenant, input={"sections": rows})
        results = data["createSections"]["results"]
        check_rows(results, set())
        names = [row["section"]["name"] for row in results if row["status"] == "CONFIRMED"]
        assert stored(gateway, tenant) == Counter(names)
        writes = [one for one in gateway.log.entries() if one.method == "POST"]
        writes = [one for one in writes if one.path.endswith("/sections")]
        # Canvas: one call per row sent; Schoology: fifty rows a call, one call for the other course
        assert len(writes) == (119 if tenant == "maple" else 4)


async def test_an_unanswered_chunk_is_unknown_and_the_others_are_confirmed() -> None:
    """Schoology executes the second of the concurrent calls, and its reply is
    lost."""
    fault = Fault("cut_after", "schoology", "POST", rf"^/courses/{LAKESIDE.course}/sections", 2)
    async with running_gateway(sections=13, faults=[fault], **QUIRKS) as gateway:
        rows = await rows_for(gateway, "lakeside", 120)
        data = await gateway.query(CREATE, "lakeside", input={"sections": rows})
        results = data["createSections"]["results"]
        unanswered = {row["index"] for row in results if row["status"] == "UNKNOWN"}
        sent = [index for index in range(119) if index != 60]  # to that course; row 119 is never sent
        assert unanswered in [set(sent[first : first + 50]) for first in (0, 50, 100)]
        check_rows(results, unanswered)
        actual = stored(gateway, "lakeside")
        assert set(actual.values()) == {1}
        confirmed = {row["section"]["name"] for row in results if row["status"] == "CONFIRMED"}
        assert confirmed <= set(actual)


async def test_unanswered_canvas_calls_are_unknown_and_the_others_are_confirmed() -> None:
    fault = Fault("cut_after", "canvas", "POST", "/sections$", first=30, count=10)
    async with running_gateway(sections=13, faults=[fault], **QUIRKS) as gateway:
        rows = await rows_for(gateway, "maple", 120)
        data = await gateway.query(CREATE, "maple", input={"sections": rows})
        results = data["createSections"]["results"]
        unanswered = {row["index"] for row in results if row["status"] == "UNKNOWN"}
        # The outcome of a lost reply is unknown also for rows that would be rejected.
        assert len(unanswered) == 10
        check_rows(results, unanswered)
        assert set(stored(gateway, "maple").values()) == {1}


async def test_existing_objects_are_updated_on_request() -> None:
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        term = await current_term(gateway)
        base = {"course": {"vendorId": str(LAKESIDE.course)}, "terms": [term]}
        first = {**base, "name": "Row old", "code": "R1"}
        await gateway.query(CREATE, "lakeside", input={"sections": [first]})
        data = await gateway.query(
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
        assert stored(gateway, "lakeside") == Counter({"Row new": 1, "Row old": 1})


@pytest.mark.parametrize("tenant", COURSE)
async def test_sections_are_updated_and_deleted_in_bulk(tenant: str) -> None:
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        rows = (await rows_for(gateway, tenant, 120))[:6]
        made = await gateway.query(CREATE, tenant, input={"sections": rows})
        ids = [row["section"]["vendorId"] for row in made["createSections"]["results"]]
        patches = [
            {"section": {"vendorId": id}, "name": f"Row changed {index}"} for index, id in enumerate(ids)
        ]
        patches[2]["section"] = {"vendorId": "999999"}
        data = await gateway.query(
            """mutation ($input: UpdateSectionsInput!) { updateSections(input: $input) { results {
                 index status section { name } errors { code field } } } }""",
            tenant,
            input={"sections": patches},
        )
        results = data["updateSections"]["results"]
        assert [row["status"] for row in results] == [
            "REFUSED" if index == 2 else "CONFIRMED" for index in range(6)
        ]
        assert results[2]["errors"] == [{"code": "NOT_FOUND", "field": ["input", "sections", "2", "section"]}]
        assert [row["section"] and row["section"]["name"] for row in results] == [
            None if index == 2 else f"Row changed {index}" for index in range(6)
        ]
        assert stored(gateway, tenant, "Row changed") == Counter(
            {f"Row changed {index}": 1 for index in range(6) if index != 2}
        )

        data = await gateway.query(
            """mutation ($refs: [SectionRef!]!) { deleteSections(input: {sections: $refs}) {
                 results { status section { name studentCount course { name } }
                   errors { code field } } } }""",
            tenant,
            refs=[{"vendorId": id} for id in [*ids, "999999"]],
        )
        *deleted, unknown = data["deleteSections"]["results"]
        assert [row["status"] for row in deleted] == ["CONFIRMED"] * 6
        assert deleted[0]["section"]["name"] == "Row changed 0"
        assert deleted[0]["section"]["studentCount"] == 0
        assert deleted[0]["section"]["course"]["name"]
        assert unknown["errors"] == [{"code": "NOT_FOUND", "field": ["input", "sections", "6"]}]
        assert stored(gateway, tenant) == Counter()


async def test_courses_are_created_with_their_sections() -> None:
    """Schoology creates them in one call; rejected sections are named."""
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        term = await current_term(gateway)
        nested = [{"name": "Row a", "code": "A", "terms": [term]}]
        courses = [
            {"name": "Botany", "code": "BOT-1", "sections": nested},
            {"name": "Zoology", "code": "ZOO-1", "sections": [*nested, {"name": "Row b"}]},
            {"name": "Geology", "code": "GEO-1"},
        ]
        gateway.clear_log()
        data = await gateway.query(COURSES, "lakeside", input={"courses": courses})
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
        assert stored(gateway, "lakeside") == Counter({"Row a": 1})
        writes = [call for call in gateway.calls() if call.startswith("POST /courses")]
        assert writes == ["POST /courses"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_courses_are_created_and_updated_in_bulk(tenant: str) -> None:
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        courses = [{"name": f"Subject {index}", "code": f"S-{index}"} for index in range(3)]
        data = await gateway.query(COURSES, tenant, input={"courses": courses})
        rows = data["createCourses"]["results"]
        assert [(row["status"], row["course"]["name"]) for row in rows] == [
            ("CONFIRMED", f"Subject {index}") for index in range(3)
        ]
        data = await gateway.query(
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
        stored_courses = school_of(gateway, tenant).courses
        assert stored_courses[int(rows[0]["course"]["vendorId"])].name == "Other"


async def test_canvas_cannot_create_a_course_with_sections() -> None:
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        data = await gateway.query(
            COURSES,
            "maple",
            input={"courses": [{"name": "Botany", "sections": [{"name": "Row a"}]}]},
        )
        (row,) = data["createCourses"]["results"]
        (error,) = row["errors"]
        assert (row["status"], error["code"]) == ("REFUSED", "UNSUPPORTED_BY_VENDOR")
        assert error["field"] == ["input", "courses", "0", "sections"]


@pytest.mark.parametrize("tenant", COURSE)
async def test_users_are_enrolled_in_bulk(tenant: str) -> None:
    marks = MAPLE if tenant == "maple" else LAKESIDE
    section = {"vendorId": str(marks.sections[3])}
    async with running_gateway(sections=13, **QUIRKS) as gateway:
        people = [{"vendorId": str(id)} for id in (marks.student, marks.ta, 999999)]
        data = await gateway.query(
            """mutation ($input: EnrollUsersInput!) { enrollUsers(input: $input) { results {
                 index status enrollment { vendorId role user { vendorId } }
                 errors { code field } } } }""",
            tenant,
            input={
                "enrollments": [{"section": section, "user": person, "role": "STUDENT"} for person in people]
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
        school = school_of(gateway, tenant)
        enrolled = {enrollment.user_id for enrollment in school.enrollments_of_section(marks.sections[3])}
        assert {marks.student, marks.ta} <= enrolled


async def test_more_than_500_rows_are_rejected_before_sending(
    writable: GatewayHarness,
) -> None:
    row = {"course": {"vendorId": "1"}, "name": "Row"}
    answer = await writable.execute(CREATE, "maple", input={"sections": [row] * 501})
    assert answer.codes == [("createSections", "BAD_USER_INPUT")]
    assert writable.calls() == []


@pytest.mark.parametrize("tenant", COURSE)
async def test_no_rows_are_no_calls(writable: GatewayHarness, tenant: str) -> None:
    data = await writable.query(CREATE, tenant, input={"sections": []})
    assert data["createSections"] == {"results": [], "errors": []}
    assert writable.calls() == []
