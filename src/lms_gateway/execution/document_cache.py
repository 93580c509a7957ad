"""Cache of parsed, validated and compiled documents.

    cache = DocumentCache(schema, parse=partial(parse_within, limits), compiler=compiler)
    document = cache.get(text)                   # raises GraphQLError for a syntax error
    document.errors                              # validation errors: do not execute it
    plan = document.plan(operation_name)         # or NotPlannable: graphql-core executes it

Entries depend on the text alone, never on the caller or on variables.
"""

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import KW_ONLY, dataclass, field

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from lms_gateway.execution.compiler import NotPlannable, Plan, PlanCompiler
from lms_gateway.execution.library_internals import validate

_MAX_CHARACTERS = 1_000_000
"""Total length of the cached texts. A cached document takes about 50 times the size of its text."""


validated_document: ContextVar[DocumentNode | None] = ContextVar("validated_document", default=None)
"""The document that Strawberry is about to execute; it is parsed and validated already."""


class ValidatedDocumentExtension(SchemaExtension):
    """Makes Strawberry use `validated_document`, if set, without parsing and validating again."""

    def on_operation(self) -> Iterator[None]:
        document = validated_document.get()
        if document is not None:
            self.execution_context.graphql_document = document
            self.execution_context.validation_rules = ()
        yield


class CachedDocument:
    """One document: its syntax tree, its validation errors and the plans of its operations."""

    __slots__ = ("_compiler", "_operations", "_plan_by_name", "errors", "node")

    def __init__(
        self, node: DocumentNode, errors: Sequence[GraphQLError], compiler: PlanCompiler | None
    ) -> None:
        self.node = node
        self.errors = errors
        self._compiler = compiler
        self._plan_by_name: dict[str | None, Plan | NotPlannable] = {}
        self._operations = [
            definition for definition in node.definitions if isinstance(definition, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to execute. Raises GraphQLError if `name` does not identify one."""
        if name is None:
            if len(self._operations) != 1:
                problem = "several operations" if self._operations else "no operation"
                raise GraphQLError(f"operationName: the document contains {problem}; name one")
            return self._operations[0]
        for operation in self._operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise GraphQLError("operationName: the document contains no operation of that name")

    def plan(self, name: str | None) -> Plan | NotPlannable:
        """Return the operation's plan; NotPlannable if graphql-core has to execute it.

        The document must be without errors, and `operation(name)` must not raise.
        """
        plan = self._plan_by_name.get(name)
        if plan is None:
            plan = self._plan_by_name[name] = self._compile(name)
        return plan

    def _compile(self, name: str | None) -> Plan | NotPlannable:
        if self._compiler is None:
            return NotPlannable("off")
        try:
            return self._compiler.compile(self.node, name)
        except NotPlannable as error:
            return NotPlannable(error.reason)  # a copy, without the traceback


@dataclass(eq=False)
class DocumentCache:
    """Documents of one schema and one set of limits; evicts the least recently used.

    `compiler` is None: graphql-core executes everything. `parse` raises GraphQLError.
    `annotate_error` may add to each validation error.
    """

    schema: strawberry.Schema
    _: KW_ONLY
    parse: Callable[[str], DocumentNode]
    compiler: PlanCompiler | None
    annotate_error: Callable[[GraphQLError], None] | None = None
    max_documents: int = 1000
    max_characters: int = _MAX_CHARACTERS
    _documents: dict[str, CachedDocument] = field(init=False, default_factory=dict)
    """Least recently used first."""
    _character_count: int = field(init=False, default=0)

    def get(self, text: str) -> CachedDocument:
        """Return the document of a text. Raises what `parse` raises."""
        document = self._documents.pop(text, None)
        if document is not None:
            self._documents[text] = document
            return document
        document = self._parse_and_validate(text)
        # A very large document would evict all others.
        if len(text) <= self.max_characters // 16:
            self._documents[text] = document
            self._character_count += len(text)
            while len(self._documents) > self.max_documents or self._character_count > self.max_characters:
                oldest = next(iter(self._documents))
                del self._documents[oldest]
                self._character_count -= len(oldest)
        return document

    def __len__(self) -> int:
        return len(self._documents)

    def _parse_and_validate(self, text: str) -> CachedDocument:
        node = self.parse(text)
        errors = validate(self.schema, node)
        if self.annotate_error is not None:
            for error in errors:
                self.annotate_error(error)
        return CachedDocument(node, errors, self.compiler)
