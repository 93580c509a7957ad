"""The explorer in a browser: GET /graphql."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ExplorerPage

pytestmark = pytest.mark.browser


async def test_an_example_runs_and_nothing_leaves_the_origin(explorer: ExplorerPage) -> None:
    await explorer.open()
    tabs = explorer.page.get_by_role("tab")
    await expect(tabs.first).not_to_have_text("<untitled>")

    await explorer.execute()

    assert explorer.foreign_requests() == []
    assert explorer.errors == []


async def test_the_docs_panel_is_open_and_lists_the_types(explorer: ExplorerPage) -> None:
    await explorer.open()

    docs = explorer.page.locator(".graphiql-doc-explorer")
    await expect(docs).to_contain_text("All Schema Types")
    await expect(docs.get_by_role("link", name="Section", exact=True)).to_be_visible()


async def test_the_selected_tenant_is_sent_as_a_header_and_stored(explorer: ExplorerPage) -> None:
    await explorer.open()
    picker = explorer.page.get_by_label("Tenant")
    slugs = await picker.locator("option").evaluate_all("options => options.map(o => o.value)")
    assert slugs[0] == ""
    assert len(slugs) > 2

    for slug in slugs[1:]:
        await picker.select_option(slug)
        await explorer.execute()
        assert explorer.graphql_request_headers()[-1]["x-tenant"] == slug

    await explorer.open()
    await expect(picker).to_have_value(slugs[-1])

    await picker.select_option("")
    async with explorer.page.expect_response("**/graphql"):
        await explorer.page.get_by_role("button", name="Execute query").click()
    assert "x-tenant" not in explorer.graphql_request_headers()[-1]


async def test_opening_an_examples_tab_selects_its_tenant(
    explorer: ExplorerPage,
) -> None:
    await explorer.open()
    settings = await explorer.page.evaluate("JSON.parse(document.getElementById('settings').textContent)")
    about = [(index, e["tenant"]) for index, e in enumerate(settings["examples"]) if e["tenant"]]
    assert len({tenant for _, tenant in about}) > 1

    for index, tenant in reversed(about):
        await explorer.page.get_by_role("tab").nth(index).click()
        await expect(explorer.page.get_by_label("Tenant")).to_have_value(tenant)


async def test_an_api_key_is_sent_and_not_stored_beyond_the_tab(
    explorer: ExplorerPage,
) -> None:
    await explorer.open()
    async with explorer.page.expect_response("**/graphql"):  # introspection with the new key
        field = explorer.page.get_by_label("API key")
        await field.fill("lgw_not-a-key")
        await field.press("Enter")

    assert explorer.graphql_request_headers()[-1]["authorization"] == "Bearer lgw_not-a-key"
    # GraphiQL stores its tabs half a second after a change.
    await explorer.page.wait_for_function(
        "Object.keys(localStorage).some(name => name.startsWith('lms-gateway:'))"
    )
    stored = await explorer.page.evaluate("JSON.stringify({...localStorage})")
    assert "lgw_not-a-key" not in stored


async def test_under_a_tenants_path_the_picker_is_fixed(explorer: ExplorerPage) -> None:
    await explorer.open()
    slugs = (
        await explorer.page.get_by_label("Tenant")
        .locator("option")
        .evaluate_all("options => options.map(o => o.value).filter(Boolean)")
    )

    await explorer.open(f"/t/{slugs[0]}/graphql")

    picker = explorer.page.get_by_label("Tenant")
    await expect(picker).to_have_value(slugs[0])
    await expect(picker).to_be_disabled()
    await expect(explorer.page.locator(".graphiql-doc-explorer")).to_contain_text("All Schema")
    asked = explorer.graphql_request_headers(f"/t/{slugs[0]}/graphql")
    assert asked
    assert all("x-tenant" not in headers for headers in asked)
    assert explorer.foreign_requests() == []
