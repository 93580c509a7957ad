"""Operations that only Canvas has, against the simulator of a new and an old Canvas."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from lms_gateway.domain.errors import CredentialsRejected, Forbidden, LmsError, NotFound
from lms_gateway.domain.loads import (
    Children,
    CourseFilter,
    Document,
    Load,
    MemberFilter,
    Members,
    OperationListLoad,
    OperationLoad,
    Page,
    PageRequest,
)
from lms_gateway.domain.models import Account, User
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.canvas import CanvasBackend
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, SCOPED_TOKEN, STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.scripted import sandbox_backend
from tests.vendors.fetching import fetch_answer

TODAY = CanvasQuirks(jobs_advance="polls", job_poll_count=2)
OLD = replace(
    TODAY,
    throttled_status=403,
    forbidden_status=401,
    is_localized=True,
    adds_error_report=True,
    max_per_page=50,
    opaque_pages="all",
    wraps_calendars=False,
    root_of_root="zero",
    has_auto_subscribe=False,
    has_domain_search=False,
    token_secret_key="token",
    has_report_lines=False,
)
NAME = Projection.of("name")
COURSE, NOT_MODULAR = Key(Kind.COURSE, str(MAPLE.course)), Key(Kind.COURSE, str(MAPLE.host_course))
ROOT, PART = Key(Kind.ACCOUNT, str(MAPLE.root)), Key(Kind.ACCOUNT, str(MAPLE.sub_accounts[0]))
STUDENT, ADMIN = Key(Kind.USER, str(MAPLE.student)), Key(Kind.USER, str(MAPLE.admin))


@pytest.fixture(scope="module", params=[TODAY, OLD], ids=["today", "old"])
def serving(request: pytest.FixtureRequest) -> Iterator[tuple[SandboxServer, CanvasQuirks]]:
    with SandboxServer(create_sandbox(13, canvas_quirks=request.param)) as server:
        yield server, request.param


@pytest.fixture
def server(serving: tuple[SandboxServer, CanvasQuirks]) -> SandboxServer:
    serving[0].reset()
    return serving[0]


@pytest.fixture
def quirks(serving: tuple[SandboxServer, CanvasQuirks]) -> CanvasQuirks:
    return serving[1]


@pytest.fixture
async def canvas(server: SandboxServer) -> AsyncIterator[CanvasBackend]:
    async with sandbox_backend(server) as backend:
        yield backend


async def value(backend: CanvasBackend, name: str, of: Key | None = None, /, **arguments: Any) -> Any:
    """Return the value of a document."""
    loaded = await fetch_answer(backend, OperationLoad(name, of, tuple(arguments.items())), NAME)
    assert isinstance(loaded, Document), loaded
    return loaded.value


async def read_all_items(backend: CanvasBackend, load: OperationListLoad, size: int = 3) -> list[Any]:
    """Return all rows of a list, read a few at a time."""
    items: list[Any] = []
    after = None
    while True:
        page = await fetch_answer(backend, replace(load, page=PageRequest(size, after)), NAME)
        assert isinstance(page, Page), page
        items += page.items
        if not page.has_next:
            return items
        after = page.positions[-1]


def listed(name: str, of: Key | None = None, /, **arguments: Any) -> OperationListLoad:
    return OperationListLoad(name, of, tuple(arguments.items()))


async def test_settings_and_permissions_of_a_course(canvas: CanvasBackend) -> None:
    settings = await value(canvas, "course_settings", COURSE)
    assert settings["allow_student_discussion_topics"] is True
    granted = await value(canvas, "course_permissions", COURSE, names=("manage_grades",))
    assert granted == [{"name": "manage_grades", "granted": True}]
    assert await value(canvas, "preview_html", COURSE, html="<b onclick=x>hi</b>") == "<b>hi</b>"


async def test_progress_of_one_and_of_all(canvas: CanvasBackend) -> None:
    item = await value(canvas, "course_progress", COURSE, user=STUDENT.id)
    assert item["requirement_completed_count"] == item["requirement_count"] == 5
    rows = [row.value for row in await read_all_items(canvas, listed("student_progress", COURSE), 7)]
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert {row["id"]: row["progress"] for row in rows}[STUDENT.id] == item


@pytest.mark.parametrize("name", ["course_progress", "student_progress"])
async def test_a_course_without_modules_has_no_progress(canvas: CanvasBackend, name: str) -> None:
    arguments = (("user", STUDENT.id),)
    load = (
        OperationLoad(name, NOT_MODULAR, arguments)
        if name == "course_progress"
        else listed(name, NOT_MODULAR)
    )
    results = await fetch_answer(canvas, load, NAME)
    assert isinstance(results, NotFound)
    assert "modules" in results.message


async def test_due_dates_are_rows_with_text_ids(canvas: CanvasBackend) -> None:
    rows = await value(canvas, "effective_due_dates", COURSE)
    assert rows
    only = (rows[0]["assignment_id"],)
    narrowed = await value(canvas, "effective_due_dates", COURSE, assignment_ids=only)
    assert {row["assignment_id"] for row in narrowed} == set(only)
    assert all(isinstance(row["due_at"], datetime | None) for row in narrowed)


async def test_users_of_a_course_from_other_lists_than_its_roster(canvas: CanvasBackend) -> None:
    recent = await read_all_items(canvas, listed("recent_students", COURSE), 4)
    assert recent
    assert all(isinstance(item, User) and "canvas.last_login" in item.known_fields for item in recent)
    sharing = await read_all_items(canvas, listed("content_share_users", COURSE, search="a"))
    assert str(MAPLE.teacher) in {item.key.id for item in sharing} or sharing
    load = OperationLoad("course_user", COURSE, (("user", STUDENT.id),))
    results = await fetch_answer(canvas, load, Projection.of("email"))
    assert isinstance(results, User)
    assert results.email
    nobody = OperationLoad("course_user", COURSE, (("user", str(MAPLE.admin)),))
    assert await fetch_answer(canvas, nobody, NAME) is None


async def test_a_teachers_stream_summary_and_todo_items(server: SandboxServer) -> None:
    async with sandbox_backend(server, TEACHER_TOKEN) as teacher:
        stream = [row.value for row in await read_all_items(teacher, listed("activity_stream", COURSE))]
        assert stream
        assert all(isinstance(row["created_at"], datetime) for row in stream)
        summary = await value(teacher, "activity_stream_summary", COURSE)
        assert sum(row["count"] for row in summary) == len(stream)
        todo = await read_all_items(teacher, listed("todo_items", COURSE), 2)
        assert all(row.value["type"] == "grading" for row in todo)
        accounts = await read_all_items(teacher, listed("course_accounts"), 1)
        assert accounts
        assert all(isinstance(item, Account) for item in accounts)


async def test_accounts_that_the_administrator_manages(canvas: CanvasBackend) -> None:
    managed = await read_all_items(canvas, listed("manageable_accounts"))
    assert {item.key for item in managed} >= {ROOT, PART}
    creating = await read_all_items(canvas, listed("course_creation_accounts"))
    assert ROOT in {item.key for item in creating}
    made = await fetch_answer(canvas, OperationLoad("manually_created_courses_account"), NAME)
    assert isinstance(made, Account)
    assert made.name


async def test_terms_help_and_settings_of_an_account(canvas: CanvasBackend, quirks: CanvasQuirks) -> None:
    assert (await value(canvas, "terms_of_service", ROOT))["account_id"] == ROOT.id
    assert (await value(canvas, "help_links", ROOT))["help_link_name"]
    assert await fetch_answer(canvas, OperationLoad("help_links", PART), NAME) is None
    assert isinstance(await value(canvas, "account_settings", ROOT), dict)
    assert (await value(canvas, "environment"))["calendar_contexts_limit"]
    assert await value(canvas, "account_permissions", ROOT, names=("read_roster",)) == [
        {"name": "read_roster", "granted": True}
    ]
    domains = await value(canvas, "account_domains", name="map")
    assert bool(domains) is quirks.has_domain_search


async def test_calendars_wrapped_or_bare_by_page(canvas: CanvasBackend, quirks: CanvasQuirks) -> None:
    values = [row.value for row in await read_all_items(canvas, listed("account_calendars"), 1)]
    assert values
    assert all(row["visible"] for row in values)
    below = await read_all_items(canvas, listed("calendars", ROOT), 2)
    assert below[0].key == Key(Kind.CALENDAR, ROOT.id)
    assert below[0].value["root_account_id"] is None
    assert ("auto_subscribe" in below[0].value) is quirks.has_auto_subscribe
    hidden = await read_all_items(canvas, listed("calendars", ROOT, filter="hidden"))
    assert not any(row.value["visible"] for row in hidden)
    item = await value(canvas, "calendar", PART)
    assert item["id"] == PART.id
    assert await value(canvas, "visible_calendars_count", ROOT) >= len(values)


async def test_notifications_and_what_only_administrators_see(server: SandboxServer) -> None:
    async with sandbox_backend(server) as admin, sandbox_backend(server, STUDENT_TOKEN) as student:
        everything = await value(admin, "notifications", ROOT, include_all=True)
        seen = await value(student, "notifications", ROOT)
        hidden = next(item for item in everything if item.value["roles"])
        assert hidden.key not in {item.key for item in seen}
        assert seen

        async def fetched(key: Key) -> Any:
            id = key.id.partition(".")[2]
            return await fetch_answer(student, OperationLoad("notification", ROOT, (("id", id),)), NAME)

        assert await fetched(hidden.key) is None
        # Without `includeAll` Canvas ignores the account: those of sub-accounts are included.
        assert all([isinstance(await fetched(item.key), Document) for item in seen])


async def test_available_reports(canvas: CanvasBackend) -> None:
    reports = await value(canvas, "available_reports", ROOT)
    grades = next(item for item in reports if item["report"] == "grade_export_csv")
    assert grades["parameters"][0]["name"] == "enrollment_term_id"


REFUSED: list[Load] = [
    OperationLoad("account_settings", ROOT),
    OperationLoad("available_reports", ROOT),
    OperationListLoad("calendars", ROOT),
    OperationListLoad("student_progress", COURSE),
    OperationListLoad("recent_students", COURSE),
    OperationLoad("effective_due_dates", COURSE),
]


@pytest.mark.parametrize("ask", REFUSED, ids=lambda ask: ask.name)
async def test_a_student_is_refused(server: SandboxServer, ask: Load) -> None:
    async with sandbox_backend(server, STUDENT_TOKEN) as student:
        assert isinstance(await fetch_answer(student, ask, NAME), Forbidden)


async def test_a_key_without_includes_still_reads_a_user_of_a_course(server: SandboxServer) -> None:
    async with sandbox_backend(server, SCOPED_TOKEN) as scoped:
        load = OperationLoad("course_user", COURSE, (("user", STUDENT.id),))
        results = await fetch_answer(scoped, load, Projection.of("name", "email"))
        assert isinstance(results, User)
        assert results.name


FILTERS: list[tuple[str, Any]] = [
    ("with_enrollments", False), ("published", True), ("completed", False), ("blueprint", False),
    ("blueprint_associated", False), ("public", False), ("enrollment_type", ("teacher",)),
    ("by_subaccounts", (PART.id,)), ("hide_enrollmentless_courses", True), ("sort", "course_name"),
    ("search_by", "teacher"), ("starts_before", "2026-12-31"), ("ends_after", "2020-01-01"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", FILTERS, ids=lambda arguments: arguments[0])
async def test_an_accounts_courses_accept_canvas_filters(
    canvas: CanvasBackend, arguments: tuple[str, Any]
) -> None:
    load = Children(ROOT, Kind.COURSE, CourseFilter(canvas=(arguments,)))
    results = await fetch_answer(canvas, load, NAME)
    assert not isinstance(results, LmsError), results


async def test_published_and_not_published_are_all_courses(canvas: CanvasBackend) -> None:
    async def count(*arguments: tuple[str, Any]) -> int:
        load = Children(ROOT, Kind.COURSE, CourseFilter(canvas=arguments), PageRequest(500))
        results = await fetch_answer(canvas, load, NAME)
        assert isinstance(results, Page), results
        return len(results.items)

    published, other = await count(("published", True)), await count(("published", False))
    assert published
    assert other
    assert published + other == await count()


async def test_a_courses_users_are_sorted_and_start_at_a_user(
    canvas: CanvasBackend, quirks: CanvasQuirks
) -> None:
    """Canvas selects the page of a user only if its pages are numbered."""

    async def people(*arguments: tuple[str, Any], first: int = 50) -> list[str]:
        load = Members(COURSE, Kind.USER, MemberFilter(canvas=arguments), PageRequest(first))
        results = await fetch_answer(canvas, load, NAME)
        assert isinstance(results, Page), results
        return [item.key.id for item in results.items if item.key is not None]

    everyone = await people(("sort", "username"), first=500)
    last = everyone[-1]
    is_led = last in await people(("user_id", last), first=5)
    assert is_led is (quirks.opaque_pages != "all")
    assert sorted(await people(("sort", "email"), first=500)) == sorted(everyone)


async def test_an_operation_reports_a_rejected_credential(server: SandboxServer) -> None:
    async with sandbox_backend(server, f"{ADMIN_TOKEN}x") as nobody:
        results = await fetch_answer(nobody, OperationLoad("environment"), NAME)
        assert isinstance(results, CredentialsRejected)
