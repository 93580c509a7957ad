"""How a plan gets a field's values, for all objects of a level at once.

From cheap to dear: read off the source, asked of the context's loaders, a resolver called
directly, and, for what only graphql-core's protocol can express (permissions, extensions, fields
that are not Strawberry's), the field's own resolve function, with an info for each object.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, iscoroutinefunction, isfunction, signature
from typing import Any, Protocol

import strawberry
from graphql.execution.executor import default_field_resolver
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.unset import UnsetType

from lms_gateway.execution.arguments import Converters
from lms_gateway.execution.declare import (
    LEVELWISE,
    Levelwise,
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

ReadAll = Callable[[Sequence[Any], str], Sequence[Any]]
"""Reads a field without a resolver off many sources, under its Python name. May raise."""


class Resolve(Protocol):
    """Gives the values of a field of a level's objects: `sources`, those at `indices`.

    An exception among the values is the error of its object's field; nothing is raised. `is_pure`:
    a value depends on its source alone, and costs nothing; `level` and `indices` are not looked at.
    """

    @property
    def is_pure(self) -> bool: ...

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
        /,
    ) -> Sequence[Any]: ...


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
        self._known: dict[int, Resolve] = {}  # by the definition's id: the schema keeps them all

    def prepare(self, field: Field) -> None:
        """Give a compiled field its way to be resolved, and its arguments."""
        key = id(field.definition)
        resolve = self._known.get(key)
        if resolve is None:
            resolve = self._known[key] = self._way(field)
        field.resolve = resolve
        field.arguments = self._arguments(field)

    def _way(self, field: Field) -> Resolve:
        if field.name == "__typename":
            return _TellType()
        known = strawberry_field(field.definition)
        if known is None or not self._is_usual(known):
            return _ResolveAlone()
        declared = declaration_of(field.definition)
        if isinstance(declared, Loaded):
            is_own = all(type(extension) is LoadExtension for extension in known.extensions)
            return _Load(declared) if is_own else _ResolveAlone()
        if known.extensions:
            return _ResolveAlone()
        levelwise = known.metadata.get(LEVELWISE)
        if levelwise is not None:
            return _CallOnce(levelwise)
        if known.base_resolver is None:
            return _Read(known.python_name, self._read, self._read_all)
        return _Call.of(known.base_resolver)

    def _is_usual(self, field: StrawberryField) -> bool:
        """Whether nothing but the resolver and its extensions has a say in the field's value."""
        return (
            type(field).get_result is StrawberryField.get_result
            and self._converter.config.info_class is strawberry.Info
            and not self._converter._get_field_exception_handlers(field)
        )

    def _arguments(self, field: Field) -> Callable[[Run], Mapping[str, Any]]:
        if not field.definition.args and not field.nodes[0].arguments:
            return _no_arguments
        arguments = Arguments(field.definition, field.nodes[0])
        if isinstance(field.resolve, _ResolveAlone):
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


class _TellType:
    """`__typename`."""

    is_pure = True

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        return [field.parent.name] * len(sources)


class _Read:
    """Reads the field off its source."""

    is_pure = True

    def __init__(
        self, name: str, read: Callable[[Any, str], Any], read_all: ReadAll | None
    ) -> None:
        self._name = name
        self._read = read
        self._read_all = read_all

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        read, name = self._read, self._name
        if self._read_all is not None:
            try:
                return self._read_all(sources, name)
            except Exception:  # of one of them: tell whose
                pass
        values = []
        for source in sources:
            try:
                values.append(read(source, name))
            except Exception as error:
                values.append(error)
        return values


class _Load:
    """Has the context ask for the field of all sources."""

    is_pure = False

    def __init__(self, declared: Loaded) -> None:
        self._declared = declared

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        arguments = run.arguments(field)
        if isinstance(arguments, Exception):
            return [arguments] * len(sources)
        loading: Loading = run.context
        found: Sequence[Any] = loading.load_level(
            self._declared, sources, arguments, PlannedInfo(run, field)
        )
        return found


class _CallOnce:
    """Calls what gives the field for all sources at once."""

    is_pure = True

    def __init__(self, levelwise: Levelwise) -> None:
        self._levelwise = levelwise

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        try:
            return self._levelwise(sources, PlannedInfo(run, field))
        except Exception as error:
            return [error] * len(sources)


class _CallSource:
    """Calls a resolver that takes nothing but the source, for each of them."""

    def __init__(self, call: Callable[[Any], Any]) -> None:
        self._call = call
        self.is_pure = not iscoroutinefunction(call)

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        call = self._call
        values = []
        for source in sources:
            try:
                values.append(call(source))
            except Exception as error:
                values.append(error)
        return values


class _Call:
    """Calls the field's resolver for each source."""

    is_pure = False

    @staticmethod
    def of(resolver: StrawberryResolver[Any]) -> Resolve:
        """The cheapest way to call a resolver."""
        wrapped: Any = resolver.wrapped_func
        if isfunction(wrapped):
            taken = list(signature(wrapped).parameters.values())
            source = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
            if (
                source is not None
                and [each.name for each in taken] == [source.name]
                and taken[0].kind is Parameter.POSITIONAL_OR_KEYWORD
            ):
                return _CallSource(wrapped)
        return _Call(resolver)

    def __init__(self, resolver: StrawberryResolver[Any]) -> None:
        # A function is called directly; a class or static method, through Strawberry's wrapper.
        wrapped: Any = resolver.wrapped_func
        self._call: Callable[..., Any] = wrapped if isfunction(wrapped) else resolver
        self._takes_self = resolver.self_parameter is not None
        named = (resolver.parent_parameter, resolver.root_parameter)
        self._source_names = [parameter.name for parameter in named if parameter is not None]
        info = resolver.info_parameter
        self._info_name = None if info is None else info.name

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        call, info_name = self._call, self._info_name
        values: list[Any] = []
        for index, source in zip(indices, sources, strict=True):
            given = run.arguments(field)
            if isinstance(given, Exception):
                values.append(given)
                continue
            arguments = dict(given)
            for name in self._source_names:
                arguments[name] = source
            if info_name is not None:
                arguments[info_name] = PlannedInfo(run, field, level, index)
            try:
                values.append(call(source, **arguments) if self._takes_self else call(**arguments))
            except Exception as error:
                values.append(error)
        return values


class _ResolveAlone:
    """Calls the field's own resolve function, as graphql-core does."""

    is_pure = False

    def __call__(
        self,
        run: Run,
        field: Field,
        sources: Sequence[Any],
        level: Level | None,
        indices: Sequence[int],
    ) -> Sequence[Any]:
        resolve = field.definition.resolve or default_field_resolver
        values: list[Any] = []
        for index, source in zip(indices, sources, strict=True):
            given = run.arguments(field)
            if isinstance(given, Exception):
                values.append(given)
                continue
            try:
                values.append(resolve(source, raw_info(run, field, level, index), **given))
            except Exception as error:
                values.append(error)
        return values
