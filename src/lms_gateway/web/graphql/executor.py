"""Execution of one GraphQL operation, from its text to its result, for all transports."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple, Protocol

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, OperationType
from strawberry import Schema
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.execution import CachedDocument, DocumentCache, Plan, validated_document
from lms_gateway.schema import build_plans, open_document_cache
from lms_gateway.telemetry import operation_planned, operation_ran, plan_fell_back, request_id
from lms_gateway.tenancy import Caller, Tenant, Tenants
from lms_gateway.web.fast_path.timeout import Timeout
from lms_gateway.web.graphql.admission import AdmittedRequest, Principal
from lms_gateway.web.graphql.results import (
    ExecutionOutcome,
    GraphQLAnswer,
    OperationResult,
    outcome_of,
    reject_operation,
    timeout_outcome,
)
from lms_gateway.web.http.graphql_params import GraphQLParams
from lms_gateway.web.protocols import RequestLimits, Snapshot

DEADLINE_MARGIN = 1.0
"""Seconds after the deadline: vendor calls end by the deadline, their errors are reported later."""

QUERY = OperationType.QUERY
MUTATION = OperationType.MUTATION
SUBSCRIPTION = OperationType.SUBSCRIPTION


class OperationContext(Protocol):
    """The context that resolvers get."""

    async def aclose(self) -> None: ...


class ContextFactory(Protocol):
    """Creates the context of one operation, like `lms_gateway.schema.context.Context`."""

    def __call__(
        self,
        *,
        tenants: Tenants,
        caller: Caller,
        selected: Tenant | None,
        pinned: bool,
        request_id: str | None,
    ) -> OperationContext: ...


class Operation(NamedTuple):
    """A parsed operation within the limits, with its principal. Its document may have validation errors."""

    params: GraphQLParams
    document: CachedDocument
    type: OperationType
    principal: Principal
    snapshot: Snapshot

    @property
    def name(self) -> str | None:
        """The name in the request; None if the document has only one operation."""
        return self.params.operation_name or None

    def record(self, outcome: str, seconds: float) -> None:
        """Record the operation in the metrics."""
        tenant = self.principal.tenant_slug
        operation_ran(type=self.type.value, outcome=outcome, tenant=tenant, seconds=seconds)


class OperationExecutor:
    """Executes operations on the schema, each with its own context and deadline.

    Call it only from a task of its own: it sets context variables.
    """

    def __init__(self, schema: Schema, make_context: ContextFactory, *, with_plans: bool = True) -> None:
        """Without plans, graphql-core executes everything."""
        self._schema = schema
        self._make_context = make_context
        self._compiler = build_plans(schema) if with_plans else None
        self._cached_documents: tuple[RequestLimits, DocumentCache] | None = None
        self.write_count = 0
        """Incremented at the start and at the end of each mutation: data that was read at another
        count may be stale."""

    def prepare(self, admitted: AdmittedRequest) -> Operation | GraphQLAnswer:
        """Return the operation of a request, or the answer that rejects it.

        Raises HTTPError if the request is malformed, writes by GET, or selects a tenant that the
        caller may not use.
        """
        params = admitted.decode()
        try:
            operation = self.parse(params, admitted.principal, admitted.snapshot)
        except GraphQLError as error:
            return reject_operation(error, request_id.get())
        admitted.request.log_fields["operation"] = operation.type.value
        if operation.type is MUTATION:
            operation = operation._replace(principal=admitted.admit_write())
        return operation

    def parse(self, params: GraphQLParams, principal: Principal, snapshot: Snapshot) -> Operation:
        """Parse and validate the document, and find the operation to execute.

        Raises GraphQLError, with its code, for a syntax error, a document beyond the limits, or a
        name that identifies no operation.
        """
        document = self._document_cache(snapshot.limits).get(params.query)
        node = document.operation(params.operation_name or None)
        return Operation(params, document, node.operation, principal, snapshot)

    async def execute(
        self, operation: Operation, request_id: str | None, due: float | None = None
    ) -> ExecutionOutcome:
        """Execute a query or a mutation.

        `due` is the deadline by the loop's clock; None: the request timeout starts now.
        """
        now = asyncio.get_running_loop().time
        started = now()
        timeout = operation.snapshot.limits.request_timeout
        if due is None:
            due = started + timeout
        request_deadline.set(due)
        if operation.document.errors:
            return _invalid(operation)
        is_write = operation.type is MUTATION
        self.write_count += is_write
        outcome: ExecutionOutcome | None = None
        context = self._create_context(operation, request_id)
        try:
            with Timeout(due + DEADLINE_MARGIN):
                outcome = outcome_of(await self._execute(operation, context))
        except TimeoutError:
            outcome = timeout_outcome(timeout)
        finally:
            self.write_count += is_write
            await context.aclose()
            operation.record("cancelled" if outcome is None else outcome.label, now() - started)
        return outcome

    async def stream(
        self, operation: Operation, request_id: str | None, due: float | None = None
    ) -> AsyncGenerator[GraphQLAnswer, None]:
        """Yield the results of any operation.

        An operation that is not executed yields one answer. `due` applies to queries and mutations;
        a subscription lasts until the client leaves.
        """
        if operation.type is not SUBSCRIPTION:
            yield (await self.execute(operation, request_id, due)).answer_for(request_id)
            return
        if operation.document.errors:
            yield _invalid(operation).answer_for(request_id)
            return
        now = asyncio.get_running_loop().time
        started = now()
        label = "cancelled"
        validated_document.set(operation.document.node)
        context = self._create_context(operation, request_id)
        try:
            results = await self._schema.stream(
                operation.params.query,
                variable_values=operation.params.variables,
                operation_name=operation.name,
                operation_extensions=operation.params.extensions,
                context_value=context,
            )
            async with aclosing(results):
                async for result in results:
                    # Other kinds of results belong to incremental delivery, which is off.
                    assert isinstance(result, ExecutionResult | PreExecutionError)
                    outcome = outcome_of(result)
                    label = outcome.label
                    yield outcome.answer_for(request_id)
        finally:
            await context.aclose()
            operation.record(label, now() - started)

    async def _execute(self, operation: Operation, context: OperationContext) -> OperationResult:
        params = operation.params
        plan = operation.document.plan(operation.name)
        if isinstance(plan, Plan):
            operation_planned(type=operation.type.value)
            return await plan.execute(params.variables, context, None, params.extensions)
        plan_fell_back(reason=plan.reason)
        validated_document.set(operation.document.node)
        return await self._schema.execute(
            params.query,
            variable_values=params.variables,
            operation_name=operation.name,
            operation_extensions=params.extensions,
            context_value=context,
        )

    def _document_cache(self, limits: RequestLimits) -> DocumentCache:
        """Return the cache of documents that were parsed within these limits."""
        cached = self._cached_documents
        if cached is None or (limits is not cached[0] and limits != cached[0]):
            documents = open_document_cache(self._schema, limits, self._compiler)
            cached = self._cached_documents = (limits, documents)
        return cached[1]

    def _create_context(self, operation: Operation, request_id: str | None) -> OperationContext:
        principal = operation.principal
        return self._make_context(
            tenants=operation.snapshot.tenants,
            caller=principal.caller,
            selected=principal.selected,
            pinned=principal.pinned,
            request_id=request_id,
        )


def _invalid(operation: Operation) -> ExecutionOutcome:
    operation.record("refused", 0.0)
    return outcome_of(CoreResult(None, list(operation.document.errors)))
