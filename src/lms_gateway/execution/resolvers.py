"""Resolution strategies: how a plan gets a field's values for all objects of a level.

Each field gets the first strategy of these that can resolve it, in the order of their cost:

1. read from the source, for many sources in one call (`batch_fields`);
2. load through the context, in one call (`_load_many`);
3. call the resolver for each object, without graphql-core's info (`_function_resolver`);
4. call the field's own resolve function for each object, as graphql-core does: for permissions,
   extensions and fields that were not declared with Strawberry (`_resolve_with_core`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import isfunction
from typing import Any

from lms_gateway.execution import batch_fields
from lms_gateway.execution.argument_conversion import ArgumentConverters
from lms_gateway.execution.batch_fields import FieldReader, ReadMany
from lms_gateway.execution.declarations import (
    BATCH_RESOLVER,
    LoadedField,
    LoadExtension,
    LoadingContext,
    declaration_of,
)
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.input_coercion import IMMUTABLE_TYPES, ArgumentCoercion
from lms_gateway.execution.levels import Level
from lms_gateway.execution.library_internals import (
    GraphQLCoreConverter,
    StrawberryResolver,
    UnsetType,
    default_field_resolver,
    is_standard_field,
    strawberry_field,
)
from lms_gateway.execution.resolve_info import PlannedInfo, core_resolve_info
from lms_gateway.execution.selection import Indices, PlanField, Values, variables_in

FieldResolver = Callable[[PlanExecutor, PlanField, Values, Level, Indices], Values]
"""(executor, field, sources, level, indices) → values; `sources` are the level's at `indices`.

An exception among the values is the error of that object's field; nothing is raised.
"""


@dataclass(frozen=True, slots=True)
class ResolutionStrategy:
    """How a field is resolved: exactly one of `read_batch` and `resolve` is set."""

    read_batch: FieldReader | None = None
    resolve: FieldResolver | None = None
    uses_core: bool = False  # then arguments are not converted to Python types


class StrategySelector:
    """Selects the strategy of each field of a schema, once per field."""

    def __init__(
        self, converter: GraphQLCoreConverter, read: Callable[[Any, str], Any], read_many: ReadMany | None
    ) -> None:
        self._converter = converter
        self._read = read
        self._read_many = read_many
        self._converters = ArgumentConverters(converter)
        self._strategies: dict[int, ResolutionStrategy] = {}  # by id of the definition

    def prepare(self, field: PlanField) -> None:
        """Set the resolver and the arguments of a compiled field."""
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
        if definition is None or not is_standard_field(definition, self._converter):
            return _CORE_STRATEGY
        declaration = declaration_of(field.definition)
        if isinstance(declaration, LoadedField):
            if any(type(extension) is not LoadExtension for extension in definition.extensions):
                return _CORE_STRATEGY
            return ResolutionStrategy(resolve=partial(_load_many, declaration))
        if definition.extensions:
            return _CORE_STRATEGY
        if BATCH_RESOLVER in definition.metadata:
            resolver = definition.metadata[BATCH_RESOLVER]
            return ResolutionStrategy(partial(batch_fields.read_with_batch_resolver, resolver))
        function = definition.base_resolver
        if function is None:
            name = definition.python_name
            reader = batch_fields.attribute_reader(name, self._read, self._read_many)
            return ResolutionStrategy(reader)
        source_reader = batch_fields.source_reader(function)
        if source_reader is None:
            return ResolutionStrategy(resolve=_function_resolver(function))
        return ResolutionStrategy(source_reader)

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
    """Return a reader of arguments without variables: constant, if all values are immutable."""
    try:
        arguments = read(None)
    except Exception:  # each execution reports it, with its path
        return read
    if all(isinstance(value, (*IMMUTABLE_TYPES, UnsetType)) for value in arguments.values()):
        return lambda _executor: arguments
    return read


def _load_many(
    declaration: LoadedField,
    executor: PlanExecutor,
    field: PlanField,
    sources: Values,
    _level: Level,
    _indices: Indices,
) -> Values:
    """Load the field of all sources through the context."""
    arguments = executor.arguments(field)
    if isinstance(arguments, Exception):
        return [arguments] * len(sources)
    context: LoadingContext = executor.context
    return context.load_many(declaration, sources, arguments, PlannedInfo(executor, field))


def _function_resolver(resolver: StrawberryResolver[Any]) -> FieldResolver:
    """Return a resolver that calls the field's resolver for each source."""
    # A function is called directly; a class or static method, through Strawberry's wrapper.
    wrapped: Any = resolver.wrapped_func
    call: Callable[..., Any] = wrapped if isfunction(wrapped) else resolver
    takes_self = resolver.self_parameter is not None
    source_parameters = (resolver.parent_parameter, resolver.root_parameter)
    source_names = [parameter.name for parameter in source_parameters if parameter is not None]
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name

    def call_one(executor: PlanExecutor, field: PlanField, source: Any, level: Level, index: int) -> Any:
        arguments_or_error = executor.arguments(field)
        if isinstance(arguments_or_error, Exception):
            return arguments_or_error
        arguments = {**arguments_or_error, **dict.fromkeys(source_names, source)}
        if info_name is not None:
            arguments[info_name] = PlannedInfo(executor, field, level, index)
        return call(source, **arguments) if takes_self else call(**arguments)

    return partial(_resolve_each, call_one)


def _resolve_with_core(
    executor: PlanExecutor, field: PlanField, source: Any, level: Level, index: int
) -> Any:
    """Call the field's own resolve function, as graphql-core does."""
    arguments = executor.arguments(field)
    if isinstance(arguments, Exception):
        return arguments
    resolve = field.definition.resolve or default_field_resolver
    return resolve(source, core_resolve_info(executor, field, level, index), **arguments)


def _resolve_each(
    call: Callable[[PlanExecutor, PlanField, Any, Level, int], Any],
    executor: PlanExecutor,
    field: PlanField,
    sources: Values,
    level: Level,
    indices: Indices,
) -> Values:
    values: list[Any] = []
    for index, source in zip(indices, sources, strict=True):
        try:
            values.append(call(executor, field, source, level, index))
        except Exception as error:
            values.append(error)
    return values


_CORE_STRATEGY = ResolutionStrategy(resolve=partial(_resolve_each, _resolve_with_core), uses_core=True)
