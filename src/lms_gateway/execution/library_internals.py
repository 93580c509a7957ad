"""The undocumented parts of Strawberry and graphql-core that plans depend on.

An upgrade of either library may change anything in this module, and nothing else of the package:
its other modules import only `graphql`, `strawberry` and `strawberry.extensions`. The differential
tests (`python -m tests.execution.differential`) compare plans with the installed versions.
"""
# mypy: implicit-reexport
# ruff: noqa: F401

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    specified_rules,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.executor import (
    Executor,
    default_field_resolver,
    default_type_resolver,
    invalid_return_type_error,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.annotation import StrawberryAnnotation
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, validate_document
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_argument, convert_arguments
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UnsetType


def core_schema_of(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the graphql-core schema that Strawberry built."""
    return schema._schema


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """Return the Strawberry field that a graphql-core field was made from."""
    definition: StrawberryField | None = field.extensions.get("strawberry-definition")
    return definition


def is_standard_field(field: StrawberryField, converter: GraphQLCoreConverter) -> bool:
    """Return whether only the resolver and the field's extensions determine its value."""
    return (
        type(field).get_result is StrawberryField.get_result
        and converter.config.info_class is strawberry.Info
        and not converter._get_field_exception_handlers(field)
    )


def has_own_executor(schema: strawberry.Schema) -> bool:
    """Return whether the schema replaces the executor that Strawberry uses by default."""
    return schema.execution_context_class is not StrawberryGraphQLCoreExecutionContext


def validate(schema: strawberry.Schema, node: DocumentNode) -> Sequence[GraphQLError]:
    """Return the validation errors of a document, with the rules of the specification."""
    return validate_document(core_schema_of(schema), node, tuple(specified_rules))


class Invocation(NamedTuple):
    """What one execution of an operation is given."""

    variables: dict[str, Any]
    """As the request has them, not coerced."""
    context: Any
    root: Any
    extensions: Mapping[str, Any] | None


def build_core_executor(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, invocation: Invocation
) -> Executor[Any]:
    """Return graphql-core's executor of one operation; its variables are known to be valid."""
    executor = StrawberryGraphQLCoreExecutionContext.build(
        schema,
        document,
        root_value=invocation.root,
        context_value=invocation.context,
        raw_variable_values=invocation.variables,
        operation_name=None if operation.name is None else operation.name.value,
        is_awaitable=cast(Any, optimized_is_awaitable),
        operation_extensions=invocation.extensions,
    )
    assert isinstance(executor, Executor)
    return executor


class LazyInfo(strawberry.Info[Any, Any]):
    """A Strawberry `Info` that builds graphql-core's info on first use."""

    def __init__(self, field: GraphQLField) -> None:
        self._field = field.extensions["strawberry-definition"]

    @property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self.core_info()

    def core_info(self) -> GraphQLResolveInfo[Any]:
        """Build graphql-core's info."""
        raise NotImplementedError
