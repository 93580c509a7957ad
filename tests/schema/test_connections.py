"""Connections: pages, cursors, and what a cursor is bound to."""

import pytest

from tests.schema.conftest import RunQuery
from tests.schema.school import School

PAGE = """query ($after: String, $first: Int! = 2) { course(by: {vendorId: "1"}) {
            users(first: $first, after: $after) {
              edges { cursor node { displayName } } nodes { displayName } totalCount
              pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def test_a_connection_is_read_page_by_page(run_query: RunQuery) -> None:
    names: list[str] = []
    after = None
    for page_index in range(2):
        data, errors = await run_query(PAGE, after=after)
        assert errors == []
        users = data["course"]["users"]
        assert users["totalCount"] == 4
        assert users["pageInfo"]["hasPreviousPage"] is (page_index > 0)
        assert users["pageInfo"]["hasNextPage"] is (page_index == 0)
        assert users["pageInfo"]["startCursor"] == users["edges"][0]["cursor"]
        assert [edge["node"] for edge in users["edges"]] == users["nodes"]
        names += [node["displayName"] for node in users["nodes"]]
        after = users["pageInfo"]["endCursor"]
        assert after == users["edges"][-1]["cursor"]
    assert names == [f"Person {number}" for number in range(101, 105)]


async def test_an_empty_page_has_no_cursors(run_query: RunQuery) -> None:
    data, errors = await run_query(PAGE, first=0)
    assert errors == []
    info = data["course"]["users"]["pageInfo"]
    assert (info["startCursor"], info["endCursor"]) == (None, None)


@pytest.mark.parametrize("first", [-1, 501])
async def test_first_must_be_between_0_and_500(run_query: RunQuery, first: int) -> None:
    _, errors = await run_query(PAGE, first=first)
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]


async def end_cursor(run_query: RunQuery, selected: str = "maple") -> str:
    data, _ = await run_query(PAGE, selected=selected)
    cursor: str = data["course"]["users"]["pageInfo"]["endCursor"]
    return cursor


async def test_a_cursor_may_be_used_with_another_first(run_query: RunQuery) -> None:
    data, errors = await run_query(PAGE, after=await end_cursor(run_query), first=1)
    assert errors == []
    assert data["course"]["users"]["nodes"] == [{"displayName": "Person 103"}]


@pytest.mark.parametrize(
    "query",
    [
        "users(after: $after, filter: {roles: [TEACHER]}) { nodes { id } }",
        "students(after: $after) { nodes { id } }",
        "sections(after: $after) { nodes { id } }",
    ],
)
async def test_a_cursor_of_another_connection_or_filter_is_rejected(run_query: RunQuery, query: str) -> None:
    _, errors = await run_query(
        'query ($after: String) { course(by: {vendorId: "1"}) { QUERY } }'.replace("QUERY", query),
        after=await end_cursor(run_query),
    )
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_parent_is_rejected(run_query: RunQuery) -> None:
    _, errors = await run_query(PAGE.replace('"1"', '"2"'), after=await end_cursor(run_query))
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_tenant_or_credential_is_rejected(
    school: School, run_query: RunQuery
) -> None:
    cursor = await end_cursor(run_query)
    _, errors = await run_query(PAGE, selected="oak", after=cursor)
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]
    school.maple.cursor_key = b"another credential's"
    _, errors = await run_query(PAGE, after=cursor)
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 5000])
async def test_a_forged_cursor_is_rejected(run_query: RunQuery, cursor: str) -> None:
    _, errors = await run_query(PAGE, after=cursor)
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]


async def test_every_bit_of_a_cursor_is_signed(run_query: RunQuery) -> None:
    cursor = await end_cursor(run_query)
    for index in range(len(cursor)):
        changed = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
        _, errors = await run_query(PAGE, after=changed)
        # The last letter can contain bits that base64 does not use.
        assert errors or index == len(cursor) - 1, index


@pytest.mark.parametrize("filter", ['{search: " "}', "{roles: []}", "{ids: []}", "{states: []}"])
async def test_an_empty_filter_is_rejected(run_query: RunQuery, filter: str) -> None:
    _, errors = await run_query(
        '{ course(by: {vendorId: "1"}) { users(filter: ANY) { nodes { id } } } }'.replace("ANY", filter)
    )
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]
