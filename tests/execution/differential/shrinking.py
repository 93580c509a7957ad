"""Minimization of a failing case."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    validate,
    visit,
)

from tests.execution.differential.documents import Case, rewritten

StillFails = Callable[[Case], Awaitable[bool]]


async def shrink(
    schema: GraphQLSchema, case: Case, still_fails: StillFails, max_attempts: int = 1500
) -> Case:
    """Return the smallest case found that still fails."""
    tried = 0
    improved = True
    while improved and tried < max_attempts:
        improved = False
        for smaller in _smaller(case):
            tried += 1
            if tried >= max_attempts:
                break
            try:
                if validate(schema, smaller.document, max_errors=1) or not await still_fails(smaller):
                    continue
            except Exception:  # another error
                continue
            case, improved = smaller, True
            break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    for node in _parts(case.document):
        for document in _without(case.document, node):
            try:
                yield rewritten(case, _tidy(document, case.operation_name), case.variables)
            except GraphQLError:
                continue
    for name in case.variables:
        rest = {key: value for key, value in case.variables.items() if key != name}
        yield rewritten(case, case.document, rest)


def _parts(document: DocumentNode) -> list[Any]:
    """Return the nodes that may be removed, the larger first."""
    sized_nodes: list[tuple[int, Any]] = []

    class Collect(Visitor):
        def enter(self, node: Any, key: Any, parent: Any, *_: Any) -> None:
            is_item = isinstance(parent, tuple | list) and isinstance(getattr(node, "kind", None), str)
            kinds = (
                FieldNode,
                InlineFragmentNode,
                FragmentSpreadNode,
                ArgumentNode,
                DirectiveNode,
                ObjectFieldNode,
                OperationDefinitionNode,
            )
            if isinstance(node, kinds) or (is_item and "value" in node.kind):
                size = 0 if node.loc is None else node.loc.end - node.loc.start
                sized_nodes.append((size, node))

    visit(document, Collect())
    return [node for _, node in sorted(sized_nodes, key=lambda sized: -sized[0])]


def _without(document: DocumentNode, target: Any) -> Iterator[DocumentNode]:
    class Drop(Visitor):
        def enter(self, node: Any, *_: Any) -> Any:
            return REMOVE if node is target else None

    yield visit(document, Drop())
    if isinstance(target, InlineFragmentNode):
        # Replace it by its selections.
        class Unwrap(Visitor):
            def leave(self, node: Any, *_: Any) -> Any:
                if isinstance(node, SelectionSetNode) and target in node.selections:
                    flat: list[Any] = []
                    for selection in node.selections:
                        flat += selection.selection_set.selections if selection is target else [selection]
                    return SelectionSetNode(selections=tuple(flat))
                return None

        yield visit(document, Unwrap())
    if isinstance(target, FieldNode) and _is_more_than_typename(target):

        class Empty(Visitor):
            def enter(self, node: Any, *_: Any) -> Any:
                if node is not target:
                    return None
                typename = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
                return FieldNode(
                    name=node.name,
                    alias=node.alias,
                    arguments=node.arguments,
                    directives=node.directives,
                    selection_set=SelectionSetNode(selections=(typename,)),
                )

        yield visit(document, Empty())
    if isinstance(target, FieldNode) and target.alias:

        class Plain(Visitor):
            def enter(self, node: Any, *_: Any) -> Any:
                if node is target:
                    return FieldNode(
                        name=node.name,
                        alias=None,
                        arguments=node.arguments,
                        directives=node.directives,
                        selection_set=node.selection_set,
                    )
                return None

        yield visit(document, Plain())


def _tidy(document: DocumentNode, operation_name: str | None) -> DocumentNode:
    """Return the document without other operations, unused fragments and unused variables."""
    definitions = list(document.definitions)
    while True:
        used = {name for definition in definitions for name in _names(definition, FragmentSpreadNode)}
        remaining = [
            definition
            for definition in definitions
            if not isinstance(definition, FragmentDefinitionNode) or definition.name.value in used
        ]
        if len(remaining) == len(definitions):
            break
        definitions = remaining
    fragments = {
        definition.name.value: definition
        for definition in definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    class DropVariables(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
            if not node.selections:
                raise GraphQLError("nothing is left to select")

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> Any:
            used = set(_names(node.selection_set, VariableNode))
            waiting = list(_names(node.selection_set, FragmentSpreadNode))
            seen: set[str] = set()
            while waiting:
                name = waiting.pop()
                if name in seen or name not in fragments:
                    continue
                seen.add(name)
                used |= set(_names(fragments[name], VariableNode))
                waiting += _names(fragments[name], FragmentSpreadNode)
            return OperationDefinitionNode(
                operation=node.operation,
                name=node.name,
                directives=node.directives,
                selection_set=node.selection_set,
                variable_definitions=tuple(
                    variable
                    for variable in node.variable_definitions or ()
                    if variable.variable.name.value in used
                ),
            )

    whole = DocumentNode(definitions=tuple(definitions))
    tidied: DocumentNode = visit(whole, DropVariables())
    return tidied


def _is_more_than_typename(node: FieldNode) -> bool:
    below: Any = () if node.selection_set is None else node.selection_set.selections
    return any(
        not isinstance(selection, FieldNode) or selection.name.value != "__typename" for selection in below
    )


def _names(node: Any, kind: type) -> list[str]:
    names: list[str] = []

    class Collect(Visitor):
        def enter(self, node: Any, *_: Any) -> None:
            if isinstance(node, kind):
                name: Any = node
                names.append(name.name.value)

    visit(node, Collect())
    return names
