"""Errors of fields, masking, access log, and health endpoints."""

from typing import Any

import httpx2
import pytest
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from lms_gateway.domain.errors import Unsupported
from lms_gateway.schema.errors import MASKED, format_error
from lms_gateway.web.middleware.request_context import RequestContextMiddleware
from tests.web.small_schema import SmallGateway


async def error_of(client: httpx2.AsyncClient, query: str) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query}, headers={"X-Request-Id": "r-1"})
    (error,) = response.json()["errors"]
    return dict(error)


async def test_an_lms_error_has_code_source_tenant_and_vendor(
    client: httpx2.AsyncClient,
) -> None:
    assert await error_of(client, "{ me { forbidden } }") == {
        "message": "the vendor refuses this",
        "locations": [{"line": 1, "column": 8}],
        "path": ["me", "forbidden"],
        "extensions": {
            "code": "FORBIDDEN",
            "source": "VENDOR",
            "tenant": "maple",
            "vendor": "CANVAS",
            "requestId": "r-1",
        },
    }


async def test_rate_limited_has_retry_after_in_whole_seconds(client: httpx2.AsyncClient) -> None:
    extensions = (await error_of(client, "{ busy }"))["extensions"]

    assert (extensions["code"], extensions["retryAfter"]) == ("RATE_LIMITED", 3)


@pytest.mark.parametrize("field", ["boom", "misfit"])
async def test_an_unexpected_failure_is_masked_and_logged_without_its_message(
    client: httpx2.AsyncClient, field: str
) -> None:
    """`misfit` is a value that its scalar rejects, with a message that quotes it."""
    with capture_logs() as logs:
        error = await error_of(client, f"{{ {field} }}")

    assert error["message"] == MASKED
    assert error["extensions"] == {"code": "INTERNAL", "source": "GATEWAY", "requestId": "r-1"}
    (logged,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert logged["event"] == "resolver_failed"
    assert "Ada" not in str({**logged, "exc_info": None})


async def test_an_argument_that_cannot_be_coerced_while_running_is_bad_input(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "query($n: Int = 1) { countOf(most: $n) }", "variables": {"n": None}},
    )

    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_resolvers_own_graphql_error_is_not_trusted() -> None:
    raised = GraphQLError("Ada", path=["a"], original_error=GraphQLError("Ada"))

    assert format_error(raised, None)["message"] == MASKED


async def test_an_error_may_come_without_a_request_id() -> None:
    raised = GraphQLError("x", path=["a", 0], original_error=Unsupported("not at this vendor"))

    assert format_error(raised, None) == {
        "message": "not at this vendor",
        "path": ["a", 0],
        "extensions": {"code": "UNSUPPORTED_BY_VENDOR", "source": "GATEWAY"},
    }


async def test_a_valid_request_id_is_returned(client: httpx2.AsyncClient) -> None:
    accepted = await client.get("/health/live", headers={"X-Request-Id": "abc-1.2:3_4"})
    made = [
        await client.get("/health/live", headers={"X-Request-Id": bad})
        for bad in ("", "a b", "x" * 129, "<script>")
    ]

    assert accepted.headers["x-request-id"] == "abc-1.2:3_4"
    assert all(len(response.headers["x-request-id"]) == 32 for response in made)


async def test_every_request_is_logged_by_route_without_its_content(
    client: httpx2.AsyncClient,
) -> None:
    with capture_logs() as logs:
        await client.post("/t/maple/graphql?secret=1", json={"query": "{ hello }"})
        await client.get("/nowhere/42")

    first, second = (entry for entry in logs if entry["event"] == "request_answered")
    assert first.pop("seconds") >= 0
    assert first == {
        "event": "request_answered",
        "log_level": "info",
        "method": "POST",
        "route": "/t/{slug}/graphql",
        "status": 200,
        "tenant": "maple",
        "operation": "query",
    }
    assert (second["route"], second["status"]) == ("unmatched", 404)


async def _fail(_: Request) -> Response:
    raise ValueError("Ada Lovelace's grades")


async def test_an_uncaught_exception_is_a_500_with_only_the_request_id() -> None:
    transport = httpx2.ASGITransport(
        RequestContextMiddleware(Starlette(routes=[Route("/fail", _fail)]).router)
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        with capture_logs() as logs:
            response = await client.get("/fail", headers={"X-Request-Id": "r-1"})

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert response.json()["errors"][0]["extensions"]["requestId"] == "r-1"
    assert "Ada" not in response.text
    assert [entry["event"] for entry in logs] == ["request_failed", "request_answered"]


async def test_health_and_metrics_answer(gateway: SmallGateway, client: httpx2.AsyncClient) -> None:
    live, ready = await client.get("/health/live"), await client.get("/health/ready")
    await client.post("/graphql", json={"query": "{ hello }"})
    metrics = await client.get("/metrics")
    gateway.draining = True
    draining = await client.get("/health/ready")
    still_live = await client.get("/health/live")

    assert (live.status_code, ready.status_code, ready.json()) == (200, 200, {"status": "ready"})
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'route="/graphql"' in metrics.text
    assert 'outcome="ok",tenant="maple",type="query"' in metrics.text
    assert (draining.status_code, draining.json()) == (503, {"status": "draining"})
    assert still_live.status_code == 200
