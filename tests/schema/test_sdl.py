"""The printed schema: current, described throughout, and what federation needs."""

from pathlib import Path

from graphql import GraphQLEnumType, GraphQLScalarType

from lms_gateway.schema import build_schema, print_sdl

SDL = Path(__file__).parents[2] / "schema.graphql"
TYPES = {
    name: type_
    for name, type_ in build_schema()._schema.type_map.items()
    # Names of the GraphQL and federation specifications are described there.
    if not name.startswith(("_", "link__")) and not isinstance(type_, GraphQLScalarType)
}


def test_the_committed_schema_is_current() -> None:
    assert SDL.read_text() == print_sdl()


def test_every_type_and_field_has_a_description() -> None:
    bare = [name for name, type_ in TYPES.items() if not type_.description]
    for name, type_ in TYPES.items():
        if isinstance(type_, GraphQLEnumType):
            continue
        for field, definition in getattr(type_, "fields", {}).items():
            if not definition.description and not field.startswith("_"):
                bare.append(f"{name}.{field}")
    assert bare == []


def test_entities_have_their_keys() -> None:
    sdl = print_sdl()
    for name in ("Section", "Course", "User"):
        keys = '@key(fields: "id") @key(fields: "tenantSlug vendorId")'
        assert f"type {name} implements Node {keys} {{" in sdl
    for name in ("Enrollment", "Account", "Term", "Tenant"):
        assert f'type {name} implements Node @key(fields: "id") {{' in sdl
    assert "directive @oneOf on INPUT_OBJECT" in sdl
    assert 'url: "https://specs.apollo.dev/federation/v2.9"' in sdl
