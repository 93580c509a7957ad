"""Operations compiled once and run breadth first: graphql-core's results at a fraction of its cost.

    plans = Plans(schema)                         # a strawberry.Schema
    plan = plans.compile(document)                # parsed and valid; raises Unplanned
    result = await plan.execute(variables, context)

Strawberry stays the only place where types and fields are declared. What a plan cannot do raises
Unplanned before anything ran, and is graphql-core's to execute.
"""

from collections.abc import Collection, Iterator, Mapping
from inspect import isawaitable, iscoroutinefunction
from typing import Any, cast

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
)
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from lms_gateway.execution.collect import Collector
from lms_gateway.execution.columns import ReadAll
from lms_gateway.execution.inputs import Variables
from lms_gateway.execution.resolve import Resolvers
from lms_gateway.execution.run import Run
from lms_gateway.execution.selection import Variant, variables_in

_MOST_VARIANTS = 32
"""Combinations of `@skip` and `@include` that are kept of one operation."""

_HOOKS = ("on_operation", "on_execute", "resolve", "get_results")


class Unplanned(Exception):
    """The operation is graphql-core's to execute. `reason` is a word or two, for a metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Plans:
    """Compiles operations of one schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        read_all: ReadAll | None = None,
        without: Collection[type[SchemaExtension]] = (),
    ) -> None:
        """`read_all` reads what the schema's default resolver does, off many sources at once.

        Schema extensions that take part in execution make all operations unplanned, but for those
        in `without`: plans run without them.
        """
        self.schema = schema
        self.core: GraphQLSchema = schema._schema
        self.converter = schema.schema_converter
        self.resolvers = Resolvers(self.converter, schema.config.default_resolver, read_all)
        self._refusal = self._refuse(without)

    def compile(self, document: DocumentNode, operation_name: str | None = None) -> "Plan":
        """The plan of an operation in a valid document. Raises Unplanned."""
        if self._refusal is not None:
            raise Unplanned(self._refusal)
        fragments: dict[str, FragmentDefinitionNode] = {}
        operations: list[OperationDefinitionNode] = []
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = definition
                if definition.variable_definitions:
                    raise Unplanned("fragment variables")
            elif isinstance(definition, OperationDefinitionNode):
                name = None if definition.name is None else definition.name.value
                if operation_name is None or name == operation_name:
                    operations.append(definition)
        if len(operations) != 1:
            raise Unplanned("no operation")
        return Plan(self, document, operations[0], fragments)

    def _refuse(self, without: Collection[type[SchemaExtension]]) -> str | None:
        for extension in self.schema.extensions:
            if extension in without:
                continue
            made = extension if isinstance(extension, type) else type(extension)
            if not issubclass(made, SchemaExtension) or any(
                getattr(made, hook) is not getattr(SchemaExtension, hook) for hook in _HOOKS
            ):
                return "schema extension"
        if self.schema.execution_context_class is not StrawberryGraphQLCoreExecutionContext:
            return "executor"
        for type_ in self.core.type_map.values():
            check: Any = None
            if isinstance(type_, GraphQLObjectType):
                check = type_.is_type_of
            elif is_abstract_type(type_):
                check = type_.resolve_type
            if iscoroutinefunction(check):
                return "asynchronous type"
        return None


class Plan:
    """One operation of one document."""

    def __init__(
        self,
        plans: Plans,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        """Raises Unplanned."""
        self.operation = operation
        self._plans = plans
        self._document = document
        self._fragments = fragments
        self._variables = Variables(plans.core, operation)
        self._variants: dict[tuple[Any, ...], Variant] = {}
        self._collectors: dict[Variant, Collector] = {}
        if operation.operation is OperationType.SUBSCRIPTION:
            raise Unplanned("subscription")
        deciding: set[str] = set()
        asking: set[str] = set()
        # Not by equality: without locations, a node equals one of the same words elsewhere.
        topmost = set(map(id, operation.selection_set.selections))
        for node in _nodes_of(operation, *fragments.values()):
            for directive in node.directives or ():
                if directive.name.value not in ("skip", "include"):
                    raise Unplanned("directive")
                deciding |= variables_in(directive)
            if isinstance(node, FieldNode):
                if node.name.value in ("__schema", "__type"):
                    raise Unplanned("introspection")
                if id(node) not in topmost:
                    for argument in node.arguments or ():
                        asking |= variables_in(argument)
        self._deciding = tuple(sorted(deciding))
        self._wants_vary = bool(asking)

    async def execute(
        self,
        variables: Mapping[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        """What graphql-core's `execute` would answer.

        `extensions` are the request's own, which resolvers may read.
        """
        raw = dict(variables or {})
        values = self._variables.coerce(raw)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        key = tuple(values.coerced.get(name) for name in self._deciding)
        if None in key:
            # Null for a condition is an error that only graphql-core tells.
            executed: Any = self.executor(raw, context, root, extensions).execute_operation()
            result: ExecutionResult = await executed if isawaitable(executed) else executed
            return result
        variant = self._variants.get(key)
        if variant is None:
            variant = self._decide(key, values)
        run = Run(self, variant, values, raw, context, root, extensions)
        return await run.execute(serially=self.operation.operation is OperationType.MUTATION)

    def executor(
        self,
        variables: dict[str, Any],
        context: Any,
        root: Any,
        extensions: Mapping[str, Any] | None,
    ) -> Executor[Any]:
        """graphql-core's executor of the operation, with variables that were coerced before."""
        name = self.operation.name
        made = StrawberryGraphQLCoreExecutionContext.build(
            self._plans.core,
            self._document,
            root_value=root,
            context_value=context,
            raw_variable_values=variables,
            operation_name=None if name is None else name.value,
            is_awaitable=cast(Any, optimized_is_awaitable),
            operation_extensions=extensions,
        )
        assert isinstance(made, Executor)
        return made

    def collector(self, variant: Variant, variables: VariableValues) -> Collector:
        """What reads the wants of a run; shared by all runs where no variable has a say in them."""
        known = self._collectors.get(variant)
        if known is None:
            decided = variables if self._wants_vary else variant.decided
            known = Collector(self._plans.core, self._fragments, decided, self._plans.converter)
            if not self._wants_vary:
                self._collectors[variant] = known
        return known

    def _decide(self, key: tuple[Any, ...], values: VariableValues) -> Variant:
        # Nothing else of a caller's variables is kept.
        decided = VariableValues(
            {name: values.sources[name] for name in self._deciding},
            {name: values.coerced[name] for name in self._deciding},
        )
        if len(self._variants) >= _MOST_VARIANTS:
            self._variants.clear()
            self._collectors.clear()
        variant = self._variants[key] = Variant(
            self._plans.core,
            self.operation,
            self._fragments,
            decided,
            self._plans.resolvers.prepare,
        )
        return variant


def _nodes_of(*roots: Node) -> Iterator[Any]:
    """All selections, and the operation itself."""
    left: list[Any] = list(roots)
    while left:
        node = left.pop()
        if hasattr(node, "directives"):
            yield node
        if getattr(node, "selection_set", None) is not None:
            left += node.selection_set.selections
