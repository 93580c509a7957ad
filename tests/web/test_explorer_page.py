"""The explorer's HTML, without a browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lms_gateway.web.explorer import ExampleQuery, ExplorerSettings, TenantChoice, render_html


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "explorer.js").write_text("")
    return tmp_path


def test_a_settings_value_cannot_close_the_script_that_holds_it(built: Path) -> None:
    hostile = TenantChoice("maple", "</script><script>alert(1)</script><!-- & {assets}", "CANVAS")

    html = render_html(ExplorerSettings("/graphql", "/graphql/stream", [hostile]), static=built).decode()

    assert html.count("</script>") == 2
    assert "<!--" not in html
    assert _settings(html)["tenants"][0]["name"] == hostile.name


def test_the_page_contains_endpoints_tenants_and_examples(built: Path) -> None:
    settings = ExplorerSettings(
        endpoint="/t/maple/graphql",
        subscription_endpoint="/t/maple/graphql/stream",
        tenants=[TenantChoice("maple", "Maple University", "CANVAS")],
        examples=[ExampleQuery("One section", "query One { __typename }", "maple", {"id": "1"})],
        selected_tenant="maple",
    )

    assert _settings(render_html(settings, static=built).decode()) == {
        "endpoint": "/t/maple/graphql",
        "subscriptionEndpoint": "/t/maple/graphql/stream",
        "tenants": [{"slug": "maple", "name": "Maple University", "vendor": "CANVAS"}],
        "examples": [
            {
                "title": "One section",
                "query": "query One { __typename }",
                "tenant": "maple",
                "variables": {"id": "1"},
            }
        ],
        "selectedTenant": "maple",
    }


def test_without_a_build_the_page_explains_how_to_build(tmp_path: Path) -> None:
    html = render_html(ExplorerSettings("/graphql", "/graphql/stream"), static=tmp_path / "static").decode()

    assert "make explorer" in html
    assert "<script" not in html


def _settings(html: str) -> Any:
    match = re.search(r'<script type="application/json" id="settings">(.*?)</script>', html)
    assert match is not None
    return json.loads(match[1])
