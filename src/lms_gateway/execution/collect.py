"""One pass over a selection: aliases and fragments merged, @skip and @include applied.

Read once per field of the document, however many objects it is resolved for: siblings share their
field nodes, and the collector remembers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
)
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments

from lms_gateway.execution.declare import (
    Loaded,
    Needs,
    Through,
    declaration_of,
    strawberry_field,
)
from lms_gateway.execution.wants import NOTHING, Follow, Wants

ResolveInfo = GraphQLResolveInfo[Any]

Bind = Callable[[Loaded, Mapping[str, Any]], Callable[[Any], Any]]
"""(declaration, arguments) → a function of the parent that makes the ask."""


class Collector:
    """Reads the selections of one operation. `bind` makes the asks of `Follow`s."""

    def __init__(self, converter: GraphQLCoreConverter, bind: Bind) -> None:
        self._converter = converter
        self._bind = bind
        self._seen: dict[tuple[object, ...], Wants] = {}

    def wants(self, info: ResolveInfo, type_name: str | None = None) -> Wants:
        """What the field in hand selects of its object(s).

        `type_name` says which object type is meant where the field returns an interface or union.
        """
        nodes = info.field_nodes
        key = (type_name, *map(id, nodes))
        wants = self._seen.get(key)
        if wants is None:
            named = (
                get_named_type(info.return_type)
                if type_name is None
                else info.schema.get_type(type_name)
            )
            wants = self._seen[key] = (
                self._of(info, named, nodes) if isinstance(named, GraphQLObjectType) else NOTHING
            )
        return wants

    def _of(
        self, info: ResolveInfo, parent: GraphQLObjectType, nodes: Iterable[FieldNode]
    ) -> Wants:
        facets: set[str] = set()
        children: dict[str, Wants] = {}
        follows: list[Follow] = []
        for group in _merge(info, parent, nodes).values():
            field = parent.fields.get(group[0].name.value)
            declared = None if field is None else declaration_of(field)
            if field is None or declared is None:
                continue
            if isinstance(declared, Needs):
                facets.update(declared.facets)
                continue
            named = get_named_type(field.type)
            below = self._of(info, named, group) if isinstance(named, GraphQLObjectType) else None
            if isinstance(declared, Through):
                if below is not None:
                    facets |= below.facets
                    follows += below.follows
                    for name, wants in below.children.items():
                        children[name] = children.get(name, NOTHING) | wants
                continue
            facets.update(declared.needs)
            if below is None:
                continue
            children[declared.name] = children.get(declared.name, NOTHING) | below
            if declared.follows:
                arguments = self._arguments(info, field, group[0])
                if arguments is not None:
                    follows.append(Follow(self._bind(declared, arguments), below))
        return Wants(frozenset(facets), children, tuple(follows))

    def _arguments(
        self, info: ResolveInfo, field: Any, node: FieldNode
    ) -> Mapping[str, Any] | None:
        """The field's arguments as its resolver gets them; None where they are not valid.

        An invalid argument is reported when the field itself is executed.
        """
        definition = strawberry_field(field)
        if definition is None:
            return None
        try:
            raw = get_argument_values(field, node, _variables(info))
            return convert_arguments(
                raw,
                definition.arguments,
                scalar_registry=self._converter.scalar_registry,
                config=self._converter.config,
            )
        except Exception:  # whatever a scalar's or an input's own parser raises
            return None


def _merge(
    info: ResolveInfo, parent: GraphQLObjectType, nodes: Iterable[FieldNode]
) -> dict[str, list[FieldNode]]:
    """The selected fields by response key, each with all nodes that ask for it."""
    merged: dict[str, list[FieldNode]] = {}
    visited: set[str] = set()
    for node in nodes:
        if node.selection_set is not None:
            for child in _fields(info, parent, node.selection_set, visited):
                key = (child.alias or child.name).value
                merged.setdefault(key, []).append(child)
    return merged


def _fields(
    info: ResolveInfo,
    parent: GraphQLObjectType,
    selections: SelectionSetNode,
    visited: set[str],
) -> Iterator[FieldNode]:
    for node in selections.selections:
        if not _is_included(info, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            if _applies(info, node.type_condition, parent):
                yield from _fields(info, parent, node.selection_set, visited)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
            visited.add(node.name.value)
            fragment = info.fragments.get(node.name.value)
            if fragment is not None and _applies(info, fragment.type_condition, parent):
                yield from _fields(info, parent, fragment.selection_set, visited)


def _is_included(info: ResolveInfo, node: Any) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, _variables(info))
    if skip and skip["if"] is True:
        return False
    include = get_directive_values(GraphQLIncludeDirective, node, _variables(info))
    return not (include and include["if"] is False)


def _variables(info: ResolveInfo) -> VariableValues:
    """The variables as graphql-core wants them: Strawberry hands resolvers the bare values."""
    values: Any = info.variable_values
    return values if isinstance(values, VariableValues) else VariableValues({}, values)


def _applies(info: ResolveInfo, condition: Any, parent: GraphQLObjectType) -> bool:
    if condition is None or condition.name.value == parent.name:
        return True
    named = info.schema.get_type(condition.name.value)
    return isinstance(named, GraphQLInterfaceType | GraphQLUnionType) and info.schema.is_sub_type(
        named, parent
    )
