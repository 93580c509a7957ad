"""A typical Python implementation: Strawberry, aiodataloader and httpx2, without tuning."""

import asyncio
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, cast

import httpx2
import strawberry
from aiodataloader import DataLoader
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

Row = dict[str, Any]
Loaders = dict[str, DataLoader[str, Any]]

client = httpx2.AsyncClient(base_url=os.environ["UPSTREAM"])
canvas_headers = {"Authorization": "Bearer tok-0123456789abcdef"}


async def get(path: str) -> Any:
    reply = await client.get(path, headers=canvas_headers)
    reply.raise_for_status()
    return reply.json()


async def get_all(path: str, **params: str) -> list[Row]:
    rows: list[Row] = []
    reply = await client.get(path, params={**params, "per_page": "100"}, headers=canvas_headers)
    while True:
        reply.raise_for_status()
        rows += reply.json()
        next_link = re.search(r'<([^>]*)>;\s*rel="next"', reply.headers.get("link", ""))
        if next_link is None:
            return rows
        reply = await client.get(next_link[1], headers=canvas_headers)


async def multiget(paths: list[str]) -> list[Row | Exception]:
    authorization = (
        'OAuth realm="Schoology API",oauth_consumer_key="bench-key",oauth_token="",'
        f'oauth_nonce="{secrets.token_hex(8)}",oauth_timestamp="{int(time.time())}",'
        'oauth_signature_method="PLAINTEXT",oauth_version="1.0",oauth_signature="bench-secret%26"'
    )
    reply = await client.post(
        "/v1/multiget", json={"request": paths}, headers={"Authorization": authorization}
    )
    reply.raise_for_status()
    return [
        row["body"]
        if row["response_code"] == 200
        else RuntimeError(f"upstream answered {row['response_code']}")
        for row in reply.json()["response"]
    ]


def loaders(info: strawberry.Info) -> Loaders:
    return cast("Loaders", info.context)


@strawberry.type
class Person:
    id: strawberry.ID
    name: str | None
    display_name: str | None
    sortable_name: str | None


@strawberry.type
class Course:
    id: strawberry.ID
    name: str | None
    course_code: str | None

    @strawberry.field
    async def sections(self, info: strawberry.Info) -> list["Section"]:
        return cast("list[Section]", await loaders(info)["course_sections"].load(self.id))


@strawberry.type
class Section:
    id: strawberry.ID
    course_id: strawberry.Private[str]
    name: str | None
    start_at: datetime | None
    end_at: datetime | None
    sis_section_id: str | None
    integration_id: str | None
    total_students: int | None
    restricted: bool | None

    @strawberry.field
    async def course(self, info: strawberry.Info) -> Course | None:
        return cast("Course", await loaders(info)["courses"].load(self.course_id))

    @strawberry.field
    async def teachers(self, info: strawberry.Info) -> list[Person] | None:
        return cast("list[Person]", await loaders(info)["teachers"].load(self.id))

    @strawberry.field
    async def students(self, info: strawberry.Info) -> list[Person] | None:
        return cast("list[Person]", await loaders(info)["students"].load(self.id))


@strawberry.type
class ClassCourse:
    id: strawberry.ID
    name: str | None
    department: str | None


@strawberry.type
class ClassSection:
    id: strawberry.ID
    course_id: strawberry.Private[str]
    name: str | None
    code: str | None

    @strawberry.field
    async def course(self, info: strawberry.Info) -> ClassCourse | None:
        return cast("ClassCourse", await loaders(info)["class_courses"].load(self.course_id))


@strawberry.type
class Query:
    @strawberry.field
    async def course(self, info: strawberry.Info, id: strawberry.ID) -> Course | None:
        return cast("Course", await loaders(info)["courses"].load(id))

    @strawberry.field
    async def section(self, info: strawberry.Info, id: strawberry.ID) -> Section | None:
        return cast("Section", await loaders(info)["sections"].load(id))

    @strawberry.field
    async def sections(self, info: strawberry.Info, ids: list[strawberry.ID]) -> list[Section | None]:
        return cast("list[Section | None]", await loaders(info)["sections"].load_many(ids))

    @strawberry.field
    async def class_sections(
        self, info: strawberry.Info, ids: list[strawberry.ID]
    ) -> list[ClassSection | None]:
        sections = await loaders(info)["class_sections"].load_many(ids)
        return cast("list[ClassSection | None]", sections)


def read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def read_course(row: Row) -> Course:
    return Course(id=strawberry.ID(str(row["id"])), name=row["name"], course_code=row["course_code"])


def read_section(row: Row) -> Section:
    return Section(
        id=strawberry.ID(str(row["id"])),
        course_id=str(row["course_id"]),
        name=row["name"],
        start_at=read_time(row["start_at"]),
        end_at=read_time(row["end_at"]),
        sis_section_id=row["sis_section_id"],
        integration_id=row["integration_id"],
        total_students=row["total_students"],
        restricted=bool(row["restrict_enrollments_to_section_dates"]),
    )


def read_person(row: Row) -> Person:
    return Person(
        id=strawberry.ID(str(row["id"])),
        name=row["name"],
        display_name=row["short_name"],
        sortable_name=row["sortable_name"],
    )


def read_class_section(row: Row) -> ClassSection:
    return ClassSection(
        id=row["id"],
        course_id=row["course_id"],
        name=row["section_title"],
        code=row["section_code"],
    )


def read_class_course(row: Row) -> ClassCourse:
    return ClassCourse(id=row["id"], name=row["title"], department=row["department"])


async def fetch_course(id: str) -> Course:
    return read_course(await get(f"/api/v1/courses/{id}"))


async def fetch_course_sections(id: str) -> list[Section]:
    rows = await get_all(f"/api/v1/courses/{id}/sections", **{"include[]": "total_students"})
    return [read_section(row) for row in rows]


async def fetch_section(id: str) -> Section:
    return read_section(await get(f"/api/v1/sections/{id}?include[]=total_students"))


async def fetch_teachers(id: str) -> list[Person]:
    rows = await get_all(f"/api/v1/sections/{id}/users", enrollment_type="teacher")
    return [read_person(row) for row in rows]


async def fetch_students(id: str) -> list[Person]:
    rows = await get_all(f"/api/v1/sections/{id}/users", enrollment_type="student")
    return [read_person(row) for row in rows]


def single_loader(fetch: Callable[[str], Awaitable[Any]]) -> DataLoader[str, Any]:
    async def load(ids: Sequence[str]) -> list[Any]:
        return await asyncio.gather(*map(fetch, ids), return_exceptions=True)

    return DataLoader(load)


def multiget_loader(path: str, read: Callable[[Row], Any]) -> DataLoader[str, Any]:
    async def load(ids: Sequence[str]) -> list[Any]:
        rows = await multiget([f"/v1/{path}/{id}" for id in ids])
        return [row if isinstance(row, Exception) else read(row) for row in rows]

    return DataLoader(load, max_batch_size=50)


class App(GraphQL[Loaders, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Loaders:
        return {
            "courses": single_loader(fetch_course),
            "course_sections": single_loader(fetch_course_sections),
            "sections": single_loader(fetch_section),
            "teachers": single_loader(fetch_teachers),
            "students": single_loader(fetch_students),
            "class_sections": multiget_loader("sections", read_class_section),
            "class_courses": multiget_loader("courses", read_class_course),
        }


app = App(strawberry.Schema(Query))
