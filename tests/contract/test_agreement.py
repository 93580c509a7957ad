"""The same school reads the same, whichever vendor tells of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lms_gateway.domain.asks import ById, Children, Members, RootAccount, Search, TermsOf
from lms_gateway.domain.records import Key, Kind
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.upstream.transport import HttpxTransport
from tests.contract.sides import Side


@pytest.fixture
async def sides(
    district: SandboxServer, transport: HttpxTransport
) -> AsyncIterator[tuple[Side, Side]]:
    both = Side("canvas", district, transport), Side("schoology", district, transport)
    yield both
    for side in both:
        await side.backend.aclose()


async def told(side: Side, ask: Any, *facets: str) -> list[dict[str, Any]]:
    """Facts of a list's rows, in an order of our own; what rows lack is read by id."""
    page = await side.page(ask, *facets)
    rows = []
    for row in page.items:
        record: Any = row
        if not set(facets) <= row.known:
            record = await side.record(ById(row.key.kind, row.key.id), *facets)
        rows.append({"id": row.key.id, **{facet: getattr(record, facet) for facet in facets}})
    return sorted(rows, key=lambda row: int(row["id"].rpartition(".")[2]))


AGREED = [
    (Search(Kind.COURSE), ("name", "code")),
    (Children(Key(Kind.COURSE, "1"), Kind.SECTION), ("name", "sis_id", "course_id")),
    (Children(Key(Kind.COURSE, "3"), Kind.SECTION), ("name", "student_count")),
    (Members(Key(Kind.SECTION, "1"), Kind.USER), ("display_name",)),
    (Members(Key(Kind.SECTION, "5"), Kind.USER), ("given_name", "family_name", "email")),
    (Members(Key(Kind.SECTION, "5"), Kind.USER), ("username", "sis_id", "time_zone")),
    (Members(Key(Kind.COURSE, "2"), Kind.USER), ("display_name",)),
    (Children(Key(Kind.USER, "7"), Kind.SECTION), ("name", "course_id")),
    (Children(Key(Kind.USER, "7"), Kind.COURSE), ("name", "code")),
    (TermsOf(Key(Kind.SECTION, "1")), ("name", "is_active")),
]


@pytest.mark.parametrize(("ask", "facets"), AGREED, ids=str)
async def test_both_vendors_tell_the_same_facts(
    sides: tuple[Side, Side], ask: Any, facets: tuple[str, ...]
) -> None:
    canvas, schoology = [await told(side, ask, *facets) for side in sides]
    assert canvas == schoology
    assert canvas
    assert all(row[facet] is not None for row in canvas for facet in facets)


async def test_both_vendors_tell_the_same_enrollments(sides: tuple[Side, Side]) -> None:
    """Their ids differ in form; who is what where does not."""
    facets = ("user_id", "section_id", "role", "state")
    for group in (Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1")):
        ask = Members(group, Kind.ENROLLMENT)
        canvas, schoology = [
            {tuple(row[facet] for facet in facets) for row in await told(side, ask, *facets)}
            for side in sides
        ]
        assert canvas == schoology


async def test_both_vendors_name_the_school(sides: tuple[Side, Side]) -> None:
    roots = [await side.record(RootAccount(), "name") for side in sides]
    assert {root.name for root in roots} == {"Small School"}


async def test_a_cursors_key_is_the_credentials(sides: tuple[Side, Side]) -> None:
    """Equal after a restart, different for each vendor and tenant."""
    keys = set()
    for side in sides:
        key = side.backend.cursor_key
        side.connect()
        assert side.backend.cursor_key == key
        side.connect("another")
        keys |= {key, side.backend.cursor_key}
    assert len(keys) == 4
    assert min(map(len, keys)) >= 16
