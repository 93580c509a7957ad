"""Conversion of coerced arguments to the Python values that resolvers take.

Strawberry looks up names and types of inputs for each value; here they are looked up once.
Strawberry converts the types that are not handled here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry import UNSET

from lms_gateway.execution.library_internals import (
    GraphQLCoreConverter,
    LazyType,
    StrawberryArgument,
    StrawberryEnumDefinition,
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    convert_argument,
    get_object_definition,
    has_enum_definition,
)

Converter = Callable[[Any], Any]


class ArgumentConverters:
    """Converters of a schema's input types."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self._converter = converter
        self._input_converters: dict[type, _InputConverter] = {}

    def arguments_converter(
        self, arguments: Iterable[StrawberryArgument]
    ) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """Return a converter of coerced arguments, by GraphQL name, to a resolver's arguments."""
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
        """Return whether resolvers get all coerced values unchanged."""
        return all(self.value_converter(argument.type) is _identity for argument in arguments)

    def value_converter(self, type_: Any) -> Converter:
        """Return the equivalent of `strawberry.types.arguments.convert_argument` for a type."""
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
            input_converter = self._input_converters[type_] = _InputConverter(self, type_, definition)
        return input_converter

    def input_fields(self, definition: StrawberryObjectDefinition) -> list[tuple[str, str, Converter]]:
        """Return the fields of an input type: GraphQL name, Python name, converter."""
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
        # Strawberry converts no scalar but GlobalID.
        is_unconverted = getattr(type_, "__module__", "") != "strawberry.relay.types"
        return _identity if is_unconverted else self._strawberry_converter(type_)

    def _strawberry_converter(self, type_: Any) -> Converter:
        converter = self._converter
        return lambda value: convert_argument(value, type_, converter.scalar_registry, converter.config)


class _InputConverter:
    """Creates objects of an input type.

    Its fields are looked up on first use: input types may be recursive.
    """

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
    return lambda value: value if value is None or value is UNSET else [convert(item) for item in value]
