"""Compares what Canvas stored with what was sent.

Canvas answers 200 and keeps the old value if a permission is missing, a date has no effect or a
field was edited in Canvas since the last SIS import. Only its reply shows it.
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import InputProblem, Values
from lms_gateway.domain.models import CourseState
from lms_gateway.vendors.canvas.rows.ids import is_same_id, parse_id
from lms_gateway.vendors.shared.results import bad_input, conflict
from lms_gateway.vendors.shared.verification import Comparison

_SIS_IDS = frozenset({"sis_id", "integration_id"})
_IDS = ("account_id", "term_id", "user_id", "canvas.role_id", "canvas.associated_user_id")
_DATES = frozenset({"start_at", "end_at"})
_STATES_AFTER_EVENT: Mapping[str, frozenset[CourseState]] = {
    "claim": frozenset({CourseState.UNPUBLISHED}),
    "offer": frozenset({CourseState.AVAILABLE}),
    "conclude": frozenset({CourseState.COMPLETED}),
    "delete": frozenset({CourseState.DELETED}),
    "undelete": frozenset(CourseState) - {CourseState.DELETED},
}


def _is_same_id(sent: Any, stored: Any) -> bool:
    if not sent or not stored:
        return not sent and not stored
    ids = parse_id(sent), parse_id(stored)
    return ids[0] is not None and ids[1] is not None and is_same_id(ids[0], ids[1])


_COMPARISON = Comparison(
    unordered=frozenset({"scopes"}),
    rewritten=frozenset({"canvas.syllabus_body"}),
    always_returned=_SIS_IDS,
    equal=dict.fromkeys(_IDS, _is_same_id),
)


def verify_stored(
    values: Values, stored: Mapping[str, Any], options: Values | None = None
) -> list[InputProblem]:
    """Return a problem for each value that Canvas did not store.

    `stored` are the fields of Canvas's reply. A value that the reply leaves out counts as stored;
    a SIS id does not, because it is visible to everyone who may set it.
    """
    options = options or {}
    if stored.get("canvas.original_name"):
        stored = {**stored, "name": stored["canvas.original_name"]}  # `name` is a nickname
    if "/" not in str(values.get("time_zone")):
        # Canvas answers a name of Ruby on Rails with the IANA one.
        values = {name: value for name, value in values.items() if name != "time_zone"}
    return [_mismatch(name, stored, options) for name in _COMPARISON.differences(values, stored)]


def verify_state(options: Values, state: CourseState | None) -> list[InputProblem]:
    """Return a problem for each option that should have changed the course's state."""
    requested = {"canvas.offer": "offer"} if options.get("canvas.offer") else {}
    if options.get("canvas.event"):
        requested["canvas.event"] = options["canvas.event"]
    return [
        bad_input("Canvas did not change the state of the course", name)
        for name, event in requested.items()
        if state is not None and state not in _STATES_AFTER_EVENT.get(event, {state})
    ]


def _mismatch(name: str, stored: Mapping[str, Any], options: Values) -> InputProblem:
    if options.get("canvas.override_sis_stickiness") is False:
        message = "Canvas kept a value that was edited in Canvas; overrideSisStickiness is false"
        return conflict(message, name)
    if options.get("canvas.enable_sis_reactivation") and name not in _SIS_IDS:
        message = "Canvas restored the deleted object with its old value"
    elif name in _SIS_IDS:
        message = "Canvas did not store it; this credential may not manage SIS ids"
    elif name in _DATES and not stored.get("canvas.restrict_enrollments_to_course_dates", True):
        message = "Canvas stores a course's dates only with restrictEnrollmentsToCourseDates"
    else:
        message = "Canvas kept another value; this credential may lack the permission to change it"
    return bad_input(message, name)
