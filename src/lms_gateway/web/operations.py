"""One GraphQL operation, from its text to its result, whichever wire it came by."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from graphql import OperationType as AstOperationType
from strawberry import Schema
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from lms_gateway.domain.deadline import deadline
from lms_gateway.schema.errors import INTERNAL, cause_of, code_of, format_error
from lms_gateway.schema.limits import parse_within, parsed
from lms_gateway.telemetry import operation_ran
from lms_gateway.tenancy import Caller, Tenant, Tenants
from lms_gateway.web.params import Params
from lms_gateway.web.state import Generation, Limits

log = structlog.get_logger("lms_gateway.web")

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


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and for which tenant. `pinned`: the path names it, so no other is in reach."""

    caller: Caller
    selected: Tenant | None
    pinned: bool


@dataclass(frozen=True, slots=True)
class Credentials:
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


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is well-formed and within the limits, though not validated yet."""

    params: Params
    document: DocumentNode
    type: AstOperationType


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as the client reads it.

    `status` is what the GraphQL over HTTP specification gives it for
    `application/graphql-response+json`: 200 where anything was executed.
    """

    payload: dict[str, Any]
    status: int = 200

    @property
    def was_executed(self) -> bool:
        return self.status == 200


def read_operation(params: Params, limits: Limits) -> Operation:
    """Parse the document and find the operation in it that is meant.

    Raises GraphQLError with its code, also where the operation's name leaves that open.
    """
    document = parse_within(limits, params.query)
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if params.operation_name is None:
        if len(operations) != 1:
            count = "no operation" if not operations else "several operations"
            raise GraphQLError(f"the document holds {count}: name one in `operationName`")
        return Operation(params, document, operations[0].operation)
    for operation in operations:
        if operation.name is not None and operation.name.value == params.operation_name:
            return Operation(params, document, operation.operation)
    raise GraphQLError("the document holds no operation of the name that `operationName` gives")


def refuse_operation(error: GraphQLError, request_id: str | None) -> Answer:
    """The answer to an operation that is not run."""
    operation_ran(type="unknown", outcome="refused", tenant=None, seconds=0.0)
    return Answer({"errors": [format_error(error, request_id)]}, 400)


class Runner:
    """Runs operations against the schema, each with a context, a deadline and a count of its own.

    Only to be called from a task of its own: it sets context variables.
    """

    def __init__(self, schema: Schema, make_context: ContextFactory) -> None:
        self._schema = schema
        self._make_context = make_context

    async def answer(
        self, operation: Operation, asker: Asker, generation: Generation, request_id: str | None
    ) -> Answer:
        """Run a query or a mutation to its end."""
        now = asyncio.get_running_loop().time
        started = now()
        timeout = generation.limits.request_timeout
        due = started + timeout if (given := deadline.get()) is None else given
        deadline.set(due)
        parsed.set(operation.document)
        outcome = "cancelled"
        context = self._context(asker, generation, request_id)
        try:
            async with asyncio.timeout_at(due + GRACE):
                result = await self._schema.execute(
                    operation.params.query,
                    variable_values=operation.params.variables,
                    operation_name=operation.params.operation_name,
                    operation_extensions=operation.params.extensions,
                    context_value=context,
                )
            answer = _answer(result, request_id)
            outcome = _outcome(answer)
        except TimeoutError:
            outcome = "failed"
            answer = _out_of_time(timeout, request_id)
        finally:
            await context.aclose()
            _count(operation, asker, outcome, now() - started)
        return answer

    async def answers(
        self, operation: Operation, asker: Asker, generation: Generation, request_id: str | None
    ) -> AsyncGenerator[Answer, None]:
        """The results of any operation, as they come. One that is not executed comes alone."""
        if operation.type is not SUBSCRIPTION:
            yield await self.answer(operation, asker, generation, request_id)
            return
        now = asyncio.get_running_loop().time
        started = now()
        parsed.set(operation.document)
        outcome = "cancelled"
        context = self._context(asker, generation, request_id)
        try:
            results = await self._schema.stream(
                operation.params.query,
                variable_values=operation.params.variables,
                operation_name=operation.params.operation_name,
                operation_extensions=operation.params.extensions,
                context_value=context,
            )
            async with aclosing(results):
                async for result in results:
                    # No incremental delivery without the schema's consent, so no other kind.
                    assert isinstance(result, ExecutionResult | PreExecutionError)
                    answer = _answer(result, request_id)
                    outcome = _outcome(answer)
                    yield answer
        finally:
            await context.aclose()
            _count(operation, asker, outcome, now() - started)

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


def _answer(result: ExecutionResult | PreExecutionError, request_id: str | None) -> Answer:
    errors = result.errors or []
    for error in errors:
        if code_of(error) == INTERNAL:
            log.error("resolver_failed", exc_info=cause_of(error) or error)
    # A result without data whose errors have no place in it was never begun: the specification
    # wants such a response without the `data` entry.
    begun = result.data is not None or any(error.path is not None for error in errors)
    payload: dict[str, Any] = {"data": result.data} if begun else {}
    if errors:
        payload["errors"] = [format_error(error, request_id) for error in errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    if begun:
        return Answer(payload)
    return Answer(payload, 500 if any(code_of(error) == INTERNAL for error in errors) else 400)


def _out_of_time(seconds: float, request_id: str | None) -> Answer:
    extensions = {"code": "UPSTREAM_TIMEOUT", "source": "GATEWAY"}
    if request_id is not None:
        extensions["requestId"] = request_id
    message = f"the request took longer than the {seconds:g} s that it may take"
    return Answer({"errors": [{"message": message, "extensions": extensions}]}, 504)


def _outcome(answer: Answer) -> str:
    if not answer.was_executed:
        return "refused" if answer.status == 400 else "failed"
    if "errors" not in answer.payload:
        return "ok"
    return "failed" if answer.payload["data"] is None else "partial"


def _count(operation: Operation, asker: Asker, outcome: str, seconds: float) -> None:
    operation_ran(
        type=operation.type.value,
        outcome=outcome,
        tenant=None if asker.selected is None else asker.selected.slug,
        seconds=seconds,
    )
