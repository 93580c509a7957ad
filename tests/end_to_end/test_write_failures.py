"""Failures during a write: nothing is executed twice, and unknown outcomes are reported."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from lms_gateway.cli.demo import CONFIGURATION
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.faults import Fault
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from tests.harness import GatewayHarness, running_gateway

CREATE = """mutation ($input: CreateSectionInput!) { createSection(input: $input) {
  section { name vendorId } errors { code field } } }"""
KEY, OTHER_KEY = "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01", "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a02"
TENANTS = ("maple", "lakeside")
COURSE = {"maple": MAPLE.course, "lakeside": LAKESIDE.course}
SECTION = {"maple": MAPLE.sections[3], "lakeside": LAKESIDE.sections[3]}
VENDOR: dict[str, Literal["canvas", "schoology"]] = {"maple": "canvas", "lakeside": "schoology"}


@pytest.fixture
async def gateway() -> AsyncIterator[GatewayHarness]:
    async with running_gateway(sections=13) as harness:
        yield harness


def settings(access: str = "open", rest: str = "") -> str:
    """Return the demo's configuration as TOML."""
    demo = CONFIGURATION.format(
        canvas_url="{canvas_url}",
        canvas_token=ADMIN_TOKEN,
        schoology_url="{schoology_url}",
        schoology_key=ADMIN_KEY,
        schoology_secret=ADMIN_SECRET,
    )
    return demo.replace('access = "open"', f'access = "{access}"') + rest


@asynccontextmanager
async def short_timeout_gateway() -> AsyncIterator[GatewayHarness]:
    """A gateway with a request timeout of two seconds."""
    async with running_gateway(sections=13, settings=settings(rest="\n[limits]\nrequest_timeout = 2\n")) as s:
        yield s


async def new_section(gateway: GatewayHarness, tenant: str, **values: Any) -> dict[str, Any]:
    """Return an input that the tenant's vendor accepts."""
    base = {"course": {"vendorId": str(COURSE[tenant])}, "name": "Night", "sisId": "NIGHT"}
    if tenant == "lakeside":
        data = await gateway.query(
            "query ($id: ID!) { section(by: {vendorId: $id}) { terms { id } } }",
            tenant,
            id=str(SECTION[tenant]),
        )
        base["terms"] = [term["id"] for term in data["section"]["terms"]]
        gateway.clear_log()
    return {**base, **values}


def night_section_count(gateway: GatewayHarness, tenant: str) -> int:
    """Count the sections that were created."""
    sandbox = gateway.sandbox
    school = sandbox.canvas_school if tenant == "maple" else sandbox.schoology_school
    return sum(section.name == "Night" for section in school.sections.values())


def write_count(gateway: GatewayHarness) -> int:
    """Count the requests that create a section."""
    return sum(entry.method == "POST" and entry.path.endswith("/sections") for entry in gateway.log.entries())


FAULTS_AFTER_SENDING = [
    pytest.param(Fault("cut_before", method="POST"), 0, id="cut before"),
    pytest.param(Fault("cut_after", method="POST"), 1, id="cut after"),
    pytest.param(Fault("cut", method="POST"), 1, id="cut within the answer"),
    pytest.param(Fault("reply", method="POST", status=500), 0, id="500"),
    pytest.param(Fault("reply_after", method="POST", status=500), 1, id="500 after it was done"),
    pytest.param(Fault("reply_after", method="POST", status=503), 1, id="503 after it was done"),
    pytest.param(Fault("html", method="POST", status=200), 0, id="a page of HTML"),
    pytest.param(Fault("truncated", method="POST"), 1, id="half an answer"),
]


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize(("fault", "made"), FAULTS_AFTER_SENDING)
async def test_an_unanswered_write_is_sent_once(
    gateway: GatewayHarness, tenant: str, fault: Fault, made: int
) -> None:
    """Its outcome is unknown; a repeat with the same key returns that and does nothing."""
    input = await new_section(gateway, tenant, idempotencyKey=KEY)
    gateway.server.faults.add(fault)
    for _ in range(2):
        answer = await gateway.execute(CREATE, tenant, input=input)
        assert answer.data == {"createSection": None}
        assert answer.codes == [("createSection", "OUTCOME_UNKNOWN")]
        (error,) = answer.errors
        assert error["extensions"]["source"] == "VENDOR"
        assert error["extensions"]["tenant"] == tenant
        assert (write_count(gateway), night_section_count(gateway, tenant)) == (1, made)


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize(("kind", "made"), [("hang", 0), ("hang_after", 1)])
async def test_a_vendor_without_an_answer_leaves_the_outcome_unknown(
    tenant: str, kind: Any, made: int
) -> None:
    async with short_timeout_gateway() as gateway:
        input = await new_section(gateway, tenant, idempotencyKey=KEY)
        gateway.server.faults.add(Fault(kind, method="POST"))
        for _ in range(2):
            answer = await gateway.execute(CREATE, tenant, input=input)
            assert answer.codes == [("createSection", "OUTCOME_UNKNOWN")]
        assert (write_count(gateway), night_section_count(gateway, tenant)) == (1, made)


@pytest.mark.parametrize("tenant", TENANTS)
async def test_a_throttled_write_is_retried_and_executed_once(gateway: GatewayHarness, tenant: str) -> None:
    input = await new_section(gateway, tenant)
    gateway.server.faults.add(
        Fault("reply", method="POST", status=429, headers={"Retry-After": "1"}, body="")
    )
    data = await gateway.query(CREATE, tenant, input=input)
    assert data["createSection"]["section"]["name"] == "Night"
    assert (write_count(gateway), night_section_count(gateway, tenant)) == (2, 1)


@pytest.mark.parametrize("tenant", TENANTS)
async def test_a_write_that_did_not_run_can_be_repeated_with_its_key(
    tenant: str,
) -> None:
    """The vendor's retry delay exceeds the deadline: the write surely did not run."""
    async with short_timeout_gateway() as gateway:
        input = await new_section(gateway, tenant, idempotencyKey=KEY)
        fault = Fault("reply", method="POST", status=429, headers={"Retry-After": "2"}, body="")
        gateway.server.faults.add(fault)
        answer = await gateway.execute(CREATE, tenant, input=input)
        assert answer.codes == [("createSection", "RATE_LIMITED")]
        assert answer.errors[0]["extensions"]["retryAfter"] >= 1
        assert night_section_count(gateway, tenant) == 0
        await asyncio.sleep(answer.errors[0]["extensions"]["retryAfter"])
        assert (await gateway.execute(CREATE, tenant, input=input)).errors == []
        assert night_section_count(gateway, tenant) == 1


@pytest.mark.parametrize("tenant", TENANTS)
async def test_a_repeat_with_the_same_key_returns_the_first_payload(
    gateway: GatewayHarness, tenant: str
) -> None:
    input = await new_section(gateway, tenant, idempotencyKey=KEY)
    first = await gateway.query(CREATE, tenant, input=input)
    assert await gateway.query(CREATE, tenant, input=input) == first
    assert (write_count(gateway), night_section_count(gateway, tenant)) == (1, 1)

    other = await gateway.execute(CREATE, tenant, input={**input, "name": "Other"})
    assert other.codes == [("createSection", "CONFLICT")]
    again = await gateway.query(CREATE, tenant, input={**input, "idempotencyKey": OTHER_KEY})
    assert [error["code"] for error in again["createSection"]["errors"]] == ["CONFLICT"]
    assert night_section_count(gateway, tenant) == 1


@pytest.mark.parametrize("tenant", TENANTS)
async def test_an_unanswered_delete_is_unknown(gateway: GatewayHarness, tenant: str) -> None:
    made = await gateway.query(CREATE, tenant, input=await new_section(gateway, tenant))
    id = made["createSection"]["section"]["vendorId"]
    gateway.server.faults.add(Fault("cut_after", method="DELETE"))
    query = """mutation ($id: ID!) {
      deleteSection(input: {section: {vendorId: $id}}) { section { name } errors { code } } }"""
    answer = await gateway.execute(query, tenant, id=id)
    assert answer.codes == [("deleteSection", "OUTCOME_UNKNOWN")]
    data = await gateway.query(query, tenant, id=id)
    assert data["deleteSection"] == {"section": None, "errors": [{"code": "NOT_FOUND"}]}


UPDATE = """mutation ($id: ID!) {
  first: updateSection(input: {section: {vendorId: $id}, name: "One"}) { section { ...Seen } }
  second: updateSection(input: {section: {vendorId: $id}, name: "Two"}) { section { ...Seen } }
}
fragment Seen on Section { name course { sections(first: 100) { nodes { vendorId name } } } }"""


@pytest.mark.parametrize("tenant", TENANTS)
async def test_no_read_after_a_write_shows_the_old_value(gateway: GatewayHarness, tenant: str) -> None:
    """In the payload, in the next field of the same request, and in another request."""
    id = str(SECTION[tenant])
    by_id = '{ section(by: {vendorId: "%s"}) { name } }' % id  # noqa: UP031 - braces
    await gateway.query(by_id, tenant)
    data = await gateway.query(UPDATE, tenant, id=id)
    for alias, name in (("first", "One"), ("second", "Two")):
        section = data[alias]["section"]
        assert section["name"] == name
        named = {node["vendorId"]: node["name"] for node in section["course"]["sections"]["nodes"]}
        assert named[id] == name
    assert (await gateway.query(by_id, tenant))["section"] == {"name": "Two"}


READER, WRITER = "lgw_" + "r" * 40, "lgw_" + "w" * 40


def keys() -> str:
    """Return two keys: one with the scope read, one with read and write."""
    return "".join(
        f"""
[[api_key]]
name = "{name}"
sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"
tenants = ["maple", "lakeside"]
scopes = {scopes}
"""
        for name, key, scopes in (
            ("reader", READER, '["read"]'),
            ("writer", WRITER, '["read", "write"]'),
        )
    )


@pytest.mark.parametrize("tenant", TENANTS)
async def test_a_write_requires_the_write_scope(tenant: str) -> None:
    async with running_gateway(sections=13, settings=settings("key", keys())) as gateway:
        gateway.headers["Authorization"] = f"Bearer {WRITER}"
        input = await new_section(gateway, tenant, idempotencyKey=KEY)
        gateway.headers["Authorization"] = f"Bearer {READER}"
        answer = await gateway.execute(CREATE, tenant, input=input)
        assert answer.codes == [("createSection", "FORBIDDEN")]
        assert answer.errors[0]["extensions"]["source"] == "GATEWAY"
        assert gateway.calls() == []

        gateway.headers["Authorization"] = f"Bearer {WRITER}"
        assert (await gateway.execute(CREATE, tenant, input=input)).errors == []
        # Idempotency keys belong to their caller.
        gateway.headers["Authorization"] = f"Bearer {READER}"
        answer = await gateway.execute(CREATE, tenant, input=input)
        assert answer.codes == [("createSection", "FORBIDDEN")]
        assert night_section_count(gateway, tenant) == 1


async def test_a_mutation_by_get_is_rejected(gateway: GatewayHarness) -> None:
    query = 'mutation { deleteSection(input: {section: {vendorId: "5004"}}) { errors { code } } }'
    reply = await gateway.client.get("/t/maple/graphql", params={"query": query})
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert gateway.calls() == []


async def test_a_write_requires_an_explicit_tenant() -> None:
    """The default tenant is for reads only."""
    text = settings(rest="\n").replace("[[tenant]]", '[gateway]\ndefault_tenant = "maple"\n\n[[tenant]]', 1)
    async with running_gateway(sections=13, settings=text) as gateway:
        input = {"course": {"vendorId": str(MAPLE.course)}, "name": "Night"}
        answer = await gateway.execute(CREATE, input=input)
        assert answer.codes == [("createSection", "TENANT_REQUIRED")]
        actual = await gateway.query(
            "query ($id: ID!) { course(by: {vendorId: $id}) { id } }", id=str(MAPLE.course)
        )
        by_id = await gateway.execute(CREATE, input={**input, "course": {"id": actual["course"]["id"]}})
        assert by_id.errors == []  # a global id selects its tenant
        assert night_section_count(gateway, "maple") == 1
