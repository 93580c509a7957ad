"""HTTP requests and credits of queries at Schoology, counted by the simulator.

GET costs 1 credit, POST 3. `P` of the table are pages beyond the first; here there are none unless
a test states it.
"""

from collections.abc import AsyncIterator

import pytest

from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from tests.harness import GatewayHarness, running_gateway


def refs(ids: list[int] | range) -> str:
    return "[" + ", ".join(f'{{vendorId: "{id}"}}' for id in ids) + "]"


def school(courses: int, sections: int, students: int = 2) -> School:
    return small_school(courses=courses, sections=sections, students=students)


@pytest.fixture
async def ten_courses() -> AsyncIterator[GatewayHarness]:
    """Ten courses of twelve sections: section ids 1 to 120."""
    async with running_gateway(schoology_school=lambda: school(10, 12)) as gateway:
        yield gateway


def spent(gateway: GatewayHarness) -> tuple[int, int]:
    return gateway.log.requests("schoology"), gateway.log.credits()


async def test_fifty_sections_by_id_with_their_courses_names_are_one_multiget(
    ten_courses: GatewayHarness,
) -> None:
    data = await ten_courses.query(
        f"{{ sectionsBy(refs: {refs(range(1, 51))}) {{ name course {{ name code }} }} }}",
        "lakeside",
    )
    assert len(data["sectionsBy"]) == 50
    assert data["sectionsBy"][0]["course"] == {"name": "Course 1", "code": "C1"}
    assert spent(ten_courses) == (1, 3)


async def test_further_fields_of_their_ten_courses_are_a_second_multiget(
    ten_courses: GatewayHarness,
) -> None:
    data = await ten_courses.query(
        f"{{ sectionsBy(refs: {refs(range(1, 121, 3)[:40])}) {{ course {{ name department }} }} }}",
        "lakeside",
    )
    assert {row["course"]["name"] for row in data["sectionsBy"]} == {f"Course {n}" for n in range(1, 11)}
    assert spent(ten_courses) == (2, 6)


async def test_a_list_of_courses_with_their_sections_is_a_list_and_a_multiget() -> None:
    async with running_gateway(schoology_school=lambda: school(50, 2, 1)) as gateway:
        data = await gateway.query(
            "{ courses(first: 50) { nodes { sections { nodes { name } } } } }", "lakeside"
        )
        assert [len(row["sections"]["nodes"]) for row in data["courses"]["nodes"]] == [2] * 50
        assert spent(gateway) == (2, 4)


async def test_one_course_with_the_rosters_of_its_sections() -> None:
    """2 + ceil(S/50), in two batches: course and sections side by side, then the rosters."""
    async with running_gateway(schoology_school=lambda: school(1, 60, 3)) as gateway:
        data = await gateway.query(
            """{ course(by: {vendorId: "1"}) { name department sections(first: 100) { nodes {
                   enrollments { nodes { role user { displayName } } } } } } }""",
            "lakeside",
        )
        sections = data["course"]["sections"]["nodes"]
        assert len(sections) == 60
        assert {len(row["enrollments"]["nodes"]) for row in sections} == {4}
        assert sorted({n["role"] for n in sections[0]["enrollments"]["nodes"]}) == [
            "STUDENT",
            "TEACHER",
        ]
        assert spent(gateway) == (2 + 2, 2 + 6)
        first, second, *rosters = [entry.path for entry in gateway.log.entries()]
        assert {first, second} == {"/courses/1", "/courses/1/sections"}
        assert rosters == ["/multiget", "/multiget"]


async def test_counts_and_teachers_of_fifty_sections_are_one_listing_each(
    ten_courses: GatewayHarness,
) -> None:
    data = await ten_courses.query(
        f"""{{ sectionsBy(refs: {refs(range(1, 51))}) {{
                 studentCount teachers {{ nodes {{ displayName }} }} }} }}""",
        "lakeside",
    )
    assert {row["studentCount"] for row in data["sectionsBy"]} == {2}
    assert {len(row["teachers"]["nodes"]) for row in data["sectionsBy"]} == {1}
    assert spent(ten_courses) == (2, 6)


async def test_terms_of_fifty_sections_are_one_get_per_distinct_period(
    ten_courses: GatewayHarness,
) -> None:
    data = await ten_courses.query(
        f"{{ sectionsBy(refs: {refs(range(1, 51))}) {{ terms {{ name startAt }} }} }}", "lakeside"
    )
    assert data["sectionsBy"][0]["terms"][0]["name"] == "Now"
    assert spent(ten_courses) == (1 + 1, 3 + 1)


async def test_terms_of_many_periods_are_one_list(gateway: GatewayHarness) -> None:
    known = [id for id, s in gateway.sandbox.schoology_school.sections.items() if s.state == "active"]
    periods = {term for id in known for term in gateway.sandbox.schoology_school.sections[id].term_ids}
    await gateway.query(
        f"{{ sectionsBy(refs: {refs(known[:50])}) {{ terms {{ name startAt }} }} }}", "lakeside"
    )
    requests, _ = spent(gateway)
    assert len(periods) > 1
    assert requests <= 1 + min(len(periods), 3)


async def test_120_sections_by_sis_id_are_three_lookups(ten_courses: GatewayHarness) -> None:
    ids = ", ".join(f'{{sisId: "S-{c}-{s}"}}' for c in range(1, 11) for s in range(1, 13))
    data = await ten_courses.query(f"{{ sectionsBy(refs: [{ids}]) {{ sisId }} }}", "lakeside")
    assert [row["sisId"] for row in data["sectionsBy"]][-1] == "S-10-12"
    assert len(data["sectionsBy"]) == 120
    assert spent(ten_courses) == (3, 3)


async def test_past_sections_are_found_by_sis_id_too(gateway: GatewayHarness) -> None:
    section = gateway.sandbox.schoology_school.sections[LAKESIDE.concluded_section]
    data = await gateway.query(
        "query ($sis: String!) { section(by: {sisId: $sis}) { vendorId isActive } }",
        "lakeside",
        sis=section.sis_id,
    )
    assert data["section"] == {"vendorId": str(LAKESIDE.concluded_section), "isActive": False}
    assert spent(gateway) == (1, 1)


async def test_200_users_by_id_are_four_multigets(ten_courses: GatewayHarness) -> None:
    data = await ten_courses.query(
        f"{{ usersBy(refs: {refs(range(1, 201))}) {{ displayName }} }}", "lakeside"
    )
    assert all(row and row["displayName"] for row in data["usersBy"])
    assert spent(ten_courses) == (4, 12)


async def test_200_users_by_sis_id_are_four_lookups(ten_courses: GatewayHarness) -> None:
    users = ten_courses.sandbox.schoology_school.users.values()
    ids = [user.sis_id for user in users if user.sis_id][:200]
    asked = ", ".join(f'{{sisId: "{id}"}}' for id in ids)
    data = await ten_courses.query(f"{{ usersBy(refs: [{asked}]) {{ sisId }} }}", "lakeside")
    assert [row["sisId"] for row in data["usersBy"]] == ids
    assert spent(ten_courses) == (4, 4)


async def test_two_sections_are_two_plain_gets(ten_courses: GatewayHarness) -> None:
    await ten_courses.query(f"{{ sectionsBy(refs: {refs([1, 2])}) {{ name }} }}", "lakeside")
    assert spent(ten_courses) == (2, 2)
    assert sorted(ten_courses.calls()) == ["GET /sections/1", "GET /sections/2"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("{ courses(first: 3, after: $after) { ...Page } }", ["courses"]),
        ("{ users(first: 3, after: $after) { ...Page } }", ["users"]),
        (
            '{ course(by: {vendorId: "1"}) { sections(first: 3, after: $after) { ...Page } } }',
            ["course", "sections"],
        ),
        (
            '{ section(by: {vendorId: "1"}) { students(first: 3, after: $after) { ...Page } } }',
            ["section", "students"],
        ),
        (
            '{ section(by: {vendorId: "1"}) { enrollments(first: 3, after: $after) { ...Page } } }',
            ["section", "enrollments"],
        ),
    ],
)
async def test_the_second_page_of_each_connection_is_one_call(query: str, path: list[str]) -> None:
    """In addition to the call that reads the parent."""
    text = f"query ($after: String) {query} "
    names = {"courses": "Course", "users": "User", "sections": "Section", "students": "User"}
    type_ = names.get(path[-1], "Enrollment")
    text += f"fragment Page on {type_}Connection {{ nodes {{ id }} pageInfo {{ endCursor }} }}"
    async with running_gateway(schoology_school=lambda: school(10, 12, 9)) as gateway:
        seen: list[str] = []
        after = None
        for _ in range(2):
            gateway.clear_log()
            data = await gateway.query(text, "lakeside", after=after)
            for name in path:
                data = data[name]
            seen += [node["id"] for node in data["nodes"]]
            after = data["pageInfo"]["endCursor"]
        assert len(set(seen)) == 6
        assert gateway.log.requests("schoology") - (len(path) - 1) == 1
