"""The baselines do all the work of a journey."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.types import Message

from bench.baselines import BaselineClient, CourseAnswer, RosterAnswer, app, static
from bench.fake_vendor import HOST, serve
from bench.journeys import COURSE, FAILURES, ROSTER, SCHOOLOGY_SECTIONS, SECTIONS
from lms_gateway.app import open_transport


@pytest.fixture
async def client() -> AsyncIterator[BaselineClient]:
    server, port = await serve(0)
    async with server, open_transport() as transport:
        yield BaselineClient(transport, f"http://{HOST}:{port}")


async def test_a_course_comes_with_its_twenty_sections(client: BaselineClient) -> None:
    answer = await client.course_with_sections(dict(COURSE.variables(6)))
    assert isinstance(answer, CourseAnswer)
    assert answer.course.id == 7
    assert [section.course_id for section, _ in answer.sections] == [7] * 20


async def test_fifty_sections_come_with_courses_and_teachers(client: BaselineClient) -> None:
    rows = await client.sections(dict(SECTIONS.variables(0)))
    assert len({row.course.id for row in rows}) == 50
    assert all(row.section.course_id == row.course.id for row in rows)
    assert all(row.teachers is not None and len(row.teachers) == 1 for row in rows)


async def test_refused_teachers_are_none(client: BaselineClient) -> None:
    rows = await client.sections(dict(FAILURES.variables(0)))
    assert [row.teachers for row in rows].count(None) == FAILURES.error_count


async def test_a_roster_is_read_to_its_end(client: BaselineClient) -> None:
    answer = await client.roster(dict(ROSTER.variables(0)))
    assert isinstance(answer, RosterAnswer)
    assert len({student.id for student in answer.students}) == 500


async def test_classes_come_with_their_courses(client: BaselineClient) -> None:
    rows = await client.class_sections(dict(SCHOOLOGY_SECTIONS.variables(0)))
    assert [section.course_id for section, _ in rows] == [course.id for _, course in rows]
    assert len(rows) == 50


async def test_baselines_answer_over_asgi(monkeypatch: pytest.MonkeyPatch) -> None:
    server, port = await serve(0)
    monkeypatch.setenv("UPSTREAM", f"http://{HOST}:{port}")
    body = json.dumps({"query": "", "variables": {"id": "3"}}).encode()
    events: Iterator[Message] = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Message] = []

    async def receive_lifespan() -> Message:
        event = next(events)
        if event["type"] == "lifespan.shutdown":
            await app({"type": "http", "path": "/course"}, receive_request, send)
        return event

    async def receive_request() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async with server:
        await app({"type": "lifespan"}, receive_lifespan, send)
    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert isinstance(bodies[0], bytes)
    assert json.loads(bodies[0])["data"]["course"]["id"] == 3
    assert sent[-1]["type"] == "lifespan.shutdown.complete"


async def test_static_bytes_need_nothing() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("the request body is read")

    await static({"type": "http"}, receive, send)
    assert [message["type"] for message in sent] == [
        "http.response.start",
        "http.response.body",
    ]
