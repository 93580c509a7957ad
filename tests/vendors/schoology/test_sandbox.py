"""The backend over real sockets: undocumented quirks of Schoology change no answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lms_gateway.domain.errors import Forbidden
from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    Load,
    Members,
    Page,
    PageRequest,
    RootAccount,
    Search,
    SectionFilter,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.models import Course, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_gateway.vendors.schoology import OAuth1, SchoologyBackend, connect
from lms_sandbox.app import create_sandbox
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET, STUDENT_KEY, STUDENT_SECRET
from lms_sandbox.schoology.quirks import SchoologyQuirks
from lms_sandbox.server import SandboxServer
from tests.vendors.fetching import fetch_answer, fetch_answers, fetch_record, vendor_ids

ADMIN = OAuth1(ADMIN_KEY, ADMIN_SECRET)
STUDENT = OAuth1(STUDENT_KEY, STUDENT_SECRET)


@asynccontextmanager
async def lakeside_backend(
    credentials: OAuth1 = ADMIN, **quirks: Any
) -> AsyncIterator[tuple[SchoologyBackend, SandboxServer]]:
    sandbox = create_sandbox(13, schoology_quirks=SchoologyQuirks(**quirks))
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


def comparable(answer: object) -> object:
    """Return an answer as comparable values, without the vendor's own fields."""
    if isinstance(answer, Page):
        return [comparable(item) for item in answer.items], answer.has_next
    if isinstance(answer, Record):
        values = {name: getattr(answer, name) for name in answer.known_fields if "." not in name}
        return answer.key, dict(sorted(values.items()))
    return type(answer)


async def read_everything(backend: SchoologyBackend) -> list[object]:
    """Read something of every kind, in a few batches."""
    store, collected = Store("lakeside"), list[object]()
    course = Key(Kind.COURSE, str(LAKESIDE.course))
    sections = [Key(Kind.SECTION, str(number)) for number in LAKESIDE.sections]
    batches: list[dict[Load, Any]] = [
        {
            Viewer(): Projection.of("display_name", "email"),
            RootAccount(): Projection.of("name", "account_kind"),
            ById(*course): Projection.of("name", "department", "subject", "grade_levels", "credits"),
            Children(course, Kind.SECTION, SectionFilter(include_past=True)): Projection.of("name"),
            **dict.fromkeys(
                (ById(*key) for key in sections), Projection.of("name", "meeting", "student_count")
            ),
            **dict.fromkeys((Members(key, Kind.ENROLLMENT) for key in sections), Projection.of("role")),
        },
        {
            **dict.fromkeys(map(TermsOf, sections), Projection.of("name", "start_at", "end_at")),
            ById(Kind.SECTION, "1"): Projection.of("name"),
            ByAlias(Kind.SECTION, Alias.SIS_ID, "no such"): Projection.of("name"),
            ByAlias(Kind.USER, Alias.SIS_ID, "no, such"): Projection.of("name"),
            Members(course, Kind.USER, page=PageRequest(7)): Projection.of("display_name"),
            Children(Key(Kind.USER, str(LAKESIDE.student)), Kind.ENROLLMENT): Projection.of("state"),
            Children(Key(Kind.USER, str(LAKESIDE.student)), Kind.COURSE): Projection.of("name"),
            Search(Kind.COURSE, page=PageRequest(3)): Projection.of("name"),
            Search(Kind.USER, page=PageRequest(3)): Projection.of("email"),
        },
    ]
    for projections in batches:
        results = await fetch_answers(backend, projections, store)
        collected += [(load, comparable(answer)) for load, answer in results.items()]
    for number in (LAKESIDE.awkward_user, LAKESIDE.student):
        by_id = ById(Kind.USER, str(number))
        user = await fetch_record(backend, by_id, Projection.of("sis_id"), store)
        by_sis_id = ByAlias(Kind.USER, Alias.SIS_ID, user.sis_id)
        collected.append(comparable(await fetch_answer(backend, by_sis_id, Projection.of("email"))))
    return collected


_EXPECTED: list[object] = []


async def expected() -> list[object]:
    if not _EXPECTED:
        async with lakeside_backend() as (backend, _):
            _EXPECTED.extend(await read_everything(backend))
    return _EXPECTED


@pytest.mark.parametrize(
    "quirks",
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
    ids=lambda quirks: ",".join(f"{name}={value}" for name, value in quirks.items()),
)
async def test_undocumented_quirks_change_no_answer(quirks: dict[str, Any]) -> None:
    async with lakeside_backend(**quirks) as (backend, _):
        assert await read_everything(backend) == await expected()


async def test_a_student_has_the_courses_of_the_own_sections_and_no_rosters() -> None:
    async with lakeside_backend(STUDENT) as (backend, _):
        store = Store("lakeside")
        courses = Search(Kind.COURSE)
        section = Key(Kind.SECTION, str(LAKESIDE.sections[0]))
        results = await fetch_answers(
            backend,
            {
                courses: Projection.of("name"),
                ById(*section): Projection.of("name", "student_count"),
                Members(section, Kind.USER): Projection.of("display_name"),
            },
            store,
        )
        page, section_record = results[courses], results[ById(*section)]
        assert isinstance(page, Page)
        assert all(isinstance(item, Course) and item.name for item in page.items)
        assert page.items
        assert isinstance(section_record, Section)
        assert section_record.name is not None
        assert section_record.student_count is None
        assert isinstance(results[Members(section, Kind.USER)], Forbidden)
        by_id = ById(Kind.COURSE, vendor_ids(page)[0])
        course = await fetch_record(backend, by_id, Projection.of("name", "department"), store)
        assert isinstance(course, Course)
        assert course.name is not None
        assert course.department is None


async def test_a_sis_id_with_a_comma_finds_its_section() -> None:
    async with lakeside_backend() as (backend, server):
        load = ById(Kind.SECTION, str(LAKESIDE.awkward_section))
        (section,) = (await fetch_answers(backend, {load: Projection.of("sis_id")})).values()
        assert isinstance(section, Section)
        assert section.sis_id is not None
        assert "," in section.sis_id
        by_sis: Load = ByAlias(Kind.SECTION, Alias.SIS_ID, section.sis_id)
        (again,) = (await fetch_answers(backend, {by_sis: Projection.of("name")})).values()
        assert isinstance(again, Section)
        assert again.key == section.key
        assert server.log.requests("schoology") == 2
