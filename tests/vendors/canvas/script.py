"""A Canvas that says what a test tells it to, and counts what it is asked."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lms_gateway.domain.errors import LmsError, NotFound
from lms_gateway.domain.loads import Load, LoadResult, Page
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.upstream.origin import Origin
from lms_gateway.upstream.pending_call import OnReply as Hear
from lms_gateway.upstream.pending_call import PendingCall, TaskCall
from lms_gateway.vendors.canvas.backend import CanvasBackend

BASE = "https://maple.instructure.com"

Query = Mapping[str, list[str]]
ScriptedReply = Any
"""A body, a Reply, an LmsError, or a function of the query that returns one of these."""


class ScriptedUpstream:
    """Replies by path below /api/v1; any other is 404. Stands where the upstream stack does."""

    def __init__(self, replies: Mapping[str, ScriptedReply] | None = None) -> None:
        self.replies = dict(replies or {})
        self.calls: list[str] = []
        self.was_called = asyncio.Event()
        self.gates: dict[str, asyncio.Event] = {}  # a path's replies wait for its gate

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`: a reply, or an error raised."""
        path = call.path.removeprefix("/api/v1")
        query = "&".join(f"{name}={value}" for name, value in call.params)
        self.calls.append(f"{path}?{query}" if query else path)
        self.was_called.set()
        if path in self.gates:
            await self.gates[path].wait()
        scripted = self.replies.get(path, NotFound("404"))
        if callable(scripted):
            values_by_name: dict[str, list[str]] = {}
            for name, value in call.params:
                values_by_name.setdefault(name, []).append(value)
            scripted = scripted(values_by_name)
        if isinstance(scripted, LmsError):
            raise scripted
        return scripted if isinstance(scripted, Reply) else reply(scripted)

    def start(self, call: Call, on_reply: Hear) -> PendingCall:
        """As `Upstream.begin`."""
        return TaskCall(self.send(call), on_reply)

    def resolve_link(self, link: str) -> tuple[str, Params]:
        """As `Upstream.same_origin`."""
        return Origin.of(BASE).resolve_link(link)

    def budget(self) -> str | None:
        """What is left."""
        return "600 of the quota"

    async def aclose(self) -> None:
        """Nothing is open."""

    @property
    def paths(self) -> list[str]:
        """What was asked for, without parameters."""
        return [call.partition("?")[0] for call in self.calls]

    def includes(self, index: int = -1) -> list[str]:
        """The include[] values of a call."""
        query = parse_qsl(self.calls[index].partition("?")[2])
        return [value for name, value in query if name == "include[]"]


def reply(body: Any, **links: str) -> Reply:
    """A reply in JSON; `links` become its Link header."""
    headers = {}
    if links:
        headers["link"] = ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
    return Reply(200, headers, json.dumps(body).encode())


def paged_list(
    path: str,
    rows: Sequence[Any],
    *,
    max_rows: int = 100,
    bookmarks: bool = False,
    is_hidden: Callable[[Any], bool] = lambda row: False,
) -> Callable[[Query], Reply]:
    """A paged list as Canvas tells it; `hidden` rows are dropped after paging, as Canvas does."""

    def page(query: Query) -> Reply:
        size = min(int(query["per_page"][0]), max_rows)
        token = query.get("page", ["1"])[0]
        number = int(token.removeprefix("bookmark:"))
        begin = (number - 1) * size
        shown = [row for row in rows[begin : begin + size] if not is_hidden(row)]
        if begin + size >= len(rows):
            return reply(shown)
        next_page = f"bookmark:{number + 1}" if bookmarks else str(number + 1)
        query_string = urlencode({"page": next_page, "per_page": size})
        return reply(shown, next=f"{BASE}/api/v1{path}?{query_string}")

    return page


def section(number: int, course: int = 1, **fields: Any) -> dict[str, Any]:
    """A section as an administrator sees it."""
    return {
        "id": number,
        "name": f"Section {number}",
        "course_id": course,
        "nonxlist_course_id": None,
        "start_at": "2012-06-01T00:00:00-06:00",
        "end_at": None,
        "restrict_enrollments_to_section_dates": None,
        "created_at": "2012-01-01T00:00:00Z",
        "sis_section_id": f"S{number}",
        "sis_course_id": f"C{course}",
        "integration_id": None,
        "sis_import_id": 47,
        **fields,
    }


def course(number: int, **fields: Any) -> dict[str, Any]:
    """A course as lists and `/courses/:id` tell it, without includes."""
    return {
        "id": number,
        "name": f"Course {number}",
        "course_code": f"C-{number}",
        "workflow_state": "available",
        "account_id": 1,
        "root_account_id": 1,
        "enrollment_term_id": 34,
        "start_at": "2012-06-01T00:00:00-06:00",
        "end_at": None,
        "time_zone": "America/Denver",
        "is_public": None,
        "calendar": {"ics": "https://maple.instructure.com/feeds/calendars/course_a.ics"},
        "sis_course_id": f"C{number}",
        **fields,
    }


def user(number: int, **fields: Any) -> dict[str, Any]:
    """A user as rosters tell them."""
    return {
        "id": number,
        "name": f"Ada Number{number}",
        "sortable_name": f"Number{number}, Ada",
        "short_name": f"Ada {number}",
        "created_at": "2012-01-01T00:00:00Z",
        "sis_user_id": f"U{number}",
        "login_id": f"ada{number}",
        **fields,
    }


def enrollment(
    number: int, person: int, of_section: int | None = 1, course: int = 1, **fields: Any
) -> dict[str, Any]:
    """An enrollment, without its user."""
    row: dict[str, Any] = {
        "id": number,
        "user_id": person,
        "course_id": course,
        "type": "StudentEnrollment",
        "role": "StudentEnrollment",
        "role_id": 3,
        "enrollment_state": "active",
        "start_at": None,
        "end_at": None,
    }
    if of_section is not None:
        row["course_section_id"] = of_section
    return row | fields


def roster(sections: Iterable[int], each: int, **fields: Any) -> list[dict[str, Any]]:
    """A course's roster, people of the sections interleaved."""
    numbers = list(sections)
    people = [
        (person_number, section_number)
        for person_number in range(each)
        for section_number in numbers
    ]
    return [
        user(
            1000 * section_number + person_number,
            email=f"u{section_number}.{person_number}@maple.example",
            enrollments=[
                enrollment(
                    9000 + index, 1000 * section_number + person_number, section_number, **fields
                )
            ],
        )
        for index, (person_number, section_number) in enumerate(people)
    ]


def backend(upstream: ScriptedUpstream, **options: Any) -> CanvasBackend:
    """A backend over the script."""
    return CanvasBackend(
        upstream=upstream,
        tenant="maple",
        base_url=BASE,
        time_zone=None,
        cursor_key=b"key",
        **options,
    )


async def answers(
    canvas: CanvasBackend, batch: Mapping[Any, Projection], store: Store | None = None
) -> dict[Load, LoadResult | LmsError]:
    """Every answer of a wave; an ask that is settled twice, or not at all, fails the test."""
    settled: dict[Load, LoadResult | LmsError] = {}

    def settle(load: Load, settled_answer: LoadResult | LmsError) -> None:
        assert load in batch
        assert load not in settled, "settled twice"
        settled[load] = settled_answer

    await canvas.fetch(batch, Store("maple") if store is None else store, settle)
    assert settled.keys() == batch.keys()
    return {load: settled[load] for load in batch}


async def answer(
    canvas: CanvasBackend, load: Load, projection: Projection, store: Store | None = None
) -> LoadResult | LmsError:
    """The answer of an ask that is a wave by itself."""
    return (await answers(canvas, {load: projection}, store))[load]


async def record(
    canvas: CanvasBackend, load: Load, projection: Projection, store: Store | None = None
) -> Any:
    """The record that answers an ask."""
    loaded = await answer(canvas, load, projection, store)
    assert isinstance(loaded, Record), loaded
    return loaded


async def page(
    canvas: CanvasBackend, load: Load, projection: Projection, store: Store | None = None
) -> Page:
    """The page that answers an ask."""
    loaded = await answer(canvas, load, projection, store)
    assert isinstance(loaded, Page), loaded
    return loaded


def ids(page_or_none: object) -> list[str]:
    """The ids on a page."""
    assert isinstance(page_or_none, Page), page_or_none
    assert len(page_or_none.items) == len(page_or_none.positions)
    return [item.key.id for item in page_or_none.items]
