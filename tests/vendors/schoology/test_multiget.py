"""Many reads in one request, and what may be wrong with the reply."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from lms_gateway.domain.asks import Answer, Ask, ById
from lms_gateway.domain.errors import (
    LmsError,
    RateLimited,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.records import Kind, Section
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.vendors.schoology.multiget import MOST, is_packable, multiget, unpack
from tests.vendors.schoology.script import Script, answers, backend, section
from tests.vendors.wants import wanting


def five() -> Script:
    script = Script()
    for number in range(1, 6):
        script.tell(f"/sections/{number}", section(number))
    return script


async def fetch_five(script: Script) -> list[Answer | LmsError]:
    asks: list[Ask] = [ById(Kind.SECTION, str(number)) for number in range(1, 6)]
    found = await answers(backend(script), dict.fromkeys(asks, wanting("name")))
    return [found[ask] for ask in asks]


async def test_rows_answer_by_their_place() -> None:
    script = five()
    found = await fetch_five(script)
    assert [one.key.id for one in found if isinstance(one, Section)] == ["1", "2", "3", "4", "5"]
    assert script.inner == [f"/v1/sections/{number}" for number in range(1, 6)]


async def test_rows_that_changed_places_are_not_taken_for_others() -> None:
    script = five()
    script.shape_rows = lambda rows: rows[::-1]
    found = await fetch_five(script)
    assert isinstance(found[2], Section)
    assert all(isinstance(one, UpstreamInvalid) for at, one in enumerate(found) if at != 2)


@pytest.mark.parametrize("shape", [lambda rows: rows[:3], lambda rows: [*rows, rows[0]]])
async def test_a_reply_of_another_length_answers_nobody(
    shape: Callable[[list[Any]], list[Any]],
) -> None:
    script = five()
    script.shape_rows = shape
    assert all(isinstance(one, UpstreamInvalid) for one in await fetch_five(script))


async def test_bodies_may_be_text_and_headers_null() -> None:
    script = five()
    script.shape_rows = lambda rows: [
        row | {"body": json.dumps(row["body"]), "headers": None, "response_code": "200"}
        for row in rows
    ]
    assert all(isinstance(one, Section) for one in await fetch_five(script))


@pytest.mark.parametrize("body", ["", None, "Not found", "{"])
async def test_a_failed_row_fails_alone_whatever_its_body(body: Any) -> None:
    script = five()
    script.shape_rows = lambda rows: [
        *rows[:1],
        rows[1] | {"response_code": 403, "body": body},
        rows[2] | {"response_code": 503, "body": body},
        rows[3] | {"response_code": 200, "body": body},
        rows[4] | {"response_code": 401, "body": body},
    ]
    found = await fetch_five(script)
    assert isinstance(found[0], Section)
    assert found[1] is None
    assert isinstance(found[2], UpstreamUnavailable)
    assert isinstance(found[3], UpstreamInvalid)
    assert found[4] is None


async def test_a_row_over_the_rate_says_when_to_come_back() -> None:
    script = five()
    script.shape_rows = (
        lambda rows: [
            rows[0] | {"response_code": 429, "headers": ["Retry-After: 2"]},
            rows[1] | {"response_code": 429, "headers": {"Retry-After": "3"}},
            rows[2] | {"response_code": 429, "headers": None},
            rows[3] | {"response_code": 429, "headers": {"Retry-After": "4000"}},  # milliseconds
            *rows[4:],
        ]
    )
    waits = [one.retry_after for one in await fetch_five(script) if isinstance(one, RateLimited)]
    assert waits == [2, 3, 5, 4]


@pytest.mark.parametrize("failure", [UpstreamTimeout("late"), UpstreamUnavailable("down")])
async def test_a_multiget_that_fails_fails_those_who_travelled_in_it(failure: LmsError) -> None:
    script = five()

    async def send(call: Call) -> Reply:
        raise failure

    script.send = send
    assert await fetch_five(script) == [failure] * 5


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"{}", b'{"response": {}}', b'{"response": [1]}', b'{"response": [{}]}'],
)
def test_a_reply_that_is_no_multiget_is_invalid(body: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        unpack(Reply(200, {}, body), 1)


def test_what_is_asked_for_keeps_its_query_and_its_escapes() -> None:
    calls = [
        Call("/sections/1/enrollments", "", (("enrollment_status", "1,3"), ("limit", "200"))),
        Call("/users/ext/a%2Cb%2F..", ""),
    ]
    assert multiget(calls).json == {
        "request": [
            "/v1/sections/1/enrollments?enrollment_status=1,3&limit=200",
            "/v1/users/ext/a%2Cb%2F..",
        ]
    }
    assert multiget(calls).safe


@pytest.mark.parametrize(
    "path",
    ["/courses", "/users", "/users/me", "/gradingperiods/1", "/sections/1/enrollments/2",
     "/sections/1/grading_periods", "/schools", "/roles", "/app-user-info"],
)  # fmt: skip
def test_only_the_paths_of_its_page_are_packed(path: str) -> None:
    assert not is_packable(Call(path, path))


async def test_chunks_hold_fifty_and_a_single_one_left_over_travels_as_it_is() -> None:
    script = Script()
    for number in range(1, 102):
        script.tell(f"/sections/{number}", section(number))
    asks: list[Ask] = [ById(Kind.SECTION, str(number)) for number in range(1, 102)]
    await answers(backend(script), dict.fromkeys(asks, wanting("name")))
    assert sorted(script.calls) == ["GET /sections/101", *["POST /multiget"] * 2]
    assert len(script.inner) == 2 * MOST


async def test_a_wave_that_is_cancelled_leaves_no_call_behind() -> None:
    script, sent, ended = five(), asyncio.Event(), asyncio.Event()

    async def send(call: Call) -> Reply:
        sent.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    script.send = send
    batch: dict[Ask, Any] = {ById(Kind.SECTION, "1"): wanting("name")}
    fetching = asyncio.create_task(
        backend(script).fetch(batch, Store("lakeside"), lambda ask, answer: None)
    )
    await sent.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert ended.is_set()


async def test_a_fault_of_ours_fails_its_asks_and_tells_nobodys_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = five()

    async def send(call: Call) -> Reply:
        raise RuntimeError("Ada Lovelace")

    script.send = send
    assert all(isinstance(one, UpstreamInvalid) for one in await fetch_five(script))
    assert "Ada" not in capsys.readouterr().out
