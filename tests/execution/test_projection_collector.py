"""Projections of selections."""

from typing import Any

from lms_gateway.domain.loads import ById
from lms_gateway.domain.record import Kind
from tests.schema.conftest import RunQuery, run_query, school
from tests.schema.school import School

__all__ = ["run_query", "school"]


async def projection_of(school: School, run_query: RunQuery, query: str, **variables: Any) -> Any:
    _, errors = await run_query(query, **variables)
    assert errors == []
    return school.maple.batches[0][ById(Kind.SECTION, "11")]


async def test_aliases_and_fragments_are_merged(school: School, run_query: RunQuery) -> None:
    projection = await projection_of(
        school,
        run_query,
        """{ section(by: {vendorId: "11"}) { a: name b: name ...More
               course { name } again: course { ... on Course { code } ...Named } } }
           fragment More on Section { isCrossListed ... on Node { id ... on User { email } } }
           fragment Named on Node { ... on Course { department } }""",
    )
    assert projection.fields == {"name", "original_course_id", "course_id"}
    assert projection.children["course"].fields == {"name", "code", "department"}


async def test_skipped_and_excluded_fields_are_not_selected(school: School, run_query: RunQuery) -> None:
    projection = await projection_of(
        school,
        run_query,
        """query ($no: Boolean = false, $yes: Boolean = true) { section(by: {vendorId: "11"}) {
             name @include(if: $yes) studentCount @include(if: $no) code @skip(if: $yes)
             ... @skip(if: $yes) { course { name } }
             ...Gone @include(if: $no) } }
           fragment Gone on Section { url }""",
    )
    assert projection.fields == {"name"}
    assert projection.children == {}


async def test_nodes_and_edges_of_a_connection_are_merged(school: School, run_query: RunQuery) -> None:
    projection = await projection_of(
        school,
        run_query,
        """{ section(by: {vendorId: "11"}) { students { totalCount pageInfo { hasNextPage }
               nodes { displayName } edges { cursor node { email } } } } }""",
    )
    assert projection.children["students"].fields == {"display_name", "email"}
    assert len(projection.prefetches) == 1


async def test_a_vendor_block_is_part_of_its_object(school: School, run_query: RunQuery) -> None:
    projection = await projection_of(
        school,
        run_query,
        """{ section(by: {vendorId: "11"}) { canvas { createdAt } schoology { weight }
               permissions { manageCalendar } } }""",
    )
    assert projection.fields == {"canvas.created_at", "schoology.weight", "may_manage_calendar"}


async def test_typename_and_ids_select_no_fields(school: School, run_query: RunQuery) -> None:
    projection = await projection_of(
        school, run_query, '{ section(by: {vendorId: "11"}) { __typename id vendorId tenantSlug } }'
    )
    assert projection.fields == frozenset()
