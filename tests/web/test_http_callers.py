"""Callers, tenant selection, and requests that are rejected before GraphQL runs."""

from typing import Any

import httpx2
import pytest

from lms_gateway.web.http.negotiation import GRAPHQL, JSON
from tests.web.small_schema import AUTHORIZED, ELM, MAPLE, SmallGateway


async def ask(
    client: httpx2.AsyncClient, path: str = "/graphql", query: str = "{ tenant }", **headers: str
) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(path, json={"query": query}, headers={"Accept": GRAPHQL} | sent)


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return response.status_code, error["extensions"]["code"], error["extensions"]["source"]


@pytest.mark.parametrize(
    ("path", "headers", "slug"),
    [
        ("/t/elm/graphql", AUTHORIZED, "elm"),
        ("/graphql", AUTHORIZED | {"X-Tenant": "elm"}, "elm"),
        ("/graphql", AUTHORIZED | {"Host": "maple.example:8000"}, "maple"),
        ("/graphql", {}, "maple"),
        ("/t/maple/graphql", {"X-Tenant": "maple"}, "maple"),
    ],
    ids=["path", "header", "host", "the only one", "path and header agree"],
)
async def test_the_tenant_is_selected_by(
    client: httpx2.AsyncClient, path: str, headers: dict[str, str], slug: str
) -> None:
    response = await client.post(path, json={"query": "{ tenant }"}, headers=headers)

    assert response.json() == {"data": {"tenant": slug}}


async def test_only_a_path_pins_the_tenant(client: httpx2.AsyncClient, gateway: SmallGateway) -> None:
    await ask(client, "/t/maple/graphql")
    await ask(client, X_Tenant="maple")

    assert [context.pinned for context in gateway.contexts] == [True, False]


async def test_a_request_without_a_tenant_executes_with_a_field_error(
    client: httpx2.AsyncClient,
) -> None:
    response = await ask(client, **AUTHORIZED)

    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"]["code"] == "TENANT_REQUIRED"


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("path", ["/graphql", "/t/elm/graphql", "/graphql/stream"])
async def test_an_unknown_key_is_401(client: httpx2.AsyncClient, path: str, accept: str) -> None:
    response = await ask(client, path, Authorization="Bearer lgw_other", Accept=f"{accept}, */*")

    assert refusal(response) == (401, "UNAUTHENTICATED", "GATEWAY")
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "lgw_other" not in response.text


async def test_a_forbidden_tenant_and_an_unknown_one_are_answered_alike(
    client: httpx2.AsyncClient,
) -> None:
    answers: list[Any] = []
    for path, headers in (
        ("/t/elm/graphql", {}),
        ("/t/nowhere/graphql", {}),
        ("/graphql", {"X_Tenant": "elm"}),
        ("/graphql", {"X_Tenant": "nowhere"}),
    ):
        response = await ask(client, path, **headers)
        assert refusal(response) == (403, "TENANT_FORBIDDEN", "GATEWAY")
        answers.append(response.json()["errors"][0]["message"])

    assert len(set(answers)) == 1


async def test_path_and_header_that_disagree_are_bad_input(client: httpx2.AsyncClient) -> None:
    response = await ask(client, "/t/maple/graphql", X_Tenant="elm", **AUTHORIZED)

    assert refusal(response) == (400, "BAD_USER_INPUT", "GATEWAY")


async def test_a_caller_is_rejected_before_the_body_is_read(client: httpx2.AsyncClient) -> None:
    response = await client.post("/t/elm/graphql", content=b"{", headers={"Content-Type": "text/plain"})

    assert refusal(response)[:2] == (403, "TENANT_FORBIDDEN")


async def test_the_default_tenant_is_for_reading_only() -> None:
    gateway = SmallGateway(default="elm", tenants=(MAPLE, ELM))
    async with gateway.client() as client:
        by_post = await ask(client, **AUTHORIZED)
        by_get = await client.get("/graphql", params={"query": "{ tenant }"}, headers=AUTHORIZED)
        written = await ask(client, query="mutation { tenant }", **AUTHORIZED)
        mixed = await client.post(
            "/graphql",
            json={"query": "query Q { tenant } mutation M { tenant }", "operationName": "M"},
            headers=AUTHORIZED,
        )

    assert by_post.json() == by_get.json() == {"data": {"tenant": "elm"}}
    assert written.json() == mixed.json() == {"data": {"tenant": None}}


@pytest.mark.parametrize("header", ["X-Tenant", "Authorization"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_a_header_repeated_with_two_values_is_rejected(
    client: httpx2.AsyncClient, gateway: SmallGateway, path: str, header: str
) -> None:
    """A proxy may have checked one value, while the gateway uses the other."""
    twice = [(header, "maple"), (header, "elm")]
    response = await client.post(path, json={"query": "{ tenant }"}, headers=twice)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert gateway.contexts == []


async def test_a_header_repeated_with_one_value_is_accepted(client: httpx2.AsyncClient) -> None:
    twice = [("X-Tenant", "maple"), ("X-Tenant", "maple")]
    response = await client.post("/graphql", json={"query": "{ tenant }"}, headers=twice)

    assert response.json() == {"data": {"tenant": "maple"}}


@pytest.mark.parametrize("sent", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "none"}])
async def test_a_page_of_a_foreign_host_cannot_read_open_tenants(
    client: httpx2.AsyncClient, sent: dict[str, str]
) -> None:
    """DNS rebinding makes its host resolve to this machine, with the gateway's origin."""
    elsewhere = await client.post(
        "/t/maple/graphql",
        json={"query": "{ tenant }"},
        headers={"Accept": GRAPHQL, "Host": "evil.example:8000", **sent},
    )
    assert refusal(elsewhere) == (403, "TENANT_FORBIDDEN", "GATEWAY")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "maple.example", "a.localhost"]
)
async def test_a_page_of_this_machine_or_of_a_configured_host_is_served(
    client: httpx2.AsyncClient, host: str
) -> None:
    response = await client.post(
        "/t/maple/graphql",
        json={"query": "{ tenant }"},
        headers={"Accept": GRAPHQL, "Host": host, "Origin": f"http://{host}"},
    )
    assert response.json() == {"data": {"tenant": "maple"}}


async def test_a_key_gives_access_from_any_host(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/t/elm/graphql",
        json={"query": "{ tenant }"},
        headers={"Host": "school.example", "Origin": "https://app.example", **AUTHORIZED},
    )
    assert response.json() == {"data": {"tenant": "elm"}}
