"""How much a document may ask for, told before anything of it is validated or run.

Tokens are counted by graphql-core. Depth and aliases are measured here, each fragment once:
Strawberry's limiters walk a fragment again at every spread of it, so that a document of a few
hundred tokens can keep them busy for years, and they stumble over spreads of unknown fragments.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)
from strawberry.extensions import SchemaExtension

from lms_gateway.schema.errors import ValidationCodes, too_complex

_INTROSPECTION = frozenset({"__schema", "__type"})

_MOST_NESTED_FRAGMENTS = 64
"""Fragments that spread one another in a chain: no query needs more, and validation recurses."""

_NESTED = "the document is nested too deeply"

parsed: ContextVar[DocumentNode | None] = ContextVar("parsed", default=None)
"""The document in hand, so that whoever parsed it spares the schema doing it again."""


class Limits(Protocol):
    """How much one document may ask for."""

    @property
    def max_depth(self) -> int:
        """Fields below one another, the leaf included; introspection has a limit of its own."""
        ...

    @property
    def max_aliases(self) -> int:
        """Aliased fields of one operation, counted again at each spread of their fragment."""
        ...

    @property
    def max_tokens(self) -> int:
        """Lexical tokens of the whole document."""
        ...


class AlreadyParsed(SchemaExtension):
    """Hands the schema the document that `parse_within` has read, if it did."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.graphql_document = parsed.get()
        yield


def extensions() -> list[type[SchemaExtension]]:
    """What a schema behind the gateway's endpoint is built with."""
    return [AlreadyParsed, ValidationCodes]


def parse_within(limits: Limits, query: str) -> DocumentNode:
    """Parse a document.

    Raises GraphQLError where it is none (GRAPHQL_PARSE_FAILED), or is longer, deeper or richer in
    aliases than `limits` allow (QUERY_TOO_COMPLEX).
    """
    try:
        document = parse(
            query, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens
        )
        depth, aliases = _measure(document)
    except GraphQLSyntaxError as error:
        # Only its text tells one of graphql-core's limits from a mistake.
        if "nested too deeply" in error.message:
            raise too_complex(_NESTED) from None
        if "Parsing aborted" in error.message:
            raise too_complex(f"the document has more than {limits.max_tokens} tokens") from None
        raise
    except RecursionError:
        raise too_complex(_NESTED) from None
    if depth > limits.max_depth:
        raise too_complex(f"an operation is {depth} fields deep; {limits.max_depth} are allowed")
    if aliases > limits.max_aliases:
        raise too_complex(f"an operation has more than {limits.max_aliases} aliases")
    return document


def _measure(document: DocumentNode) -> tuple[int, int]:
    """The depth and the aliases of the operations, each of whichever has most."""
    measure = _Measure(document)
    measured = [
        measure.of(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    return (
        max((depth for depth, _ in measured), default=0),
        max((aliases for _, aliases in measured), default=0),
    )


class _Measure:
    """Depth and aliases of selections, with each fragment measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, tuple[int, int]] = {}
        self._open: set[str] = set()

    def of(self, selections: SelectionSetNode) -> tuple[int, int]:
        """How many fields deep, and how many aliases."""
        depth = aliases = 0
        for selection in selections.selections:
            deep, aliased = self._of_selection(selection)
            depth = max(depth, deep)
            aliases += aliased
        return depth, aliases

    def _of_selection(self, selection: SelectionNode) -> tuple[int, int]:
        if isinstance(selection, FragmentSpreadNode):
            return self._of_fragment(selection.name.value)
        within: SelectionSetNode | None = getattr(selection, "selection_set", None)
        depth, aliases = (0, 0) if within is None else self.of(within)
        if not isinstance(selection, FieldNode):
            return depth, aliases
        if selection.name.value in _INTROSPECTION:
            depth = 0  # deep by nature; validation limits what nests without end
        return depth + 1, aliases + (selection.alias is not None)

    def _of_fragment(self, name: str) -> tuple[int, int]:
        # Unknown fragments and those that spread themselves are for validation to report.
        if name in self._open or name not in self._fragments:
            return 0, 0
        if name not in self._known:
            if len(self._open) >= _MOST_NESTED_FRAGMENTS:
                raise too_complex(f"more than {_MOST_NESTED_FRAGMENTS} fragments spread in a chain")
            self._open.add(name)
            self._known[name] = self.of(self._fragments[name])
            self._open.discard(name)
        return self._known[name]
