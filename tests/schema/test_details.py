"""Results of vendor operations: documents, lists, and objects with a global id."""

from dataclasses import replace
from typing import Any

from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.commands import VendorOperation
from lms_gateway.domain.record import Key, Kind
from lms_gateway.schema.ids import encode_id
from lms_gateway.tenancy import Tenant, Tenants
from tests.schema.conftest import RunQuery
from tests.schema.school import School

REPORT = encode_id("maple", Kind.REPORT, "1.grade_export_csv.5")
TOKEN = encode_id("maple", Kind.TOKEN, "101.7")
CREATE = """mutation ($key: UUID) { createAccessToken(input: {user: {vendorId: "101"},
  purpose: "tests", idempotencyKey: $key}) { accessToken { id purpose } secret
  errors { code } } }"""


async def test_documents_are_read_by_the_vendors_keys(run_query: RunQuery) -> None:
    data, errors = await run_query(
        """{ course(by: {vendorId: "1"}) { settings { hideFinalGrades homeroomCourse }
               permissions(names: ["a", "b"]) { name granted } } }"""
    )
    assert errors == []
    assert data["course"] == {
        "settings": {"hideFinalGrades": True, "homeroomCourse": None},
        "permissions": [{"name": "a", "granted": True}, {"name": "b", "granted": True}],
    }


async def test_operations_share_a_batch_with_their_object(school: School, run_query: RunQuery) -> None:
    await run_query(
        """{ course(by: {vendorId: "1"}) { name settings { hideFinalGrades }
               permissions { name } todoItems(first: 1) { nodes { type } } } }"""
    )
    assert [len(batch) for batch in school.maple.batches] == [4]


async def test_lists_of_operations_are_connections(run_query: RunQuery) -> None:
    data, errors = await run_query(
        """{ course(by: {vendorId: "1"}) { todoItems(first: 2) {
               edges { cursor node { needsGradingCount } } nodes { type }
               pageInfo { hasNextPage } } } manageableAccounts { nodes { id name } } }"""
    )
    assert errors == []
    items = data["course"]["todoItems"]
    assert [edge["node"]["needsGradingCount"] for edge in items["edges"]] == [0, 1]
    assert items["pageInfo"] == {"hasNextPage": True}
    assert data["manageableAccounts"]["nodes"][0]["name"] == "Root"


async def test_a_document_with_an_id_is_read_by_the_id(run_query: RunQuery) -> None:
    data, errors = await run_query(
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
    missing, errors = await run_query(
        "query ($id: ID!) { report(id: $id) { id } }",
        id=encode_id("maple", Kind.REPORT, "1.grade_export_csv.404"),
    )
    assert (missing, errors) == ({"report": None}, [])


async def test_an_id_of_an_inaccessible_tenant_is_rejected(run_query: RunQuery) -> None:
    _, errors = await run_query(
        "query ($id: ID!) { report(id: $id) { id } }",
        id=encode_id("elm", Kind.REPORT, "1.grade_export_csv.5"),
    )
    assert errors == [(["report"], "TENANT_FORBIDDEN")]


def restrict_to(school: School, *scopes: Scope) -> None:
    backend = school.maple
    maple = Tenant("maple", "Maple", backend.vendor, Access.KEY, frozenset(), None, backend)
    school.tenants = Tenants([maple])
    slugs = frozenset({"maple"})
    school.caller = replace(school.caller, tenants=slugs, scopes=frozenset(scopes))


async def test_tokens_require_the_admin_scope(school: School, run_query: RunQuery) -> None:
    restrict_to(school, Scope.READ, Scope.WRITE)
    _, errors = await run_query('{ user(by: {vendorId: "101"}) { accessToken(id: "7") { purpose } } }')
    assert errors == [(["user", "accessToken"], "FORBIDDEN")]
    _, errors = await run_query(CREATE)
    assert errors == [(["createAccessToken"], "FORBIDDEN")]
    for query in ("{ node(id: $id) { id } }", "{ nodes(ids: [$id]) { id } }"):
        _, errors = await run_query(f"query ($id: ID!) {query}", id=TOKEN)
        assert [code for _, code in errors] == ["FORBIDDEN"]
    assert school.maple.commands == []


async def test_a_secret_is_returned_once(school: School, run_query: RunQuery) -> None:
    key = "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01"
    first, errors = await run_query(CREATE, key=key)
    assert errors == []
    payload: Any = first["createAccessToken"]
    assert payload["secret"] == "s3cret"
    assert payload["accessToken"] == {"id": TOKEN, "purpose": "tests"}
    again, _ = await run_query(CREATE, key=key)
    assert again["createAccessToken"]["secret"] is None
    assert school.maple.commands == [
        [VendorOperation("create_access_token", Key(Kind.USER, "101"), {"purpose": "tests"})]
    ]
