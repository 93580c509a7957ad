"""Sends the calls of one command and maps failures to its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, Values
from lms_gateway.domain.errors import BadInput, Forbidden, LmsError, NotFound
from lms_gateway.domain.record import Key, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.errors import surely_not_run
from lms_gateway.upstream.messages import Params, Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.api.errors import rejection_problems
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.rows.decoding import row_id, row_values
from lms_gateway.vendors.canvas.rows.ids import is_same_id
from lms_gateway.vendors.canvas.rows.sources import RowRequest
from lms_gateway.vendors.canvas.writes.input_mapping import InputMapping
from lms_gateway.vendors.shared.errors import WriteRejected
from lms_gateway.vendors.shared.pagination import different_object
from lms_gateway.vendors.shared.results import bad_input, outcome_unknown
from lms_gateway.vendors.shared.steps import Steps, get

_NO_INPUT = InputMapping("", "", {})
_REJECTED = bad_input("Canvas rejected the write")


@dataclass(frozen=True, slots=True)
class WriteOperation:
    """One documented write of Canvas."""

    method: str
    template: str
    missing: InputProblem  # Canvas does not find what is written
    rejected: InputProblem = _REJECTED  # it names no attribute
    mapping: InputMapping = _NO_INPUT
    forbidden: str = "the vendor rejected the write (401)"


class WriteSession:
    """The calls of one command."""

    def __init__(self, instance: VendorInstance, store: Store) -> None:
        self.store = store
        self._batch = LoadBatch(instance, {}, store, lambda load, answer: None)
        self._operation: WriteOperation | None = None  # the last one that was used
        self._was_sent = False  # whether a write was sent

    def send(
        self, operation: WriteOperation, *ids: str, json: Any = None, params: Params = ()
    ) -> Steps[Reply]:
        """Send a write once. Raises LmsError."""
        self._operation, self._was_sent = operation, True
        call = write_endpoint(operation.method, operation.template, *ids, json=json, params=params)
        return (yield from get(call))

    def send_values(
        self, operation: WriteOperation, *ids: str, values: Values, options: Values | None = None
    ) -> Steps[Reply]:
        """Send values in the form of the operation's mapping. Raises LmsError."""
        body = operation.mapping.encode(values, options or {})
        return (yield from self.send(operation, *ids, json=body))

    def read(self, operation: WriteOperation, template: str, *ids: str, params: Params = ()) -> Steps[Reply]:
        """Read something for an operation. Raises LmsError."""
        self._operation = operation
        return (yield from get(endpoint(template, *ids, params=params)))

    def read_before(
        self, operation: WriteOperation, template: str, key: Key, request: RowRequest, fields: frozenset[str]
    ) -> Steps[Record]:
        """Return the object before the operation, without a call if these fields are stored."""
        cached = self.store.find(key)
        if cached is not None and fields <= cached.known_fields:
            return cached
        reply = yield from self.read(operation, template, key.id, params=request.params)
        return self.add_row(request, reply, key)[0]

    def add_row(
        self, request: RowRequest, reply: Reply, expected_key: Key | None = None
    ) -> tuple[Record, dict[str, Any]]:
        """Add a reply's row to the store; return the record and the fields that the row contains.

        Raises UpstreamInvalid if it is the row of another object than `expected_key`.
        """
        row = reply.decode()
        field_map = request.source.field_map
        if expected_key is not None and not is_same_id(row_id(field_map, row), expected_key.id):
            raise different_object()
        (record,) = self._batch.add_rows(request, [row])
        return record, row_values(field_map, row)

    def result_for_error(self, error: LmsError) -> CommandResult:
        """Return the result of a command that failed with this error."""
        # Cases, in order:
        #
        #   error                               result
        #   WriteRejected 401                   REFUSED, Forbidden
        #   WriteRejected                       REFUSED, a problem for each attribute
        #   BadInput, NotFound                  REFUSED, a problem
        #   any, nothing sent or not executed   REFUSED, the error itself
        #   any other                           UNKNOWN: the write may have been executed
        operation = self._operation
        match error:
            case WriteRejected(status=401) if operation is not None:
                return CommandResult(CommandStatus.REFUSED, error=Forbidden(operation.forbidden))
            case WriteRejected() if operation is not None:
                names = operation.mapping.field_names
                problems = rejection_problems(error, names, operation.rejected)
                return CommandResult(CommandStatus.REFUSED, problems=problems)
            case BadInput():
                problem = InputProblem(error.code, error.message)
                return CommandResult(CommandStatus.REFUSED, problems=[problem])
            case NotFound() if operation is not None:
                return CommandResult(CommandStatus.REFUSED, problems=[operation.missing])
            case _ if not self._was_sent or surely_not_run(error):
                return CommandResult(CommandStatus.REFUSED, error=error)
            case _:
                return CommandResult(CommandStatus.UNKNOWN, error=outcome_unknown())


def confirmed(
    record: Record | None, problems: list[InputProblem] | None = None, detail: Mapping[str, Any] | None = None
) -> CommandResult:
    """Return the result of a command that Canvas carried out."""
    return CommandResult(CommandStatus.CONFIRMED, record, problems or (), detail=detail or {})
