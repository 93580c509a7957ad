"""Each documented read, over HTTP: the query, the response and the vendor call.

`docs/coverage.md` names these tests.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lms_sandbox.canvas.state.auth import TEACHER_TOKEN
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from tests.harness import GatewayHarness, running_gateway

AS_TEACHER = f"""
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{TEACHER_TOKEN}" }}
access = "open"
"""


@pytest.fixture
async def as_teacher() -> AsyncIterator[GatewayHarness]:
    """Canvas with the credential of a teacher of three courses."""
    async with running_gateway(settings=AS_TEACHER) as gateway:
        yield gateway


def paths(gateway: GatewayHarness) -> list[str]:
    """Return the vendor calls without parameters."""
    return [call.partition("?")[0] for call in gateway.calls()]


def params(gateway: GatewayHarness, path: str) -> list[tuple[str, str]]:
    """Return the parameters of the only call to a path."""
    (entry,) = [request for request in gateway.log.entries() if request.path == path]
    return entry.params


def nodes(connection: Any) -> list[Any]:
    rows: list[Any] = connection["nodes"]
    return rows


async def test_one_section(gateway: GatewayHarness) -> None:
    """`GET /api/v1/sections/:id`, with the includes that the selection needs."""
    id = MAPLE.sections[0]
    data = await gateway.query(
        f'{{ section(by: {{vendorId: "{id}"}}) {{ vendorId name studentCount '
        "permissions { manageCalendar } canvas { userCount passbackStatus } } }",
        "maple",
    )
    assert data["section"]["vendorId"] == str(id)
    assert data["section"]["studentCount"] > 0
    assert paths(gateway) == [f"GET /api/v1/sections/{id}"]
    included = {value for name, value in params(gateway, f"/api/v1/sections/{id}")}
    assert included == {"total_students", "permissions", "user_count", "passback_status"}


async def test_a_courses_sections(gateway: GatewayHarness) -> None:
    """`GET /api/v1/courses/:course_id/sections`, also with `search_term`."""
    path = f"/api/v1/courses/{MAPLE.course}/sections"
    query = 'query ($search: String) { course(by: {vendorId: "%d"}) { sections(search: $search) {'
    query = query % MAPLE.course + " nodes { vendorId } } } }"
    data = await gateway.query(query, "maple")
    ids = [node["vendorId"] for node in nodes(data["course"]["sections"])]
    assert ids[:4] == [str(id) for id in MAPLE.sections]
    assert f"GET {path}" in paths(gateway)

    gateway.clear_log()
    data = await gateway.query(query, "maple", search="01")
    ids = [node["vendorId"] for node in nodes(data["course"]["sections"])]
    assert ids == [str(MAPLE.sections[0])]
    assert ("search_term", "01") in params(gateway, path)


async def test_a_sections_users(gateway: GatewayHarness) -> None:
    """`GET /api/v1/sections/:id/users`, by role."""
    id = MAPLE.sections[0]
    data = await gateway.query(
        f'{{ section(by: {{vendorId: "{id}"}}) {{ teachers {{ nodes {{ vendorId displayName }} }} }} }}',
        "maple",
    )
    assert str(MAPLE.teacher) in [node["vendorId"] for node in nodes(data["section"]["teachers"])]
    sent = params(gateway, f"/api/v1/sections/{id}/users")
    assert ("enrollment_type", "teacher") in sent
    assert ("exclude_inactive", "true") in sent


async def test_the_viewers_own_courses(as_teacher: GatewayHarness) -> None:
    """`GET /api/v1/courses`, if the credential cannot list the account's courses."""
    data = await as_teacher.query(
        "{ viewer { courses { nodes { vendorId canvas { enrollments { type } } } } } }"
    )
    courses = nodes(data["viewer"]["courses"])
    assert str(MAPLE.course) in [course["vendorId"] for course in courses]
    assert {"type": "teacher"} in courses[0]["canvas"]["enrollments"]
    assert "GET /api/v1/courses" in paths(as_teacher)


async def test_a_users_courses(gateway: GatewayHarness) -> None:
    """`GET /api/v1/users/:user_id/courses`."""
    data = await gateway.query(
        f'{{ user(by: {{vendorId: "{MAPLE.student}"}}) {{ courses {{ nodes {{ vendorId }} }} }} }}',
        "maple",
    )
    ids = [course["vendorId"] for course in nodes(data["user"]["courses"])]
    assert str(MAPLE.course) in ids
    assert f"GET /api/v1/users/{MAPLE.student}/courses" in paths(gateway)


async def test_a_courses_students(gateway: GatewayHarness) -> None:
    """What the deprecated `…/students` answers, by way of `…/users`: every student, by pages."""
    data = await gateway.query(
        f'{{ course(by: {{vendorId: "{MAPLE.course}"}}) {{ studentCount '
        "students(first: 500) { nodes { vendorId } } } }",
        "maple",
    )
    ids = {student["vendorId"] for student in nodes(data["course"]["students"])}
    assert str(MAPLE.student) in ids
    assert len(ids) == data["course"]["studentCount"]
    sent = params(gateway, f"/api/v1/courses/{MAPLE.course}/users")
    assert ("enrollment_type[]", "student") in sent


async def test_a_courses_users(gateway: GatewayHarness) -> None:
    """`GET /api/v1/courses/:course_id/users`: search, roles, states and ids as they are sent."""
    query = (
        "query ($filter: MembersFilter) { "
        f'course(by: {{vendorId: "{MAPLE.course}"}}) {{ '
        "users(filter: $filter) { nodes { id vendorId name email avatarUrl bio } } } }"
    )
    path = f"/api/v1/courses/{MAPLE.course}/users"
    data = await gateway.query(query, "maple", filter={"roles": ["TEACHER", "DESIGNER"]})
    people = nodes(data["course"]["users"])
    assert {str(MAPLE.teacher), str(MAPLE.designer)} <= {person["vendorId"] for person in people}
    assert {("enrollment_type[]", "teacher"), ("enrollment_type[]", "designer")} <= set(params(gateway, path))

    teacher = next(person for person in people if person["vendorId"] == str(MAPLE.teacher))
    gateway.clear_log()
    data = await gateway.query(query, "maple", filter={"search": teacher["name"]})
    assert teacher in nodes(data["course"]["users"])
    assert ("search_term", teacher["name"]) in params(gateway, path)

    gateway.clear_log()
    data = await gateway.query(query, "maple", filter={"states": ["INACTIVE", "COMPLETED"]})
    assert teacher not in nodes(data["course"]["users"])
    sent = set(params(gateway, path))
    assert {("enrollment_state[]", "inactive"), ("enrollment_state[]", "completed")} <= sent


async def test_one_user_of_a_course(gateway: GatewayHarness) -> None:
    """`…/users/:id`: the same person, asked for by `filter.ids`, with others if need be."""
    user = await gateway.query(f'{{ user(by: {{vendorId: "{MAPLE.teacher}"}}) {{ id }} }}', "maple")
    gateway.clear_log()
    data = await gateway.query(
        "query ($ids: [ID!]) { "
        f'course(by: {{vendorId: "{MAPLE.course}"}}) {{ '
        "users(filter: {ids: $ids}) { nodes { vendorId } } } }",
        "maple",
        ids=[user["user"]["id"]],
    )
    assert nodes(data["course"]["users"]) == [{"vendorId": str(MAPLE.teacher)}]
    sent = params(gateway, f"/api/v1/courses/{MAPLE.course}/users")
    assert ("user_ids[]", str(MAPLE.teacher)) in sent


async def test_one_course(gateway: GatewayHarness) -> None:
    """`GET /api/v1/courses/:id`, with the includes that the selection needs and no others."""
    data = await gateway.query(
        f'{{ course(by: {{vendorId: "{MAPLE.course}"}}) {{ vendorId studentCount term {{ name }} '
        "account { name } canvas { syllabusBody concluded permissions { createAnnouncement } } } }",
        "maple",
    )
    assert data["course"]["vendorId"] == str(MAPLE.course)
    assert data["course"]["term"]["name"]
    assert data["course"]["account"]["name"]
    assert paths(gateway) == [f"GET /api/v1/courses/{MAPLE.course}"]
    sent = {value for _, value in params(gateway, f"/api/v1/courses/{MAPLE.course}")}
    assert sent == {
        "total_students",
        "term",
        "account",
        "syllabus_body",
        "concluded",
        "permissions",
    }


async def test_schoology_section_by_id(gateway: GatewayHarness) -> None:
    """``GET `sections/{id}` ``."""
    id = LAKESIDE.sections[0]
    data = await gateway.query(
        f'{{ section(by: {{vendorId: "{id}"}}) {{ vendorId name isActive course {{ code }} }} }}',
        "lakeside",
    )
    assert data["section"]["vendorId"] == str(id)
    assert data["section"]["course"]["code"]
    assert paths(gateway) == [f"GET /sections/{id}"]


async def test_schoology_sections_of_a_course(gateway: GatewayHarness) -> None:
    """``GET `courses/{course_id}/sections` ``, past ones only with `includePast`."""
    query = (
        "query ($past: Boolean) { "
        f'course(by: {{vendorId: "{LAKESIDE.concluded_course}"}}) {{ '
        "sections(includePast: $past) { nodes { vendorId } } } }"
    )
    past = {"vendorId": str(LAKESIDE.concluded_section)}
    path = f"/courses/{LAKESIDE.concluded_course}/sections"
    data = await gateway.query(query, "lakeside")
    assert past not in nodes(data["course"]["sections"])
    assert "include_past" not in dict(params(gateway, path))
    gateway.clear_log()
    data = await gateway.query(query, "lakeside", past=True)
    assert past in nodes(data["course"]["sections"])
    assert ("include_past", "1") in params(gateway, path)


async def test_schoology_sections_by_school_code(gateway: GatewayHarness) -> None:
    """``GET `sections?section_school_codes=...` ``."""
    ids = LAKESIDE.sections[:2]
    refs = " ".join(f'{{vendorId: "{id}"}}' for id in ids)
    data = await gateway.query(f"{{ sectionsBy(refs: [{refs}]) {{ sisId }} }}", "lakeside")
    codes = [section["sisId"] for section in data["sectionsBy"]]
    assert all(codes)
    gateway.clear_log()
    data = await gateway.query(
        "query ($refs: [SectionRef!]!) { sectionsBy(refs: $refs) { vendorId } }",
        "lakeside",
        refs=[{"sisId": code} for code in codes],
    )
    assert data["sectionsBy"] == [{"vendorId": str(id)} for id in ids]
    (call,) = gateway.calls()
    assert re.match(r"GET /sections\?section_school_codes=", call)
    assert dict(params(gateway, "/sections"))["section_school_codes"] == ",".join(codes)
