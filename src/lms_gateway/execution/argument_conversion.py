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

Converter = Callable[[Any], Any]


class ArgumentConverters:
    """How values of each of a schema's input types become Python's."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self._converter = converter
        self._input_converters: dict[type, _InputConverter] = {}

    def arguments_converter(
        self, arguments: Iterable[StrawberryArgument]
    ) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """What turns coerced arguments, by their GraphQL names, into a resolver's own."""
        name_of = self._converter.config.name_converter.from_argument
        conversions = [
            (name_of(argument), argument.python_name, self.value_converter(argument.type))
            for argument in arguments
        ]

        def convert(values: Mapping[str, Any]) -> dict[str, Any]:
            return {
                python_name: convert(values[name])
                for name, python_name, convert in conversions
                if name in values
            }

        return convert

    def are_unconverted(self, arguments: Iterable[StrawberryArgument]) -> bool:
        """Whether resolvers get values as they came, and none that is made for each."""
        return all(self.value_converter(argument.type) is _identity for argument in arguments)

    def value_converter(self, type_: Any) -> Converter:
        """What `strawberry.types.arguments.convert_argument` does for values of that type."""
        if isinstance(type_, StrawberryMaybe):
            return self._strawberry_converter(type_)
        if isinstance(type_, StrawberryOptional):
            return self.value_converter(type_.of_type)
        if isinstance(type_, LazyType):
            return self.value_converter(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _list_converter(self.value_converter(type_.of_type))
        if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
            return _identity
        definition = get_object_definition(type_)
        if definition is None:
            return self._scalar_converter(type_)
        if definition.from_input is not None or not definition.is_input:
            return self._strawberry_converter(type_)
        input_converter = self._input_converters.get(type_)
        if input_converter is None:
            input_converter = self._input_converters[type_] = _InputConverter(
                self, type_, definition
            )
        return input_converter

    def input_fields(
        self, definition: StrawberryObjectDefinition
    ) -> list[tuple[str, str, Converter]]:
        """An input type's fields: their GraphQL and Python names, and what converts them."""
        name_of = self._converter.config.name_converter.from_field
        return [
            (
                name_of(field),
                field.python_name,
                self.value_converter(field.resolve_type(type_definition=definition)),
            )
            for field in definition.fields
        ]

    def _scalar_converter(self, type_: Any) -> Converter:
        # A GlobalID is the one scalar that Strawberry converts.
        is_unconverted = getattr(type_, "__module__", "") != "strawberry.relay.types"
        return _identity if is_unconverted else self._strawberry_converter(type_)

    def _strawberry_converter(self, type_: Any) -> Converter:
        converter = self._converter
        return lambda value: convert_argument(
            value, type_, converter.scalar_registry, converter.config
        )


class _InputConverter:
    """Makes an input type's objects. Its fields are looked up when it is used first: inputs may
    hold one another."""

    __slots__ = ("_converters", "_defaults", "_definition", "_fields", "_type")

    def __init__(
        self, converters: ArgumentConverters, type_: type, definition: StrawberryObjectDefinition
    ) -> None:
        self._converters = converters
        self._type = type_
        self._definition = definition
        self._fields: list[tuple[str, str, Converter]] | None = None
        self._defaults = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }

    def __call__(self, value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if self._fields is None:
            self._fields = self._converters.input_fields(self._definition)
        values: dict[str, Any] = dict(self._defaults)
        for name, python_name, convert in self._fields:
            if name in value:
                values[python_name] = convert(value[name])
        return self._type(**values)


def _identity(value: Any) -> Any:
    return value


def _list_converter(convert: Converter) -> Converter:
    if convert is _identity:
        return lambda value: value if value is None or value is UNSET else list(value)
    return lambda value: (
        value if value is None or value is UNSET else [convert(item) for item in value]
    )
