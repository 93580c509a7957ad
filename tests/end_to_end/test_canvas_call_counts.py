"""HTTP requests of queries at Canvas, counted by the simulator."""

from collections.abc import AsyncIterator

import pytest

from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.fake_people import enroll
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.data.school import School
from tests.harness import GatewayHarness, running_gateway


def refs(ids: list[int] | range) -> str:
    return "[" + ", ".join(f'{{vendorId: "{id}"}}' for id in ids) + "]"


def school(courses: int = 1, sections: int = 1, students: int = 2) -> School:
    return small_school(courses=courses, sections=sections, students=students)


@pytest.fixture
async def three_courses() -> AsyncIterator[GatewayHarness]:
    """Three courses of ten sections: section ids 1 to 30."""
    async with running_gateway(canvas_school=lambda: school(3, 10)) as gateway:
        yield gateway


def paths(gateway: GatewayHarness) -> list[str]:
    return sorted(entry.path.removeprefix("/api/v1") for entry in gateway.log.entries("canvas"))


async def test_a_course_and_its_sections_with_counts_are_two_calls() -> None:
    async with running_gateway(canvas_school=lambda: school(1, 20)) as gateway:
        data = await gateway.query(
            """{ course(by: {vendorId: "1"}) { name
                   sections { nodes { name studentCount course { name } } } } }""",
            "maple",
        )
        sections = data["course"]["sections"]["nodes"]
        assert [row["studentCount"] for row in sections] == [2] * 20
        assert {row["course"]["name"] for row in sections} == {"Course 1"}
        assert paths(gateway) == ["/courses/1", "/courses/1/sections"]


async def test_an_original_course_is_one_more_call(gateway: GatewayHarness) -> None:
    data = await gateway.query(
        """query ($id: ID!) { course(by: {vendorId: $id}) {
             name sections { nodes { vendorId course { name } originalCourse { name }
                                     isCrossListed } } } }""",
        "maple",
        id=str(MAPLE.host_course),
    )
    moved = [n for n in data["course"]["sections"]["nodes"] if n["isCrossListed"]]
    assert [row["vendorId"] for row in moved] == [str(MAPLE.crosslisted_section)]
    assert moved[0]["originalCourse"]["name"] != data["course"]["name"]
    assert len(paths(gateway)) == 3


async def test_fifty_courses_with_terms_teachers_and_sections() -> None:
    """1 + 50: the list includes terms and teachers."""
    async with running_gateway(canvas_school=lambda: school(50, 2)) as gateway:
        data = await gateway.query(
            """{ courses(first: 50) { nodes { name term { name } teachers { nodes { displayName } }
                   sections { nodes { name } } } } }""",
            "maple",
        )
        rows = data["courses"]["nodes"]
        assert len(rows) == 50
        assert {row["term"]["name"] for row in rows} == {"Now"}
        assert {len(row["teachers"]["nodes"]) for row in rows} == {1}
        assert all(row["teachers"]["nodes"][0]["displayName"] for row in rows)
        assert {len(row["sections"]["nodes"]) for row in rows} == {2}
        assert len(paths(gateway)) == 51


@pytest.mark.parametrize(("students", "pages"), [(2, 1), (6, 3)])
async def test_rosters_of_forty_sections_are_read_from_their_courses_roster(
    students: int, pages: int
) -> None:
    async with running_gateway(canvas_school=lambda: school(1, 40, students)) as gateway:
        data = await gateway.query(
            """{ course(by: {vendorId: "1"}) { name
                   sections { nodes { name students { nodes { displayName } } } } } }""",
            "maple",
        )
        sections = data["course"]["sections"]["nodes"]
        assert [len(row["students"]["nodes"]) for row in sections] == [students] * 40
        names = {n["displayName"] for row in sections for n in row["students"]["nodes"]}
        assert len(names) > students
        assert len(paths(gateway)) == 2 + pages
        assert set(paths(gateway)) == {"/courses/1", "/courses/1/sections", "/courses/1/users"}


async def test_five_students_of_one_section_do_not_read_the_whole_roster() -> None:
    async with running_gateway(canvas_school=lambda: school(1, 2, 1500)) as gateway:
        data = await gateway.query(
            """{ section(by: {vendorId: "1"}) { name students(first: 5) {
                   nodes { displayName } pageInfo { hasNextPage } } } }""",
            "maple",
        )
        assert len(data["section"]["students"]["nodes"]) == 5
        assert data["section"]["students"]["pageInfo"] == {"hasNextPage": True}
        assert len(paths(gateway)) <= 3


async def test_thirty_sections_and_their_three_courses(three_courses: GatewayHarness) -> None:
    """30 + 3, none repeated, although one section is also requested by SIS id; ten at once."""
    data = await three_courses.query(
        f"""{{ sectionsBy(refs: {refs(range(1, 31))}) {{ name course {{ name }} }}
               section(by: {{sisId: "S-2-3"}}) {{ vendorId name }} }}""",
        "maple",
    )
    assert {row["course"]["name"] for row in data["sectionsBy"]} == {
        "Course 1",
        "Course 2",
        "Course 3",
    }
    assert data["section"] == {"vendorId": "13", "name": "Section 3"}
    asked = paths(three_courses)
    assert len(asked) == len(set(asked)) == 33
    assert three_courses.log.peak_concurrency("canvas") <= 10


async def test_sixty_users_by_id_are_sixty_calls() -> None:
    async with running_gateway(canvas_school=lambda: school(1, 1, 70)) as gateway:
        data = await gateway.query(
            f"{{ usersBy(refs: {refs([*range(3, 63), 3])}) {{ displayName }} }}", "maple"
        )
        assert all(row["displayName"] for row in data["usersBy"])
        asked = paths(gateway)
        assert len(asked) == len(set(asked)) == 60
        assert gateway.log.peak_concurrency("canvas") <= 10


async def test_sixty_users_of_a_course_by_id_are_one_call() -> None:
    async with running_gateway(canvas_school=lambda: school(1, 1, 70)) as gateway:
        actual = await gateway.query(f"{{ usersBy(refs: {refs(range(3, 63))}) {{ id }} }}", "maple")
        ids = [row["id"] for row in actual["usersBy"]]
        gateway.clear_log()
        data = await gateway.query(
            """query ($ids: [ID!]) { course(by: {vendorId: "1"}) {
                 users(first: 60, filter: {ids: $ids}) { nodes { id displayName } } } }""",
            "maple",
            ids=ids,
        )
        assert {row["id"] for row in data["course"]["users"]["nodes"]} == set(ids)
        assert paths(gateway) == ["/courses/1", "/courses/1/users"]


async def test_selecting_only_an_id_costs_no_call(
    three_courses: GatewayHarness,
) -> None:
    await three_courses.query('{ section(by: {vendorId: "1"}) { course { id vendorId } } }', "maple")
    assert paths(three_courses) == ["/sections/1"]


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
            '{ course(by: {vendorId: "1"}) { students(first: 3, after: $after) { ...Page } } }',
            ["course", "students"],
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
    names = {"courses": "Course", "users": "User", "sections": "Section", "students": "User"}
    type_ = names.get(path[-1], "Enrollment")
    text = f"query ($after: String) {query} "
    text += f"fragment Page on {type_}Connection {{ nodes {{ id }} pageInfo {{ endCursor }} }}"
    async with running_gateway(canvas_school=lambda: school(10, 12, 9)) as gateway:
        seen: list[str] = []
        after = None
        for _ in range(2):
            gateway.clear_log()
            data = await gateway.query(text, "maple", after=after)
            for name in path:
                data = data[name]
            seen += [node["id"] for node in data["nodes"]]
            after = data["pageInfo"]["endCursor"]
        assert len(set(seen)) == 6
        assert len(paths(gateway)) - (len(path) - 1) == 1


async def test_pages_of_a_shared_roster_continue_where_they_stopped() -> None:
    """Sections of one course share one roster; each student is listed once."""
    query = """{ course(by: {vendorId: "1"}) { sections { nodes {
                 vendorId students(first: 40) { nodes { id }
                   pageInfo { hasNextPage endCursor } } } } } }"""
    async with running_gateway(canvas_school=lambda: school(1, 2, 90)) as gateway:
        data = await gateway.query(query, "maple")
        sections = data["course"]["sections"]["nodes"]
        seen = {row["vendorId"]: {n["id"] for n in row["students"]["nodes"]} for row in sections}
        for row in sections:
            after = row["students"]["pageInfo"]["endCursor"]
            while after:
                page = await gateway.query(
                    """query ($id: ID!, $after: String) { section(by: {vendorId: $id}) {
                         students(first: 40, after: $after) { nodes { id }
                           pageInfo { hasNextPage endCursor } } } }""",
                    "maple",
                    id=row["vendorId"],
                    after=after,
                )
                students = page["section"]["students"]
                new = {n["id"] for n in students["nodes"]}
                assert not new & seen[row["vendorId"]]
                seen[row["vendorId"]] |= new
                info = students["pageInfo"]
                after = info["endCursor"] if info["hasNextPage"] else None
        assert [len(ids) for ids in seen.values()] == [90, 90]


async def test_a_person_enrolled_twice_is_listed_once() -> None:
    def build_school() -> School:
        twice = school(1, 2, 3)
        student = twice.users[3]
        enroll(twice, twice.sections[2], student)
        return twice

    async with running_gateway(canvas_school=build_school) as gateway:
        data = await gateway.query(
            """{ course(by: {vendorId: "1"}) { students { nodes { vendorId } } studentCount
                   sections { nodes { studentCount students { nodes { vendorId } } } } } }""",
            "maple",
        )
        course = data["course"]
        ids = [row["vendorId"] for row in course["students"]["nodes"]]
        assert len(ids) == len(set(ids)) == course["studentCount"] == 6
        for row in course["sections"]["nodes"]:
            assert len(row["students"]["nodes"]) == row["studentCount"]
