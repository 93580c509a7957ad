"""Execution results and their HTTP representation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import structlog
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from lms_gateway.schema.errors import INTERNAL, cause_of, code_of, format_error
from lms_gateway.telemetry import operation_ran

log = structlog.get_logger("lms_gateway.web")


@dataclass(slots=True)
class GraphQLAnswer:
    """A result as the client reads it.

    `status` is the status of the GraphQL over HTTP specification for
    `application/graphql-response+json`: 200 if anything was executed.
    """

    payload: dict[str, Any]
    status: int = 200
    _encoded: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def was_executed(self) -> bool:
        return self.status == 200

    def encode(self) -> bytes:
        """Return the payload as JSON, encoded once for all requests that share it."""
        if self._encoded is None:
            self._encoded = msgspec.json.encode(self.payload)
        return self._encoded


@dataclass(frozen=True, slots=True)
class ExecutionOutcome:
    """Result of one execution; may be shared by several requests.

    `label` is the `outcome` of `operation_ran`. `answer_for` returns the answer to the request of that id.
    """

    label: str
    answer_for: Callable[[str | None], GraphQLAnswer]


OperationResult = CoreResult | ExecutionResult
"""A result of graphql-core or of a plan, or of Strawberry."""


def outcome_of(result: OperationResult) -> ExecutionOutcome:
    """Return the outcome of a result, and log its internal errors."""
    errors = result.errors or ()
    if not errors and not result.extensions and result.data is not None:
        answer = GraphQLAnswer({"data": result.data})
        return ExecutionOutcome("ok", lambda _: answer)
    has_internal_error = False
    for error in errors:
        if code_of(error) == INTERNAL:
            has_internal_error = True
            log.error("resolver_failed", exc_info=cause_of(error) or error)
    # Cases, by data and errors:
    #
    #   data     errors               label      status   `data` in the payload
    #   a map    none                 ok         200      yes
    #   a map    some                 partial    200      yes
    #   null     one with a path      failed     200      yes: execution started
    #   null     internal, no path    failed     500      no: it did not start
    #   null     no path              refused    400      no: validation or variables failed
    if result.data is not None or any(error.path is not None for error in errors):
        label = "ok" if not errors else "failed" if result.data is None else "partial"
        return ExecutionOutcome(label, partial(_build_answer, result, {"data": result.data}, 200))
    label, status = ("failed", 500) if has_internal_error else ("refused", 400)
    return ExecutionOutcome(label, partial(_build_answer, result, {}, status))


def timeout_outcome(seconds: float) -> ExecutionOutcome:
    """Return the outcome of an operation that exceeded the request timeout."""
    return ExecutionOutcome("failed", partial(_timeout_answer, seconds))


def reject_operation(error: GraphQLError, request_id: str | None) -> GraphQLAnswer:
    """Count an operation that is not executed and return its answer."""
    operation_ran(type="unknown", outcome="refused", tenant=None, seconds=0.0)
    return GraphQLAnswer({"errors": [format_error(error, request_id)]}, 400)


def _build_answer(
    result: OperationResult, data: dict[str, Any], status: int, request_id: str | None
) -> GraphQLAnswer:
    payload = dict(data)
    if result.errors:
        payload["errors"] = [format_error(error, request_id) for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return GraphQLAnswer(payload, status)


def _timeout_answer(seconds: float, request_id: str | None) -> GraphQLAnswer:
    extensions = {"code": "UPSTREAM_TIMEOUT", "source": "GATEWAY"}
    if request_id is not None:
        extensions["requestId"] = request_id
    message = f"the request exceeded its timeout of {seconds:g} s"
    return GraphQLAnswer({"errors": [{"message": message, "extensions": extensions}]}, 504)
