"""The usual inputs of an operation, read without finding out anew what they are.

graphql-core looks up types, defaults and signatures for each value of each request. Here that is
done when an operation is compiled; whatever is not as usual at run time is left to graphql-core,
errors included.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    get_argument_values,
    get_named_type,
    get_variable_values,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    specified_scalar_types,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

IMMUTABLE: Final = (str, int, float, bool, Enum, type(None))
"""Values that may be given to everybody: nobody can change them."""

_CLASSES: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""Scalars of which an input of this very class is its own coerced value."""

_MOST_ERRORS: Final = 50  # graphql-core's own limit

Coerced = Mapping[str, Any]
"""Coerced variables by name."""


class _Unusual(Exception):
    """graphql-core has to look at it."""


class Variables:
    """What coerces an operation's variables."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._usual: list[tuple[Any, type, bool]] | None = []
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                self._usual = None
                break
            named = get_named_type(signature.type)
            bare = signature.type.of_type if is_non_null_type(signature.type) else signature.type
            cls = _CLASSES.get(named.name)
            if bare is not specified_scalar_types.get(named.name) or cls is None:
                self._usual = None
                break
            self._usual.append((signature, cls, not is_non_null_type(signature.type)))

    def coerce(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables' values, or why they are none."""
        found = self._coerce_usual(given)
        if found is None:
            return get_variable_values(self._schema, self._nodes, given, max_errors=_MOST_ERRORS)
        return found

    def _coerce_usual(self, given: dict[str, Any]) -> VariableValues | None:
        if self._usual is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, cls, nullable in self._usual:
            name = signature.name
            value = given.get(name, Undefined)
            if type(value) is not cls and not (value is None and nullable):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


class Arguments:
    """What reads a field's arguments off its node, as graphql-core coerces them."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._usual: list[tuple[str, Callable[[Coerced], Any]]] | None = []
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        try:
            for name, argument in definition.args.items():
                if argument.out_name not in (None, name):
                    raise _Unusual
                if name in given:
                    self._usual.append((name, _reader(given[name], argument.type)))
                elif argument.default is not None or argument.default_value is not Undefined:
                    self._usual.append((name, _constant(coerce_default_value(argument))))
        except _Unusual:
            self._usual = None

    def read(self, variables: VariableValues | None) -> dict[str, Any]:
        """The arguments by their GraphQL names. Raises GraphQLError."""
        if self._usual is not None:
            coerced = {} if variables is None else variables.coerced
            try:
                return {name: read(coerced) for name, read in self._usual}
            except Exception:  # graphql-core raises it again, in its words
                pass
        return get_argument_values(self._definition, self._node, variables)


def _reader(node: Any, type_: Any) -> Callable[[Coerced], Any]:
    """What gives the value of an argument's node. Raises _Unusual, or returns what may."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, nullable=not is_non_null_type(type_))
    bare = type_.of_type if is_non_null_type(type_) else type_
    if isinstance(node, ObjectValueNode) and is_input_object_type(bare):
        return _object(node, bare)
    if is_list_type(bare) or not is_leaf_type(bare):
        raise _Unusual
    return _constant(coerce_input_literal(node, type_))


def _variable(name: str, *, nullable: bool) -> Callable[[Coerced], Any]:
    def read(variables: Coerced) -> Any:
        value = variables[name]
        if value is None and not nullable:
            raise _Unusual
        return value

    return read


def _constant(value: Any) -> Callable[[Coerced], Any]:
    if value is Undefined or not isinstance(value, IMMUTABLE):
        raise _Unusual
    return lambda _variables: value


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Callable[[Coerced], Any]:
    given = {field.name.value: field.value for field in node.fields}
    readers = []
    for name, field in type_.fields.items():
        if field.out_name not in (None, name):
            raise _Unusual
        if name in given:
            field_type: Any = field.type
            readers.append((name, _reader(given[name], field_type)))
        elif is_non_null_type(field.type) or (
            field.default is not None or field.default_value is not Undefined
        ):
            raise _Unusual
    if type_.is_one_of or len(readers) != len(given):
        raise _Unusual
    finish = type_.out_type  # where Strawberry counts the keys of a @oneOf input
    return lambda variables: finish({name: read(variables) for name, read in readers})
