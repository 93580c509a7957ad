"""Members of sections and courses: shared rosters, filters, cursors, errors."""

from typing import Any

import pytest

from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    Unsupported,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.domain.loads import ById, Children, Load, MemberFilter, Members, PageRequest
from lms_gateway.domain.models import Course, EnrollmentState, Role, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from tests.vendors.fake_upstream import ScriptedUpstream
from tests.vendors.fetching import fetch_answers, vendor_ids
from tests.vendors.schoology.rows import (
    course_row,
    enrollment_row,
    paged_list,
    section_row,
    set_roster,
)
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream

SECTION, COURSE = Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1")
TEACHERS = MemberFilter(roles=(Role.TEACHER,))
STUDENTS = MemberFilter(roles=(Role.STUDENT,))


def scripted_section(students: int, teachers: int = 1) -> ScriptedUpstream:
    """Script section 1: students 1 to n, teachers from 901 on, and a student who has completed."""
    upstream = schoology_upstream()
    rows = [enrollment_row(index, index) for index in range(1, students + 1)]
    rows += [enrollment_row(900 + index, 900 + index, admin=1) for index in range(1, teachers + 1)]
    rows.append(enrollment_row(99, 99, status="2"))
    upstream.set_reply("/sections/1", section_row(1))
    set_roster(upstream, 1, rows)
    return upstream


async def read_loads(upstream: ScriptedUpstream, *loads: Load, **options: Any) -> list[Any]:
    results = await fetch_answers(
        schoology_backend(upstream), dict.fromkeys(loads, Projection.of("display_name")), **options
    )
    return [results[load] for load in loads]


def member_ids(page: object) -> list[str]:
    """Return the ids of users, or those of enrollments within their section."""
    return [vendor_id.rpartition(".")[2] for vendor_id in vendor_ids(page)]


async def test_teachers_and_students_of_a_batch_share_one_roster() -> None:
    upstream = scripted_section(5)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(3)),
    ]
    teachers, students = await read_loads(upstream, *loads)
    assert (member_ids(teachers), teachers.has_next) == (["901"], False)
    assert (member_ids(students), students.has_next) == (["1", "2", "3"], True)
    assert upstream.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&limit=200"]


async def test_the_next_page_continues_in_the_same_roster() -> None:
    upstream = scripted_section(5)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(3)),
    ]
    _, students = await read_loads(upstream, *loads)
    again = Members(SECTION, Kind.USER, STUDENTS, PageRequest(3, students.positions[-1]))
    (rest,) = await read_loads(upstream, again)
    assert (member_ids(rest), rest.has_next) == (["4", "5"], False)
    assert upstream.lines[1:] == ["GET /sections/1/enrollments?enrollment_status=1,3&start=3&limit=200"]


async def test_a_filtered_page_that_is_full_reads_on_for_has_next() -> None:
    """The next vendor page exists and contains no enrollment that matches."""
    upstream = scripted_section(210, teachers=0)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(210)),
    ]
    teachers, students = await read_loads(upstream, *loads)
    assert (member_ids(teachers), teachers.has_next, teachers.total) == ([], False, 0)
    assert (len(member_ids(students)), students.has_next) == (210, False)


async def test_the_count_includes_the_listed_students_only() -> None:
    upstream = scripted_section(0)
    rows = [
        enrollment_row(1, 1),
        enrollment_row(2, 2, status="3"),
        enrollment_row(3, 3, status="4"),
    ]
    rows += [enrollment_row(4, 1), enrollment_row(5, 5, admin=1), enrollment_row(6, 6, status="5")]
    set_roster(upstream, 1, rows)
    section_load = ById(Kind.SECTION, "1")
    batch = {
        section_load: Projection.of("student_count"),
        Members(SECTION, Kind.USER, STUDENTS): Projection.of("display_name"),
    }
    counted, students = (await fetch_answers(schoology_backend(upstream), batch)).values()
    assert isinstance(counted, Section)
    assert member_ids(students) == ["1", "2"]
    assert counted.student_count == 2


async def test_other_states_are_requested() -> None:
    member_filter = MemberFilter(states=(EnrollmentState.COMPLETED,))
    upstream = scripted_section(2)
    (page,) = await read_loads(upstream, Members(SECTION, Kind.ENROLLMENT, member_filter))
    assert [record.key.id for record in page.items] == ["1.99"]
    assert "enrollment_status=2" in upstream.lines[0]


async def test_members_by_id_are_requested_by_id() -> None:
    upstream = scripted_section(300)
    member_filter = MemberFilter(ids=("7", "8"))
    (page,) = await read_loads(upstream, Members(SECTION, Kind.USER, member_filter))
    assert member_ids(page) == ["7", "8"]
    assert upstream.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&uid=7,8&limit=50"]


@pytest.mark.parametrize(
    "member_filter",
    [
        MemberFilter(search="ada"),
        MemberFilter(roles=(Role.STUDENT, Role.TA)),
        MemberFilter(states=(EnrollmentState.REJECTED,)),
    ],
)
@pytest.mark.parametrize("group", [SECTION, COURSE])
async def test_an_unsupported_filter_is_rejected_without_a_call(
    member_filter: MemberFilter, group: Key
) -> None:
    upstream = scripted_section(3)
    (answer,) = await read_loads(upstream, Members(group, Kind.USER, member_filter))
    assert isinstance(answer, Unsupported)
    assert upstream.lines == []


@pytest.mark.parametrize(
    "load",
    [
        Members(SECTION, Kind.USER, page=PageRequest(0)),
        Members(SECTION, Kind.USER, MemberFilter(ids=())),
        Members(SECTION, Kind.USER, MemberFilter(roles=())),
    ],
)
async def test_an_empty_page_costs_no_call(load: Members) -> None:
    upstream = scripted_section(3)
    (page,) = await read_loads(upstream, load)
    assert (member_ids(page), page.has_next, upstream.lines) == ([], False, [])


async def test_a_filter_that_the_vendor_ignores_is_applied_by_the_gateway() -> None:
    upstream = scripted_section(0)
    rows = [enrollment_row(1, 1, admin=1), enrollment_row(2, 2), enrollment_row(3, 3, status="5")]
    path = "/sections/1/enrollments"
    upstream.set_reply(path, paged_list(path, "enrollment", rows))
    (page,) = await read_loads(upstream, Members(SECTION, Kind.USER, STUDENTS))
    assert member_ids(page) == ["2"]


async def test_a_refused_roster_is_an_error_at_the_list_and_null_at_the_count() -> None:
    upstream = scripted_section(3)
    upstream.set_reply("/sections/1/enrollments", 403)
    section_load = ById(Kind.SECTION, "1")
    batch = {
        section_load: Projection.of("name", "student_count"),
        Members(SECTION, Kind.USER): Projection.of(),
    }
    counted, people = (await fetch_answers(schoology_backend(upstream), batch)).values()
    assert isinstance(counted, Section)
    assert counted.name == "Section 1"
    assert counted.student_count is None
    assert "student_count" in counted.known_fields
    assert isinstance(people, Forbidden)


async def test_an_unknown_section_with_a_refused_roster_is_null() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    batch = {
        ById(Kind.SECTION, "1"): Projection.of("name", "student_count"),
        Members(SECTION, Kind.USER): Projection.of(),
    }
    for _ in range(2):
        results = await fetch_answers(schoology_backend(upstream), batch, store)
        assert results[ById(Kind.SECTION, "1")] is None


async def test_a_failed_count_fails_its_section() -> None:
    upstream = scripted_section(3)
    upstream.set_reply("/sections/1/enrollments", 500)
    batch: dict[Load, Any] = {ById(Kind.SECTION, "1"): Projection.of("name", "student_count")}
    (answer,) = (await fetch_answers(schoology_backend(upstream), batch)).values()
    assert isinstance(answer, UpstreamUnavailable)


@pytest.mark.parametrize("rows", [[{"id": 1}], [{"uid": 1}], [{"id": "x", "uid": "y"}]])
async def test_a_roster_with_invalid_enrollments_is_invalid(rows: Any) -> None:
    upstream = scripted_section(3)
    upstream.set_reply("/sections/1/enrollments", {"enrollment": rows})
    (answer,) = await read_loads(upstream, Members(SECTION, Kind.USER))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize("after", [(0, 0), ("am", "13"), ("x", "13", 0, 0), ("m", "9", 0, 0)])
async def test_a_cursor_of_another_list_is_bad_input(after: Any) -> None:
    upstream = scripted_section(3)
    (answer,) = await read_loads(upstream, Members(SECTION, Kind.USER, page=PageRequest(5, after)))
    assert isinstance(answer, BadInput)
    assert upstream.lines == []


def scripted_course(sections: int, students: int) -> ScriptedUpstream:
    """Script course 1: each section has its own students, and all have the teacher 900."""
    upstream = schoology_upstream()
    upstream.set_reply("/courses/1", course_row(1))
    numbers = range(1, sections + 1)
    path = "/courses/1/sections"
    upstream.set_reply(path, paged_list(path, "section", (section_row(number) for number in numbers)))
    for number in numbers:
        rows = [enrollment_row(number * 1000, 900, admin=1)]
        rows += [
            enrollment_row(number * 1000 + index, number * 1000 + index) for index in range(1, students + 1)
        ]
        set_roster(upstream, number, rows)
    return upstream


async def test_members_of_a_course_are_those_of_its_sections_each_once() -> None:
    upstream = scripted_course(10, 2)
    (page,) = await read_loads(upstream, Members(COURSE, Kind.USER))
    assert len(member_ids(page)) == 21
    assert member_ids(page).count("900") == 1
    assert (page.has_next, page.total) == (False, 21)
    assert (len(upstream.lines), upstream.credits) == (2, 4)


async def test_enrollments_of_a_course_are_not_merged() -> None:
    (page,) = await read_loads(scripted_course(4, 1), Members(COURSE, Kind.ENROLLMENT))
    assert member_ids(page).count("1000") == 1
    assert len(member_ids(page)) == 8


async def test_pages_of_a_course_contain_each_member_once() -> None:
    seen: list[str] = []
    after = None
    while True:
        load = Members(COURSE, Kind.USER, page=PageRequest(4, after))
        (page,) = await read_loads(scripted_course(5, 3), load)
        seen += member_ids(page)
        if not page.has_next:
            break
        after = page.positions[-1]
    assert len(seen) == len(set(seen)) == 16


async def test_a_course_of_many_sections_is_read_until_the_page_is_full() -> None:
    upstream = scripted_course(500, 3)
    (page,) = await read_loads(upstream, Members(COURSE, Kind.USER, page=PageRequest(5)))
    assert page.has_next
    assert page.total is None
    assert (len(upstream.lines), len(upstream.multiget_paths)) == (2, 50)


async def test_the_count_and_the_teachers_of_a_course_share_one_read() -> None:
    upstream = scripted_course(10, 2)
    batch: dict[Load, Any] = {
        ById(Kind.COURSE, "1"): Projection.of("name", "student_count"),
        Members(COURSE, Kind.USER, TEACHERS): Projection.of(),
    }
    counted, teachers = (await fetch_answers(schoology_backend(upstream), batch)).values()
    assert isinstance(counted, Course)
    assert counted.student_count == 20
    assert member_ids(teachers) == ["900"]
    assert len(upstream.lines) == 3


async def test_completed_members_of_a_course_include_past_sections() -> None:
    upstream = scripted_course(2, 1)
    member_filter = MemberFilter(states=(EnrollmentState.COMPLETED,))
    await read_loads(upstream, Members(COURSE, Kind.USER, member_filter))
    assert "include_past=1" in upstream.lines[0]


async def test_a_cursor_position_that_no_longer_exists_is_bad_input() -> None:
    load = Members(COURSE, Kind.USER, page=PageRequest(5, ("am", "13", "77", 3)))
    (answer,) = await read_loads(scripted_course(2, 2), load)
    assert isinstance(answer, BadInput)


async def test_a_course_with_refused_sections_has_no_members_and_a_null_count() -> None:
    upstream = scripted_course(2, 2)
    upstream.set_reply("/courses/1/sections", 403)
    batch: dict[Load, Any] = {
        ById(Kind.COURSE, "1"): Projection.of("name", "student_count"),
        Members(COURSE, Kind.USER): Projection.of(),
    }
    counted, people = (await fetch_answers(schoology_backend(upstream), batch)).values()
    assert isinstance(counted, Course)
    assert (counted.name, counted.student_count) == ("Course 1", None)
    assert isinstance(people, Forbidden)


async def test_enrollments_of_a_user_are_read_from_the_rosters_of_the_users_sections() -> None:
    upstream = scripted_course(6, 2)
    path = "/users/900/sections"
    upstream.set_reply(path, paged_list(path, "section", map(section_row, range(1, 7)), with_total=False))
    load = Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageRequest(5))
    (page,) = await read_loads(upstream, load)
    assert [record.key.id for record in page.items] == [f"{index}.{index}000" for index in range(1, 6)]
    assert page.has_next
    assert {record.course_id for record in page.items} == {"1"}
    (rest,) = await read_loads(
        upstream,
        Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageRequest(5, page.positions[-1])),
    )
    assert [record.key.id for record in rest.items] == ["6.6000"]
    assert not rest.has_next


async def test_enrollments_of_a_user_are_filtered() -> None:
    upstream = schoology_upstream()
    path = "/users/5/sections"
    upstream.set_reply(path, paged_list(path, "section", map(section_row, range(1, 5)), with_total=False))
    set_roster(upstream, 1, [enrollment_row(1, 5)])
    set_roster(upstream, 2, [enrollment_row(2, 5, admin=1)])
    set_roster(upstream, 3, [enrollment_row(3, 5, status="2")])
    set_roster(upstream, 4, [enrollment_row(4, 5, status="3"), enrollment_row(5, 6)])
    user = Key(Kind.USER, "5")

    async def results(member_filter: MemberFilter) -> list[str]:
        (page,) = await read_loads(upstream, Children(user, Kind.ENROLLMENT, member_filter))
        return member_ids(page)

    assert await results(MemberFilter()) == ["1", "2", "4"]
    assert await results(STUDENTS) == ["1", "4"]
    assert await results(MemberFilter(states=())) == []
    assert upstream.lines[0] == "GET /users/5/sections?limit=50"
    assert await results(MemberFilter(states=(EnrollmentState.COMPLETED,))) == ["3"]
    assert "GET /users/5/sections?include_past=1&limit=50" in upstream.lines
    for refused in (MemberFilter(search="x"), MemberFilter(ids=("6",))):
        (answer,) = await read_loads(upstream, Children(user, Kind.ENROLLMENT, refused))
        assert isinstance(answer, Unsupported)
