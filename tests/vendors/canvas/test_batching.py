"""Calls that a batch of loads costs at Canvas, counted without a socket."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from lms_gateway.domain.errors import Forbidden, NotFound, Unsupported, UpstreamUnavailable
from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    MemberFilter,
    Members,
    PageRequest,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.models import Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call
from tests.vendors.canvas.rows import (
    course_row,
    enrollment_row,
    paged_list,
    roster_rows,
    section_row,
    user_row,
)
from tests.vendors.canvas.scripted import canvas_backend, canvas_upstream
from tests.vendors.fetching import (
    fetch_answer,
    fetch_answers,
    fetch_page,
    fetch_record,
    records_of,
    vendor_ids,
)

STUDENTS = MemberFilter(roles=(Role.STUDENT,))
TEACHERS = MemberFilter(roles=(Role.TEACHER,))
NAMES = Projection.of("display_name")
COURSE_1 = Key(Kind.COURSE, "1")


def sections_of(course_id: str = "1") -> Children:
    return Children(Key(Kind.COURSE, course_id), Kind.SECTION)


def students_of(section_id: int, first: int = 50, **options: Any) -> Members:
    return Members(Key(Kind.SECTION, str(section_id)), Kind.USER, STUDENTS, PageRequest(first, **options))


def known_sections(store: Store, numbers: range, of_course: str = "1") -> None:
    for number in numbers:
        store.merge(Kind.SECTION, str(number), {"course_id": of_course})


async def test_a_course_and_its_sections_are_two_calls() -> None:
    """The list includes the counts, and the first call reads the course of each section."""
    rows = [section_row(n, total_students=n) for n in range(1, 21)]
    upstream = canvas_upstream(
        {
            "/courses/1": course_row(1),
            "/courses/1/sections": paged_list("/courses/1/sections", rows),
        }
    )
    store = Store("maple")
    results = await fetch_answers(
        canvas_backend(upstream),
        {
            ById(Kind.COURSE, "1"): Projection.of("name"),
            sections_of(): Projection.of("name", "student_count", course=Projection.of("name")),
        },
        store,
    )
    assert [item.student_count for item in results[sections_of()].items] == list(range(1, 21))  # type: ignore[union-attr]
    assert sorted(upstream.urls) == [
        "/courses/1",
        "/courses/1/sections?include[]=total_students&per_page=50",
    ]
    assert store.has_fields(COURSE_1, {"name"})


async def test_terms_and_teachers_are_included_in_the_list_of_courses() -> None:
    rows = [
        course_row(
            n,
            term={"id": 34, "name": "Fall", "start_at": None, "end_at": None},
            teachers=[{"id": 7, "display_name": "Grace", "avatar_image_url": None}],
        )
        for n in range(1, 50)
    ]
    rows.append({"id": 50, "access_restricted_by_date": True})
    upstream = canvas_upstream({"/accounts/self/courses": rows})
    canvas, store = canvas_backend(upstream), Store("maple")
    projection = Projection.of("name", term=Projection.of("name"), teachers=NAMES)
    await fetch_page(canvas, Search(Kind.COURSE), projection, store)
    assert upstream.includes() == ["teachers", "term"]
    assert store.has_fields(Key(Kind.TERM, "34"), {"name", "is_active", "canvas.sis_term_id"})

    loads = {Members(Key(Kind.COURSE, str(n)), Kind.USER, TEACHERS): NAMES for n in range(1, 51)}
    results = await fetch_answers(canvas, loads, store)
    assert len(upstream.urls) == 1
    pages = list(results.values())
    assert [vendor_ids(item) for item in pages[:49]] == [["7"]] * 49
    assert pages[49] is None, "a course that its dates close costs nothing more"


async def test_fields_that_teachers_lack_are_read_from_the_roster() -> None:
    teacher = user_row(7, email="g@maple.example")
    upstream = canvas_upstream({"/courses/1": course_row(1), "/courses/1/users": [teacher]})
    projection = Projection.of("display_name", "email")
    load = Members(COURSE_1, Kind.USER, TEACHERS)
    results = await fetch_answers(
        canvas_backend(upstream),
        {ById(Kind.COURSE, "1"): Projection.of("name", teachers=projection), load: projection},
    )
    assert upstream.includes(0) == []
    assert vendor_ids(results[load]) == ["7"]
    assert results[load].items[0].email == "g@maple.example"  # type: ignore[union-attr]


async def test_teachers_loaded_with_their_course_need_one_call() -> None:
    """The course is known from the reference, so both loads are in one batch."""
    teachers = [{"id": n, "display_name": f"T{n}"} for n in (7, 8, 9)]
    upstream = canvas_upstream({"/courses/1": course_row(1, teachers=teachers)})
    load = Members(COURSE_1, Kind.USER, TEACHERS, PageRequest(2))
    batch = {ById(Kind.COURSE, "1"): Projection.of("name"), load: NAMES}
    results = await fetch_answers(canvas_backend(upstream), batch)
    first = results[load]
    assert vendor_ids(first) == ["7", "8"]
    assert (first.has_next, first.total) == (True, 3)  # type: ignore[union-attr]
    assert upstream.urls == ["/courses/1?include[]=teachers"]

    later = Members(COURSE_1, Kind.USER, TEACHERS, PageRequest(2, first.positions[-1]))  # type: ignore[union-attr]
    second = await fetch_page(canvas_backend(upstream), later, NAMES)
    assert (vendor_ids(second), second.has_next) == (["9"], False)
    assert len(upstream.urls) == 2


async def test_teachers_that_were_not_included_are_read_from_the_roster() -> None:
    """Canvas silently ignores includes of a developer key that does not allow them."""
    upstream = canvas_upstream({"/courses/1": course_row(1), "/courses/1/users": [user_row(7)]})
    load = Members(COURSE_1, Kind.USER, TEACHERS)
    results = await fetch_answers(
        canvas_backend(upstream), {ById(Kind.COURSE, "1"): Projection.of("name"), load: NAMES}
    )
    assert vendor_ids(results[load]) == ["7"]
    assert len(upstream.urls) == 2


async def test_students_of_forty_sections_cost_the_pages_of_the_roster() -> None:
    rows = roster_rows(range(1, 41), 6)
    upstream = canvas_upstream({"/courses/1/users": paged_list("/courses/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 41))
    results = await fetch_answers(
        canvas_backend(upstream),
        {students_of(n): Projection.of("display_name", "email") for n in range(1, 41)},
        store,
    )
    assert [len(vendor_ids(item)) for item in results.values()] == [6] * 40
    assert results[students_of(3)].items[0].email == "u3.0@maple.example"  # type: ignore[union-attr]
    assert results[students_of(3)].total == 6  # type: ignore[union-attr]
    assert upstream.paths == ["/courses/1/users"] * 3
    assert "per_page=100" in upstream.urls[0]
    assert "enrollment_type[]=student" in upstream.urls[0]


async def test_students_and_teachers_and_enrollments_share_one_roster() -> None:
    rows = roster_rows((1, 2), 2)
    rows += [
        user_row(5, enrollments=[enrollment_row(1, 5, 1, type="TeacherEnrollment")]),
        user_row(
            6,
            enrollments=[
                enrollment_row(2, 6, 2, type="TeacherEnrollment"),
                enrollment_row(3, 6, 1),
            ],
        ),
    ]
    upstream = canvas_upstream({"/courses/1/users": rows})
    store = Store("maple")
    known_sections(store, range(1, 3))
    item, two = Key(Kind.SECTION, "1"), Key(Kind.SECTION, "2")
    results = await fetch_answers(
        canvas_backend(upstream),
        {
            students_of(1): NAMES,
            Members(two, Kind.USER, TEACHERS): NAMES,
            Members(item, Kind.ENROLLMENT): Projection.of("role", user=NAMES),
        },
        store,
    )
    assert vendor_ids(results[students_of(1)]) == ["1000", "1001", "6"]
    assert vendor_ids(results[Members(two, Kind.USER, TEACHERS)]) == ["6"]
    assert vendor_ids(results[Members(item, Kind.ENROLLMENT)]) == ["9000", "9002", "1", "3"]
    assert len(upstream.urls) == 1


async def test_a_roster_without_sections_is_read_section_by_section() -> None:
    """A setting of the course can hide the sections of enrollments."""
    hidden = [{**row, "enrollments": [{**row["enrollments"][0]}]} for row in roster_rows((1, 2), 3)]
    for row in hidden:
        del row["enrollments"][0]["course_section_id"]
    upstream = canvas_upstream(
        {
            "/courses/1/users": hidden,
            "/sections/1/users": [user_row(11)],
            "/sections/2/users": [user_row(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await fetch_answers(
        canvas_backend(upstream), {students_of(1): NAMES, students_of(2): NAMES}, store
    )
    assert [vendor_ids(item) for item in results.values()] == [["11"], ["12"]]


@pytest.mark.parametrize("error", [Forbidden("no"), NotFound("no")])
async def test_a_refused_roster_is_read_section_by_section(error: Exception) -> None:
    upstream = canvas_upstream(
        {
            "/courses/1/users": error,
            "/sections/1/users": [user_row(11)],
            "/sections/2/users": [user_row(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await fetch_answers(
        canvas_backend(upstream), {students_of(1): NAMES, students_of(2): NAMES}, store
    )
    assert [vendor_ids(item) for item in results.values()] == [["11"], ["12"]]


async def test_two_sections_of_a_course_of_thousands_do_not_read_all_of_it() -> None:
    """After two vendor pages a section, each section is read alone."""
    rows = roster_rows(range(10, 90), 40) + roster_rows((1, 2), 9)
    upstream = canvas_upstream(
        {
            "/courses/1/users": paged_list("/courses/1/users", rows),
            "/sections/1/users": [user_row(11)],
            "/sections/2/users": [user_row(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await fetch_answers(
        canvas_backend(upstream), {students_of(1, 5): NAMES, students_of(2, 5): NAMES}, store
    )
    assert [vendor_ids(item) for item in results.values()] == [["11"], ["12"]]
    assert len(upstream.urls) == 6


async def test_a_page_of_a_shared_roster_continues_in_the_same_roster() -> None:
    rows = roster_rows((1, 2), 120)
    upstream = canvas_upstream({"/courses/1/users": paged_list("/courses/1/users", rows)})
    canvas, store = canvas_backend(upstream), Store("maple")
    known_sections(store, range(1, 3))
    results = await fetch_answers(canvas, {students_of(1, 30): NAMES, students_of(2, 30): NAMES}, store)
    assert upstream.paths == ["/courses/1/users"]
    first = results[students_of(1, 30)]
    assert first.has_next  # type: ignore[union-attr]
    seen, after = vendor_ids(first), first.positions[-1]  # type: ignore[union-attr]
    while after:
        later = await fetch_page(canvas, students_of(1, 30, after=after), NAMES)
        seen += vendor_ids(later)
        after = later.positions[-1] if later.has_next else ()
    assert seen == [str(1000 + turn) for turn in range(120)]


async def test_one_section_of_a_huge_course_does_not_read_its_roster() -> None:
    rows = [user_row(n) for n in range(1, 3000)]
    upstream = canvas_upstream({"/sections/1/users": paged_list("/sections/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 2))
    results = await fetch_page(canvas_backend(upstream), students_of(1, 5), NAMES, store)
    assert vendor_ids(results) == ["1", "2", "3", "4", "5"]
    assert results.has_next
    assert upstream.urls == ["/sections/1/users?exclude_inactive=true&enrollment_type=student&per_page=5"]


async def test_older_canvas_lists_a_sections_users_by_their_enrollments() -> None:
    """`/sections/:id/users` is missing before 2025; it is tried once."""
    rows = [enrollment_row(n, 100 + n, user=user_row(100 + n)) for n in range(1, 4)]
    rows.append(enrollment_row(9, 101, user=user_row(101)))
    upstream = canvas_upstream({"/sections/1/enrollments": rows, "/sections/2/enrollments": []})
    canvas = canvas_backend(upstream)
    results = await fetch_page(canvas, students_of(1), NAMES)
    assert vendor_ids(results) == ["101", "102", "103"]
    assert records_of(results)[0].display_name == "Ada 101"
    await fetch_page(canvas, students_of(2), NAMES)
    assert upstream.paths == [
        "/sections/1/users",
        "/sections/1/enrollments",
        "/sections/2/enrollments",
    ]


async def test_email_addresses_of_a_sections_page_are_one_call() -> None:
    """`/sections/:id/users` has no email; the course's roster has it for all users at once."""
    people = [user_row(n) for n in range(1, 6)]
    upstream = canvas_upstream(
        {
            "/sections/1/users": people,
            "/courses/1/users": [{**row, "email": f"{row['id']}@maple.example"} for row in people],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 2))
    results = await fetch_page(canvas_backend(upstream), students_of(1), Projection.of("email"), store)
    assert [item.email for item in records_of(results)] == [f"{n}@maple.example" for n in range(1, 6)]
    assert len(upstream.urls) == 2


@pytest.mark.parametrize("group", [Key(Kind.SECTION, "1"), COURSE_1])
async def test_email_addresses_of_a_page_of_enrollments_are_one_call(group: Key) -> None:
    rows = [enrollment_row(n, n, user=user_row(n)) for n in range(1, 6)]
    people = [user_row(n, email=f"{n}@maple.example") for n in range(1, 6)]
    upstream = canvas_upstream({f"/{group.kind}s/1/enrollments": rows, "/courses/1/users": people})
    store = Store("maple")
    known_sections(store, range(1, 2))
    projection = Projection.of("role", user=Projection.of("email"))
    await fetch_page(canvas_backend(upstream), Members(group, Kind.ENROLLMENT), projection, store)
    assert all(store.has_fields(Key(Kind.USER, str(n)), {"email"}) for n in range(1, 6))
    assert len(upstream.urls) == 2


async def test_thirty_sections_and_a_sis_id_of_one_of_them_are_thirty_calls() -> None:
    replies: Mapping[str, Any] = {f"/sections/{n}": section_row(n, n % 3 + 1) for n in range(1, 31)}
    upstream = canvas_upstream(replies)
    store = Store("maple")
    alias = ByAlias(Kind.SECTION, Alias.SIS_ID, "S7")
    batch: dict[Any, Any] = {ById(Kind.SECTION, str(n)): Projection.of("name") for n in range(1, 31)}
    results = await fetch_answers(canvas_backend(upstream), {alias: Projection.of("name"), **batch}, store)
    assert len(upstream.urls) == len(set(upstream.urls)) == 30
    assert results[alias] is results[ById(Kind.SECTION, "7")]
    repeated = await fetch_answers(canvas_backend(upstream), batch, store)
    assert len(upstream.urls) == 30
    assert repeated[ById(Kind.SECTION, "7")] is results[alias]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("S-7_a", "sis_section_id:S-7_a"),
        ("two words", "sis_section_id:two%20words"),
        ("a/b?.json", "hex:sis_section_id:612f623f2e6a736f6e"),
        ("50%", "hex:sis_section_id:353025"),
        ("../1", "hex:sis_section_id:2e2e2f31"),
        ("é", "hex:sis_section_id:c3a9"),
    ],
)
async def test_sis_ids_are_encoded_as_one_path_segment(value: str, path: str) -> None:
    upstream = canvas_upstream({f"/sections/{path}": section_row(7)})
    results = await fetch_record(
        canvas_backend(upstream), ByAlias(Kind.SECTION, Alias.SIS_ID, value), Projection.of("name")
    )
    assert results.key.id == "7"


async def test_a_section_has_no_login_id() -> None:
    load = ByAlias(Kind.SECTION, Alias.LOGIN_ID, "ada")
    assert isinstance(
        await fetch_answer(canvas_backend(canvas_upstream()), load, Projection.of()), Unsupported
    )


async def test_sixty_users_of_a_course_by_id_are_one_call() -> None:
    people = [user_row(n) for n in range(1, 61)]
    upstream = canvas_upstream({"/courses/1/users": paged_list("/courses/1/users", people)})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 61)))
    load = Members(COURSE_1, Kind.USER, chosen, PageRequest(60))
    assert len(vendor_ids(await fetch_page(canvas_backend(upstream), load, NAMES))) == 60
    assert len(upstream.urls) == 1
    assert upstream.urls[0].count("user_ids[]=") == 60


async def test_more_than_a_hundred_ids_are_requested_in_hundreds() -> None:
    """With a longer address Canvas omits the link to the next page."""

    def among(call: Call) -> Any:
        ids = [value for name, value in call.params if name == "user_ids[]"]
        return [user_row(int(id)) for id in ids]

    upstream = canvas_upstream({"/courses/1/users": among})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 251)))
    first = await fetch_page(
        canvas_backend(upstream), Members(COURSE_1, Kind.USER, chosen, PageRequest(150)), NAMES
    )
    assert (len(vendor_ids(first)), len(upstream.urls), first.has_next) == (150, 2, True)
    after = first.positions[-1]
    rest = await fetch_page(
        canvas_backend(upstream),
        Members(COURSE_1, Kind.USER, chosen, PageRequest(150, after)),
        NAMES,
    )
    assert vendor_ids(rest) == [str(n) for n in range(151, 251)]


async def test_users_of_a_section_by_id_are_read_from_the_courses_roster() -> None:
    upstream = canvas_upstream({"/sections/1": section_row(1), "/courses/1/users": roster_rows((1, 2), 3)})
    chosen = MemberFilter(ids=("1000", "2000"))
    load = Members(Key(Kind.SECTION, "1"), Kind.USER, chosen)
    assert "1000" in vendor_ids(await fetch_page(canvas_backend(upstream), load, NAMES))
    assert upstream.paths == ["/sections/1", "/courses/1/users"]


async def test_the_term_of_sections_is_included_in_their_course_once() -> None:
    row = course_row(1, term={"id": 34, "name": "Fall"})
    upstream = canvas_upstream({"/courses/1": row})
    store = Store("maple")
    known_sections(store, range(1, 6))
    terms = {TermsOf(Key(Kind.SECTION, str(n))): Projection.of("name") for n in range(1, 6)}
    batch: dict[Any, Any] = {**terms, ById(Kind.COURSE, "1"): Projection.of("name")}
    results = await fetch_answers(canvas_backend(upstream), batch, store)
    assert upstream.urls == ["/courses/1?include[]=term"]
    assert [vendor_ids(results[load]) for load in terms] == [["34"]] * 5
    await fetch_answers(canvas_backend(upstream), terms, store)
    assert len(upstream.urls) == 1


async def test_the_term_of_an_unknown_section_reads_the_section_first() -> None:
    upstream = canvas_upstream({"/sections/1": section_row(1), "/courses/1": course_row(1, term={"id": 34})})
    batch = {
        ById(Kind.SECTION, "1"): Projection.of("name"),
        TermsOf(Key(Kind.SECTION, "1")): Projection.of("name"),
    }
    results = await fetch_answers(canvas_backend(upstream), batch)
    assert vendor_ids(results[TermsOf(Key(Kind.SECTION, "1"))]) == ["34"]
    assert upstream.urls == ["/sections/1", "/courses/1?include[]=term"]


async def test_the_viewers_courses_are_listed_if_the_accounts_are_refused() -> None:
    """The refused endpoint is tried once."""
    upstream = canvas_upstream({"/accounts/self/courses": Forbidden("no"), "/courses": [course_row(1)]})
    canvas = canvas_backend(upstream)
    for _ in range(2):
        assert vendor_ids(await fetch_page(canvas, Search(Kind.COURSE), Projection.of("name"))) == ["1"]
    assert upstream.paths == ["/accounts/self/courses", "/courses", "/courses"]


async def test_the_viewer_is_read_once_and_lists_the_viewers_courses() -> None:
    upstream = canvas_upstream({"/users/self": user_row(5), "/courses": [course_row(1)]})
    canvas, store = canvas_backend(upstream), Store("maple")
    viewer = await fetch_record(canvas, Viewer(), NAMES, store)
    assert await fetch_record(canvas, Viewer(), NAMES, store) is viewer
    load = Children(Key(Kind.USER, "5"), Kind.COURSE)
    assert vendor_ids(await fetch_page(canvas, load, Projection.of("name"), store)) == ["1"]
    assert upstream.paths == ["/users/self", "/courses"]


async def test_a_users_sections_are_read_from_the_enrollments() -> None:
    rows = [
        enrollment_row(1, 5, 11, sis_section_id="S11"),
        enrollment_row(2, 5, 12),
        enrollment_row(3, 5, 11, type="TaEnrollment"),
    ]
    upstream = canvas_upstream({"/users/5/enrollments": rows})
    results = await fetch_page(
        canvas_backend(upstream),
        Children(Key(Kind.USER, "5"), Kind.SECTION),
        Projection.of("sis_id"),
    )
    assert vendor_ids(results) == ["11", "12"]
    assert records_of(results)[0].sis_id == "S11"


async def test_a_users_sections_that_are_hidden_are_refused() -> None:
    """An error, because an empty list would be wrong."""
    upstream = canvas_upstream({"/users/5/enrollments": [enrollment_row(1, 5, None)]})
    load = Children(Key(Kind.USER, "5"), Kind.SECTION)
    assert isinstance(await fetch_answer(canvas_backend(upstream), load, Projection.of()), Forbidden)


async def test_a_profile_is_read_only_for_its_own_fields() -> None:
    upstream = canvas_upstream({"/users/5": user_row(5), "/users/5/profile": {"id": 5, "bio": "Counts."}})
    canvas = canvas_backend(upstream)
    await fetch_record(canvas, ById(Kind.USER, "5"), Projection.of("name", "locale"))
    assert upstream.paths == ["/users/5"]
    user_record = await fetch_record(canvas, ById(Kind.USER, "5"), Projection.of("name", "bio"))
    assert user_record.bio == "Counts."
    assert upstream.paths == ["/users/5", "/users/5", "/users/5/profile"]


async def test_a_slow_read_does_not_delay_others() -> None:
    upstream = canvas_upstream({"/sections/1": section_row(1), "/sections/2": section_row(2)})
    gate = upstream.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    first = asyncio.Event()

    def settle(load: Any, answer: Any) -> None:
        settled.append(load)
        first.set()

    slow, fast = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    batch: dict[Any, Any] = {slow: Projection.of("name"), fast: Projection.of("name")}
    fetch = asyncio.create_task(canvas_backend(upstream).fetch(batch, Store("maple"), settle))
    await first.wait()
    assert settled == [fast]
    gate.set()
    await fetch
    assert settled == [fast, slow]


async def test_an_abandoned_fetch_is_cancelled() -> None:
    upstream = canvas_upstream({"/sections/1": section_row(1)})
    upstream.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    fetch = asyncio.create_task(
        canvas_backend(upstream).fetch(
            {ById(Kind.SECTION, "1"): Projection.of("name")},
            Store("maple"),
            lambda load, _: settled.append(load),
        )
    )
    await upstream.was_called.wait()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert settled == []


async def test_a_failure_affects_only_its_own_loads() -> None:
    upstream = canvas_upstream({"/sections/1": section_row(1), "/sections/2": UpstreamUnavailable("503")})
    good, bad = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    results = await fetch_answers(
        canvas_backend(upstream), {good: Projection.of("name"), bad: Projection.of("name")}
    )
    assert results[good].name == "Section 1"  # type: ignore[union-attr]
    assert isinstance(results[bad], UpstreamUnavailable)


@pytest.mark.parametrize("error", [NotFound("404"), Forbidden("403")])
async def test_unknown_and_hidden_objects_are_null_unless_a_row_contains_them(
    error: Exception,
) -> None:
    upstream = canvas_upstream({"/courses/1": error})
    canvas, store = canvas_backend(upstream), Store("maple")
    load = ById(Kind.COURSE, "1")
    assert await fetch_answer(canvas, load, Projection.of("name"), store) is None
    assert await fetch_answer(canvas, load, Projection.of("name"), store) is None
    assert len(upstream.urls) == 1, "asked once"

    other = Store("maple")
    other.merge(Kind.COURSE, "1", {"sis_id": "C1"})
    half = await fetch_record(canvas, load, Projection.of("name", "sis_id"), other)
    assert (half.sis_id, half.name) == ("C1", None)
    assert "name" in half.known_fields
