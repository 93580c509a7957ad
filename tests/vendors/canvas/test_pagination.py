"""Canvas's pages: opaque, short, empty, repeated, and links to other hosts."""

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
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.canvas.rows import (
    BASE,
    course_row,
    enrollment_row,
    linked_reply,
    paged_list,
    section_row,
    user_row,
)
from tests.vendors.canvas.scripted import canvas_backend, canvas_upstream
from tests.vendors.fake_upstream import ScriptedUpstream, query_of
from tests.vendors.fetching import fetch_answer, fetch_page, records_of, vendor_ids

NAME = Projection.of("name")
COURSE = Key(Kind.COURSE, "1")
SECTION = Key(Kind.SECTION, "1")
PATH = "/courses/1/sections"


def sections(first: int = 50, after: Position | None = None) -> Children:
    return Children(COURSE, Kind.SECTION, None, PageRequest(first, after))


async def read_all_pages(upstream: ScriptedUpstream, first: int) -> tuple[list[list[str]], list[int]]:
    """Return all pages, and the number of calls of each."""
    pages, costs, after = [], [], None
    while True:
        upstream.calls.clear()
        loaded = await fetch_page(canvas_backend(upstream), sections(first, after), NAME)
        pages.append(vendor_ids(loaded))
        costs.append(len(upstream.urls))
        if not loaded.has_next:
            return pages, costs
        after = loaded.positions[-1]


@pytest.mark.parametrize("bookmarks", [False, True])
async def test_each_page_is_one_call(bookmarks: bool) -> None:
    rows = [section_row(n) for n in range(1, 26)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows, bookmarks=bookmarks)})
    pages, costs = await read_all_pages(upstream, 10)
    assert pages == [[str(n) for n in range(a, b)] for a, b in [(1, 11), (11, 21), (21, 26)]]
    assert costs == [1, 1, 1]
    assert upstream.urls[-1].endswith("page=bookmark:3" if bookmarks else "page=3")


async def test_canvas_may_return_smaller_pages_than_requested() -> None:
    """Older versions return 50 rows and name that size in the link: such a page is full."""
    rows = [section_row(n) for n in range(1, 131)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows, max_rows=50)})
    pages, costs = await read_all_pages(upstream, 100)
    assert [len(item) for item in pages] == [100, 30]
    assert costs == [2, 1]


async def test_a_page_continues_in_the_middle_of_a_vendor_page() -> None:
    rows = [section_row(n) for n in range(1, 31)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows)})
    first = await fetch_page(canvas_backend(upstream), sections(10), NAME)
    rest = await fetch_page(canvas_backend(upstream), sections(20, first.positions[3]), NAME)
    assert vendor_ids(rest) == [str(n) for n in range(5, 25)]
    assert rest.has_next


async def test_short_and_empty_pages_are_skipped() -> None:
    rows = [section_row(n) for n in range(1, 51)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows, is_hidden=lambda row: 4 <= row["id"] <= 32)})
    results = await fetch_page(canvas_backend(upstream), sections(10), NAME)
    assert vendor_ids(results) == ["1", "2", "3", *(str(n) for n in range(33, 40))]
    assert results.has_next
    assert len(upstream.urls) == 4


async def test_has_next_is_true_only_if_a_row_follows() -> None:
    """After a short page with a next link, the next page is read."""
    rows = [section_row(n) for n in range(1, 21)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows, is_hidden=lambda row: row["id"] > 9)})
    results = await fetch_page(canvas_backend(upstream), sections(9), NAME)
    assert results.has_next, "a full page with a next one is taken at its word"
    upstream = canvas_upstream(
        {PATH: paged_list(PATH, rows, is_hidden=lambda row: row["id"] in (3, *range(11, 21)))}
    )
    results = await fetch_page(canvas_backend(upstream), sections(10), NAME)
    assert (len(results.items), results.has_next, results.total) == (9, False, 9)


async def test_a_total_is_returned_only_if_it_is_certain() -> None:
    rows = [section_row(n) for n in range(1, 6)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows)})
    assert (await fetch_page(canvas_backend(upstream), sections(50), NAME)).total == 5
    assert (await fetch_page(canvas_backend(upstream), sections(3), NAME)).total is None

    def item(call: Call) -> Reply:
        link = f"{BASE}/api/v1{PATH}?per_page=1&page="
        return linked_reply([section_row(1)], next=f"{link}2", last=f"{link}5")

    assert (await fetch_page(canvas_backend(canvas_upstream({PATH: item})), sections(1), NAME)).total == 5


async def test_repeated_rows_are_returned_once() -> None:
    rows = [section_row(n) for n in (1, 2, 2, 3, 3, 4)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows)})
    assert vendor_ids(await fetch_page(canvas_backend(upstream), sections(50), NAME)) == [
        "1",
        "2",
        "3",
        "4",
    ]


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
async def test_a_link_to_another_host_is_refused(link: str) -> None:
    upstream = canvas_upstream({PATH: linked_reply([section_row(1)], next=link)})
    assert isinstance(await fetch_answer(canvas_backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.urls) == 1


async def test_only_the_token_of_a_link_is_followed() -> None:
    """The link of /search_users names /users, and the link of `self` a number."""

    def pages(call: Call) -> Reply:
        if "page" in query_of(call):
            return linked_reply([section_row(2)])
        return linked_reply([section_row(1)], next=f"{BASE}/api/v1/courses/99/users?page=p2&per_page=7")

    upstream = canvas_upstream({PATH: pages})
    assert vendor_ids(await fetch_page(canvas_backend(upstream), sections(), NAME)) == ["1", "2"]
    assert upstream.urls[1] == f"{PATH}?per_page=50&page=p2"


@pytest.mark.parametrize(
    "links",
    ["", "garbage", '<https://x>; rel="prev"', "<>;;;,,,", "<https://maple.instructure.com>"],
)
async def test_a_link_header_without_a_next_page_ends_the_list(links: str) -> None:
    results = await fetch_page(
        canvas_backend(canvas_upstream({PATH: Reply(200, {"link": links}, b'[{"id": 1}]')})),
        sections(),
        NAME,
    )
    assert not results.has_next


async def test_pages_that_repeat_end_in_an_error() -> None:
    def same(call: Call) -> Reply:
        return linked_reply([section_row(1)], next=f"{BASE}/api/v1{PATH}?page=2")

    upstream = canvas_upstream({PATH: same})
    assert isinstance(await fetch_answer(canvas_backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.urls) == 2


async def test_new_tokens_with_the_same_rows_end_in_an_error() -> None:
    upstream = canvas_upstream()

    def same(call: Call) -> Reply:
        return linked_reply([section_row(1)], next=f"{BASE}/api/v1{PATH}?page=t{len(upstream.urls)}")

    upstream.replies[PATH] = same
    assert isinstance(await fetch_answer(canvas_backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.urls) == 2


async def test_endless_empty_pages_end_in_an_error() -> None:
    upstream = canvas_upstream()

    def empty(call: Call) -> Reply:
        return linked_reply([], next=f"{BASE}/api/v1{PATH}?page=t{len(upstream.urls)}")

    upstream.replies[PATH] = empty
    assert isinstance(await fetch_answer(canvas_backend(upstream), sections(), NAME), UpstreamInvalid)
    assert len(upstream.urls) < 200


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"id": 1}', b"[1]", b'[{"id": 1}, null]', b'[{"id": 1']
)
async def test_a_reply_that_is_not_a_list_of_objects_is_invalid(body: bytes) -> None:
    upstream = canvas_upstream({PATH: Reply(200, {}, body)})
    assert isinstance(await fetch_answer(canvas_backend(upstream), sections(), NAME), UpstreamInvalid)


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
async def test_a_cursor_of_another_list_is_refused(after: Position) -> None:
    upstream = canvas_upstream({PATH: [section_row(1)]})
    results = await fetch_answer(canvas_backend(upstream), sections(10, after), NAME)
    assert isinstance(results, BadInput)
    assert upstream.urls == []


async def test_a_page_of_no_rows_costs_no_call() -> None:
    upstream = canvas_upstream()
    results = await fetch_page(canvas_backend(upstream), sections(0), NAME)
    assert (vendor_ids(results), results.has_next, upstream.urls) == ([], False, [])


@pytest.mark.parametrize(
    "ask",
    [
        Search(Kind.COURSE, CourseFilter(states=())),
        Search(Kind.COURSE, CourseFilter(teacher_ids=())),
        Members(COURSE, Kind.USER, MemberFilter(ids=())),
        Members(SECTION, Kind.USER, MemberFilter(roles=())),
    ],
)
async def test_an_empty_choice_matches_nothing_and_costs_no_call(ask: Any) -> None:
    upstream = canvas_upstream()
    assert vendor_ids(await fetch_page(canvas_backend(upstream), ask, NAME)) == []
    assert upstream.urls == []


STUDENT, TEACHER = Role.STUDENT, Role.TEACHER
PAST = (EnrollmentState.COMPLETED,)


@pytest.mark.parametrize(
    ("ask", "call"),
    [
        (
            Search(Kind.COURSE, CourseFilter("bio", (CourseState.UNPUBLISHED,), "34", ("7", "8"))),
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
            Children(Key(Kind.USER, "5"), Kind.COURSE, CourseFilter(states=(CourseState.COMPLETED,))),
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
async def test_filters_become_parameters_of_the_endpoint(ask: Any, call: str) -> None:
    path = call.partition("?")[0]
    upstream = canvas_upstream({path: []})
    assert vendor_ids(await fetch_page(canvas_backend(upstream), ask, NAME)) == []
    assert len(upstream.urls) == 1
    assert upstream.urls[0].startswith(call)


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
async def test_unsupported_filters_are_refused_before_any_call(ask: Any, error: type[LmsError]) -> None:
    upstream = canvas_upstream()
    assert isinstance(await fetch_answer(canvas_backend(upstream), ask, NAME), error)
    assert upstream.urls == []


async def test_a_huge_course_is_read_page_by_page() -> None:
    rows = [section_row(n) for n in range(1, 10_001)]
    upstream = canvas_upstream({PATH: paged_list(PATH, rows)})
    results = await fetch_page(canvas_backend(upstream), sections(50), NAME)
    assert (len(results.items), len(upstream.urls)) == (50, 1)


async def test_users_with_several_enrollments_are_returned_once() -> None:
    rows = [enrollment_row(n, n // 2 + 1, user=user_row(n // 2 + 1)) for n in range(240)]
    rows = [row | {"id": row["id"] + 1} for row in rows]
    path = "/sections/1/enrollments"
    upstream = canvas_upstream({path: paged_list(path, rows)})
    both = MemberFilter(roles=(STUDENT, TEACHER))
    seen: list[str] = []
    after = None
    while after != ():
        results = await fetch_page(
            canvas_backend(upstream),
            Members(SECTION, Kind.USER, both, PageRequest(30, after)),
            NAME,
        )
        seen += vendor_ids(results)
        after = results.positions[-1] if results.has_next else ()
    assert seen == [str(n) for n in range(1, 121)]


async def test_counts_are_included_in_a_list_of_courses() -> None:
    rows = [course_row(n, total_students=n) for n in range(1, 4)]
    upstream = canvas_upstream({"/accounts/self/courses": rows})
    results = await fetch_page(
        canvas_backend(upstream), Search(Kind.COURSE), Projection.of("name", "student_count")
    )
    assert [item.student_count for item in records_of(results)] == [1, 2, 3]
