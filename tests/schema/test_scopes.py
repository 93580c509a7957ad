"""Scopes of a key: none implies another."""

from dataclasses import replace

import pytest

from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.record import Kind
from lms_gateway.schema.ids import encode_id
from lms_gateway.tenancy import Tenant, Tenants
from tests.schema.conftest import RunQuery
from tests.schema.school import School

COURSE = encode_id("maple", Kind.COURSE, "1")
READS = {
    "viewer": "{ found: viewer { displayName } }",
    "by": '{ found: course(by: {vendorId: "1"}) { name } }',
    "connection": "{ found: courses { nodes { name } } }",
    "node": f'{{ found: node(id: "{COURSE}") {{ id }} }}',
    "below a tenant": '{ tenant(slug: "maple") { found: viewer { displayName } } }',
    "entity": f"""{{ found: _entities(representations: [{{__typename: "Course", id: "{COURSE}"}}])
        {{ ... on Course {{ name }} }} }}""",
    "list": f'{{ found: coursesBy(refs: [{{id: "{COURSE}"}}]) {{ name }} }}',
}


@pytest.fixture
def writer(school: School) -> School:
    """A school whose caller has only the write scope."""
    tenant = Tenant("maple", "Maple", school.maple.vendor, Access.KEY, frozenset(), None, school.maple)
    school.tenants = Tenants([tenant])
    school.caller = replace(school.caller, tenants=frozenset({"maple"}), scopes=frozenset({Scope.WRITE}))
    return school


@pytest.mark.parametrize("query", READS.values(), ids=READS)
async def test_reading_requires_the_read_scope(writer: School, run_query: RunQuery, query: str) -> None:
    _, errors = await run_query(query)
    assert [code for _, code in errors] == ["FORBIDDEN"]
    assert "found" in errors[0][0]
    assert writer.maple.batches == []


async def test_without_the_read_scope_a_mutation_returns_no_object(
    writer: School, run_query: RunQuery
) -> None:
    data, errors = await run_query(
        """mutation { createSection(input: {course: {vendorId: "1"}, name: "Evening"}) {
             section { name course { name } } errors { message } } }"""
    )
    assert data == {"createSection": {"section": None, "errors": []}}
    assert errors == [(["createSection", "section"], "FORBIDDEN")]
    assert len(writer.maple.commands) == 1
