"""Texts of operations, read once: parsed, validated, and compiled when they are first run.

    documents = Documents(schema, parse=partial(parse_within, limits), plans=Plans(schema))
    document = documents.read(text)              # raises GraphQLError where it is none
    document.errors                              # of validation: it must not be run
    plan = document.plan(operation_name)         # or why graphql-core has to run it

What is kept depends on the text alone, never on who sent it or on variables.
"""

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from lms_gateway.execution.compiler import NotPlannable, Plan, PlanCompiler

_MAX_CHARACTERS = 1_000_000
"""Of all texts that are kept: what is made of one takes some fifty times its size."""


validated_document: ContextVar[DocumentNode | None] = ContextVar("valid", default=None)
"""The document in hand, where Strawberry is to execute it: it was parsed and validated already."""


class ValidatedDocumentExtension(SchemaExtension):
    """Has Strawberry take the document in hand, if there is one, as it is."""

    def on_operation(self) -> Iterator[None]:
        document = validated_document.get()
        if document is not None:
            self.execution_context.graphql_document = document
            self.execution_context.validation_rules = ()
        yield


class CachedDocument:
    """One document, as far as its text alone tells."""

    __slots__ = ("_compiler", "_operations", "_plan_by_name", "errors", "node")

    def __init__(
        self, node: DocumentNode, errors: Sequence[GraphQLError], compiler: PlanCompiler | None
    ) -> None:
        self.node = node
        self.errors = errors
        self._compiler = compiler
        self._plan_by_name: dict[str | None, Plan | NotPlannable] = {}
        self._operations = [
            definition
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation that is meant. Raises GraphQLError where the name leaves that open."""
        if name is None:
            if len(self._operations) != 1:
                problem = "several operations" if self._operations else "no operation"
                raise GraphQLError(f"the document holds {problem}: name one in `operationName`")
            return self._operations[0]
        for operation in self._operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise GraphQLError("the document holds no operation of the name that `operationName` gives")

    def plan(self, name: str | None) -> Plan | NotPlannable:
        """The operation's plan, or why there is none: then graphql-core has to run it.

        Only for a document without errors, and a name that `operation` took.
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
            return NotPlannable(error.reason)  # without the frames that it was raised through


class DocumentCache:
    """The documents of one schema under one set of limits; those used longest ago are let go."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        parse: Callable[[str], DocumentNode],
        compiler: PlanCompiler | None,
        annotate_error: Callable[[GraphQLError], None] | None = None,
        max_documents: int = 1000,
        max_characters: int = _MAX_CHARACTERS,
    ) -> None:
        """Without `plans`, everything is graphql-core's to run.

        `parse` raises GraphQLError. `judge` sees each error of validation, and may add to it.
        """
        self._schema = schema
        self._parse = parse
        self._compiler = compiler
        self._annotate_error = annotate_error
        self._max_documents = max_documents
        self._max_characters = max_characters
        self._documents: dict[str, CachedDocument] = {}  # the one used last stands last
        self._character_count = 0

    def get(self, text: str) -> CachedDocument:
        """The document of a text. Raises GraphQLError where it is none, or beyond the limits."""
        document = self._documents.pop(text, None)
        if document is not None:
            self._documents[text] = document
            return document
        document = self._parse_and_validate(text)
        # One that takes a large part of the room would drive out all others.
        if len(text) <= self._max_characters // 16:
            self._documents[text] = document
            self._character_count += len(text)
            while (
                len(self._documents) > self._max_documents
                or self._character_count > self._max_characters
            ):
                oldest = next(iter(self._documents))
                del self._documents[oldest]
                self._character_count -= len(oldest)
        return document

    def __len__(self) -> int:
        return len(self._documents)

    def _parse_and_validate(self, text: str) -> CachedDocument:
        node = self._parse(text)
        errors = validate_document(self._schema._schema, node, tuple(specified_rules))
        if self._annotate_error is not None:
            for error in errors:
                self._annotate_error(error)
        return CachedDocument(node, errors, self._compiler)
