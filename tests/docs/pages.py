"""Parsers of the documentation: tables, marks, links, fenced blocks."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from lms_gateway.schema import build_schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_MARK = re.compile(r"<!-- documented (?P<operations>operations )?(?P<name>.+?): (?P<what>.+?) -->")


class Row(NamedTuple):
    """A row of a table."""

    cells: tuple[str, ...]

    @property
    def codes(self) -> list[list[str]]:
        """The texts in code quotes, by cell."""
        return [re.findall(r"`([^`]+)`", cell) for cell in self.cells]


class Table(NamedTuple):
    """A table whose rows must be those that its mark names."""

    name: str
    is_operations: bool
    documented: tuple[str, ...]
    rows: tuple[Row, ...]


def page(name: str) -> str:
    """Return the text of a page of `docs/`."""
    return (DOCS / name).read_text(encoding="utf-8")


def marked_tables(text: str) -> list[Table]:
    """Return the tables that follow a mark `<!-- documented … -->`."""
    tables = []
    for match in _MARK.finditer(text):
        is_operations = match["operations"] is not None
        words = match["what"].split("; " if is_operations else " ")
        rows = tuple(rows_of(text[match.end() :]))
        tables.append(Table(match["name"], is_operations, tuple(words), rows))
    return tables


def rows_of(text: str) -> Iterator[Row]:
    """Yield the rows of the first table of a text, without its heading."""
    is_inside = False
    for line in text.splitlines():
        if line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip().strip("|").split(" | "))
            if is_inside and not set(line) <= set("|- :"):
                yield Row(cells)
            is_inside = True
        elif is_inside:
            return


def fenced(text: str, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def markdown_pages() -> list[Path]:
    """Return all pages of the documentation."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "scripts" / "README.md"]
    return [*pages, *sorted((ROOT / "src").rglob("README.md")), *sorted(DOCS.rglob("*.md"))]


def all_tests() -> set[str]:
    """Return each test of the suite, as `tests/area/test_file.py::test_name`."""
    names = set()
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_"):
                names.add(f"{file.relative_to(ROOT).as_posix()}::{node.name}")
    return names


@cache
def graphql_schema() -> GraphQLSchema:
    """Return the schema of graphql-core."""
    return build_schema()._schema


def fields_of_type(schema: GraphQLSchema, name: str) -> Mapping[str, Any]:
    """Return the fields of a type by their name; none for a type without fields."""
    type_ = schema.type_map.get(name)
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return {}
    fields: Mapping[str, Any] = type_.fields
    return fields


def has_field(schema: GraphQLSchema, coordinate: str) -> bool:
    """Return whether `Type.field` is in the schema."""
    type_name, _, field = coordinate.partition(".")
    return field in fields_of_type(schema, type_name)
