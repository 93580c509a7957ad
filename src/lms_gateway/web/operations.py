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

from lms_gateway.domain.deadline import deadline
from lms_gateway.execution import Document, Documents, Plan, valid
from lms_gateway.schema import build_plans, open_documents
from lms_gateway.telemetry import operation_planned, operation_ran, plan_fell_back
from lms_gateway.tenancy import Caller, Tenant, Tenants
from lms_gateway.web.answers import Answer, Ran, Result, ran, ran_out_of_time
from lms_gateway.web.params import Params
from lms_gateway.web.state import Generation, Limits
from lms_gateway.web.until import Until

GRACE = 1.0
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


class Asker(NamedTuple):
    """Who asks, and for which tenant. `pinned`: the path names it, so no other is in reach."""

    caller: Caller
    selected: Tenant | None
    pinned: bool


class Credentials(NamedTuple):
    """By what a request tells who asks and for which tenant."""

    authorization: str | None
    path_tenant: str | None
    header_tenant: str | None
    host: str | None
    from_page: bool = False  # a browser sent it on behalf of a page

    def admit(self, tenants: Tenants, *, reading: bool) -> Asker:
        """Tell who asks. Raises Unauthenticated, TenantForbidden or BadInput."""
        caller = tenants.authenticate(self.authorization)
        if caller.name is None and self.from_page and not tenants.is_own_host(self.host):
            # Open tenants are for this machine. A page of any site may have its name lead here
            # (DNS rebinding), and then is of one origin with us: only the name tells.
            caller = tenants.stranger()
        selected = tenants.select(
            caller,
            path=self.path_tenant,
            header=self.header_tenant,
            host=self.host,
            reading=reading,
        )
        return Asker(caller, selected, pinned=self.path_tenant is not None)


class Operation(NamedTuple):
    """An operation that is well-formed and within the limits, though perhaps not valid."""

    params: Params
    document: Document
    type: AstOperationType

    @property
    def name(self) -> str | None:
        """What it is called, where its document leaves that open."""
        return self.params.operation_name or None  # clients that know of none may send an empty one


class Runner:
    """Runs operations against the schema, each with a context, a deadline and a count of its own.

    Only to be called from a task of its own: it sets context variables.
    """

    def __init__(
        self, schema: Schema, make_context: ContextFactory, *, with_plans: bool = True
    ) -> None:
        """Without plans, graphql-core runs everything."""
        self._schema = schema
        self._make_context = make_context
        self._plans = build_plans(schema) if with_plans else None
        self._read_within: tuple[Limits, Documents] | None = None
        self.writes = 0
        """Counts mutations, at their beginning and at their end: what was read while it stood at
        another number may not be what is so."""

    def read(self, params: Params, limits: Limits) -> Operation:
        """Read the document and find the operation in it that is meant.

        Raises GraphQLError with its code, also where the operation's name leaves that open.
        """
        document = self._documents(limits).read(params.query)
        node = document.operation(params.operation_name or None)
        return Operation(params, document, node.operation)

    async def run(
        self,
        operation: Operation,
        asker: Asker,
        generation: Generation,
        request_id: str | None,
        due: float | None = None,
    ) -> Ran:
        """Run a query or a mutation to its end. `due`: by the loop's clock, if that stands."""
        now = asyncio.get_running_loop().time
        started = now()
        timeout = generation.limits.request_timeout
        if due is None:
            due = started + timeout
        deadline.set(due)
        if operation.document.errors:
            count(operation, asker, "refused", 0.0)
            return ran(_invalid(operation))
        is_write = operation.type is MUTATION
        self.writes += is_write
        done: Ran | None = None
        context = self._context(asker, generation, request_id)
        try:
            with Until(due + GRACE):
                done = ran(await self._execute(operation, context))
        except TimeoutError:
            done = ran_out_of_time(timeout)
        finally:
            self.writes += is_write
            await context.aclose()
            outcome = "cancelled" if done is None else done.outcome
            count(operation, asker, outcome, now() - started)
        return done

    async def answers(
        self,
        operation: Operation,
        asker: Asker,
        generation: Generation,
        request_id: str | None,
        due: float | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """The results of any operation, as they come. One that is not executed comes alone.

        `due` is for queries and mutations: a subscription lasts for as long as somebody listens.
        """
        if operation.type is not SUBSCRIPTION:
            done = await self.run(operation, asker, generation, request_id, due)
            yield done.answer(request_id)
            return
        if operation.document.errors:
            count(operation, asker, "refused", 0.0)
            yield ran(_invalid(operation)).answer(request_id)
            return
        now = asyncio.get_running_loop().time
        started = now()
        outcome = "cancelled"
        valid.set(operation.document.node)
        context = self._context(asker, generation, request_id)
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
                    done = ran(result)
                    outcome = done.outcome
                    yield done.answer(request_id)
        finally:
            await context.aclose()
            count(operation, asker, outcome, now() - started)

    async def _execute(self, operation: Operation, context: OperationContext) -> Result:
        params = operation.params
        plan = operation.document.plan(operation.name)
        if isinstance(plan, Plan):
            operation_planned(type=operation.type.value)
            return await plan.execute(params.variables, context, None, params.extensions)
        plan_fell_back(reason=plan.reason)
        valid.set(operation.document.node)
        return await self._schema.execute(
            params.query,
            variable_values=params.variables,
            operation_name=operation.name,
            operation_extensions=params.extensions,
            context_value=context,
        )

    def _documents(self, limits: Limits) -> Documents:
        """Those that were read within these limits, which seldom change."""
        kept = self._read_within
        if kept is None or (limits is not kept[0] and limits != kept[0]):
            documents = open_documents(self._schema, limits, self._plans)
            kept = self._read_within = (limits, documents)
        return kept[1]

    def _context(
        self, asker: Asker, generation: Generation, request_id: str | None
    ) -> OperationContext:
        return self._make_context(
            tenants=generation.tenants,
            caller=asker.caller,
            selected=asker.selected,
            pinned=asker.pinned,
            request_id=request_id,
        )


def _invalid(operation: Operation) -> Result:
    return CoreResult(None, list(operation.document.errors))


def count(operation: Operation, asker: Asker, outcome: str, seconds: float) -> None:
    """Count an operation, whoever ran it."""
    operation_ran(
        type=operation.type.value,
        outcome=outcome,
        tenant=None if asker.selected is None else asker.selected.slug,
        seconds=seconds,
    )
