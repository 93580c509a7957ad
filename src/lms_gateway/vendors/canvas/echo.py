"""What Canvas says it stored, against what it was sent.

Canvas answers 200 and keeps what it had where a right is missing, a date has no effect or a field
was changed by hand since the last SIS import. Its replies are the only place where that shows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lms_gateway.domain.changes import Problem, Values
from lms_gateway.domain.records import CourseState
from lms_gateway.vendors.canvas.values import is_same_id, read_id

_SIS = frozenset({"sis_id", "integration_id"})
_IDS = frozenset(
    {"account_id", "term_id", "user_id", "canvas.role_id", "canvas.associated_user_id"}
)
_DATES = frozenset({"start_at", "end_at"})
# HTML is cleaned: only whether there is any can be told.
_REWRITTEN = frozenset({"canvas.syllabus_body"})
_EVENTS: Mapping[str, frozenset[CourseState]] = {
    "claim": frozenset({CourseState.UNPUBLISHED}),
    "offer": frozenset({CourseState.AVAILABLE}),
    "conclude": frozenset({CourseState.COMPLETED}),
    "delete": frozenset({CourseState.DELETED}),
    "undelete": frozenset(CourseState) - {CourseState.DELETED},
}


def differences(values: Values, told: Mapping[str, Any], options: Values) -> list[Problem]:
    """A problem for each value that did not take.

    `told` are the facets of Canvas's reply. A value that it does not tell of is held for stored,
    but for a SIS id: whoever may set one sees it.
    """
    spares = options.get("canvas.override_sis_stickiness") is False
    return [
        _problem(name, spares, options, told)
        for name, sent in values.items()
        if _differs(name, sent, told)
    ]


def state_differences(options: Values, state: CourseState | None) -> list[Problem]:
    """Whether a course is in the state that it was to be brought to."""
    asked = {"canvas.offer": "offer"} if options.get("canvas.offer") else {}
    if options.get("canvas.event"):
        asked["canvas.event"] = options["canvas.event"]
    return [
        Problem("BAD_USER_INPUT", "Canvas left the course in its state", name)
        for name, event in asked.items()
        if state is not None and state not in _EVENTS.get(event, {state})
    ]


def is_same(name: str, sent: Any, told: Any) -> bool:
    """Whether what is stored is what was sent, in whichever form."""
    if not sent or not told:
        return not sent and not told
    if isinstance(sent, datetime):
        return isinstance(told, datetime) and abs((sent - told).total_seconds()) < 1
    if name in _IDS:
        first, second = read_id(sent), read_id(told)
        return first is not None and second is not None and is_same_id(first, second)
    if name in _REWRITTEN:
        return True
    if isinstance(sent, Mapping):
        return isinstance(told, Mapping) and all(
            is_same(name, inner, told.get(key)) for key, inner in sent.items()
        )
    if isinstance(sent, bool) or isinstance(told, bool):
        return bool(sent) is bool(told)
    return str(sent).strip() == str(told).strip() or _is_same_number(sent, told)


def _differs(name: str, sent: Any, told: Mapping[str, Any]) -> bool:
    if name == "time_zone" and "/" not in str(sent):
        return False  # a name of Ruby on Rails's, which Canvas answers with the IANA one
    if name == "name" and told.get("canvas.original_name"):
        return not is_same(name, sent, told["canvas.original_name"])  # `name` is a nickname
    if name not in told:
        return name in _SIS and bool(sent)
    return not is_same(name, sent, told[name])


def _is_same_number(sent: Any, told: Any) -> bool:
    try:
        return float(sent) == float(told)
    except (TypeError, ValueError):
        return False


def _problem(name: str, spares: bool, options: Values, told: Mapping[str, Any]) -> Problem:
    if spares:
        why = "Canvas kept what was changed by hand, as overrideSisStickiness asks"
        return Problem("CONFLICT", why, name)
    if options.get("canvas.enable_sis_reactivation") and name not in _SIS:
        why = "Canvas brought back what was deleted, and kept what it had"
    elif name in _SIS:
        why = "Canvas left it out: this credential may not manage SIS ids"
    elif name in _DATES and not told.get("canvas.restrict_enrollments_to_course_dates", True):
        why = "Canvas keeps a course's dates only with restrictEnrollmentsToCourseDates"
    else:
        why = "Canvas kept another value; this credential may lack the right to change it"
    return Problem("BAD_USER_INPUT", why, name)
