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
    address: str, query: str, method: str = "POST", path: str = "/graphql/stream", **headers: str
) -> AsyncIterator[httpx2.Response]:
    request_arguments: dict[str, Any] = (
        {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    )
    async with (
        httpx2.AsyncClient(timeout=30) as client,
        client.stream(
            method,
            f"http://{address}{path}",
            headers={"Accept": "text/event-stream"} | headers,
            **request_arguments,
        ) as response,
    ):
        yield response


async def events_of(response: httpx2.Response) -> AsyncIterator[Event]:
    """Yield name and data of each event; a comment has the name ":"."""
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


async def all_events(address: str, query: str, **how: Any) -> list[Event]:
    async with open_stream(address, query, **how) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [event async for event in events_of(response)]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_sends_each_result_and_completes(address: str, method: str) -> None:
    assert await all_events(address, "subscription { count(to: 2) }", method=method) == [
        ("next", {"data": {"count": 0}}),
        ("next", {"data": {"count": 1}}),
        ("complete", None),
    ]


async def test_a_query_and_a_mutation_yield_one_result(gateway: SmallGateway, address: str) -> None:
    gateway.proceed.set()
    assert await all_events(address, "{ hello }") == [
        ("next", {"data": {"hello": "hello world"}}),
        ("complete", None),
    ]
    assert (await all_events(address, "mutation { write }"))[0] == (
        "next",
        {"data": {"write": "done"}},
    )


async def test_the_path_selects_the_tenant(address: str) -> None:
    path = "/t/elm/graphql/stream"
    events = await all_events(address, "{ tenant }", path=path, **AUTHORIZED)

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
async def test_a_rejected_operation_is_an_event(
    gateway: SmallGateway, address: str, query: str, code: str
) -> None:
    gateway.limits = LimitSettings(max_depth=2)
    (name, result), complete = await all_events(address, query)

    assert name == "next"
    assert "data" not in result
    assert result["errors"][0]["extensions"]["code"] == code
    assert complete == ("complete", None)


async def test_a_subscription_that_fails_is_masked_and_completes(address: str) -> None:
    first, second, complete = await all_events(address, "subscription { broken }")

    assert first == ("next", {"data": {"broken": "first"}})
    assert second[1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Ada" not in json.dumps(second)
    assert complete == ("complete", None)


async def test_a_subscription_ends_when_its_client_disconnects(gateway: SmallGateway, address: str) -> None:
    async with open_stream(address, "subscription { forever }") as response:
        async for event in events_of(response):
            assert event == ("next", {"data": {"forever": "first"}})
            await gateway.wait_started.wait()
            break

    await gateway.cancelled.wait()
    await gateway.released.wait()
    assert gateway.contexts[0].closed


async def test_a_subscription_outlasts_the_request_timeout_with_keep_alive_comments(
    gateway: SmallGateway,
) -> None:
    gateway.limits = LimitSettings(request_timeout=0.05)
    async with (
        serve(gateway.app(connection_limits=ConnectionLimits(keep_alive_interval=0.1))) as address,
        open_stream(address, "subscription { forever }") as response,
    ):
        seen: list[Event] = []
        async for event in events_of(response):
            seen.append(event)
            if [name for name, _ in seen].count(":") == 2:
                gateway.proceed.set()

    assert seen[0] == ("next", {"data": {"forever": "first"}})
    assert seen[-2:] == [("next", {"data": {"forever": "done"}}), ("complete", None)]


@pytest.mark.parametrize(
    ("accept", "status"), [("text/event-stream", 200), ("*/*", 200), ("application/json", 406)]
)
async def test_the_client_must_accept_event_streams(address: str, accept: str, status: int) -> None:
    async with open_stream(address, "{ hello }", Accept=accept) as response:
        assert response.status_code == status


async def test_mutations_by_get_are_405_and_malformed_requests_400(address: str) -> None:
    async with open_stream(address, "mutation { write }", "GET") as response:
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    async with open_stream(address, "", "GET") as response:
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_streams_beyond_the_limit_are_rejected_with_retry_after(
    gateway: SmallGateway,
) -> None:
    async with serve(gateway.app(connection_limits=ConnectionLimits(max_streams=1))) as address:
        async with open_stream(address, "subscription { forever }"):
            await gateway.wait_started.wait()
            async with open_stream(address, "{ hello }") as refused:
                assert refused.status_code == 503
                assert "retry-after" in refused.headers
        await gateway.released.wait()
        assert (await all_events(address, "{ hello }"))[-1] == ("complete", None)


async def test_a_mutation_continues_after_its_client_disconnects(gateway: SmallGateway, address: str) -> None:
    async with open_stream(address, "mutation { write }"):
        await gateway.wait_started.wait()
    await all_events(address, "{ hello }")  # the server noticed the first disconnect
    gateway.released.clear()
    gateway.proceed.set()
    await gateway.finished.wait()
    await gateway.released.wait()
    assert not gateway.cancelled.is_set()
    assert gateway.contexts[0].closed
