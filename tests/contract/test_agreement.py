"""The same school has the same field values at both vendors."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lms_gateway.domain.loads import ById, Children, Members, RootAccount, Search, TermsOf
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.transports.httpx_transport import HttpxTransport
from lms_sandbox.server import SandboxServer
from tests.contract.vendor_backends import VendorUnderTest
from tests.vendors.fetching import records_of


@pytest.fixture
async def vendors(
    sandbox: SandboxServer, transport: HttpxTransport
) -> AsyncIterator[tuple[VendorUnderTest, VendorUnderTest]]:
    both = (
        VendorUnderTest("canvas", sandbox, transport),
        VendorUnderTest("schoology", sandbox, transport),
    )
    yield both
    for vendor in both:
        await vendor.backend.aclose()


async def fields_of(vendor: VendorUnderTest, load: Any, *fields: str) -> list[dict[str, Any]]:
    """Return the fields of a list's rows, sorted; missing fields are read by id."""
    page = await vendor.page(load, *fields)
    rows = []
    for row in records_of(page):
        record = row
        if not set(fields) <= row.known_fields:
            record = await vendor.record(ById(row.key.kind, row.key.id), *fields)
        rows.append({"id": row.key.id, **{field: getattr(record, field) for field in fields}})
    return sorted(rows, key=lambda row: int(row["id"].rpartition(".")[2]))


SHARED_FIELDS = [
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


@pytest.mark.parametrize(("load", "fields"), SHARED_FIELDS, ids=str)
async def test_both_vendors_return_the_same_fields(
    vendors: tuple[VendorUnderTest, VendorUnderTest], load: Any, fields: tuple[str, ...]
) -> None:
    canvas, schoology = [await fields_of(vendor, load, *fields) for vendor in vendors]
    assert canvas == schoology
    assert canvas
    assert all(row[field] is not None for row in canvas for field in fields)


async def test_both_vendors_return_the_same_enrollments(
    vendors: tuple[VendorUnderTest, VendorUnderTest],
) -> None:
    """Only the form of their ids differs."""
    fields = ("user_id", "section_id", "role", "state")
    for group in (Key(Kind.SECTION, "1"), Key(Kind.COURSE, "1")):
        load = Members(group, Kind.ENROLLMENT)
        canvas, schoology = [
            {tuple(row[field] for field in fields) for row in await fields_of(vendor, load, *fields)}
            for vendor in vendors
        ]
        assert canvas == schoology


async def test_both_vendors_return_the_school_name(
    vendors: tuple[VendorUnderTest, VendorUnderTest],
) -> None:
    roots = [await vendor.record(RootAccount(), "name") for vendor in vendors]
    assert {root.name for root in roots} == {"Small School"}


async def test_the_cursor_key_depends_on_the_credential(
    vendors: tuple[VendorUnderTest, VendorUnderTest],
) -> None:
    """It is equal after a restart and different for each vendor and tenant."""
    keys = set()
    for vendor in vendors:
        key = vendor.backend.cursor_key
        vendor.connect()
        assert vendor.backend.cursor_key == key
        vendor.connect("another")
        keys |= {key, vendor.backend.cursor_key}
    assert len(keys) == 4
    assert min(map(len, keys)) >= 16
