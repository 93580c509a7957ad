"""One GraphQL operation, from its text to its result, whichever wire it came by."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple, Protocol

from graphql import ExecutionResult as CoreResult
from graphql import OperationType as AstOperationType
from strawberry import Schema
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from lms_gateway.domain.deadline import request_deadline
from lms_gateway.execution import CachedDocument, DocumentCache, Plan, validated_document
from lms_gateway.schema import build_plans, open_document_cache
from lms_gateway.telemetry import operation_planned, operation_ran, plan_fell_back
from lms_gateway.tenancy import Caller, Tenant, Tenants
from lms_gateway.web.fast_path.timeout import Timeout
from lms_gateway.web.graphql.results import (
    ExecutionOutcome,
    GraphQLAnswer,
    OperationResult,
    outcome_of,
    timeout_outcome,
)
from lms_gateway.web.http.graphql_params import GraphQLParams
from lms_gateway.web.protocols import RequestLimits, Snapshot

DEADLINE_MARGIN = 1.0
"""Seconds past the deadline: vendor calls end by it, and their errors still have to be told."""

QUERY = AstOperationType.QUERY
MUTATION = AstOperationType.MUTATION
SUBSCRIPTION = AstOperationType.SUBSCRIPTION


class OperationContext(Protocol):
    """What resolvers are given."""

    async def aclose(self) -> None: ...


class ContextFactory(Protocol):
    """Makes the context of one operation, as `lms_gateway.schema.context.Context` does."""

    def __call__(
        self,
        *,
        tenants: Tenants,
        caller: Caller,
        selected: Tenant | None,
        pinned: bool,
        request_id: str | None,
    ) -> OperationContext: ...


class Principal(NamedTuple):
    """Who asks, and for which tenant. `pinned`: the path names it, so no other is in reach."""

    caller: Caller
    selected: Tenant | None
    pinned: bool


class RequestCredentials(NamedTuple):
    """By what a request tells who asks and for which tenant."""

    authorization: str | None
    path_tenant: str | None
    header_tenant: str | None
    host: str | None
    from_page: bool = False  # a browser sent it on behalf of a page

    def admit(self, tenants: Tenants, *, reading: bool) -> Principal:
        """Tell who asks. Raises Unauthenticated, TenantForbidden or BadInput."""
        caller = tenants.authenticate(self.authorization)
        if caller.name is None and self.from_page and not tenants.is_own_host(self.host):
            # Open tenants are for this machine. A page of any site may have its name lead here
            # (DNS rebinding), and then is of one origin with us: only the name tells.
            caller = tenants.denied_caller()
        selected = tenants.select(
            caller,
            path=self.path_tenant,
            header=self.header_tenant,
            host=self.host,
            reading=reading,
        )
        return Principal(caller, selected, pinned=self.path_tenant is not None)


class Operation(NamedTuple):
    """An operation that is well-formed and within the limits, though perhaps not valid."""

    params: GraphQLParams
    document: CachedDocument
    type: AstOperationType

    @property
    def name(self) -> str | None:
        """What it is called, where its document leaves that open."""
        return self.params.operation_name or None  # clients that know of none may send an empty one


class OperationExecutor:
    """Runs operations against the schema, each with a context, a deadline and a count of its own.

    Only to be called from a task of its own: it sets context variables.
    """

    def __init__(
        self, schema: Schema, make_context: ContextFactory, *, with_plans: bool = True
    ) -> None:
        """Without plans, graphql-core runs everything."""
        self._schema = schema
        self._make_context = make_context
        self._compiler = build_plans(schema) if with_plans else None
        self._cached_documents: tuple[RequestLimits, DocumentCache] | None = None
        self.write_count = 0
        """Counts mutations, at their beginning and at their end: what was read while it stood at
        another number may not be what is so."""

    def parse(self, params: GraphQLParams, limits: RequestLimits) -> Operation:
        """Read the document and find the operation in it that is meant.

        Raises GraphQLError with its code, also where the operation's name leaves that open.
        """
        document = self._document_cache(limits).get(params.query)
        node = document.operation(params.operation_name or None)
        return Operation(params, document, node.operation)

    async def execute(
        self,
        operation: Operation,
        principal: Principal,
        snapshot: Snapshot,
        request_id: str | None,
        due: float | None = None,
    ) -> ExecutionOutcome:
        """Run a query or a mutation to its end. `due`: by the loop's clock, if that stands."""
        now = asyncio.get_running_loop().time
        started = now()
        timeout = snapshot.limits.request_timeout
        if due is None:
            due = started + timeout
        request_deadline.set(due)
        if operation.document.errors:
            count_operation(operation, principal, "refused", 0.0)
            return outcome_of(_validation_result(operation))
        is_write = operation.type is MUTATION
        self.write_count += is_write
        execution: ExecutionOutcome | None = None
        context = self._create_context(principal, snapshot, request_id)
        try:
            with Timeout(due + DEADLINE_MARGIN):
                execution = outcome_of(await self._execute_operation(operation, context))
        except TimeoutError:
            execution = timeout_outcome(timeout)
        finally:
            self.write_count += is_write
            await context.aclose()
            outcome = "cancelled" if execution is None else execution.outcome
            count_operation(operation, principal, outcome, now() - started)
        return execution

    async def stream(
        self,
        operation: Operation,
        principal: Principal,
        snapshot: Snapshot,
        request_id: str | None,
        due: float | None = None,
    ) -> AsyncGenerator[GraphQLAnswer, None]:
        """The results of any operation, as they come. One that is not executed comes alone.

        `due` is for queries and mutations: a subscription lasts for as long as somebody listens.
        """
        if operation.type is not SUBSCRIPTION:
            execution = await self.execute(operation, principal, snapshot, request_id, due)
            yield execution.answer_for(request_id)
            return
        if operation.document.errors:
            count_operation(operation, principal, "refused", 0.0)
            yield outcome_of(_validation_result(operation)).answer_for(request_id)
            return
        now = asyncio.get_running_loop().time
        started = now()
        outcome = "cancelled"
        validated_document.set(operation.document.node)
        context = self._create_context(principal, snapshot, request_id)
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
                    # No incremental delivery without the schema's consent, so no other kind.
                    assert isinstance(result, ExecutionResult | PreExecutionError)
                    execution = outcome_of(result)
                    outcome = execution.outcome
                    yield execution.answer_for(request_id)
        finally:
            await context.aclose()
            count_operation(operation, principal, outcome, now() - started)

    async def _execute_operation(
        self, operation: Operation, context: OperationContext
    ) -> OperationResult:
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
        """Those that were read within these limits, which seldom change."""
        cached = self._cached_documents
        if cached is None or (limits is not cached[0] and limits != cached[0]):
            documents = open_document_cache(self._schema, limits, self._compiler)
            cached = self._cached_documents = (limits, documents)
        return cached[1]

    def _create_context(
        self, principal: Principal, snapshot: Snapshot, request_id: str | None
    ) -> OperationContext:
        return self._make_context(
            tenants=snapshot.tenants,
            caller=principal.caller,
            selected=principal.selected,
            pinned=principal.pinned,
            request_id=request_id,
        )


def _validation_result(operation: Operation) -> OperationResult:
    return CoreResult(None, list(operation.document.errors))


def count_operation(
    operation: Operation, principal: Principal, outcome: str, seconds: float
) -> None:
    """Count an operation, whoever ran it."""
    operation_ran(
        type=operation.type.value,
        outcome=outcome,
        tenant=None if principal.selected is None else principal.selected.slug,
        seconds=seconds,
    )
