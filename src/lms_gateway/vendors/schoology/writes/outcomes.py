"""Outcomes of single writes, from replies and from the rows of bulk replies.

A vendor's sentence is never quoted about enrollments, because their subject is a person.
"""

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from lms_gateway.domain.commands import CommandStatus, InputProblem
from lms_gateway.domain.errors import Forbidden, LmsError, NotFound, OutcomeUnknown, RateLimited
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.errors import surely_not_run
from lms_gateway.vendors.schoology.api.errors import (
    RATE_LIMIT_INTERVAL,
    UnexpectedStatus,
    quotable,
    row_message,
)
from lms_gateway.vendors.shared.errors import WriteRejected
from lms_gateway.vendors.shared.json_values import Row, to_int
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found

_FIELD_PATTERNS: Sequence[tuple[str, str]] = (
    (r"school[ _]code", "sis_id"),
    (r"(?:section|course)(?:'s)?[ _]code", "code"),
    (r"grading[ _]period", "term_ids"),
    (r"class[ _]period", "schoology.class_periods"),
    (r"access[ _]code", "access_code"),
    (r"meeting[ _]day|(?:start|end)[ _]time", "meeting"),
    (r"building", "account_id"),
    (r"subject[ _]area", "schoology.subject_area"),
    (r"grade[ _]level[ _]range[ _]start", "schoology.grade_level_range_start"),
    (r"grade[ _]level[ _]range[ _]end", "schoology.grade_level_range_end"),
    (r"\btitle\b", "name"),
    (r"\buid\b", "user_id"),
)
"""How the vendor's sentences may name a field. A problem has a field if the sentence names exactly
one of those that were sent."""
_CONFLICT = re.compile(
    r"\b(?:already|duplicate|unique|exists|in use|taken|locked|not editable)\b", re.IGNORECASE
)


class WriteOutcome(NamedTuple):
    """What happened to one write. `row` is the vendor's row of the object, if any."""

    status: CommandStatus
    row: Row | None = None
    problem: InputProblem | None = None
    error: LmsError | None = None


class WriteSubject(NamedTuple):
    """What is written: its kind, the names of the values sent, and the input that must exist."""

    kind: Kind
    fields: Set[str]
    target: str | None  # None: several


def outcome_of_error(error: LmsError, subject: WriteSubject) -> WriteOutcome:
    """Return the outcome of a write whose call failed."""
    match error:
        case WriteRejected():
            return _refused(_problem(error.status, error.vendor_message, subject))
        case NotFound():
            return missing(subject)
        case _ if surely_not_run(error) or isinstance(error, UnexpectedStatus):
            return WriteOutcome(CommandStatus.REFUSED, error=error)
        case _:
            return unknown("the write was sent, and no readable reply was received")


def outcome_of_row(row: Row | None, subject: WriteSubject) -> WriteOutcome:
    """Return the outcome of a write from its row of a bulk reply (None: it has no row)."""
    # Cases:
    #
    #   response_code   message    id     outcome
    #   2xx             any        any    CONFIRMED
    #   none            quotable   none   as 400
    #   none            other             UNKNOWN, also without a row
    #   404, 410                          REFUSED, not found
    #   401, 403, 429                     REFUSED, an error
    #   4xx                               REFUSED, a problem
    #   any other                         UNKNOWN: it may have been executed
    status = None if row is None else _status(row)
    message = None if row is None else quotable(row_message(row))
    if row is None or (status is None and (message is None or row.get("id"))):
        return unknown("the vendor's reply does not contain the outcome")
    match 400 if status is None else status:
        case status if 200 <= status < 300:
            return WriteOutcome(CommandStatus.CONFIRMED, row)
        case 404 | 410:
            return missing(subject)
        case 401 | 403 as status:
            error = Forbidden(f"the vendor refused access ({status})")
            return WriteOutcome(CommandStatus.REFUSED, error=error)
        case 429:
            return WriteOutcome(CommandStatus.REFUSED, error=RateLimited(RATE_LIMIT_INTERVAL))
        case status if 400 <= status < 500:
            return _refused(_problem(status, message, subject))
        case status:
            return unknown(f"the vendor failed ({status}) and may have executed the write")


def unknown(message: str) -> WriteOutcome:
    """Return the outcome of a write that was sent and may have been executed."""
    return WriteOutcome(CommandStatus.UNKNOWN, error=OutcomeUnknown(message))


def missing(subject: WriteSubject) -> WriteOutcome:
    """Return the outcome of a write to an object that does not exist or is not visible."""
    return _refused(not_found(subject.target or "object", subject.target))


def _refused(problem: InputProblem) -> WriteOutcome:
    return WriteOutcome(CommandStatus.REFUSED, problem=problem)


def _status(row: Row) -> int | None:
    code = to_int(row.get("response_code"))
    if code is None:
        # Rows of triggers have it under `status`, which elsewhere is an enrollment's state.
        status = to_int(row.get("status"))
        code = status if status is not None and status >= 100 else None
    return code


def _problem(status: int, message: str | None, subject: WriteSubject) -> InputProblem:
    text, kind = message or "", subject.kind
    is_conflict = status == 409 or _CONFLICT.search(text) is not None
    named = {name for pattern, name in _FIELD_PATTERNS if re.search(pattern, text, re.IGNORECASE)}
    fields = named & subject.fields
    field = fields.pop() if len(fields) == 1 else None
    problem = conflict if is_conflict else bad_input
    if kind is Kind.ENROLLMENT or message is None:
        reason = "it conflicts with existing data" if is_conflict else "of its values"
        return problem(f"the vendor refused this {kind} because {reason} ({status})", field)
    return problem(f"the vendor refused this {kind}: {message}", field)
