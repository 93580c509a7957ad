"""A field's arguments as its resolver gets them, with what never changes found out once.

Strawberry looks up names and types of inputs anew for each value; this keeps them. Whatever is out
of the ordinary is left to Strawberry's own conversion.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

Convert = Callable[[Any], Any]


class Converters:
    """How values of each of a schema's input types become Python's."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self._converter = converter
        self._inputs: dict[type, _Input] = {}

    def of_arguments(
        self, arguments: Iterable[StrawberryArgument]
    ) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """What turns coerced arguments, by their GraphQL names, into a resolver's own."""
        name_of = self._converter.config.name_converter.from_argument
        known = [(name_of(each), each.python_name, self.of(each.type)) for each in arguments]

        def convert(given: Mapping[str, Any]) -> dict[str, Any]:
            return {
                python_name: convert(given[name])
                for name, python_name, convert in known
                if name in given
            }

        return convert

    def are_plain(self, arguments: Iterable[StrawberryArgument]) -> bool:
        """Whether resolvers get values as they came, and none that is made for each."""
        return all(self.of(each.type) is _as_it_is for each in arguments)

    def of(self, type_: Any) -> Convert:
        """What `strawberry.types.arguments.convert_argument` does for values of that type."""
        if isinstance(type_, StrawberryMaybe):
            return self._by_strawberry(type_)
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _many(self.of(type_.of_type))
        if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
            return _as_it_is
        definition = get_object_definition(type_)
        if definition is None:
            return self._of_scalar(type_)
        if definition.from_input is not None or not definition.is_input:
            return self._by_strawberry(type_)
        known = self._inputs.get(type_)
        if known is None:
            known = self._inputs[type_] = _Input(self, type_, definition)
        return known

    def fields_of(self, definition: StrawberryObjectDefinition) -> list[tuple[str, str, Convert]]:
        """An input type's fields: their GraphQL and Python names, and what converts them."""
        name_of = self._converter.config.name_converter.from_field
        return [
            (
                name_of(field),
                field.python_name,
                self.of(field.resolve_type(type_definition=definition)),
            )
            for field in definition.fields
        ]

    def _of_scalar(self, type_: Any) -> Convert:
        # A GlobalID is the one scalar that Strawberry converts.
        is_plain = getattr(type_, "__module__", "") != "strawberry.relay.types"
        return _as_it_is if is_plain else self._by_strawberry(type_)

    def _by_strawberry(self, type_: Any) -> Convert:
        converter = self._converter
        return lambda value: convert_argument(
            value, type_, converter.scalar_registry, converter.config
        )


class _Input:
    """Makes an input type's objects. Its fields are looked up when it is used first: inputs may
    hold one another."""

    __slots__ = ("_converters", "_defaults", "_definition", "_fields", "_type")

    def __init__(
        self, converters: Converters, type_: type, definition: StrawberryObjectDefinition
    ) -> None:
        self._converters = converters
        self._type = type_
        self._definition = definition
        self._fields: list[tuple[str, str, Convert]] | None = None
        self._defaults = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }

    def __call__(self, value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if self._fields is None:
            self._fields = self._converters.fields_of(self._definition)
        given: dict[str, Any] = dict(self._defaults)
        for name, python_name, convert in self._fields:
            if name in value:
                given[python_name] = convert(value[name])
        return self._type(**given)


def _as_it_is(value: Any) -> Any:
    return value


def _many(convert: Convert) -> Convert:
    if convert is _as_it_is:
        return lambda value: value if value is None or value is UNSET else list(value)
    return lambda value: (
        value if value is None or value is UNSET else [convert(each) for each in value]
    )
