"""The simulated vendors: rows, pages, errors and call counts, over real sockets."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from bench.fake_vendor import HOST, serve
from bench.vendor_data import FAILING_COURSE_IDS, FIRST_SIZED_COURSE_ID


@pytest.fixture
async def vendor() -> AsyncIterator[httpx2.AsyncClient]:
    server, port = await serve(0)
    async with server, httpx2.AsyncClient(base_url=f"http://{HOST}:{port}") as client:
        yield client


async def test_a_course_has_its_own_twenty_sections(vendor: httpx2.AsyncClient) -> None:
    course = (await vendor.get("/api/v1/courses/7")).json()
    reply = await vendor.get("/api/v1/courses/7/sections", params={"per_page": "100"})
    sections = reply.json()
    assert course["id"] == 7
    assert [row["id"] for row in sections] == list(range(7001, 7021))
    assert {row["course_id"] for row in sections} == {7}
    assert "link" not in reply.headers
    assert (await vendor.get("/api/v1/sections/7003")).json() == sections[2]


async def test_next_links_lead_through_all_rows(
    vendor: httpx2.AsyncClient,
) -> None:
    url: str | None = (
        f"/api/v1/courses/{FIRST_SIZED_COURSE_ID + 250}/sections?include[]=total_students&per_page=99"
    )
    ids, pages = set(), 0
    while url is not None:
        reply = await vendor.get(url)
        ids |= {row["id"] for row in reply.json()}
        pages += 1
        url = reply.links["next"]["url"] if "next" in reply.links else None
        assert url is None or "include[]=total_students" in url
    assert (len(ids), pages) == (250, 3)


async def test_a_roster_is_five_hundred_students_or_one_teacher(vendor: httpx2.AsyncClient) -> None:
    students = await vendor.get(
        "/api/v1/sections/7001/users", params={"enrollment_type": "student", "per_page": "100"}
    )
    teachers = await vendor.get("/api/v1/sections/7001/users", params={"enrollment_type": "teacher"})
    assert len(students.json()) == 100
    assert "page=2" in students.links["next"]["url"]
    assert len(teachers.json()) == 1


async def test_every_tenth_of_the_failing_courses_refuses_its_people(
    vendor: httpx2.AsyncClient,
) -> None:
    statuses = [
        (await vendor.get(f"/api/v1/sections/{course}001/users?enrollment_type=teacher")).status_code
        for course in FAILING_COURSE_IDS[:20]
    ]
    assert statuses.count(403) == 2
    assert statuses.count(200) == 18


async def test_a_multiget_has_a_row_for_each_path_in_order(vendor: httpx2.AsyncClient) -> None:
    paths = ["/v1/sections/9001", "/v1/courses/9", "/v1/sections/8001"]
    reply = await vendor.post("/v1/multiget", json={"request": paths})
    rows = reply.json()["response"]
    assert reply.status_code == 207
    assert [row["body"]["id"] for row in rows] == ["9001", "9", "8001"]
    assert {row["response_code"] for row in rows} == {200}


async def test_an_unknown_address_is_a_404(vendor: httpx2.AsyncClient) -> None:
    assert (await vendor.get("/api/v1/courses/none")).status_code == 404
    assert (await vendor.get("/api/v1/nothing/1")).status_code == 404


async def test_calls_are_counted_without_calls_of_the_count(
    vendor: httpx2.AsyncClient,
) -> None:
    await vendor.get("/api/v1/courses/1")
    await vendor.post("/v1/multiget", json={"request": ["/v1/courses/1", "/v1/courses/2"]})
    await vendor.get("/calls")
    assert (await vendor.get("/calls")).json() == {"calls": 2}


async def test_requests_in_pieces_and_in_one_piece_are_read_alike() -> None:
    server, port = await serve(0)
    async with server:
        reader, writer = await asyncio.open_connection(HOST, port)
        body = b'{"request":["/v1/courses/5"]}'
        post = b"POST /v1/multiget HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(b"GET /api/v1/courses/1 HT")
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(b"TP/1.1\r\n\r\n" + post + body[:5])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(body[5:] + b"GET /calls HTTP/1.1\r\n\r\n")
        received = await reader.readuntil(b'{"calls":2}')
        assert received.count(b"HTTP/1.1 200 OK") == 2
        assert received.count(b"HTTP/1.1 207") == 1
        writer.close()
        await writer.wait_closed()
