"""Who is in a section or course: one roster for all who ask, filters, cursors, refusals."""

from typing import Any

import pytest

from lms_gateway.domain.asks import Ask, ById, Children, MemberFilter, Members, Page, PageAsk
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    Unsupported,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from lms_gateway.domain.records import Course, EnrollmentState, Key, Kind, Role, Section
from lms_gateway.domain.store import Store
from tests.vendors.schoology.script import (
    Script,
    answers,
    backend,
    course,
    enrollment,
    listing,
    section,
    tell_roster,
)
from tests.vendors.wants import wanting

SECTION, COURSE = Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1")
TEACHERS = MemberFilter(roles=(Role.TEACHER,))
STUDENTS = MemberFilter(roles=(Role.STUDENT,))


def class_of(students: int, teachers: int = 1) -> Script:
    """Section 1: students 1..n, then teachers 901..; the last student has finished."""
    script = Script()
    rows = [enrollment(at, at) for at in range(1, students + 1)]
    rows += [enrollment(900 + at, 900 + at, admin=1) for at in range(1, teachers + 1)]
    rows.append(enrollment(99, 99, status="2"))
    script.tell("/sections/1", section(1))
    tell_roster(script, 1, rows)
    return script


async def read(script: Script, *asks: Ask, **wants: Any) -> list[Any]:
    found = await answers(backend(script), dict.fromkeys(asks, wanting("display_name")), **wants)
    return [found[ask] for ask in asks]


def ids(page: Any) -> list[str]:
    assert isinstance(page, Page), page
    return [record.vendor_id for record in page.items]


async def test_teachers_and_students_of_a_wave_are_cut_out_of_one_roster() -> None:
    script = class_of(5)
    asks = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageAsk(3)),
    ]
    teachers, students = await read(script, *asks)
    assert (ids(teachers), teachers.has_next) == (["901"], False)
    assert (ids(students), students.has_next) == (["1", "2", "3"], True)
    assert script.calls == ["GET /sections/1/enrollments?enrollment_status=1,3&limit=200"]


async def test_a_page_cut_out_of_a_wider_roster_goes_on_in_it() -> None:
    script = class_of(5)
    asks = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageAsk(3)),
    ]
    _, students = await read(script, *asks)
    again = Members(SECTION, Kind.USER, STUDENTS, PageAsk(3, students.positions[-1]))
    (rest,) = await read(script, again)
    assert (ids(rest), rest.has_next) == (["4", "5"], False)
    assert script.calls[1:] == [
        "GET /sections/1/enrollments?enrollment_status=1,3&start=3&limit=200"
    ]


async def test_whether_more_follows_is_looked_up_behind_a_page_that_is_full() -> None:
    """The next page exists and holds nobody who is meant."""
    script = class_of(210, teachers=0)
    asks = [
        Members(SECTION, Kind.USER, TEACHERS),
        Members(SECTION, Kind.USER, STUDENTS, PageAsk(210)),
    ]
    teachers, students = await read(script, *asks)
    assert (ids(teachers), teachers.has_next, teachers.total) == ([], False, 0)
    assert (len(ids(students)), students.has_next) == (210, False)


async def test_the_count_and_the_students_are_the_same_people() -> None:
    script = class_of(0)
    rows = [enrollment(1, 1), enrollment(2, 2, status="3"), enrollment(3, 3, status="4")]
    rows += [enrollment(4, 1), enrollment(5, 5, admin=1), enrollment(6, 6, status="5")]
    tell_roster(script, 1, rows)
    one = ById(Kind.SECTION, "1")
    batch = {
        one: wanting("student_count"),
        Members(SECTION, Kind.USER, STUDENTS): wanting("display_name"),
    }
    counted, students = (await answers(backend(script), batch)).values()
    assert isinstance(counted, Section)
    assert ids(students) == ["1", "2"]
    assert counted.student_count == 2


async def test_states_other_than_the_usual_are_asked_for() -> None:
    asked = MemberFilter(states=(EnrollmentState.COMPLETED,))
    script = class_of(2)
    (page,) = await read(script, Members(SECTION, Kind.ENROLLMENT, asked))
    assert [record.key.id for record in page.items] == ["1.99"]
    assert "enrollment_status=2" in script.calls[0]


async def test_members_by_their_ids_are_asked_for_by_them() -> None:
    script = class_of(300)
    asked = MemberFilter(ids=("7", "8"))
    (page,) = await read(script, Members(SECTION, Kind.USER, asked))
    assert ids(page) == ["7", "8"]
    assert script.calls == ["GET /sections/1/enrollments?enrollment_status=1,3&uid=7,8&limit=50"]


@pytest.mark.parametrize(
    "asked",
    [
        MemberFilter(search="ada"),
        MemberFilter(roles=(Role.STUDENT, Role.TA)),
        MemberFilter(states=(EnrollmentState.REJECTED,)),
    ],
)
@pytest.mark.parametrize("group", [SECTION, COURSE])
async def test_what_schoology_cannot_filter_is_refused_without_a_call(
    asked: MemberFilter, group: Key
) -> None:
    script = class_of(3)
    (answer,) = await read(script, Members(group, Kind.USER, asked))
    assert isinstance(answer, Unsupported)
    assert script.calls == []


@pytest.mark.parametrize(
    "ask",
    [
        Members(SECTION, Kind.USER, page=PageAsk(0)),
        Members(SECTION, Kind.USER, MemberFilter(ids=())),
        Members(SECTION, Kind.USER, MemberFilter(roles=())),
    ],
)
async def test_nobody_costs_nothing(ask: Members) -> None:
    script = class_of(3)
    (page,) = await read(script, ask)
    assert (ids(page), page.has_next, script.calls) == ([], False, [])


async def test_a_filter_that_the_vendor_ignores_is_applied_here() -> None:
    script = class_of(0)
    rows = [enrollment(1, 1, admin=1), enrollment(2, 2), enrollment(3, 3, status="5")]
    path = "/sections/1/enrollments"
    script.tell(path, listing(path, "enrollment", rows))
    (page,) = await read(script, Members(SECTION, Kind.USER, STUDENTS))
    assert ids(page) == ["2"]


async def test_a_refused_roster_is_an_error_at_the_list_and_null_at_the_count() -> None:
    script = class_of(3)
    script.tell("/sections/1/enrollments", 403)
    one = ById(Kind.SECTION, "1")
    batch = {one: wanting("name", "student_count"), Members(SECTION, Kind.USER): wanting()}
    counted, people = (await answers(backend(script), batch)).values()
    assert isinstance(counted, Section)
    assert counted.name == "Section 1"
    assert counted.student_count is None
    assert "student_count" in counted.known
    assert isinstance(people, Forbidden)


async def test_an_unknown_section_is_null_and_stays_so_beside_its_refused_roster() -> None:
    script, store = Script(), Store("lakeside")
    batch = {
        ById(Kind.SECTION, "1"): wanting("name", "student_count"),
        Members(SECTION, Kind.USER): wanting(),
    }
    for _ in range(2):
        found = await answers(backend(script), batch, store)
        assert found[ById(Kind.SECTION, "1")] is None


async def test_a_count_that_failed_fails_the_section_that_wants_it() -> None:
    script = class_of(3)
    script.tell("/sections/1/enrollments", 500)
    batch: dict[Ask, Any] = {ById(Kind.SECTION, "1"): wanting("name", "student_count")}
    (answer,) = (await answers(backend(script), batch)).values()
    assert isinstance(answer, UpstreamUnavailable)


@pytest.mark.parametrize("rows", [[{"id": 1}], [{"uid": 1}], [{"id": "x", "uid": "y"}]])
async def test_a_roster_of_things_that_are_no_enrollments_is_invalid(rows: Any) -> None:
    script = class_of(3)
    script.tell("/sections/1/enrollments", {"enrollment": rows})
    (answer,) = await read(script, Members(SECTION, Kind.USER))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize("after", [(0, 0), ("am", "13"), ("x", "13", 0, 0), ("m", "9", 0, 0)])
async def test_a_cursor_of_another_list_is_bad_input(after: Any) -> None:
    script = class_of(3)
    (answer,) = await read(script, Members(SECTION, Kind.USER, page=PageAsk(5, after)))
    assert isinstance(answer, BadInput)
    assert script.calls == []


def course_of(sections: int, students: int) -> Script:
    """Course 1: each section has its own students and the one teacher 900."""
    script = Script()
    script.tell("/courses/1", course(1))
    numbers = range(1, sections + 1)
    path = "/courses/1/sections"
    script.tell(path, listing(path, "section", (section(number) for number in numbers)))
    for number in numbers:
        rows = [enrollment(number * 1000, 900, admin=1)]
        rows += [
            enrollment(number * 1000 + at, number * 1000 + at) for at in range(1, students + 1)
        ]
        tell_roster(script, number, rows)
    return script


async def test_a_courses_people_are_its_sections_each_once() -> None:
    script = course_of(10, 2)
    (page,) = await read(script, Members(COURSE, Kind.USER))
    assert len(ids(page)) == 21
    assert ids(page).count("900") == 1
    assert (page.has_next, page.total) == (False, 21)
    assert (len(script.calls), script.credits) == (2, 4)


async def test_a_courses_enrollments_are_not_merged() -> None:
    (page,) = await read(course_of(4, 1), Members(COURSE, Kind.ENROLLMENT))
    assert ids(page).count("1000") == 1
    assert len(ids(page)) == 8


async def test_pages_of_a_course_show_nobody_twice_and_leave_nobody_out() -> None:
    seen: list[str] = []
    after = None
    while True:
        ask = Members(COURSE, Kind.USER, page=PageAsk(4, after))
        (page,) = await read(course_of(5, 3), ask)
        seen += ids(page)
        if not page.has_next:
            break
        after = page.positions[-1]
    assert len(seen) == len(set(seen)) == 16


async def test_a_course_of_many_sections_is_read_as_far_as_it_is_asked_for() -> None:
    script = course_of(500, 3)
    (page,) = await read(script, Members(COURSE, Kind.USER, page=PageAsk(5)))
    assert page.has_next
    assert page.total is None
    assert (len(script.calls), len(script.inner)) == (2, 50)


async def test_a_courses_count_and_teachers_share_the_reading() -> None:
    script = course_of(10, 2)
    batch: dict[Ask, Any] = {
        ById(Kind.COURSE, "1"): wanting("name", "student_count"),
        Members(COURSE, Kind.USER, TEACHERS): wanting(),
    }
    counted, teachers = (await answers(backend(script), batch)).values()
    assert isinstance(counted, Course)
    assert counted.student_count == 20
    assert ids(teachers) == ["900"]
    assert len(script.calls) == 3


async def test_completed_members_of_a_course_are_looked_for_in_past_sections_too() -> None:
    script = course_of(2, 1)
    asked = MemberFilter(states=(EnrollmentState.COMPLETED,))
    await read(script, Members(COURSE, Kind.USER, asked))
    assert "include_past=1" in script.calls[0]


async def test_a_place_that_is_gone_is_bad_input() -> None:
    ask = Members(COURSE, Kind.USER, page=PageAsk(5, ("am", "13", "77", 3)))
    (answer,) = await read(course_of(2, 2), ask)
    assert isinstance(answer, BadInput)


async def test_a_course_whose_sections_are_refused_has_no_members_and_no_count() -> None:
    script = course_of(2, 2)
    script.tell("/courses/1/sections", 403)
    batch: dict[Ask, Any] = {
        ById(Kind.COURSE, "1"): wanting("name", "student_count"),
        Members(COURSE, Kind.USER): wanting(),
    }
    counted, people = (await answers(backend(script), batch)).values()
    assert isinstance(counted, Course)
    assert (counted.name, counted.student_count) == ("Course 1", None)
    assert isinstance(people, Forbidden)


async def test_a_users_enrollments_come_from_the_rosters_of_the_users_sections() -> None:
    script = course_of(6, 2)
    path = "/users/900/sections"
    script.tell(path, listing(path, "section", map(section, range(1, 7)), total=False))
    ask = Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageAsk(5))
    (page,) = await read(script, ask)
    assert [record.key.id for record in page.items] == [f"{at}.{at}000" for at in range(1, 6)]
    assert page.has_next
    assert {record.course_id for record in page.items} == {"1"}
    (rest,) = await read(
        script,
        Children(Key(Kind.USER, "900"), Kind.ENROLLMENT, page=PageAsk(5, page.positions[-1])),
    )
    assert [record.key.id for record in rest.items] == ["6.6000"]
    assert not rest.has_next


async def test_a_users_enrollments_are_narrowed_like_any_others() -> None:
    script = Script()
    path = "/users/5/sections"
    script.tell(path, listing(path, "section", map(section, range(1, 5)), total=False))
    tell_roster(script, 1, [enrollment(1, 5)])
    tell_roster(script, 2, [enrollment(2, 5, admin=1)])
    tell_roster(script, 3, [enrollment(3, 5, status="2")])
    tell_roster(script, 4, [enrollment(4, 5, status="3"), enrollment(5, 6)])
    user = Key(Kind.USER, "5")

    async def found(asked: MemberFilter) -> list[str]:
        (page,) = await read(script, Children(user, Kind.ENROLLMENT, asked))
        return ids(page)

    assert await found(MemberFilter()) == ["1", "2", "4"]
    assert await found(STUDENTS) == ["1", "4"]
    assert await found(MemberFilter(states=())) == []
    assert script.calls[0] == "GET /users/5/sections?limit=50"
    assert await found(MemberFilter(states=(EnrollmentState.COMPLETED,))) == ["3"]
    assert "GET /users/5/sections?include_past=1&limit=50" in script.calls
    for refused in (MemberFilter(search="x"), MemberFilter(ids=("6",))):
        (answer,) = await read(script, Children(user, Kind.ENROLLMENT, refused))
        assert isinstance(answer, Unsupported)
