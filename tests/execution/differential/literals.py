"""Random inputs: as literals of a document, and as the values of its variables."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    is_list_type,
    is_non_null_type,
)

Leaves = dict[str, Callable[[Random], Any]]
"""Name of a scalar → a JSON value of it."""

STRINGS = ("", "a", "Ünïcode ✓", 'quo"ted', "two\nlines", "0", "null", "  spaced  ")

LEAVES: Leaves = {
    "Int": lambda random: random.choice((0, 1, -1, 7, 2147483647, -2147483648)),
    "Float": lambda random: random.choice((0, 1.5, -2.25, 1e10, 3)),
    "String": lambda random: random.choice(STRINGS),
    "Boolean": lambda random: random.random() < 0.5,
    "ID": lambda random: random.choice(("1", "x-2", 3, "")),
    "DateTime": lambda random: f"2024-0{random.randint(1, 9)}-11T10:09:08+02:00",
    "Date": lambda random: f"2024-0{random.randint(1, 9)}-11",
    "Decimal": lambda random: random.choice(("1.50", "-3", "0.1")),
    "UUID": lambda random: f"00000000-0000-0000-0000-00000000000{random.randint(0, 9)}",
    "JSON": lambda random: random.choice((None, 1, "s", [1, {"a": None}], {"k": [True, 1.5]})),
}

WRONG: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    2147483648,
    -1.5,
    "",
    "wrong",
    [],
    ["x", None],
    {},
    {"no": 1},
)
"""Values; each type rejects some of them."""


@dataclass
class Variable:
    """A variable of the document, with the same definition in all operations."""

    name: str
    type: GraphQLInputType
    default: str | None

    def define(self) -> str:
        default = "" if self.default is None else f" = {self.default}"
        return f"${self.name}: {self.type}{default}"


@dataclass
class Inputs:
    """Writes arguments; they are valid, except that variables may have invalid values."""

    random: Random
    leaves: Leaves
    inputs: Leaves = field(default_factory=dict)
    """Name of an input object → its writer, if random objects are useless."""
    named: Leaves = field(default_factory=dict)
    """The same for arguments, by their names."""
    variables: dict[str, Variable] = field(default_factory=dict)
    use_variables: float = 0.3
    optional: float = 0.6
    """Probability of an optional argument or field."""
    used: set[str] = field(default_factory=set)
    """The variables written since the last reset."""
    depth: int = 3

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def arguments(self, args: dict[str, GraphQLArgument]) -> str:
        """Return `(name: value, …)`, or an empty string."""
        written = self._entries(args, self.depth)
        return f"({', '.join(written)})" if written else ""

    def literal(
        self, type_: GraphQLInputType, depth: int, *, open_: bool = True, defaulted: bool = False
    ) -> str:
        """Return a literal of the type; `open_`: variables are allowed in it."""
        if open_ and self.chance(self.use_variables):
            return "$" + self.variable(type_, defaulted).name
        if is_non_null_type(type_):
            return self._present(type_.of_type, depth, open_)
        if self.chance(0.12):
            return "null"
        return self._present(type_, depth, open_)

    def variable(self, type_: GraphQLInputType, defaulted: bool = False) -> Variable:
        """Return a variable for a position of that type; `defaulted`: it has a default."""
        nullable = type_.of_type if is_non_null_type(type_) else type_
        default: str | None = None
        if self.chance(0.35):
            written = self.literal(nullable, 2, open_=False)
            # A default of null does not allow a nullable variable in a non-null position.
            if written != "null" or not is_non_null_type(type_):
                default = written
        fits_null = not is_non_null_type(type_) or defaulted or default is not None
        chosen: GraphQLInputType = GraphQLNonNull(cast(Any, nullable))
        if fits_null and self.chance(0.7):
            chosen = nullable
        if isinstance(chosen, GraphQLNonNull) and default == "null":
            default = None
        for variable_ in self.variables.values():
            if (
                str(variable_.type) == str(chosen)
                and (variable_.default is None) == (default is None)
                and self.chance(0.5)
            ):
                self.used.add(variable_.name)
                return variable_
        made = Variable(f"v{len(self.variables)}", chosen, default)
        self.variables[made.name] = made
        self.used.add(made.name)
        return made

    def value(self, type_: GraphQLInputType, depth: int = 3) -> Any:
        """Return a variable's value, as JSON."""
        if self.chance(0.004):
            return self.random.choice(WRONG)
        if is_non_null_type(type_):
            return self._value(type_.of_type, depth)
        return None if self.chance(0.12) else self._value(type_, depth)

    def values(self) -> dict[str, Any]:
        """Return values of the variables; some are omitted, even a few required ones."""
        values_by_name: dict[str, Any] = {}
        for variable in self.variables.values():
            optional = variable.default is not None or not is_non_null_type(variable.type)
            if self.chance(0.3 if optional else 0.005):
                continue
            values_by_name[variable.name] = self.value(variable.type)
        if self.chance(0.03):
            values_by_name["unknown"] = 1
        return values_by_name

    def _entries(
        self, fields: dict[str, GraphQLArgument] | dict[str, GraphQLInputField], depth: int
    ) -> list[str]:
        written = []
        for name, input_field in fields.items():
            required = is_non_null_type(input_field.type) and not _has_default(input_field)
            if not required and (depth <= 0 or not self.chance(self.optional)):
                continue
            if name in self.named and self.chance(0.95):
                inner = _write(self.named[name](self.random))
            else:
                inner = self.literal(input_field.type, depth - 1, defaulted=_has_default(input_field))
            written.append(f"{name}: {inner}")
        self.random.shuffle(written)
        return written

    def _present(self, type_: Any, depth: int, open_: bool) -> str:
        if is_list_type(type_):
            if self.chance(0.15):  # a single item is coerced to a list
                return self._one(type_.of_type, depth, open_)
            count = self.random.randint(0, 3) if depth > 0 else 0
            items = (self._one(type_.of_type, depth - 1, open_, nested=True) for _ in range(count))
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth, open_)
        if isinstance(type_, GraphQLEnumType):
            return str(self.random.choice(list(type_.values)))
        assert isinstance(type_, GraphQLScalarType)
        return _write(self.leaves[type_.name](self.random))

    def _one(self, type_: Any, depth: int, open_: bool, nested: bool = False) -> str:
        """Return an item; unless `nested`, it must be neither null nor a variable."""
        if nested:
            return self.literal(type_, depth, open_=open_)
        return self._present(type_.of_type if is_non_null_type(type_) else type_, depth, open_)

    def _object(self, type_: GraphQLInputObjectType, depth: int, open_: bool) -> str:
        if type_.name in self.inputs and self.chance(0.97):
            return _write(self.inputs[type_.name](self.random))
        if self._takes_one(type_):
            name, input_field = self.random.choice(list(type_.fields.items()))
            inner: Any = GraphQLNonNull(input_field.type)
            return f"{{{name}: {self.literal(inner, depth - 1, open_=open_)}}}"
        if open_:
            return f"{{{', '.join(self._entries(type_.fields, depth))}}}"
        saved, self.use_variables = self.use_variables, 0.0
        written = self._entries(type_.fields, depth)
        self.use_variables = saved
        return f"{{{', '.join(written)}}}"

    def _takes_one(self, type_: GraphQLInputObjectType) -> bool:
        """Return whether to write exactly one field: nearly always for a @oneOf type.

        Strawberry checks that itself, so that validation lets several pass.
        """
        definition = type_.extensions.get("strawberry-definition")
        is_one_of = type_.is_one_of or getattr(definition, "is_one_of", False)
        return is_one_of and self.chance(0.95)

    def _value(self, type_: Any, depth: int) -> Any:
        if is_list_type(type_):
            if self.chance(0.15):
                inner = type_.of_type
                return self._value(inner.of_type if is_non_null_type(inner) else inner, depth)
            count = self.random.randint(0, 3) if depth > 0 else 0
            return [self.value(type_.of_type, depth - 1) for _ in range(count)]
        if isinstance(type_, GraphQLInputObjectType):
            if type_.name in self.inputs and self.chance(0.97):
                return self.inputs[type_.name](self.random)
            if self._takes_one(type_):
                name, input_field = self.random.choice(list(type_.fields.items()))
                return {name: self.value(GraphQLNonNull(input_field.type), depth - 1)}
            return {
                name: self.value(input_field.type, depth - 1)
                for name, input_field in type_.fields.items()
                if (is_non_null_type(input_field.type) and not _has_default(input_field))
                or (depth > 0 and self.chance(self.optional))
            }
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(list(type_.values))
        return self.leaves[type_.name](self.random)


def _has_default(input_field: GraphQLArgument | GraphQLInputField) -> bool:
    return input_field.default is not None or input_field.default_value is not Undefined


def _write(value: Any) -> str:
    """Return a JSON value as a GraphQL literal."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_write(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value)
