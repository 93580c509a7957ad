"""Every field that is read from a record has a record field that a vendor supports."""

import pytest

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.models import RECORDS
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import Requires, declaration_of
from lms_gateway.vendors.canvas.backend import CanvasBackend
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.schoology.backend import SchoologyBackend
from tests.docs.pages import fields_of_type, graphql_schema

SCHEMA = graphql_schema()
BACKENDS: dict[Vendor, type[Backend]] = {
    Vendor.CANVAS: CanvasBackend,
    Vendor.SCHOOLOGY: SchoologyBackend,
}
TYPES = [kind for kind in Kind if kind.title() in SCHEMA.type_map]
BLOCKS = [
    pytest.param(vendor, kind, id=f"{vendor.title()}{kind.title()}")
    for vendor in Vendor
    for kind in Kind
    if f"{vendor.title()}{kind.title()}" in SCHEMA.type_map
]


def record_fields_of(type_name: str) -> dict[str, tuple[str, ...]]:
    """Return the record fields that each field of a type requires."""
    declared = {name: declaration_of(field) for name, field in fields_of_type(SCHEMA, type_name).items()}
    return {
        name: declaration.fields
        for name, declaration in declared.items()
        if isinstance(declaration, Requires)
    }


@pytest.mark.parametrize(("vendor", "kind"), BLOCKS)
def test_each_field_of_a_vendor_block_is_supported(vendor: Vendor, kind: Kind) -> None:
    name = f"{vendor.title()}{kind.title()}"
    required = record_fields_of(name)
    assert required.keys() == fields_of_type(SCHEMA, name).keys()
    for field, record_fields in required.items():
        assert set(record_fields) <= BACKENDS[vendor].supported_fields[kind], field
        assert all(name.startswith(f"{vendor}.") for name in record_fields), field


@pytest.mark.parametrize("kind", TYPES)
def test_each_field_of_a_canvas_block_is_part_of_a_row(kind: Kind) -> None:
    row_sources = [source for source in vars(sources).values() if isinstance(source, sources.RowSource)]
    available = {name for source in row_sources if source.field_map.kind is kind for name in source.fields}
    type_name = f"Canvas{kind.title()}"
    if type_name in SCHEMA.type_map:
        required = {name for names in record_fields_of(type_name).values() for name in names}
        assert required <= available, sorted(required - available)


@pytest.mark.parametrize("kind", TYPES)
def test_each_common_field_is_supported_by_a_vendor(kind: Kind) -> None:
    supported = frozenset().union(*(backend.supported_fields.get(kind, ()) for backend in BACKENDS.values()))
    for field, record_fields in record_fields_of(kind.title()).items():
        for name in record_fields:
            assert hasattr(RECORDS[kind], name), field
            assert name in supported, field
