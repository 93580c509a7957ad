"""What a wave costs at Schoology, by folding alone: HTTP calls and credits (GET 1, POST 3)."""

from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    Load,
    MemberFilter,
    Members,
    Page,
    PageRequest,
    Search,
    TermsOf,
)
from lms_gateway.domain.models import Course, Role, Section, Term, User
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call
from tests.vendors.fake_upstream import ScriptedUpstream, query_of
from tests.vendors.fetching import fetch_answers
from tests.vendors.schoology.rows import (
    course_row,
    enrollment_row,
    paged_list,
    section_row,
    set_roster,
    user_row,
)
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream


def script_sections(count: int) -> ScriptedUpstream:
    script = schoology_upstream()
    for number in range(1, count + 1):
        script.set_reply(f"/sections/{number}", section_row(number, number % 10 + 1))
        set_roster(
            script,
            number,
            [
                enrollment_row(number * 10, 7, admin=1),
                enrollment_row(number * 10 + 1, 100 + number),
            ],
        )
    for number in range(1, 11):
        script.set_reply(f"/courses/{number}", course_row(number))
    return script


def by_ids(kind: Kind, numbers: range) -> list[Load]:
    return [ById(kind, str(number)) for number in numbers]


async def test_fifty_sections_by_id_are_one_multiget_and_name_their_courses() -> None:
    script, store = script_sections(50), Store("lakeside")
    requested = Projection.of("name", "course_id", course=Projection.of("name", "code"))
    results = await fetch_answers(
        schoology_backend(script),
        dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), requested),
        store,
    )
    assert all(isinstance(record, Section) and record.name for record in results.values())
    assert store.has_fields(Key(Kind.COURSE, "3"), {"name", "code"})
    assert (len(script.lines), script.credits) == (1, 3)


async def test_details_of_their_ten_courses_are_a_second_multiget() -> None:
    script, store = script_sections(50), Store("lakeside")
    schoology = schoology_backend(script)
    await fetch_answers(
        schoology, dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), Projection.of("name")), store
    )
    requested = Projection.of("name", "department")
    results = await fetch_answers(
        schoology, dict.fromkeys(by_ids(Kind.COURSE, range(1, 11)), requested), store
    )
    assert {record.department for record in results.values() if isinstance(record, Course)} == {
        "Physics"
    }
    assert (len(script.lines), script.credits) == (2, 6)


async def test_two_sections_by_id_are_two_plain_gets() -> None:
    script = script_sections(2)
    await fetch_answers(
        schoology_backend(script),
        dict.fromkeys(by_ids(Kind.SECTION, range(1, 3)), Projection.of("name")),
    )
    assert sorted(script.lines) == ["GET /sections/1", "GET /sections/2"]
    assert script.credits == 2


async def test_a_page_of_courses_with_their_sections_is_a_list_and_a_multiget() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    script.set_reply("/courses", paged_list("/courses", "course", map(course_row, range(1, 51))))
    for number in range(1, 51):
        path = f"/courses/{number}/sections"
        script.set_reply(path, paged_list(path, "section", [section_row(number, number)]))
    schoology = schoology_backend(script)
    await fetch_answers(schoology, {Search(Kind.COURSE): Projection.of("name")}, store)
    projections: dict[Load, object] = {
        Children(Key(Kind.COURSE, str(number)), Kind.SECTION): Projection.of("name")
        for number in range(1, 51)
    }
    results = await fetch_answers(schoology, projections, store)
    assert all(isinstance(page, Page) and len(page.items) == 1 for page in results.values())
    assert (len(script.lines), script.credits) == (2, 4)


async def test_a_course_its_sections_and_their_rosters_take_two_waves() -> None:
    script, store = script_sections(60), Store("lakeside")
    path = "/courses/1/sections"
    script.set_reply(
        path, paged_list(path, "section", (section_row(number) for number in range(1, 61)))
    )
    schoology, parent = schoology_backend(script), Key(Kind.COURSE, "1")
    sections = Children(parent, Kind.SECTION, page=PageRequest(100))
    await fetch_answers(
        schoology,
        {ById(*parent): Projection.of("department"), sections: Projection.of("name")},
        store,
    )
    assert (len(script.lines), script.credits) == (2, 2)
    requested = Projection.of("role", "user_id", user=Projection.of("display_name"))
    rosters = [Members(Key(Kind.SECTION, str(number)), Kind.ENROLLMENT) for number in range(1, 61)]
    results = await fetch_answers(schoology, dict.fromkeys(rosters, requested), store)
    assert all(isinstance(page, Page) and len(page.items) == 2 for page in results.values())
    assert store.has_fields(Key(Kind.USER, "101"), {"display_name"})
    assert (len(script.lines), script.credits) == (4, 8)


async def test_counts_and_teachers_of_fifty_sections_share_one_roster_each() -> None:
    script, store = script_sections(50), Store("lakeside")
    teachers = MemberFilter(roles=(Role.TEACHER,))
    loads = dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), Projection.of("student_count"))
    for number in range(1, 51):
        loads[Members(Key(Kind.SECTION, str(number)), Kind.USER, teachers)] = Projection.of(
            "display_name"
        )
    results = await fetch_answers(schoology_backend(script), loads, store)
    assert {record.student_count for record in results.values() if isinstance(record, Section)} == {
        1
    }
    people = [page.items for page in results.values() if isinstance(page, Page)]
    assert {(len(row), row[0].key.id) for row in people} == {(1, "7")}
    assert (len(script.lines), script.credits) == (2, 6)


async def test_pages_beyond_the_first_of_rosters_are_packed_again() -> None:
    script = schoology_upstream()
    numbers = range(1, 11)
    for number in numbers:
        script.set_reply(f"/sections/{number}", section_row(number))
        set_roster(script, number, [enrollment_row(user_id, user_id) for user_id in range(1, 451)])
    loads = dict.fromkeys(by_ids(Kind.SECTION, numbers), Projection.of("student_count"))
    results = await fetch_answers(schoology_backend(script), loads)
    assert {record.student_count for record in results.values() if isinstance(record, Section)} == {
        450
    }
    # Twenty reads at first, then ten rosters go on twice.
    assert (len(script.lines), script.credits) == (3, 9)


def script_terms(sections: int, periods: int) -> ScriptedUpstream:
    script = schoology_upstream()
    for number in range(1, sections + 1):
        period_ids = [500 + number % periods]
        script.set_reply(f"/sections/{number}", section_row(number, grading_periods=period_ids))
    rows = [
        {
            "id": 500 + index,
            "title": f"P{index}",
            "start": "2026-08-17",
            "end": "2026-12-18",
            "active": "1",
        }
        for index in range(periods)
    ]
    script.set_reply("/gradingperiods", paged_list("/gradingperiods", "gradingperiods", rows))
    for row in rows:
        script.set_reply(f"/gradingperiods/{row['id']}", row)
    return script


async def read_terms(script: ScriptedUpstream, sections: int, *fields: str) -> list[object]:
    store, schoology = Store("lakeside"), schoology_backend(script)
    await fetch_answers(
        schoology,
        dict.fromkeys(by_ids(Kind.SECTION, range(1, sections + 1)), Projection.of("name")),
        store,
    )
    loads: list[Load] = [
        TermsOf(Key(Kind.SECTION, str(record))) for record in range(1, sections + 1)
    ]
    return list(
        (
            await fetch_answers(schoology, dict.fromkeys(loads, Projection.of(*fields)), store)
        ).values()
    )


async def test_many_periods_of_fifty_sections_are_one_list() -> None:
    script = script_terms(50, 8)
    pages = await read_terms(script, 50, "name", "start_at")
    assert all(
        isinstance(page, Page) and isinstance(page.items[0], Term) and page.items[0].name
        for page in pages
    )
    assert (len(script.lines), script.credits) == (2, 4)


async def test_few_periods_are_one_get_each() -> None:
    script = script_terms(50, 2)
    await read_terms(script, 50, "name", "start_at")
    assert sorted(script.lines[1:]) == ["GET /gradingperiods/500", "GET /gradingperiods/501"]


async def test_periods_of_which_only_the_ids_are_wanted_cost_nothing() -> None:
    script = script_terms(50, 8)
    await read_terms(script, 50)
    assert len(script.lines) == 1


async def test_periods_are_asked_one_by_one_where_the_list_is_refused_and_not_refused_twice() -> (
    None
):
    script = script_terms(5, 5)
    script.set_reply("/gradingperiods", 403)
    store, schoology = Store("lakeside"), schoology_backend(script)
    loads: list[Load] = [TermsOf(Key(Kind.SECTION, str(number))) for number in range(1, 6)]
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("name")), store)
    assert script.lines.count("GET /gradingperiods?limit=200") == 1
    assert len(script.lines) == 1 + 1 + 5
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("name")), Store("lakeside"))
    assert script.lines.count("GET /gradingperiods?limit=200") == 1


async def test_sections_and_users_by_sis_id_go_fifty_to_a_lookup() -> None:
    script = schoology_upstream()
    by_code = {f"SIS-{number}": section_row(number) for number in range(1, 121)}
    by_uid = {f"U-{number}": user_row(number) for number in range(1, 201)}

    def lookup(key: str, param: str, known: dict[str, object]) -> object:
        def look(call: Call) -> object:
            codes = query_of(call)[param].split(",")
            assert len(codes) <= 50
            return {key: [known[code] for code in reversed(codes)], "total": len(codes)}

        return look

    script.set_reply("/sections", lookup("section", "section_school_codes", by_code))
    script.set_reply("/users", lookup("user", "school_uids", by_uid))
    schoology = schoology_backend(script)
    sections: list[Load] = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in by_code]
    results = await fetch_answers(schoology, dict.fromkeys(sections, Projection.of("name")))
    assert [record.key.id for record in results.values() if isinstance(record, Section)] != []
    assert all(
        isinstance(record, Section) and isinstance(load, ByAlias) and record.sis_id == load.value
        for load, record in results.items()
    )
    assert len(script.lines) == 3
    assert all("include_past=1" in call for call in script.lines)
    users: list[Load] = [ByAlias(Kind.USER, Alias.SIS_ID, code) for code in by_uid]
    people = await fetch_answers(schoology, dict.fromkeys(users, Projection.of("email")))
    assert all(isinstance(record, User) and record.email for record in people.values())
    assert len(script.lines) == 3 + 4


async def test_two_hundred_users_by_id_are_four_multigets() -> None:
    script = schoology_upstream()
    for number in range(1, 201):
        script.set_reply(f"/users/{number}", user_row(number))
    await fetch_answers(
        schoology_backend(script),
        dict.fromkeys(by_ids(Kind.USER, range(1, 201)), Projection.of("email")),
    )
    assert (len(script.lines), script.credits) == (4, 12)


async def test_a_section_by_id_and_by_sis_id_is_read_once() -> None:
    script, store = script_sections(1), Store("lakeside")
    loads: list[Load] = [
        ById(Kind.SECTION, "1"),
        ByAlias(Kind.SECTION, Alias.SIS_ID, "SIS-1"),
    ]
    results = await fetch_answers(
        schoology_backend(script), dict.fromkeys(loads, Projection.of("name")), store
    )
    assert results[loads[0]] is results[loads[1]]
    assert script.lines == ["GET /sections/1"]


async def test_a_section_with_its_terms_is_read_once() -> None:
    script = script_terms(1, 1)
    loads: list[Load] = [ById(Kind.SECTION, "1"), TermsOf(Key(Kind.SECTION, "1"))]
    await fetch_answers(schoology_backend(script), dict.fromkeys(loads, Projection.of("name")))
    assert script.lines == ["GET /sections/1", "GET /gradingperiods/500"]


async def test_five_students_of_a_huge_section_are_one_call_for_five() -> None:
    script = schoology_upstream()
    set_roster(script, 1, [enrollment_row(number, number) for number in range(1, 5000)])
    load = Members(
        Key(Kind.SECTION, "1"), Kind.USER, MemberFilter(roles=(Role.STUDENT,)), PageRequest(5)
    )
    page = (await fetch_answers(schoology_backend(script), {load: Projection.of("display_name")}))[
        load
    ]
    assert isinstance(page, Page)
    assert (len(page.items), page.has_next, page.total) == (5, True, 4999)
    assert script.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&type=member&limit=5"]


async def test_a_known_section_that_lacks_only_its_count_costs_its_roster() -> None:
    script, store = script_sections(1), Store("lakeside")
    schoology, load = schoology_backend(script), ById(Kind.SECTION, "1")
    await fetch_answers(schoology, {load: Projection.of("name")}, store)
    results = await fetch_answers(schoology, {load: Projection.of("name", "student_count")}, store)
    assert isinstance(results[load], Section)
    assert results[load].student_count == 1
    assert len(script.lines) == 2
    assert "/enrollments" in script.lines[1]
