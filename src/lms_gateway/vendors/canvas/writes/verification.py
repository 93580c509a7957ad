"""What Canvas says it stored, against what it was sent.

Canvas answers 200 and keeps what it had where a right is missing, a date has no effect or a field
was changed by hand since the last SIS import. Its replies are the only place where that shows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import CourseState
from lms_gateway.vendors.canvas.rows.converters import is_same_id, parse_id

_SIS = frozenset({"sis_id", "integration_id"})
_IDS = frozenset(
    {"account_id", "term_id", "user_id", "canvas.role_id", "canvas.associated_user_id"}
)
_DATES = frozenset({"start_at", "end_at"})
# HTML is cleaned: only whether there is any can be told.
_REWRITTEN = frozenset({"canvas.syllabus_body"})
_STATES_AFTER_EVENT: Mapping[str, frozenset[CourseState]] = {
    "claim": frozenset({CourseState.UNPUBLISHED}),
    "offer": frozenset({CourseState.AVAILABLE}),
    "conclude": frozenset({CourseState.COMPLETED}),
    "delete": frozenset({CourseState.DELETED}),
    "undelete": frozenset(CourseState) - {CourseState.DELETED},
}


def verify_stored(values: Values, stored: Mapping[str, Any], options: Values) -> list[InputProblem]:
    """A problem for each value that did not take.

    `told` are the facets of Canvas's reply. A value that it does not tell of is held for stored,
    but for a SIS id: whoever may set one sees it.
    """
    keeps_manual_edits = options.get("canvas.override_sis_stickiness") is False
    return [
        _mismatch(name, keeps_manual_edits, options, stored)
        for name, sent in values.items()
        if _differs(name, sent, stored)
    ]


def verify_state(options: Values, state: CourseState | None) -> list[InputProblem]:
    """Whether a course is in the state that it was to be brought to."""
    requested = {"canvas.offer": "offer"} if options.get("canvas.offer") else {}
    if options.get("canvas.event"):
        requested["canvas.event"] = options["canvas.event"]
    return [
        InputProblem("BAD_USER_INPUT", "Canvas left the course in its state", name)
        for name, event in requested.items()
        if state is not None and state not in _STATES_AFTER_EVENT.get(event, {state})
    ]


def is_same(name: str, sent: Any, stored: Any) -> bool:
    """Whether what is stored is what was sent, in whichever form."""
    if not sent or not stored:
        return not sent and not stored
    if isinstance(sent, datetime):
        return isinstance(stored, datetime) and abs((sent - stored).total_seconds()) < 1
    if name in _IDS:
        sent_id, stored_id = parse_id(sent), parse_id(stored)
        return sent_id is not None and stored_id is not None and is_same_id(sent_id, stored_id)
    if name in _REWRITTEN:
        return True
    if isinstance(sent, Mapping):
        return isinstance(stored, Mapping) and all(
            is_same(name, inner, stored.get(key)) for key, inner in sent.items()
        )
    if isinstance(sent, bool) or isinstance(stored, bool):
        return bool(sent) is bool(stored)
    return str(sent).strip() == str(stored).strip() or _is_same_number(sent, stored)


def _differs(name: str, sent: Any, stored: Mapping[str, Any]) -> bool:
    if name == "time_zone" and "/" not in str(sent):
        return False  # a name of Ruby on Rails's, which Canvas answers with the IANA one
    if name == "name" and stored.get("canvas.original_name"):
        return not is_same(name, sent, stored["canvas.original_name"])  # `name` is a nickname
    if name not in stored:
        return name in _SIS and bool(sent)
    return not is_same(name, sent, stored[name])


def _is_same_number(sent: Any, stored: Any) -> bool:
    try:
        return float(sent) == float(stored)
    except (TypeError, ValueError):
        return False


def _mismatch(
    name: str, keeps_manual_edits: bool, options: Values, stored: Mapping[str, Any]
) -> InputProblem:
    if keeps_manual_edits:
        message = "Canvas kept what was changed by hand, as overrideSisStickiness asks"
        return InputProblem("CONFLICT", message, name)
    if options.get("canvas.enable_sis_reactivation") and name not in _SIS:
        message = "Canvas brought back what was deleted, and kept what it had"
    elif name in _SIS:
        message = "Canvas left it out: this credential may not manage SIS ids"
    elif name in _DATES and not stored.get("canvas.restrict_enrollments_to_course_dates", True):
        message = "Canvas keeps a course's dates only with restrictEnrollmentsToCourseDates"
    else:
        message = "Canvas kept another value; this credential may lack the right to change it"
    return InputProblem("BAD_USER_INPUT", message, name)
