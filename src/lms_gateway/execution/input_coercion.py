"""Coercion of variables and arguments, prepared when an operation is compiled.

graphql-core looks up types, defaults and signatures for each value of each request. Here the simple
cases are prepared once; graphql-core coerces all other values, and reports all errors.
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

from lms_gateway.execution.library_internals import (
    VariableValues,
    VariableValueSource,
    coerce_default_value,
    coerce_input_literal,
    get_variable_signature,
)

IMMUTABLE_TYPES: Final = (str, int, float, bool, Enum, type(None))
"""Classes of values that all executions can share, since no resolver can change them."""

_SCALAR_CLASSES: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""Scalar → the class whose instances coercion returns unchanged."""

_MAX_ERRORS: Final = 50  # graphql-core's own limit

CoercedVariables = Mapping[str, Any]
"""Coerced variables by name."""


class _NotSimple(Exception):
    """graphql-core has to coerce the value."""


class VariableCoercion:
    """Coerces an operation's variables."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._simple: list[tuple[Any, type, bool]] | None = []
        for node in self._nodes:
            simple = _simple_variable(get_variable_signature(schema, node))
            if simple is None:
                self._simple = None
                break
            self._simple.append(simple)

    def coerce(self, raw_values: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the coerced variables, or the errors."""
        coerced = self._coerce_simple(raw_values)
        if coerced is None:
            return get_variable_values(self._schema, self._nodes, raw_values, max_errors=_MAX_ERRORS)
        return coerced

    def _coerce_simple(self, raw_values: dict[str, Any]) -> VariableValues | None:
        if self._simple is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, python_class, nullable in self._simple:
            name = signature.name
            value = raw_values.get(name, Undefined)
            if type(value) is not python_class and not (value is None and nullable):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _simple_variable(signature: Any) -> tuple[Any, type, bool] | None:
    """Return the signature, the class of its simple values, and whether null is one."""
    if isinstance(signature, GraphQLError):
        return None
    nullable = not is_non_null_type(signature.type)
    type_ = signature.type if nullable else signature.type.of_type
    name = get_named_type(type_).name
    if type_ is not specified_scalar_types.get(name) or name not in _SCALAR_CLASSES:
        return None
    return signature, _SCALAR_CLASSES[name], nullable


class ArgumentCoercion:
    """Coerces the arguments of a field node, as graphql-core does."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._readers: list[tuple[str, Callable[[CoercedVariables], Any]]] | None = []
        value_nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
        try:
            for name, argument in definition.args.items():
                if argument.out_name not in (None, name):
                    raise _NotSimple
                if name in value_nodes:
                    self._readers.append((name, _value_reader(value_nodes[name], argument.type)))
                elif argument.default is not None or argument.default_value is not Undefined:
                    self._readers.append((name, _constant_reader(coerce_default_value(argument))))
        except _NotSimple:
            self._readers = None

    def coerce(self, variables: VariableValues | None) -> dict[str, Any]:
        """Return the arguments by their GraphQL names. Raises GraphQLError."""
        if self._readers is not None:
            coerced = {} if variables is None else variables.coerced
            try:
                return {name: reader(coerced) for name, reader in self._readers}
            except Exception:  # graphql-core raises it again, with its message
                pass
        return get_argument_values(self._definition, self._node, variables)


def _value_reader(node: Any, type_: Any) -> Callable[[CoercedVariables], Any]:
    """Return a function that reads the value of an argument's node.

    Raises _NotSimple, and so may the returned function.
    """
    if isinstance(node, VariableNode):
        return _variable_reader(node.name.value, nullable=not is_non_null_type(type_))
    nullable_type = type_.of_type if is_non_null_type(type_) else type_
    if isinstance(node, ObjectValueNode) and is_input_object_type(nullable_type):
        return _object_reader(node, nullable_type)
    if is_list_type(nullable_type) or not is_leaf_type(nullable_type):
        raise _NotSimple
    return _constant_reader(coerce_input_literal(node, type_))


def _variable_reader(name: str, *, nullable: bool) -> Callable[[CoercedVariables], Any]:
    def read(variables: CoercedVariables) -> Any:
        value = variables[name]
        if value is None and not nullable:
            raise _NotSimple
        return value

    return read


def _constant_reader(value: Any) -> Callable[[CoercedVariables], Any]:
    if value is Undefined or not isinstance(value, IMMUTABLE_TYPES):
        raise _NotSimple
    return lambda _variables: value


def _object_reader(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Callable[[CoercedVariables], Any]:
    value_nodes = {field.name.value: field.value for field in node.fields}
    readers = []
    for name, field in type_.fields.items():
        if field.out_name not in (None, name):
            raise _NotSimple
        if name in value_nodes:
            field_type: Any = field.type
            readers.append((name, _value_reader(value_nodes[name], field_type)))
        elif is_non_null_type(field.type) or (
            field.default is not None or field.default_value is not Undefined
        ):
            raise _NotSimple
    if type_.is_one_of or len(readers) != len(value_nodes):
        raise _NotSimple
    to_python = type_.out_type  # where Strawberry counts the keys of a @oneOf input
    return lambda variables: to_python({name: reader(variables) for name, reader in readers})
