"""Each field of `docs/coverage.md` is asked for, and answered with a value.

The sandbox is scripted to answer with objects that have every documented key (`documented`). So a
field that no reply ever fills, or that nobody fetches, is found here.
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

# Apart from one another: a multiget, into which Schoology's backend packs what it may, is not
# scripted.
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
    """The page's `Type.field`s of a vendor."""
    tables = [table for table in OBJECTS if table.name.startswith(vendor)]
    return {field for table in tables for row in table.rows for field in row.codes[1]}


def filled(query: str, fields: set[str]) -> str:
    """The query with all of the fields of each type in the place of `@Type`."""
    by_type: dict[str, list[str]] = {}
    for coordinate in sorted(fields):
        type_name, _, field = coordinate.partition(".")
        type_: Any = SCHEMA.type_map[type_name]
        is_leaf = is_leaf_type(get_named_type(type_.fields[field].type))
        by_type.setdefault(type_name, []).append(field if is_leaf else f"{field} {{ __typename }}")
    for name in sorted(by_type, key=len, reverse=True):
        query = query.replace(f"@{name}", f"__typename {' '.join(by_type[name])}")
    assert "@" not in query, "the query asks for a type of which the page tells nothing"
    return query


def filled_fields(data: Any) -> set[str]:
    """The `Type.field`s that have a value somewhere; an empty list is none."""
    if isinstance(data, list):
        return set().union(*map(filled_fields, data))
    if not isinstance(data, Mapping):
        return set()
    coordinates = {
        f"{data.get('__typename')}.{name}"
        for name, value in data.items()
        if value not in (None, [])
    }
    return coordinates.union(*map(filled_fields, data.values()))


@pytest.mark.parametrize(("vendor", "tenant"), [("canvas", "maple"), ("schoology", "lakeside")])
async def test_every_documented_field_is_answered_with_a_value(vendor: str, tenant: str) -> None:
    fields = fields_of(vendor)
    answered: set[str] = set()
    async with running_gateway(faults=replies(vendor)) as gateway:
        for query in QUERIES[vendor]:
            answer = await gateway.execute(f"{{ {filled(query, fields)} }}", tenant)
            assert answer.errors == []
            answered |= filled_fields(answer.data)
    assert sorted(fields - answered) == []
