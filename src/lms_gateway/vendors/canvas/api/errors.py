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

from lms_gateway.domain.commands import InputProblem
from lms_gateway.domain.errors import BadInput
from lms_gateway.upstream.messages import Reply

_IDENTIFIER = re.compile(r"[a-z][a-z_]{0,39}")
_NO_ATTRIBUTES = frozenset(
    {"base", "error", "errors", "invalid_record", "message", "status", "success"}
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One attribute that Canvas refused; `kind` is its word for why, None where it is none."""

    attribute: str
    kind: str | None = None


class WriteRejected(BadInput):
    """Canvas did not carry out a change: it surely did not run."""

    def __init__(self, status: int, field_errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(f"the vendor refused the change ({status})")
        self.status = status
        self.field_errors = field_errors


def read_rejection(reply: Reply) -> WriteRejected | None:
    """The refusal that a reply to a change holds; None where it is about access instead.

    401 and 403 are about access where the body has the shape of such, or none that can be read.
    """
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if reply.status in (401, 403) and not _is_rule_error(body):
        return None
    return WriteRejected(reply.status, tuple(dict.fromkeys(_field_errors(body))))


def rejection_problems(
    rejection: WriteRejected, field_names: Mapping[str, str], default: InputProblem
) -> list[InputProblem]:
    """What the caller can mend: a problem for each attribute, or else what a refusal means here.

    `names` are the values' names by Canvas's attributes.
    """
    if not rejection.field_errors:
        if rejection.status == 409:
            return [InputProblem("CONFLICT", default.message, default.field)]
        return [default]
    return [_problem(field_error, field_names) for field_error in rejection.field_errors]


def _problem(field_error: FieldError, field_names: Mapping[str, str]) -> InputProblem:
    name = field_names.get(field_error.attribute)
    reason = _REASONS.get(field_error.kind or "", "is not accepted by Canvas")
    is_taken = field_error.kind == "taken" or (
        # The one thing that a school's id is refused for in a sentence of Canvas's own.
        field_error.kind is None and field_error.attribute in _UNIQUE
    )
    if is_taken:
        reason = "is in use already"
    return InputProblem(
        "CONFLICT" if is_taken else "BAD_USER_INPUT", f"{field_error.attribute} {reason}", name
    )


def _is_rule_error(body: Any) -> bool:
    """Whether a body is a rule's and not the general one about access, which has `errors`."""
    if not isinstance(body, Mapping) or "errors" in body:
        return False
    return "message" in body or "error" in body


def _field_errors(body: Any) -> Iterator[FieldError]:
    if not isinstance(body, Mapping):
        return
    errors = body.get("errors", body)
    if isinstance(errors, list):
        for entry in errors:
            if isinstance(entry, Mapping):
                yield from _field_error(
                    entry.get("field") or entry.get("attribute"), entry.get("code")
                )
    elif isinstance(errors, Mapping):
        for name, entries in errors.items():
            if isinstance(entries, list):
                kinds = [_error_kind(entry) for entry in entries]
                yield from _field_error(name, next((kind for kind in kinds if kind), None))
            elif errors is not body:  # without its wrapper an answer has other keys as well
                yield from _field_error(name, None)


def _field_error(name: Any, kind: Any) -> Iterator[FieldError]:
    if isinstance(name, str) and _IDENTIFIER.fullmatch(name) and name not in _NO_ATTRIBUTES:
        yield FieldError(
            name, kind if isinstance(kind, str) and _IDENTIFIER.fullmatch(kind) else None
        )


def _error_kind(entry: Any) -> str | None:
    kind = entry.get("type") if isinstance(entry, Mapping) else None
    return kind if isinstance(kind, str) and _IDENTIFIER.fullmatch(kind) else None


_UNIQUE = frozenset({"sis_source_id", "sis_section_id", "sis_course_id", "integration_id"})
_REASONS: Mapping[str, str] = {
    "too_long": "is too long",
    "too_short": "is too short",
    "blank": "must not be empty",
    "inclusion": "is not one of the words that Canvas knows",
    "not_a_number": "is not a number",
    "taken": "is in use already",
}
