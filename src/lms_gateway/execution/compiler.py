"""Compiler of operations to plans, which return graphql-core's results with less CPU time.

    compiler = PlanCompiler(schema)               # a strawberry.Schema
    plan = compiler.compile(document)             # parsed and valid; raises NotPlannable
    result = await plan.execute(variables, context)

NotPlannable is raised before anything runs: graphql-core has to execute the operation.
"""

from collections.abc import Collection, Iterator, Mapping
from inspect import isawaitable, iscoroutinefunction
from typing import Any

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
from strawberry.extensions import SchemaExtension

from lms_gateway.execution.batch_fields import ReadMany
from lms_gateway.execution.executor import PlanExecutor
from lms_gateway.execution.input_coercion import VariableCoercion
from lms_gateway.execution.library_internals import (
    Executor,
    Invocation,
    VariableValues,
    build_core_executor,
    core_schema_of,
    has_own_executor,
)
from lms_gateway.execution.projection_collector import ProjectionCollector, ProjectionFactory
from lms_gateway.execution.resolvers import StrategySelector
from lms_gateway.execution.selection import OperationVariant, variables_in

_MAX_VARIANTS = 32
"""Cached combinations of `@skip` and `@include` values per operation."""

_EXECUTION_HOOKS = ("on_operation", "on_execute", "resolve", "get_results")


class NotPlannable(Exception):
    """graphql-core has to execute the operation. `reason` is a word or two, for a metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanCompiler:
    """Compiles the operations of one schema."""

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
        self.core_schema: GraphQLSchema = core_schema_of(schema)
        self.converter = schema.schema_converter
        self.strategies = StrategySelector(self.converter, schema.config.default_resolver, read_many)
        self._not_plannable_reason = self._find_obstacle(ignored_extensions)

    def compile(self, document: DocumentNode, operation_name: str | None = None) -> "Plan":
        """Return the plan of an operation in a valid document. Raises NotPlannable."""
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
        if has_own_executor(self.schema):
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
        """Raises NotPlannable."""
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
        # By identity: without locations, equal nodes in different places compare equal.
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
        """Return what graphql-core's `execute` would return.

        `extensions` are those of the request; resolvers may read them.
        """
        raw_variables = dict(variables or {})
        values = self._variables.coerce(raw_variables)
        invocation = Invocation(raw_variables, context, root, extensions)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        key = tuple(values.coerced.get(name) for name in self._condition_variables)
        if None in key:
            # A condition that is null is an error that only graphql-core reports.
            executed: Any = self.core_executor(invocation).execute_operation()
            result: ExecutionResult = await executed if isawaitable(executed) else executed
            return result
        variant = self._variants.get(key)
        if variant is None:
            variant = self._build_variant(key, values)
        executor = PlanExecutor(self, variant, values, invocation)
        return await executor.execute(serially=self.operation.operation is OperationType.MUTATION)

    def core_executor(self, invocation: Invocation) -> Executor[Any]:
        """Return graphql-core's executor of the operation. The variables must be valid."""
        return build_core_executor(self._compiler.core_schema, self._document, self.operation, invocation)

    def collector(self, variant: OperationVariant, variables: VariableValues) -> ProjectionCollector:
        """Return the collector of an execution.

        All executions of a variant share it, unless projections depend on variables.
        """
        collector = self._collectors.get(variant)
        if collector is None:
            collector_variables = variables if self._projections_vary else variant.condition_values
            compiler = self._compiler
            assert compiler.make_projection is not None, "PlanCompiler needs make_projection"
            collector = ProjectionCollector(
                compiler.core_schema,
                self._fragments,
                collector_variables,
                compiler.converter,
                compiler.make_projection,
            )
            if not self._projections_vary:
                self._collectors[variant] = collector
        return collector

    def _build_variant(self, key: tuple[Any, ...], values: VariableValues) -> OperationVariant:
        # Variants are cached: they must hold no other variables of a caller.
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
    """Yield all selections, and the operation itself."""
    stack: list[Any] = list(roots)
    while stack:
        node = stack.pop()
        if hasattr(node, "directives"):
            yield node
        if getattr(node, "selection_set", None) is not None:
            stack += node.selection_set.selections
