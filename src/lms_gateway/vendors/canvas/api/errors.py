"""Reads Canvas's rejections of writes.

Canvas has several undocumented forms. Its sentences are localized and may quote a user's input, so
that only names of attributes and of kinds of errors are read; the sentences are written here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lms_gateway.domain.commands import InputProblem
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.shared.errors import FieldError, WriteRejected
from lms_gateway.vendors.shared.results import bad_input, conflict

_IDENTIFIER = re.compile(r"[a-z][a-z_]{0,39}")
_NO_ATTRIBUTES = frozenset({"base", "error", "errors", "invalid_record", "message", "status", "success"})
_UNIQUE = frozenset({"sis_source_id", "sis_section_id", "sis_course_id", "integration_id"})
_REASONS: Mapping[str | None, str] = {
    "too_long": "is too long",
    "too_short": "is too short",
    "blank": "must not be empty",
    "inclusion": "is not one of the values that Canvas accepts",
    "not_a_number": "is not a number",
}


def read_rejection(reply: Reply) -> WriteRejected | None:
    """Return the rejection in a reply to a write, None if the reply denies access instead.

    401 and 403 deny access if the body has the form of that, or cannot be read.
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
    """Return a problem for each rejected attribute, `default` if Canvas names none.

    `field_names` are our names by Canvas's attributes.
    """
    if rejection.field_errors:
        return [_problem(error, field_names) for error in rejection.field_errors]
    if rejection.status == 409:
        return [conflict(default.message, default.field)]
    return [default]


def _problem(error: FieldError, field_names: Mapping[str, str]) -> InputProblem:
    attribute, kind = error
    field = field_names.get(attribute)
    # Without a kind, Canvas rejects a SIS id only because it is in use.
    if kind == "taken" or (kind is None and attribute in _UNIQUE):
        return conflict(f"{attribute} is in use already", field)
    return bad_input(f"{attribute} {_REASONS.get(kind, 'is not accepted by Canvas')}", field)


def _is_rule_error(body: Any) -> bool:
    """Return whether the body rejects by a rule; denials of access have `errors`."""
    if not isinstance(body, Mapping) or "errors" in body:
        return False
    return "message" in body or "error" in body


def _field_errors(body: Any) -> Iterator[FieldError]:
    # Forms that occur:
    #
    #   {"errors": {"name": [{"type": "blank", "message": "..."}]}}    also without `errors`
    #   {"errors": {"name": "..."}}                                    only with `errors`
    #   {"errors": [{"field": "name", "code": "blank"}]}
    #   {"message": "..."}                                             names no attribute
    if not isinstance(body, Mapping):
        return
    errors = body.get("errors", body)
    if isinstance(errors, list):
        for entry in errors:
            if isinstance(entry, Mapping):
                yield from _field_error(entry.get("field") or entry.get("attribute"), entry, "code")
    elif isinstance(errors, Mapping):
        for name, entries in errors.items():
            if isinstance(entries, list):
                typed = [entry for entry in entries if _word(entry, "type")]
                yield from _field_error(name, typed[0] if typed else None, "type")
            elif errors is not body:  # without `errors`, the body has keys that are no attributes
                yield from _field_error(name, None, "type")


def _field_error(name: Any, entry: Any, key: str) -> Iterator[FieldError]:
    if isinstance(name, str) and _IDENTIFIER.fullmatch(name) and name not in _NO_ATTRIBUTES:
        yield FieldError(name, _word(entry, key))


def _word(entry: Any, key: str) -> str | None:
    word = entry.get(key) if isinstance(entry, Mapping) else None
    return word if isinstance(word, str) and _IDENTIFIER.fullmatch(word) else None
