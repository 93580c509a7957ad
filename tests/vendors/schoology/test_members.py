"""Who is in a section or course: one roster for all who ask, filters, cursors, refusals."""

from typing import Any

import pytest

from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    Unsupported,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.domain.loads import ById, Children, Load, MemberFilter, Members, Page, PageRequest
from lms_gateway.domain.models import Course, EnrollmentState, Role, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from tests.vendors.fake_upstream import ScriptedUpstream
from tests.vendors.fetching import fetch_answers
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


def script_section(students: int, teachers: int = 1) -> ScriptedUpstream:
    """Section 1: students 1..n, then teachers 901..; the last student has finished."""
    script = schoology_upstream()
    rows = [enrollment_row(index, index) for index in range(1, students + 1)]
    rows += [enrollment_row(900 + index, 900 + index, admin=1) for index in range(1, teachers + 1)]
    rows.append(enrollment_row(99, 99, status="2"))
    script.set_reply("/sections/1", section_row(1))
    set_roster(script, 1, rows)
    return script


async def read_loads(script: ScriptedUpstream, *loads: Load, **options: Any) -> list[Any]:
    results = await fetch_answers(
        schoology_backend(script), dict.fromkeys(loads, Projection.of("display_name")), **options
    )
    return [results[load] for load in loads]


def vendor_ids(page: Any) -> list[str]:
    assert isinstance(page, Page), page
    return [record.vendor_id for record in page.items]


async def test_teachers_and_students_of_a_wave_are_cut_out_of_one_roster() -> None:
    script = script_section(5)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(3)),
    ]
    teachers, students = await read_loads(script, *loads)
    assert (vendor_ids(teachers), teachers.has_next) == (["901"], False)
    assert (vendor_ids(students), students.has_next) == (["1", "2", "3"], True)
    assert script.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&limit=200"]


async def test_a_page_cut_out_of_a_wider_roster_goes_on_in_it() -> None:
    script = script_section(5)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(3)),
    ]
    _, students = await read_loads(script, *loads)
    again = Members(SECTION, Kind.USER, STUDENTS, PageRequest(3, students.positions[-1]))
    (rest,) = await read_loads(script, again)
    assert (vendor_ids(rest), rest.has_next) == (["4", "5"], False)
    assert script.lines[1:] == [
        "GET /sections/1/enrollments?enrollment_status=1,3&start=3&limit=200"
    ]


async def test_whether_more_follows_is_looked_up_behind_a_page_that_is_full() -> None:
    """The next page exists and holds nobody who is meant."""
    script = script_section(210, teachers=0)
    loads = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageRequest(210)),
    ]
    teachers, students = await read_loads(script, *loads)
    assert (vendor_ids(teachers), teachers.has_next, teachers.total) == ([], False, 0)
    assert (len(vendor_ids(students)), students.has_next) == (210, False)


async def test_the_count_and_the_students_are_the_same_people() -> None:
    script = script_section(0)
    rows = [
        enrollment_row(1, 1),
        enrollment_row(2, 2, status="3"),
        enrollment_row(3, 3, status="4"),
    ]
    rows += [enrollment_row(4, 1), enrollment_row(5, 5, admin=1), enrollment_row(6, 6, status="5")]
    set_roster(script, 1, rows)
    section_load = ById(Kind.SECTION, "1")
    batch = {
        section_load: Projection.of("student_count"),
        Members(SECTION, Kind.USER, STUDENTS): Projection.of("display_name"),
    }
    counted, students = (await fetch_answers(schoology_backend(script), batch)).values()
    assert isinstance(counted, Section)
    assert vendor_ids(students) == ["1", "2"]
    assert counted.student_count == 2


async def test_states_other_than_the_usual_are_asked_for() -> None:
    member_filter = MemberFilter(states=(EnrollmentState.COMPLETED,))
    script = script_section(2)
    (page,) = await read_loads(script, Members(SECTION, Kind.ENROLLMENT, member_filter))
    assert [record.key.id for record in page.items] == ["1.99"]
    assert "enrollment_status=2" in script.lines[0]


async def test_members_by_their_ids_are_asked_for_by_them() -> None:
    script = script_section(300)
    member_filter = MemberFilter(ids=("7", "8"))
    (page,) = await read_loads(script, Members(SECTION, Kind.USER, member_filter))
    assert vendor_ids(page) == ["7", "8"]
    assert script.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&uid=7,8&limit=50"]


@pytest.mark.parametrize(
    "member_filter",
    [
        MemberFilter(search="ada"),
        MemberFilter(roles=(Role.STUDENT, Role.TA)),
        MemberFilter(states=(EnrollmentState.REJECTED,)),
    ],
)
@pytest.mark.parametrize("group", [SECTION, COURSE])
async def test_what_schoology_cannot_filter_is_refused_without_a_call(
    member_filter: MemberFilter, group: Key
) -> None:
    script = script_section(3)
    (answer,) = await read_loads(script, Members(group, Kind.USER, member_filter))
    assert isinstance(answer, Unsupported)
    assert script.lines == []


@pytest.mark.parametrize(
    "load",
    [
        Members(SECTION, Kind.USER, page=PageRequest(0)),
        Members(SECTION, Kind.USER, MemberFilter(ids=())),
        Members(SECTION, Kind.USER, MemberFilter(roles=())),
    ],
)
async def test_nobody_costs_nothing(load: Members) -> None:
    script = script_section(3)
    (page,) = await read_loads(script, load)
    assert (vendor_ids(page), page.has_next, script.lines) == ([], False, [])


async def test_a_filter_that_the_vendor_ignores_is_applied_here() -> None:
    script = script_section(0)
    rows = [enrollment_row(1, 1, admin=1), enrollment_row(2, 2), enrollment_row(3, 3, status="5")]
    path = "/sections/1/enrollments"
    script.set_reply(path, paged_list(path, "enrollment", rows))
    (page,) = await read_loads(script, Members(SECTION, Kind.USER, STUDENTS))
    assert vendor_ids(page) == ["2"]


async def test_a_refused_roster_is_an_error_at_the_list_and_null_at_the_count() -> None:
    script = script_section(3)
    script.set_reply("/sections/1/enrollments", 403)
    section_load = ById(Kind.SECTION, "1")
    batch = {
        section_load: Projection.of("name", "student_count"),
        Members(SECTION, Kind.USER): Projection.of(),
    }
    counted, people = (await fetch_answers(schoology_backend(script), batch)).values()
    assert isinstance(counted, Section)
    assert counted.name == "Section 1"
    assert counted.student_count is None
    assert "student_count" in counted.known_fields
    assert isinstance(people, Forbidden)


async def test_an_unknown_section_is_null_and_stays_so_beside_its_refused_roster() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    batch = {
        ById(Kind.SECTION, "1"): Projection.of("name", "student_count"),
        Members(SECTION, Kind.USER): Projection.of(),
    }
    for _ in range(2):
        results = await fetch_answers(schoology_backend(script), batch, store)
        assert results[ById(Kind.SECTION, "1")] is None


async def test_a_count_that_failed_fails_the_section_that_wants_it() -> None:
    script = script_section(3)
    script.set_reply("/sections/1/enrollments", 500)
    batch: dict[Load, Any] = {ById(Kind.SECTION, "1"): Projection.of("name", "student_count")}
    (answer,) = (await fetch_answers(schoology_backend(script), batch)).values()
    assert isinstance(answer, UpstreamUnavailable)


@pytest.mark.parametrize("rows", [[{"id": 1}], [{"uid": 1}], [{"id": "x", "uid": "y"}]])
async def test_a_roster_of_things_that_are_no_enrollments_is_invalid(rows: Any) -> None:
    script = script_section(3)
    script.set_reply("/sections/1/enrollments", {"enrollment": rows})
    (answer,) = await read_loads(script, Members(SECTION, Kind.USER))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize("after", [(0, 0), ("am", "13"), ("x", "13", 0, 0), ("m", "9", 0, 0)])
async def test_a_cursor_of_another_list_is_bad_input(after: Any) -> None:
    script = script_section(3)
    (answer,) = await read_loads(script, Members(SECTION, Kind.USER, page=PageRequest(5, after)))
    assert isinstance(answer, BadInput)
    assert script.lines == []


def script_course(sections: int, students: int) -> ScriptedUpstream:
    """Course 1: each section has its own students and the one teacher 900."""
    script = schoology_upstream()
    script.set_reply("/courses/1", course_row(1))
    numbers = range(1, sections + 1)
    path = "/courses/1/sections"
    script.set_reply(path, paged_list(path, "section", (section_row(number) for number in numbers)))
    for number in numbers:
        rows = [enrollment_row(number * 1000, 900, admin=1)]
        rows += [
            enrollment_row(number * 1000 + index, number * 1000 + index)
            for index in range(1, students + 1)
        ]
        set_roster(script, number, rows)
    return script


async def test_a_courses_people_are_its_sections_each_once() -> None:
    script = script_course(10, 2)
    (page,) = await read_loads(script, Members(COURSE, Kind.USER))
    assert len(vendor_ids(page)) == 21
    assert vendor_ids(page).count("900") == 1
    assert (page.has_next, page.total) == (False, 21)
    assert (len(script.lines), script.credits) == (2, 4)


async def test_a_courses_enrollments_are_not_merged() -> None:
    (page,) = await read_loads(script_course(4, 1), Members(COURSE, Kind.ENROLLMENT))
    assert vendor_ids(page).count("1000") == 1
    assert len(vendor_ids(page)) == 8


async def test_pages_of_a_course_show_nobody_twice_and_leave_nobody_out() -> None:
    seen: list[str] = []
    after = None
    while True:
        load = Members(COURSE, Kind.USER, page=PageRequest(4, after))
        (page,) = await read_loads(script_course(5, 3), load)
        seen += vendor_ids(page)
        if not page.has_next:
            break
        after = page.positions[-1]
    assert len(seen) == len(set(seen)) == 16


async def test_a_course_of_many_sections_is_read_as_far_as_it_is_asked_for() -> None:
    script = script_course(500, 3)
    (page,) = await read_loads(script, Members(COURSE, Kind.USER, page=PageRequest(5)))
    assert page.has_next
    assert page.total is None
    assert (len(script.lines), len(script.multiget_paths)) == (2, 50)


async def test_a_courses_count_and_teachers_share_the_reading() -> None:
    script = script_course(10, 2)
    batch: dict[Load, Any] = {
        ById(Kind.COURSE, "1"): Projection.of("name", "student_count"),
        Members(COURSE, Kind.USER, TEACHERS): Projection.of(),
    }
    counted, teachers = (await fetch_answers(schoology_backend(script), batch)).values()
    assert isinstance(counted, Course)
    assert counted.student_count == 20
    assert vendor_ids(teachers) == ["900"]
    assert len(script.lines) == 3


async def test_completed_members_of_a_course_are_looked_for_in_past_sections_too() -> None:
    script = script_course(2, 1)
    member_filter = MemberFilter(states=(EnrollmentState.COMPLETED,))
    await read_loads(script, Members(COURSE, Kind.USER, member_filter))
    assert "include_past=1" in script.lines[0]


async def test_a_place_that_is_gone_is_bad_input() -> None:
    load = Members(COURSE, Kind.USER, page=PageRequest(5, ("am", "13", "77", 3)))
    (answer,) = await read_loads(script_course(2, 2), load)
    assert isinstance(answer, BadInput)


async def test_a_course_whose_sections_are_refused_has_no_members_and_no_count() -> None:
    script = script_course(2, 2)
    script.set_reply("/courses/1/sections", 403)
    batch: dict[Load, Any] = {
        ById(Kind.COURSE, "1"): Projection.of("name", "student_count"),
        Members(COURSE, Kind.USER): Projection.of(),
    }
    counted, people = (await fetch_answers(schoology_backend(script), batch)).values()
    assert isinstance(counted, Course)
    assert (counted.name, counted.student_count) == ("Course 1", None)
    assert isinstance(people, Forbidden)


async def test_a_users_enrollments_come_from_the_rosters_of_the_users_sections() -> None:
    script = script_course(6, 2)
    path = "/users/900/sections"
    script.set_reply(
        path, paged_list(path, "section", map(section_row, range(1, 7)), with_total=False)
    )
    load = Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageRequest(5))
    (page,) = await read_loads(script, load)
    assert [record.key.id for record in page.items] == [
        f"{index}.{index}000" for index in range(1, 6)
    ]
    assert page.has_next
    assert {record.course_id for record in page.items} == {"1"}
    (rest,) = await read_loads(
        script,
        Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageRequest(5, page.positions[-1])),
    )
    assert [record.key.id for record in rest.items] == ["6.6000"]
    assert not rest.has_next


async def test_a_users_enrollments_are_narrowed_like_any_others() -> None:
    script = schoology_upstream()
    path = "/users/5/sections"
    script.set_reply(
        path, paged_list(path, "section", map(section_row, range(1, 5)), with_total=False)
    )
    set_roster(script, 1, [enrollment_row(1, 5)])
    set_roster(script, 2, [enrollment_row(2, 5, admin=1)])
    set_roster(script, 3, [enrollment_row(3, 5, status="2")])
    set_roster(script, 4, [enrollment_row(4, 5, status="3"), enrollment_row(5, 6)])
    user = Key(Kind.USER, "5")

    async def results(member_filter: MemberFilter) -> list[str]:
        (page,) = await read_loads(script, Children(user, Kind.ENROLLMENT, member_filter))
        return vendor_ids(page)

    assert await results(MemberFilter()) == ["1", "2", "4"]
    assert await results(STUDENTS) == ["1", "4"]
    assert await results(MemberFilter(states=())) == []
    assert script.lines[0] == "GET /users/5/sections?limit=50"
    assert await results(MemberFilter(states=(EnrollmentState.COMPLETED,))) == ["3"]
    assert "GET /users/5/sections?include_past=1&limit=50" in script.lines
    for refused in (MemberFilter(search="x"), MemberFilter(ids=("6",))):
        (answer,) = await read_loads(script, Children(user, Kind.ENROLLMENT, refused))
        assert isinstance(answer, Unsupported)
