"""The explorer over HTTP: settings of its page and caching of its files."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import parse, validate

from lms_gateway.domain.access import Access
from lms_gateway.schema import build_schema
from lms_gateway.web.explorer import page as page_module
from lms_gateway.web.explorer import render_html
from lms_gateway.web.explorer.examples import examples_for
from tests.web.small_schema import AUTHORIZED, ELM, MAPLE, SmallGateway

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replaces the directory of built files, so that the tests need no Node."""
    (tmp_path / "chunks").mkdir()
    for name in ("explorer.js", "explorer.css", "chunks/chunk-AB12CD34.js", "font-AB12CD34.ttf"):
        (tmp_path / name).write_text("x")

    def render(settings: Any, **options: Any) -> bytes:
        return render_html(settings, static=tmp_path, **options)

    monkeypatch.setattr(page_module, "render_html", render)
    monkeypatch.setattr(page_module, "STATIC_DIRECTORY", tmp_path)
    return tmp_path


def settings_in(response: httpx2.Response) -> Any:
    match = re.search(r'id="settings">(.*?)</script>', response.text)
    assert match is not None
    return json.loads(match[1])


async def test_a_browser_gets_the_page_and_its_policy(built: Path, client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers=HTML)

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    settings = settings_in(response)
    assert settings["endpoint"] == "/graphql"
    assert settings["subscriptionEndpoint"] == "/graphql/stream"
    assert settings["selectedTenant"] is None
    assert settings["tenants"] == [{"slug": "maple", "name": "Maple University", "vendor": "CANVAS"}]


async def test_the_page_lists_only_accessible_tenants(built: Path, client: httpx2.AsyncClient) -> None:
    keyed = settings_in(await client.get("/graphql", headers=HTML | AUTHORIZED))
    wrong = settings_in(await client.get("/graphql", headers=HTML | {"Authorization": "Bearer lgw_other"}))

    assert [tenant["slug"] for tenant in keyed["tenants"]] == ["maple", "elm"]
    assert [tenant["slug"] for tenant in wrong["tenants"]] == ["maple"]


@pytest.mark.parametrize("slug", ["elm", "nowhere"])
async def test_a_tenants_page_is_public_and_contains_no_tenant_data(
    built: Path, client: httpx2.AsyncClient, slug: str
) -> None:
    settings = settings_in(await client.get(f"/t/{slug}/graphql", headers=HTML))

    assert settings["selectedTenant"] == slug
    assert settings["endpoint"] == f"/t/{slug}/graphql"
    assert settings["tenants"] == []


async def test_a_tenants_own_host_selects_it(built: Path, client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers=HTML | {"Host": "maple.example:8000"})

    assert settings_in(response)["selectedTenant"] == "maple"


async def test_a_mounted_gateway_keeps_its_prefix(built: Path, gateway: SmallGateway) -> None:
    transport = httpx2.ASGITransport(gateway.app(), root_path="/lms")
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        response = await client.get("/lms/graphql", headers=HTML)
        redirect = await client.get("/lms/")

    assert settings_in(response)["endpoint"] == "/lms/graphql"
    assert 'src="/lms/explorer/explorer.js"' in response.text
    assert redirect.headers["location"] == "/lms/graphql"


@pytest.mark.parametrize(
    ("name", "type", "caching"),
    [
        ("explorer.js", "text/javascript; charset=utf-8", "no-cache"),
        ("explorer.css", "text/css; charset=utf-8", "no-cache"),
        ("chunks/chunk-AB12CD34.js", "text/javascript; charset=utf-8", "immutable"),
        ("font-AB12CD34.ttf", "font/ttf", "immutable"),
    ],
)
async def test_files_with_a_hash_in_their_name_are_immutable(
    built: Path, client: httpx2.AsyncClient, name: str, type: str, caching: str
) -> None:
    response = await client.get(f"/explorer/{name}")
    again = await client.get(f"/explorer/{name}", headers={"If-None-Match": response.headers["etag"]})

    assert response.headers["content-type"] == type
    assert caching in response.headers["cache-control"]
    assert again.status_code == 304
    assert caching in again.headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.js", "", "chunks", "../page.py", "%2e%2e/page.py"])
async def test_nothing_else_is_found(built: Path, client: httpx2.AsyncClient, name: str) -> None:
    assert (await client.get(f"/explorer/{name}")).status_code == 404


async def test_files_that_were_never_built_are_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "STATIC_DIRECTORY", tmp_path / "nowhere")
    async with SmallGateway().client() as client:
        response = await client.get("/explorer/explorer.js")

    assert response.status_code == 404


@pytest.mark.parametrize("tenants", [[], [MAPLE], [ELM], [ELM, MAPLE]])
def test_each_example_is_valid_and_for_a_tenant_in_reach(tenants: list[Any]) -> None:
    schema = build_schema()._schema
    examples = examples_for(tenants)

    for example in examples:
        assert validate(schema, parse(example.query)) == []
        assert example.tenant in {None, *(tenant.slug for tenant in tenants)}
    assert bool(examples) == bool(tenants)


def test_mutation_examples_are_for_open_tenants_only() -> None:
    keyed = replace(MAPLE, slug="keyed", access=Access.KEY)
    changes = [example for example in examples_for([keyed, MAPLE]) if "\nmutation " in example.query]
    assert [example.tenant for example in changes] == ["maple", "maple"]
