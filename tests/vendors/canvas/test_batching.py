"""What a wave costs at Canvas: calls counted on the folding alone, without a socket."""

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
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from tests.vendors.canvas.script import (
    ScriptedUpstream,
    answer,
    answers,
    backend,
    course,
    enrollment,
    ids,
    page,
    paged_list,
    record,
    roster,
    section,
    user,
)
from tests.vendors.projections import projection_of

STUDENTS = MemberFilter(roles=(Role.STUDENT,))
TEACHERS = MemberFilter(roles=(Role.TEACHER,))
NAMES = projection_of("display_name")
COURSE_1 = Key(Kind.COURSE, "1")


def sections_of(course_id: str = "1") -> Children:
    return Children(Key(Kind.COURSE, course_id), Kind.SECTION)


def students_of(section_id: int, first: int = 50, **options: Any) -> Members:
    return Members(
        Key(Kind.SECTION, str(section_id)), Kind.USER, STUDENTS, PageRequest(first, **options)
    )


def known_sections(store: Store, numbers: range, of_course: str = "1") -> None:
    for number in numbers:
        store.merge(Kind.SECTION, str(number), {"course_id": of_course})


async def test_a_course_and_its_sections_are_two_calls() -> None:
    """The counts come with the list, and each section's course is known from the first call."""
    rows = [section(n, total_students=n) for n in range(1, 21)]
    upstream = ScriptedUpstream(
        {"/courses/1": course(1), "/courses/1/sections": paged_list("/courses/1/sections", rows)}
    )
    store = Store("maple")
    results = await answers(
        backend(upstream),
        {
            ById(Kind.COURSE, "1"): projection_of("name"),
            sections_of(): projection_of("name", "student_count", course=projection_of("name")),
        },
        store,
    )
    assert [item.student_count for item in results[sections_of()].items] == list(range(1, 21))  # type: ignore[union-attr]
    assert sorted(upstream.calls) == [
        "/courses/1",
        "/courses/1/sections?include[]=total_students&per_page=50",
    ]
    assert store.has_fields(COURSE_1, {"name"})


async def test_terms_and_teachers_come_with_the_list_of_courses() -> None:
    rows = [
        course(
            n,
            term={"id": 34, "name": "Fall", "start_at": None, "end_at": None},
            teachers=[{"id": 7, "display_name": "Grace", "avatar_image_url": None}],
        )
        for n in range(1, 50)
    ]
    rows.append({"id": 50, "access_restricted_by_date": True})
    upstream = ScriptedUpstream({"/accounts/self/courses": rows})
    canvas, store = backend(upstream), Store("maple")
    projection = projection_of("name", term=projection_of("name"), teachers=NAMES)
    await page(canvas, Search(Kind.COURSE), projection, store)
    assert upstream.includes() == ["teachers", "term"]
    assert store.has_fields(Key(Kind.TERM, "34"), {"name", "is_active", "canvas.sis_term_id"})

    loads = {Members(Key(Kind.COURSE, str(n)), Kind.USER, TEACHERS): NAMES for n in range(1, 51)}
    results = await answers(canvas, loads, store)
    assert len(upstream.calls) == 1
    pages = list(results.values())
    assert [ids(item) for item in pages[:49]] == [["7"]] * 49
    assert pages[49] is None, "a course that its dates close costs nothing more"


async def test_what_teachers_do_not_carry_is_read_from_the_roster() -> None:
    teacher = user(7, email="g@maple.example")
    upstream = ScriptedUpstream({"/courses/1": course(1), "/courses/1/users": [teacher]})
    projection = projection_of("display_name", "email")
    load = Members(COURSE_1, Kind.USER, TEACHERS)
    results = await answers(
        backend(upstream),
        {ById(Kind.COURSE, "1"): projection_of("name", teachers=projection), load: projection},
    )
    assert upstream.includes(0) == []
    assert ids(results[load]) == ["7"]
    assert results[load].items[0].email == "g@maple.example"  # type: ignore[union-attr]


async def test_teachers_asked_for_with_their_course_are_its_one_call() -> None:
    """The child's key is known from the reference, so both are in one wave."""
    teachers = [{"id": n, "display_name": f"T{n}"} for n in (7, 8, 9)]
    upstream = ScriptedUpstream({"/courses/1": course(1, teachers=teachers)})
    load = Members(COURSE_1, Kind.USER, TEACHERS, PageRequest(2))
    batch = {ById(Kind.COURSE, "1"): projection_of("name"), load: NAMES}
    results = await answers(backend(upstream), batch)
    first = results[load]
    assert ids(first) == ["7", "8"]
    assert (first.has_next, first.total) == (True, 3)  # type: ignore[union-attr]
    assert upstream.calls == ["/courses/1?include[]=teachers"]

    later = Members(COURSE_1, Kind.USER, TEACHERS, PageRequest(2, first.positions[-1]))  # type: ignore[union-attr]
    second = await page(backend(upstream), later, NAMES)
    assert (ids(second), second.has_next) == (["9"], False)
    assert len(upstream.calls) == 2


async def test_teachers_that_were_not_included_are_read_from_the_roster() -> None:
    """A developer key that allows no includes has them dropped without a word."""
    upstream = ScriptedUpstream({"/courses/1": course(1), "/courses/1/users": [user(7)]})
    load = Members(COURSE_1, Kind.USER, TEACHERS)
    results = await answers(
        backend(upstream), {ById(Kind.COURSE, "1"): projection_of("name"), load: NAMES}
    )
    assert ids(results[load]) == ["7"]
    assert len(upstream.calls) == 2


async def test_students_of_forty_sections_are_the_pages_of_the_roster() -> None:
    rows = roster(range(1, 41), 6)
    upstream = ScriptedUpstream({"/courses/1/users": paged_list("/courses/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 41))
    results = await answers(
        backend(upstream),
        {students_of(n): projection_of("display_name", "email") for n in range(1, 41)},
        store,
    )
    assert [len(ids(item)) for item in results.values()] == [6] * 40
    assert results[students_of(3)].items[0].email == "u3.0@maple.example"  # type: ignore[union-attr]
    assert results[students_of(3)].total == 6  # type: ignore[union-attr]
    assert upstream.paths == ["/courses/1/users"] * 3
    assert "per_page=100" in upstream.calls[0]
    assert "enrollment_type[]=student" in upstream.calls[0]


async def test_students_and_teachers_and_enrollments_share_one_roster() -> None:
    rows = roster((1, 2), 2)
    rows += [
        user(5, enrollments=[enrollment(1, 5, 1, type="TeacherEnrollment")]),
        user(6, enrollments=[enrollment(2, 6, 2, type="TeacherEnrollment"), enrollment(3, 6, 1)]),
    ]
    upstream = ScriptedUpstream({"/courses/1/users": rows})
    store = Store("maple")
    known_sections(store, range(1, 3))
    item, two = Key(Kind.SECTION, "1"), Key(Kind.SECTION, "2")
    results = await answers(
        backend(upstream),
        {
            students_of(1): NAMES,
            Members(two, Kind.USER, TEACHERS): NAMES,
            Members(item, Kind.ENROLLMENT): projection_of("role", user=NAMES),
        },
        store,
    )
    assert ids(results[students_of(1)]) == ["1000", "1001", "6"]
    assert ids(results[Members(two, Kind.USER, TEACHERS)]) == ["6"]
    assert ids(results[Members(item, Kind.ENROLLMENT)]) == ["9000", "9002", "1", "3"]
    assert len(upstream.calls) == 1


async def test_a_roster_without_sections_is_read_section_by_section() -> None:
    """A course can hide who is in which section."""
    hidden = [{**row, "enrollments": [{**row["enrollments"][0]}]} for row in roster((1, 2), 3)]
    for row in hidden:
        del row["enrollments"][0]["course_section_id"]
    upstream = ScriptedUpstream(
        {
            "/courses/1/users": hidden,
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await answers(
        backend(upstream), {students_of(1): NAMES, students_of(2): NAMES}, store
    )
    assert [ids(item) for item in results.values()] == [["11"], ["12"]]


@pytest.mark.parametrize("error", [Forbidden("no"), NotFound("no")])
async def test_a_refused_roster_is_read_section_by_section(error: Exception) -> None:
    upstream = ScriptedUpstream(
        {
            "/courses/1/users": error,
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await answers(
        backend(upstream), {students_of(1): NAMES, students_of(2): NAMES}, store
    )
    assert [ids(item) for item in results.values()] == [["11"], ["12"]]


async def test_two_sections_of_a_course_of_thousands_do_not_read_all_of_it() -> None:
    """Two pages a section, and then each for itself."""
    rows = roster(range(10, 90), 40) + roster((1, 2), 9)
    upstream = ScriptedUpstream(
        {
            "/courses/1/users": paged_list("/courses/1/users", rows),
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    results = await answers(
        backend(upstream), {students_of(1, 5): NAMES, students_of(2, 5): NAMES}, store
    )
    assert [ids(item) for item in results.values()] == [["11"], ["12"]]
    assert len(upstream.calls) == 6


async def test_a_folded_page_goes_on_in_the_same_roster() -> None:
    rows = roster((1, 2), 120)
    upstream = ScriptedUpstream({"/courses/1/users": paged_list("/courses/1/users", rows)})
    canvas, store = backend(upstream), Store("maple")
    known_sections(store, range(1, 3))
    results = await answers(canvas, {students_of(1, 30): NAMES, students_of(2, 30): NAMES}, store)
    assert upstream.paths == ["/courses/1/users"]
    first = results[students_of(1, 30)]
    assert first.has_next  # type: ignore[union-attr]
    seen, after = ids(first), first.positions[-1]  # type: ignore[union-attr]
    while after:
        later = await page(canvas, students_of(1, 30, after=after), NAMES)
        seen += ids(later)
        after = later.positions[-1] if later.has_next else ()
    assert seen == [str(1000 + turn) for turn in range(120)]


async def test_one_section_of_a_huge_course_does_not_read_its_roster() -> None:
    rows = [user(n) for n in range(1, 3000)]
    upstream = ScriptedUpstream({"/sections/1/users": paged_list("/sections/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 2))
    results = await page(backend(upstream), students_of(1, 5), NAMES, store)
    assert ids(results) == ["1", "2", "3", "4", "5"]
    assert results.has_next
    assert upstream.calls == [
        "/sections/1/users?exclude_inactive=true&enrollment_type=student&per_page=5"
    ]


async def test_older_canvas_lists_a_sections_people_by_their_enrollments() -> None:
    """`/sections/:id/users` is missing before 2025; that is found out once."""
    rows = [enrollment(n, 100 + n, user=user(100 + n)) for n in range(1, 4)]
    rows.append(enrollment(9, 101, user=user(101)))
    upstream = ScriptedUpstream({"/sections/1/enrollments": rows, "/sections/2/enrollments": []})
    canvas = backend(upstream)
    results = await page(canvas, students_of(1), NAMES)
    assert ids(results) == ["101", "102", "103"]
    assert results.items[0].display_name == "Ada 101"  # type: ignore[attr-defined]
    await page(canvas, students_of(2), NAMES)
    assert upstream.paths == [
        "/sections/1/users",
        "/sections/1/enrollments",
        "/sections/2/enrollments",
    ]


async def test_a_sections_addresses_are_one_call_for_the_page() -> None:
    """`/sections/:id/users` tells no e-mail; the course's roster does, for all of them at once."""
    people = [user(n) for n in range(1, 6)]
    upstream = ScriptedUpstream(
        {
            "/sections/1/users": people,
            "/courses/1/users": [{**row, "email": f"{row['id']}@maple.example"} for row in people],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 2))
    results = await page(backend(upstream), students_of(1), projection_of("email"), store)
    assert [item.email for item in results.items] == [f"{n}@maple.example" for n in range(1, 6)]  # type: ignore[attr-defined]
    assert len(upstream.calls) == 2


@pytest.mark.parametrize("group", [Key(Kind.SECTION, "1"), COURSE_1])
async def test_addresses_behind_enrollments_are_one_call_for_the_page(group: Key) -> None:
    rows = [enrollment(n, n, user=user(n)) for n in range(1, 6)]
    people = [user(n, email=f"{n}@maple.example") for n in range(1, 6)]
    upstream = ScriptedUpstream(
        {f"/{group.kind}s/1/enrollments": rows, "/courses/1/users": people},
    )
    store = Store("maple")
    known_sections(store, range(1, 2))
    projection = projection_of("role", user=projection_of("email"))
    await page(backend(upstream), Members(group, Kind.ENROLLMENT), projection, store)
    assert all(store.has_fields(Key(Kind.USER, str(n)), {"email"}) for n in range(1, 6))
    assert len(upstream.calls) == 2


async def test_thirty_sections_and_a_name_of_one_of_them_are_thirty_calls() -> None:
    replies: Mapping[str, Any] = {f"/sections/{n}": section(n, n % 3 + 1) for n in range(1, 31)}
    upstream = ScriptedUpstream(replies)
    store = Store("maple")
    alias = ByAlias(Kind.SECTION, Alias.SIS_ID, "S7")
    batch: dict[Any, Any] = {
        ById(Kind.SECTION, str(n)): projection_of("name") for n in range(1, 31)
    }
    results = await answers(backend(upstream), {alias: projection_of("name"), **batch}, store)
    assert len(upstream.calls) == len(set(upstream.calls)) == 30
    assert results[alias] is results[ById(Kind.SECTION, "7")]
    repeated = await answers(backend(upstream), batch, store)
    assert len(upstream.calls) == 30
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
async def test_names_are_encoded_so_that_they_stay_one_segment(value: str, path: str) -> None:
    upstream = ScriptedUpstream({f"/sections/{path}": section(7)})
    results = await record(
        backend(upstream), ByAlias(Kind.SECTION, Alias.SIS_ID, value), projection_of("name")
    )
    assert results.key.id == "7"


async def test_canvas_finds_no_section_by_a_login() -> None:
    load = ByAlias(Kind.SECTION, Alias.LOGIN_ID, "ada")
    assert isinstance(await answer(backend(ScriptedUpstream()), load, projection_of()), Unsupported)


async def test_sixty_users_of_a_course_by_id_are_one_call() -> None:
    people = [user(n) for n in range(1, 61)]
    upstream = ScriptedUpstream({"/courses/1/users": paged_list("/courses/1/users", people)})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 61)))
    load = Members(COURSE_1, Kind.USER, chosen, PageRequest(60))
    assert len(ids(await page(backend(upstream), load, NAMES))) == 60
    assert len(upstream.calls) == 1
    assert upstream.calls[0].count("user_ids[]=") == 60


async def test_ids_beyond_a_hundred_are_asked_in_hundreds() -> None:
    """Longer addresses would have Canvas leave out the next page's link."""

    def among(query: Mapping[str, list[str]]) -> Any:
        return [user(int(id)) for id in query["user_ids[]"]]

    upstream = ScriptedUpstream({"/courses/1/users": among})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 251)))
    first = await page(
        backend(upstream), Members(COURSE_1, Kind.USER, chosen, PageRequest(150)), NAMES
    )
    assert (len(ids(first)), len(upstream.calls), first.has_next) == (150, 2, True)
    after = first.positions[-1]
    rest = await page(
        backend(upstream), Members(COURSE_1, Kind.USER, chosen, PageRequest(150, after)), NAMES
    )
    assert ids(rest) == [str(n) for n in range(151, 251)]


async def test_ids_of_a_sections_people_are_found_in_its_courses_roster() -> None:
    upstream = ScriptedUpstream({"/sections/1": section(1), "/courses/1/users": roster((1, 2), 3)})
    chosen = MemberFilter(ids=("1000", "2000"))
    load = Members(Key(Kind.SECTION, "1"), Kind.USER, chosen)
    assert "1000" in ids(await page(backend(upstream), load, NAMES))
    assert upstream.paths == ["/sections/1", "/courses/1/users"]


async def test_a_sections_term_comes_with_its_course_once() -> None:
    course_row = course(1, term={"id": 34, "name": "Fall"})
    upstream = ScriptedUpstream({"/courses/1": course_row})
    store = Store("maple")
    known_sections(store, range(1, 6))
    terms = {TermsOf(Key(Kind.SECTION, str(n))): projection_of("name") for n in range(1, 6)}
    batch: dict[Any, Any] = {**terms, ById(Kind.COURSE, "1"): projection_of("name")}
    results = await answers(backend(upstream), batch, store)
    assert upstream.calls == ["/courses/1?include[]=term"]
    assert [ids(results[load]) for load in terms] == [["34"]] * 5
    await answers(backend(upstream), terms, store)
    assert len(upstream.calls) == 1


async def test_a_term_of_an_unknown_section_takes_the_section_first() -> None:
    upstream = ScriptedUpstream(
        {"/sections/1": section(1), "/courses/1": course(1, term={"id": 34})}
    )
    batch = {
        ById(Kind.SECTION, "1"): projection_of("name"),
        TermsOf(Key(Kind.SECTION, "1")): projection_of("name"),
    }
    results = await answers(backend(upstream), batch)
    assert ids(results[TermsOf(Key(Kind.SECTION, "1"))]) == ["34"]
    assert upstream.calls == ["/sections/1", "/courses/1?include[]=term"]


async def test_where_the_account_may_not_be_listed_the_callers_own_courses_are() -> None:
    """Found out once."""
    upstream = ScriptedUpstream(
        {"/accounts/self/courses": Forbidden("no"), "/courses": [course(1)]}
    )
    canvas = backend(upstream)
    for _ in range(2):
        assert ids(await page(canvas, Search(Kind.COURSE), projection_of("name"))) == ["1"]
    assert upstream.paths == ["/accounts/self/courses", "/courses", "/courses"]


async def test_the_viewer_is_asked_for_once_and_lists_the_own_courses() -> None:
    upstream = ScriptedUpstream({"/users/self": user(5), "/courses": [course(1)]})
    canvas, store = backend(upstream), Store("maple")
    viewer = await record(canvas, Viewer(), NAMES, store)
    assert await record(canvas, Viewer(), NAMES, store) is viewer
    load = Children(Key(Kind.USER, "5"), Kind.COURSE)
    assert ids(await page(canvas, load, projection_of("name"), store)) == ["1"]
    assert upstream.paths == ["/users/self", "/courses"]


async def test_a_users_sections_are_told_by_their_enrollments() -> None:
    rows = [
        enrollment(1, 5, 11, sis_section_id="S11"),
        enrollment(2, 5, 12),
        enrollment(3, 5, 11, type="TaEnrollment"),
    ]
    upstream = ScriptedUpstream({"/users/5/enrollments": rows})
    results = await page(
        backend(upstream), Children(Key(Kind.USER, "5"), Kind.SECTION), projection_of("sis_id")
    )
    assert ids(results) == ["11", "12"]
    assert results.items[0].sis_id == "S11"  # type: ignore[attr-defined]


async def test_a_users_sections_that_are_hidden_are_refused() -> None:
    """An empty list would be wrong."""
    upstream = ScriptedUpstream({"/users/5/enrollments": [enrollment(1, 5, None)]})
    load = Children(Key(Kind.USER, "5"), Kind.SECTION)
    assert isinstance(await answer(backend(upstream), load, projection_of()), Forbidden)


async def test_only_what_is_wanted_of_a_profile_costs_its_call() -> None:
    upstream = ScriptedUpstream(
        {"/users/5": user(5), "/users/5/profile": {"id": 5, "bio": "Counts."}}
    )
    canvas = backend(upstream)
    await record(canvas, ById(Kind.USER, "5"), projection_of("name", "locale"))
    assert upstream.paths == ["/users/5"]
    user_record = await record(canvas, ById(Kind.USER, "5"), projection_of("name", "bio"))
    assert user_record.bio == "Counts."
    assert upstream.paths == ["/users/5", "/users/5", "/users/5/profile"]


async def test_a_slow_read_delays_no_other() -> None:
    upstream = ScriptedUpstream({"/sections/1": section(1), "/sections/2": section(2)})
    gate = upstream.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    first = asyncio.Event()

    def settle(load: Any, answer: Any) -> None:
        settled.append(load)
        first.set()

    slow, fast = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    batch: dict[Any, Any] = {slow: projection_of("name"), fast: projection_of("name")}
    fetch = asyncio.create_task(backend(upstream).fetch(batch, Store("maple"), settle))
    await first.wait()
    assert settled == [fast]
    gate.set()
    await fetch
    assert settled == [fast, slow]


async def test_what_is_given_up_is_cancelled() -> None:
    upstream = ScriptedUpstream({"/sections/1": section(1)})
    upstream.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    fetch = asyncio.create_task(
        backend(upstream).fetch(
            {ById(Kind.SECTION, "1"): projection_of("name")},
            Store("maple"),
            lambda load, _: settled.append(load),
        )
    )
    await upstream.was_called.wait()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert settled == []


async def test_one_failure_is_its_own_asks_only() -> None:
    upstream = ScriptedUpstream(
        {"/sections/1": section(1), "/sections/2": UpstreamUnavailable("503")}
    )
    good, bad = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    results = await answers(
        backend(upstream), {good: projection_of("name"), bad: projection_of("name")}
    )
    assert results[good].name == "Section 1"  # type: ignore[union-attr]
    assert isinstance(results[bad], UpstreamUnavailable)


@pytest.mark.parametrize("error", [NotFound("404"), Forbidden("403")])
async def test_unknown_and_hidden_objects_are_null_unless_half_known(error: Exception) -> None:
    upstream = ScriptedUpstream({"/courses/1": error})
    canvas, store = backend(upstream), Store("maple")
    load = ById(Kind.COURSE, "1")
    assert await answer(canvas, load, projection_of("name"), store) is None
    assert await answer(canvas, load, projection_of("name"), store) is None
    assert len(upstream.calls) == 1, "asked once"

    other = Store("maple")
    other.merge(Kind.COURSE, "1", {"sis_id": "C1"})
    half = await record(canvas, load, projection_of("name", "sis_id"), other)
    assert (half.sis_id, half.name) == ("C1", None)
    assert "name" in half.known_fields
