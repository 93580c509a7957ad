"""Identical queries under way are run once, and nobody notices."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from lms_gateway.config import LimitSettings
from lms_gateway.telemetry import exposition
from tests.web.small_schema import AUTHORIZED, SmallGateway, serve
from tests.web.test_wire import RawConnection

SLOW = "{ wait }"
DONE = {"data": {"wait": "done"}}


def start_request(
    client: httpx2.AsyncClient,
    query: str = SLOW,
    *,
    path: str = "/graphql",
    headers: Mapping[str, str] = {},
    **more: Any,
) -> asyncio.Task[httpx2.Response]:
    """A request on its way."""
    body = {"query": query, **more}
    return asyncio.create_task(client.post(path, json=body, headers=dict(headers)))


async def run_ready_tasks() -> None:
    """Let everybody who can go on do so: nothing here waits for anything outside the process."""
    for _ in range(50):
        await asyncio.sleep(0)


def shared_so_far() -> float:
    return sum(
        float(line.rpartition(" ")[2])
        for line in exposition()[0].decode().splitlines()
        if line.startswith("lms_gateway_graphql_operations_shared_total{")
    )


async def test_identical_queries_of_one_caller_are_run_once(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    before = shared_so_far()
    asked = [start_request(client, headers=AUTHORIZED) for _ in range(10)]
    await run_ready_tasks()
    world.proceed.set()
    answers = await asyncio.gather(*asked)

    assert [answer.json() for answer in answers] == [DONE] * 10
    assert len({answer.headers["x-request-id"] for answer in answers}) == 10
    assert len(world.contexts) == 1
    assert shared_so_far() == before + 9
    await start_request(client, headers=AUTHORIZED)
    assert len(world.contexts) == 2  # nothing is kept of what has been answered


@pytest.mark.parametrize(
    "other",
    [
        {"headers": {}},
        {"headers": {"Authorization": "Bearer lgw_other_key"}},
        {"headers": AUTHORIZED | {"X-Tenant": "elm"}},
        {"headers": AUTHORIZED | {"Host": "maple.example"}},
        {"headers": AUTHORIZED | {"Origin": "http://localhost"}},
        {"headers": AUTHORIZED, "path": "/t/maple/graphql"},
        {"headers": AUTHORIZED, "query": "{ wait  }"},
        {"headers": AUTHORIZED, "variables": {"a": 1}},
        {"headers": AUTHORIZED, "extensions": {"a": 1}},
        {"headers": AUTHORIZED, "query": "query A { wait } query B { wait }", "operationName": "B"},
    ],
    ids=str,
)
async def test_a_query_that_differs_in_anything_is_run_for_itself(
    world: SmallGateway, client: httpx2.AsyncClient, other: dict[str, Any]
) -> None:
    named = "query A { wait } query B { wait }"
    first = start_request(
        client,
        **({"query": named, "operationName": "A"} if "operationName" in other else {}),
        headers=AUTHORIZED,
    )
    second = start_request(client, **other)
    await run_ready_tasks()
    world.proceed.set()

    assert [(await response).json() for response in (first, second)] == [DONE, DONE]
    assert len(world.contexts) == 2


async def test_anonymous_callers_share_among_themselves(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    asked = [start_request(client), start_request(client)]
    await run_ready_tasks()
    world.proceed.set()
    await asyncio.gather(*asked)

    assert len(world.contexts) == 1


async def test_a_page_that_another_host_brought_here_joins_nobody(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    """Who may not ask by themselves gets nothing from what others ask."""
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "X-Tenant": "maple"}
    first = start_request(client, headers={"X-Tenant": "maple"})
    refused = await start_request(client, headers=evil)
    world.proceed.set()

    assert refused.status_code == 403
    assert (await first).json() == DONE


async def test_generations_do_not_share(world: SmallGateway, client: httpx2.AsyncClient) -> None:
    first = start_request(client)
    await run_ready_tasks()
    world.reload()
    second = start_request(client)
    await run_ready_tasks()
    world.proceed.set()
    await asyncio.gather(first, second)

    old, new = world.contexts
    assert old.tenants is not new.tenants


async def test_writes_are_never_shared(world: SmallGateway, client: httpx2.AsyncClient) -> None:
    asked = [start_request(client, "mutation { write }") for _ in range(2)]
    await run_ready_tasks()
    world.proceed.set()
    await asyncio.gather(*asked)

    assert len(world.contexts) == 2


async def test_a_query_after_a_write_joins_nothing_that_began_before_its_end(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    before = start_request(client)
    await run_ready_tasks()
    write = start_request(client, "mutation { write }")
    await run_ready_tasks()
    between = start_request(client)
    await run_ready_tasks()
    assert len(world.contexts) == 3
    write.cancel()  # its end, for better or worse
    await run_ready_tasks()
    after = [start_request(client), start_request(client)]
    await run_ready_tasks()
    world.proceed.set()
    await asyncio.gather(before, between, *after)

    assert len(world.contexts) == 4


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_who_leaves_disturbs_nobody(
    world: SmallGateway, client: httpx2.AsyncClient, leaving: int
) -> None:
    asked = [start_request(client) for _ in range(3)]
    await run_ready_tasks()
    asked[leaving].cancel()
    await run_ready_tasks()
    world.proceed.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert isinstance(answers.pop(leaving), asyncio.CancelledError)
    assert [answer.json() for answer in answers] == [DONE, DONE]  # type: ignore[union-attr]
    assert not world.cancelled.is_set()
    assert len(world.contexts) == 1


async def test_what_nobody_waits_for_is_cancelled_before_the_lease_ends(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    asked = [start_request(client) for _ in range(3)]
    await run_ready_tasks()
    for request in asked:
        request.cancel()
    await asyncio.gather(*asked, return_exceptions=True)

    assert world.cancelled.is_set()
    assert world.contexts[0].closed
    assert world.leases == 0
    assert (await _answered(world, client)).json() == DONE  # by an execution of its own


async def _answered(world: SmallGateway, client: httpx2.AsyncClient) -> httpx2.Response:
    world.proceed.set()
    return await start_request(client)


async def test_a_client_that_hangs_up_leaves_the_others_their_answer(world: SmallGateway) -> None:
    async with serve(world.app()) as place:
        first = await RawConnection.open(place)
        await first.post('{"query": "{ wait }"}')
        await world.wait_started.wait()
        second = await RawConnection.open(place)
        await second.post('{"query": "{ wait }"}')
        await first.close()
        await world.released.wait()  # the first's lease: by now the gateway knows that it went
        assert not world.cancelled.is_set()
        world.proceed.set()

        assert await second.status() == 200
        await second.close()
    assert len(world.contexts) == 1


async def test_each_is_told_errors_under_its_own_name_and_logged_for_itself(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    with capture_logs() as logs:
        asked = [
            start_request(client, "{ wait forbidden }", headers={"X-Request-Id": f"r-{number}"})
            for number in range(3)
        ]
        await run_ready_tasks()
        world.proceed.set()
        answers = await asyncio.gather(*asked)

    assert len(world.contexts) == 1
    for number, answer in enumerate(answers):
        assert answer.json()["data"] == {"wait": "done", "forbidden": None}
        (error,) = answer.json()["errors"]
        assert error["extensions"]["requestId"] == f"r-{number}"
    lines = [entry for entry in logs if entry["event"] == "request_answered"]
    assert sorted(entry.get("shared_with", "") for entry in lines) == ["", "r-0", "r-0"]
    assert {(entry["operation"], entry["status"]) for entry in lines} == {("query", 200)}


async def test_one_that_runs_out_of_time_tells_each_by_its_own_name(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    world.limits = LimitSettings(request_timeout=1)  # one joins only what has just begun
    asked = [start_request(client, headers={"X-Request-Id": f"r-{number}"}) for number in range(2)]
    answers = await asyncio.gather(*asked)

    assert [answer.status_code for answer in answers] == [504, 504]
    assert [answer.json()["errors"][0]["extensions"]["requestId"] for answer in answers] == [
        "r-0",
        "r-1",
    ]
    assert len(world.contexts) == 1


async def test_nobody_joins_what_would_cost_them_much_of_their_time(
    world: SmallGateway, client: httpx2.AsyncClient
) -> None:
    world.limits = LimitSettings(request_timeout=1)
    first = start_request(client)
    await asyncio.sleep(0.15)
    second = start_request(client)
    await run_ready_tasks()
    world.proceed.set()
    await asyncio.gather(first, second)

    assert len(world.contexts) == 2
