"""Invalid requests: each answer names the mistake, and the vendor is not called."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from lms_gateway.domain.record import Kind
from lms_gateway.schema.ids import encode_id
from lms_sandbox.app import create_sandbox
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE, KnownIds
from lms_sandbox.schoology.quirks import SchoologyQuirks
from lms_sandbox.server import SandboxServer
from tests.harness import GatewayHarness, gateway_over

SCHOOLS: dict[str, KnownIds] = {"maple": MAPLE, "lakeside": LAKESIDE}
BOTH = pytest.mark.parametrize("tenant", SCHOOLS)
UNSUPPORTED, BAD = "UNSUPPORTED_BY_VENDOR", "BAD_USER_INPUT"


async def assert_rejected(
    gateway: GatewayHarness,
    query: str,
    tenant: str | None,
    code: str,
    *hints: str,
    **variables: Any,
) -> None:
    """Assert that a query fails with this code, these hints in its message, and no call."""
    answer = await gateway.execute(query, tenant, **variables)
    assert [error["extensions"]["code"] for error in answer.errors] == [code], answer.errors
    (error,) = answer.errors
    assert error["extensions"]["source"] == "GATEWAY"
    for hint in hints:
        assert hint in error["message"]
    assert gateway.calls() == []


@pytest.fixture(scope="module")
def server_with_quirks() -> Iterator[SandboxServer]:
    """One simulator for all of these tests, which change nothing."""
    quirks = SchoologyQuirks(credits_per_window=1_000_000)
    with SandboxServer(create_sandbox(13, schoology_quirks=quirks)) as server:
        yield server


@pytest.fixture
async def gateway(server_with_quirks: SandboxServer) -> AsyncIterator[GatewayHarness]:
    async with gateway_over(server_with_quirks) as harness:
        yield harness


# Tenants


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/t/nowhere/graphql", {}),
        ("/graphql", {"X-Tenant": "nowhere"}),
        ("/graphql", {"X-Tenant": "Maple"}),
        ("/t/Maple/graphql", {}),
        ("/graphql", {"X-Tenant": "maple,lakeside"}),
        ("/t/%2e%2e/graphql", {}),
        ("/t/maple%00/graphql", {}),
    ],
)
async def test_an_unknown_tenant_is_rejected_before_the_query_runs(
    gateway: GatewayHarness, path: str, headers: dict[str, str]
) -> None:
    answer = await gateway.execute("{ viewer { name } }", path=path, headers=headers)
    assert answer.status == 403
    assert answer.data is None
    assert [code for _, code in answer.codes] == ["TENANT_FORBIDDEN"]
    assert gateway.calls() == []


async def test_path_and_header_with_different_tenants_are_rejected(gateway: GatewayHarness) -> None:
    answer = await gateway.execute("{ viewer { name } }", "lakeside", path="/t/maple/graphql")
    assert answer.status == 400
    assert [code for _, code in answer.codes] == [BAD]
    assert "X-Tenant" in answer.errors[0]["message"]
    assert gateway.calls() == []


async def test_path_and_header_may_agree(gateway: GatewayHarness) -> None:
    answer = await gateway.execute("{ tenant { slug } }", "maple", path="/t/maple/graphql")
    assert (answer.data, answer.errors) == ({"tenant": {"slug": "maple"}}, [])


async def test_an_unknown_host_selects_no_tenant(gateway: GatewayHarness) -> None:
    answer = await gateway.execute(
        "{ viewer { name } tenants { slug } }", headers={"Host": "nowhere.gateway.example"}
    )
    assert answer.codes == [("viewer", "TENANT_REQUIRED")]
    assert len(answer.data["tenants"]) == 2


@pytest.mark.parametrize("header", ["", "  "])
async def test_a_blank_header_selects_no_tenant(gateway: GatewayHarness, header: str) -> None:
    answer = await gateway.execute("{ viewer { name } }", headers={"X-Tenant": header})
    assert answer.codes == [("viewer", "TENANT_REQUIRED")]


# References


NO_IDS = ("self", "1/enrollments", "sis_login_id:x", "../", "", " 1", "0", "-1", "1\n", "%31")


@BOTH
@pytest.mark.parametrize("field", ["section", "course", "user", "account"])
async def test_a_malformed_vendor_id_is_never_sent(gateway: GatewayHarness, tenant: str, field: str) -> None:
    query = f"query ($id: ID!) {{ {field}(by: {{vendorId: $id}}) {{ id }} }}"
    for id in NO_IDS:
        await assert_rejected(gateway, query, tenant, BAD, id=id)


async def test_a_shard_id_is_valid_for_canvas_only(gateway: GatewayHarness) -> None:
    query = "query ($id: ID!) { course(by: {vendorId: $id}) { name } }"
    await assert_rejected(gateway, query, "lakeside", BAD, id="1~1001")


@BOTH
async def test_an_id_of_another_kind_is_rejected(gateway: GatewayHarness, tenant: str) -> None:
    id = encode_id(tenant, Kind.SECTION, "1")
    for field in ("course", "user", "account"):
        query = f"query ($id: ID!) {{ {field}(by: {{id: $id}}) {{ id }} }}"
        await assert_rejected(gateway, query, tenant, BAD, "section", id=id)


NOT_OURS = ("x", "", "????", "bWFwbGU6Yzox=", "bWFwbGU6Yzo", "bWFwbGU6Yzoxfn4x", "a" * 5000)


@BOTH
async def test_a_malformed_global_id_is_rejected(gateway: GatewayHarness, tenant: str) -> None:
    for id in NOT_OURS:
        await assert_rejected(gateway, "query ($id: ID!) { node(id: $id) { id } }", tenant, BAD, id=id)
        answer = await gateway.execute("query ($id: ID!) { nodes(ids: [$id]) { id } }", tenant, id=id)
        assert answer.codes == [("nodes.0", BAD)]
        assert answer.data == {"nodes": [None]}


@BOTH
async def test_an_unknown_object_is_null_without_an_error(gateway: GatewayHarness, tenant: str) -> None:
    data = await gateway.query(
        """{ section(by: {vendorId: "88888888"}) { name sections: users { nodes { id } } }
             course(by: {vendorId: "88888888"}) { name sections { nodes { id } } }
             user(by: {vendorId: "88888888"}) { name courses { nodes { id } } }
             account(by: {vendorId: "88888888"}) { name subAccounts { nodes { id } } }
             sectionsBy(refs: [{vendorId: "88888888"}, {sisId: "no such"}]) { name }
             usersBy(refs: [{sisId: "no such"}, {vendorId: "88888888"}]) { name } }""",
        tenant,
    )
    assert data == {
        "section": None, "course": None, "user": None, "account": None,
        "sectionsBy": [None, None], "usersBy": [None, None],
    }  # fmt: skip


AWKWARD = {
    "section": ("sec/7 ?50%,b.json", "awkward_section"),
    "user": ("u/8 ?50%,b.json", "awkward_user"),
    "course": ("CHEM/101 ?50%,b.json", "awkward_course"),
}


@BOTH
@pytest.mark.parametrize("field", AWKWARD)
async def test_sis_ids_with_special_characters_are_found(
    gateway: GatewayHarness, tenant: str, field: str
) -> None:
    """They contain a slash, question mark, percent sign, comma, space and `.json`."""
    sis_id, mark = AWKWARD[field]
    query = f"""query ($id: String!) {{ {field}(by: {{sisId: $id}}) {{ vendorId sisId }}
      {field}sBy(refs: [{{sisId: $id}}, {{sisId: "no/such ?"}}]) {{ vendorId }} }}"""
    answer = await gateway.execute(query, tenant, id=sis_id)
    if (tenant, field) == ("lakeside", "course"):
        assert {code for _, code in answer.codes} == {UNSUPPORTED}
        assert gateway.calls() == []
        return
    vendor_id = str(getattr(SCHOOLS[tenant], mark))
    assert answer.errors == []
    assert answer.data[field] == {"vendorId": vendor_id, "sisId": sis_id}
    assert answer.data[f"{field}sBy"] == [{"vendorId": vendor_id}, None]


@BOTH
@pytest.mark.parametrize("value", ["../../users/self", "x?as_user_id=1", "a%2Fb", "é/ü", "x\ny", "'"])
async def test_a_sis_id_cannot_change_the_path(gateway: GatewayHarness, tenant: str, value: str) -> None:
    query = "query ($id: String!) { section(by: {sisId: $id}) { name } user(by: {sisId: $id}) { id } }"
    answer = await gateway.execute(query, tenant, id=value)
    assert (answer.data, answer.errors) == ({"section": None, "user": None}, [])
    for entry in gateway.log.entries():
        depth = entry.path.removeprefix("/api/v1").count("/")
        assert depth <= 4, entry.path
        assert "as_user_id" not in dict(entry.params)


@BOTH
async def test_an_empty_alias_is_rejected(gateway: GatewayHarness, tenant: str) -> None:
    for field in ("section", "user"):
        query = f"query ($id: String!) {{ {field}(by: {{sisId: $id}}) {{ id }} }}"
        for value in ("", "   ", "\t"):
            await assert_rejected(gateway, query, tenant, BAD, "empty", id=value)


@pytest.mark.parametrize(
    "ref", ["{}", '{vendorId: "1", sisId: "2"}', "{vendorId: null}", '{loginId: "x"}', "{id: 1.5}"]
)
async def test_a_reference_has_exactly_one_field(gateway: GatewayHarness, ref: str) -> None:
    answer = await gateway.execute(f"{{ course(by: {ref}) {{ id }} }}", "maple")
    assert answer.data is None
    assert len(answer.errors) >= 1
    assert {code for _, code in answer.codes} <= {"GRAPHQL_VALIDATION_FAILED", BAD}
    assert gateway.calls() == []


@pytest.mark.parametrize("ref", [{}, {"vendorId": "1", "sisId": "2"}, {"vendorId": None}, "1", None])
async def test_a_reference_in_a_variable_has_exactly_one_field(gateway: GatewayHarness, ref: Any) -> None:
    answer = await gateway.execute("query ($by: CourseRef!) { course(by: $by) { id } }", "maple", by=ref)
    assert answer.data is None
    assert [code for _, code in answer.codes] == [BAD]
    assert gateway.calls() == []


@BOTH
async def test_the_root_account_reference_must_be_true(gateway: GatewayHarness, tenant: str) -> None:
    await assert_rejected(gateway, "{ account(by: {root: false}) { id } }", tenant, BAD, "root")


@BOTH
@pytest.mark.parametrize("field", ["sectionsBy", "coursesBy", "usersBy"])
async def test_at_most_500_references_are_accepted(gateway: GatewayHarness, tenant: str, field: str) -> None:
    refs = [{"vendorId": str(index)} for index in range(1, 502)]
    kind = field.removesuffix("sBy").title() + "Ref"
    query = f"query ($refs: [{kind}!]!) {{ {field}(refs: $refs) {{ id }} }}"
    await assert_rejected(gateway, query, tenant, BAD, "500", refs=refs)


# Pages


@BOTH
async def test_first_must_be_between_0_and_500(gateway: GatewayHarness, tenant: str) -> None:
    for field in ("courses", "users", "accounts"):
        query = f"query ($first: Int!) {{ {field}(first: $first) {{ nodes {{ id }} }} }}"
        for first in (-1, 501, 2**31 - 1):
            await assert_rejected(gateway, query, tenant, BAD, "first", first=first)


@BOTH
async def test_first_zero_is_an_empty_page_without_a_call(gateway: GatewayHarness, tenant: str) -> None:
    data = await gateway.query(
        "{ courses(first: 0) { nodes { id } edges { cursor } pageInfo { endCursor } } }", tenant
    )
    assert data["courses"] == {"nodes": [], "edges": [], "pageInfo": {"endCursor": None}}
    assert gateway.calls() == []


async def cursor_of(gateway: GatewayHarness, tenant: str, field: str) -> str:
    data = await gateway.query(f"{{ {field}(first: 2) {{ pageInfo {{ endCursor }} }} }}", tenant)
    gateway.clear_log()
    cursor: str = data[field]["pageInfo"]["endCursor"]
    return cursor


@BOTH
async def test_a_cursor_belongs_to_its_connection(gateway: GatewayHarness, tenant: str) -> None:
    cursor = await cursor_of(gateway, tenant, "courses")
    for query in (
        "query ($after: String) { users(after: $after) { nodes { id } } }",
        "query ($after: String) { courses(after: $after, filter: {search: \"Biology\"})"
        " { nodes { id } } }",
        """query ($after: String) { course(by: {vendorId: "1"}) {
             sections(after: $after) { nodes { id } } } }""",
    ):  # fmt: skip
        answer = await gateway.execute(query, tenant, after=cursor)
        assert answer.data in ({"users": None}, {"courses": None}, {"course": None})
        if answer.errors:
            assert [code for _, code in answer.codes] == [BAD]
    other = "lakeside" if tenant == "maple" else "maple"
    gateway.clear_log()
    query = "query ($after: String) { courses(after: $after) { nodes { id } } }"
    await assert_rejected(gateway, query, other, BAD, "after", after=cursor)


@BOTH
async def test_a_forged_cursor_is_rejected(gateway: GatewayHarness, tenant: str) -> None:
    query = "query ($after: String) { users(after: $after) { nodes { id } } }"
    for forged in ("", "x", "=", "A" * 40, "é", "..", "0"):
        await assert_rejected(gateway, query, tenant, BAD, "after", after=forged)


@BOTH
async def test_a_truncated_cursor_is_rejected(gateway: GatewayHarness, tenant: str) -> None:
    cursor = await cursor_of(gateway, tenant, "users")
    query = "query ($after: String) { users(after: $after) { nodes { id } } }"
    for changed in (cursor[:-4], cursor[4:], cursor.swapcase(), cursor + "AAAA"):
        await assert_rejected(gateway, query, tenant, BAD, "after", after=changed)


# Filters

NOT_AT_SCHOOLOGY = [
    ("courses", '{ courses(filter: {search: "Bio"}) { nodes { id } } }'),
    ("courses", "{ courses(filter: {states: [AVAILABLE]}) { nodes { id } } }"),
    ("users", '{ users(filter: {search: "Bao"}) { nodes { id } } }'),
    ("users", "{ users(filter: {roles: [TA]}) { nodes { id } } }"),
    ("users", "{ users(filter: {states: [COMPLETED]}) { nodes { id } } }"),
    ("course", '{ course(by: {sisId: "x"}) { id } }'),
    ("course", '{ course(by: {integrationId: "x"}) { id } }'),
    ("section", '{ section(by: {integrationId: "x"}) { id } }'),
    ("user", '{ user(by: {loginId: "x"}) { id } }'),
    ("account", '{ account(by: {sisId: "x"}) { id } }'),
]
BELOW_AT_SCHOOLOGY = [
    ("course.sections", 'sections(search: "Sec") { nodes { id } }'),
    ("course.users", 'users(filter: {search: "Bao"}) { nodes { id } }'),
    ("course.users", "users(filter: {roles: [DESIGNER]}) { nodes { id } }"),
    ("course.enrollments", "enrollments(filter: {states: [DELETED]}) { nodes { id } }"),
]


@pytest.mark.parametrize(("path", "query"), NOT_AT_SCHOOLOGY)
async def test_what_schoology_cannot_do_is_an_error_and_never_ignored(
    gateway: GatewayHarness, path: str, query: str
) -> None:
    answer = await gateway.execute(query, "lakeside")
    assert answer.codes == [(path, UNSUPPORTED)]
    assert answer.data == {path: None}
    assert "Schoology" in answer.errors[0]["message"]
    assert gateway.calls() == []


@pytest.mark.parametrize(("path", "field"), BELOW_AT_SCHOOLOGY)
async def test_an_unsupported_field_of_a_course_does_not_affect_the_course(
    gateway: GatewayHarness, path: str, field: str
) -> None:
    query = f"query ($id: ID!) {{ course(by: {{vendorId: $id}}) {{ name {field} }} }}"
    answer = await gateway.execute(query, "lakeside", id=str(LAKESIDE.course))
    assert answer.codes == [(path, UNSUPPORTED)]
    assert answer.data["course"]["name"]
    assert len(gateway.calls()) == 1


NOT_AT_CANVAS = [
    ("users", "{ users(filter: {states: [ACTIVE]}) { nodes { id } } }"),
    ("users", "{ users(filter: {roles: [STUDENT, TEACHER]}) { nodes { id } } }"),
]


@pytest.mark.parametrize(("path", "query"), NOT_AT_CANVAS)
async def test_what_canvas_cannot_do_is_an_error_and_never_ignored(
    gateway: GatewayHarness, path: str, query: str
) -> None:
    answer = await gateway.execute(query, "maple")
    assert answer.codes == [(path, UNSUPPORTED)]
    assert "Canvas" in answer.errors[0]["message"]
    assert gateway.calls() == []


async def test_a_search_that_is_too_short_for_canvas_is_rejected(gateway: GatewayHarness) -> None:
    for field in ("courses", "users"):
        query = f"query ($s: String!) {{ {field}(filter: {{search: $s}}) {{ nodes {{ id }} }} }}"
        for search in ("a", " a ", "é"):
            await assert_rejected(gateway, query, "maple", BAD, "search", "characters", s=search)


async def test_a_search_that_only_canvas_itself_rejects_is_an_error(
    gateway: GatewayHarness,
) -> None:
    """The minimum is three characters at today's Canvas and two at older ones."""
    answer = await gateway.execute('{ courses(filter: {search: "Bi"}) { nodes { id } } }', "maple")
    assert answer.codes == [("courses", BAD)]
    assert answer.data == {"courses": None}


@BOTH
@pytest.mark.parametrize("filter", ['{search: ""}', '{search: "  "}', "{states: []}"])
async def test_an_empty_filter_is_rejected(gateway: GatewayHarness, tenant: str, filter: str) -> None:
    query = f"{{ courses(filter: {filter}) {{ nodes {{ id }} }} }}"
    await assert_rejected(gateway, query, tenant, BAD, "filter")


@BOTH
async def test_an_id_in_a_filter_must_have_the_right_kind_and_tenant(
    gateway: GatewayHarness, tenant: str
) -> None:
    other = "lakeside" if tenant == "maple" else "maple"
    query = """query ($id: ID!) { course(by: {vendorId: "1"}) { name
                 users(filter: {ids: [$id]}) { nodes { id } } } }"""
    for id in (
        "x",
        encode_id(tenant, Kind.COURSE, "1"),
        encode_id(other, Kind.USER, "1"),
        encode_id(tenant, Kind.USER, "self"),
    ):
        answer = await gateway.execute(query, tenant, id=id)
        assert all(code == BAD for _, code in answer.codes)
        assert not any("users" in call or "enrollments" in call for call in gateway.calls())


@BOTH
async def test_an_argument_of_the_wrong_type_is_a_validation_error(
    gateway: GatewayHarness, tenant: str
) -> None:
    for query in (
        "{ courses(first: \"ten\") { nodes { id } } }",
        "{ courses(first: 1.5) { nodes { id } } }",
        "{ courses(filter: {states: [NO_SUCH]}) { nodes { id } } }",
        "{ courses(filter: {nothing: 1}) { nodes { id } } }",
        "{ section { id } }",
    ):  # fmt: skip
        answer = await gateway.execute(query, tenant)
        assert answer.data is None
        assert {code for _, code in answer.codes} == {"GRAPHQL_VALIDATION_FAILED"}
    assert gateway.calls() == []
