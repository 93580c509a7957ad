"""What a wave costs at Schoology, by folding alone: HTTP calls and credits (GET 1, POST 3)."""

from lms_gateway.domain.asks import (
    Alias,
    Ask,
    ByAlias,
    ById,
    Children,
    MemberFilter,
    Members,
    Page,
    PageAsk,
    Search,
    TermsOf,
)
from lms_gateway.domain.records import Course, Key, Kind, Role, Section, Term, User
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
    user,
)
from tests.vendors.wants import wanting


def sections_of_ten_courses(count: int) -> Script:
    script = Script()
    for number in range(1, count + 1):
        script.tell(f"/sections/{number}", section(number, number % 10 + 1))
        tell_roster(
            script,
            number,
            [enrollment(number * 10, 7, admin=1), enrollment(number * 10 + 1, 100 + number)],
        )
    for number in range(1, 11):
        script.tell(f"/courses/{number}", course(number))
    return script


def by_id(kind: Kind, numbers: range) -> list[Ask]:
    return [ById(kind, str(number)) for number in numbers]


async def test_fifty_sections_by_id_are_one_multiget_and_name_their_courses() -> None:
    script, store = sections_of_ten_courses(50), Store("lakeside")
    wants = wanting("name", "course_id", course=wanting("name", "code"))
    found = await answers(
        backend(script), dict.fromkeys(by_id(Kind.SECTION, range(1, 51)), wants), store
    )
    assert all(isinstance(one, Section) and one.name for one in found.values())
    assert store.knows(Key(Kind.COURSE, "3"), {"name", "code"})
    assert (len(script.calls), script.credits) == (1, 3)


async def test_details_of_their_ten_courses_are_a_second_multiget() -> None:
    script, store = sections_of_ten_courses(50), Store("lakeside")
    school = backend(script)
    await answers(school, dict.fromkeys(by_id(Kind.SECTION, range(1, 51)), wanting("name")), store)
    wants = wanting("name", "department")
    found = await answers(school, dict.fromkeys(by_id(Kind.COURSE, range(1, 11)), wants), store)
    assert {one.department for one in found.values() if isinstance(one, Course)} == {"Physics"}
    assert (len(script.calls), script.credits) == (2, 6)


async def test_two_sections_by_id_are_two_plain_gets() -> None:
    script = sections_of_ten_courses(2)
    await answers(backend(script), dict.fromkeys(by_id(Kind.SECTION, range(1, 3)), wanting("name")))
    assert sorted(script.calls) == ["GET /sections/1", "GET /sections/2"]
    assert script.credits == 2


async def test_a_page_of_courses_with_their_sections_is_a_list_and_a_multiget() -> None:
    script, store = Script(), Store("lakeside")
    script.tell("/courses", listing("/courses", "course", map(course, range(1, 51))))
    for number in range(1, 51):
        path = f"/courses/{number}/sections"
        script.tell(path, listing(path, "section", [section(number, number)]))
    school = backend(script)
    await answers(school, {Search(Kind.COURSE): wanting("name")}, store)
    wave: dict[Ask, object] = {
        Children(Key(Kind.COURSE, str(number)), Kind.SECTION): wanting("name")
        for number in range(1, 51)
    }
    found = await answers(school, wave, store)
    assert all(isinstance(page, Page) and len(page.items) == 1 for page in found.values())
    assert (len(script.calls), script.credits) == (2, 4)


async def test_a_course_its_sections_and_their_rosters_take_two_waves() -> None:
    script, store = sections_of_ten_courses(60), Store("lakeside")
    path = "/courses/1/sections"
    script.tell(path, listing(path, "section", (section(number) for number in range(1, 61))))
    school, parent = backend(script), Key(Kind.COURSE, "1")
    sections = Children(parent, Kind.SECTION, page=PageAsk(100))
    await answers(school, {ById(*parent): wanting("department"), sections: wanting("name")}, store)
    assert (len(script.calls), script.credits) == (2, 2)
    wants = wanting("role", "user_id", user=wanting("display_name"))
    rosters = [Members(Key(Kind.SECTION, str(number)), Kind.ENROLLMENT) for number in range(1, 61)]
    found = await answers(school, dict.fromkeys(rosters, wants), store)
    assert all(isinstance(page, Page) and len(page.items) == 2 for page in found.values())
    assert store.knows(Key(Kind.USER, "101"), {"display_name"})
    assert (len(script.calls), script.credits) == (4, 8)


async def test_counts_and_teachers_of_fifty_sections_share_one_roster_each() -> None:
    script, store = sections_of_ten_courses(50), Store("lakeside")
    teachers = MemberFilter(roles=(Role.TEACHER,))
    asks = dict.fromkeys(by_id(Kind.SECTION, range(1, 51)), wanting("student_count"))
    for number in range(1, 51):
        asks[Members(Key(Kind.SECTION, str(number)), Kind.USER, teachers)] = wanting("display_name")
    found = await answers(backend(script), asks, store)
    assert {one.student_count for one in found.values() if isinstance(one, Section)} == {1}
    people = [page.items for page in found.values() if isinstance(page, Page)]
    assert {(len(row), row[0].key.id) for row in people} == {(1, "7")}
    assert (len(script.calls), script.credits) == (2, 6)


async def test_pages_beyond_the_first_of_rosters_are_packed_again() -> None:
    script = Script()
    numbers = range(1, 11)
    for number in numbers:
        script.tell(f"/sections/{number}", section(number))
        tell_roster(script, number, [enrollment(at, at) for at in range(1, 451)])
    asks = dict.fromkeys(by_id(Kind.SECTION, numbers), wanting("student_count"))
    found = await answers(backend(script), asks)
    assert {one.student_count for one in found.values() if isinstance(one, Section)} == {450}
    # Twenty reads at first, then ten rosters go on twice.
    assert (len(script.calls), script.credits) == (3, 9)


def terms_script(sections: int, periods: int) -> Script:
    script = Script()
    for number in range(1, sections + 1):
        own = [500 + number % periods]
        script.tell(f"/sections/{number}", section(number, grading_periods=own))
    rows = [
        {
            "id": 500 + at,
            "title": f"P{at}",
            "start": "2026-08-17",
            "end": "2026-12-18",
            "active": "1",
        }
        for at in range(periods)
    ]
    script.tell("/gradingperiods", listing("/gradingperiods", "gradingperiods", rows))
    for row in rows:
        script.tell(f"/gradingperiods/{row['id']}", row)
    return script


async def terms_of(script: Script, sections: int, *facets: str) -> list[object]:
    store, school = Store("lakeside"), backend(script)
    await answers(
        school, dict.fromkeys(by_id(Kind.SECTION, range(1, sections + 1)), wanting("name")), store
    )
    asks: list[Ask] = [TermsOf(Key(Kind.SECTION, str(one))) for one in range(1, sections + 1)]
    return list((await answers(school, dict.fromkeys(asks, wanting(*facets)), store)).values())


async def test_many_periods_of_fifty_sections_are_one_list() -> None:
    script = terms_script(50, 8)
    pages = await terms_of(script, 50, "name", "start_at")
    assert all(
        isinstance(page, Page) and isinstance(page.items[0], Term) and page.items[0].name
        for page in pages
    )
    assert (len(script.calls), script.credits) == (2, 4)


async def test_few_periods_are_one_get_each() -> None:
    script = terms_script(50, 2)
    await terms_of(script, 50, "name", "start_at")
    assert sorted(script.calls[1:]) == ["GET /gradingperiods/500", "GET /gradingperiods/501"]


async def test_periods_of_which_only_the_ids_are_wanted_cost_nothing() -> None:
    script = terms_script(50, 8)
    await terms_of(script, 50)
    assert len(script.calls) == 1


async def test_periods_are_asked_one_by_one_where_the_list_is_refused_and_not_refused_twice() -> (
    None
):
    script = terms_script(5, 5)
    script.tell("/gradingperiods", 403)
    store, school = Store("lakeside"), backend(script)
    asks: list[Ask] = [TermsOf(Key(Kind.SECTION, str(number))) for number in range(1, 6)]
    await answers(school, dict.fromkeys(asks, wanting("name")), store)
    assert script.calls.count("GET /gradingperiods?limit=200") == 1
    assert len(script.calls) == 1 + 1 + 5
    await answers(school, dict.fromkeys(asks, wanting("name")), Store("lakeside"))
    assert script.calls.count("GET /gradingperiods?limit=200") == 1


async def test_sections_and_users_by_sis_id_go_fifty_to_a_lookup() -> None:
    script = Script()
    by_code = {f"SIS-{number}": section(number) for number in range(1, 121)}
    by_uid = {f"U-{number}": user(number) for number in range(1, 201)}

    def lookup(key: str, param: str, known: dict[str, object]) -> object:
        def look(params: dict[str, str]) -> object:
            codes = params[param].split(",")
            assert len(codes) <= 50
            return {key: [known[code] for code in reversed(codes)], "total": len(codes)}

        return look

    script.tell("/sections", lookup("section", "section_school_codes", by_code))
    script.tell("/users", lookup("user", "school_uids", by_uid))
    school = backend(script)
    sections: list[Ask] = [ByAlias(Kind.SECTION, Alias.SIS_ID, code) for code in by_code]
    found = await answers(school, dict.fromkeys(sections, wanting("name")))
    assert [one.key.id for one in found.values() if isinstance(one, Section)] != []
    assert all(
        isinstance(one, Section) and isinstance(ask, ByAlias) and one.sis_id == ask.value
        for ask, one in found.items()
    )
    assert len(script.calls) == 3
    assert all("include_past=1" in call for call in script.calls)
    users: list[Ask] = [ByAlias(Kind.USER, Alias.SIS_ID, code) for code in by_uid]
    people = await answers(school, dict.fromkeys(users, wanting("email")))
    assert all(isinstance(one, User) and one.email for one in people.values())
    assert len(script.calls) == 3 + 4


async def test_two_hundred_users_by_id_are_four_multigets() -> None:
    script = Script()
    for number in range(1, 201):
        script.tell(f"/users/{number}", user(number))
    await answers(backend(script), dict.fromkeys(by_id(Kind.USER, range(1, 201)), wanting("email")))
    assert (len(script.calls), script.credits) == (4, 12)


async def test_a_section_by_id_and_by_sis_id_is_read_once() -> None:
    script, store = sections_of_ten_courses(1), Store("lakeside")
    asks: list[Ask] = [
        ById(Kind.SECTION, "1"),
        ByAlias(Kind.SECTION, Alias.SIS_ID, "SIS-1"),
    ]
    found = await answers(backend(script), dict.fromkeys(asks, wanting("name")), store)
    assert found[asks[0]] is found[asks[1]]
    assert script.calls == ["GET /sections/1"]


async def test_a_section_with_its_terms_is_read_once() -> None:
    script = terms_script(1, 1)
    asks: list[Ask] = [ById(Kind.SECTION, "1"), TermsOf(Key(Kind.SECTION, "1"))]
    await answers(backend(script), dict.fromkeys(asks, wanting("name")))
    assert script.calls == ["GET /sections/1", "GET /gradingperiods/500"]


async def test_five_students_of_a_huge_section_are_one_call_for_five() -> None:
    script = Script()
    tell_roster(script, 1, [enrollment(at, at) for at in range(1, 5000)])
    ask = Members(
        Key(Kind.SECTION, "1"), Kind.USER, MemberFilter(roles=(Role.STUDENT,)), PageAsk(5)
    )
    page = (await answers(backend(script), {ask: wanting("display_name")}))[ask]
    assert isinstance(page, Page)
    assert (len(page.items), page.has_next, page.total) == (5, True, 4999)
    assert script.calls == ["GET /sections/1/enrollments?enrollment_status=1,3&type=member&limit=5"]


async def test_a_known_section_that_lacks_only_its_count_costs_its_roster() -> None:
    script, store = sections_of_ten_courses(1), Store("lakeside")
    school, ask = backend(script), ById(Kind.SECTION, "1")
    await answers(school, {ask: wanting("name")}, store)
    found = await answers(school, {ask: wanting("name", "student_count")}, store)
    assert isinstance(found[ask], Section)
    assert found[ask].student_count == 1
    assert len(script.calls) == 2
    assert "/enrollments" in script.calls[1]
