"""graphql-sse, distinct connections mode, over a real connection."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from lms_gateway.config import LimitSettings
from lms_gateway.web import ConnectionLimits
from tests.web.small_schema import AUTHORIZED, SmallGateway, serve

Event = tuple[str, Any]


@asynccontextmanager
async def open_stream(
    place: str, query: str, method: str = "POST", path: str = "/graphql/stream", **headers: str
) -> AsyncIterator[httpx2.Response]:
    request_arguments: dict[str, Any] = (
        {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    )
    async with (
        httpx2.AsyncClient(timeout=30) as client,
        client.stream(
            method,
            f"http://{place}{path}",
            headers={"Accept": "text/event-stream"} | headers,
            **request_arguments,
        ) as response,
    ):
        yield response


async def events_of(response: httpx2.Response) -> AsyncIterator[Event]:
    """Each event's name and data; comments are called by what they say."""
    name, data = "", ""
    async for line in response.aiter_lines():
        if not line:
            yield name, json.loads(data) if data else None
            name, data = "", ""
        elif line.startswith(":"):
            name = ":"
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()


async def all_events(place: str, query: str, **how: Any) -> list[Event]:
    async with open_stream(place, query, **how) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [event async for event in events_of(response)]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_sends_each_result_and_completes(served: str, method: str) -> None:
    assert await all_events(served, "subscription { count(to: 2) }", method=method) == [
        ("next", {"data": {"count": 0}}),
        ("next", {"data": {"count": 1}}),
        ("complete", None),
    ]


async def test_a_query_and_a_mutation_are_one_result(world: SmallGateway, served: str) -> None:
    world.proceed.set()
    assert await all_events(served, "{ hello }") == [
        ("next", {"data": {"hello": "hello world"}}),
        ("complete", None),
    ]
    assert (await all_events(served, "mutation { write }"))[0] == (
        "next",
        {"data": {"write": "done"}},
    )


async def test_the_path_selects_the_tenant(served: str) -> None:
    path = "/t/elm/graphql/stream"
    events = await all_events(served, "{ tenant }", path=path, **AUTHORIZED)

    assert events[0] == ("next", {"data": {"tenant": "elm"}})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("{ me { me { hello } } }", "QUERY_TOO_COMPLEX"),
    ],
)
async def test_an_operation_that_cannot_be_run_is_told_in_the_stream(
    world: SmallGateway, served: str, query: str, code: str
) -> None:
    world.limits = LimitSettings(max_depth=2)
    (name, result), complete = await all_events(served, query)

    assert name == "next"
    assert "data" not in result
    assert result["errors"][0]["extensions"]["code"] == code
    assert complete == ("complete", None)


async def test_a_subscription_that_fails_is_masked_and_completes(served: str) -> None:
    first, second, complete = await all_events(served, "subscription { broken }")

    assert first == ("next", {"data": {"broken": "first"}})
    assert second[1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Ada" not in json.dumps(second)
    assert complete == ("complete", None)


async def test_a_client_that_leaves_ends_the_subscription(world: SmallGateway, served: str) -> None:
    async with open_stream(served, "subscription { forever }") as response:
        async for event in events_of(response):
            assert event == ("next", {"data": {"forever": "first"}})
            await world.wait_started.wait()
            break

    await world.cancelled.wait()
    await world.released.wait()
    assert world.contexts[0].closed


async def test_a_subscription_outlasts_the_requests_deadline_and_a_quiet_line_says_it_lives(
    world: SmallGateway,
) -> None:
    world.limits = LimitSettings(request_timeout=0.05)
    async with (
        serve(world.app(connection_limits=ConnectionLimits(keep_alive_interval=0.1))) as place,
        open_stream(place, "subscription { forever }") as response,
    ):
        seen: list[Event] = []
        async for event in events_of(response):
            seen.append(event)
            if [name for name, _ in seen].count(":") == 2:
                world.proceed.set()

    assert seen[0] == ("next", {"data": {"forever": "first"}})
    assert seen[-2:] == [("next", {"data": {"forever": "done"}}), ("complete", None)]


@pytest.mark.parametrize(
    ("accept", "status"), [("text/event-stream", 200), ("*/*", 200), ("application/json", 406)]
)
async def test_the_client_must_take_events(served: str, accept: str, status: int) -> None:
    async with open_stream(served, "{ hello }", Accept=accept) as response:
        assert response.status_code == status


async def test_mutations_by_get_are_405_and_malformed_requests_400(served: str) -> None:
    async with open_stream(served, "mutation { write }", "GET") as response:
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    async with open_stream(served, "", "GET") as response:
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_more_streams_than_allowed_are_told_to_come_back(world: SmallGateway) -> None:
    async with serve(world.app(connection_limits=ConnectionLimits(max_streams=1))) as place:
        async with open_stream(place, "subscription { forever }"):
            await world.wait_started.wait()
            async with open_stream(place, "{ hello }") as refused:
                assert refused.status_code == 503
                assert "retry-after" in refused.headers
        await world.released.wait()
        assert (await all_events(place, "{ hello }"))[-1] == ("complete", None)


async def test_a_write_goes_on_although_its_client_went(world: SmallGateway, served: str) -> None:
    async with open_stream(served, "mutation { write }"):
        await world.wait_started.wait()
    await all_events(served, "{ hello }")  # by now the server knows that the first client went
    world.released.clear()
    world.proceed.set()
    await world.finished.wait()
    await world.released.wait()
    assert not world.cancelled.is_set()
    assert world.contexts[0].closed
