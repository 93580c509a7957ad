"""The backend against the sandbox over a socket, under each habit that a Canvas may have."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
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
    RootAccount,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.records import Key, Kind, Role
from lms_gateway.domain.store import Store
from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.canvas.tokens import (
    ADMIN_TOKEN,
    SCOPED_TOKEN,
    STUDENT_TOKEN,
    TA_TOKEN,
    TEACHER_TOKEN,
)
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.sandbox.world import MAPLE
from lms_gateway.upstream.transport import HttpxTransport
from lms_gateway.vendors.canvas import CanvasBackend, Token, connect
from lms_gateway.vendors.canvas.includes import GIVES
from tests.vendors.canvas.script import answer, answers, ids, page, record
from tests.vendors.wants import wanting

HABITS = {
    "today": CanvasHabits(),
    "old": CanvasHabits(
        throttled_status=403,
        forbidden_status=401,
        is_localized=True,
        most_per_page=50,
        has_section_users=False,
        has_created_at=False,
        has_avatars=False,
        has_section_permissions=False,
    ),
    "opaque": CanvasHabits(opaque_pages="all"),
    "secretive": CanvasHabits(hides_sections=True, forbidden_status=401),
}
COURSE = Key(Kind.COURSE, str(MAPLE.course))
NAMES = wanting("display_name")
STUDENTS = MemberFilter(roles=(Role.STUDENT,))


@pytest.fixture(params=HABITS)
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(canvas_habits=HABITS[request.param])) as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@asynccontextmanager
async def connected(
    server: SandboxServer, token: str = ADMIN_TOKEN
) -> AsyncIterator[CanvasBackend]:
    transport = HttpxTransport()
    canvas = connect(
        tenant="maple",
        base_url=server.canvas_url,
        credentials=Token(token),
        transport=transport,
        time_zone=None,
    )
    try:
        yield canvas
    finally:
        await canvas.aclose()
        await transport.aclose()


async def all_ids(canvas: CanvasBackend, first: int, make: Any, wants: Any) -> list[str]:
    """Every id of a list, page by page, each page with a store of its own."""
    found: list[str] = []
    after = None
    while True:
        told = await page(canvas, make(PageAsk(first, after)), wants)
        found += ids(told)
        if not told.has_next:
            return found
        after = told.positions[-1]


async def test_students_are_as_many_as_are_counted(server: SandboxServer) -> None:
    """Of each section of the district, alone and folded; and of each course."""
    async with connected(server) as canvas:
        courses = await page(
            canvas, Search(Kind.COURSE, page=PageAsk(100)), wanting("student_count")
        )
        for course in courses.items:
            store = Store("maple")
            counted = Children(course.key, Kind.SECTION)
            sections = (await page(canvas, counted, wanting("student_count"), store)).items
            asks = [Members(one.key, Kind.USER, STUDENTS, PageAsk(500)) for one in sections]
            folded = await answers(canvas, dict.fromkeys(asks, NAMES), store)
            for section, ask in zip(sections, asks, strict=True):
                alone = await page(canvas, ask, NAMES)
                assert len(ids(alone)) == section.student_count  # type: ignore[attr-defined]
                assert set(ids(folded[ask])) == set(ids(alone))
            everyone = Members(course.key, Kind.USER, STUDENTS, PageAsk(500))
            assert len(ids(await page(canvas, everyone, NAMES))) == course.student_count  # type: ignore[attr-defined]


async def test_pages_are_the_whole_whatever_their_size(server: SandboxServer) -> None:
    """Test students are dropped after Canvas cut its pages: those are one row short."""
    lists: list[Any] = [
        lambda at: Members(COURSE, Kind.USER, MemberFilter(), at),
        lambda at: Members(COURSE, Kind.ENROLLMENT, MemberFilter(), at),
        lambda at: Members(COURSE, Kind.ENROLLMENT, MemberFilter("er"), at),
        lambda at: Members(Key(Kind.SECTION, str(MAPLE.sections[0])), Kind.USER, STUDENTS, at),
        lambda at: Children(COURSE, Kind.SECTION, None, at),
        lambda at: Search(Kind.COURSE, None, at),
        lambda at: Search(Kind.USER, None, at),
        lambda at: Children(Key(Kind.ACCOUNT, "1"), Kind.ACCOUNT, None, at),
    ]
    async with connected(server) as canvas:
        for make in lists:
            whole = await all_ids(canvas, 500, make, wanting())
            assert len(whole) == len(set(whole)) > 0
            for first in (1, 7):
                assert await all_ids(canvas, first, make, wanting()) == whole


async def test_everything_that_canvas_gives_is_known_of_an_object_by_id(
    server: SandboxServer,
) -> None:
    async with connected(server) as canvas:
        asks: list[Any] = [
            ById(Kind.SECTION, str(MAPLE.sections[0])),
            ById(Kind.COURSE, str(MAPLE.course)),
            ById(Kind.USER, str(MAPLE.student)),
            ById(Kind.TERM, str(MAPLE.current_term)),
            ById(Kind.ACCOUNT, str(MAPLE.parts[0])),
            Viewer(),
            RootAccount(),
        ]
        for ask in asks:
            kind = getattr(ask, "kind", Kind.USER if ask == Viewer() else Kind.ACCOUNT)
            found = await record(canvas, ask, wanting(*GIVES[kind]))
            assert found.known == GIVES[kind]
            assert found.name


async def test_awkward_sis_ids_find_their_objects(plain: SandboxServer) -> None:
    school = plain.sandbox.canvas_school
    awkward = [
        (Kind.COURSE, MAPLE.awkward_course, school.courses[MAPLE.awkward_course].sis_id),
        (Kind.SECTION, MAPLE.awkward_section, school.sections[MAPLE.awkward_section].sis_id),
        (Kind.USER, MAPLE.awkward_user, school.users[MAPLE.awkward_user].sis_id),
    ]
    async with connected(plain) as canvas:
        for kind, id, sis_id in awkward:
            ask = ByAlias(kind, Alias.SIS_ID, str(sis_id))
            assert (await record(canvas, ask, wanting("sis_id"))).key == Key(kind, str(id))


async def test_a_key_that_allows_no_includes_still_finds_terms_and_teachers(
    plain: SandboxServer,
) -> None:
    """Includes are dropped without a word: null, or fetched another way, and never wrong."""
    async with connected(plain, SCOPED_TOKEN) as canvas:
        store = Store("maple")
        wants = wanting("name", "student_count", term=wanting("name"), teachers=NAMES)
        course = await record(canvas, ById(Kind.COURSE, COURSE.id), wants, store)
        assert course.name
        assert course.student_count is None
        term = await record(canvas, ById(Kind.TERM, course.term_id), wanting("name"), store)
        assert term.name
        teachers = Members(COURSE, Kind.USER, MemberFilter(roles=(Role.TEACHER,)))
        assert ids(await page(canvas, teachers, NAMES, store))


async def test_a_folded_roster_without_its_include_is_read_section_by_section(
    plain: SandboxServer,
) -> None:
    async with connected(plain, SCOPED_TOKEN) as canvas, connected(plain) as admin:
        store = Store("maple")
        sections = (
            await page(canvas, Children(COURSE, Kind.SECTION), wanting("name"), store)
        ).items
        asks = {Members(one.key, Kind.USER, STUDENTS): NAMES for one in sections}
        told = await answers(canvas, asks, store)
        assert [ids(one) for one in told.values()] == [
            ids(await page(admin, ask, NAMES)) for ask in asks
        ]


async def test_a_student_sees_stubs_and_what_is_theirs(plain: SandboxServer) -> None:
    async with connected(plain, STUDENT_TOKEN) as canvas:
        store = Store("maple")
        viewer = await record(canvas, Viewer(), NAMES, store)
        assert viewer.key.id == str(MAPLE.student)
        found = await page(canvas, Search(Kind.COURSE), wanting("name", teachers=NAMES), store)
        by_id = {one.key.id: one for one in found.items}
        assert by_id[COURSE.id].name  # type: ignore[attr-defined]
        closed = by_id.get(str(MAPLE.restricted_course))
        if closed is not None:
            assert closed.native["access_restricted_by_date"] is True
        hidden = ById(Kind.COURSE, str(MAPLE.unpublished_course))
        assert await answer(canvas, hidden, wanting("name"), store) is None


@pytest.mark.parametrize("token", [TEACHER_TOKEN, TA_TOKEN])
async def test_who_is_no_administrator_reads_terms_through_the_course(
    plain: SandboxServer, token: str
) -> None:
    async with connected(plain, token) as canvas:
        terms = TermsOf(Key(Kind.SECTION, str(MAPLE.sections[1])))
        found = await page(canvas, terms, wanting("name", "start_at"))
        assert [one.name for one in found.items] != [None]  # type: ignore[attr-defined]
        assert ids(found) == [str(MAPLE.current_term)]


async def test_the_credential_says_who_it_is(plain: SandboxServer) -> None:
    async with connected(plain) as canvas:
        identity = await canvas.identify()
        assert identity.name
        assert "quota" in str(identity.budget)
