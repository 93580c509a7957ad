"""`docs/coverage.md`: nothing documented is without a row, and no row says what is not so."""

import re

import pytest

from tests.docs.pages import ROOT, Table, all_tests, graphql_schema, has_field, marked_tables, page

PAGE = page("coverage.md")
TABLES = marked_tables(PAGE)
OBJECTS = [table for table in TABLES if not table.is_operations]
OPERATIONS = [table for table in TABLES if table.is_operations]

LATER = ("WRITE", "CANVAS")
SETTLED = "left out for good"


def named(tables: list[Table]) -> list[object]:
    return [pytest.param(table, id=table.name) for table in tables]


def operation_of(cell: str) -> str:
    """The operation as the vendor's page writes it, whether or not all of it is in code quotes."""
    return cell[1:-1] if re.fullmatch(r"`[^`]+`", cell) else cell


def test_both_vendors_objects_and_operations_are_there() -> None:
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


@pytest.mark.parametrize("table", named(OBJECTS))
def test_each_documented_field_has_its_row_and_there_is_no_other(table: Table) -> None:
    assert [row.codes[0][0] for row in table.rows] == list(table.documented)


@pytest.mark.parametrize("table", named(OPERATIONS))
def test_each_documented_operation_has_its_row_and_there_is_no_other(table: Table) -> None:
    assert [operation_of(row.cells[0]) for row in table.rows] == list(table.documented)


@pytest.mark.parametrize("table", named(OBJECTS))
def test_each_field_of_an_object_is_in_the_schema_or_says_why_not(table: Table) -> None:
    schema = graphql_schema()
    for row in table.rows:
        fields, note = row.codes[1], row.cells[2].removesuffix("|").strip()
        assert fields or note.startswith((*LATER, SETTLED)), row
        for field in fields:
            assert has_field(schema, field), field


@pytest.mark.parametrize("table", named(OPERATIONS))
def test_each_operation_has_a_field_and_a_test_or_names_the_release_that_brings_it(
    table: Table,
) -> None:
    schema, tests = graphql_schema(), all_tests()
    for row in table.rows:
        if row.cells[2].startswith(LATER):
            continue
        assert row.codes[2], row
        for field in row.codes[2]:
            assert has_field(schema, field), field
        shown_by = row.codes[3]
        assert shown_by, row
        for test in shown_by:
            assert test in tests, test


def test_what_a_later_release_brings_is_not_in_the_schema_yet() -> None:
    """Else the row is to be filled in."""
    schema = graphql_schema()
    for table in OPERATIONS:
        for row in table.rows:
            if row.cells[2].startswith(LATER):
                promised = row.codes[2][:1]
                for field in promised:
                    coordinate = field.partition("(")[0]
                    coordinate = coordinate if "." in coordinate else f"Mutation.{coordinate}"
                    assert not has_field(schema, coordinate), (
                        f"{coordinate} has come: its row needs it"
                    )


def test_every_field_of_the_vendors_blocks_is_on_the_page() -> None:
    """What is offered is documented: no field of a block is without the vendor's name for it."""
    schema = graphql_schema()
    told = {field for table in OBJECTS for row in table.rows for field in row.codes[1]}
    for name in ("Section", "Course", "User", "Enrollment"):
        for vendor in ("Canvas", "Schoology"):
            fields = schema.type_map[f"{vendor}{name}"].fields  # type: ignore[attr-defined]
            offered = {f"{vendor}{name}.{field}" for field in fields}
            assert offered <= told, sorted(offered - told)


def test_the_page_names_no_file_that_is_not_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
