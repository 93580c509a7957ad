"""Identical in-flight queries are executed once."""

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
    """Start a request."""
    body = {"query": query, **more}
    return asyncio.create_task(client.post(path, json=body, headers=dict(headers)))


async def run_ready_tasks() -> None:
    """Run all ready tasks: nothing here waits for I/O."""
    for _ in range(50):
        await asyncio.sleep(0)


def shared_so_far() -> float:
    return sum(
        float(line.rpartition(" ")[2])
        for line in exposition()[0].decode().splitlines()
        if line.startswith("lms_gateway_graphql_operations_shared_total{")
    )


async def test_identical_queries_of_one_caller_are_run_once(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    before = shared_so_far()
    asked = [start_request(client, headers=AUTHORIZED) for _ in range(10)]
    await run_ready_tasks()
    gateway.proceed.set()
    answers = await asyncio.gather(*asked)

    assert [answer.json() for answer in answers] == [DONE] * 10
    assert len({answer.headers["x-request-id"] for answer in answers}) == 10
    assert len(gateway.contexts) == 1
    assert shared_so_far() == before + 9
    await start_request(client, headers=AUTHORIZED)
    assert len(gateway.contexts) == 2  # completed executions are not shared


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
async def test_a_query_that_differs_is_executed_separately(
    gateway: SmallGateway, client: httpx2.AsyncClient, other: dict[str, Any]
) -> None:
    named = "query A { wait } query B { wait }"
    first = start_request(
        client,
        **({"query": named, "operationName": "A"} if "operationName" in other else {}),
        headers=AUTHORIZED,
    )
    second = start_request(client, **other)
    await run_ready_tasks()
    gateway.proceed.set()

    assert [(await response).json() for response in (first, second)] == [DONE, DONE]
    assert len(gateway.contexts) == 2


async def test_anonymous_callers_share_among_themselves(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    asked = [start_request(client), start_request(client)]
    await run_ready_tasks()
    gateway.proceed.set()
    await asyncio.gather(*asked)

    assert len(gateway.contexts) == 1


async def test_a_page_of_a_foreign_host_shares_no_execution(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    """A caller without access gets nothing from the executions of others."""
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "X-Tenant": "maple"}
    first = start_request(client, headers={"X-Tenant": "maple"})
    refused = await start_request(client, headers=evil)
    gateway.proceed.set()

    assert refused.status_code == 403
    assert (await first).json() == DONE


async def test_snapshots_do_not_share_executions(gateway: SmallGateway, client: httpx2.AsyncClient) -> None:
    first = start_request(client)
    await run_ready_tasks()
    gateway.reload()
    second = start_request(client)
    await run_ready_tasks()
    gateway.proceed.set()
    await asyncio.gather(first, second)

    old, new = gateway.contexts
    assert old.tenants is not new.tenants


async def test_mutations_are_never_shared(gateway: SmallGateway, client: httpx2.AsyncClient) -> None:
    asked = [start_request(client, "mutation { write }") for _ in range(2)]
    await run_ready_tasks()
    gateway.proceed.set()
    await asyncio.gather(*asked)

    assert len(gateway.contexts) == 2


async def test_a_query_after_a_write_shares_no_execution_started_before_its_end(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    before = start_request(client)
    await run_ready_tasks()
    write = start_request(client, "mutation { write }")
    await run_ready_tasks()
    between = start_request(client)
    await run_ready_tasks()
    assert len(gateway.contexts) == 3
    write.cancel()  # ends the write
    await run_ready_tasks()
    after = [start_request(client), start_request(client)]
    await run_ready_tasks()
    gateway.proceed.set()
    await asyncio.gather(before, between, *after)

    assert len(gateway.contexts) == 4


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_a_cancelled_request_does_not_affect_others(
    gateway: SmallGateway, client: httpx2.AsyncClient, leaving: int
) -> None:
    asked = [start_request(client) for _ in range(3)]
    await run_ready_tasks()
    asked[leaving].cancel()
    await run_ready_tasks()
    gateway.proceed.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert isinstance(answers.pop(leaving), asyncio.CancelledError)
    assert [answer.json() for answer in answers] == [DONE, DONE]  # type: ignore[union-attr]
    assert not gateway.cancelled.is_set()
    assert len(gateway.contexts) == 1


async def test_an_execution_without_waiters_is_cancelled_before_the_lease_ends(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    asked = [start_request(client) for _ in range(3)]
    await run_ready_tasks()
    for request in asked:
        request.cancel()
    await asyncio.gather(*asked, return_exceptions=True)

    assert gateway.cancelled.is_set()
    assert gateway.contexts[0].closed
    assert gateway.leases == 0
    assert (await _answered(gateway, client)).json() == DONE  # its own execution


async def _answered(gateway: SmallGateway, client: httpx2.AsyncClient) -> httpx2.Response:
    gateway.proceed.set()
    return await start_request(client)


async def test_a_disconnect_does_not_affect_other_waiters(gateway: SmallGateway) -> None:
    async with serve(gateway.app()) as address:
        first = await RawConnection.open(address)
        await first.post('{"query": "{ wait }"}')
        await gateway.wait_started.wait()
        second = await RawConnection.open(address)
        await second.post('{"query": "{ wait }"}')
        await first.close()
        await gateway.released.wait()  # the lease of the first: the gateway noticed the disconnect
        assert not gateway.cancelled.is_set()
        gateway.proceed.set()

        assert await second.status() == 200
        await second.close()
    assert len(gateway.contexts) == 1


async def test_each_waiter_gets_its_own_request_id_and_log_line(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    with capture_logs() as logs:
        asked = [
            start_request(client, "{ wait forbidden }", headers={"X-Request-Id": f"r-{number}"})
            for number in range(3)
        ]
        await run_ready_tasks()
        gateway.proceed.set()
        answers = await asyncio.gather(*asked)

    assert len(gateway.contexts) == 1
    for number, answer in enumerate(answers):
        assert answer.json()["data"] == {"wait": "done", "forbidden": None}
        (error,) = answer.json()["errors"]
        assert error["extensions"]["requestId"] == f"r-{number}"
    lines = [entry for entry in logs if entry["event"] == "request_answered"]
    assert sorted(entry.get("shared_with", "") for entry in lines) == ["", "r-0", "r-0"]
    assert {(entry["operation"], entry["status"]) for entry in lines} == {("query", 200)}


async def test_a_timeout_is_reported_to_each_waiter_with_its_request_id(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    gateway.limits = LimitSettings(request_timeout=1)  # joins only executions that started within 0.1 s
    asked = [start_request(client, headers={"X-Request-Id": f"r-{number}"}) for number in range(2)]
    answers = await asyncio.gather(*asked)

    assert [answer.status_code for answer in answers] == [504, 504]
    assert [answer.json()["errors"][0]["extensions"]["requestId"] for answer in answers] == [
        "r-0",
        "r-1",
    ]
    assert len(gateway.contexts) == 1


async def test_a_query_does_not_join_an_execution_that_is_due_much_earlier(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    gateway.limits = LimitSettings(request_timeout=1)
    first = start_request(client)
    await asyncio.sleep(0.15)
    second = start_request(client)
    await run_ready_tasks()
    gateway.proceed.set()
    await asyncio.gather(first, second)

    assert len(gateway.contexts) == 2
