"""Canvas and Schoology in one request."""

import asyncio
from collections.abc import Iterable

import pytest
from graphql import parse, validate

from lms_gateway.cli.demo import QUERIES
from lms_gateway.domain.access import Access
from lms_gateway.domain.record import Vendor
from lms_gateway.schema import build_schema
from lms_gateway.tenancy import Tenant
from lms_gateway.web.explorer import ExampleQuery
from lms_gateway.web.explorer.examples import examples_for
from lms_sandbox.faults import Fault
from lms_sandbox.request_log import LoggedRequest
from tests.harness import GatewayHarness, running_gateway
from tests.schema.school import DictBackend

FIELDS = """viewer { displayName }
  courses(first: 5) { nodes { name sections { nodes { name studentCount
    teachers { nodes { displayName } } } } } }"""
TOGETHER = f"{{ tenants {{ slug {FIELDS} }} }}"
ALONE = f"{{ {FIELDS} }}"
SLUGS = {"maple": "canvas", "lakeside": "schoology"}


def logged_calls(entries: Iterable[LoggedRequest]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the logged calls, sorted. Signatures are in headers, so calls are comparable."""
    return sorted(
        (entry.method, f"{entry.path}?{entry.query}", tuple(entry.multiget_paths)) for entry in entries
    )


async def test_two_tenants_cost_the_sum_of_their_calls(gateway: GatewayHarness) -> None:
    apart = {}
    for slug, vendor in SLUGS.items():
        gateway.clear_log()
        data = await gateway.query(ALONE, slug)
        apart[slug] = data
        assert gateway.calls() == gateway.calls(vendor)
        apart[vendor] = logged_calls(gateway.log.entries(vendor))  # type: ignore[arg-type]
        assert apart[vendor]
    gateway.clear_log()
    both = await gateway.query(TOGETHER)
    for vendor in SLUGS.values():
        assert logged_calls(gateway.log.entries(vendor)) == apart[vendor]  # type: ignore[arg-type]
    for tenant in both["tenants"]:
        assert tenant == {"slug": tenant["slug"], **apart[tenant["slug"]]}


async def test_both_vendors_are_called_concurrently() -> None:
    """Neither vendor waits for the other between its batches.

    Tested by the order of arrival with slow replies: if they took turns, all calls of one vendor
    would come before or after the other's.
    """
    async with running_gateway(latency_ms=80) as gateway:
        await gateway.query(TOGETHER)
        entries = sorted(gateway.log.entries(), key=lambda entry: entry.received_at)
        order = [entry.vendor for entry in entries]
        assert set(order) == {"canvas", "schoology"}
        first = {vendor: order.index(vendor) for vendor in set(order)}
        last = {vendor: len(order) - 1 - order[::-1].index(vendor) for vendor in set(order)}
        assert first["canvas"] < last["schoology"]
        assert first["schoology"] < last["canvas"]
        # Both start before either receives its first reply.
        starts = [entries[index].received_at for index in first.values()]
        ends = [entries[index].received_at for index in last.values()]
        assert max(starts) < min(ends)


@pytest.mark.parametrize("slow", SLUGS)
async def test_neither_vendor_waits_for_the_other(gateway: GatewayHarness, slow: str) -> None:
    """One never answers; the other receives all of its calls."""
    (quick,) = SLUGS.keys() - {slow}
    await gateway.query(ALONE, quick)
    expected = len(gateway.calls())
    gateway.clear_log()
    gateway.server.faults.add(Fault("hang", vendor=SLUGS[slow], count=0))
    asking = asyncio.create_task(gateway.execute(TOGETHER))
    for _ in range(2000):
        if len(gateway.calls(SLUGS[quick])) == expected:
            break
        await asyncio.sleep(0.005)
    assert len(gateway.calls(SLUGS[quick])) == expected
    assert not asking.done()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("reply", status=500, count=0), "UPSTREAM_UNAVAILABLE"),
        (Fault("reply", status=401, headers={"WWW-Authenticate": "Bearer"}, body={}, count=0),
         "CREDENTIALS_REJECTED"),
        (Fault("text", count=0), "UPSTREAM_INVALID_RESPONSE"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("down", SLUGS)
async def test_one_failing_vendor_does_not_affect_the_other_tenant(
    gateway: GatewayHarness, down: str, fault: Fault, code: str
) -> None:
    (up,) = SLUGS.keys() - {down}
    expected = await gateway.query(ALONE, up)
    gateway.server.faults.add(
        Fault(
            fault.kind, vendor=SLUGS[down], status=fault.status, body=fault.body,
            headers=fault.headers, count=0,
        )
    )  # fmt: skip
    answer = await gateway.execute(TOGETHER)
    assert answer.status == 200
    tenants = {row["slug"]: row for row in answer.data["tenants"]}
    assert tenants[up] == {"slug": up, **expected}
    assert tenants[down] == {"slug": down, "viewer": None, "courses": None}
    index = list(SLUGS).index(down)
    assert sorted(answer.codes) == [
        (f"tenants.{index}.courses", code),
        (f"tenants.{index}.viewer", code),
    ]
    for error in answer.errors:
        assert error["extensions"]["tenant"] == down
        assert error["extensions"]["vendor"] == SLUGS[down].upper()
        assert error["extensions"]["source"] == "VENDOR"


@pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=[name for name, _ in QUERIES])
async def test_the_demo_queries_succeed(gateway: GatewayHarness, query: str) -> None:
    data = await gateway.query(query)
    assert all(data.values())


TENANTS = [
    Tenant("maple", "Maple", Vendor.CANVAS, Access.OPEN, frozenset(), None, DictBackend()),
    Tenant("lakeside", "Lakeside", Vendor.SCHOOLOGY, Access.OPEN, frozenset(), None, DictBackend()),
]
EXAMPLES = [
    pytest.param(example, slug, id=f"{example.title}-{slug}")
    for tenants in (TENANTS, TENANTS[::-1])
    for example in examples_for(tenants)
    for slug in ([example.tenant] if example.tenant else [None])
]


@pytest.mark.parametrize(("example", "slug"), EXAMPLES)
async def test_the_explorer_examples_succeed_for_their_tenant(
    gateway: GatewayHarness, example: ExampleQuery, slug: str | None
) -> None:
    data = await gateway.query(example.query, slug, **(example.variables or {}))
    (root,) = data.values()
    # A list, a connection, a payload without errors, or an object.
    rows = root if isinstance(root, list) else root.get("nodes", root)
    assert rows
    assert not (isinstance(rows, dict) and rows.get("errors"))


def test_the_examples_are_valid() -> None:
    schema = build_schema()._schema
    for example in examples_for(TENANTS):
        assert validate(schema, parse(example.query)) == []
