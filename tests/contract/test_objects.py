"""Single objects: by id and alias, the viewer, the root account."""

from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import (
    Alias,
    ByAlias,
    ById,
    Children,
    Load,
    Members,
    RootAccount,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from tests.contract.vendor_backends import KINDS, ROOT, TEACHER, VendorUnderTest
from tests.vendors.fetching import vendor_ids


async def known_ids(vendor: VendorUnderTest) -> dict[Kind, str]:
    """Return the id of an object of each kind."""
    roster = await vendor.page(Members(Key(Kind.SECTION, "1"), Kind.ENROLLMENT))
    terms = await vendor.page(TermsOf(Key(Kind.SECTION, "1")))
    return {
        Kind.SECTION: "1",
        Kind.COURSE: "1",
        Kind.USER: TEACHER,
        Kind.ACCOUNT: ROOT,
        Kind.TERM: vendor_ids(terms)[0],
        Kind.ENROLLMENT: vendor_ids(roster)[0],
    }


async def test_objects_are_found_by_id(vendor: VendorUnderTest) -> None:
    for kind, id in (await known_ids(vendor)).items():
        record = await vendor.load(ById(kind, id))
        assert isinstance(record, Record), kind
        assert record.key == Key(kind, id)
        assert record.tenant == "school"
        assert vendor.backend.canonical_id(kind, id) == id


async def test_every_supported_field_is_known_after_a_fetch(
    vendor: VendorUnderTest,
) -> None:
    for kind, id in (await known_ids(vendor)).items():
        fields = vendor.backend.supported_fields[kind]
        record = await vendor.load(ById(kind, id), Projection(fields))
        assert isinstance(record, Record)
        assert fields - record.known_fields == frozenset(), kind


async def test_each_field_can_be_fetched_alone(vendor: VendorUnderTest) -> None:
    for kind, id in (await known_ids(vendor)).items():
        for field in sorted(vendor.backend.supported_fields[kind]):
            vendor.connect()
            record = await vendor.load(ById(kind, id), Projection.of(field))
            assert isinstance(record, Record), (kind, field)
            assert field in record.known_fields, (kind, field)


async def test_unsupported_fields_are_null_without_a_call(
    vendor: VendorUnderTest,
) -> None:
    fields = ("name", "meeting", "time_zone", "no_such_field")
    record = await vendor.record(ById(Kind.COURSE, "1"), *fields)
    assert record.name == "Course 1"
    unknown = {field for field in fields if field not in vendor.backend.supported_fields[Kind.COURSE]}
    assert unknown >= {"meeting", "no_such_field"}
    assert record.known_fields.isdisjoint(unknown)
    assert len(vendor.calls()) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unknown_id_is_none(vendor: VendorUnderTest, kind: Kind) -> None:
    wanted = Projection(vendor.backend.supported_fields[kind])
    assert await vendor.load(ById(kind, vendor.unknown_id(kind)), wanted) is None


@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ENROLLMENT])
async def test_many_unknown_ids_among_known_ones_are_none(vendor: VendorUnderTest, kind: Kind) -> None:
    known = await known_ids(vendor)
    first = int(vendor.unknown_id(kind).rpartition(".")[2])
    prefix = vendor.unknown_id(kind).removesuffix(str(first))
    deleted: list[Load] = [ById(kind, f"{prefix}{first - index}") for index in range(6)]
    here = ById(kind, known[kind])
    answers = await vendor.fetch(dict.fromkeys([*deleted, here], Projection.of()))
    assert [answers[load] for load in deleted] == [None] * len(deleted)
    assert isinstance(answers[here], Record)


ALIASES = [
    ("Query.section(by.sisId)", ByAlias(Kind.SECTION, Alias.SIS_ID, "S-1-1"), "1"),
    ("Query.user(by.sisId)", ByAlias(Kind.USER, Alias.SIS_ID, "P000002"), TEACHER),
    ("Query.course(by.sisId)", ByAlias(Kind.COURSE, Alias.SIS_ID, "C-1"), "1"),
    ("Query.user(by.integrationId)", ByAlias(Kind.USER, Alias.INTEGRATION_ID, "int-1"), "1"),
    ("Query.user(by.loginId)", ByAlias(Kind.USER, Alias.LOGIN_ID, "bao.dlamini2"), TEACHER),
]


@pytest.mark.parametrize(("operation", "load", "id"), ALIASES)
async def test_objects_are_found_by_alias(
    vendor: VendorUnderTest, operation: str, load: ByAlias, id: str
) -> None:
    if not vendor.supports(operation):
        return  # refused: see test_capabilities
    if load.alias is Alias.LOGIN_ID:
        login = vendor.server.sandbox.canvas_school.users[int(id)].username
        load = ByAlias(load.kind, load.alias, login)
    assert (await vendor.record(load, "name")).key == Key(load.kind, id)


@pytest.mark.parametrize("value", ["no-such", "a/b ?50%,c.json", "..", "é", "1"])
@pytest.mark.parametrize(("operation", "load"), [row[:2] for row in ALIASES])
async def test_an_unknown_alias_is_none(
    vendor: VendorUnderTest, operation: str, load: ByAlias, value: str
) -> None:
    if vendor.supports(operation):
        assert await vendor.load(ByAlias(load.kind, load.alias, value), Projection.of("name")) is None


async def test_several_aliases_are_resolved_independently(vendor: VendorUnderTest) -> None:
    names = ["S-1-1", "nobody", "S-3-2", "S-2-3"]
    batch: dict[Load, Projection] = {
        ByAlias(Kind.SECTION, Alias.SIS_ID, name): Projection.of("name", "sis_id") for name in names
    }
    answers = await vendor.fetch(batch)
    actual: list[Any] = [answers[load] for load in batch]
    assert [one and one.key.id for one in actual] == ["1", None, "8", "6"]


async def test_one_object_is_one_record_in_all_loads(
    vendor: VendorUnderTest,
) -> None:
    by_id = ById(Kind.SECTION, "1")
    by_name = ByAlias(Kind.SECTION, Alias.SIS_ID, "S-1-1")
    listed = Children(Key(Kind.COURSE, "1"), Kind.SECTION)
    store = Store("school")
    batch: dict[Load, Projection] = {
        by_id: Projection.of("name"),
        by_name: Projection.of("sis_id"),
        listed: Projection.of("name"),
    }
    answers = await vendor.fetch(batch, store)
    record = answers[by_id]
    assert answers[by_name] is record
    page = answers[listed]
    assert page.items[0] is record  # type: ignore[union-attr]
    assert store.find(Key(Kind.SECTION, "1")) is record


async def test_stored_fields_are_not_fetched_again(vendor: VendorUnderTest) -> None:
    store = Store("school")
    projection = Projection.of("name", "course_id")
    first = await vendor.load(ById(Kind.SECTION, "1"), projection, store)
    vendor.server.log.clear()
    assert await vendor.load(ById(Kind.SECTION, "1"), projection, store) is first
    assert vendor.calls() == []


async def test_the_viewer_is_the_credentials_user(vendor: VendorUnderTest) -> None:
    viewer = await vendor.record(Viewer(), "name", "email")
    assert viewer.key == Key(Kind.USER, "1")
    assert {"name", "email"} <= viewer.known_fields
    identity = await vendor.backend.identify()
    assert identity.name


async def test_the_root_account_has_no_parent(vendor: VendorUnderTest) -> None:
    root = await vendor.record(RootAccount(), "name", "account_kind", "parent_id")
    assert root.key == Key(Kind.ACCOUNT, ROOT)
    assert root.name == "Small School"
    assert root.parent_id is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "id",
    [
        "",
        "self",
        "1/enrollments",
        "sis_login_id:x",
        "../",
        "1?a=b",
        " 1",
        "1 ",
        "1\n",
        "-1",
        "1.",
        "+1",
        "0",
        "1e3",
        "\uff11",
        "\u0663",
        "9" * 30,
        "1~",
        "~1",
        "hex:sis_user_id:31",
    ],
)
def test_a_malformed_id_is_rejected(vendor: VendorUnderTest, kind: Kind, id: str) -> None:
    with pytest.raises(BadInput):
        vendor.backend.canonical_id(kind, id)


async def test_stores_share_no_records(vendor: VendorUnderTest) -> None:
    """Two requests never share a record."""
    one, other = Store("school"), Store("school")
    load = Children(Key(Kind.COURSE, "1"), Kind.SECTION)
    first = await vendor.load(load, Projection.of("name"), one)
    second = await vendor.load(load, Projection.of("name"), other)
    assert not {id(row) for row in first.items} & {  # type: ignore[union-attr]
        id(row)
        for row in second.items  # type: ignore[union-attr]
    }
    assert len(vendor.calls()) == 2
