"""Many reads in one request, and what may be wrong with the reply."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from lms_gateway.domain.errors import (
    LmsError,
    RateLimited,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.loads import ById, Load, LoadResult
from lms_gateway.domain.models import Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.vendors.schoology.api.multiget import (
    MAX_MULTIGET_PATHS,
    is_packable,
    multiget_call,
    unpack,
)
from tests.vendors.fake_upstream import ScriptedUpstream
from tests.vendors.fetching import fetch_answers
from tests.vendors.schoology.rows import section_row
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream


def script_five_sections() -> ScriptedUpstream:
    script = schoology_upstream()
    for number in range(1, 6):
        script.set_reply(f"/sections/{number}", section_row(number))
    return script


async def fetch_five(script: ScriptedUpstream) -> list[LoadResult | LmsError]:
    loads: list[Load] = [ById(Kind.SECTION, str(number)) for number in range(1, 6)]
    results = await fetch_answers(
        schoology_backend(script), dict.fromkeys(loads, Projection.of("name"))
    )
    return [results[load] for load in loads]


async def test_rows_answer_by_their_place() -> None:
    script = script_five_sections()
    results = await fetch_five(script)
    assert [result.key.id for result in results if isinstance(result, Section)] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    assert script.multiget_paths == [f"/v1/sections/{number}" for number in range(1, 6)]


async def test_rows_that_changed_places_are_not_taken_for_others() -> None:
    script = script_five_sections()
    script.transform_rows = lambda rows: rows[::-1]
    results = await fetch_five(script)
    assert isinstance(results[2], Section)
    assert all(
        isinstance(result, UpstreamInvalid) for index, result in enumerate(results) if index != 2
    )


@pytest.mark.parametrize("shape", [lambda rows: rows[:3], lambda rows: [*rows, rows[0]]])
async def test_a_reply_of_another_length_answers_nobody(
    shape: Callable[[list[Any]], list[Any]],
) -> None:
    script = script_five_sections()
    script.transform_rows = shape
    assert all(isinstance(result, UpstreamInvalid) for result in await fetch_five(script))


async def test_bodies_may_be_text_and_headers_null() -> None:
    script = script_five_sections()
    script.transform_rows = lambda rows: [
        row | {"body": json.dumps(row["body"]), "headers": None, "response_code": "200"}
        for row in rows
    ]
    assert all(isinstance(result, Section) for result in await fetch_five(script))


@pytest.mark.parametrize("body", ["", None, "Not found", "{"])
async def test_a_failed_row_fails_alone_whatever_its_body(body: Any) -> None:
    script = script_five_sections()
    script.transform_rows = lambda rows: [
        *rows[:1],
        rows[1] | {"response_code": 403, "body": body},
        rows[2] | {"response_code": 503, "body": body},
        rows[3] | {"response_code": 200, "body": body},
        rows[4] | {"response_code": 401, "body": body},
    ]
    results = await fetch_five(script)
    assert isinstance(results[0], Section)
    assert results[1] is None
    assert isinstance(results[2], UpstreamUnavailable)
    assert isinstance(results[3], UpstreamInvalid)
    assert results[4] is None


async def test_a_row_over_the_rate_says_when_to_come_back() -> None:
    script = script_five_sections()
    script.transform_rows = (
        lambda rows: [
            rows[0] | {"response_code": 429, "headers": ["Retry-After: 2"]},
            rows[1] | {"response_code": 429, "headers": {"Retry-After": "3"}},
            rows[2] | {"response_code": 429, "headers": None},
            rows[3] | {"response_code": 429, "headers": {"Retry-After": "4000"}},  # milliseconds
            *rows[4:],
        ]
    )
    waits = [
        result.retry_after for result in await fetch_five(script) if isinstance(result, RateLimited)
    ]
    assert waits == [2, 3, 5, 4]


@pytest.mark.parametrize("failure", [UpstreamTimeout("late"), UpstreamUnavailable("down")])
async def test_a_multiget_that_fails_fails_those_who_travelled_in_it(failure: LmsError) -> None:
    script = script_five_sections()
    script.set_reply("/multiget", failure)
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
    assert multiget_call(calls).json == {
        "request": [
            "/v1/sections/1/enrollments?enrollment_status=1,3&limit=200",
            "/v1/users/ext/a%2Cb%2F..",
        ]
    }
    assert multiget_call(calls).safe


@pytest.mark.parametrize(
    "path",
    ["/courses", "/users", "/users/me", "/gradingperiods/1", "/sections/1/enrollments/2",
     "/sections/1/grading_periods", "/schools", "/roles", "/app-user-info"],
)  # fmt: skip
def test_only_the_paths_of_its_page_are_packed(path: str) -> None:
    assert not is_packable(Call(path, path))


async def test_chunks_hold_fifty_and_a_single_one_left_over_travels_as_it_is() -> None:
    script = schoology_upstream()
    for number in range(1, 102):
        script.set_reply(f"/sections/{number}", section_row(number))
    loads: list[Load] = [ById(Kind.SECTION, str(number)) for number in range(1, 102)]
    await fetch_answers(schoology_backend(script), dict.fromkeys(loads, Projection.of("name")))
    assert sorted(script.lines) == ["GET /sections/101", *["POST /multiget"] * 2]
    assert len(script.multiget_paths) == 2 * MAX_MULTIGET_PATHS


async def test_a_wave_that_is_cancelled_leaves_no_call_behind() -> None:
    script = script_five_sections()
    script.gates["/sections/1"] = asyncio.Event()
    batch: dict[Load, Any] = {ById(Kind.SECTION, "1"): Projection.of("name")}
    fetching = asyncio.create_task(
        schoology_backend(script).fetch(batch, Store("lakeside"), lambda load, answer: None)
    )
    await script.was_called.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert script.cancelled_paths == ["/sections/1"]


async def test_a_fault_of_ours_fails_its_asks_and_tells_nobodys_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = script_five_sections()
    script.set_reply("/multiget", RuntimeError("Ada Lovelace"))
    assert all(isinstance(result, UpstreamInvalid) for result in await fetch_five(script))
    assert "Ada" not in capsys.readouterr().out
