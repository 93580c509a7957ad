"""The README's queries run, its configuration is valid, and every link of a page resolves."""

import json
import re
from pathlib import Path

import pytest
from graphql import parse, validate

from lms_gateway.config import parse as read_toml
from lms_gateway.config import validate as validate_settings
from tests.docs.pages import ROOT, fenced, graphql_schema, markdown_pages
from tests.harness import GatewayHarness

README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = fenced(README.replace("<!-- another subgraph -->\n```graphql", "```"), "graphql")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_LABEL = re.compile(r"^\[[^\]]+\]: (\S+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, in GitHub's form."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_fits_the_schema(query: str) -> None:
    assert validate(graphql_schema(), parse(query)) == []


async def test_the_first_query_has_the_answer_that_the_readme_shows(
    gateway: GatewayHarness,
) -> None:
    (expected,) = fenced(README, "json")
    assert {"data": await gateway.query(QUERIES[0])} == json.loads(expected)


async def test_the_other_queries_are_answered(gateway: GatewayHarness) -> None:
    sections = await gateway.query(
        "{ courses(first: 1) { nodes { id sections { nodes { sisId } } } } }", "maple"
    )
    (course,) = sections["courses"]["nodes"]
    variables = {"sisId": course["sections"]["nodes"][0]["sisId"], "course": course["id"]}
    for query in QUERIES[1:]:
        names = re.findall(r"\$(\w+):", query)
        query_variables = {name: variables[name] for name in names if name in variables}
        assert any((await gateway.query(query, "maple", **query_variables)).values())


def test_the_configuration_of_the_readme_is_valid() -> None:
    (text,) = fenced(README, "toml")
    secret = re.compile(r"\{ (?:env|file) = \"[^\"]+\" \}")
    settings = validate_settings(
        read_toml(secret.sub('"literal"', text), source="README", folder=Path()), environ={}
    )
    assert [tenant.slug for tenant in settings.tenants] == ["maple", "lakeside"]


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_of_a_page_resolves_to_a_file_and_a_heading(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in (*_LINK.findall(text), *_LABEL.findall(text)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


async def test_the_query_of_the_architecture_page_has_the_calls_that_the_page_states(
    gateway: GatewayHarness,
) -> None:
    query, _ = fenced(ARCHITECTURE, "graphql")
    assert (await gateway.query(query, "lakeside"))["course"]["sections"]["nodes"]
    assert [entry.method for entry in gateway.log.entries()] == ["GET", "GET", "POST"]
    assert gateway.log.credits() == 5


async def test_the_mutation_of_the_architecture_page_has_the_calls_that_the_page_states(
    gateway: GatewayHarness,
) -> None:
    _, mutation = fenced(ARCHITECTURE, "graphql")
    payload = (await gateway.query(mutation, "maple"))["createSection"]
    assert payload["errors"] == []
    assert payload["section"]["course"]["name"]
    look_up, write, course = gateway.log.calls()
    assert look_up.startswith("GET /api/v1/courses/sis_course_id:BIO-101")
    assert write == "POST /api/v1/courses/1001/sections"
    assert course.startswith("GET /api/v1/courses/1001")


@pytest.mark.parametrize("name", ["architecture.md", "adding-a-vendor.md"])
def test_each_path_that_a_page_names_exists(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    source = ROOT / "src" / "lms_gateway"
    folder = ""
    missing = []
    for path in re.findall(r"`((?:\w+/)*\w*(?:\.py|/))`", text):
        # A file after another one of the same folder: `schema/ids.py`, `cursors.py`.
        candidates = [path, f"{folder}/{path}", f"vendors/canvas/{path}"]
        found = next((each for each in candidates if (source / each).exists()), None)
        if found is None and not (ROOT / path).exists() and not (ROOT / "src" / path).exists():
            missing.append(path)
        elif found is not None and found.endswith(".py"):
            folder = found.rpartition("/")[0]
    assert missing == []


def test_the_readme_lists_every_package_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(\w+)(?:/|\.py)`", README, re.M))
    documented |= set(re.findall(r", `(\w+)/` \|", README))
    packages = {
        path.stem
        for path in (ROOT / "src" / "lms_gateway").iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or path.is_dir())
    }
    assert documented == packages
