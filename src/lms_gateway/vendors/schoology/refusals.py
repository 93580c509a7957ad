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

from lms_gateway.domain.changes import Problem, Status
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    LmsError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    UpstreamInvalid,
)
from lms_gateway.domain.records import Kind
from lms_gateway.upstream.call import Reply
from lms_gateway.upstream.failures import surely_not_run
from lms_gateway.upstream.policy import rate_limited
from lms_gateway.vendors.schoology.rows import Row
from lms_gateway.vendors.schoology.values import whole

LONGEST_QUOTE = 200
RATE_WINDOW = 5.0
"""Seconds of the vendor's rate window: how long to wait where a refusal does not say."""

_FIELDS: Sequence[tuple[str, str]] = (
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
_CONFLICT = re.compile(
    r"\b(?:already|duplicate|unique|exists|in use|taken|locked|not editable)\b", re.IGNORECASE
)


class Refused(BadInput):
    """A change that the vendor refused (400, 409, 422): surely not carried out."""

    def __init__(self, status: int, words: str | None) -> None:
        """`words` are the vendor's, where they may be quoted."""
        super().__init__(f"the vendor refused the change ({status})")
        self.status = status
        self.words = words


class Declined(UpstreamInvalid):
    """A status that nobody expects of a change and that says it was not carried out (405, 415)."""


class Verdict(NamedTuple):
    """What the vendor said of one change. `row` is what it told of the object, if anything."""

    status: Status
    row: Row | None = None
    problem: Problem | None = None
    error: LmsError | None = None


def write_refusal(reply: Reply) -> LmsError | None:
    """What a reply to a change means where its status alone tells too little."""
    match reply.status:
        case 400 | 409 | 422:
            return Refused(reply.status, words_of(reply.body))
        case 401 | 403 | 404 | 410 | 429:
            return None
        case status if 400 <= status < 500:
            return Declined(f"the vendor answered a change with an unexpected status ({status})")
        case _:
            return None


def words_of(body: bytes) -> str | None:
    """The sentence of a refusal, bare, as JSON text or under a key, where it may be quoted."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = body.decode("utf-8", "replace")
    return quotable(told if not isinstance(told, Mapping) else message_of(told))


def message_of(row: Row) -> Any:
    """A failed row's sentence; the key is not published, and siblings of it use both."""
    return row.get("message") or row.get("error")


def quotable(told: Any) -> str | None:
    """A vendor's sentence in one line, or None where it is none or may hold more than it should."""
    if not isinstance(told, str):
        return None
    words = " ".join("".join(c if c.isprintable() else " " for c in told).split())
    if not words or len(words) > LONGEST_QUOTE or "@" in words or "<" in words:
        return None
    return words


class Subject(NamedTuple):
    """What a verdict is about.

    `fields` are the values that were sent; `target` is the input that names what must be there for
    the change (None: several).
    """

    kind: Kind
    fields: Set[str]
    target: str | None


def judge_error(error: LmsError, subject: Subject) -> Verdict:
    """What became of a change whose call failed."""
    match error:
        case Refused():
            return Verdict(Status.REFUSED, problem=_problem(error.status, error.words, subject))
        case NotFound():
            return Verdict(Status.REFUSED, problem=not_found(subject.target))
        case _ if surely_not_run(error) or isinstance(error, Declined):
            return Verdict(Status.REFUSED, error=error)
        case _:
            return unknown("the change was sent, and no answer to it arrived or could be read")


def judge_row(row: Row | None, subject: Subject) -> Verdict:
    """What a row of a bulk reply says of its change; None: there is no row for it."""
    if row is None:
        return unknown("the vendor's reply does not say what became of this")
    status, words = _status(row), quotable(message_of(row))
    if status is None:
        if words is None or row.get("id"):
            return unknown("the vendor's reply does not say what became of this")
        status = 400
    if 200 <= status < 300:
        return Verdict(Status.CONFIRMED, row)
    match status:
        case 404 | 410:
            return Verdict(Status.REFUSED, problem=not_found(subject.target))
        case 401 | 403:
            refused = Forbidden(f"the vendor refused access ({status})")
            return Verdict(Status.REFUSED, error=refused)
        case 429:
            return Verdict(Status.REFUSED, error=RateLimited(RATE_WINDOW))
        case _ if 400 <= status < 500:
            return Verdict(Status.REFUSED, problem=_problem(status, words, subject))
        case _:
            return unknown(f"the vendor failed over this ({status}), and may have done it")


def throttled(reply: Reply) -> RateLimited:
    """What a 429 means, of a call or of a row."""
    refusal = rate_limited(reply, RATE_WINDOW)
    # The header's unit is not published. A window of five seconds is no reason to wait minutes.
    if refusal.retry_after > 60:
        return RateLimited(refusal.retry_after / 1000)
    return refusal


def unknown(message: str) -> Verdict:
    """Sent, and nobody knows what became of it."""
    return Verdict(Status.UNKNOWN, error=OutcomeUnknown(message))


def not_found(target: str | None) -> Problem:
    """The problem of a change to what is unknown or hidden."""
    return Problem("NOT_FOUND", "the vendor has no such thing, or hides it", target)


def _status(row: Row) -> int | None:
    code = whole(row.get("response_code"))
    if code is None:
        # Trigger rows put it under `status`, which is an enrollment's own state elsewhere.
        other = whole(row.get("status"))
        code = other if other is not None and other >= 100 else None
    return code


def _problem(status: int, words: str | None, subject: Subject) -> Problem:
    said, kind = words or "", subject.kind
    code = "CONFLICT" if status == 409 or _CONFLICT.search(said) else "BAD_USER_INPUT"
    told = {ours for theirs, ours in _FIELDS if re.search(theirs, said, re.IGNORECASE)}
    meant = told & subject.fields
    field = meant.pop() if len(meant) == 1 else None
    if kind is Kind.ENROLLMENT or words is None:
        why = "what is there already" if code == "CONFLICT" else "what was given"
        return Problem(code, f"the vendor refused this {kind} for {why} ({status})", field)
    return Problem(code, f"the vendor refused this {kind}: {words}", field)
