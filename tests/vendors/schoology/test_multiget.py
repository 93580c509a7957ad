"""Multigets: many reads in one request, and invalid replies."""

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


def scripted_five_sections() -> ScriptedUpstream:
    upstream = schoology_upstream()
    for number in range(1, 6):
        upstream.set_reply(f"/sections/{number}", section_row(number))
    return upstream


async def fetch_five(upstream: ScriptedUpstream) -> list[LoadResult | LmsError]:
    loads: list[Load] = [ById(Kind.SECTION, str(number)) for number in range(1, 6)]
    results = await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")))
    return [results[load] for load in loads]


async def test_rows_belong_to_paths_by_their_position() -> None:
    upstream = scripted_five_sections()
    results = await fetch_five(upstream)
    assert [result.key.id for result in results if isinstance(result, Section)] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    assert upstream.multiget_paths == [f"/v1/sections/{number}" for number in range(1, 6)]


async def test_rows_in_a_different_order_are_invalid() -> None:
    upstream = scripted_five_sections()
    upstream.transform_rows = lambda rows: rows[::-1]
    results = await fetch_five(upstream)
    assert isinstance(results[2], Section)
    assert all(isinstance(result, UpstreamInvalid) for index, result in enumerate(results) if index != 2)


@pytest.mark.parametrize("shape", [lambda rows: rows[:3], lambda rows: [*rows, rows[0]]])
async def test_a_reply_with_a_wrong_number_of_rows_is_invalid(
    shape: Callable[[list[Any]], list[Any]],
) -> None:
    upstream = scripted_five_sections()
    upstream.transform_rows = shape
    assert all(isinstance(result, UpstreamInvalid) for result in await fetch_five(upstream))


async def test_bodies_may_be_text_and_headers_null() -> None:
    upstream = scripted_five_sections()
    upstream.transform_rows = lambda rows: [
        row | {"body": json.dumps(row["body"]), "headers": None, "response_code": "200"} for row in rows
    ]
    assert all(isinstance(result, Section) for result in await fetch_five(upstream))


@pytest.mark.parametrize("body", ["", None, "Not found", "{"])
async def test_a_failed_row_fails_alone(body: Any) -> None:
    upstream = scripted_five_sections()
    upstream.transform_rows = lambda rows: [
        *rows[:1],
        rows[1] | {"response_code": 403, "body": body},
        rows[2] | {"response_code": 503, "body": body},
        rows[3] | {"response_code": 200, "body": body},
        rows[4] | {"response_code": 401, "body": body},
    ]
    results = await fetch_five(upstream)
    assert isinstance(results[0], Section)
    assert results[1] is None
    assert isinstance(results[2], UpstreamUnavailable)
    assert isinstance(results[3], UpstreamInvalid)
    assert results[4] is None


async def test_a_rate_limited_row_has_a_retry_after() -> None:
    upstream = scripted_five_sections()
    upstream.transform_rows = (
        lambda rows: [
            rows[0] | {"response_code": 429, "headers": ["Retry-After: 2"]},
            rows[1] | {"response_code": 429, "headers": {"Retry-After": "3"}},
            rows[2] | {"response_code": 429, "headers": None},
            rows[3] | {"response_code": 429, "headers": {"Retry-After": "4000"}},  # milliseconds
            *rows[4:],
        ]
    )
    waits = [result.retry_after for result in await fetch_five(upstream) if isinstance(result, RateLimited)]
    assert waits == [2, 3, 5, 4]


@pytest.mark.parametrize("failure", [UpstreamTimeout("late"), UpstreamUnavailable("down")])
async def test_a_failed_multiget_fails_all_of_its_reads(failure: LmsError) -> None:
    upstream = scripted_five_sections()
    upstream.set_reply("/multiget", failure)
    assert await fetch_five(upstream) == [failure] * 5


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"{}", b'{"response": {}}', b'{"response": [1]}', b'{"response": [{}]}'],
)
def test_an_invalid_multiget_reply_is_invalid(body: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        unpack(Reply(200, {}, body), 1)


def test_paths_keep_their_query_and_their_escapes() -> None:
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
def test_undocumented_paths_are_not_packable(path: str) -> None:
    assert not is_packable(Call(path, path))


async def test_multigets_contain_fifty_paths_and_a_single_rest_is_a_get() -> None:
    upstream = schoology_upstream()
    for number in range(1, 102):
        upstream.set_reply(f"/sections/{number}", section_row(number))
    loads: list[Load] = [ById(Kind.SECTION, str(number)) for number in range(1, 102)]
    await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")))
    assert sorted(upstream.lines) == ["GET /sections/101", *["POST /multiget"] * 2]
    assert len(upstream.multiget_paths) == 2 * MAX_MULTIGET_PATHS


async def test_a_cancelled_batch_cancels_its_calls() -> None:
    upstream = scripted_five_sections()
    upstream.gates["/sections/1"] = asyncio.Event()
    batch: dict[Load, Any] = {ById(Kind.SECTION, "1"): Projection.of("name")}
    fetching = asyncio.create_task(
        schoology_backend(upstream).fetch(batch, Store("lakeside"), lambda load, answer: None)
    )
    await upstream.was_called.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert upstream.cancelled_paths == ["/sections/1"]


async def test_an_unexpected_error_fails_its_loads_and_logs_no_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    upstream = scripted_five_sections()
    upstream.set_reply("/multiget", RuntimeError("Ada Lovelace"))
    assert all(isinstance(result, UpstreamInvalid) for result in await fetch_five(upstream))
    assert "Ada" not in capsys.readouterr().out
