"""`docs/coverage.md` has exactly the rows of the vendors' documentation, and they are true."""

import re
from typing import Any

import pytest

from tests.docs.pages import (
    ROOT,
    Table,
    all_tests,
    fields_of_type,
    graphql_schema,
    has_field,
    marked_tables,
    page,
)

PAGE = page("coverage.md")
TABLES = marked_tables(PAGE)
OBJECTS = [table for table in TABLES if not table.is_operations]
OPERATIONS = [table for table in TABLES if table.is_operations]

OMITTED = "omitted"


INPUT_TABLES = {
    *(
        f"input.canvas.{name}"
        for name in ("Section", "Course", "CourseSettings", "Jobs", "Accounts", "CourseList")
    ),
    *(f"input.schoology.{name}" for name in ("Section", "Copy", "Course")),
    *(f"input.{vendor}.Enrollment" for vendor in ("canvas", "schoology")),
}
"""Tables of parameters: each row has the field of an input that sends it."""


def table_params(tables: list[Table]) -> list[object]:
    return [pytest.param(table, id=table.name) for table in tables]


def operation_of(cell: str) -> str:
    """Return the operation as the vendor writes it, without code quotes around it."""
    return cell[1:-1] if re.fullmatch(r"`[^`]+`", cell) else cell


def test_the_objects_and_operations_of_both_vendors_are_documented() -> None:
    assert {table.name for table in OBJECTS} >= {
        "canvas.Section",
        "canvas.Course",
        "canvas.User",
        "canvas.UserDisplay",
        "canvas.Term",
        "canvas.CourseProgress",
        "canvas.CalendarLink",
        "canvas.Enrollment",
        "schoology.Section",
        "schoology.Course",
        "schoology.User",
        "schoology.Enrollment",
    }
    counts = {table.name: len(table.rows) for table in OPERATIONS}
    # As many as the vendors' pages of sections and courses describe.
    assert counts["canvas.Sections.read"] + counts["canvas.Sections.write"] == 9
    assert counts["canvas.Courses.read"] + counts["canvas.Courses.write"] == 30
    assert counts["schoology.Sections.read"] + counts["schoology.Sections.write"] == 10
    accounts = {
        "canvas.Tokens": 4,
        "canvas.AccountCalendars": 6,
        "canvas.AccountDomains": 1,
        "canvas.AccountNotifications": 5,
        "canvas.AccountReports": 6,
        "canvas.Accounts": 13,
    }
    assert {name: counts[name] for name in accounts} == accounts
    assert 9 + 30 + sum(accounts.values()) == 74
    parameters = {table.name: len(table.rows) for table in OBJECTS if table.name in INPUT_TABLES}
    assert parameters.keys() == INPUT_TABLES
    # As many as the page of `PUT /courses/:id` and `PUT /courses/:course_id/settings` describe.
    assert parameters["input.canvas.Course"] >= 50
    assert parameters["input.canvas.CourseSettings"] == 20


@pytest.mark.parametrize("table", table_params(OBJECTS))
def test_the_rows_are_the_documented_fields(table: Table) -> None:
    assert [row.codes[0][0] for row in table.rows] == list(table.documented)


@pytest.mark.parametrize("table", table_params(OPERATIONS))
def test_the_rows_are_the_documented_operations(table: Table) -> None:
    assert [operation_of(row.cells[0]) for row in table.rows] == list(table.documented)


@pytest.mark.parametrize("table", table_params(OBJECTS))
def test_each_field_is_in_the_schema_or_has_a_reason(table: Table) -> None:
    schema = graphql_schema()
    for row in table.rows:
        fields, note = row.codes[1], row.cells[2].removesuffix("|").strip()
        assert fields or note.startswith(OMITTED), row
        for field in fields:
            assert has_field(schema, field), field


@pytest.mark.parametrize("table", table_params(OPERATIONS))
def test_each_operation_has_a_field_and_a_test(table: Table) -> None:
    schema, tests = graphql_schema(), all_tests()
    for row in table.rows:
        assert row.codes[2], row
        for field in row.codes[2]:
            assert has_field(schema, field), field
        shown_by = row.codes[3]
        assert shown_by, row
        for test in shown_by:
            assert test in tests, test


def test_every_field_of_a_vendor_block_is_documented() -> None:
    """Each field has the vendor's name."""
    schema = graphql_schema()
    documented = {field for table in OBJECTS for row in table.rows for field in row.codes[1]}
    for name in ("Section", "Course", "User", "Enrollment"):
        for vendor in ("Canvas", "Schoology"):
            fields = fields_of_type(schema, f"{vendor}{name}")
            offered = {f"{vendor}{name}.{field}" for field in fields}
            assert offered <= documented, sorted(offered - documented)


def test_every_field_of_an_input_is_documented() -> None:
    """Each field has the vendor's name."""
    schema = graphql_schema()
    documented = {field for table in OBJECTS for row in table.rows for field in row.codes[1]}
    bare = {field.partition(".")[2] for field in documented if field.startswith(("Create", "Update"))}
    for name in (
        "CanvasSectionInput",
        "CanvasCourseInput",
        "CanvasEnrollmentInput",
        "CourseSettingsInput",
        "SchoologySectionInput",
        "SchoologySectionOptionsInput",
        "SchoologyCourseInput",
        "SchoologyBulkInput",
        "MeetingInput",
        "CanvasCoursesFilter",
    ):
        fields = fields_of_type(schema, name)
        offered = {f"{name}.{field}" for field in fields} - {"SchoologySectionInput.options"}
        assert offered <= documented, sorted(offered - documented)
    for name in ("NewSection", "SectionPatch", "NewCourse", "CoursePatch"):
        fields = fields_of_type(schema, name)
        structural = {"canvas", "schoology", "section", "course", "meeting", "sections"}
        assert fields.keys() - structural <= bare, (name, fields.keys() - structural - bare)


def test_every_mutation_is_documented() -> None:
    root: Any = graphql_schema().mutation_type
    documented = {field for table in OPERATIONS for row in table.rows for field in row.codes[2]}
    assert {f"Mutation.{name}" for name in root.fields} <= documented


def test_every_linked_file_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
