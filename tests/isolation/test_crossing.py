"""Isolation of tenants: data, ids, credentials and cursors."""

import asyncio
import json
from typing import Any

import pytest

from lms_gateway.domain.record import Kind
from lms_gateway.schema.ids import TENANT, encode_id
from tests.isolation.tenants import SLUGS, WORDS, FourTenants, foreign_words

EVERYTHING = """
fragment Sections on SectionConnection { nodes { id name description
  users(first: 3) { nodes { id name displayName email username } } } }
query { viewer { name displayName email }
  course(by: {vendorId: "1"}) { id name description sections { ...Sections } }
  courses(first: 2) { nodes { name sections(first: 1) { nodes { name } } } }
  user(by: {vendorId: "3"}) { name email sections { nodes { name } } }
  section(by: {sisId: "S-1-1"}) { name students { nodes { displayName } } } }"""
SIDE_BY_SIDE = """{ tenants { slug name viewer { displayName }
  course(by: {vendorId: "1"}) { name teachers { nodes { displayName } } }
  users(first: 3) { nodes { displayName email } } } }"""


async def test_concurrent_requests_see_only_their_own_school(tenants: FourTenants) -> None:
    async def alone(slug: str, key: str) -> None:
        answer = await tenants.ask(key, EVERYTHING, slug if key == "every" else None)
        assert answer.errors == []
        text = json.dumps(answer.data).lower()
        assert text.count(WORDS[slug].lower()) > 10
        assert not [word for word in foreign_words(slug) if word in text]
        assert answer.data["section"]["name"] == f"{WORDS[slug]} Section 1"

    async def together() -> None:
        answer = await tenants.ask("every", SIDE_BY_SIDE)
        assert answer.errors == []
        for tenant in answer.data["tenants"]:
            text = json.dumps(tenant).lower()
            assert tenant["course"]["name"] == f"{WORDS[tenant['slug']]} Course 1"
            assert not [word for word in foreign_words(tenant["slug"]) if word in text]

    asked = [alone(slug, key) for slug in SLUGS for key in (slug, "every")]
    await asyncio.gather(*asked, together(), together())


REFUSED_ROUTES: list[tuple[str, dict[str, str]]] = [
    ("/t/{}/graphql", {}),
    ("/graphql", {"X-Tenant": "{}"}),
    ("/graphql", {"Host": "{}.gateway.example"}),
    ("/t/{}/graphql", {"X-Tenant": "{}"}),
]


def comparable_answer(answer: Any) -> Any:
    """Return a response without its request id and date."""
    body = answer.json()
    for error in body.get("errors", []):
        error["extensions"].pop("requestId", None)
    return answer.status_code, body, sorted(set(answer.headers) - {"date"})


@pytest.mark.parametrize(("path", "headers"), REFUSED_ROUTES)
@pytest.mark.parametrize("key", ["oak", "ash", None])
async def test_a_forbidden_tenant_and_an_unknown_one_have_equal_errors(
    tenants: FourTenants, path: str, headers: dict[str, str], key: str | None
) -> None:
    answers = []
    for slug in ("elm", "nowhere"):
        sent = {name: value.format(slug) for name, value in headers.items()}
        body = {"query": "{ viewer { name } }"}
        answers.append(comparable_answer(await tenants.post(key, body, path=path.format(slug), **sent)))
    if "Host" in headers and key is not None:
        # An unknown host selects no tenant, so the caller's only tenant is selected.
        assert answers[0][0] == 403
        assert answers[0][1]["errors"][0]["extensions"]["code"] == "TENANT_FORBIDDEN"
    elif "Host" in headers:
        assert answers[0][0] == 403
    else:
        assert answers[0] == answers[1]
        assert answers[0][0] == 403
        assert answers[0][1]["errors"][0]["extensions"]["code"] == "TENANT_FORBIDDEN"
    assert tenants.calls("elm") == []


def id_of(slug: str, kind: str = Kind.COURSE, key: str = "1") -> str:
    return encode_id(slug, kind, key)


BY_ID = {
    "course": "query ($id: ID!) { found: course(by: {id: $id}) { name } }",
    "coursesBy": "query ($id: ID!) { found: coursesBy(refs: [{id: $id}]) { name } }",
    "node": "query ($id: ID!) { found: node(id: $id) { id } }",
    "nodes": "query ($id: ID!) { found: nodes(ids: [$id]) { id } }",
    "_entities": """query ($id: ID!) { found: _entities(
        representations: [{__typename: "Course", id: $id}]) { ... on Course { name } } }""",
}


@pytest.mark.parametrize("query", BY_ID.values(), ids=BY_ID)
@pytest.mark.parametrize("slug", ["elm", "ash", "nowhere"])
async def test_an_id_of_another_tenant_is_rejected(tenants: FourTenants, query: str, slug: str) -> None:
    answer = await tenants.ask("oak", query, id=id_of(slug))
    assert answer.data in ({"found": None}, {"found": [None]})
    assert [code for _, code in answer.codes] == ["TENANT_FORBIDDEN"]
    unknown = await tenants.ask("oak", query, id=id_of("nowhere"))
    assert [e["message"] for e in answer.errors] == [e["message"] for e in unknown.errors]
    assert not any(tenants.calls(other) for other in SLUGS)


FILTERS = [
    ("course(by: {vendorId: \"1\"}) { found: users(filter: {ids: [$id]}) { nodes { id } } }",
     Kind.USER, "3"),
    ("section(by: {vendorId: \"1\"}) { found: enrollments(filter: {ids: [$id]}) { nodes { id } } }",
     Kind.USER, "3"),
    ("found: courses(filter: {teachers: [$id]}) { nodes { id } }", Kind.USER, "2"),
    ("found: courses(filter: {term: $id}) { nodes { id } }", Kind.TERM, "1"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "kind", "key"), FILTERS)
@pytest.mark.parametrize("slug", ["elm", "nowhere"])
async def test_an_id_of_another_tenant_is_rejected_in_filters(
    tenants: FourTenants, field: str, kind: Kind, key: str, slug: str
) -> None:
    query = f"query ($id: ID!) {{ {field} }}"
    answer = await tenants.ask("oak", query, "oak", id=id_of(slug, kind, key))
    assert [code for _, code in answer.codes] == ["TENANT_FORBIDDEN"]
    assert not any("users" in call or "/accounts" in call for call in tenants.calls("oak"))
    assert tenants.calls("elm") == []


@pytest.mark.parametrize(
    "query",
    [
        '{ found: tenant(slug: "SLUG") { slug viewer { name } } }',
        '{ found: tenants(slugs: ["SLUG"]) { slug } }',
        """{ found: _entities(representations: [
             {__typename: "Section", tenantSlug: "SLUG", vendorId: "1"}])
             { ... on Section { name } } }""",
        '{ found: _entities(representations: [{__typename: "Tenant", id: "TENANT"}])'
        " { ... on Tenant { name } } }",
        '{ found: node(id: "TENANT") { ... on Tenant { name } } }',
    ],
)
@pytest.mark.parametrize("slug", ["elm", "nowhere"])
async def test_another_tenant_is_not_accessible_by_any_root_field(
    tenants: FourTenants, query: str, slug: str
) -> None:
    filled = query.replace("SLUG", slug).replace("TENANT", encode_id(slug, TENANT, ""))
    answer = await tenants.ask("oak", filled, "oak")
    assert answer.data in (None, {"found": None}, {"found": [None]})
    assert {code for _, code in answer.codes} == {"TENANT_FORBIDDEN"}
    assert "elmira" not in json.dumps([answer.data, answer.errors]).lower()
    assert tenants.calls("elm") == []


async def test_the_list_of_tenants_is_that_of_the_caller(tenants: FourTenants) -> None:
    for key, expected in (("oak", ["oak"]), ("canvas", ["oak", "elm"]), (None, [])):
        answer = await tenants.ask(key, "{ tenants { slug } }")
        assert [row["slug"] for row in answer.data["tenants"]] == expected


async def test_with_a_tenant_path_no_other_tenant_is_accessible(
    tenants: FourTenants,
) -> None:
    query = """query ($id: ID!) { course(by: {id: $id}) { name } tenants { slug } }"""
    body = {"query": query, "variables": {"id": id_of("elm")}}
    reply = (await tenants.post("canvas", body, path="/t/oak/graphql")).json()
    assert reply["data"] == {"course": None, "tenants": [{"slug": "oak"}]}
    assert tenants.calls("elm") == []


PAGE = """query ($after: String) { found: courses(first: 1, after: $after) {
  nodes { name } pageInfo { endCursor hasNextPage } } }"""


@pytest.mark.parametrize(("mine", "theirs"), [("oak", "elm"), ("ash", "yew"), ("oak", "ash")])
async def test_a_cursor_is_rejected_at_another_tenant(tenants: FourTenants, mine: str, theirs: str) -> None:
    """Also if both have the same vendor, ids and credential."""
    first = await tenants.ask("every", PAGE, mine)
    cursor = first.data["found"]["pageInfo"]["endCursor"]
    own = await tenants.ask("every", PAGE, mine, after=cursor)
    assert own.data["found"]["nodes"] == [{"name": f"{WORDS[mine]} Course 2"}]
    foreign = await tenants.ask("every", PAGE, theirs, after=cursor)
    assert foreign.codes == [("found", "BAD_USER_INPUT")]
    assert tenants.calls(theirs) == []


async def test_the_stores_of_one_request_are_separate_per_tenant(
    tenants: FourTenants,
) -> None:
    """The same vendor id at four tenants, in one batch and again in the next."""
    query = """{ tenants { slug course(by: {vendorId: "1"}) { id name tenantSlug
                 sections { nodes { course { id name tenantSlug } } } } } }"""
    answer = await tenants.ask("every", query)
    assert answer.errors == []
    ids = set()
    for tenant in answer.data["tenants"]:
        course = tenant["course"]
        ids.add(course["id"])
        assert course["tenantSlug"] == tenant["slug"]
        for section in course["sections"]["nodes"]:
            assert section["course"] == {key: course[key] for key in ("id", "name", "tenantSlug")}
    assert len(ids) == len(SLUGS)
