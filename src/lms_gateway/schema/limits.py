"""How much a document may ask for, told before anything of it is validated or run.

Tokens are counted by graphql-core. Depth, aliases and what introspection asks for are measured
here, each fragment once: Strawberry's limiters walk a fragment again at every spread of it, so that
a document of a few hundred tokens can keep them busy for years, and they stumble over spreads of
unknown fragments.
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
"""Fragments that spread one another in a chain: no query needs more, and validation recurses."""

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
"""How many items introspection's lists have, roughly; what is not named here has one."""

_MAX_INTROSPECTION_VALUES = 2_000_000
"""Values that introspection may answer, by `_ITEMS`: the explorer's query, which asks for all there
is, comes to less than half. Each takes microseconds in which the process does nothing else."""

_TOO_DEEP = "the document is nested too deeply"


class DocumentLimits(Protocol):
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


def parse_within_limits(limits: DocumentLimits, query: str) -> DocumentNode:
    """Parse a document.

    Raises GraphQLError where it is none (GRAPHQL_PARSE_FAILED), or is longer, deeper or richer in
    aliases than `limits` allow (QUERY_TOO_COMPLEX).
    """
    try:
        document = parse(
            query, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens
        )
        size = _measure_document(document)
    except GraphQLSyntaxError as error:
        # Only its text tells one of graphql-core's limits from a mistake.
        if "nested too deeply" in error.message:
            raise too_complex(_TOO_DEEP) from None
        if "Parsing aborted" in error.message:
            raise too_complex(f"the document has more than {limits.max_tokens} tokens") from None
        raise
    except RecursionError:
        raise too_complex(_TOO_DEEP) from None
    if size.depth > limits.max_depth:
        raise too_complex(
            f"an operation is {size.depth} fields deep; {limits.max_depth} are allowed"
        )
    if size.aliases > limits.max_aliases:
        raise too_complex(f"an operation has more than {limits.max_aliases} aliases")
    if size.introspection > _MAX_INTROSPECTION_VALUES:
        raise too_complex("an operation asks introspection for too much")
    return document


class _Size(NamedTuple):
    """How large a selection is: fields below one another, aliases, values of introspection."""

    depth: int = 0
    aliases: int = 0
    introspection: int = 0


def _measure_document(document: DocumentNode) -> _Size:
    """The sizes of the operations, in each respect that of whichever has most."""
    meter = _SizeMeter(document)
    sizes = [
        meter.selection_set_size(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    return _Size(*map(max, zip(_Size(), *sizes, strict=True)))


class _SizeMeter:
    """The sizes of selections, with each fragment measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._fragment_sizes: dict[str, _Size] = {}
        self._open_fragments: set[str] = set()

    def selection_set_size(self, selections: SelectionSetNode) -> _Size:
        """How large it is."""
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
        # Deep by nature: validation limits what nests without end.
        depth = 0 if name in _INTROSPECTION else inner.depth
        # Counted everywhere: whether a fragment lies within introspection, its spreads tell.
        # Elsewhere no field has the name of one of the lists, and the sum is of no weight.
        introspection = 1 + _INTROSPECTION_LIST_SIZES.get(name, 1) * inner.introspection
        return _Size(depth + 1, inner.aliases + (selection.alias is not None), introspection)

    def _fragment_size(self, name: str) -> _Size:
        # Unknown fragments and those that spread themselves are for validation to report.
        if name in self._open_fragments or name not in self._fragments:
            return _Size()
        if name not in self._fragment_sizes:
            if len(self._open_fragments) >= _MAX_NESTED_FRAGMENTS:
                raise too_complex(f"more than {_MAX_NESTED_FRAGMENTS} fragments spread in a chain")
            self._open_fragments.add(name)
            self._fragment_sizes[name] = self.selection_set_size(self._fragments[name])
            self._open_fragments.discard(name)
        return self._fragment_sizes[name]
