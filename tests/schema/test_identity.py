"""Global ids and references: their objects, and the errors of invalid ones."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Kind
from lms_gateway.schema.ids import decode_id, encode_id
from tests.schema.conftest import RunQuery
from tests.schema.school import School


async def global_id(run_query: RunQuery, tenant: str = "maple") -> str:
    data, _ = await run_query('{ course(by: {vendorId: "1"}) { id } }', selected=tenant)
    object_id: str = data["course"]["id"]
    return object_id


async def test_an_object_has_one_id_on_every_path(run_query: RunQuery) -> None:
    data, errors = await run_query(
        """{ course(by: {vendorId: "1"}) { id sections(first: 1) { nodes { course { id } } } }
             courses(first: 1) { nodes { id } } }"""
    )
    assert errors == []
    first = data["course"]["id"]
    assert data["course"]["sections"]["nodes"][0]["course"]["id"] == first
    assert data["courses"]["nodes"][0]["id"] == first


async def test_an_id_requires_no_selected_tenant(run_query: RunQuery) -> None:
    id = await global_id(run_query, "oak")
    data, errors = await run_query(
        """query ($id: ID!) { course(by: {id: $id}) { name tenant { slug } tenantSlug }
             node(id: $id) { id ... on Course { name } ... on User { email } }
             nodes(ids: [$id]) { __typename } }""",
        selected=None,
        id=id,
    )
    assert errors == []
    assert data["course"] == {"name": "Biology", "tenant": {"slug": "oak"}, "tenantSlug": "oak"}
    assert data["node"] == {"id": id, "name": "Biology"}
    assert data["nodes"] == [{"__typename": "Course"}]


async def test_a_root_field_without_a_tenant_is_an_error(run_query: RunQuery) -> None:
    data, errors = await run_query(
        '{ course(by: {vendorId: "1"}) { name } viewer { name } tenants { slug } }', selected=None
    )
    assert data == {"course": None, "viewer": None, "tenants": [{"slug": "maple"}, {"slug": "oak"}]}
    assert errors == [(["course"], "TENANT_REQUIRED"), (["viewer"], "TENANT_REQUIRED")]


async def test_the_tenant_is_a_node(run_query: RunQuery) -> None:
    data, _ = await run_query("{ tenant(slug: oak) { id } }".replace("oak", '"oak"'))
    id = data["tenant"]["id"]
    again, errors = await run_query(
        "query ($id: ID!) { node(id: $id) { ... on Tenant { slug vendor } } }", id=id
    )
    assert (again, errors) == ({"node": {"slug": "oak", "vendor": "CANVAS"}}, [])


REFUSED = [
    ("elm", "1", None, False),  # not accessible
    ("pine", "1", None, False),  # no such tenant
    ("oak", "1", "maple", True),  # accessible, but the path selects another
]


@pytest.mark.parametrize(("owner", "key", "selected", "pinned"), REFUSED)
@pytest.mark.parametrize(
    "query",
    [
        "query ($id: ID!) { found: course(by: {id: $id}) { name } }",
        "query ($id: ID!) { found: node(id: $id) { id } }",
        'query ($id: ID!) { found: _entities(representations: [{__typename: "Course", id: $id}])'
        " { ... on Course { name } } }",
    ],
)
async def test_inaccessible_and_unknown_tenants_are_rejected_alike(
    school: School,
    run_query: RunQuery,
    owner: str,
    key: str,
    selected: str | None,
    pinned: bool,
    query: str,
) -> None:
    id = encode_id(owner, Kind.COURSE, key)
    data, errors = await run_query(query, selected=selected, pinned=pinned, id=id)
    assert data in ({"found": None}, {"found": [None]})
    assert [code for _, code in errors] == ["TENANT_FORBIDDEN"]
    assert school.elm.batches == school.oak.batches == []


async def test_ids_in_filters_must_belong_to_the_tenant_of_the_field(run_query: RunQuery) -> None:
    query = """query ($id: ID!) { course(by: {vendorId: "1"}) {
                 users(filter: {ids: [$id]}) { nodes { id } } } }"""
    _, foreign = await run_query(query, id=encode_id("elm", Kind.USER, "101"))
    assert foreign == [(["course", "users"], "TENANT_FORBIDDEN")]
    _, other = await run_query(query, id=encode_id("oak", Kind.USER, "101"))
    assert other == [(["course", "users"], "BAD_USER_INPUT")]
    data, none = await run_query(query, id=encode_id("maple", Kind.USER, "101"))
    assert none == []
    assert data["course"]["users"] is not None


async def test_an_id_of_another_tenant_is_rejected_below_a_tenant(run_query: RunQuery) -> None:
    _, errors = await run_query(
        'query ($id: ID!) { tenant(slug: "maple") { course(by: {id: $id}) { name } } }',
        id=encode_id("oak", Kind.COURSE, "1"),
    )
    assert errors == [(["tenant", "course"], "TENANT_FORBIDDEN")]


def encode_text(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "id",
    [
        "",
        "1",
        "!!!",
        "héé",
        "a" * 3000,
        encode_text("maple:c"),
        encode_text("maple:x:1"),
        encode_text("maple:c:1:2"),
        encode_text("maple:c:1") + "=",
        encode_id("maple", Kind.SECTION, "1"),
    ],
)
def test_an_invalid_id_is_rejected(id: str) -> None:
    with pytest.raises(BadInput):
        decode_id(id, Kind.COURSE)


@pytest.mark.parametrize("key", ["self", "1/enrollments", "sis_login_id:x", "../", "1?a=b", " 1"])
async def test_a_forged_key_never_reaches_the_vendor(school: School, run_query: RunQuery, key: str) -> None:
    _, errors = await run_query("query ($id: ID!) { node(id: $id) { id } }", id=encode_text(f"maple:c:{key}"))
    assert errors == [(["node"], "BAD_USER_INPUT")]
    _, errors = await run_query("query ($id: ID!) { course(by: {vendorId: $id}) { name } }", id=key)
    assert errors == [(["course"], "BAD_USER_INPUT")]
    assert school.maple.batches == []


async def test_an_invalid_reference_does_not_affect_the_others(run_query: RunQuery) -> None:
    data, errors = await run_query(
        '{ coursesBy(refs: [{vendorId: "1"}, {vendorId: "x"}, {vendorId: "9"}]) { name } }'
    )
    assert data == {"coursesBy": [{"name": "Biology"}, None, None]}
    assert errors == [(["coursesBy", 1], "BAD_USER_INPUT")]


async def test_two_keys_in_a_reference_are_rejected(run_query: RunQuery) -> None:
    data, errors = await run_query('{ course(by: {vendorId: "1", sisId: "2"}) { name } }')
    assert data is None
    assert len(errors) == 1


async def test_other_subgraphs_refer_by_slug_and_vendor_id(run_query: RunQuery) -> None:
    data, errors = await run_query(
        """{ _entities(representations: [
               {__typename: "Section", tenantSlug: "maple", vendorId: "11"},
               {__typename: "Course", tenantSlug: "oak", vendorId: "2"},
               {__typename: "User", tenantSlug: "maple", vendorId: "999"}])
             { ... on Section { name } ... on Course { name } ... on User { name } } }""",
        selected=None,
    )
    assert errors == []
    assert data["_entities"] == [{"name": "Section 11"}, {"name": "Chemistry"}, None]


async def test_a_malformed_representation_fails_alone(run_query: RunQuery) -> None:
    """Other fields that a router sends with the key are ignored."""
    section = {"__typename": "Section", "tenantSlug": "maple", "vendorId": 11}
    wrong: list[Any] = [
        *({}, [], "Section", 5),
        *({"__typename": name, "id": "1"} for name in ("Nothing", "Query", "PageInfo", ["User"])),
        *({"__typename": "User", "id": id} for id in (None, True, ["1"], 1.5)),
        *({"__typename": "User", "tenantSlug": "maple"}, {"__typename": "Tenant"}),
        {"__typename": "Term", "tenantSlug": "maple", "vendorId": "1"},
    ]
    data, errors = await run_query(
        """query ($representations: [_Any!]!) {
             _entities(representations: $representations) { ... on Section { name } } }""",
        representations=[*wrong, {**section, "info": 1, "cls": 2, "name": "Section 12"}],
    )
    assert data["_entities"] == [*(None for _ in wrong), {"name": "Section 11"}]
    assert errors == [(["_entities", index], "BAD_USER_INPUT") for index in range(len(wrong))]


async def test_a_repeated_tenant_is_returned_once(run_query: RunQuery) -> None:
    """Otherwise a request of kilobytes would have a response of megabytes."""
    data, _ = await run_query(
        "query ($slugs: [String!]) { tenants(slugs: $slugs) { slug } }",
        slugs=["oak", *["maple"] * 1000],
    )
    assert data == {"tenants": [{"slug": "oak"}, {"slug": "maple"}]}


async def test_the_id_of_a_tenant_has_one_form(run_query: RunQuery) -> None:
    data, _ = await run_query("{ tenant { id } }")
    assert data["tenant"]["id"] == encode_text("maple:n:")
    for query in (
        "query ($id: ID!) { node(id: $id) { id } }",
        'query ($id: ID!) { _entities(representations: [{__typename: "Tenant", id: $id}])'
        " { ... on Tenant { slug } } }",
    ):
        _, errors = await run_query(query, id=encode_text("maple:n:1"))
        assert [code for _, code in errors] == ["BAD_USER_INPUT"]
