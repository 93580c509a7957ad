"""Projections of selection sets: aliases and fragments merged, @skip and @include applied.

A projection is collected once per field of the document: all objects of a field share its nodes.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

from lms_gateway.execution.declarations import Embedded, LoadedField, Requires, declaration_of
from lms_gateway.execution.library_internals import (
    GraphQLCoreConverter,
    VariableValues,
    convert_arguments,
    strawberry_field,
)

ProjectionFactory = Callable[
    [frozenset[str], Mapping[str, Any], Sequence[tuple[LoadedField, Mapping[str, Any], Any]]], Any
]
"""(fields, children, prefetches) → a projection: the application's class.

A projection has these three as attributes, and `|` merges two of them.
"""


@dataclasses.dataclass(eq=False)
class ProjectionCollector:
    """Collects the projections of one operation."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    converter: GraphQLCoreConverter
    make_projection: ProjectionFactory
    _projections: dict[tuple[object, ...], Any] = dataclasses.field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._empty = self.make_projection(frozenset(), {}, ())

    @classmethod
    def from_info(
        cls,
        info: GraphQLResolveInfo[Any],
        converter: GraphQLCoreConverter,
        make_projection: ProjectionFactory,
    ) -> "ProjectionCollector":
        """Return a collector for the operation that graphql-core executes."""
        values: Any = info.variable_values
        if not isinstance(values, VariableValues):  # Strawberry passes plain values
            values = VariableValues({}, values)
        return cls(info.schema, info.fragments, values, converter, make_projection)

    def projection(
        self, nodes: Sequence[FieldNode], return_type: GraphQLOutputType, type_name: str | None = None
    ) -> Any:
        """Return what the nodes of a field select on its objects.

        `type_name` names the object type if the field returns an interface or union.
        """
        key = (type_name, *map(id, nodes))
        projection = self._projections.get(key)
        if projection is None:
            named_type = get_named_type(return_type) if type_name is None else self.schema.get_type(type_name)
            projection = self._projections[key] = (
                self._collect(named_type, nodes) if isinstance(named_type, GraphQLObjectType) else self._empty
            )
        return projection

    def _collect(self, parent: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Any:
        fields: set[str] = set()
        children: dict[str, Any] = {}
        prefetches: list[tuple[LoadedField, Mapping[str, Any], Any]] = []
        for group in self._merge_fields(parent, nodes).values():
            field = parent.fields.get(group[0].name.value)
            declaration = None if field is None else declaration_of(field)
            if field is None or declaration is None:
                continue
            if isinstance(declaration, Requires):
                fields.update(declaration.fields)
                continue
            named_type = get_named_type(field.type)
            subprojection = (
                self.projection(group, field.type) if isinstance(named_type, GraphQLObjectType) else None
            )
            if isinstance(declaration, Embedded):
                if subprojection is not None:
                    fields |= subprojection.fields
                    prefetches += subprojection.prefetches
                    for name, projection in subprojection.children.items():
                        children[name] = children.get(name, self._empty) | projection
                continue
            fields.update(declaration.requires)
            if subprojection is None:
                continue
            children[declaration.name] = children.get(declaration.name, self._empty) | subprojection
            if declaration.can_prefetch:
                arguments = self._coerce_arguments(field, group[0])
                if arguments is not None:
                    prefetches.append((declaration, arguments, subprojection))
        return self.make_projection(frozenset(fields), children, prefetches)

    def _coerce_arguments(self, field: Any, node: FieldNode) -> Mapping[str, Any] | None:
        """Return the field's arguments as its resolver gets them; None if they are invalid.

        An invalid argument is reported when the field itself is executed.
        """
        definition = strawberry_field(field)
        if definition is None:
            return None
        try:
            coerced = get_argument_values(field, node, self.variables)
            return convert_arguments(
                coerced,
                definition.arguments,
                scalar_registry=self.converter.scalar_registry,
                config=self.converter.config,
            )
        except Exception:  # raised by the parser of a scalar or an input type
            return None

    def _merge_fields(
        self, parent: GraphQLObjectType, nodes: Iterable[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        """Return response key → the field nodes that select it."""
        merged: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                for child in self._collect_fields(parent, node.selection_set, visited):
                    key = (child.alias or child.name).value
                    merged.setdefault(key, []).append(child)
        return merged

    def _collect_fields(
        self, parent: GraphQLObjectType, selections: SelectionSetNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if self._condition_matches(node.type_condition, parent):
                    yield from self._collect_fields(parent, node.selection_set, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self.fragments.get(node.name.value)
                if fragment is not None and self._condition_matches(fragment.type_condition, parent):
                    yield from self._collect_fields(parent, fragment.selection_set, visited)

    def _is_included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)

    def _condition_matches(self, condition: Any, parent: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == parent.name:
            return True
        condition_type = self.schema.get_type(condition.name.value)
        return isinstance(
            condition_type, GraphQLInterfaceType | GraphQLUnionType
        ) and self.schema.is_sub_type(condition_type, parent)
