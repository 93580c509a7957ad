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

from lms_gateway.execution.plans import Plan, Plans, Unplanned

_MOST_CHARACTERS = 1_000_000
"""Of all texts that are kept: what is made of one takes some fifty times its size."""


valid: ContextVar[DocumentNode | None] = ContextVar("valid", default=None)
"""The document in hand, where Strawberry is to execute it: it was parsed and validated already."""


class AlreadyValid(SchemaExtension):
    """Has Strawberry take the document in hand, if there is one, as it is."""

    def on_operation(self) -> Iterator[None]:
        document = valid.get()
        if document is not None:
            self.execution_context.graphql_document = document
            self.execution_context.validation_rules = ()
        yield


class Document:
    """One document, as far as its text alone tells."""

    __slots__ = ("_operations", "_planned", "_plans", "errors", "node")

    def __init__(
        self, node: DocumentNode, errors: Sequence[GraphQLError], plans: Plans | None
    ) -> None:
        self.node = node
        self.errors = errors
        self._plans = plans
        self._planned: dict[str | None, Plan | Unplanned] = {}
        self._operations = [
            definition
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation that is meant. Raises GraphQLError where the name leaves that open."""
        if name is None:
            if len(self._operations) != 1:
                count = "several operations" if self._operations else "no operation"
                raise GraphQLError(f"the document holds {count}: name one in `operationName`")
            return self._operations[0]
        for operation in self._operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise GraphQLError("the document holds no operation of the name that `operationName` gives")

    def plan(self, name: str | None) -> Plan | Unplanned:
        """The operation's plan, or why there is none: then graphql-core has to run it.

        Only for a document without errors, and a name that `operation` took.
        """
        planned = self._planned.get(name)
        if planned is None:
            planned = self._planned[name] = self._compile(name)
        return planned

    def _compile(self, name: str | None) -> Plan | Unplanned:
        if self._plans is None:
            return Unplanned("off")
        try:
            return self._plans.compile(self.node, name)
        except Unplanned as reason:
            return Unplanned(reason.reason)  # without the frames that it was raised through


class Documents:
    """The documents of one schema under one set of limits; those used longest ago are let go."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        parse: Callable[[str], DocumentNode],
        plans: Plans | None,
        judge: Callable[[GraphQLError], None] | None = None,
        most: int = 1000,
        most_characters: int = _MOST_CHARACTERS,
    ) -> None:
        """Without `plans`, everything is graphql-core's to run.

        `parse` raises GraphQLError. `judge` sees each error of validation, and may add to it.
        """
        self._schema = schema
        self._parse = parse
        self._plans = plans
        self._judge = judge
        self._most = most
        self._most_characters = most_characters
        self._kept: dict[str, Document] = {}  # the one used last stands last
        self._characters = 0

    def read(self, text: str) -> Document:
        """The document of a text. Raises GraphQLError where it is none, or beyond the limits."""
        document = self._kept.pop(text, None)
        if document is not None:
            self._kept[text] = document
            return document
        document = self._make(text)
        # One that takes a large part of the room would drive out all others.
        if len(text) <= self._most_characters // 16:
            self._kept[text] = document
            self._characters += len(text)
            while len(self._kept) > self._most or self._characters > self._most_characters:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._characters -= len(oldest)
        return document

    def __len__(self) -> int:
        return len(self._kept)

    def _make(self, text: str) -> Document:
        node = self._parse(text)
        errors = validate_document(self._schema._schema, node, tuple(specified_rules))
        if self._judge is not None:
            for error in errors:
                self._judge(error)
        return Document(node, errors, self._plans)
