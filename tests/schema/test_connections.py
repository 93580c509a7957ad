"""Connections: pages, cursors, and what a cursor is bound to."""

import pytest

from tests.schema.conftest import Ask
from tests.schema.school import School

PAGE = """query ($after: String, $first: Int! = 2) { course(by: {vendorId: "1"}) {
            users(first: $first, after: $after) {
              edges { cursor node { displayName } } nodes { displayName } totalCount
              pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def test_a_connection_is_read_page_by_page(ask: Ask) -> None:
    seen: list[str] = []
    after = None
    for turn in range(2):
        data, errors = await ask(PAGE, after=after)
        assert errors == []
        users = data["course"]["users"]
        assert users["totalCount"] == 4
        assert users["pageInfo"]["hasPreviousPage"] is (turn > 0)
        assert users["pageInfo"]["hasNextPage"] is (turn == 0)
        assert users["pageInfo"]["startCursor"] == users["edges"][0]["cursor"]
        assert [edge["node"] for edge in users["edges"]] == users["nodes"]
        seen += [node["displayName"] for node in users["nodes"]]
        after = users["pageInfo"]["endCursor"]
        assert after == users["edges"][-1]["cursor"]
    assert seen == [f"Person {n}" for n in range(101, 105)]


async def test_an_empty_page_has_no_cursors(ask: Ask) -> None:
    data, errors = await ask(PAGE, first=0)
    assert errors == []
    info = data["course"]["users"]["pageInfo"]
    assert (info["startCursor"], info["endCursor"]) == (None, None)


@pytest.mark.parametrize("first", [-1, 501])
async def test_first_must_lie_between_0_and_500(ask: Ask, first: int) -> None:
    _, errors = await ask(PAGE, first=first)
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]


async def a_cursor(ask: Ask, selected: str = "maple") -> str:
    data, _ = await ask(PAGE, selected=selected)
    cursor: str = data["course"]["users"]["pageInfo"]["endCursor"]
    return cursor


async def test_a_cursor_may_be_used_with_another_first(ask: Ask) -> None:
    data, errors = await ask(PAGE, after=await a_cursor(ask), first=1)
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
async def test_a_cursor_of_another_connection_or_filter_is_refused(ask: Ask, query: str) -> None:
    _, errors = await ask(
        'query ($after: String) { course(by: {vendorId: "1"}) { QUERY } }'.replace("QUERY", query),
        after=await a_cursor(ask),
    )
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_parent_is_refused(ask: Ask) -> None:
    _, errors = await ask(PAGE.replace('"1"', '"2"'), after=await a_cursor(ask))
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_tenant_or_credential_is_refused(
    school: School, ask: Ask
) -> None:
    cursor = await a_cursor(ask)
    _, errors = await ask(PAGE, selected="oak", after=cursor)
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]
    school.maple.cursor_key = b"another credential's"
    _, errors = await ask(PAGE, after=cursor)
    assert [code for _, code in errors] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 5000])
async def test_a_forged_cursor_is_refused(ask: Ask, cursor: str) -> None:
    _, errors = await ask(PAGE, after=cursor)
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]


async def test_every_bit_of_a_cursor_is_sealed(ask: Ask) -> None:
    cursor = await a_cursor(ask)
    for at in range(len(cursor)):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        _, errors = await ask(PAGE, after=changed)
        # The last letter may hold bits that base64 leaves unused.
        assert errors or at == len(cursor) - 1, at


@pytest.mark.parametrize("filter", ['{search: " "}', "{roles: []}", "{ids: []}", "{states: []}"])
async def test_an_empty_filter_is_refused_rather_than_ignored(ask: Ask, filter: str) -> None:
    _, errors = await ask(
        '{ course(by: {vendorId: "1"}) { users(filter: ANY) { nodes { id } } } }'.replace(
            "ANY", filter
        )
    )
    assert errors == [(["course", "users"], "BAD_USER_INPUT")]
