"""Each field of `docs/coverage.md` is selected, and has a value in the response.

The simulator returns objects that have every documented key (`documented`), so this finds a field
that no reply contains or that the gateway does not request.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import get_named_type, is_leaf_type

from tests.docs.documented import replies
from tests.docs.pages import graphql_schema, marked_tables, page
from tests.harness import running_gateway

OBJECTS = [table for table in marked_tables(page("coverage.md")) if not table.is_operations]
SCHEMA = graphql_schema()

# Separate queries: the scripted replies do not include a multiget, with which the Schoology backend
# would combine calls.
QUERIES = {
    "canvas": (
        """section(by: {vendorId: "1"}) { @Section
             permissions { @SectionPermissions } canvas { @CanvasSection }
             enrollments { nodes { @Enrollment grades { @Grades } canvas { @CanvasEnrollment
               grades { @CanvasGrades } } } } }""",
        """course(by: {vendorId: "2"}) { @Course
             term { @Term }
             canvas { @CanvasCourse
               calendar { @CanvasCalendarLink } courseProgress { @CanvasCourseProgress }
               blueprintRestrictions { @CanvasBlueprintRestrictions } tabs { @CanvasTab }
               gradingPeriods { @CanvasGradingPeriod } enrollments { @CanvasViewerEnrollment }
             } }""",
        """course(by: {vendorId: "2"}) { teachers { nodes {
             canvas { __typename htmlUrl anonymousId } } } }""",
        """user(by: {vendorId: "4"}) { @User canvas { @CanvasUser
             calendar { @CanvasCalendarLink } permissions { @CanvasUserPermissions } } }""",
    ),
    "schoology": (
        """section(by: {vendorId: "1"}) { @Section
             terms { @Term } meeting { @Meeting } schoology { @SchoologySection
               options { @SchoologySectionOptions
                 contentIndexVisibility { @SchoologyContentVisibility } } } }""",
        """section(by: {vendorId: "1"}) {
             enrollments { nodes { @Enrollment schoology { @SchoologyEnrollment } } } }""",
        """courses(first: 1) { nodes { @Course schoology { @SchoologyCourse } } }""",
        """user(by: {vendorId: "4"}) { @User schoology { @SchoologyUser } }""",
    ),
}


def fields_of(vendor: str) -> set[str]:
    """Return the `Type.field`s of a vendor on the page."""
    tables = [table for table in OBJECTS if table.name.startswith(vendor)]
    return {field for table in tables for row in table.rows for field in row.codes[1]}


def filled(query: str, fields: set[str]) -> str:
    """Return the query with all fields of a type in place of `@Type`."""
    by_type: dict[str, list[str]] = {}
    for coordinate in sorted(fields):
        type_name, _, field = coordinate.partition(".")
        type_: Any = SCHEMA.type_map[type_name]
        has_no_fields = is_leaf_type(get_named_type(type_.fields[field].type))
        by_type.setdefault(type_name, []).append(field if has_no_fields else f"{field} {{ __typename }}")
    for name in sorted(by_type, key=len, reverse=True):
        query = query.replace(f"@{name}", f"__typename {' '.join(by_type[name])}")
    assert "@" not in query, "the query selects a type that the page does not have"
    return query


def filled_fields(data: Any) -> set[str]:
    """Return the `Type.field`s that have a value in some object; an empty list is no value."""
    if isinstance(data, list):
        return set().union(*map(filled_fields, data))
    if not isinstance(data, Mapping):
        return set()
    coordinates = {
        f"{data.get('__typename')}.{name}" for name, value in data.items() if value not in (None, [])
    }
    return coordinates.union(*map(filled_fields, data.values()))


@pytest.mark.parametrize(("vendor", "tenant"), [("canvas", "maple"), ("schoology", "lakeside")])
async def test_every_documented_field_has_a_value(vendor: str, tenant: str) -> None:
    fields = fields_of(vendor)
    answered: set[str] = set()
    async with running_gateway(faults=replies(vendor)) as gateway:
        for query in QUERIES[vendor]:
            answer = await gateway.execute(f"{{ {filled(query, fields)} }}", tenant)
            assert answer.errors == []
            answered |= filled_fields(answer.data)
    assert sorted(fields - answered) == []
