"""What a wave costs at Canvas: calls counted on the folding alone, without a socket."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from lms_gateway.domain.asks import (
    Alias,
    ByAlias,
    ById,
    Children,
    MemberFilter,
    Members,
    PageAsk,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.errors import Forbidden, NotFound, Unsupported, UpstreamUnavailable
from lms_gateway.domain.records import Key, Kind, Role
from lms_gateway.domain.store import Store
from tests.vendors.canvas.script import (
    Script,
    answer,
    answers,
    backend,
    course,
    enrollment,
    ids,
    listing,
    page,
    record,
    roster,
    section,
    user,
)
from tests.vendors.wants import wanting

STUDENTS = MemberFilter(roles=(Role.STUDENT,))
TEACHERS = MemberFilter(roles=(Role.TEACHER,))
NAMES = wanting("display_name")
COURSE_1 = Key(Kind.COURSE, "1")


def sections_of(course_id: str = "1") -> Children:
    return Children(Key(Kind.COURSE, course_id), Kind.SECTION)


def students_of(section_id: int, first: int = 50, **how: Any) -> Members:
    return Members(Key(Kind.SECTION, str(section_id)), Kind.USER, STUDENTS, PageAsk(first, **how))


def known_sections(store: Store, numbers: range, of_course: str = "1") -> None:
    for number in numbers:
        store.learn(Kind.SECTION, str(number), {"course_id": of_course})


async def test_a_course_and_its_sections_are_two_calls() -> None:
    """The counts come with the list, and each section's course is known from the first call."""
    rows = [section(n, total_students=n) for n in range(1, 21)]
    script = Script(
        {"/courses/1": course(1), "/courses/1/sections": listing("/courses/1/sections", rows)}
    )
    store = Store("maple")
    found = await answers(
        backend(script),
        {
            ById(Kind.COURSE, "1"): wanting("name"),
            sections_of(): wanting("name", "student_count", course=wanting("name")),
        },
        store,
    )
    assert [item.student_count for item in found[sections_of()].items] == list(range(1, 21))  # type: ignore[union-attr]
    assert sorted(script.calls) == [
        "/courses/1",
        "/courses/1/sections?include[]=total_students&per_page=50",
    ]
    assert store.knows(COURSE_1, {"name"})


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
    script = Script({"/accounts/self/courses": rows})
    canvas, store = backend(script), Store("maple")
    wants = wanting("name", term=wanting("name"), teachers=NAMES)
    await page(canvas, Search(Kind.COURSE), wants, store)
    assert script.includes() == ["teachers", "term"]
    assert store.knows(Key(Kind.TERM, "34"), {"name", "is_active", "canvas.sis_term_id"})

    asks = {Members(Key(Kind.COURSE, str(n)), Kind.USER, TEACHERS): NAMES for n in range(1, 51)}
    found = await answers(canvas, asks, store)
    assert len(script.calls) == 1
    told = list(found.values())
    assert [ids(one) for one in told[:49]] == [["7"]] * 49
    assert told[49] is None, "a course that its dates close costs nothing more"


async def test_what_teachers_do_not_carry_is_read_from_the_roster() -> None:
    teacher = user(7, email="g@maple.example")
    script = Script({"/courses/1": course(1), "/courses/1/users": [teacher]})
    wants = wanting("display_name", "email")
    ask = Members(COURSE_1, Kind.USER, TEACHERS)
    found = await answers(
        backend(script), {ById(Kind.COURSE, "1"): wanting("name", teachers=wants), ask: wants}
    )
    assert script.includes(0) == []
    assert ids(found[ask]) == ["7"]
    assert found[ask].items[0].email == "g@maple.example"  # type: ignore[union-attr]


async def test_teachers_asked_for_with_their_course_are_its_one_call() -> None:
    """The child's key is known from the reference, so both are in one wave."""
    teachers = [{"id": n, "display_name": f"T{n}"} for n in (7, 8, 9)]
    script = Script({"/courses/1": course(1, teachers=teachers)})
    ask = Members(COURSE_1, Kind.USER, TEACHERS, PageAsk(2))
    batch = {ById(Kind.COURSE, "1"): wanting("name"), ask: NAMES}
    found = await answers(backend(script), batch)
    first = found[ask]
    assert ids(first) == ["7", "8"]
    assert (first.has_next, first.total) == (True, 3)  # type: ignore[union-attr]
    assert script.calls == ["/courses/1?include[]=teachers"]

    later = Members(COURSE_1, Kind.USER, TEACHERS, PageAsk(2, first.positions[-1]))  # type: ignore[union-attr]
    second = await page(backend(script), later, NAMES)
    assert (ids(second), second.has_next) == (["9"], False)
    assert len(script.calls) == 2


async def test_teachers_that_were_not_included_are_read_from_the_roster() -> None:
    """A developer key that allows no includes has them dropped without a word."""
    script = Script({"/courses/1": course(1), "/courses/1/users": [user(7)]})
    ask = Members(COURSE_1, Kind.USER, TEACHERS)
    found = await answers(backend(script), {ById(Kind.COURSE, "1"): wanting("name"), ask: NAMES})
    assert ids(found[ask]) == ["7"]
    assert len(script.calls) == 2


async def test_students_of_forty_sections_are_the_pages_of_the_roster() -> None:
    rows = roster(range(1, 41), 6)
    script = Script({"/courses/1/users": listing("/courses/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 41))
    found = await answers(
        backend(script),
        {students_of(n): wanting("display_name", "email") for n in range(1, 41)},
        store,
    )
    assert [len(ids(one)) for one in found.values()] == [6] * 40
    assert found[students_of(3)].items[0].email == "u3.0@maple.example"  # type: ignore[union-attr]
    assert found[students_of(3)].total == 6  # type: ignore[union-attr]
    assert script.paths == ["/courses/1/users"] * 3
    assert "per_page=100" in script.calls[0]
    assert "enrollment_type[]=student" in script.calls[0]


async def test_students_and_teachers_and_enrollments_share_one_roster() -> None:
    rows = roster((1, 2), 2)
    rows += [
        user(5, enrollments=[enrollment(1, 5, 1, type="TeacherEnrollment")]),
        user(6, enrollments=[enrollment(2, 6, 2, type="TeacherEnrollment"), enrollment(3, 6, 1)]),
    ]
    script = Script({"/courses/1/users": rows})
    store = Store("maple")
    known_sections(store, range(1, 3))
    one, two = Key(Kind.SECTION, "1"), Key(Kind.SECTION, "2")
    found = await answers(
        backend(script),
        {
            students_of(1): NAMES,
            Members(two, Kind.USER, TEACHERS): NAMES,
            Members(one, Kind.ENROLLMENT): wanting("role", user=NAMES),
        },
        store,
    )
    assert ids(found[students_of(1)]) == ["1000", "1001", "6"]
    assert ids(found[Members(two, Kind.USER, TEACHERS)]) == ["6"]
    assert ids(found[Members(one, Kind.ENROLLMENT)]) == ["9000", "9002", "1", "3"]
    assert len(script.calls) == 1


async def test_a_roster_without_sections_is_read_section_by_section() -> None:
    """A course can hide who is in which section."""
    hidden = [{**row, "enrollments": [{**row["enrollments"][0]}]} for row in roster((1, 2), 3)]
    for row in hidden:
        del row["enrollments"][0]["course_section_id"]
    script = Script(
        {
            "/courses/1/users": hidden,
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    found = await answers(backend(script), {students_of(1): NAMES, students_of(2): NAMES}, store)
    assert [ids(one) for one in found.values()] == [["11"], ["12"]]


@pytest.mark.parametrize("error", [Forbidden("no"), NotFound("no")])
async def test_a_refused_roster_is_read_section_by_section(error: Exception) -> None:
    script = Script(
        {
            "/courses/1/users": error,
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    found = await answers(backend(script), {students_of(1): NAMES, students_of(2): NAMES}, store)
    assert [ids(one) for one in found.values()] == [["11"], ["12"]]


async def test_two_sections_of_a_course_of_thousands_do_not_read_all_of_it() -> None:
    """Two pages a section, and then each for itself."""
    rows = roster(range(10, 90), 40) + roster((1, 2), 9)
    script = Script(
        {
            "/courses/1/users": listing("/courses/1/users", rows),
            "/sections/1/users": [user(11)],
            "/sections/2/users": [user(12)],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 3))
    found = await answers(
        backend(script), {students_of(1, 5): NAMES, students_of(2, 5): NAMES}, store
    )
    assert [ids(one) for one in found.values()] == [["11"], ["12"]]
    assert len(script.calls) == 6


async def test_a_folded_page_goes_on_in_the_same_roster() -> None:
    rows = roster((1, 2), 120)
    script = Script({"/courses/1/users": listing("/courses/1/users", rows)})
    canvas, store = backend(script), Store("maple")
    known_sections(store, range(1, 3))
    found = await answers(canvas, {students_of(1, 30): NAMES, students_of(2, 30): NAMES}, store)
    assert script.paths == ["/courses/1/users"]
    first = found[students_of(1, 30)]
    assert first.has_next  # type: ignore[union-attr]
    seen, after = ids(first), first.positions[-1]  # type: ignore[union-attr]
    while after:
        later = await page(canvas, students_of(1, 30, after=after), NAMES)
        seen += ids(later)
        after = later.positions[-1] if later.has_next else ()
    assert seen == [str(1000 + turn) for turn in range(120)]


async def test_one_section_of_a_huge_course_does_not_read_its_roster() -> None:
    rows = [user(n) for n in range(1, 3000)]
    script = Script({"/sections/1/users": listing("/sections/1/users", rows)})
    store = Store("maple")
    known_sections(store, range(1, 2))
    found = await page(backend(script), students_of(1, 5), NAMES, store)
    assert ids(found) == ["1", "2", "3", "4", "5"]
    assert found.has_next
    assert script.calls == [
        "/sections/1/users?exclude_inactive=true&enrollment_type=student&per_page=5"
    ]


async def test_older_canvas_lists_a_sections_people_by_their_enrollments() -> None:
    """`/sections/:id/users` is missing before 2025; that is found out once."""
    rows = [enrollment(n, 100 + n, user=user(100 + n)) for n in range(1, 4)]
    rows.append(enrollment(9, 101, user=user(101)))
    script = Script({"/sections/1/enrollments": rows, "/sections/2/enrollments": []})
    canvas = backend(script)
    found = await page(canvas, students_of(1), NAMES)
    assert ids(found) == ["101", "102", "103"]
    assert found.items[0].display_name == "Ada 101"  # type: ignore[attr-defined]
    await page(canvas, students_of(2), NAMES)
    assert script.paths == [
        "/sections/1/users",
        "/sections/1/enrollments",
        "/sections/2/enrollments",
    ]


async def test_a_sections_addresses_are_one_call_for_the_page() -> None:
    """`/sections/:id/users` tells no e-mail; the course's roster does, for all of them at once."""
    people = [user(n) for n in range(1, 6)]
    script = Script(
        {
            "/sections/1/users": people,
            "/courses/1/users": [{**row, "email": f"{row['id']}@maple.example"} for row in people],
        }
    )
    store = Store("maple")
    known_sections(store, range(1, 2))
    found = await page(backend(script), students_of(1), wanting("email"), store)
    assert [one.email for one in found.items] == [f"{n}@maple.example" for n in range(1, 6)]  # type: ignore[attr-defined]
    assert len(script.calls) == 2


@pytest.mark.parametrize("group", [Key(Kind.SECTION, "1"), COURSE_1])
async def test_addresses_behind_enrollments_are_one_call_for_the_page(group: Key) -> None:
    rows = [enrollment(n, n, user=user(n)) for n in range(1, 6)]
    people = [user(n, email=f"{n}@maple.example") for n in range(1, 6)]
    script = Script(
        {f"/{group.kind}s/1/enrollments": rows, "/courses/1/users": people},
    )
    store = Store("maple")
    known_sections(store, range(1, 2))
    wants = wanting("role", user=wanting("email"))
    await page(backend(script), Members(group, Kind.ENROLLMENT), wants, store)
    assert all(store.knows(Key(Kind.USER, str(n)), {"email"}) for n in range(1, 6))
    assert len(script.calls) == 2


async def test_thirty_sections_and_a_name_of_one_of_them_are_thirty_calls() -> None:
    told: Mapping[str, Any] = {f"/sections/{n}": section(n, n % 3 + 1) for n in range(1, 31)}
    script = Script(told)
    store = Store("maple")
    alias = ByAlias(Kind.SECTION, Alias.SIS_ID, "S7")
    batch: dict[Any, Any] = {ById(Kind.SECTION, str(n)): wanting("name") for n in range(1, 31)}
    found = await answers(backend(script), {alias: wanting("name"), **batch}, store)
    assert len(script.calls) == len(set(script.calls)) == 30
    assert found[alias] is found[ById(Kind.SECTION, "7")]
    again = await answers(backend(script), batch, store)
    assert len(script.calls) == 30
    assert again[ById(Kind.SECTION, "7")] is found[alias]


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
    script = Script({f"/sections/{path}": section(7)})
    found = await record(
        backend(script), ByAlias(Kind.SECTION, Alias.SIS_ID, value), wanting("name")
    )
    assert found.key.id == "7"


async def test_canvas_finds_no_section_by_a_login() -> None:
    ask = ByAlias(Kind.SECTION, Alias.LOGIN_ID, "ada")
    assert isinstance(await answer(backend(Script()), ask, wanting()), Unsupported)


async def test_sixty_users_of_a_course_by_id_are_one_call() -> None:
    people = [user(n) for n in range(1, 61)]
    script = Script({"/courses/1/users": listing("/courses/1/users", people)})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 61)))
    ask = Members(COURSE_1, Kind.USER, chosen, PageAsk(60))
    assert len(ids(await page(backend(script), ask, NAMES))) == 60
    assert len(script.calls) == 1
    assert script.calls[0].count("user_ids[]=") == 60


async def test_ids_beyond_a_hundred_are_asked_in_hundreds() -> None:
    """Longer addresses would have Canvas leave out the next page's link."""

    def among(query: Mapping[str, list[str]]) -> Any:
        return [user(int(id)) for id in query["user_ids[]"]]

    script = Script({"/courses/1/users": among})
    chosen = MemberFilter(ids=tuple(str(n) for n in range(1, 251)))
    first = await page(backend(script), Members(COURSE_1, Kind.USER, chosen, PageAsk(150)), NAMES)
    assert (len(ids(first)), len(script.calls), first.has_next) == (150, 2, True)
    after = first.positions[-1]
    rest = await page(
        backend(script), Members(COURSE_1, Kind.USER, chosen, PageAsk(150, after)), NAMES
    )
    assert ids(rest) == [str(n) for n in range(151, 251)]


async def test_ids_of_a_sections_people_are_found_in_its_courses_roster() -> None:
    script = Script({"/sections/1": section(1), "/courses/1/users": roster((1, 2), 3)})
    chosen = MemberFilter(ids=("1000", "2000"))
    ask = Members(Key(Kind.SECTION, "1"), Kind.USER, chosen)
    assert "1000" in ids(await page(backend(script), ask, NAMES))
    assert script.paths == ["/sections/1", "/courses/1/users"]


async def test_a_sections_term_comes_with_its_course_once() -> None:
    told = course(1, term={"id": 34, "name": "Fall"})
    script = Script({"/courses/1": told})
    store = Store("maple")
    known_sections(store, range(1, 6))
    terms = {TermsOf(Key(Kind.SECTION, str(n))): wanting("name") for n in range(1, 6)}
    batch: dict[Any, Any] = {**terms, ById(Kind.COURSE, "1"): wanting("name")}
    found = await answers(backend(script), batch, store)
    assert script.calls == ["/courses/1?include[]=term"]
    assert [ids(found[ask]) for ask in terms] == [["34"]] * 5
    await answers(backend(script), terms, store)
    assert len(script.calls) == 1


async def test_a_term_of_an_unknown_section_takes_the_section_first() -> None:
    script = Script({"/sections/1": section(1), "/courses/1": course(1, term={"id": 34})})
    batch = {
        ById(Kind.SECTION, "1"): wanting("name"),
        TermsOf(Key(Kind.SECTION, "1")): wanting("name"),
    }
    found = await answers(backend(script), batch)
    assert ids(found[TermsOf(Key(Kind.SECTION, "1"))]) == ["34"]
    assert script.calls == ["/sections/1", "/courses/1?include[]=term"]


async def test_where_the_account_may_not_be_listed_the_callers_own_courses_are() -> None:
    """Found out once."""
    script = Script({"/accounts/self/courses": Forbidden("no"), "/courses": [course(1)]})
    canvas = backend(script)
    for _ in range(2):
        assert ids(await page(canvas, Search(Kind.COURSE), wanting("name"))) == ["1"]
    assert script.paths == ["/accounts/self/courses", "/courses", "/courses"]


async def test_the_viewer_is_asked_for_once_and_lists_the_own_courses() -> None:
    script = Script({"/users/self": user(5), "/courses": [course(1)]})
    canvas, store = backend(script), Store("maple")
    viewer = await record(canvas, Viewer(), NAMES, store)
    assert await record(canvas, Viewer(), NAMES, store) is viewer
    ask = Children(Key(Kind.USER, "5"), Kind.COURSE)
    assert ids(await page(canvas, ask, wanting("name"), store)) == ["1"]
    assert script.paths == ["/users/self", "/courses"]


async def test_a_users_sections_are_told_by_their_enrollments() -> None:
    rows = [
        enrollment(1, 5, 11, sis_section_id="S11"),
        enrollment(2, 5, 12),
        enrollment(3, 5, 11, type="TaEnrollment"),
    ]
    script = Script({"/users/5/enrollments": rows})
    found = await page(
        backend(script), Children(Key(Kind.USER, "5"), Kind.SECTION), wanting("sis_id")
    )
    assert ids(found) == ["11", "12"]
    assert found.items[0].sis_id == "S11"  # type: ignore[attr-defined]


async def test_a_users_sections_that_are_hidden_are_refused() -> None:
    """An empty list would be wrong."""
    script = Script({"/users/5/enrollments": [enrollment(1, 5, None)]})
    ask = Children(Key(Kind.USER, "5"), Kind.SECTION)
    assert isinstance(await answer(backend(script), ask, wanting()), Forbidden)


async def test_only_what_is_wanted_of_a_profile_costs_its_call() -> None:
    script = Script({"/users/5": user(5), "/users/5/profile": {"id": 5, "bio": "Counts."}})
    canvas = backend(script)
    await record(canvas, ById(Kind.USER, "5"), wanting("name", "locale"))
    assert script.paths == ["/users/5"]
    told = await record(canvas, ById(Kind.USER, "5"), wanting("name", "bio"))
    assert told.bio == "Counts."
    assert script.paths == ["/users/5", "/users/5", "/users/5/profile"]


async def test_a_slow_read_delays_no_other() -> None:
    script = Script({"/sections/1": section(1), "/sections/2": section(2)})
    gate = script.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    first = asyncio.Event()

    def settle(ask: Any, answer: Any) -> None:
        settled.append(ask)
        first.set()

    slow, fast = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    batch: dict[Any, Any] = {slow: wanting("name"), fast: wanting("name")}
    fetch = asyncio.create_task(backend(script).fetch(batch, Store("maple"), settle))
    await first.wait()
    assert settled == [fast]
    gate.set()
    await fetch
    assert settled == [fast, slow]


async def test_what_is_given_up_is_cancelled() -> None:
    script = Script({"/sections/1": section(1)})
    script.gates["/sections/1"] = asyncio.Event()
    settled: list[Any] = []
    fetch = asyncio.create_task(
        backend(script).fetch(
            {ById(Kind.SECTION, "1"): wanting("name")},
            Store("maple"),
            lambda ask, _: settled.append(ask),
        )
    )
    await script.asked.wait()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert settled == []


async def test_one_failure_is_its_own_asks_only() -> None:
    script = Script({"/sections/1": section(1), "/sections/2": UpstreamUnavailable("503")})
    good, bad = ById(Kind.SECTION, "1"), ById(Kind.SECTION, "2")
    found = await answers(backend(script), {good: wanting("name"), bad: wanting("name")})
    assert found[good].name == "Section 1"  # type: ignore[union-attr]
    assert isinstance(found[bad], UpstreamUnavailable)


@pytest.mark.parametrize("error", [NotFound("404"), Forbidden("403")])
async def test_unknown_and_hidden_objects_are_null_unless_half_known(error: Exception) -> None:
    script = Script({"/courses/1": error})
    canvas, store = backend(script), Store("maple")
    ask = ById(Kind.COURSE, "1")
    assert await answer(canvas, ask, wanting("name"), store) is None
    assert await answer(canvas, ask, wanting("name"), store) is None
    assert len(script.calls) == 1, "asked once"

    other = Store("maple")
    other.learn(Kind.COURSE, "1", {"sis_id": "C1"})
    half = await record(canvas, ask, wanting("name", "sis_id"), other)
    assert (half.sis_id, half.name) == ("C1", None)
    assert "name" in half.known
