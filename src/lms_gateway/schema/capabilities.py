"""What a vendor supports of the schema, derived from the schema and the vendor's limitations.

An operation is named by its coordinate, `Query.courses`, and an argument by `Query.courses(search)`
or `Query.courses(filter.search)`. All vendors have the same coordinates, so that a client finds the
same names for every tenant. These are listed:

- fields that load objects, except to-one relations, with their arguments. Each field of an input
  object is an argument. Arguments of vendor operations are not listed.
- mutations, and those fields of their input that are marked as limited.
- subscriptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import ByAlias, OperationLoad
from lms_gateway.domain.record import Kind
from lms_gateway.execution import LoadedField, declaration_of
from lms_gateway.schema.declarations.record_fields import CAPABILITY, value
from lms_gateway.schema.inputs.fields import LIMITED

BULK = "bulk"
"""Key of a field's metadata: the mutation has a list of rows."""

_PAGE_ARGUMENTS = frozenset({"first", "after"})

_DOMAIN_NAMES = {"how": "mode", "teachers": "teacher_ids", "term": "term_id", "terms": "term_ids"}
"""Names of input fields for which the domain has another name."""


@strawberry.type(description="Whether the vendor of a tenant supports an operation.")
class Capability:
    operation: str = value(
        "Coordinate of the operation or argument, for example `Query.courses(filter.search)`."
    )
    supported: bool = value("False: the operation returns UNSUPPORTED_BY_VENDOR.")
    reason: str | None = value("Reason if it is not supported; otherwise null.")


@dataclass(frozen=True, slots=True)
class _Coordinate:
    """An operation or argument of the schema, and the limitation by which a vendor lacks it."""

    name: str
    limitation: Limitation
    is_bulk: bool = False

    def matches(self, limitation: Limitation) -> bool:
        """Return whether a vendor's limitation covers this coordinate.

        A part that is None covers every value: the limitation of an operation is also that of its
        arguments. A condition concerns exactly its argument, and not the rows of bulk mutations,
        for which the mutation of one object speaks.
        """
        *parts, condition = limitation
        *own_parts, _ = self.limitation
        if condition is not None and (self.is_bulk or limitation.argument != self.limitation.argument):
            return False
        return all(part is None or part == own_part for part, own_part in zip(parts, own_parts, strict=True))


def capabilities_of(schema: GraphQLSchema, limitations: Limitations) -> tuple[Capability, ...]:
    """Return which operations of the schema a vendor supports, sorted by coordinate."""
    return _capabilities(schema, tuple(limitations.items()))


@cache
def _capabilities(
    schema: GraphQLSchema, limitations: tuple[tuple[Limitation, str], ...]
) -> tuple[Capability, ...]:
    capabilities: list[Capability] = []
    for coordinate in _coordinates(schema):
        matching = [item for item in limitations if coordinate.matches(item[0])]
        reason = next((reason for key, reason in matching if key.condition is None), None)
        capabilities.append(Capability(operation=coordinate.name, supported=reason is None, reason=reason))
        capabilities += [
            Capability(operation=f"{coordinate.name}, {key.condition}", supported=False, reason=reason)
            for key, reason in matching
            if key.condition is not None
        ]
    return tuple(sorted(capabilities, key=lambda capability: capability.operation))


def unknown_limitations(schema: GraphQLSchema, limitations: Limitations) -> list[Limitation]:
    """Return the limitations that cover no coordinate of the schema; there should be none."""
    return [
        limitation
        for limitation in limitations
        if not any(coordinate.matches(limitation) for coordinate in _coordinates(schema))
    ]


@cache
def _coordinates(schema: GraphQLSchema) -> tuple[_Coordinate, ...]:
    return tuple(
        coordinate
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and type_.name != "Tenant"  # the fields of Query
        for name, field in type_.fields.items()
        for coordinate in _field_coordinates(type_.name, name, field)
    )


def _field_coordinates(type_name: str, field_name: str, field: GraphQLField) -> Iterator[_Coordinate]:
    definition = field.extensions.get("strawberry-definition")
    declaration = declaration_of(field)
    limitation: Limitation | None = None
    if definition is not None:
        limitation = definition.metadata.get(CAPABILITY)
    if isinstance(declaration, LoadedField):
        limitation = getattr(declaration.make_load, CAPABILITY, None)
    if definition is None or limitation is None:
        return
    kind = type_name.lower()
    if kind in tuple(Kind):
        limitation = limitation._replace(parent=Kind(kind))
    name = f"{type_name}.{field_name}"
    is_bulk = definition.metadata.get(BULK, False)
    if limitation.operation is not ByAlias:  # a lookup is only listed by its references
        yield _Coordinate(name, limitation, is_bulk)
    if limitation.operation is OperationLoad or type_name == "Subscription":
        return
    for argument_name, argument in field.args.items():
        if argument_name not in _PAGE_ARGUMENTS:
            for path, domain_name in _argument_paths(argument_name, argument, type_name):
                yield _Coordinate(f"{name}({path})", limitation._replace(argument=domain_name), is_bulk)


def _argument_paths(name: str, argument: GraphQLArgument, type_name: str) -> Iterator[tuple[str, str]]:
    """Yield the path of an argument, or of the fields of its input object, and the domain's name.

    The id of a job identifies it; it is not an argument that a vendor may lack.
    """
    input_type = get_named_type(argument.type)
    if isinstance(input_type, GraphQLInputObjectType):
        for field_name, field in input_type.fields.items():
            definition: Any = field.extensions["strawberry-definition"]
            if type_name != "Mutation" or definition.metadata.get(LIMITED):
                python_name = definition.python_name
                yield f"{name}.{field_name}", _DOMAIN_NAMES.get(python_name, python_name)
    elif name != "id":
        definition = argument.extensions["strawberry-definition"]
        yield name, definition.python_name
