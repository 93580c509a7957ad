"""One pass over a selection: aliases and fragments merged, @skip and @include applied.

Read once per field of the document, however many objects it is resolved for: siblings share their
field nodes, and the collector remembers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
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

from lms_gateway.execution.declare import Needs, Through, declaration_of, strawberry_field
from lms_gateway.execution.wants import NOTHING, Follow, Wants


class Collector:
    """Reads the selections of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
        converter: GraphQLCoreConverter,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._converter = converter
        self._seen: dict[tuple[object, ...], Wants] = {}

    @classmethod
    def of(cls, info: GraphQLResolveInfo[Any], converter: GraphQLCoreConverter) -> "Collector":
        """The collector of the operation that graphql-core runs."""
        values: Any = info.variable_values
        if not isinstance(values, VariableValues):  # Strawberry hands resolvers the bare values
            values = VariableValues({}, values)
        return cls(info.schema, info.fragments, values, converter)

    def wants(
        self, nodes: Sequence[FieldNode], returns: GraphQLOutputType, type_name: str | None = None
    ) -> Wants:
        """What the nodes of a field that returns that type select of its object(s).

        `type_name` says which object type is meant where the field returns an interface or union.
        """
        key = (type_name, *map(id, nodes))
        wants = self._seen.get(key)
        if wants is None:
            named = (
                get_named_type(returns) if type_name is None else self._schema.get_type(type_name)
            )
            wants = self._seen[key] = (
                self._of(named, nodes) if isinstance(named, GraphQLObjectType) else NOTHING
            )
        return wants

    def _of(self, parent: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Wants:
        facets: set[str] = set()
        children: dict[str, Wants] = {}
        follows: list[Follow] = []
        for group in self._merge(parent, nodes).values():
            field = parent.fields.get(group[0].name.value)
            declared = None if field is None else declaration_of(field)
            if field is None or declared is None:
                continue
            if isinstance(declared, Needs):
                facets.update(declared.facets)
                continue
            named = get_named_type(field.type)
            below = self.wants(group, field.type) if isinstance(named, GraphQLObjectType) else None
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
                arguments = self._arguments(field, group[0])
                if arguments is not None:
                    follows.append(Follow(declared, arguments, below))
        return Wants(frozenset(facets), children, tuple(follows))

    def _arguments(self, field: Any, node: FieldNode) -> Mapping[str, Any] | None:
        """The field's arguments as its resolver gets them; None where they are not valid.

        An invalid argument is reported when the field itself is executed.
        """
        definition = strawberry_field(field)
        if definition is None:
            return None
        try:
            raw = get_argument_values(field, node, self._variables)
            return convert_arguments(
                raw,
                definition.arguments,
                scalar_registry=self._converter.scalar_registry,
                config=self._converter.config,
            )
        except Exception:  # whatever a scalar's or an input's own parser raises
            return None

    def _merge(
        self, parent: GraphQLObjectType, nodes: Iterable[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        """The selected fields by response key, each with all nodes that ask for it."""
        merged: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                for child in self._fields(parent, node.selection_set, visited):
                    key = (child.alias or child.name).value
                    merged.setdefault(key, []).append(child)
        return merged

    def _fields(
        self, parent: GraphQLObjectType, selections: SelectionSetNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if self._applies(node.type_condition, parent):
                    yield from self._fields(parent, node.selection_set, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments.get(node.name.value)
                if fragment is not None and self._applies(fragment.type_condition, parent):
                    yield from self._fields(parent, fragment.selection_set, visited)

    def _is_included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and include["if"] is False)

    def _applies(self, condition: Any, parent: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == parent.name:
            return True
        named = self._schema.get_type(condition.name.value)
        return isinstance(
            named, GraphQLInterfaceType | GraphQLUnionType
        ) and self._schema.is_sub_type(named, parent)
