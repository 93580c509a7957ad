"""The cost of batches at Schoology: HTTP calls and credits (GET 1, POST 3)."""

from collections.abc import Callable, Mapping
from typing import Any

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


def scripted_sections(count: int) -> ScriptedUpstream:
    upstream = schoology_upstream()
    for number in range(1, count + 1):
        upstream.set_reply(f"/sections/{number}", section_row(number, number % 10 + 1))
        set_roster(
            upstream,
            number,
            [
                enrollment_row(number * 10, 7, admin=1),
                enrollment_row(number * 10 + 1, 100 + number),
            ],
        )
    for number in range(1, 11):
        upstream.set_reply(f"/courses/{number}", course_row(number))
    return upstream


def by_ids(kind: Kind, numbers: range) -> list[Load]:
    return [ById(kind, str(number)) for number in numbers]


async def test_fifty_sections_by_id_are_one_multiget_and_name_their_courses() -> None:
    upstream, store = scripted_sections(50), Store("lakeside")
    requested = Projection.of("name", "course_id", course=Projection.of("name", "code"))
    results = await fetch_answers(
        schoology_backend(upstream),
        dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), requested),
        store,
    )
    assert all(isinstance(record, Section) and record.name for record in results.values())
    assert store.has_fields(Key(Kind.COURSE, "3"), {"name", "code"})
    assert (len(upstream.lines), upstream.credits) == (1, 3)


async def test_ten_courses_by_id_are_a_second_multiget() -> None:
    upstream, store = scripted_sections(50), Store("lakeside")
    schoology = schoology_backend(upstream)
    await fetch_answers(
        schoology, dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), Projection.of("name")), store
    )
    requested = Projection.of("name", "department")
    results = await fetch_answers(
        schoology, dict.fromkeys(by_ids(Kind.COURSE, range(1, 11)), requested), store
    )
    assert {record.department for record in results.values() if isinstance(record, Course)} == {"Physics"}
    assert (len(upstream.lines), upstream.credits) == (2, 6)


async def test_two_sections_by_id_are_two_plain_gets() -> None:
    upstream = scripted_sections(2)
    await fetch_answers(
        schoology_backend(upstream),
        dict.fromkeys(by_ids(Kind.SECTION, range(1, 3)), Projection.of("name")),
    )
    assert sorted(upstream.lines) == ["GET /sections/1", "GET /sections/2"]
    assert upstream.credits == 2


async def test_a_page_of_courses_with_their_sections_is_a_list_and_a_multiget() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    upstream.set_reply("/courses", paged_list("/courses", "course", map(course_row, range(1, 51))))
    for number in range(1, 51):
        path = f"/courses/{number}/sections"
        upstream.set_reply(path, paged_list(path, "section", [section_row(number, number)]))
    schoology = schoology_backend(upstream)
    await fetch_answers(schoology, {Search(Kind.COURSE): Projection.of("name")}, store)
    projections: dict[Load, Projection] = {
        Children(Key(Kind.COURSE, str(number)), Kind.SECTION): Projection.of("name")
        for number in range(1, 51)
    }
    results = await fetch_answers(schoology, projections, store)
    assert all(isinstance(page, Page) and len(page.items) == 1 for page in results.values())
    assert (len(upstream.lines), upstream.credits) == (2, 4)


async def test_a_course_with_its_sections_and_their_rosters_takes_two_batches() -> None:
    upstream, store = scripted_sections(60), Store("lakeside")
    path = "/courses/1/sections"
    upstream.set_reply(path, paged_list(path, "section", (section_row(number) for number in range(1, 61))))
    schoology, parent = schoology_backend(upstream), Key(Kind.COURSE, "1")
    sections = Children(parent, Kind.SECTION, page=PageRequest(100))
    await fetch_answers(
        schoology,
        {ById(*parent): Projection.of("department"), sections: Projection.of("name")},
        store,
    )
    assert (len(upstream.lines), upstream.credits) == (2, 2)
    requested = Projection.of("role", "user_id", user=Projection.of("display_name"))
    rosters = [Members(Key(Kind.SECTION, str(number)), Kind.ENROLLMENT) for number in range(1, 61)]
    results = await fetch_answers(schoology, dict.fromkeys(rosters, requested), store)
    assert all(isinstance(page, Page) and len(page.items) == 2 for page in results.values())
    assert store.has_fields(Key(Kind.USER, "101"), {"display_name"})
    assert (len(upstream.lines), upstream.credits) == (4, 8)


async def test_the_count_and_the_teachers_of_a_section_share_one_roster() -> None:
    upstream, store = scripted_sections(50), Store("lakeside")
    teachers = MemberFilter(roles=(Role.TEACHER,))
    loads = dict.fromkeys(by_ids(Kind.SECTION, range(1, 51)), Projection.of("student_count"))
    for number in range(1, 51):
        loads[Members(Key(Kind.SECTION, str(number)), Kind.USER, teachers)] = Projection.of("display_name")
    results = await fetch_answers(schoology_backend(upstream), loads, store)
    assert {record.student_count for record in results.values() if isinstance(record, Section)} == {1}
    people = [page.items for page in results.values() if isinstance(page, Page)]
    assert {(len(items), items[0].key) for items in people} == {(1, Key(Kind.USER, "7"))}
    assert (len(upstream.lines), upstream.credits) == (2, 6)


async def test_further_pages_of_rosters_are_packed_too() -> None:
    upstream = schoology_upstream()
    numbers = range(1, 11)
    for number in numbers:
        upstream.set_reply(f"/sections/{number}", section_row(number))
        set_roster(upstream, number, [enrollment_row(user_id, user_id) for user_id in range(1, 451)])
    loads = dict.fromkeys(by_ids(Kind.SECTION, numbers), Projection.of("student_count"))
    results = await fetch_answers(schoology_backend(upstream), loads)
    assert {record.student_count for record in results.values() if isinstance(record, Section)} == {450}
    # Twenty reads first, then two further pages of ten rosters.
    assert (len(upstream.lines), upstream.credits) == (3, 9)


def scripted_terms(sections: int, periods: int) -> ScriptedUpstream:
    upstream = schoology_upstream()
    for number in range(1, sections + 1):
        period_ids = [500 + number % periods]
        upstream.set_reply(f"/sections/{number}", section_row(number, grading_periods=period_ids))
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
    upstream.set_reply("/gradingperiods", paged_list("/gradingperiods", "gradingperiods", rows))
    for row in rows:
        upstream.set_reply(f"/gradingperiods/{row['id']}", row)
    return upstream


async def read_terms(upstream: ScriptedUpstream, sections: int, *fields: str) -> list[object]:
    store, schoology = Store("lakeside"), schoology_backend(upstream)
    await fetch_answers(
        schoology,
        dict.fromkeys(by_ids(Kind.SECTION, range(1, sections + 1)), Projection.of("name")),
        store,
    )
    loads: list[Load] = [TermsOf(Key(Kind.SECTION, str(number))) for number in range(1, sections + 1)]
    projections = dict.fromkeys(loads, Projection.of(*fields))
    return list((await fetch_answers(schoology, projections, store)).values())


async def test_many_periods_of_fifty_sections_are_one_list() -> None:
    upstream = scripted_terms(50, 8)
    pages = await read_terms(upstream, 50, "name", "start_at")
    assert all(
        isinstance(page, Page) and isinstance(page.items[0], Term) and page.items[0].name for page in pages
    )
    assert (len(upstream.lines), upstream.credits) == (2, 4)


async def test_few_periods_are_one_get_each() -> None:
    upstream = scripted_terms(50, 2)
    await read_terms(upstream, 50, "name", "start_at")
    assert sorted(upstream.lines[1:]) == ["GET /gradingperiods/500", "GET /gradingperiods/501"]


async def test_ids_of_periods_cost_no_call() -> None:
    upstream = scripted_terms(50, 8)
    await read_terms(upstream, 50)
    assert len(upstream.lines) == 1


async def test_a_refused_list_of_periods_is_requested_once_and_replaced_by_single_reads() -> None:
    upstream = scripted_terms(5, 5)
    upstream.set_reply("/gradingperiods", 403)
    store, schoology = Store("lakeside"), schoology_backend(upstream)
    loads: list[Load] = [TermsOf(Key(Kind.SECTION, str(number))) for number in range(1, 6)]
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("name")), store)
    assert upstream.lines.count("GET /gradingperiods?limit=200") == 1
    assert len(upstream.lines) == 1 + 1 + 5
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("name")), Store("lakeside"))
    assert upstream.lines.count("GET /gradingperiods?limit=200") == 1


async def test_a_lookup_contains_fifty_sis_ids() -> None:
    upstream = schoology_upstream()
    by_code = {f"SIS-{number}": section_row(number) for number in range(1, 121)}
    by_uid = {f"U-{number}": user_row(number) for number in range(1, 201)}

    def lookup(key: str, param: str, known: Mapping[str, Any]) -> Callable[[Call], Any]:
        def look(call: Call) -> Any:
            codes = query_of(call)[param].split(",")
            assert len(codes) <= 50
            return {key: [known[code] for code in reversed(codes)], "total": len(codes)}

        return look

    upstream.set_reply("/sections", lookup("section", "section_school_codes", by_code))
    upstream.set_reply("/users", lookup("user", "school_uids", by_uid))
    schoology = schoology_backend(upstream)
    sections: list[Load] = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in by_code]
    results = await fetch_answers(schoology, dict.fromkeys(sections, Projection.of("name")))
    assert [record.key.id for record in results.values() if isinstance(record, Section)] != []
    assert all(
        isinstance(record, Section) and isinstance(load, ByAlias) and record.sis_id == load.value
        for load, record in results.items()
    )
    assert len(upstream.lines) == 3
    assert all("include_past=1" in call for call in upstream.lines)
    users: list[Load] = [ByAlias(Kind.USER, Alias.SIS_ID, code) for code in by_uid]
    people = await fetch_answers(schoology, dict.fromkeys(users, Projection.of("email")))
    assert all(isinstance(record, User) and record.email for record in people.values())
    assert len(upstream.lines) == 3 + 4


async def test_two_hundred_users_by_id_are_four_multigets() -> None:
    upstream = schoology_upstream()
    for number in range(1, 201):
        upstream.set_reply(f"/users/{number}", user_row(number))
    await fetch_answers(
        schoology_backend(upstream),
        dict.fromkeys(by_ids(Kind.USER, range(1, 201)), Projection.of("email")),
    )
    assert (len(upstream.lines), upstream.credits) == (4, 12)


async def test_a_section_by_id_and_by_sis_id_is_read_once() -> None:
    upstream, store = scripted_sections(1), Store("lakeside")
    loads: list[Load] = [ById(Kind.SECTION, "1"), ByAlias(Kind.SECTION, Alias.SIS_ID, "SIS-1")]
    results = await fetch_answers(
        schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")), store
    )
    assert results[loads[0]] is results[loads[1]]
    assert upstream.lines == ["GET /sections/1"]


async def test_a_section_with_its_terms_is_read_once() -> None:
    upstream = scripted_terms(1, 1)
    loads: list[Load] = [ById(Kind.SECTION, "1"), TermsOf(Key(Kind.SECTION, "1"))]
    await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")))
    assert upstream.lines == ["GET /sections/1", "GET /gradingperiods/500"]


async def test_five_students_of_a_large_section_are_one_call_with_limit_five() -> None:
    upstream = schoology_upstream()
    set_roster(upstream, 1, [enrollment_row(number, number) for number in range(1, 5000)])
    load = Members(Key(Kind.SECTION, "1"), Kind.USER, MemberFilter(roles=(Role.STUDENT,)), PageRequest(5))
    page = (await fetch_answers(schoology_backend(upstream), {load: Projection.of("display_name")}))[load]
    assert isinstance(page, Page)
    assert (len(page.items), page.has_next, page.total) == (5, True, 4999)
    assert upstream.lines == ["GET /sections/1/enrollments?enrollment_status=1,3&type=member&limit=5"]


async def test_the_count_of_a_known_section_costs_one_roster() -> None:
    upstream, store = scripted_sections(1), Store("lakeside")
    schoology, load = schoology_backend(upstream), ById(Kind.SECTION, "1")
    await fetch_answers(schoology, {load: Projection.of("name")}, store)
    results = await fetch_answers(schoology, {load: Projection.of("name", "student_count")}, store)
    section = results[load]
    assert isinstance(section, Section)
    assert section.student_count == 1
    assert len(upstream.lines) == 2
    assert "/enrollments" in upstream.lines[1]
