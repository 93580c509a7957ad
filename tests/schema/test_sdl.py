"""`schema.graphql` is current, has a description of everything, and has the keys of federation."""

from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLScalarType

from lms_gateway.schema import build_schema, print_sdl

SDL = Path(__file__).parents[2] / "schema.graphql"
TYPES = {
    name: type_
    for name, type_ in build_schema()._schema.type_map.items()
    # Names of the GraphQL and federation specifications are described there.
    if not name.startswith(("_", "link__")) and not isinstance(type_, GraphQLScalarType)
}


def coordinates(name: str, type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Yield the coordinate and the description of a type, its fields, arguments and values."""
    yield name, type_.description
    if isinstance(type_, GraphQLEnumType):
        for value_name, value in type_.values.items():
            yield f"{name}.{value_name}", value.description
    for field_name, field in getattr(type_, "fields", {}).items():
        if field_name.startswith("_"):
            continue
        yield f"{name}.{field_name}", field.description
        for argument_name, argument in getattr(field, "args", {}).items():
            yield f"{name}.{field_name}({argument_name}:)", argument.description


def test_the_committed_schema_is_current() -> None:
    assert SDL.read_text() == print_sdl()


def test_everything_has_a_description() -> None:
    undescribed = [
        coordinate
        for name, type_ in TYPES.items()
        for coordinate, description in coordinates(name, type_)
        if not description
    ]
    assert undescribed == []


def test_entities_have_their_keys() -> None:
    sdl = print_sdl()
    for name in ("Section", "Course", "User"):
        keys = '@key(fields: "id") @key(fields: "tenantSlug vendorId")'
        assert f"type {name} implements Node {keys} {{" in sdl
    for name in ("Enrollment", "Account", "Term", "Tenant"):
        assert f'type {name} implements Node @key(fields: "id") {{' in sdl
    assert "directive @oneOf on INPUT_OBJECT" in sdl
    assert 'url: "https://specs.apollo.dev/federation/v2.9"' in sdl
