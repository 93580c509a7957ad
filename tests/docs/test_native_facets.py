"""No field of a vendor's block is null for good: each has a facet that some reply can tell."""

import pytest

from lms_gateway.domain.models import RECORDS
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.execution import Requires, declaration_of
from lms_gateway.vendors.canvas.backend import CanvasBackend
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.schoology.backend import SchoologyBackend
from tests.docs.pages import graphql_schema

SCHEMA = graphql_schema()
BACKENDS = {Vendor.CANVAS: CanvasBackend, Vendor.SCHOOLOGY: SchoologyBackend}
TYPES = [kind for kind in Kind if kind.title() in SCHEMA.type_map]
BLOCKS = [
    pytest.param(vendor, kind, id=f"{vendor.title()}{kind.title()}")
    for vendor in Vendor
    for kind in Kind
    if f"{vendor.title()}{kind.title()}" in SCHEMA.type_map
]


def record_fields_of(type_name: str) -> dict[str, tuple[str, ...]]:
    """A type's fields that are read off their record → the facets that they need."""
    fields = SCHEMA.type_map[type_name].fields  # type: ignore[attr-defined]
    declared = {name: declaration_of(field) for name, field in fields.items()}
    return {
        name: declaration.fields
        for name, declaration in declared.items()
        if isinstance(declaration, Requires)
    }


@pytest.mark.parametrize(("vendor", "kind"), BLOCKS)
def test_each_field_of_a_block_has_a_facet_that_its_vendor_gives(
    vendor: Vendor, kind: Kind
) -> None:
    name = f"{vendor.title()}{kind.title()}"
    required = record_fields_of(name)
    assert required.keys() == SCHEMA.type_map[name].fields.keys()  # type: ignore[attr-defined]
    for field, facets in required.items():
        assert set(facets) <= BACKENDS[vendor].supported_fields[kind], field
        assert all(facet.startswith(f"{vendor}.") for facet in facets), field


@pytest.mark.parametrize("kind", TYPES)
def test_each_facet_of_a_canvas_block_comes_from_a_reply_that_the_gateway_asks_for(
    kind: Kind,
) -> None:
    row_sources = [
        source for source in vars(sources).values() if isinstance(source, sources.RowSource)
    ]
    available = {
        facet for source in row_sources if source.field_map.kind is kind for facet in source.fields
    }
    name = f"Canvas{kind.title()}"
    if name in SCHEMA.type_map:
        wanted = {facet for facets in record_fields_of(name).values() for facet in facets}
        assert wanted <= available, sorted(wanted - available)


@pytest.mark.parametrize("kind", TYPES)
def test_each_neutral_facet_of_a_field_is_an_attribute_that_some_vendor_gives(kind: Kind) -> None:
    supported = frozenset().union(
        *(backend.supported_fields.get(kind, ()) for backend in BACKENDS.values())
    )
    for field, facets in record_fields_of(kind.title()).items():
        for facet in facets:
            assert hasattr(RECORDS[kind], facet), field
            assert facet in supported, field
