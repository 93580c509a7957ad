"""The references, filters and inputs of `docs/filters.md` match the limitations of the vendors."""

import re

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from lms_gateway.domain.record import Vendor
from lms_gateway.vendors.canvas.capabilities import LIMITATIONS as CANVAS
from lms_gateway.vendors.schoology.capabilities import LIMITATIONS as SCHOOLOGY
from tests.capabilities import capabilities
from tests.docs.pages import graphql_schema, page, rows_of

SECTIONS = page("filters.md").split("\n## ")[1:]
ROWS = {row.codes[0][0]: row for section in SECTIONS for row in rows_of(section)}
CAPABILITIES = {
    vendor: tuple(capabilities(limitations).values())
    for vendor, limitations in ((Vendor.CANVAS, CANVAS), (Vendor.SCHOOLOGY, SCHOOLOGY))
}
CELLS = {Vendor.CANVAS: 1, Vendor.SCHOOLOGY: 2}

_PLACE = re.compile(r"(\w+)\.(\w+)(?:\((\w+)(?:\.(\w+))?\))?")
_ALIKE = {
    "sectionsBy(refs": "section(by",
    "coursesBy(refs": "course(by",
    "usersBy(refs": "user(by",
    "updateSection(": "createSection(",
    "updateCourse(": "createCourse(",
}


def row_name(operation: str) -> str:
    """Return the row of an operation: `sectionsBy` shares that of `section`."""
    name = operation.partition(", ")[0]
    for variant, canonical in _ALIKE.items():
        name = name.replace(variant, canonical)
    return name


@pytest.mark.parametrize("operation", sorted(ROWS))
def test_each_row_names_a_coordinate_of_the_schema(operation: str) -> None:
    match = _PLACE.fullmatch(operation)
    assert match
    type_name, field, argument, key = match.groups()
    schema_field = graphql_schema().type_map[type_name].fields[field]  # type: ignore[attr-defined]
    if argument is not None:
        argument_type = get_named_type(schema_field.args[argument].type)
        assert key is None or (
            isinstance(argument_type, GraphQLInputObjectType) and key in argument_type.fields
        )


@pytest.mark.parametrize("vendor", Vendor)
def test_each_argument_of_a_vendor_has_a_row(vendor: Vendor) -> None:
    operations = {
        row_name(capability.operation)
        for capability in CAPABILITIES[vendor]
        if "(" in capability.operation
        or (not capability.supported and capability.operation.startswith("Mutation."))
    }
    assert operations <= ROWS.keys(), sorted(operations - ROWS.keys())


@pytest.mark.parametrize("vendor", Vendor)
def test_unsupported_matches_the_limitations(vendor: Vendor) -> None:
    """The cell of an unsupported operation starts with "unsupported"; a partial one contains it."""
    unsupported = {
        row_name(capability.operation)
        for capability in CAPABILITIES[vendor]
        if _unsupported_part(capability) == "whole"
    }
    partly = {
        row_name(capability.operation)
        for capability in CAPABILITIES[vendor]
        if _unsupported_part(capability) == "part"
    }
    for name, row in ROWS.items():
        cell = row.cells[CELLS[vendor]].rstrip(" |")
        assert cell.startswith("unsupported") is (name in unsupported), name
        if name in partly:
            assert "unsupported" in cell or "as `" in cell, name


def _unsupported_part(capability: object) -> str | None:
    if getattr(capability, "supported", True):
        return None
    return "part" if ", " in getattr(capability, "operation", "") else "whole"
