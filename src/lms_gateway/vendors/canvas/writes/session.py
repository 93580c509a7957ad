"""What every change goes through: sending once, and telling what became of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem, VendorOperation
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    LmsError,
    NotFound,
    OutcomeUnknown,
)
from lms_gateway.domain.record import Key, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.errors import surely_not_run
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.vendors.canvas.api.errors import WriteRejected, rejection_problems
from lms_gateway.vendors.canvas.reads.batch import LoadBatch, VendorInstance
from lms_gateway.vendors.canvas.rows.converters import is_same_id
from lms_gateway.vendors.canvas.rows.field_maps import decode_row
from lms_gateway.vendors.canvas.rows.sources import RowRequest
from lms_gateway.vendors.shared.pagination import different_object
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

_NO_FIELD_NAMES: Mapping[str, str] = MappingProxyType({})
_REJECTED = InputProblem("BAD_USER_INPUT", "Canvas refused the change")
NOTHING_TO_CHANGE = InputProblem("BAD_USER_INPUT", "nothing is given to change")


class WriteSession:
    """One change on its way to Canvas.

    `names` and `meaning` are how a refusal reads: our names by Canvas's attributes, and what it
    means where it names none; `unknown` where Canvas finds nothing to change, `forbidden` where a
    rule of its own stands against this credential.
    """

    def __init__(self, instance: VendorInstance, store: Store) -> None:
        self.instance = instance
        self.store = store
        self.field_names: Mapping[str, str] = _NO_FIELD_NAMES
        self.rejection = _REJECTED
        self.missing = InputProblem("NOT_FOUND", "Canvas knows no such object, or hides it")
        self.forbidden_message = "the vendor refused the change (401)"
        self.was_sent = False  # a call that changes something, whatever became of it
        self._batch = LoadBatch(instance, {}, store, lambda ask, answer: None)

    def send(self, call: Call) -> Steps[Reply]:
        """One call's reply. Raises LmsError."""
        self.was_sent = self.was_sent or not call.safe
        return (yield from fetch(call))

    def add_row(
        self, row_request: RowRequest, row: Any, expected_key: Key | None = None
    ) -> tuple[Record, dict[str, Any]]:
        """Take in a row that Canvas answered; its record, and the facets that it told itself.

        Raises UpstreamInvalid for a row of another object than `of`.
        """
        decoded = decode_row(row_request.source.field_map, row, frozenset())
        if expected_key is not None and not is_same_id(decoded.id, expected_key.id):
            raise different_object()
        (record,) = self._batch.add_rows(row_request, [row])
        return record, dict(decoded.values)

    def result_for_error(self, error: LmsError) -> CommandResult:
        """What a failure means for the change."""
        match error:
            case WriteRejected(status=401):
                return CommandResult(CommandStatus.REFUSED, error=Forbidden(self.forbidden_message))
            case WriteRejected():
                problems = rejection_problems(error, self.field_names, self.rejection)
                return CommandResult(CommandStatus.REFUSED, problems=problems)
            case BadInput():
                return CommandResult(
                    CommandStatus.REFUSED, problems=[InputProblem(error.code, error.message)]
                )
            case NotFound():
                return CommandResult(CommandStatus.REFUSED, problems=[self.missing])
            case _ if not self.was_sent or surely_not_run(error):
                return CommandResult(CommandStatus.REFUSED, error=error)
            case _:
                return CommandResult(CommandStatus.UNKNOWN, error=outcome_unknown())


def path_ids(operation: VendorOperation) -> tuple[str, ...]:
    """The ids and names that the key of what is changed is made of, in the order of its path."""
    assert operation.target is not None
    return tuple(operation.target.id.split("."))


def rejected(*problems: InputProblem) -> CommandResult:
    """A change that was not sent."""
    return CommandResult(CommandStatus.REFUSED, problems=problems)


def outcome_unknown() -> OutcomeUnknown:
    """The error of a change that was sent, and of which nobody knows what became."""
    return OutcomeUnknown(
        "the change was sent and not answered; see what is stored before sending it again"
    )
