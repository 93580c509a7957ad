"""Errors, metrics and logs contain no secrets and no personal data."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from lms_gateway.telemetry import configure_logs
from lms_sandbox.faults import Fault
from tests.isolation.tenants import SLUGS, WORDS, FourTenants

PEOPLE = """query Marker($v: ID! = "3", $s: String! = "Somebody Secret") {
  user(by: {vendorId: $v}) { name email username }
  gone: user(by: {sisId: $s}) { name }
  course(by: {vendorId: "1"}) { name students { nodes { name email } } }
  users(first: 5) { nodes { email } } }"""
BODY = {
    "errors": [{"message": "Oakleyson oakley.3@oak.example canvas-demo-token SELECT 1"}],
    "message": "Ashton ashton.3@ash.example lakeside-demo-secret",
}
FAULTS = [
    Fault("reply", status=500, body=BODY, count=0),
    Fault("reply", status=400, body=BODY, count=0),
    Fault("reply", status=401, body=BODY, headers={"WWW-Authenticate": "Bearer"}, count=0),
    Fault("reply", status=403, body=BODY, count=0),
    Fault("reply", status=418, body=json.dumps(BODY), count=0),
    Fault("reply", status=200, body=BODY, count=0),
    Fault("reply", status=302, headers={"Location": "https://oakley.example/?t=canvas-demo-token"},
          count=0),
    Fault("text", body="Oakleyson canvas-demo-token", count=0),
    Fault("html", status=200, body="<h1>Oakleyson lakeside-demo-key</h1>", count=0),
    Fault("wrong_object", body={"id": "Oakleyson", "uid": "Ashton"}, count=0),
    Fault("truncated", count=0),
    Fault("cut", count=0),
    Fault("foreign_next", count=0, host="https://oakley.example"),
]  # fmt: skip


def confidential_words(tenants: FourTenants) -> list[str]:
    """Return tokens and personal names in lower case. Names and slugs of tenants are allowed."""
    people = [f"{word}son" for word in WORDS.values()]
    addresses = [f"@{word}.example" for word in WORDS.values()]
    return [word.lower() for word in (*tenants.secrets(), *people, *addresses)]


def words_in(text: str, words: list[str]) -> list[str]:
    text = text.lower()
    return [word for word in words if word in text]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
@pytest.mark.parametrize("slug", ["oak", "ash"])
async def test_no_error_repeats_text_of_a_vendor(tenants: FourTenants, slug: str, fault: Fault) -> None:
    tenants.servers[slug].faults.add(fault)
    answer = await tenants.ask(slug, PEOPLE)
    errors = json.dumps(answer.errors)
    assert words_in(errors, [*confidential_words(tenants), "oakley", "ashton", "127.0.0.1", "select"]) == []
    assert {error["extensions"].get("tenant", slug) for error in answer.errors} <= {slug}
    assert "INTERNAL" not in [code for _, code in answer.codes]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Capture all log levels, and restore the logging configuration."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = [name for name in logging.root.manager.loggerDict if "." not in name or "lms" in name]
    levels = {name: logging.getLogger(name).level for name in names}
    stream = io.StringIO()
    configure_logs(level="DEBUG", stream=stream, as_json=True)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize("slug", ["oak", "ash"])
async def test_logs_contain_no_tokens_names_and_queries(
    tenants: FourTenants, logged: io.StringIO, slug: str
) -> None:
    await tenants.ask(slug, PEOPLE)
    await tenants.ask(slug, PEOPLE.replace("{ name", "{ nonsense"))
    await tenants.post(slug, {"query": "{ ((((", "variables": {"s": "Somebody Secret"}})
    await tenants.ask("expired", PEOPLE)
    await tenants.ask(slug, PEOPLE, "nowhere")
    faults = [
        fault for fault in FAULTS if fault.kind != "cut"
    ]  # a connection error is retried, which is slow
    for fault in faults:
        tenants.servers[slug].faults.replace([fault])
        await tenants.ask(slug, PEOPLE)
    text = logged.getvalue()
    assert text.count("request_answered") >= len(faults) + 5
    words = [
        *confidential_words(tenants),
        "somebody secret",
        "marker",
        "nonsense",
        "s-1-1",
        "((((",
        "select",
    ]
    assert words_in(text, words) == []
    assert not words_in(text, [f"{word} course".lower() for word in WORDS.values()])


async def test_metrics_contain_only_templates_and_slugs(tenants: FourTenants) -> None:
    for slug in SLUGS:
        await tenants.ask(slug, PEOPLE)
        await tenants.ask(slug, PEOPLE, "nowhere")
        await tenants.post(slug, {"query": "{ viewer { name } }"}, path=f"/t/{slug}/graphql")
        await tenants.post(slug, {"query": "{ viewer { name } }"}, path="/t/unheard-of/graphql")
    await tenants.client.get("/graphql/Oakleyson/7")
    text = (await tenants.client.get("/metrics")).text
    assert words_in(text, confidential_words(tenants)) == []
    seen: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if family.name.startswith("lms_gateway"):
                for label, value in sample.labels.items():
                    seen.setdefault(label, set()).add(value)
    assert {"oak", "ash"} <= seen["tenant"]
    assert not seen["tenant"] & {"nowhere", "unheard-of"}
    templates = seen["endpoint"] | seen["route"]
    assert not [place for place in templates if any(part.isdigit() for part in place.split("/"))]
    assert not [place for place in templates if "unheard-of" in place or "Oakleyson" in place]
    assert seen["outcome"] >= {"ok"}


SCOPED: list[tuple[str, str | None, bool]] = [
    ("ash", "ash", False),
    ("every", "ash", False),
    ("mixed", "ash", False),
    ("admin", "ash", True),
    ("admin", "yew", True),
]


@pytest.mark.parametrize(("key", "slug", "may"), SCOPED)
async def test_access_codes_are_for_keys_with_the_admin_scope(
    tenants: FourTenants, key: str, slug: str, may: bool
) -> None:
    query = """{ section(by: {vendorId: "1"}) { name schoology { accessCode weight } } }"""
    answer = await tenants.ask(key, query, slug)
    section: Any = answer.data["section"]
    assert section["name"] == f"{WORDS[slug]} Section 1"
    assert section["schoology"]["weight"] == 0
    if may:
        assert section["schoology"]["accessCode"] == f"{WORDS[slug].upper()}-01"
        assert answer.errors == []
    else:
        assert section["schoology"]["accessCode"] is None
        assert answer.codes == [("section.schoology.accessCode", "FORBIDDEN")]
        assert answer.errors[0]["extensions"]["source"] == "GATEWAY"


@pytest.mark.parametrize("path", ["/graphql", "/t/oak/graphql", "/t/nowhere/graphql"])
async def test_expired_and_unknown_keys_have_equal_errors(tenants: FourTenants, path: str) -> None:
    body = {"query": "{ tenants { slug } }"}
    expired = await tenants.post("expired", body, path=path)
    unknown = await tenants.client.post(path, json=body, headers={"Authorization": "Bearer lgw_" + "x" * 43})
    for reply in (expired, unknown):
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
        (error,) = reply.json()["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert expired.json()["errors"][0]["message"] == unknown.json()["errors"][0]["message"]
