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
class Answer:
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
class Ran:
    """What came of an execution, which may be told to several.

    `outcome` is as in `operation_ran`; `answer` tells it to the request of that id.
    """

    outcome: str
    answer: Callable[[str | None], Answer]


class Result(Protocol):
    """What an execution comes to: graphql-core's, Strawberry's, a plan's."""

    @property
    def data(self) -> dict[str, Any] | None: ...

    @property
    def errors(self) -> Sequence[GraphQLError] | None: ...

    @property
    def extensions(self) -> dict[str, Any] | None: ...


def ran(result: Result) -> Ran:
    """What came of an operation that was run, or that validation or its variables kept from it."""
    errors = result.errors or ()
    if not errors and not result.extensions and result.data is not None:
        answer = Answer({"data": result.data})
        return Ran("ok", lambda _: answer)
    internal = False
    for error in errors:
        if code_of(error) == INTERNAL:
            internal = True
            log.error("resolver_failed", exc_info=cause_of(error) or error)
    # A result without data whose errors have no place in it was never begun: the specification
    # wants such a response without the `data` entry.
    if result.data is not None or any(error.path is not None for error in errors):
        outcome = "ok" if not errors else "failed" if result.data is None else "partial"
        return Ran(outcome, partial(_tell, result, {"data": result.data}, 200))
    if internal:
        return Ran("failed", partial(_tell, result, {}, 500))
    return Ran("refused", partial(_tell, result, {}, 400))


def ran_out_of_time(seconds: float) -> Ran:
    """What came of an operation that took longer than the `seconds` that it may take."""
    return Ran("failed", partial(_tell_out_of_time, seconds))


def refuse_operation(error: GraphQLError, request_id: str | None) -> Answer:
    """The answer to an operation that is not run."""
    operation_ran(type="unknown", outcome="refused", tenant=None, seconds=0.0)
    return Answer({"errors": [format_error(error, request_id)]}, 400)


def _tell(result: Result, data: dict[str, Any], status: int, request_id: str | None) -> Answer:
    payload = dict(data)
    if result.errors:
        payload["errors"] = [format_error(error, request_id) for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return Answer(payload, status)


def _tell_out_of_time(seconds: float, request_id: str | None) -> Answer:
    extensions = {"code": "UPSTREAM_TIMEOUT", "source": "GATEWAY"}
    if request_id is not None:
        extensions["requestId"] = request_id
    message = f"the request took longer than the {seconds:g} s that it may take"
    return Answer({"errors": [{"message": message, "extensions": extensions}]}, 504)
