"""What Canvas says against a change, as far as it can be told on.

Canvas writes refusals in many shapes and documents none, and its sentences are localized and may
quote what somebody typed. What is kept of a body is the names of attributes and of kinds of error,
which are words of Canvas's own; sentences are written here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lms_gateway.domain.changes import Problem
from lms_gateway.domain.errors import BadInput
from lms_gateway.upstream.call import Reply

_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_NO_ATTRIBUTES = frozenset(
    {"base", "error", "errors", "invalid_record", "message", "status", "success"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One attribute that Canvas refused; `kind` is its word for why, None where it is none."""

    attribute: str
    kind: str | None = None


class Refused(BadInput):
    """Canvas did not carry out a change: it surely did not run."""

    def __init__(self, status: int, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(f"the vendor refused the change ({status})")
        self.status = status
        self.faults = faults


def read_refusal(reply: Reply) -> Refused | None:
    """The refusal that a reply to a change holds; None where it is about access instead.

    401 and 403 are about access where the body has the shape of such, or none that can be read.
    """
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if reply.status in (401, 403) and not _is_hand_written(body):
        return None
    return Refused(reply.status, tuple(dict.fromkeys(_faults(body))))


def problems_of(refused: Refused, names: Mapping[str, str], meaning: Problem) -> list[Problem]:
    """What the caller can mend: a problem for each attribute, or else what a refusal means here.

    `names` are the values' names by Canvas's attributes.
    """
    if not refused.faults:
        if refused.status == 409:
            return [Problem("CONFLICT", meaning.message, meaning.field)]
        return [meaning]
    return [_problem(fault, names) for fault in refused.faults]


def _problem(fault: Fault, names: Mapping[str, str]) -> Problem:
    name = names.get(fault.attribute)
    what = _WHY.get(fault.kind or "", "is not accepted by Canvas")
    taken = fault.kind == "taken" or (
        # The one thing that a school's id is refused for in a sentence of Canvas's own.
        fault.kind is None and fault.attribute in _UNIQUE
    )
    if taken:
        what = "is in use already"
    return Problem("CONFLICT" if taken else "BAD_USER_INPUT", f"{fault.attribute} {what}", name)


def _is_hand_written(body: Any) -> bool:
    """Whether a body is a rule's and not the general one about access, which has `errors`."""
    if not isinstance(body, Mapping) or "errors" in body:
        return False
    return "message" in body or "error" in body


def _faults(body: Any) -> Iterator[Fault]:
    if not isinstance(body, Mapping):
        return
    errors = body.get("errors", body)
    if isinstance(errors, list):
        for one in errors:
            if isinstance(one, Mapping):
                yield from _fault(one.get("field") or one.get("attribute"), one.get("code"))
    elif isinstance(errors, Mapping):
        for name, told in errors.items():
            if isinstance(told, list):
                kinds = [_kind(one) for one in told]
                yield from _fault(name, next((kind for kind in kinds if kind), None))
            elif errors is not body:  # without its wrapper an answer has other keys as well
                yield from _fault(name, None)


def _fault(name: Any, kind: Any) -> Iterator[Fault]:
    if isinstance(name, str) and _WORD.fullmatch(name) and name not in _NO_ATTRIBUTES:
        yield Fault(name, kind if isinstance(kind, str) and _WORD.fullmatch(kind) else None)


def _kind(told: Any) -> str | None:
    kind = told.get("type") if isinstance(told, Mapping) else None
    return kind if isinstance(kind, str) and _WORD.fullmatch(kind) else None


_UNIQUE = frozenset({"sis_source_id", "sis_section_id", "sis_course_id", "integration_id"})
_WHY: Mapping[str, str] = {
    "too_long": "is too long",
    "too_short": "is too short",
    "blank": "must not be empty",
    "inclusion": "is not one of the words that Canvas knows",
    "not_a_number": "is not a number",
    "taken": "is in use already",
}
