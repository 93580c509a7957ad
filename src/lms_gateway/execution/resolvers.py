"""How a plan gets a field's values, for all objects of a level at once.

From cheap to dear: read off the source (`columns`), asked of the context's loaders, a resolver
called directly, and, for what only graphql-core's protocol can express (permissions, extensions,
fields that are not Strawberry's), the field's own resolve function, with an info for each object.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isfunction
from typing import Any

import strawberry
from graphql.execution.executor import default_field_resolver
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.unset import UnsetType

from lms_gateway.execution import batch_fields
from lms_gateway.execution.argument_conversion import ArgumentConverters
from lms_gateway.execution.batch_fields import FieldReader, ReadMany
from lms_gateway.execution.declarations import (
    BATCH_RESOLVER,
    LoadedField,
    LoadExtension,
    LoadingContext,
    declaration_of,
    strawberry_field,
)
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.input_coercion import IMMUTABLE_TYPES, ArgumentCoercion
from lms_gateway.execution.levels import Level
from lms_gateway.execution.resolve_info import PlannedInfo, core_resolve_info
from lms_gateway.execution.selection import PlanField, variables_in

FieldResolver = Callable[
    [PlanExecutor, PlanField, Sequence[Any], Level, Sequence[int]], Sequence[Any]
]
"""Gives the values of a field of a level's objects: `sources`, those at `indices`.

An exception among the values is the error of its object's field; nothing is raised.
"""


@dataclass(frozen=True, slots=True)
class ResolutionStrategy:
    """How a field is resolved: one of the two."""

    read_batch: FieldReader | None = None
    resolve: FieldResolver | None = None
    uses_core: bool = False  # its arguments are then as graphql-core coerces them


class StrategySelector:
    """Finds out how a schema's fields are resolved; each is looked at once."""

    def __init__(
        self,
        converter: GraphQLCoreConverter,
        read: Callable[[Any, str], Any],
        read_many: ReadMany | None,
    ) -> None:
        self._converter = converter
        self._read = read
        self._read_many = read_many
        self._converters = ArgumentConverters(converter)
        self._strategies: dict[
            int, ResolutionStrategy
        ] = {}  # by the definition's id: the schema keeps them all

    def prepare(self, field: PlanField) -> None:
        """Give a compiled field its way to be resolved, and its arguments."""
        key = id(field.definition)
        strategy = self._strategies.get(key)
        if strategy is None:
            strategy = self._strategies[key] = self._select(field)
        field.read_batch, field.resolve = strategy.read_batch, strategy.resolve
        field.arguments = self._arguments_reader(field, strategy)

    def _select(self, field: PlanField) -> ResolutionStrategy:
        if field.name == "__typename":
            return ResolutionStrategy(batch_fields.read_typename)
        definition = strawberry_field(field.definition)
        if definition is None or not self._is_standard(definition):
            return _CORE_STRATEGY
        declaration = declaration_of(field.definition)
        if isinstance(declaration, LoadedField):
            has_only_load_extensions = all(
                type(extension) is LoadExtension for extension in definition.extensions
            )
            return (
                ResolutionStrategy(resolve=_load_resolver(declaration))
                if has_only_load_extensions
                else _CORE_STRATEGY
            )
        if definition.extensions:
            return _CORE_STRATEGY
        if BATCH_RESOLVER in definition.metadata:
            return ResolutionStrategy(
                batch_fields.batch_reader(definition.metadata[BATCH_RESOLVER])
            )
        if definition.base_resolver is None:
            return ResolutionStrategy(
                batch_fields.attribute_reader(definition.python_name, self._read, self._read_many)
            )
        reader = batch_fields.source_reader(definition.base_resolver)
        return (
            ResolutionStrategy(resolve=_function_resolver(definition.base_resolver))
            if reader is None
            else ResolutionStrategy(reader)
        )

    def _is_standard(self, field: StrawberryField) -> bool:
        """Whether nothing but the resolver and its extensions has a say in the field's value."""
        return (
            type(field).get_result is StrawberryField.get_result
            and self._converter.config.info_class is strawberry.Info
            and not self._converter._get_field_exception_handlers(field)
        )

    def _arguments_reader(
        self, field: PlanField, strategy: ResolutionStrategy
    ) -> Callable[[PlanExecutor], Mapping[str, Any]]:
        if not field.definition.args and not field.nodes[0].arguments:
            return _no_arguments
        arguments = ArgumentCoercion(field.definition, field.nodes[0])
        if strategy.uses_core:
            return lambda executor: arguments.coerce(executor.variables)
        definition = strawberry_field(field.definition)
        assert definition is not None
        convert = self._converters.arguments_converter(definition.arguments)
        field.shares_arguments = self._converters.are_unconverted(definition.arguments)

        def read(executor: PlanExecutor | None) -> Mapping[str, Any]:
            return convert(arguments.coerce(None if executor is None else executor.variables))

        if any(variables_in(argument) for argument in field.nodes[0].arguments or ()):
            return read
        return _cache_constant(read)


def _no_arguments(_executor: PlanExecutor) -> Mapping[str, Any]:
    return {}


def _cache_constant(
    read: Callable[[PlanExecutor | None], Mapping[str, Any]],
) -> Callable[[PlanExecutor], Mapping[str, Any]]:
    """Arguments without variables: read once, where no resolver can change them for the next."""
    try:
        arguments = read(None)
    except Exception:  # told, with its place, by each run
        return read
    if all(isinstance(value, (*IMMUTABLE_TYPES, UnsetType)) for value in arguments.values()):
        return lambda _executor: arguments
    return read


def _load_resolver(declaration: LoadedField) -> FieldResolver:
    """Has the context ask for the field of all sources."""

    def resolve(
        executor: PlanExecutor,
        field: PlanField,
        sources: Sequence[Any],
        _level: Level,
        _indices: Sequence[int],
    ) -> Sequence[Any]:
        arguments = executor.arguments(field)
        if isinstance(arguments, Exception):
            return [arguments] * len(sources)
        context: LoadingContext = executor.context
        return context.load_many(declaration, sources, arguments, PlannedInfo(executor, field))

    return resolve


def _function_resolver(resolver: StrawberryResolver[Any]) -> FieldResolver:
    """Calls the field's resolver for each source."""
    # A function is called directly; a class or static method, through Strawberry's wrapper.
    wrapped: Any = resolver.wrapped_func
    call: Callable[..., Any] = wrapped if isfunction(wrapped) else resolver
    takes_self = resolver.self_parameter is not None
    source_parameters = (resolver.parent_parameter, resolver.root_parameter)
    source_names = [parameter.name for parameter in source_parameters if parameter is not None]
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name

    def call_one(
        executor: PlanExecutor, field: PlanField, source: Any, level: Level, index: int
    ) -> Any:
        arguments_or_error = executor.arguments(field)
        if isinstance(arguments_or_error, Exception):
            return arguments_or_error
        arguments = {**arguments_or_error, **dict.fromkeys(source_names, source)}
        if info_name is not None:
            arguments[info_name] = PlannedInfo(executor, field, level, index)
        return call(source, **arguments) if takes_self else call(**arguments)

    return _each_resolver(call_one)


def _resolve_with_core(
    executor: PlanExecutor, field: PlanField, source: Any, level: Level, index: int
) -> Any:
    """Calls the field's own resolve function, as graphql-core does."""
    arguments = executor.arguments(field)
    if isinstance(arguments, Exception):
        return arguments
    resolve = field.definition.resolve or default_field_resolver
    return resolve(source, core_resolve_info(executor, field, level, index), **arguments)


def _each_resolver(
    call: Callable[[PlanExecutor, PlanField, Any, Level, int], Any],
) -> FieldResolver:
    def resolve(
        executor: PlanExecutor,
        field: PlanField,
        sources: Sequence[Any],
        level: Level,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        values: list[Any] = []
        for index, source in zip(indices, sources, strict=True):
            try:
                values.append(call(executor, field, source, level, index))
            except Exception as error:
                values.append(error)
        return values

    return resolve


_CORE_STRATEGY = ResolutionStrategy(resolve=_each_resolver(_resolve_with_core), uses_core=True)
