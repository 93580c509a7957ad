"""The floors: what nothing that serves HTTP from Python, or makes these calls, can go below.

`static` answers bytes that are ready. `app` has the journeys written out by hand, a path each: the
same upstream calls as the gateway makes, over the gateway's own transport, with rows decoded into
structs of what is asked for and the answer encoded from structs; no GraphQL, access, limits,
metrics or logs.

    UPSTREAM=http://127.0.0.1:9100 uvicorn bench.floors:app
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
from lms_gateway.upstream.transport import Transport

T = TypeVar("T")

_PATIENCE = 30.0  # seconds
_CANVAS = {"authorization": "Bearer tok-0123456789abcdef", "accept": "application/json"}
_SCHOOLOGY = {
    "authorization": 'OAuth realm="Schoology API",oauth_consumer_key="bench-key",'
    'oauth_signature_method="PLAINTEXT",oauth_signature="bench-secret%26"',
    "content-type": "application/json",
    "accept": "application/json",
}
_NEXT = re.compile(r'<([^>]*)>;\s*rel="next"')


class Course(msgspec.Struct, rename={"code": "course_code"}):
    """Of a course as Canvas tells it, what is asked for."""

    id: int
    name: str
    code: str


class Section(msgspec.Struct):
    """The same of a section."""

    id: int
    course_id: int
    name: str
    start_at: str | None
    end_at: str | None
    sis_section_id: str | None
    integration_id: str | None
    total_students: int | None
    restrict_enrollments_to_section_dates: bool


class Person(msgspec.Struct):
    """The same of somebody on a roster."""

    id: int
    name: str
    short_name: str
    sortable_name: str


class ClassSection(msgspec.Struct):
    """The same of a section as Schoology tells it."""

    id: str
    course_id: str
    section_title: str
    section_code: str


class ClassCourse(msgspec.Struct):
    """The same of its course."""

    id: str
    title: str
    department: str


class Row(msgspec.Struct, Generic[T]):
    """One row of a multiget."""

    body: T


class Rows(msgspec.Struct, Generic[T]):
    """All that a multiget answers."""

    response: list[Row[T]]


class Asked(msgspec.Struct):
    """A GraphQL request, of which the variables are all that counts."""

    variables: dict[str, Any]


class CourseWithSections(msgspec.Struct):
    """An answer: a course, and its sections with it again in each."""

    course: Course
    sections: list[tuple[Section, Course]]


class SectionWithPeople(msgspec.Struct):
    """An answer's row: a section, its course and its teachers."""

    section: Section
    course: Course
    teachers: list[Person] | None


class Roster(msgspec.Struct):
    """An answer: a section and its students."""

    section: Section
    students: list[Person]


class Client:
    """The calls that the journeys take, over the gateway's transport and nothing else of it."""

    def __init__(self, transport: Transport, upstream: str) -> None:
        self._transport = transport
        self._upstream = upstream

    async def course_with_sections(self, variables: dict[str, Any]) -> CourseWithSections:
        """Two calls, side by side."""
        id = variables["id"]
        told, rows = await asyncio.gather(
            self._get(f"/api/v1/courses/{id}"),
            self._get(f"/api/v1/courses/{id}/sections?include[]=total_students&per_page=100"),
        )
        course = _COURSE.decode(told)
        return CourseWithSections(course, [(row, course) for row in _SECTIONS.decode(rows)])

    async def sections(self, variables: dict[str, Any]) -> list[SectionWithPeople]:
        """A call for each section, then two more for each."""
        told = await self._get_each(
            "/api/v1/sections/{}?include[]=total_students", variables["ids"]
        )
        sections = [_SECTION.decode(body) for body in told]
        people = "/api/v1/sections/{}/users?enrollment_type=teacher&per_page=100"
        courses, teachers = await asyncio.gather(
            self._get_each("/api/v1/courses/{}", {row.course_id: None for row in sections}),
            self._get_each(people, [row.id for row in sections]),
        )
        by_id = {course.id: course for course in map(_COURSE.decode, courses)}
        return [
            SectionWithPeople(row, by_id[row.course_id], _PEOPLE.decode(body) if body else None)
            for row, body in zip(sections, teachers, strict=True)
        ]

    async def roster(self, variables: dict[str, Any]) -> Roster:
        """The section, and its people page by page."""
        id = variables["id"]
        told, students = await asyncio.gather(
            self._get(f"/api/v1/sections/{id}"), self._get_students(id)
        )
        return Roster(_SECTION.decode(told), students)

    async def class_sections(
        self, variables: dict[str, Any]
    ) -> list[tuple[ClassSection, ClassCourse]]:
        """Two multigets, the second for what the first has named."""
        told = await self._multiget("sections", variables["ids"])
        sections = [row.body for row in _CLASS_SECTIONS.decode(told).response]
        told = await self._multiget("courses", {row.course_id: None for row in sections})
        courses = {row.body.id: row.body for row in _CLASS_COURSES.decode(told).response}
        return [(section, courses[section.course_id]) for section in sections]

    async def _get(self, path: str) -> bytes:
        """A body; empty where the status says that there is none."""
        reply = await self._transport.send("GET", self._upstream + path, _CANVAS, None, _PATIENCE)
        return reply.body if reply.status == 200 else b""

    async def _get_each(self, path: str, ids: Iterable[object]) -> Sequence[bytes]:
        return await asyncio.gather(*(self._get(path.format(id)) for id in ids))

    async def _get_students(self, section: str) -> list[Person]:
        students: list[Person] = []
        url = f"{self._upstream}/api/v1/sections/{section}/users"
        url += "?enrollment_type=student&per_page=100"
        while True:
            reply = await self._transport.send("GET", url, _CANVAS, None, _PATIENCE)
            students += _PEOPLE.decode(reply.body)
            onward = _NEXT.search(reply.headers.get("link", ""))
            if onward is None:
                return students
            url = onward[1]

    async def _multiget(self, kind: str, ids: Iterable[str]) -> bytes:
        body = msgspec.json.encode({"request": [f"/v1/{kind}/{id}" for id in ids]})
        url = f"{self._upstream}/v1/multiget"
        return (await self._transport.send("POST", url, _SCHOOLOGY, body, _PATIENCE)).body


_ASKED = msgspec.json.Decoder(Asked)
_COURSE = msgspec.json.Decoder(Course)
_SECTION = msgspec.json.Decoder(Section)
_SECTIONS = msgspec.json.Decoder(list[Section])
_PEOPLE = msgspec.json.Decoder(list[Person])
_CLASS_SECTIONS = msgspec.json.Decoder(Rows[ClassSection])
_CLASS_COURSES = msgspec.json.Decoder(Rows[ClassCourse])

_NOTHING = b'{"data":{"hello":"world"}}'

Journey = Callable[[dict[str, Any]], Awaitable[Any]]


class Floor:
    """The application: the journeys by path."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._journeys: dict[str, Journey] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        asked = _ASKED.decode(await _read(receive))
        answer = await self._journeys[scope["path"]](asked.variables)
        await _answer(send, msgspec.json.encode({"data": answer}))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        transport = await self._stack.enter_async_context(gateway.open_transport())
        client = Client(transport, os.environ["UPSTREAM"])
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


app = Floor()


async def static(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request alike."""
    if scope["type"] == "http":
        await _answer(send, _NOTHING)
    else:
        raise NotImplementedError  # which tells uvicorn that there is no lifespan


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(send: Send, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
