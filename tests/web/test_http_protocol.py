"""GraphQL over HTTP: media types, status codes and parameters."""

import json
from typing import Any

import httpx2
import pytest

from lms_gateway.web.http.negotiation import GRAPHQL, HTML, JSON, choose_media_type
from tests.web.small_schema import SmallGateway

HELLO = {"query": "{ hello }"}


async def post(client: httpx2.AsyncClient, body: Any, accept: str = GRAPHQL) -> httpx2.Response:
    return await client.post("/graphql", json=body, headers={"Accept": accept})


def code_in(response: httpx2.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}; charset=latin-1, {JSON};q=0.1", JSON),
        ("APPLICATION/JSON", JSON),
        (f"{JSON};q=0", None),
        (f"{JSON};q=nonsense", None),
        ("text/plain", None),
        ("nonsense", None),
        (HTML, None),
    ],
)
def test_the_media_type_is_negotiated_by_weight_and_exactness(accept: str | None, chosen: str | None) -> None:
    assert choose_media_type(accept) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        (f"{JSON}, {HTML};q=0.5", JSON),
        (f"{HTML};q=0.9, {JSON};q=0.5", HTML),
        ("*/*", JSON),
        ("text/*", None),
        (f"{HTML};q=0, {JSON}", JSON),
    ],
)
def test_the_page_is_for_clients_that_name_html(accept: str, chosen: str | None) -> None:
    assert choose_media_type(accept, html=True) == chosen


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
async def test_a_response_is_utf_8_in_the_negotiated_media_type(
    client: httpx2.AsyncClient, media_type: str
) -> None:
    response = await post(client, {"query": '{ hello(name: "Zoë 🦉") }'}, media_type)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == {"data": {"hello": "hello Zoë 🦉"}}
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ ...Nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($n: Int!) { countOf(most: $n) }"}, "BAD_USER_INPUT"),
        (
            {"query": "query($n: Int!) { countOf(most: $n) }", "variables": {"n": "x"}},
            "BAD_USER_INPUT",
        ),
        ({"query": "{ by(ref: {id: 1, vendorId: 2}) }"}, "BAD_USER_INPUT"),
        ({"query": "query($r: Ref!) { by(ref: $r) }", "variables": {"r": {}}}, "BAD_USER_INPUT"),
        ({"query": "fragment F on Query { hello }"}, "BAD_USER_INPUT"),
        ({"query": "query A { hello } query B { hello }"}, "BAD_USER_INPUT"),
        ({"query": "{ hello }", "operationName": "Nope"}, "BAD_USER_INPUT"),
        ({"query": "subscription { count(to: 1) }"}, "BAD_USER_INPUT"),
    ],
)
async def test_a_document_that_cannot_be_run_is_400_and_has_no_data(
    client: httpx2.AsyncClient, body: Any, code: str
) -> None:
    """`application/json` has 200 for every well-formed request."""
    response = await post(client, body)
    old = await post(client, body, JSON)

    assert (response.status_code, code_in(response)) == (400, code)
    assert "data" not in response.json()
    assert (old.status_code, code_in(old)) == (200, code)
    assert "data" not in old.json()


async def test_partial_data_is_200_in_both_media_types(client: httpx2.AsyncClient) -> None:
    for media_type in (JSON, GRAPHQL):
        response = await post(client, {"query": "{ hello forbidden }"}, media_type)

        assert response.status_code == 200
        assert response.json()["data"] == {"hello": "hello world", "forbidden": None}
        assert response.json()["errors"][0]["path"] == ["forbidden"]


async def test_null_data_after_an_error_is_200() -> None:
    async with SmallGateway(tenants=()).client() as client:
        response = await post(client, {"query": "{ tenant }"})

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert code_in(response) == "TENANT_REQUIRED"


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b'"{ hello }"',
        b'[{"query": "{ hello }"}]',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 7}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "operationName": 7}',
        b'{"query": "{ hello }", "extensions": []}',
        b'{"query": "{ hello(name: \\"\xff\\") }"}',
        b'{"query": "{ hello(name: \\"\\ud800\\") }"}',
        b'\xef\xbb\xbf{"query": "{ hello }"}',
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b"[" * 100_000,
    ],
)
async def test_a_malformed_request_is_400_in_both_media_types(
    client: httpx2.AsyncClient, content: bytes, accept: str
) -> None:
    headers = {"Accept": accept, "Content-Type": "application/json"}
    response = await client.post("/graphql", content=content, headers=headers)

    assert (response.status_code, code_in(response)) == (400, "BAD_USER_INPUT")
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


async def test_null_parameters_count_as_absent(client: httpx2.AsyncClient) -> None:
    nothing = {"variables": None, "operationName": None, "extensions": None}
    response = await post(client, HELLO | nothing)

    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/graphql", "multipart/form-data; boundary=x",
     "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)  # fmt: skip
async def test_a_body_that_is_not_declared_as_utf_8_json_is_415(
    client: httpx2.AsyncClient, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await client.post("/graphql", content=json.dumps(HELLO), headers=headers)

    assert (response.status_code, code_in(response)) == (415, "BAD_USER_INPUT")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
async def test_the_charset_utf_8_is_accepted(client: httpx2.AsyncClient, charset: str) -> None:
    headers = {"Content-Type": f"Application/JSON; charset={charset}"}
    response = await client.post("/graphql", content=json.dumps(HELLO), headers=headers)

    assert response.status_code == 200


async def test_a_client_that_accepts_no_offered_media_type_gets_406(
    client: httpx2.AsyncClient,
) -> None:
    response = await post(client, HELLO, "text/plain")

    assert response.status_code == 406
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert code_in(response) == "BAD_USER_INPUT"


async def test_get_runs_a_query_with_variables_from_the_query_string(
    client: httpx2.AsyncClient,
) -> None:
    params = {
        "query": "query A($n: String!) { hello(name: $n) } query B { hello }",
        "variables": json.dumps({"n": "Zoë"}),
        "operationName": "A",
        "extensions": "",
    }
    response = await client.get("/graphql", params=params, headers={"Accept": GRAPHQL})

    assert response.json() == {"data": {"hello": "hello Zoë"}}


@pytest.mark.parametrize(
    "query_string",
    ["", "query=", "query=%FF", "query={hello}&query={hello}", "query={hello}&variables=[",
     "query={hello}&variables=[]", "query={hello}&extensions=7"],
)  # fmt: skip
async def test_a_malformed_query_string_is_400(client: httpx2.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}", headers={"Accept": JSON})

    assert (response.status_code, code_in(response)) == (400, "BAD_USER_INPUT")


async def test_get_never_writes(client: httpx2.AsyncClient, gateway: SmallGateway) -> None:
    response = await client.get("/graphql", params={"query": "mutation { write }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert gateway.contexts == []


async def test_get_runs_the_named_query_beside_a_mutation(client: httpx2.AsyncClient) -> None:
    params = {"query": "query Q { hello } mutation M { write }", "operationName": "Q"}
    response = await client.get("/graphql", params=params)

    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_other_methods_are_405_with_what_is_allowed(client: httpx2.AsyncClient, path: str) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        response = await client.request(method, path)
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
        assert code_in(response) == "BAD_USER_INPUT"
    response = await client.options(path)
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_the_root_redirects_to_the_endpoint(client: httpx2.AsyncClient) -> None:
    response = await client.get("/")

    assert response.status_code == 307
    assert response.headers["location"] == "/graphql"


async def test_each_operation_has_its_own_context_and_closes_it(
    client: httpx2.AsyncClient, gateway: SmallGateway
) -> None:
    await post(client, HELLO)
    await post(client, {"query": "{ boom }"})

    assert [context.closed for context in gateway.contexts] == [True, True]
    assert gateway.contexts[0] is not gateway.contexts[1]
    assert gateway.leases == 0


@pytest.mark.parametrize("path", ["/graphql", "/t/maple/graphql", "/graphql/stream"])
async def test_the_endpoint_works_below_a_prefix(gateway: SmallGateway, path: str) -> None:
    transport = httpx2.ASGITransport(gateway.app(), root_path="/lms")
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as below:
        there = await below.post(f"/lms{path}", json=HELLO)
        nowhere = await below.post(f"/lms{path}/more", json=HELLO)

    assert there.status_code == 200
    assert "hello world" in there.text
    assert nowhere.status_code == 404


async def test_unknown_parameters_are_ignored(client: httpx2.AsyncClient) -> None:
    response = await post(client, {**HELLO, "id": "hello", "variables": {}, "operationName": ""})

    assert response.json() == {"data": {"hello": "hello world"}}
