"""What Schoology means when it does not carry out a change, told without its bodies.

Bodies of refusals are empty or a bare sentence, and rows of bulk replies hold one under `message`
or `error`; neither shape is published. A sentence is quoted only where it is short and names nobody
by an address, and never about enrollments, whose subject is a person.
https://developers.schoology.com/api-documentation/rest-api-v1 (Bulk, Examples)
"""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

import msgspec

from lms_gateway.domain.commands import CommandStatus, InputProblem
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    LmsError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    UpstreamInvalid,
)
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.errors import surely_not_run
from lms_gateway.upstream.messages import Reply
from lms_gateway.upstream.vendor_policy import rate_limited
from lms_gateway.vendors.shared.json_values import Row, to_int

MAX_QUOTE_LENGTH = 200
RATE_LIMIT_INTERVAL = 5.0
"""Seconds of the vendor's rate window: how long to wait where a refusal does not say."""

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
"""How the vendor's sentences may name a field, and our name of it. Of those that were sent, one
that is named alone is meant."""
_CONFLICT_PATTERN = re.compile(
    r"\b(?:already|duplicate|unique|exists|in use|taken|locked|not editable)\b", re.IGNORECASE
)


class WriteRejected(BadInput):
    """A change that the vendor refused (400, 409, 422): surely not carried out."""

    def __init__(self, status: int, vendor_message: str | None) -> None:
        """`words` are the vendor's, where they may be quoted."""
        super().__init__(f"the vendor refused the change ({status})")
        self.status = status
        self.vendor_message = vendor_message


class UnexpectedStatus(UpstreamInvalid):
    """A status that nobody expects of a change and that says it was not carried out (405, 415)."""


class WriteOutcome(NamedTuple):
    """What the vendor said of one change. `row` is what it told of the object, if anything."""

    status: CommandStatus
    row: Row | None = None
    problem: InputProblem | None = None
    error: LmsError | None = None


def read_rejection(reply: Reply) -> LmsError | None:
    """What a reply to a change means where its status alone tells too little."""
    match reply.status:
        case 400 | 409 | 422:
            return WriteRejected(reply.status, rejection_message(reply.body))
        case 401 | 403 | 404 | 410 | 429:
            return None
        case status if 400 <= status < 500:
            return UnexpectedStatus(
                f"the vendor answered a change with an unexpected status ({status})"
            )
        case _:
            return None


def rejection_message(body: bytes) -> str | None:
    """The sentence of a refusal, bare, as JSON text or under a key, where it may be quoted."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoded = body.decode("utf-8", "replace")
    return quotable(decoded if not isinstance(decoded, Mapping) else row_message(decoded))


def row_message(row: Row) -> Any:
    """A failed row's sentence; the key is not published, and siblings of it use both."""
    return row.get("message") or row.get("error")


def quotable(value: Any) -> str | None:
    """A vendor's sentence in one line, or None where it is none or may hold more than it should."""
    if not isinstance(value, str):
        return None
    line = " ".join(
        "".join(character if character.isprintable() else " " for character in value).split()
    )
    if not line or len(line) > MAX_QUOTE_LENGTH or "@" in line or "<" in line:
        return None
    return line


class WriteSubject(NamedTuple):
    """What a verdict is about.

    `fields` are the values that were sent; `target` is the input that names what must be there for
    the change (None: several).
    """

    kind: Kind
    fields: Set[str]
    target: str | None


def outcome_of_error(error: LmsError, subject: WriteSubject) -> WriteOutcome:
    """What became of a change whose call failed."""
    match error:
        case WriteRejected():
            return WriteOutcome(
                CommandStatus.REFUSED, problem=_problem(error.status, error.vendor_message, subject)
            )
        case NotFound():
            return WriteOutcome(CommandStatus.REFUSED, problem=not_found(subject.target))
        case _ if surely_not_run(error) or isinstance(error, UnexpectedStatus):
            return WriteOutcome(CommandStatus.REFUSED, error=error)
        case _:
            return outcome_unknown(
                "the change was sent, and no answer to it arrived or could be read"
            )


def outcome_of_row(row: Row | None, subject: WriteSubject) -> WriteOutcome:
    """What a row of a bulk reply says of its change; None: there is no row for it."""
    if row is None:
        return outcome_unknown("the vendor's reply does not say what became of this")
    status, vendor_message = _status(row), quotable(row_message(row))
    if status is None:
        if vendor_message is None or row.get("id"):
            return outcome_unknown("the vendor's reply does not say what became of this")
        status = 400
    if 200 <= status < 300:
        return WriteOutcome(CommandStatus.CONFIRMED, row)
    match status:
        case 404 | 410:
            return WriteOutcome(CommandStatus.REFUSED, problem=not_found(subject.target))
        case 401 | 403:
            forbidden = Forbidden(f"the vendor refused access ({status})")
            return WriteOutcome(CommandStatus.REFUSED, error=forbidden)
        case 429:
            return WriteOutcome(CommandStatus.REFUSED, error=RateLimited(RATE_LIMIT_INTERVAL))
        case _ if 400 <= status < 500:
            return WriteOutcome(
                CommandStatus.REFUSED, problem=_problem(status, vendor_message, subject)
            )
        case _:
            return outcome_unknown(f"the vendor failed over this ({status}), and may have done it")


def rate_limit_error(reply: Reply) -> RateLimited:
    """What a 429 means, of a call or of a row."""
    error = rate_limited(reply, RATE_LIMIT_INTERVAL)
    # The header's unit is not published. A window of five seconds is no reason to wait minutes.
    if error.retry_after > 60:
        return RateLimited(error.retry_after / 1000)
    return error


def outcome_unknown(message: str) -> WriteOutcome:
    """Sent, and nobody knows what became of it."""
    return WriteOutcome(CommandStatus.UNKNOWN, error=OutcomeUnknown(message))


def not_found(target: str | None) -> InputProblem:
    """The problem of a change to what is unknown or hidden."""
    return InputProblem("NOT_FOUND", "the vendor has no such thing, or hides it", target)


def _status(row: Row) -> int | None:
    code = to_int(row.get("response_code"))
    if code is None:
        # Trigger rows put it under `status`, which is an enrollment's own state elsewhere.
        alternative = to_int(row.get("status"))
        code = alternative if alternative is not None and alternative >= 100 else None
    return code


def _problem(status: int, vendor_message: str | None, subject: WriteSubject) -> InputProblem:
    searched, kind = vendor_message or "", subject.kind
    code = "CONFLICT" if status == 409 or _CONFLICT_PATTERN.search(searched) else "BAD_USER_INPUT"
    named = {
        name for pattern, name in _FIELD_PATTERNS if re.search(pattern, searched, re.IGNORECASE)
    }
    candidates = named & subject.fields
    field = candidates.pop() if len(candidates) == 1 else None
    if kind is Kind.ENROLLMENT or vendor_message is None:
        message = "what is there already" if code == "CONFLICT" else "what was given"
        return InputProblem(code, f"the vendor refused this {kind} for {message} ({status})", field)
    return InputProblem(code, f"the vendor refused this {kind}: {vendor_message}", field)
