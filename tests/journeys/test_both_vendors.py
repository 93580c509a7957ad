"""Canvas and Schoology in one request: each as if it were alone, side by side."""

import asyncio
from collections.abc import Iterable

import pytest
from graphql import parse, validate

from lms_gateway.cli.demo import QUERIES
from lms_gateway.domain.access import Access
from lms_gateway.domain.records import Vendor
from lms_gateway.sandbox.faults import Fault
from lms_gateway.sandbox.log import Entry
from lms_gateway.schema import build_schema
from lms_gateway.tenancy import Tenant
from lms_gateway.web.examples import examples_for
from lms_gateway.web.explorer import Example
from tests.schema.school import DictBackend
from tests.stage import Stage, staged

FIELDS = """viewer { displayName }
  courses(first: 5) { nodes { name sections { nodes { name studentCount
    teachers { nodes { displayName } } } } } }"""
TOGETHER = f"{{ tenants {{ slug {FIELDS} }} }}"
ALONE = f"{{ {FIELDS} }}"
SLUGS = {"maple": "canvas", "lakeside": "schoology"}


def told(entries: Iterable[Entry]) -> list[tuple[str, str, tuple[str, ...]]]:
    """What was asked, in an order of our own; signatures are in headers, so these repeat."""
    return sorted((one.method, f"{one.path}?{one.query}", tuple(one.inner)) for one in entries)


async def test_the_calls_of_both_are_those_of_each_alone(stage: Stage) -> None:
    apart = {}
    for slug, vendor in SLUGS.items():
        stage.cold()
        data = await stage.answer(ALONE, slug)
        apart[slug] = data
        assert stage.calls() == stage.calls(vendor)
        apart[vendor] = told(stage.log.entries(vendor))  # type: ignore[arg-type]
        assert apart[vendor]
    stage.cold()
    both = await stage.answer(TOGETHER)
    for vendor in SLUGS.values():
        assert told(stage.log.entries(vendor)) == apart[vendor]  # type: ignore[arg-type]
    for tenant in both["tenants"]:
        assert tenant == {"slug": tenant["slug"], **apart[tenant["slug"]]}


async def test_both_vendors_are_asked_side_by_side() -> None:
    """The elapsed time is the slower one's: neither waits for the other between its waves.

    Told by the order in which calls arrive while each takes its time: all of the one vendor's would
    stand before or behind the other's if they took turns.
    """
    async with staged(latency_ms=80) as stage:
        await stage.answer(TOGETHER)
        entries = sorted(stage.log.entries(), key=lambda one: one.at)
        order = [one.vendor for one in entries]
        assert set(order) == {"canvas", "schoology"}
        first = {vendor: order.index(vendor) for vendor in set(order)}
        last = {vendor: len(order) - 1 - order[::-1].index(vendor) for vendor in set(order)}
        assert first["canvas"] < last["schoology"]
        assert first["schoology"] < last["canvas"]
        # Both begin before either could have had its first answer.
        starts = [entries[at].at for at in first.values()]
        ends = [entries[at].at for at in last.values()]
        assert max(starts) < min(ends)


@pytest.mark.parametrize("slow", SLUGS)
async def test_neither_vendor_waits_for_the_other(stage: Stage, slow: str) -> None:
    """One never answers; the other is asked all that it is asked when it is alone."""
    (quick,) = SLUGS.keys() - {slow}
    await stage.answer(ALONE, quick)
    expected = len(stage.calls())
    stage.cold()
    stage.server.faults.add(Fault("hang", vendor=SLUGS[slow], count=0))
    asking = asyncio.create_task(stage.ask(TOGETHER))
    for _ in range(2000):
        if len(stage.calls(SLUGS[quick])) == expected:
            break
        await asyncio.sleep(0.005)
    assert len(stage.calls(SLUGS[quick])) == expected
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
async def test_one_vendor_down_leaves_the_others_answer_whole(
    stage: Stage, down: str, fault: Fault, code: str
) -> None:
    (up,) = SLUGS.keys() - {down}
    expected = await stage.answer(ALONE, up)
    stage.server.faults.add(
        Fault(
            fault.kind, vendor=SLUGS[down], status=fault.status, body=fault.body,
            headers=fault.headers, count=0,
        )
    )  # fmt: skip
    answer = await stage.ask(TOGETHER)
    assert answer.status == 200
    tenants = {row["slug"]: row for row in answer.data["tenants"]}
    assert tenants[up] == {"slug": up, **expected}
    assert tenants[down] == {"slug": down, "viewer": None, "courses": None}
    at = list(SLUGS).index(down)
    assert sorted(answer.codes) == [(f"tenants.{at}.courses", code), (f"tenants.{at}.viewer", code)]
    for error in answer.errors:
        assert error["extensions"]["tenant"] == down
        assert error["extensions"]["vendor"] == SLUGS[down].upper()
        assert error["extensions"]["source"] == "VENDOR"


@pytest.mark.parametrize(
    "query", [query for _, query in QUERIES], ids=[name for name, _ in QUERIES]
)
async def test_the_demos_queries_are_answered(stage: Stage, query: str) -> None:
    data = await stage.answer(query)
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
async def test_the_explorers_examples_are_answered_for_their_tenant(
    stage: Stage, example: Example, slug: str | None
) -> None:
    data = await stage.answer(example.query, slug, **(example.variables or {}))
    (root,) = data.values()
    # A list, a connection, a payload without errors, or an object.
    rows = root if isinstance(root, list) else root.get("nodes", root)
    assert rows
    assert not (isinstance(rows, dict) and rows.get("errors"))


def test_examples_say_only_what_the_schema_has() -> None:
    schema = build_schema()._schema
    for example in examples_for(TENANTS):
        assert validate(schema, parse(example.query)) == []
