"""Writes of sections at Schoology, documented and undocumented."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import (
    PARENT_KEY,
    PARENT_SECRET,
    STAFF_KEY,
    STAFF_SECRET,
    STUDENT_KEY,
    STUDENT_SECRET,
)
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

COURSE = LAKESIDE.course
SECTION = LAKESIDE.sections[0]  # synced, and full
NOW, PAST, NEXT = LAKESIDE.current_term, LAKESIDE.past_term, LAKESIDE.future_term
SECTIONS = f"/courses/{COURSE}/sections"
STAFF = {"key": STAFF_KEY, "secret": STAFF_SECRET}
PLAIN = {"title": "Night school", "section_code": "N1", "grading_periods": [NOW]}


@pytest.fixture
def school() -> School:
    return lakeside(13)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def with_quirks(school: School, **quirks: Any) -> SchoologyCaller:
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller()


async def create(caller: SchoologyCaller, **fields: Any) -> Any:
    reply = await caller.send("POST", SECTIONS, json=PLAIN | fields)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def test_a_created_section_has_nulls_for_fields_that_were_not_sent(
    caller: SchoologyCaller, school: School
) -> None:
    row = await create(caller)

    assert row == {
        "id": row["id"],
        "course_id": str(COURSE),
        "school_id": str(LAKESIDE.root),
        "access_code": row["access_code"],
        "section_title": "Night school",
        "section_code": "N1",
        "section_school_code": "",
        "synced": None,
        "active": 1,
        "description": "",
        "grading_periods": [NOW],
        "profile_url": row["profile_url"],
        "location": "",
        "meeting_days": [""],
        "start_time": None,
        "end_time": None,
        "options": {
            "weighted_grading_categories": None,
            "upload_documents": None,
            "create_discussion": None,
            "member_post": None,
            "member_post_comment": None,
            "content_index_visibility": [],
        },
        "links": {"self": f"{SANDBOX_BASE}/sections/{row['id']}"},
    }
    assert school.sections[int(row["id"])].name == "Night school"
    assert caller.sandbox.log.entries()[-1].credits == 3


async def test_everything_written_is_read_back(caller: SchoologyCaller, school: School) -> None:
    before = school.version
    row = await create(
        caller,
        description="Late",
        location="Room 9",
        meeting_days=[5, "1"],
        start_time="8:05",
        end_time="09:00",
        class_periods=[3],
        synced="1",
        grading_periods=[str(PAST), NOW],
        options={"upload_document": 1, "member_post": "0", "course_format": 2},
    )
    read = await caller.read(f"/sections/{row['id']}")

    assert row["synced"] == read["synced"] == "1"
    assert (row["start_time"], read["start_time"], read["end_time"]) == ("08:05", "08:05", "09:00")
    assert (read["description"], read["location"]) == ("Late", "Room 9")
    assert read["meeting_days"] == ["1", "5"]
    assert sorted(read["grading_periods"]) == [PAST, NOW]
    assert (read["options"]["upload_documents"], read["options"]["member_post"]) == ("1", "0")
    assert read["options"]["member_post_comment"] == "1"
    assert read["course_title"] == "Introduction to Biology"
    assert school.sections[int(row["id"])].options["course_format"] == 2
    assert school.sections[int(row["id"])].class_periods == (3,)
    assert school.version > before


async def test_the_section_code_is_ignored_if_a_school_code_is_sent(
    caller: SchoologyCaller,
) -> None:
    row = await create(caller, section_school_code="SIS-9", section_code="01")

    assert (row["section_code"], row["section_school_code"]) == ("", "SIS-9")
    matches = await caller.rows("/sections?section_school_codes=SIS-9", "section")
    assert [match["id"] for match in matches] == [row["id"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"section_code": ""}, "section_code"),
        ({"grading_periods": []}, "grading_periods"),
        ({"grading_periods": [404]}, "grading_periods"),
        ({"grading_periods": ["soon"]}, "grading_periods"),
        ({"start_time": "25:00"}, "start_time"),
        ({"meeting_days": [8]}, "meeting_days"),
        ({"synced": 2}, "synced"),
        ({"options": "all"}, "options"),
        ({"options": {"course_format": 3}}, "course_format"),
        ({"section_code": "01"}, "already in use"),
        ({"section_school_code": "BIO-101-02-AU2026"}, "already in use"),
    ],
)
async def test_an_invalid_section_is_rejected(
    caller: SchoologyCaller, school: School, change: dict[str, Any], message: str
) -> None:
    count = len(school.sections)
    reply = await caller.send("POST", SECTIONS, json=PLAIN | change)

    assert reply.status_code == 400
    assert message in reply.text
    assert not reply.text.startswith("{")
    assert len(school.sections) == count


@pytest.mark.parametrize("body", ["", "[]", '"{}"', "{'title': 1}", "null"])
async def test_a_body_that_is_not_an_object_is_rejected(caller: SchoologyCaller, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    reply = await caller.send("POST", SECTIONS, content=body, headers=headers)

    assert reply.status_code == 400


async def test_a_form_body_of_a_section_is_rejected(caller: SchoologyCaller) -> None:
    header = caller.sign("POST", SANDBOX_BASE + SECTIONS)
    reply = await caller.send("POST", SECTIONS, header=header, data={"title": "Form"})

    assert reply.status_code == 415


async def test_a_rejection_may_have_no_text(school: School) -> None:
    reply = await with_quirks(school, refusal_text="empty").send("POST", SECTIONS, json={})

    assert (reply.status_code, reply.text) == (400, "")


async def test_a_nested_value_becomes_the_word_array(caller: SchoologyCaller) -> None:
    row = await create(caller, description={"text": "oops"}, location=[1])

    assert (row["description"], row["location"]) == ("Array", "Array")


async def test_an_equal_section_code_is_allowed_in_another_period_or_course(
    caller: SchoologyCaller,
) -> None:
    await create(caller, section_code="01", grading_periods=[NEXT])
    other_course = f"/courses/{LAKESIDE.host_course}/sections"
    reply = await caller.send("POST", other_course, json=PLAIN | {"section_code": "N7"})

    assert reply.status_code == 201
    assert (await create(caller, section_code="N7"))["section_code"] == "N7"


async def test_a_partial_update_of_a_section_returns_no_body(caller: SchoologyCaller) -> None:
    path = f"/sections/{(await create(caller, location='Room 1'))['id']}"
    reply = await caller.send("PUT", path, json={"title": "Day school", "meeting_days": [7]})
    read = await caller.read(path)

    assert (reply.status_code, reply.content) == (204, b"")
    assert (read["section_title"], read["location"]) == ("Day school", "Room 1")
    assert read["meeting_days"] == ["6"]
    await caller.send("PUT", path, json={"location": None, "options": {"member_post": 0}})
    await caller.send("PUT", path, json={"options": {"create_discussion": 1}})
    read = await caller.read(path)
    assert read["location"] == ""
    assert (read["options"]["member_post"], read["options"]["create_discussion"]) == ("0", "1")


@pytest.mark.parametrize(
    "change", [{"section_school_code": "NEW"}, {"grading_periods": [NEXT]}, {"title": ""}]
)
async def test_a_synced_sections_code_and_periods_are_locked(
    caller: SchoologyCaller, change: dict[str, Any]
) -> None:
    before = await caller.read(f"/sections/{SECTION}")
    reply = await caller.send("PUT", f"/sections/{SECTION}", json=change | {"location": "Roof"})

    assert reply.status_code == 400
    assert await caller.read(f"/sections/{SECTION}") == before


async def test_a_write_of_a_locked_field_may_be_ignored(school: School) -> None:
    caller = with_quirks(school, locked_fields="ignored")
    change = {"section_school_code": "NEW", "grading_periods": [NEXT], "location": "Roof"}
    reply = await caller.send("PUT", f"/sections/{SECTION}", json=change)
    read = await caller.read(f"/sections/{SECTION}")

    assert reply.status_code == 204
    assert (read["section_school_code"], read["grading_periods"]) == ("BIO-101-01-AU2026", [NOW])
    assert read["location"] == "Roof"


async def test_a_section_that_is_no_longer_synced_is_not_locked(caller: SchoologyCaller) -> None:
    change = {"synced": 0, "section_school_code": "NEW"}
    reply = await caller.send("PUT", f"/sections/{SECTION}", json=change)

    assert reply.status_code == 204
    assert (await caller.read(f"/sections/{SECTION}"))["section_school_code"] == "NEW"


async def test_an_update_may_not_use_the_code_of_another_section(caller: SchoologyCaller) -> None:
    path = f"/sections/{(await create(caller))['id']}"

    for change in ({"section_code": "01"}, {"section_school_code": "BIO-101-01-AU2026"}):
        assert (await caller.send("PUT", path, json=change)).status_code == 400
    assert (await caller.send("PUT", path, json={"section_code": "N1"})).status_code == 204


async def test_the_code_of_a_deleted_section_may_be_used_again(caller: SchoologyCaller) -> None:
    path = f"/sections/{(await create(caller, section_school_code='SIS-9'))['id']}"
    reply = await caller.send("DELETE", path)

    assert (reply.status_code, reply.content) == (204, b"")
    assert (await caller.get(path)).status_code == 404
    assert (await caller.send("DELETE", path)).status_code == 404
    assert (await caller.get("/sections/ext/SIS-9")).status_code == 404
    await create(caller, section_school_code="SIS-9")


async def test_only_administrators_create_and_teachers_update_their_sections(
    caller: SchoologyCaller,
) -> None:
    staff = caller.with_options(**STAFF)
    taught_section = f"/sections/{SECTION}"
    other_section = f"/sections/{LAKESIDE.awkward_section}"

    assert (await staff.send("POST", SECTIONS, json=PLAIN)).status_code == 403
    assert (await staff.send("PUT", taught_section, json={"location": "Attic"})).status_code == 204
    assert (await staff.send("PUT", other_section, json={"location": "Attic"})).status_code == 403
    assert (await staff.send("DELETE", taught_section)).status_code == 403
    for key, secret in ((STUDENT_KEY, STUDENT_SECRET), (PARENT_KEY, PARENT_SECRET)):
        other_caller = caller.with_options(key=key, secret=secret)
        refused = await other_caller.send("PUT", taught_section, json={"location": "Moon"})
        assert (refused.status_code, refused.text) == (403, "")
        assert (await other_caller.send("POST", SECTIONS, json=PLAIN)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/sections", 405),
        ("PUT", SECTIONS, 405),
        ("DELETE", f"/courses/{COURSE}/enrollments", 404),
        ("POST", "/nothing", 404),
        ("PUT", "/sections/copy", 405),
        ("POST", "/users", 501),
        ("PUT", "/sections/1", 404),
        ("PUT", f"/sections/{COURSE}", 403),
        ("POST", "/courses/1/sections", 404),
        ("DELETE", "/sections", 403),
    ],
)
async def test_an_unsupported_write_is_rejected(
    caller: SchoologyCaller, method: str, path: str, status: int
) -> None:
    assert (await caller.send(method, path, json={})).status_code == status
