"""Single objects: by id, by other names, the viewer, the root account."""

from typing import Any

import pytest

from lms_gateway.domain.asks import (
    Alias,
    Ask,
    ByAlias,
    ById,
    Children,
    Members,
    RootAccount,
    TermsOf,
    Viewer,
)
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Key, Kind, Record
from lms_gateway.domain.store import Store
from tests.contract.sides import KINDS, ROOT, TEACHER, Side
from tests.vendors.wants import Wanted, wanting


async def known_ids(side: Side) -> dict[Kind, str]:
    """An object of each kind."""
    roster = await side.page(Members(Key(Kind.SECTION, "1"), Kind.ENROLLMENT))
    terms = await side.page(TermsOf(Key(Kind.SECTION, "1")))
    return {
        Kind.SECTION: "1",
        Kind.COURSE: "1",
        Kind.USER: TEACHER,
        Kind.ACCOUNT: ROOT,
        Kind.TERM: terms.items[0].key.id,
        Kind.ENROLLMENT: roster.items[0].key.id,
    }


async def test_objects_are_found_by_id(side: Side) -> None:
    for kind, id in (await known_ids(side)).items():
        record = await side.one(ById(kind, id))
        assert isinstance(record, Record), kind
        assert record.key == Key(kind, id)
        assert record.tenant == "school"
        assert side.backend.canonical_id(kind, id) == id


async def test_every_wanted_facet_that_the_vendor_gives_is_known_afterwards(side: Side) -> None:
    for kind, id in (await known_ids(side)).items():
        facets = side.backend.gives[kind]
        record = await side.one(ById(kind, id), Wanted(facets))
        assert isinstance(record, Record)
        assert facets - record.known == frozenset(), kind


async def test_each_facet_can_be_wanted_by_itself(side: Side) -> None:
    for kind, id in (await known_ids(side)).items():
        for facet in sorted(side.backend.gives[kind]):
            side.connect()
            record = await side.one(ById(kind, id), wanting(facet))
            assert isinstance(record, Record), (kind, facet)
            assert facet in record.known, (kind, facet)


async def test_facets_that_the_vendor_cannot_tell_cost_nothing_and_stay_null(side: Side) -> None:
    facets = ("name", "meeting", "time_zone", "no_such_facet")
    record = await side.record(ById(Kind.COURSE, "1"), *facets)
    assert record.name == "Course 1"
    unknown = {facet for facet in facets if facet not in side.backend.gives[Kind.COURSE]}
    assert unknown >= {"meeting", "no_such_facet"}
    assert record.known.isdisjoint(unknown)
    assert len(side.calls()) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unknown_id_is_none(side: Side, kind: Kind) -> None:
    wanted = Wanted(side.backend.gives[kind])
    assert await side.one(ById(kind, side.unknown_id(kind)), wanted) is None


@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ENROLLMENT])
async def test_many_unknown_ids_among_known_ones_are_none(side: Side, kind: Kind) -> None:
    known = await known_ids(side)
    first = int(side.unknown_id(kind).rpartition(".")[2])
    prefix = side.unknown_id(kind).removesuffix(str(first))
    gone: list[Ask] = [ById(kind, f"{prefix}{first - at}") for at in range(6)]
    here = ById(kind, known[kind])
    answers = await side.fetch(dict.fromkeys([*gone, here], wanting()))
    assert [answers[ask] for ask in gone] == [None] * len(gone)
    assert isinstance(answers[here], Record)


ALIASES = [
    ("Query.section(by.sisId)", ByAlias(Kind.SECTION, Alias.SIS_ID, "S-1-1"), "1"),
    ("Query.user(by.sisId)", ByAlias(Kind.USER, Alias.SIS_ID, "P000002"), TEACHER),
    ("Query.course(by.sisId)", ByAlias(Kind.COURSE, Alias.SIS_ID, "C-1"), "1"),
    ("Query.user(by.integrationId)", ByAlias(Kind.USER, Alias.INTEGRATION_ID, "int-1"), "1"),
    ("Query.user(by.loginId)", ByAlias(Kind.USER, Alias.LOGIN_ID, "bao.dlamini2"), TEACHER),
]


@pytest.mark.parametrize(("operation", "ask", "id"), ALIASES)
async def test_objects_are_found_by_their_other_names(
    side: Side, operation: str, ask: ByAlias, id: str
) -> None:
    if not side.supports(operation):
        return  # refused: see test_capabilities
    if ask.alias is Alias.LOGIN_ID:
        login = side.server.sandbox.canvas_school.users[int(id)].username
        ask = ByAlias(ask.kind, ask.alias, login)
    assert (await side.record(ask, "name")).key == Key(ask.kind, id)


@pytest.mark.parametrize("value", ["no-such", "a/b ?50%,c.json", "..", "é", "1"])
@pytest.mark.parametrize(("operation", "ask"), [row[:2] for row in ALIASES])
async def test_an_unknown_name_is_none(
    side: Side, operation: str, ask: ByAlias, value: str
) -> None:
    if side.supports(operation):
        assert await side.one(ByAlias(ask.kind, ask.alias, value), wanting("name")) is None


async def test_several_names_are_answered_each_for_itself(side: Side) -> None:
    names = ["S-1-1", "nobody", "S-3-2", "S-2-3"]
    batch: dict[Ask, Wanted] = {
        ByAlias(Kind.SECTION, Alias.SIS_ID, name): wanting("name", "sis_id") for name in names
    }
    answers = await side.fetch(batch)
    found: list[Any] = [answers[ask] for ask in batch]
    assert [one and one.key.id for one in found] == ["1", None, "8", "6"]


async def test_one_object_is_one_record_however_often_it_is_asked_for(side: Side) -> None:
    by_id = ById(Kind.SECTION, "1")
    by_name = ByAlias(Kind.SECTION, Alias.SIS_ID, "S-1-1")
    listed = Children(Key(Kind.COURSE, "1"), Kind.SECTION)
    store = Store("school")
    batch: dict[Ask, Wanted] = {
        by_id: wanting("name"), by_name: wanting("sis_id"), listed: wanting("name")
    }  # fmt: skip
    answers = await side.fetch(batch, store)
    record = answers[by_id]
    assert answers[by_name] is record
    page = answers[listed]
    assert page.items[0] is record  # type: ignore[union-attr]
    assert store.find(Key(Kind.SECTION, "1")) is record


async def test_what_the_store_knows_is_not_asked_again(side: Side) -> None:
    store = Store("school")
    wants = wanting("name", "course_id")
    first = await side.one(ById(Kind.SECTION, "1"), wants, store)
    side.server.log.clear()
    assert await side.one(ById(Kind.SECTION, "1"), wants, store) is first
    assert side.calls() == []


async def test_the_viewer_is_the_credentials_user(side: Side) -> None:
    viewer = await side.record(Viewer(), "name", "email")
    assert viewer.key == Key(Kind.USER, "1")
    assert {"name", "email"} <= viewer.known
    identity = await side.backend.identify()
    assert identity.name


async def test_the_root_account_has_no_parent(side: Side) -> None:
    root = await side.record(RootAccount(), "name", "account_kind", "parent_id")
    assert root.key == Key(Kind.ACCOUNT, ROOT)
    assert root.name == "Small School"
    assert root.parent_id is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "id",
    ["", "self", "1/enrollments", "sis_login_id:x", "../", "1?a=b", " 1", "1 ", "1\n", "-1", "1.",
     "+1", "0", "1e3", "\uff11", "\u0663", "9" * 30, "1~", "~1", "hex:sis_user_id:31"],
)  # fmt: skip
def test_what_is_no_id_is_refused(side: Side, kind: Kind, id: str) -> None:
    with pytest.raises(BadInput):
        side.backend.canonical_id(kind, id)


async def test_a_store_keeps_to_its_own_wave(side: Side) -> None:
    """Two stores never share a record: what one request learnt is not the next one's."""
    one, other = Store("school"), Store("school")
    ask = Children(Key(Kind.COURSE, "1"), Kind.SECTION)
    first = await side.one(ask, wanting("name"), one)
    second = await side.one(ask, wanting("name"), other)
    assert not {id(row) for row in first.items} & {  # type: ignore[union-attr]
        id(row)
        for row in second.items  # type: ignore[union-attr]
    }
    assert len(side.calls()) == 2
