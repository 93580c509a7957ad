"""Canvas's pages: opaque, short, empty, repeated, and links that lead astray."""

from collections.abc import Mapping
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, LmsError, Unsupported, UpstreamInvalid
from lms_gateway.domain.loads import (
    AccountFilter,
    Children,
    CourseFilter,
    MemberFilter,
    Members,
    PageRequest,
    Position,
    Search,
    SectionFilter,
    UserFilter,
)
from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Reply
from tests.vendors.canvas.script import (
    BASE,
    ScriptedUpstream,
    answer,
    backend,
    course,
    enrollment,
    ids,
    page,
    paged_list,
    reply,
    section,
    user,
)
from tests.vendors.projections import projection_of

NAME = projection_of("name")
COURSE = Key(Kind.COURSE, "1")
SECTION = Key(Kind.SECTION, "1")
PATH = "/courses/1/sections"


def sections(first: int = 50, after: Position | None = None) -> Children:
    return Children(COURSE, Kind.SECTION, None, PageRequest(first, after))


async def read_all_pages(
    upstream: ScriptedUpstream, first: int
) -> tuple[list[list[str]], list[int]]:
    """All pages, and what each cost."""
    pages, costs, after = [], [], None
    while True:
        upstream.calls.clear()
        loaded = await page(backend(upstream), sections(first, after), NAME)
        pages.append(ids(loaded))
        costs.append(len(upstream.calls))
        if not loaded.has_next:
            return pages, costs
        after = loaded.positions[-1]


@pytest.mark.parametrize("bookmarks", [False, True])
async def test_each_page_is_one_call(bookmarks: bool) -> None:
    rows = [section(n) for n in range(1, 26)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows, bookmarks=bookmarks)})
    pages, costs = await read_all_pages(upstream, 10)
    assert pages == [[str(n) for n in range(a, b)] for a, b in [(1, 11), (11, 21), (21, 26)]]
    assert costs == [1, 1, 1]
    assert upstream.calls[-1].endswith("page=bookmark:3" if bookmarks else "page=3")


async def test_canvas_may_put_fewer_rows_on_a_page_than_asked_for() -> None:
    """Older ones stop at 50, and say so in the link: such a page is full."""
    rows = [section(n) for n in range(1, 131)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows, max_rows=50)})
    pages, costs = await read_all_pages(upstream, 100)
    assert [len(item) for item in pages] == [100, 30]
    assert costs == [2, 1]


async def test_a_page_goes_on_from_the_middle() -> None:
    rows = [section(n) for n in range(1, 31)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows)})
    first = await page(backend(upstream), sections(10), NAME)
    rest = await page(backend(upstream), sections(20, first.positions[3]), NAME)
    assert ids(rest) == [str(n) for n in range(5, 25)]
    assert rest.has_next


async def test_short_and_empty_pages_are_walked_through() -> None:
    rows = [section(n) for n in range(1, 51)]
    upstream = ScriptedUpstream(
        {PATH: paged_list(PATH, rows, is_hidden=lambda row: 4 <= row["id"] <= 32)}
    )
    results = await page(backend(upstream), sections(10), NAME)
    assert ids(results) == ["1", "2", "3", *(str(n) for n in range(33, 40))]
    assert results.has_next
    assert len(upstream.calls) == 4


async def test_there_is_a_next_page_only_where_a_row_follows() -> None:
    """A short page with a next link is looked behind."""
    rows = [section(n) for n in range(1, 21)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows, is_hidden=lambda row: row["id"] > 9)})
    results = await page(backend(upstream), sections(9), NAME)
    assert results.has_next, "a full page with a next one is taken at its word"
    upstream = ScriptedUpstream(
        {PATH: paged_list(PATH, rows, is_hidden=lambda row: row["id"] in (3, *range(11, 21)))}
    )
    results = await page(backend(upstream), sections(10), NAME)
    assert (len(results.items), results.has_next, results.total) == (9, False, 9)


async def test_a_total_is_told_only_where_it_is_sure() -> None:
    rows = [section(n) for n in range(1, 6)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows)})
    assert (await page(backend(upstream), sections(50), NAME)).total == 5
    assert (await page(backend(upstream), sections(3), NAME)).total is None

    def item(query: Mapping[str, list[str]]) -> Reply:
        link = f"{BASE}/api/v1{PATH}?per_page=1&page="
        return reply([section(1)], next=f"{link}2", last=f"{link}5")

    assert (await page(backend(ScriptedUpstream({PATH: item})), sections(1), NAME)).total == 5


async def test_rows_that_come_twice_are_told_once() -> None:
    rows = [section(n) for n in (1, 2, 2, 3, 3, 4)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows)})
    assert ids(await page(backend(upstream), sections(50), NAME)) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/v1/courses/1/sections?page=2",
        "https://maple.instructure.com:444/api/v1/courses/1/sections?page=2",
        "https://maple.instructure.com.evil.example/api/v1/courses?page=2",
        "https://maple.instructure.com/api/v1/courses/1/sections",
        "https://maple.instructure.com/api/v1/courses/1/sections?page=",
        "no address",
    ],
)
async def test_a_link_that_leads_astray_is_refused(link: str) -> None:
    upstream = ScriptedUpstream({PATH: reply([section(1)], next=link)})
    assert isinstance(await answer(backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.calls) == 1


async def test_only_the_token_of_a_link_is_followed() -> None:
    """The next page of /search_users is said to be at /users, and of `self` at a number."""

    def pages(query: Mapping[str, list[str]]) -> Reply:
        if "page" in query:
            return reply([section(2)])
        return reply([section(1)], next=f"{BASE}/api/v1/courses/99/users?page=p2&per_page=7")

    upstream = ScriptedUpstream({PATH: pages})
    assert ids(await page(backend(upstream), sections(), NAME)) == ["1", "2"]
    assert upstream.calls[1] == f"{PATH}?per_page=50&page=p2"


@pytest.mark.parametrize(
    "links",
    ["", "garbage", '<https://x>; rel="prev"', "<>;;;,,,", "<https://maple.instructure.com>"],
)
async def test_a_link_header_without_a_next_page_ends_the_list(links: str) -> None:
    results = await page(
        backend(ScriptedUpstream({PATH: Reply(200, {"link": links}, b'[{"id": 1}]')})),
        sections(),
        NAME,
    )
    assert not results.has_next


async def test_pages_that_repeat_end_in_an_error() -> None:
    def same(query: Mapping[str, list[str]]) -> Reply:
        return reply([section(1)], next=f"{BASE}/api/v1{PATH}?page=2")

    upstream = ScriptedUpstream({PATH: same})
    assert isinstance(await answer(backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.calls) == 2


async def test_new_tokens_with_the_same_rows_end_in_an_error() -> None:
    upstream = ScriptedUpstream()

    def same(query: Mapping[str, list[str]]) -> Reply:
        return reply([section(1)], next=f"{BASE}/api/v1{PATH}?page=t{len(upstream.calls)}")

    upstream.replies[PATH] = same
    assert isinstance(await answer(backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.calls) == 2


async def test_empty_pages_without_end_are_given_up() -> None:
    upstream = ScriptedUpstream()

    def empty(query: Mapping[str, list[str]]) -> Reply:
        return reply([], next=f"{BASE}/api/v1{PATH}?page=t{len(upstream.calls)}")

    upstream.replies[PATH] = empty
    assert isinstance(await answer(backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.calls) < 200


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"id": 1}', b"[1]", b'[{"id": 1}, null]', b'[{"id": 1']
)
async def test_what_is_no_list_of_objects_is_invalid(body: bytes) -> None:
    upstream = ScriptedUpstream({PATH: Reply(200, {}, body)})
    assert isinstance(await answer(backend(upstream), sections(), NAME), UpstreamInvalid)


@pytest.mark.parametrize(
    "after",
    [
        ("sections",),
        ("users", "2", 50, 0),
        (),
        ("sections", "2", "x", 0),
        ("sections", "2", 50, "x"),
    ],
)
async def test_a_foreign_position_is_refused(after: Position) -> None:
    upstream = ScriptedUpstream({PATH: [section(1)]})
    results = await answer(backend(upstream), sections(10, after), NAME)
    assert isinstance(results, BadInput)
    assert upstream.calls == []


async def test_no_rows_cost_no_call() -> None:
    upstream = ScriptedUpstream()
    results = await page(backend(upstream), sections(0), NAME)
    assert (ids(results), results.has_next, upstream.calls) == ([], False, [])


@pytest.mark.parametrize(
    "ask",
    [
        Search(Kind.COURSE, CourseFilter(states=())),
        Search(Kind.COURSE, CourseFilter(teacher_ids=())),
        Members(COURSE, Kind.USER, MemberFilter(ids=())),
        Members(SECTION, Kind.USER, MemberFilter(roles=())),
    ],
)
async def test_an_empty_choice_holds_nothing_and_costs_no_call(ask: Any) -> None:
    upstream = ScriptedUpstream()
    assert ids(await page(backend(upstream), ask, NAME)) == []
    assert upstream.calls == []


STUDENT, TEACHER = Role.STUDENT, Role.TEACHER
PAST = (EnrollmentState.COMPLETED,)


@pytest.mark.parametrize(
    ("ask", "call"),
    [
        (
            Search(
                Kind.COURSE,
                CourseFilter("bio", (CourseState.UNPUBLISHED,), "34", ("7", "8")),
            ),
            "/accounts/self/courses?search_term=bio&state[]=created&state[]=claimed"
            "&enrollment_term_id=34&by_teachers[]=7&by_teachers[]=8",
        ),
        (
            Search(Kind.USER, UserFilter("ada", (TEACHER,))),
            "/accounts/self/users?search_term=ada&enrollment_type=teacher",
        ),
        (Search(Kind.ACCOUNT), "/accounts?"),
        (
            Children(Key(Kind.ACCOUNT, "3"), Kind.ACCOUNT, AccountFilter(recursive=True)),
            "/accounts/3/sub_accounts?recursive=true",
        ),
        (Children(Key(Kind.ACCOUNT, "3"), Kind.COURSE), "/accounts/3/courses?"),
        (
            Children(
                Key(Kind.USER, "5"), Kind.COURSE, CourseFilter(states=(CourseState.COMPLETED,))
            ),
            "/users/5/courses?state[]=completed",
        ),
        (
            Children(COURSE, Kind.SECTION, SectionFilter("lab", include_past=True)),
            "/courses/1/sections?search_term=lab",
        ),
        (
            Children(Key(Kind.USER, "5"), Kind.ENROLLMENT, MemberFilter(roles=(STUDENT,))),
            "/users/5/enrollments?type[]=StudentEnrollment&state[]=active&state[]=invited",
        ),
        (
            Members(COURSE, Kind.USER, MemberFilter("ada", (STUDENT, TEACHER))),
            "/courses/1/users?search_term=ada&enrollment_type[]=student&enrollment_type[]=teacher"
            "&enrollment_state[]=active&enrollment_state[]=invited",
        ),
        (
            Members(COURSE, Kind.ENROLLMENT, MemberFilter(states=PAST)),
            "/courses/1/enrollments?state[]=completed",
        ),
        (
            Members(COURSE, Kind.USER, MemberFilter(states=(EnrollmentState.DELETED,))),
            "/courses/1/enrollments?state[]=deleted",
        ),
        (
            Members(COURSE, Kind.ENROLLMENT, MemberFilter(search="ada")),
            "/courses/1/users?search_term=ada&enrollment_state[]=active"
            "&enrollment_state[]=invited&include[]=enrollments",
        ),
        (Members(SECTION, Kind.USER), "/sections/1/users?exclude_inactive=true"),
        (
            Members(SECTION, Kind.USER, MemberFilter("ada")),
            "/sections/1/users?search_term=ada&exclude_inactive=true",
        ),
        (
            Members(SECTION, Kind.USER, MemberFilter(roles=(STUDENT, TEACHER))),
            "/sections/1/enrollments?type[]=StudentEnrollment&type[]=TeacherEnrollment"
            "&state[]=active&state[]=invited",
        ),
        (
            Members(SECTION, Kind.USER, MemberFilter(states=PAST)),
            "/sections/1/enrollments?state[]=completed",
        ),
        (
            Members(SECTION, Kind.ENROLLMENT),
            "/sections/1/enrollments?state[]=active&state[]=invited",
        ),
    ],
)
async def test_filters_are_said_in_the_endpoints_own_words(ask: Any, call: str) -> None:
    path = call.partition("?")[0]
    upstream = ScriptedUpstream({path: []})
    assert ids(await page(backend(upstream), ask, NAME)) == []
    assert len(upstream.calls) == 1
    assert upstream.calls[0].startswith(call)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (Search(Kind.USER, UserFilter("a")), BadInput),
        (Children(COURSE, Kind.SECTION, SectionFilter("a")), BadInput),
        (Members(COURSE, Kind.USER, MemberFilter("a")), BadInput),
        (Children(COURSE, Kind.SECTION, SectionFilter(include_past=False)), Unsupported),
        (Search(Kind.USER, UserFilter(states=PAST)), Unsupported),
        (Search(Kind.USER, UserFilter(roles=(STUDENT, TEACHER))), Unsupported),
        (Search(Kind.SECTION), Unsupported),
        (Children(Key(Kind.USER, "5"), Kind.COURSE, CourseFilter("bio")), Unsupported),
        (Children(Key(Kind.USER, "5"), Kind.SECTION, SectionFilter("lab")), Unsupported),
        (Members(COURSE, Kind.USER, MemberFilter(states=(EnrollmentState.ARCHIVED,))), Unsupported),
        (Members(SECTION, Kind.USER, MemberFilter("ada", states=PAST)), Unsupported),
        (Members(SECTION, Kind.ENROLLMENT, MemberFilter("ada")), Unsupported),
        (Members(COURSE, Kind.ENROLLMENT, MemberFilter("ada", states=PAST)), Unsupported),
        (Members(Key(Kind.USER, "5"), Kind.USER), Unsupported),
        (Children(Key(Kind.TERM, "5"), Kind.COURSE), Unsupported),
        (Children(Key(Kind.COURSE, "self"), Kind.SECTION), BadInput),
        (Members(COURSE, Kind.USER, MemberFilter(ids=("1", "../2"))), BadInput),
    ],
)
async def test_what_canvas_cannot_do_is_refused_before_it_is_asked(
    ask: Any, error: type[LmsError]
) -> None:
    upstream = ScriptedUpstream()
    assert isinstance(await answer(backend(upstream), ask, NAME), error)
    assert upstream.calls == []


async def test_a_huge_course_is_read_page_by_page() -> None:
    rows = [section(n) for n in range(1, 10_001)]
    upstream = ScriptedUpstream({PATH: paged_list(PATH, rows)})
    results = await page(backend(upstream), sections(50), NAME)
    assert (len(results.items), len(upstream.calls)) == (50, 1)


async def test_people_met_twice_in_enrollments_are_told_once_across_pages() -> None:
    rows = [enrollment(n, n // 2 + 1, user=user(n // 2 + 1)) for n in range(240)]
    rows = [row | {"id": row["id"] + 1} for row in rows]
    path = "/sections/1/enrollments"
    upstream = ScriptedUpstream({path: paged_list(path, rows)})
    both = MemberFilter(roles=(STUDENT, TEACHER))
    seen: list[str] = []
    after = None
    while after != ():
        results = await page(
            backend(upstream), Members(SECTION, Kind.USER, both, PageRequest(30, after)), NAME
        )
        seen += ids(results)
        after = results.positions[-1] if results.has_next else ()
    assert seen == [str(n) for n in range(1, 121)]


async def test_courses_are_listed_with_what_can_be_told_of_a_list() -> None:
    rows = [course(n, total_students=n) for n in range(1, 4)]
    upstream = ScriptedUpstream({"/accounts/self/courses": rows})
    results = await page(
        backend(upstream), Search(Kind.COURSE), projection_of("name", "student_count")
    )
    assert [item.student_count for item in results.items] == [1, 2, 3]  # type: ignore[attr-defined]
