"""A compiled selection: the fields of one object type, merged, with their shapes."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from math import isfinite
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    specified_scalar_types,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues


class Form(Enum):
    """How a value is completed."""

    LEAF = auto()
    OBJECT = auto()
    ABSTRACT = auto()
    LIST = auto()


class Shape:
    """An output type, taken apart."""

    __slots__ = ("coerce", "form", "item", "kept", "named", "nullable", "type")

    kept: frozenset[type]  # leaves of these classes are what the answer holds

    def __init__(self, type_: GraphQLOutputType) -> None:
        self.type = type_
        self.nullable = not is_non_null_type(type_)
        bare: Any = type_.of_type if is_non_null_type(type_) else type_
        self.item = Shape(bare.of_type) if is_list_type(bare) else None
        self.named: GraphQLNamedType = get_named_type(bare)
        self.kept = frozenset()
        self.coerce: Callable[[Any], Any] | None = None
        if self.item is not None:
            self.form = Form.LIST
        elif is_leaf_type(bare):
            self.form = Form.LEAF
            is_usual = specified_scalar_types.get(bare.name) is bare
            kept = {_KEPT[bare.name]} if is_usual and bare.name in _KEPT else set()
            self.kept = frozenset({*kept, type(None)} if self.nullable else kept)
            self.coerce = _coercion(bare)
        elif is_abstract_type(bare):
            self.form = Form.ABSTRACT
        else:
            self.form = Form.OBJECT


_KEPT: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""Scalars and the one class whose instances their coercion returns as they are."""


def _coercion(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    if isinstance(leaf, GraphQLEnumType):
        return _Enum(leaf)
    if specified_scalar_types.get(leaf.name) is leaf:
        if leaf.name == "Int":
            return lambda value: (
                value
                if type(value) is int and -(2**31) <= value < 2**31
                else leaf.coerce_output_value(value)
            )
        if leaf.name == "Float":
            return lambda value: (
                value
                if type(value) is float and isfinite(value)
                else leaf.coerce_output_value(value)
            )
    return leaf.coerce_output_value


class _Enum:
    """An enum's names by member; Strawberry looks through all values each time."""

    __slots__ = ("_coerce", "_known")

    def __init__(self, leaf: GraphQLEnumType) -> None:
        self._coerce = leaf.coerce_output_value
        self._known: dict[Enum, Any] = {}

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, Enum):
            return self._coerce(value)
        name = self._known.get(value)
        if name is None:
            name = self._known[value] = self._coerce(value)
        return name


class Field:
    """One response key of a selection: all nodes that ask for it, and how it is answered."""

    __slots__ = (
        "_below",
        "_variant",
        "arguments",
        "column",
        "definition",
        "details",
        "is_flat",
        "key",
        "name",
        "nodes",
        "parent",
        "position",
        "resolve",
        "shape",
        "shares_arguments",
    )

    def __init__(
        self,
        variant: "Variant",
        position: int,
        key: str,
        parent: GraphQLObjectType,
        definition: GraphQLField,
        details: list[FieldDetails],
    ) -> None:
        self.position = position
        self.key = key
        self.parent = parent
        self.definition = definition
        self.details = details
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        self.shape = Shape(definition.type)
        self.arguments: Any = None
        self.column: Any = None
        self.resolve: Any = None
        self.is_flat = False
        self.shares_arguments = False  # among resolvers: they cannot change what they are given
        self._variant = variant
        self._below: dict[str, Selection] = {}

    def below(self, type_: GraphQLObjectType) -> "Selection":
        """What is selected of this field's objects where they are of that type."""
        selection = self._below.get(type_.name)
        if selection is None:
            selection = self._below[type_.name] = self._variant.select(type_, self)
        return selection


class Selection:
    """The fields selected of one object type, in the order of the answer.

    Flat fields are leaves and objects that depend on their source alone: they are read for all
    objects before any other field is. `is_flat`: there are no others.
    """

    __slots__ = ("fields", "is_flat", "make_rows", "type")

    def __init__(self, type_: GraphQLObjectType, fields: tuple[Field, ...]) -> None:
        self.type = type_
        self.fields = fields
        self.is_flat = all(field.is_flat for field in fields)
        self.make_rows = _row_maker([field.key for field in fields]) if fields else None


def _row_maker(keys: Sequence[str]) -> Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]:
    """What makes objects' answers of their fields' columns.

    Written out, a dictionary takes a third of the time of `dict(zip(keys, row))`. Keys are response
    keys: GraphQL names.
    """
    names = [f"v{number}" for number in range(len(keys))]
    row = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    source = f"lambda columns: [{{{row}}} for {', '.join(names)}, in zip(*columns)]"
    maker: Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]] = eval(source)
    return maker


class Variant:
    """An operation with its `@skip` and `@include` decided; compiled as far as it is reached."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        decided: VariableValues,
        prepare: Callable[[Field], None],
    ) -> None:
        """`decided` holds no variables but those of `@skip` and `@include`: variants are kept.

        `prepare` gives each field its way to be resolved.
        """
        self.schema = schema
        self.operation = operation
        self.decided = decided
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._prepare = prepare
        root = schema.get_root_type(operation.operation)
        assert root is not None  # validation saw to that
        collected = collect_fields(schema, self._fragments, decided, root, operation)
        self.root = self._selection(root, collected.grouped_field_set)

    def select(self, type_: GraphQLObjectType, field: Field) -> Selection:
        """What is selected of a field's objects of that type."""
        collected = collect_subfields(
            self.schema, self._fragments, self.decided, self.operation, type_, field.details
        )
        return self._selection(type_, collected.grouped_field_set)

    def _selection(
        self, type_: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]
    ) -> Selection:
        fields: list[Field] = []
        for key, details in grouped.items():
            definition = self.schema.get_field(type_, details[0].node.name.value)
            if definition is None:
                continue
            field = Field(self, len(fields), key, type_, definition, details)
            self._prepare(field)
            forms = (Form.LEAF, Form.OBJECT)
            field.is_flat = field.column is not None and field.shape.form in forms
            fields.append(field)
        return Selection(type_, tuple(fields))


def variables_in(node: Any) -> set[str]:
    """The names of the variables that an AST node, or any below it, uses."""
    if isinstance(node, VariableNode):
        return {node.name.value}
    found: set[str] = set()
    for key in node.keys:
        value = getattr(node, key, None)
        for each in value if isinstance(value, list | tuple) else (value,):
            if hasattr(each, "keys") and hasattr(each, "kind"):
                found |= variables_in(each)
    return found
