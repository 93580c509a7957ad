"""Baselines: the least CPU with which Python can answer HTTP or make the calls of a journey.

`static` answers constant bytes. `app` implements each journey by hand, one path each: the same
vendor calls as the gateway, over the gateway's transport, with rows decoded into structs of the
requested fields and the response encoded from structs. It has no GraphQL, access control, limits,
metrics or logs.

    UPSTREAM=http://127.0.0.1:9100 uvicorn bench.baselines:app
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Generic, TypeVar

import msgspec
from starlette.types import Receive, Scope, Send

from lms_gateway import app as gateway
from lms_gateway.upstream.transports.protocol import Transport

T = TypeVar("T")

_TIMEOUT = 30.0  # seconds
_CANVAS_HEADERS = {"authorization": "Bearer tok-0123456789abcdef", "accept": "application/json"}
_SCHOOLOGY_HEADERS = {
    "authorization": 'OAuth realm="Schoology API",oauth_consumer_key="bench-key",'
    'oauth_signature_method="PLAINTEXT",oauth_signature="bench-secret%26"',
    "content-type": "application/json",
    "accept": "application/json",
}
_NEXT_LINK = re.compile(r'<([^>]*)>;\s*rel="next"')


class CanvasCourse(msgspec.Struct, rename={"code": "course_code"}):
    """The requested fields of a Canvas course."""

    id: int
    name: str
    code: str


class CanvasSection(msgspec.Struct):
    """The requested fields of a Canvas section."""

    id: int
    course_id: int
    name: str
    start_at: str | None
    end_at: str | None
    sis_section_id: str | None
    integration_id: str | None
    total_students: int | None
    restrict_enrollments_to_section_dates: bool


class CanvasUser(msgspec.Struct):
    """The requested fields of a Canvas user."""

    id: int
    name: str
    short_name: str
    sortable_name: str


class SchoologySection(msgspec.Struct):
    """The requested fields of a Schoology section."""

    id: str
    course_id: str
    section_title: str
    section_code: str


class SchoologyCourse(msgspec.Struct):
    """The requested fields of a Schoology course."""

    id: str
    title: str
    department: str


class MultigetRow(msgspec.Struct, Generic[T]):
    """One row of a multiget."""

    body: T


class MultigetReply(msgspec.Struct, Generic[T]):
    """The body of a multiget response."""

    response: list[MultigetRow[T]]


class GraphQLParams(msgspec.Struct):
    """A GraphQL request; only its variables are used."""

    variables: dict[str, Any]


class CourseAnswer(msgspec.Struct):
    """A response: a course and its sections, each with the course again."""

    course: CanvasCourse
    sections: list[tuple[CanvasSection, CanvasCourse]]


class SectionAnswer(msgspec.Struct):
    """One row of a response: a section, its course and its teachers."""

    section: CanvasSection
    course: CanvasCourse
    teachers: list[CanvasUser] | None


class RosterAnswer(msgspec.Struct):
    """A response: a section and its students."""

    section: CanvasSection
    students: list[CanvasUser]


class BaselineClient:
    """The vendor calls of the journeys, over the gateway's transport."""

    def __init__(self, transport: Transport, upstream: str) -> None:
        self._transport = transport
        self._upstream = upstream

    async def course_with_sections(self, variables: dict[str, Any]) -> CourseAnswer:
        """Read a course and its sections: two concurrent calls."""
        id = variables["id"]
        course_body, section_bodies = await asyncio.gather(
            self._get(f"/api/v1/courses/{id}"),
            self._get(f"/api/v1/courses/{id}/sections?include[]=total_students&per_page=100"),
        )
        course = _COURSE_DECODER.decode(course_body)
        return CourseAnswer(course, [(row, course) for row in _SECTIONS_DECODER.decode(section_bodies)])

    async def sections(self, variables: dict[str, Any]) -> list[SectionAnswer]:
        """Read sections, then their courses and teachers: three calls for each section."""
        section_bodies = await self._get_each(
            "/api/v1/sections/{}?include[]=total_students", variables["ids"]
        )
        sections = [_SECTION_DECODER.decode(body) for body in section_bodies]
        teachers_path = "/api/v1/sections/{}/users?enrollment_type=teacher&per_page=100"
        courses, teachers = await asyncio.gather(
            self._get_each("/api/v1/courses/{}", {row.course_id: None for row in sections}),
            self._get_each(teachers_path, [row.id for row in sections]),
        )
        by_id = {course.id: course for course in map(_COURSE_DECODER.decode, courses)}
        return [
            SectionAnswer(row, by_id[row.course_id], _USERS_DECODER.decode(body) if body else None)
            for row, body in zip(sections, teachers, strict=True)
        ]

    async def roster(self, variables: dict[str, Any]) -> RosterAnswer:
        """Read a section, and its students page by page."""
        id = variables["id"]
        section_body, students = await asyncio.gather(
            self._get(f"/api/v1/sections/{id}"), self._get_students(id)
        )
        return RosterAnswer(_SECTION_DECODER.decode(section_body), students)

    async def class_sections(
        self, variables: dict[str, Any]
    ) -> list[tuple[SchoologySection, SchoologyCourse]]:
        """Read sections and then their courses: two multigets."""
        body = await self._multiget("sections", variables["ids"])
        sections = [row.body for row in _SCHOOLOGY_SECTIONS_DECODER.decode(body).response]
        body = await self._multiget("courses", {row.course_id: None for row in sections})
        courses = {row.body.id: row.body for row in _SCHOOLOGY_COURSES_DECODER.decode(body).response}
        return [(section, courses[section.course_id]) for section in sections]

    async def _get(self, path: str) -> bytes:
        """Return the body of a 200; empty for any other status."""
        reply = await self._transport.send("GET", self._upstream + path, _CANVAS_HEADERS, None, _TIMEOUT)
        return reply.body if reply.status == 200 else b""

    async def _get_each(self, path: str, ids: Iterable[object]) -> Sequence[bytes]:
        return await asyncio.gather(*(self._get(path.format(id)) for id in ids))

    async def _get_students(self, section: str) -> list[CanvasUser]:
        students: list[CanvasUser] = []
        url = f"{self._upstream}/api/v1/sections/{section}/users"
        url += "?enrollment_type=student&per_page=100"
        while True:
            reply = await self._transport.send("GET", url, _CANVAS_HEADERS, None, _TIMEOUT)
            students += _USERS_DECODER.decode(reply.body)
            next_link = _NEXT_LINK.search(reply.headers.get("link", ""))
            if next_link is None:
                return students
            url = next_link[1]

    async def _multiget(self, kind: str, ids: Iterable[str]) -> bytes:
        body = msgspec.json.encode({"request": [f"/v1/{kind}/{id}" for id in ids]})
        url = f"{self._upstream}/v1/multiget"
        return (await self._transport.send("POST", url, _SCHOOLOGY_HEADERS, body, _TIMEOUT)).body


_PARAMS = msgspec.json.Decoder(GraphQLParams)
_COURSE_DECODER = msgspec.json.Decoder(CanvasCourse)
_SECTION_DECODER = msgspec.json.Decoder(CanvasSection)
_SECTIONS_DECODER = msgspec.json.Decoder(list[CanvasSection])
_USERS_DECODER = msgspec.json.Decoder(list[CanvasUser])
_SCHOOLOGY_SECTIONS_DECODER = msgspec.json.Decoder(MultigetReply[SchoologySection])
_SCHOOLOGY_COURSES_DECODER = msgspec.json.Decoder(MultigetReply[SchoologyCourse])

_STATIC_BODY = b'{"data":{"hello":"world"}}'

JourneyHandler = Callable[[dict[str, Any]], Awaitable[Any]]


class BaselineApp:
    """The ASGI application: one path for each journey."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._journeys: dict[str, JourneyHandler] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or the lifespan events of the server."""
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
            return
        params = _PARAMS.decode(await _read_body(receive))
        answer = await self._journeys[scope["path"]](params.variables)
        await _send_json(send, msgspec.json.encode({"data": answer}))

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        transport = await self._stack.enter_async_context(gateway.open_transport())
        client = BaselineClient(transport, os.environ["UPSTREAM"])
        self._journeys = {
            "/course": client.course_with_sections,
            "/sections": client.sections,
            "/roster": client.roster,
            "/class-sections": client.class_sections,
        }
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})


app = BaselineApp()


async def static(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with the same bytes."""
    if scope["type"] == "http":
        await _send_json(send, _STATIC_BODY)
    else:
        raise NotImplementedError  # uvicorn then runs without lifespan


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _send_json(send: Send, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
