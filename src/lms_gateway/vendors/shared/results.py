"""Results and input problems of commands."""

from lms_gateway.domain.commands import CommandResult, CommandStatus, InputProblem
from lms_gateway.domain.errors import BadInput, NotFound, OutcomeUnknown, Unsupported

NOTHING_TO_CHANGE = InputProblem(BadInput.code, "no value to change was given")


def bad_input(message: str, field: str | None = None) -> InputProblem:
    """Return the problem of a value that is missing or wrong."""
    return InputProblem(BadInput.code, message, field)


def unsupported(message: str, field: str | None = None) -> InputProblem:
    """Return the problem of a value that the vendor has no notion of."""
    return InputProblem(Unsupported.code, message, field)


def conflict(message: str, field: str | None = None) -> InputProblem:
    """Return the problem of a write that the present state of the vendor does not allow."""
    return InputProblem("CONFLICT", message, field)


def not_found(noun: str, field: str | None = None) -> InputProblem:
    """Return the problem of an object that does not exist or is not visible."""
    return InputProblem(NotFound.code, f"{noun} not found or not visible", field)


def rejected(*problems: InputProblem) -> CommandResult:
    """Return the result of a command that was surely not carried out."""
    return CommandResult(CommandStatus.REFUSED, problems=problems)


def outcome_unknown() -> OutcomeUnknown:
    """Return the error of a write that was sent and got no usable reply."""
    return OutcomeUnknown(
        "the write was sent and no usable reply was received; check what is stored before retrying"
    )
