"""The backend over real sockets: what is open in the facts about Schoology changes no answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lms_gateway.domain.asks import (
    Alias,
    Ask,
    ByAlias,
    ById,
    Children,
    Members,
    Page,
    PageAsk,
    RootAccount,
    Search,
    SectionFilter,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.errors import Forbidden
from lms_gateway.domain.records import Course, Key, Kind, Record, Section
from lms_gateway.domain.store import Store
from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.schoology.habits import SchoologyHabits
from lms_gateway.sandbox.schoology.keys import (
    ADMIN_KEY,
    ADMIN_SECRET,
    STUDENT_KEY,
    STUDENT_SECRET,
)
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.sandbox.world import LAKESIDE
from lms_gateway.upstream.transport import HttpxTransport
from lms_gateway.vendors.schoology import OAuth1, SchoologyBackend, connect
from tests.vendors.schoology.script import answers
from tests.vendors.wants import wanting

ADMIN = OAuth1(ADMIN_KEY, ADMIN_SECRET)
STUDENT = OAuth1(STUDENT_KEY, STUDENT_SECRET)


@asynccontextmanager
async def lakeside(
    credentials: OAuth1 = ADMIN, **habits: Any
) -> AsyncIterator[tuple[SchoologyBackend, SandboxServer]]:
    sandbox = create_sandbox(13, schoology_habits=SchoologyHabits(**habits))
    transport = HttpxTransport()
    with SandboxServer(sandbox) as server:
        backend = connect(
            tenant="lakeside",
            base_url=server.schoology_url,
            credentials=credentials,
            transport=transport,
            time_zone="America/Denver",
        )
        try:
            yield backend, server
        finally:
            await backend.aclose()
            await transport.aclose()


def plain(answer: object) -> object:
    """An answer as values, without what only the vendor has."""
    if isinstance(answer, Page):
        return [plain(one) for one in answer.items], answer.has_next
    if isinstance(answer, Record):
        told = {name: getattr(answer, name) for name in answer.known if "." not in name}
        return answer.key, dict(sorted(told.items()))
    return type(answer)


async def read_everything(backend: SchoologyBackend) -> list[object]:
    """A bit of each read, in a few waves."""
    store, told = Store("lakeside"), []
    course = Key(Kind.COURSE, str(LAKESIDE.course))
    sections = [Key(Kind.SECTION, str(number)) for number in LAKESIDE.sections]
    waves: list[dict[Ask, Any]] = [
        {
            Viewer(): wanting("display_name", "email"),
            RootAccount(): wanting("name", "account_kind"),
            ById(*course): wanting("name", "department", "subject", "grade_levels", "credits"),
            Children(course, Kind.SECTION, SectionFilter(include_past=True)): wanting("name"),
            **dict.fromkeys(
                (ById(*key) for key in sections), wanting("name", "meeting", "student_count")
            ),
            **dict.fromkeys((Members(key, Kind.ENROLLMENT) for key in sections), wanting("role")),
        },
        {
            **dict.fromkeys(map(TermsOf, sections), wanting("name", "start_at", "end_at")),
            ById(Kind.SECTION, "1"): wanting("name"),
            ByAlias(Kind.SECTION, Alias.SIS_ID, "no such"): wanting("name"),
            ByAlias(Kind.USER, Alias.SIS_ID, "no, such"): wanting("name"),
            Members(course, Kind.USER, page=PageAsk(7)): wanting("display_name"),
            Children(Key(Kind.USER, str(LAKESIDE.student)), Kind.ENROLLMENT): wanting("state"),
            Children(Key(Kind.USER, str(LAKESIDE.student)), Kind.COURSE): wanting("name"),
            Search(Kind.COURSE, page=PageAsk(3)): wanting("name"),
            Search(Kind.USER, page=PageAsk(3)): wanting("email"),
        },
    ]
    for wave in waves:
        found = await answers(backend, wave, store)
        told += [(ask, plain(answer)) for ask, answer in found.items()]
    for number in (LAKESIDE.awkward_user, LAKESIDE.student):
        known = (
            await answers(backend, {ById(Kind.USER, str(number)): wanting("sis_id")}, store)
        ).popitem()[1]
        by_sis: Ask = ByAlias(Kind.USER, Alias.SIS_ID, known.sis_id)
        again = await answers(backend, {by_sis: wanting("email")}, Store("lakeside"))
        told.append(plain(again[by_sis]))
    return told


_EXPECTED: list[object] = []


async def expected() -> list[object]:
    if not _EXPECTED:
        async with lakeside() as (backend, _):
            _EXPECTED.extend(await read_everything(backend))
    return _EXPECTED


@pytest.mark.parametrize(
    "habits",
    [
        {"location": "path"},
        {"section_ext": "redirect"},
        {"unknown_object": 403},
        {"total_drift": 7},
        {"total_drift": -2},
        {"meeting_days": "int", "saturday": 7},
        {"parent_id": "0", "unset_text": None, "hidden_access_code": None},
        {"documented_options": True, "class_periods": True},
        {"admin_of": "user", "grading_period_types": "documented", "role_id_type": "str"},
        {"credits": "str", "parents": "list", "no_children": ""},
        {"parents": "absent"},
        {"multiget_headers": "null", "multiget_body": "text"},
        {"multiget_failure": "null"},
        {"multiget_failure": "text"},
        {"multiget_failure": "absent"},
        {"multiget_user_ext": "resolved"},
        {"multiget_user_ext": "header"},
        {"multiget_clamps": False},
        {"lookup_paged": True, "web_session": "none"},
        {"web_session": "absent"},
    ],
    ids=lambda habits: ",".join(f"{name}={value}" for name, value in habits.items()),
)
async def test_what_is_open_about_schoology_changes_no_answer(habits: dict[str, Any]) -> None:
    async with lakeside(**habits) as (backend, _):
        assert await read_everything(backend) == await expected()


async def test_a_student_sees_courses_by_their_sections_and_no_rosters() -> None:
    async with lakeside(STUDENT) as (backend, _):
        store = Store("lakeside")
        courses = Search(Kind.COURSE)
        section = Key(Kind.SECTION, str(LAKESIDE.sections[0]))
        found = await answers(
            backend,
            {
                courses: wanting("name"),
                ById(*section): wanting("name", "student_count"),
                Members(section, Kind.USER): wanting("display_name"),
            },
            store,
        )
        page, own = found[courses], found[ById(*section)]
        assert isinstance(page, Page)
        assert all(isinstance(one, Course) and one.name for one in page.items)
        assert page.items
        assert isinstance(own, Section)
        assert own.name is not None
        assert own.student_count is None
        assert isinstance(found[Members(section, Kind.USER)], Forbidden)
        ask = ById(Kind.COURSE, page.items[0].key.id)
        (known,) = (await answers(backend, {ask: wanting("name", "department")}, store)).values()
        assert isinstance(known, Course)
        assert known.name is not None
        assert known.department is None


async def test_awkward_sis_ids_find_their_sections() -> None:
    async with lakeside() as (backend, server):
        ask = ById(Kind.SECTION, str(LAKESIDE.awkward_section))
        (section,) = (await answers(backend, {ask: wanting("sis_id")})).values()
        assert isinstance(section, Section)
        assert section.sis_id is not None
        assert "," in section.sis_id
        by_sis: Ask = ByAlias(Kind.SECTION, Alias.SIS_ID, section.sis_id)
        (again,) = (await answers(backend, {by_sis: wanting("name")})).values()
        assert isinstance(again, Section)
        assert again.key == section.key
        assert server.log.requests("schoology") == 2
