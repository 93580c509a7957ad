"""The backend against the simulator over a socket, with each quirk of Canvas."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    MemberFilter,
    Members,
    PageRequest,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.models import Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.vendors.canvas import CanvasBackend, StaticToken, connect
from lms_gateway.vendors.canvas.rows.sources import SUPPORTED_FIELDS
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import (
    ADMIN_TOKEN,
    SCOPED_TOKEN,
    STUDENT_TOKEN,
    TA_TOKEN,
    TEACHER_TOKEN,
)
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.server import SandboxServer
from tests.vendors.fetching import (
    fetch_answer,
    fetch_answers,
    fetch_page,
    fetch_record,
    records_of,
    vendor_ids,
)

QUIRKS = {
    "today": CanvasQuirks(),
    "old": CanvasQuirks(
        throttled_status=403,
        forbidden_status=401,
        is_localized=True,
        max_per_page=50,
        has_section_users=False,
        has_created_at=False,
        has_avatars=False,
        has_section_permissions=False,
    ),
    "opaque": CanvasQuirks(opaque_pages="all"),
    "secretive": CanvasQuirks(hides_sections=True, forbidden_status=401),
}
COURSE = Key(Kind.COURSE, str(MAPLE.course))
NAMES = Projection.of("display_name")
STUDENTS = MemberFilter(roles=(Role.STUDENT,))


@pytest.fixture(params=QUIRKS)
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(canvas_quirks=QUIRKS[request.param])) as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@asynccontextmanager
async def connected(server: SandboxServer, token: str = ADMIN_TOKEN) -> AsyncIterator[CanvasBackend]:
    transport = HttpxTransport()
    canvas = connect(
        tenant="maple",
        base_url=server.canvas_url,
        credentials=StaticToken(token),
        transport=transport,
        time_zone=None,
    )
    try:
        yield canvas
    finally:
        await canvas.aclose()
        await transport.aclose()


async def all_ids(canvas: CanvasBackend, first: int, make: Any, projection: Any) -> list[str]:
    """Return the ids of a list, read page by page, each page with a new store."""
    collected: list[str] = []
    after = None
    while True:
        loaded_page = await fetch_page(canvas, make(PageRequest(first, after)), projection)
        collected += vendor_ids(loaded_page)
        if not loaded_page.has_next:
            return collected
        after = loaded_page.positions[-1]


async def test_the_student_count_equals_the_listed_students(server: SandboxServer) -> None:
    """For each section, read alone and from the roster, and for each course."""
    async with connected(server) as canvas:
        search = Search(Kind.COURSE, page=PageRequest(100))
        courses = await fetch_page(canvas, search, Projection.of("student_count"))
        for course in records_of(courses):
            store = Store("maple")
            counted = Children(course.key, Kind.SECTION)
            page = await fetch_page(canvas, counted, Projection.of("student_count"), store)
            sections = records_of(page)
            loads = [Members(item.key, Kind.USER, STUDENTS, PageRequest(500)) for item in sections]
            folded = await fetch_answers(canvas, dict.fromkeys(loads, NAMES), store)
            for section, load in zip(sections, loads, strict=True):
                alone = await fetch_page(canvas, load, NAMES)
                assert len(vendor_ids(alone)) == section.student_count
                assert set(vendor_ids(folded[load])) == set(vendor_ids(alone))
            everyone = Members(course.key, Kind.USER, STUDENTS, PageRequest(500))
            students = await fetch_page(canvas, everyone, NAMES)
            assert len(vendor_ids(students)) == course.student_count


async def test_pages_of_any_size_add_up_to_the_list(server: SandboxServer) -> None:
    """Canvas removes test students after it has cut the pages: these are one row short."""
    lists: list[Any] = [
        lambda index: Members(COURSE, Kind.USER, MemberFilter(), index),
        lambda index: Members(COURSE, Kind.ENROLLMENT, MemberFilter(), index),
        lambda index: Members(COURSE, Kind.ENROLLMENT, MemberFilter("er"), index),
        lambda index: Members(Key(Kind.SECTION, str(MAPLE.sections[0])), Kind.USER, STUDENTS, index),
        lambda index: Children(COURSE, Kind.SECTION, None, index),
        lambda index: Search(Kind.COURSE, None, index),
        lambda index: Search(Kind.USER, None, index),
        lambda index: Children(Key(Kind.ACCOUNT, "1"), Kind.ACCOUNT, None, index),
    ]
    async with connected(server) as canvas:
        for make in lists:
            whole = await all_ids(canvas, 500, make, Projection.of())
            assert len(whole) == len(set(whole)) > 0
            for first in (1, 7):
                assert await all_ids(canvas, first, make, Projection.of()) == whole


async def test_every_supported_field_is_known_of_an_object_by_id(server: SandboxServer) -> None:
    async with connected(server) as canvas:
        loads: list[Any] = [
            ById(Kind.SECTION, str(MAPLE.sections[0])),
            ById(Kind.COURSE, str(MAPLE.course)),
            ById(Kind.USER, str(MAPLE.student)),
            ById(Kind.TERM, str(MAPLE.current_term)),
            ById(Kind.ACCOUNT, str(MAPLE.sub_accounts[0])),
            Viewer(),
            RootAccount(),
        ]
        for load in loads:
            kind = getattr(load, "kind", Kind.USER if load == Viewer() else Kind.ACCOUNT)
            results = await fetch_record(canvas, load, Projection.of(*SUPPORTED_FIELDS[kind]))
            assert results.known_fields == SUPPORTED_FIELDS[kind]
            assert results.name


async def test_awkward_sis_ids_find_their_objects(plain: SandboxServer) -> None:
    school = plain.sandbox.canvas_school
    awkward = [
        (Kind.COURSE, MAPLE.awkward_course, school.courses[MAPLE.awkward_course].sis_id),
        (Kind.SECTION, MAPLE.awkward_section, school.sections[MAPLE.awkward_section].sis_id),
        (Kind.USER, MAPLE.awkward_user, school.users[MAPLE.awkward_user].sis_id),
    ]
    async with connected(plain) as canvas:
        for kind, id, sis_id in awkward:
            load = ByAlias(kind, Alias.SIS_ID, str(sis_id))
            assert (await fetch_record(canvas, load, Projection.of("sis_id"))).key == Key(kind, str(id))


async def test_a_key_without_includes_still_reads_terms_and_teachers(plain: SandboxServer) -> None:
    """Canvas silently ignores includes: a field is null or read another way, and never wrong."""
    async with connected(plain, SCOPED_TOKEN) as canvas:
        store = Store("maple")
        projection = Projection.of("name", "student_count", term=Projection.of("name"), teachers=NAMES)
        course = await fetch_record(canvas, ById(Kind.COURSE, COURSE.id), projection, store)
        assert course.name
        assert course.student_count is None
        term = await fetch_record(canvas, ById(Kind.TERM, course.term_id), Projection.of("name"), store)
        assert term.name
        teachers = Members(COURSE, Kind.USER, MemberFilter(roles=(Role.TEACHER,)))
        assert vendor_ids(await fetch_page(canvas, teachers, NAMES, store))


async def test_a_roster_without_includes_is_read_section_by_section(plain: SandboxServer) -> None:
    async with connected(plain, SCOPED_TOKEN) as canvas, connected(plain) as admin:
        store = Store("maple")
        sections_load = Children(COURSE, Kind.SECTION)
        sections = records_of(await fetch_page(canvas, sections_load, Projection.of("name"), store))
        loads = {Members(item.key, Kind.USER, STUDENTS): NAMES for item in sections}
        results = await fetch_answers(canvas, loads, store)
        assert [vendor_ids(item) for item in results.values()] == [
            vendor_ids(await fetch_page(admin, load, NAMES)) for load in loads
        ]


async def test_a_student_sees_stubs_and_visible_courses(plain: SandboxServer) -> None:
    async with connected(plain, STUDENT_TOKEN) as canvas:
        store = Store("maple")
        viewer = await fetch_record(canvas, Viewer(), NAMES, store)
        assert viewer.key.id == str(MAPLE.student)
        results = await fetch_page(canvas, Search(Kind.COURSE), Projection.of("name", teachers=NAMES), store)
        by_id = {item.key.id: item for item in records_of(results)}
        assert by_id[COURSE.id].name
        closed = by_id.get(str(MAPLE.restricted_course))
        if closed is not None:
            assert closed.vendor_fields["access_restricted_by_date"] is True
        hidden = ById(Kind.COURSE, str(MAPLE.unpublished_course))
        assert await fetch_answer(canvas, hidden, Projection.of("name"), store) is None


@pytest.mark.parametrize("token", [TEACHER_TOKEN, TA_TOKEN])
async def test_terms_are_read_from_the_course_without_admin_rights(plain: SandboxServer, token: str) -> None:
    async with connected(plain, token) as canvas:
        terms = TermsOf(Key(Kind.SECTION, str(MAPLE.sections[1])))
        results = await fetch_page(canvas, terms, Projection.of("name", "start_at"))
        assert [item.name for item in records_of(results)] != [None]
        assert vendor_ids(results) == [str(MAPLE.current_term)]


async def test_the_credential_is_identified(plain: SandboxServer) -> None:
    async with connected(plain) as canvas:
        identity = await canvas.identify()
        assert identity.name
        assert "quota" in str(identity.budget)
