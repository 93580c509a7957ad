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

from lms_gateway.execution.batch_fields import ReadMany
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.input_coercion import VariableCoercion
from lms_gateway.execution.projection_collector import ProjectionCollector, ProjectionFactory
from lms_gateway.execution.resolvers import StrategySelector
from lms_gateway.execution.selection import OperationVariant, variables_in

_MAX_VARIANTS = 32
"""Combinations of `@skip` and `@include` that are kept of one operation."""

_EXECUTION_HOOKS = ("on_operation", "on_execute", "resolve", "get_results")


class NotPlannable(Exception):
    """The operation is graphql-core's to execute. `reason` is a word or two, for a metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanCompiler:
    """Compiles operations of one schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        make_projection: ProjectionFactory | None = None,
        read_many: ReadMany | None = None,
        ignored_extensions: Collection[type[SchemaExtension]] = (),
    ) -> None:
        """Prepare to compile.

        `make_projection` creates what `PlannedInfo.projection` returns; None if the application
        reads no projections. `read_many` does for many sources what the schema's default resolver
        does for one. A schema extension that takes part in execution makes all operations not
        plannable, except `ignored_extensions`: plans do not run them.
        """
        self.make_projection = make_projection
        self.schema = schema
        self.core_schema: GraphQLSchema = schema._schema
        self.converter = schema.schema_converter
        self.strategies = StrategySelector(
            self.converter, schema.config.default_resolver, read_many
        )
        self._not_plannable_reason = self._find_obstacle(ignored_extensions)

    def compile(self, document: DocumentNode, operation_name: str | None = None) -> "Plan":
        """The plan of an operation in a valid document. Raises Unplanned."""
        if self._not_plannable_reason is not None:
            raise NotPlannable(self._not_plannable_reason)
        fragments: dict[str, FragmentDefinitionNode] = {}
        operations: list[OperationDefinitionNode] = []
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = definition
                if definition.variable_definitions:
                    raise NotPlannable("fragment variables")
            elif isinstance(definition, OperationDefinitionNode):
                name = None if definition.name is None else definition.name.value
                if operation_name is None or name == operation_name:
                    operations.append(definition)
        if len(operations) != 1:
            raise NotPlannable("no operation")
        return Plan(self, document, operations[0], fragments)

    def _find_obstacle(self, ignored_extensions: Collection[type[SchemaExtension]]) -> str | None:
        for extension in self.schema.extensions:
            if extension in ignored_extensions:
                continue
            extension_class = extension if isinstance(extension, type) else type(extension)
            if not issubclass(extension_class, SchemaExtension) or any(
                getattr(extension_class, hook) is not getattr(SchemaExtension, hook)
                for hook in _EXECUTION_HOOKS
            ):
                return "schema extension"
        if self.schema.execution_context_class is not StrawberryGraphQLCoreExecutionContext:
            return "executor"
        for type_ in self.core_schema.type_map.values():
            type_check: Any = None
            if isinstance(type_, GraphQLObjectType):
                type_check = type_.is_type_of
            elif is_abstract_type(type_):
                type_check = type_.resolve_type
            if iscoroutinefunction(type_check):
                return "asynchronous type"
        return None


class Plan:
    """One operation of one document."""

    def __init__(
        self,
        compiler: PlanCompiler,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        """Raises Unplanned."""
        self.operation = operation
        self._compiler = compiler
        self._document = document
        self._fragments = fragments
        self._variables = VariableCoercion(compiler.core_schema, operation)
        self._variants: dict[tuple[Any, ...], OperationVariant] = {}
        self._collectors: dict[OperationVariant, ProjectionCollector] = {}
        if operation.operation is OperationType.SUBSCRIPTION:
            raise NotPlannable("subscription")
        condition_variables: set[str] = set()
        argument_variables: set[str] = set()
        # Not by equality: without locations, a node equals one of the same words elsewhere.
        root_selections = set(map(id, operation.selection_set.selections))
        for node in _selection_nodes(operation, *fragments.values()):
            for directive in node.directives or ():
                if directive.name.value not in ("skip", "include"):
                    raise NotPlannable("directive")
                condition_variables |= variables_in(directive)
            if isinstance(node, FieldNode):
                if node.name.value in ("__schema", "__type"):
                    raise NotPlannable("introspection")
                if id(node) not in root_selections:
                    for argument in node.arguments or ():
                        argument_variables |= variables_in(argument)
        self._condition_variables = tuple(sorted(condition_variables))
        self._projections_vary = bool(argument_variables)

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
        raw_variables = dict(variables or {})
        values = self._variables.coerce(raw_variables)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        key = tuple(values.coerced.get(name) for name in self._condition_variables)
        if None in key:
            # Null for a condition is an error that only graphql-core tells.
            executed: Any = self.core_executor(
                raw_variables, context, root, extensions
            ).execute_operation()
            result: ExecutionResult = await executed if isawaitable(executed) else executed
            return result
        variant = self._variants.get(key)
        if variant is None:
            variant = self._build_variant(key, values)
        executor = PlanExecutor(self, variant, values, raw_variables, context, root, extensions)
        return await executor.execute(serially=self.operation.operation is OperationType.MUTATION)

    def core_executor(
        self,
        variables: dict[str, Any],
        context: Any,
        root: Any,
        extensions: Mapping[str, Any] | None,
    ) -> Executor[Any]:
        """graphql-core's executor of the operation, with variables that were coerced before."""
        name = self.operation.name
        executor = StrawberryGraphQLCoreExecutionContext.build(
            self._compiler.core_schema,
            self._document,
            root_value=root,
            context_value=context,
            raw_variable_values=variables,
            operation_name=None if name is None else name.value,
            is_awaitable=cast(Any, optimized_is_awaitable),
            operation_extensions=extensions,
        )
        assert isinstance(executor, Executor)
        return executor

    def collector(
        self, variant: OperationVariant, variables: VariableValues
    ) -> ProjectionCollector:
        """What reads the wants of a run; shared by all runs where no variable has a say in them."""
        collector = self._collectors.get(variant)
        if collector is None:
            collector_variables = variables if self._projections_vary else variant.condition_values
            make_projection = self._compiler.make_projection
            assert make_projection is not None, "PlanCompiler needs make_projection"
            collector = ProjectionCollector(
                self._compiler.core_schema,
                self._fragments,
                collector_variables,
                self._compiler.converter,
                make_projection,
            )
            if not self._projections_vary:
                self._collectors[variant] = collector
        return collector

    def _build_variant(self, key: tuple[Any, ...], values: VariableValues) -> OperationVariant:
        # Nothing else of a caller's variables is kept.
        condition_values = VariableValues(
            {name: values.sources[name] for name in self._condition_variables},
            {name: values.coerced[name] for name in self._condition_variables},
        )
        if len(self._variants) >= _MAX_VARIANTS:
            self._variants.clear()
            self._collectors.clear()
        variant = self._variants[key] = OperationVariant(
            self._compiler.core_schema,
            self.operation,
            self._fragments,
            condition_values,
            self._compiler.strategies.prepare,
        )
        return variant


def _selection_nodes(*roots: Node) -> Iterator[Any]:
    """All selections, and the operation itself."""
    stack: list[Any] = list(roots)
    while stack:
        node = stack.pop()
        if hasattr(node, "directives"):
            yield node
        if getattr(node, "selection_set", None) is not None:
            stack += node.selection_set.selections
