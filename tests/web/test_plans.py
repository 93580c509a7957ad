"""Operations are executed by a plan or by graphql-core, with the same result."""

from collections.abc import Mapping

import httpx2
import pytest

from lms_gateway.config import LimitSettings
from lms_gateway.telemetry import exposition
from lms_gateway.web.http.negotiation import GRAPHQL
from tests.web.small_schema import SmallGateway

HELLO = {"query": "{ hello }"}


def count(series: str) -> float:
    return sum(
        float(line.rpartition(" ")[2])
        for line in exposition()[0].decode().splitlines()
        if line.startswith(series)
    )


def counts() -> Mapping[str, float]:
    return {
        "planned": count('lms_gateway_planned_operations_total{type="query"}'),
        "introspection": count('lms_gateway_plan_fallbacks_total{reason="introspection"}'),
        "off": count('lms_gateway_plan_fallbacks_total{reason="off"}'),
    }


async def gained(client: httpx2.AsyncClient, query: str, data: object) -> set[str]:
    """Execute an operation that returns `data`; return the counters that it incremented."""
    before = counts()
    answer = await client.post("/graphql", json={"query": query})
    assert answer.json() == {"data": data}
    return {name for name, stands in counts().items() if stands > before[name]}


async def test_planned_operations_and_fallbacks_are_counted(gateway: SmallGateway) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(gateway.app(with_plans=True)), base_url="http://gateway"
    ) as client:
        assert await gained(client, "{ hello }", {"hello": "hello world"}) == {"planned"}
        kind = {"__type": {"name": "Ref"}}
        assert await gained(client, '{ __type(name: "Ref") { name } }', kind) == {"introspection"}


@pytest.mark.parametrize("by_environment", [True, False])
async def test_plans_may_be_turned_off(
    gateway: SmallGateway, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    monkeypatch.setenv("LMS_GATEWAY_PLANS", "off" if by_environment else "on")
    app = gateway.app(with_plans=None if by_environment else False)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as client:
        assert await gained(client, "{ hello }", {"hello": "hello world"}) == {"off"}


async def test_a_cached_document_is_rejected_again(client: httpx2.AsyncClient) -> None:
    answers = [
        await client.post("/graphql", json={"query": query}, headers={"Accept": GRAPHQL})
        for query in ("{ nope }", "{ nope }", "{", "{")
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert [answer.json()["errors"][0]["extensions"]["code"] for answer in answers] == [
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_PARSE_FAILED",
    ]
    first, second = (answer.json()["errors"][0]["extensions"] for answer in answers[:2])
    assert first["requestId"] != second["requestId"]


async def test_reduced_limits_apply_to_cached_documents(
    gateway: SmallGateway, client: httpx2.AsyncClient
) -> None:
    query = {"query": "{ me { me { hello } } }"}
    allowed = await client.post("/graphql", json=query)
    gateway.limits = LimitSettings(max_depth=2)
    refused = await client.post("/graphql", json=query)

    assert "errors" not in allowed.json()
    assert refused.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
