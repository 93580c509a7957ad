"""What vendors tell beside facets: as plain values, as lists, and as objects with a global id."""

from dataclasses import replace
from typing import Any

from lms_gateway.domain.changes import Act
from lms_gateway.domain.records import Key, Kind
from lms_gateway.schema.ids import write_id
from lms_gateway.tenancy import Access, Scope, Tenant, Tenants
from tests.schema.conftest import Ask
from tests.schema.school import School

REPORT = write_id("maple", Kind.REPORT, "1.grade_export_csv.5")
TOKEN = write_id("maple", Kind.TOKEN, "101.7")
CREATE = """mutation ($key: UUID) { createAccessToken(input: {user: {vendorId: "101"},
  purpose: "tests", idempotencyKey: $key}) { accessToken { id purpose } secret
  errors { code } } }"""


async def test_details_are_read_under_the_vendors_names(ask: Ask) -> None:
    data, errors = await ask(
        """{ course(by: {vendorId: "1"}) { settings { hideFinalGrades homeroomCourse }
               permissions(names: ["a", "b"]) { name granted } } }"""
    )
    assert errors == []
    assert data["course"] == {
        "settings": {"hideFinalGrades": True, "homeroomCourse": None},
        "permissions": [{"name": "a", "granted": True}, {"name": "b", "granted": True}],
    }


async def test_details_go_with_their_object_in_one_wave(school: School, ask: Ask) -> None:
    await ask(
        """{ course(by: {vendorId: "1"}) { name settings { hideFinalGrades }
               permissions { name } todoItems(first: 1) { nodes { type } } } }"""
    )
    assert [len(batch) for batch in school.maple.batches] == [4]


async def test_lists_of_details_are_connections(ask: Ask) -> None:
    data, errors = await ask(
        """{ course(by: {vendorId: "1"}) { todoItems(first: 2) {
               edges { cursor node { needsGradingCount } } nodes { type }
               pageInfo { hasNextPage } } } manageableAccounts { nodes { id name } } }"""
    )
    assert errors == []
    items = data["course"]["todoItems"]
    assert [edge["node"]["needsGradingCount"] for edge in items["edges"]] == [0, 1]
    assert items["pageInfo"] == {"hasNextPage": True}
    assert data["manageableAccounts"]["nodes"][0]["name"] == "Root"


async def test_what_has_an_id_is_found_again_by_it(ask: Ask) -> None:
    data, errors = await ask(
        """query ($id: ID!) { report(id: $id) { id vendorId report progress tenant { slug } }
             node(id: $id) { __typename ... on Report { progress } } }""",
        selected=None,
        id=REPORT,
    )
    assert errors == []
    assert data["report"] == {
        "id": REPORT,
        "vendorId": "5",
        "report": "grade_export_csv",
        "progress": 40,
        "tenant": {"slug": "maple"},
    }
    assert data["node"] == {"__typename": "Report", "progress": 40}
    gone, errors = await ask(
        "query ($id: ID!) { report(id: $id) { id } }",
        id=write_id("maple", Kind.REPORT, "1.grade_export_csv.404"),
    )
    assert (gone, errors) == ({"report": None}, [])


async def test_an_id_out_of_reach_is_refused(ask: Ask) -> None:
    _, errors = await ask(
        "query ($id: ID!) { report(id: $id) { id } }",
        id=write_id("elm", Kind.REPORT, "1.grade_export_csv.5"),
    )
    assert errors == [(["report"], "TENANT_FORBIDDEN")]


def limit(school: School, *scopes: Scope) -> None:
    backend = school.maple
    maple = Tenant("maple", "Maple", backend.vendor, Access.KEY, frozenset(), None, backend)
    school.tenants = Tenants([maple])
    only = frozenset({"maple"})
    school.caller = replace(school.caller, tenants=only, scopes=frozenset(scopes))


async def test_tokens_need_the_admin_scope(school: School, ask: Ask) -> None:
    limit(school, Scope.READ, Scope.WRITE)
    _, errors = await ask('{ user(by: {vendorId: "101"}) { accessToken(id: "7") { purpose } } }')
    assert errors == [(["user", "accessToken"], "FORBIDDEN")]
    _, errors = await ask(CREATE)
    assert errors == [(["createAccessToken"], "FORBIDDEN")]
    for query in ("{ node(id: $id) { id } }", "{ nodes(ids: [$id]) { id } }"):
        _, errors = await ask(f"query ($id: ID!) {query}", id=TOKEN)
        assert [code for _, code in errors] == ["FORBIDDEN"]
    assert school.maple.changes == []


async def test_a_secret_is_told_once(school: School, ask: Ask) -> None:
    key = "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01"
    first, errors = await ask(CREATE, key=key)
    assert errors == []
    payload: Any = first["createAccessToken"]
    assert payload["secret"] == "s3cret"
    assert payload["accessToken"] == {"id": TOKEN, "purpose": "tests"}
    again, _ = await ask(CREATE, key=key)
    assert again["createAccessToken"]["secret"] is None
    assert school.maple.changes == [
        [Act("create_access_token", Key(Kind.USER, "101"), {"purpose": "tests"})]
    ]
