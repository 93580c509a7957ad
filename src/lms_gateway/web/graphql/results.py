"""What comes of an operation, and how it is told to whoever asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import msgspec
import structlog
from graphql import GraphQLError

from lms_gateway.schema.errors import INTERNAL, cause_of, code_of, format_error
from lms_gateway.telemetry import operation_ran

log = structlog.get_logger("lms_gateway.web")


@dataclass(slots=True)
class GraphQLAnswer:
    """A result as the client reads it.

    `status` is what the GraphQL over HTTP specification gives it for
    `application/graphql-response+json`: 200 where anything was executed.
    """

    payload: dict[str, Any]
    status: int = 200
    _encoded: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def was_executed(self) -> bool:
        return self.status == 200

    def encode(self) -> bytes:
        """The payload in JSON, written once however many are told it."""
        if self._encoded is None:
            self._encoded = msgspec.json.encode(self.payload)
        return self._encoded


@dataclass(frozen=True, slots=True)
class ExecutionOutcome:
    """What came of an execution, which may be told to several.

    `outcome` is as in `operation_ran`; `answer` tells it to the request of that id.
    """

    outcome: str
    answer_for: Callable[[str | None], GraphQLAnswer]


class OperationResult(Protocol):
    """What an execution comes to: graphql-core's, Strawberry's, a plan's."""

    @property
    def data(self) -> dict[str, Any] | None: ...

    @property
    def errors(self) -> Sequence[GraphQLError] | None: ...

    @property
    def extensions(self) -> dict[str, Any] | None: ...


def outcome_of(result: OperationResult) -> ExecutionOutcome:
    """What came of an operation that was run, or that validation or its variables kept from it."""
    errors = result.errors or ()
    if not errors and not result.extensions and result.data is not None:
        answer = GraphQLAnswer({"data": result.data})
        return ExecutionOutcome("ok", lambda _: answer)
    has_internal_error = False
    for error in errors:
        if code_of(error) == INTERNAL:
            has_internal_error = True
            log.error("resolver_failed", exc_info=cause_of(error) or error)
    # A result without data whose errors have no place in it was never begun: the specification
    # wants such a response without the `data` entry.
    if result.data is not None or any(error.path is not None for error in errors):
        outcome = "ok" if not errors else "failed" if result.data is None else "partial"
        return ExecutionOutcome(outcome, partial(_build_answer, result, {"data": result.data}, 200))
    if has_internal_error:
        return ExecutionOutcome("failed", partial(_build_answer, result, {}, 500))
    return ExecutionOutcome("refused", partial(_build_answer, result, {}, 400))


def timeout_outcome(seconds: float) -> ExecutionOutcome:
    """What came of an operation that took longer than the `seconds` that it may take."""
    return ExecutionOutcome("failed", partial(_timeout_answer, seconds))


def reject_operation(error: GraphQLError, request_id: str | None) -> GraphQLAnswer:
    """The answer to an operation that is not run."""
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
    message = f"the request took longer than the {seconds:g} s that it may take"
    return GraphQLAnswer({"errors": [{"message": message, "extensions": extensions}]}, 504)
