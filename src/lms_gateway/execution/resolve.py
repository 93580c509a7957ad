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

from lms_gateway.execution import columns
from lms_gateway.execution.arguments import Converters
from lms_gateway.execution.columns import Column, ReadAll
from lms_gateway.execution.declare import (
    LEVELWISE,
    Loaded,
    LoadExtension,
    Loading,
    declaration_of,
    strawberry_field,
)
from lms_gateway.execution.info import PlannedInfo, raw_info
from lms_gateway.execution.inputs import IMMUTABLE, Arguments
from lms_gateway.execution.level import Level
from lms_gateway.execution.run import Run
from lms_gateway.execution.selection import Field, variables_in

Resolve = Callable[[Run, Field, Sequence[Any], Level, Sequence[int]], Sequence[Any]]
"""Gives the values of a field of a level's objects: `sources`, those at `indices`.

An exception among the values is the error of its object's field; nothing is raised.
"""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a field is resolved: one of the two."""

    column: Column | None = None
    resolve: Resolve | None = None
    by_core: bool = False  # its arguments are then as graphql-core coerces them


class Resolvers:
    """Finds out how a schema's fields are resolved; each is looked at once."""

    def __init__(
        self,
        converter: GraphQLCoreConverter,
        read: Callable[[Any, str], Any],
        read_all: ReadAll | None,
    ) -> None:
        self._converter = converter
        self._read = read
        self._read_all = read_all
        self._converters = Converters(converter)
        self._known: dict[int, _Way] = {}  # by the definition's id: the schema keeps them all

    def prepare(self, field: Field) -> None:
        """Give a compiled field its way to be resolved, and its arguments."""
        key = id(field.definition)
        way = self._known.get(key)
        if way is None:
            way = self._known[key] = self._way(field)
        field.column, field.resolve = way.column, way.resolve
        field.arguments = self._arguments(field, way)

    def _way(self, field: Field) -> _Way:
        if field.name == "__typename":
            return _Way(columns.type_name)
        known = strawberry_field(field.definition)
        if known is None or not self._is_usual(known):
            return _BY_CORE
        declared = declaration_of(field.definition)
        if isinstance(declared, Loaded):
            is_own = all(type(extension) is LoadExtension for extension in known.extensions)
            return _Way(resolve=_load(declared)) if is_own else _BY_CORE
        if known.extensions:
            return _BY_CORE
        if LEVELWISE in known.metadata:
            return _Way(columns.level_of(known.metadata[LEVELWISE]))
        if known.base_resolver is None:
            return _Way(columns.attribute(known.python_name, self._read, self._read_all))
        column = columns.own(known.base_resolver)
        return _Way(resolve=_call(known.base_resolver)) if column is None else _Way(column)

    def _is_usual(self, field: StrawberryField) -> bool:
        """Whether nothing but the resolver and its extensions has a say in the field's value."""
        return (
            type(field).get_result is StrawberryField.get_result
            and self._converter.config.info_class is strawberry.Info
            and not self._converter._get_field_exception_handlers(field)
        )

    def _arguments(self, field: Field, way: _Way) -> Callable[[Run], Mapping[str, Any]]:
        if not field.definition.args and not field.nodes[0].arguments:
            return _no_arguments
        arguments = Arguments(field.definition, field.nodes[0])
        if way.by_core:
            return lambda run: arguments.read(run.variables)
        definition = strawberry_field(field.definition)
        assert definition is not None
        convert = self._converters.of_arguments(definition.arguments)
        field.shares_arguments = self._converters.are_plain(definition.arguments)

        def read(run: Run | None) -> Mapping[str, Any]:
            return convert(arguments.read(None if run is None else run.variables))

        if any(variables_in(argument) for argument in field.nodes[0].arguments or ()):
            return read
        return _keep(read)


def _no_arguments(_run: Run) -> Mapping[str, Any]:
    return {}


def _keep(read: Callable[[Run | None], Mapping[str, Any]]) -> Callable[[Run], Mapping[str, Any]]:
    """Arguments without variables: read once, where no resolver can change them for the next."""
    try:
        kept = read(None)
    except Exception:  # told, with its place, by each run
        return read
    if all(isinstance(value, (*IMMUTABLE, UnsetType)) for value in kept.values()):
        return lambda _run: kept
    return read


def _load(declared: Loaded) -> Resolve:
    """Has the context ask for the field of all sources."""

    def resolve(
        run: Run, field: Field, sources: Sequence[Any], _level: Level, _indices: Sequence[int]
    ) -> Sequence[Any]:
        arguments = run.arguments(field)
        if isinstance(arguments, Exception):
            return [arguments] * len(sources)
        loading: Loading = run.context
        return loading.load_level(declared, sources, arguments, PlannedInfo(run, field))

    return resolve


def _call(resolver: StrawberryResolver[Any]) -> Resolve:
    """Calls the field's resolver for each source."""
    # A function is called directly; a class or static method, through Strawberry's wrapper.
    wrapped: Any = resolver.wrapped_func
    call: Callable[..., Any] = wrapped if isfunction(wrapped) else resolver
    takes_self = resolver.self_parameter is not None
    named = (resolver.parent_parameter, resolver.root_parameter)
    source_names = [parameter.name for parameter in named if parameter is not None]
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name

    def call_one(run: Run, field: Field, source: Any, level: Level, index: int) -> Any:
        given = run.arguments(field)
        if isinstance(given, Exception):
            return given
        arguments = {**given, **dict.fromkeys(source_names, source)}
        if info_name is not None:
            arguments[info_name] = PlannedInfo(run, field, level, index)
        return call(source, **arguments) if takes_self else call(**arguments)

    return _one_by_one(call_one)


def _call_core(run: Run, field: Field, source: Any, level: Level, index: int) -> Any:
    """Calls the field's own resolve function, as graphql-core does."""
    given = run.arguments(field)
    if isinstance(given, Exception):
        return given
    resolve = field.definition.resolve or default_field_resolver
    return resolve(source, raw_info(run, field, level, index), **given)


def _one_by_one(call: Callable[[Run, Field, Any, Level, int], Any]) -> Resolve:
    def resolve(
        run: Run, field: Field, sources: Sequence[Any], level: Level, indices: Sequence[int]
    ) -> Sequence[Any]:
        values: list[Any] = []
        for index, source in zip(indices, sources, strict=True):
            try:
                values.append(call(run, field, source, level, index))
            except Exception as error:
                values.append(error)
        return values

    return resolve


_BY_CORE = _Way(resolve=_one_by_one(_call_core), by_core=True)
