"""Limits of a document, checked before it is validated or executed.

graphql-core counts the tokens. Depth, aliases and values of introspection are measured here, each
fragment once. Strawberry's limiters visit a fragment again at every spread, which takes exponential
time for a document of a few hundred tokens, and they fail for spreads of unknown fragments.

    fragment A on Query { a: viewer { ...B } b: viewer { ...B } }    B is measured once,
    fragment B on User { c: courses { nodes { id } } }               its size is counted twice
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

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

from lms_gateway.schema.errors import too_complex

_INTROSPECTION = frozenset({"__schema", "__type"})

_MAX_NESTED_FRAGMENTS = 64
"""Maximum length of a chain of fragment spreads. Validation is recursive."""

_INTROSPECTION_LIST_SIZES: Mapping[str, int] = MappingProxyType(
    {
        "types": 200,
        "fields": 15,
        "inputFields": 10,
        "enumValues": 10,
        "possibleTypes": 10,
        "directives": 10,
        "args": 3,
    }
)
"""Approximate number of items of the lists of introspection; 1 for all other fields."""

_MAX_INTROSPECTION_VALUES = 2_000_000
"""Maximum number of values of introspection, estimated by `_INTROSPECTION_LIST_SIZES`. The query of the
explorer, which selects everything, has less than half. Each value blocks the process for microseconds."""

_TOO_DEEP = "the document is nested too deeply"


class DocumentLimits(Protocol):
    """Limits of one document."""

    @property
    def max_depth(self) -> int:
        """Nesting depth of fields. Introspection has its own limit."""

    @property
    def max_aliases(self) -> int:
        """Aliases of one operation, counted at each spread of their fragment."""

    @property
    def max_tokens(self) -> int:
        """Lexical tokens of the document."""


def parse_within_limits(limits: DocumentLimits, query: str) -> DocumentNode:
    """Parse a document.

    Raises GraphQLError if it is invalid (GRAPHQL_PARSE_FAILED) or exceeds a limit (QUERY_TOO_COMPLEX).
    """
    try:
        document = parse(query, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens)
        size = _measure_document(document)
    except GraphQLSyntaxError as error:
        # graphql-core reports its limits as syntax errors: only the text differs.
        if "nested too deeply" in error.message:
            raise too_complex(_TOO_DEEP) from None
        if "Parsing aborted" in error.message:
            raise too_complex(f"the document has more than {limits.max_tokens} tokens") from None
        raise
    except RecursionError:
        raise too_complex(_TOO_DEEP) from None
    if size.depth > limits.max_depth:
        raise too_complex(f"an operation is {size.depth} fields deep; at most {limits.max_depth} are allowed")
    if size.aliases > limits.max_aliases:
        raise too_complex(f"an operation has more than {limits.max_aliases} aliases")
    if size.introspection > _MAX_INTROSPECTION_VALUES:
        raise too_complex("an operation selects too many values of introspection")
    return document


class _Size(NamedTuple):
    """Size of a selection: nesting depth, aliases and values of introspection."""

    depth: int = 0
    aliases: int = 0
    introspection: int = 0


def _measure_document(document: DocumentNode) -> _Size:
    """Return the maximum of each size over the operations."""
    meter = _SizeMeter(document)
    sizes = [
        meter.selection_set_size(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    return _Size(*map(max, zip(_Size(), *sizes, strict=True)))


class _SizeMeter:
    """Measures selections, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._fragment_sizes: dict[str, _Size] = {}
        self._open_fragments: set[str] = set()

    def selection_set_size(self, selections: SelectionSetNode) -> _Size:
        depth = aliases = introspection = 0
        for selection in selections.selections:
            size = self._selection_size(selection)
            depth = max(depth, size.depth)
            aliases += size.aliases
            introspection += size.introspection
        return _Size(depth, aliases, introspection)

    def _selection_size(self, selection: SelectionNode) -> _Size:
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment_size(selection.name.value)
        selections: SelectionSetNode | None = getattr(selection, "selection_set", None)
        inner = _Size() if selections is None else self.selection_set_size(selections)
        if not isinstance(selection, FieldNode):
            return inner
        name = selection.name.value
        # Introspection is deep by nature; validation limits its recursion.
        depth = 0 if name in _INTROSPECTION else inner.depth
        # Counted for all fields, because a fragment can be spread inside introspection. Outside of
        # it no field has the name of one of the lists, so the product stays small.
        #
        #   { __schema { types { fields { name } } } }    1 + 1 * (1 + 200 * (1 + 15 * 1)) = 3202
        introspection = 1 + _INTROSPECTION_LIST_SIZES.get(name, 1) * inner.introspection
        return _Size(depth + 1, inner.aliases + (selection.alias is not None), introspection)

    def _fragment_size(self, name: str) -> _Size:
        # Validation reports unknown fragments and those that spread themselves.
        if name in self._open_fragments or name not in self._fragments:
            return _Size()
        if name not in self._fragment_sizes:
            if len(self._open_fragments) >= _MAX_NESTED_FRAGMENTS:
                raise too_complex(f"more than {_MAX_NESTED_FRAGMENTS} fragments spread in a chain")
            self._open_fragments.add(name)
            self._fragment_sizes[name] = self.selection_set_size(self._fragments[name])
            self._open_fragments.discard(name)
        return self._fragment_sizes[name]
