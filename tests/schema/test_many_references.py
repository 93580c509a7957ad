"""Limits of lists of references: of one list, and of all lists of an operation."""

import pytest

from lms_gateway.schema.context import MAX_ROWS
from tests.schema.conftest import SCHEMA, RunQuery
from tests.schema.school import School

LISTS = {
    "nodes": ("[ID!]!", "x", "nodes(ids: $many) { id }"),
    "refs": ("[CourseRef!]!", {"id": "x"}, "coursesBy(refs: $many) { id }"),
    "entities": ("[_Any!]!", {}, "_entities(representations: $many) { __typename }"),
}


def aliased(times: int, type_: str, field: str) -> str:
    return f"query ($many: {type_}) {{ " + " ".join(f"a{n}: {field}" for n in range(times)) + " }"


@pytest.mark.parametrize(("type_", "item", "field"), LISTS.values(), ids=LISTS)
async def test_the_references_of_all_aliases_are_limited(
    school: School, type_: str, item: object, field: str
) -> None:
    """Each reference blocks the process, also an invalid one."""
    query = aliased(12, type_, field)
    result = await SCHEMA.execute(query, {"many": [item] * MAX_ROWS}, context_value=school.context(None))
    codes = {
        error.path[0]: (error.extensions or {}).get("code")
        for error in result.errors or ()
        if error.path is not None and len(error.path) == 1
    }
    # A field that is not nullable makes the whole response null.
    assert set(codes.values()) == {"QUERY_TOO_COMPLEX"}


@pytest.mark.parametrize("given", ["filter: {search: $text}", "by: {sisId: $text}"])
async def test_the_length_of_texts_is_limited(school: School, run_query: RunQuery, given: str) -> None:
    field = "courses" if "filter" in given else "course"
    below = "{ nodes { id } }" if "filter" in given else "{ id }"
    query = f"query ($text: String!) {{ {field}({given}) {below} }}"
    _, errors = await run_query(query, text="x" * 1001)
    assert errors == [([field], "BAD_USER_INPUT")]
    assert school.maple.batches == []
