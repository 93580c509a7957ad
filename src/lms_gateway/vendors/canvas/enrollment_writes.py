"""Enrolling people, and ending and reviving enrollments.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Mapping

from lms_gateway.domain.changes import (
    Create,
    Problem,
    Reenroll,
    Removal,
    Remove,
    Result,
    Status,
    Update,
)
from lms_gateway.domain.errors import NotFound, UpstreamInvalid
from lms_gateway.domain.records import Enrollment, EnrollmentState, Key
from lms_gateway.upstream.call import Call
from lms_gateway.vendors.canvas.calls import change, get
from lms_gateway.vendors.canvas.desk import Desk, refused
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.includes import enrollment_request
from lms_gateway.vendors.canvas.payloads import ENROLLMENT_NAMES, UNSUPPORTED, enrollment_body
from lms_gateway.vendors.reads import Steps

_ROW = enrollment_request()
_ONE = "/courses/:course_id/enrollments/:id"
_TASKS: Mapping[Removal, str] = {
    Removal.DELETE: "delete",
    Removal.CONCLUDE: "conclude",
    Removal.DEACTIVATE: "deactivate",
}
_AFTER: Mapping[Removal, EnrollmentState] = {
    Removal.CONCLUDE: EnrollmentState.COMPLETED,
    Removal.DEACTIVATE: EnrollmentState.INACTIVE,
}
_REMOVALS = {state: how for how, state in _AFTER.items()}


def enroll(desk: Desk, new: Create) -> Steps[Result]:
    """Enrol a person in a section."""
    if new.parent is None or not new.values.get("user_id"):
        return refused(Problem("BAD_USER_INPUT", "a person is enrolled in a section"))
    body, problems = enrollment_body(new.values, new.options)
    if problems:
        return refused(*problems)
    desk.names = ENROLLMENT_NAMES
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such section or user, or hides it")
    desk.meaning = Problem("CONFLICT", "Canvas does not enrol this person in this section so")
    endpoint = "/sections/:section_id/enrollments"
    reply = yield from desk.send(change("POST", endpoint, new.parent.id, json=body))
    record, told = desk.learn(_ROW, reply.decode())
    stored = {name: value for name, value in new.values.items() if value is not None}
    return Result(Status.CONFIRMED, record, differences(stored, told, {}))


def update_enrollment(desk: Desk, new: Update) -> Steps[Result]:
    """Bring an enrollment to another state, which is all that Canvas changes of one."""
    unknown = [name for name in (*new.values, *new.options) if name != "state"]
    if unknown:
        why = "Canvas changes only an enrollment's state: end it and enrol the person anew"
        return refused(*(Problem(UNSUPPORTED, why, name) for name in unknown))
    state = new.values.get("state")
    if state is EnrollmentState.ACTIVE:
        return (yield from reenroll(desk, Reenroll(new.key)))
    if state in _REMOVALS:
        return (yield from end_enrollment(desk, Remove(new.key, _REMOVALS[state])))
    if state is None:
        return refused(Problem("BAD_USER_INPUT", "give the state that it is to be in", "state"))
    why = "Canvas makes an enrollment ACTIVE, INACTIVE or COMPLETED; unenrollUser deletes it"
    return refused(Problem(UNSUPPORTED, why, "state"))


def end_enrollment(desk: Desk, end: Remove) -> Steps[Result]:
    """Delete an enrollment, the record being as it was; or end it, the record being as it is."""
    former, course = yield from _read(desk, end.key)
    desk.meaning = Problem("CONFLICT", "Canvas does not end this enrollment so", "enrollment")
    query = (("task", _TASKS[end.how]),)
    call = change("DELETE", _ONE, course, end.key.id, params=query)
    if end.how is not Removal.DELETE:
        return (yield from _brought(desk, end.key, call, _AFTER[end.how]))
    yield from desk.send(call)
    desk.store.note_absent(former.key)
    return Result(Status.CONFIRMED, former)


def reenroll(desk: Desk, again: Reenroll) -> Steps[Result]:
    """Make an enrollment active again."""
    _, course = yield from _read(desk, again.key)
    why = "Canvas reactivates only an enrollment that is inactive"
    desk.meaning = Problem("CONFLICT", why, "state")
    call = change("PUT", f"{_ONE}/reactivate", course, again.key.id)
    return (yield from _brought(desk, again.key, call, EnrollmentState.ACTIVE))


def _brought(desk: Desk, key: Key, call: Call, state: EnrollmentState) -> Steps[Result]:
    """Send what brings an enrollment to a state, and look whether it is there."""
    reply = yield from desk.send(call)
    record, told = desk.learn(_ROW, reply.decode(), key)
    return Result(Status.CONFIRMED, record, differences({"state": state}, told, {}))


def _read(desk: Desk, key: Key) -> Steps[tuple[Enrollment, str]]:
    """An enrollment and its course, below which Canvas changes it.

    Without a call where the store holds it. Raises NotFound for one that is deleted: Canvas goes
    on telling of it.
    """
    desk.unknown = Problem(
        "NOT_FOUND", "Canvas knows no such enrollment, or hides it", "enrollment"
    )
    record = desk.store.typed(Enrollment, key.id)
    if record is None or record.course_id is None or "state" not in record.known:
        call = get("/accounts/self/enrollments/:id", key.id)
        reply = yield from desk.send(call)
        learnt, _ = desk.learn(_ROW, reply.decode(), key)
        assert isinstance(learnt, Enrollment)
        record = learnt
    if record.state is EnrollmentState.DELETED:
        raise NotFound("the enrollment is deleted")
    if record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not tell the enrollment's course")
    return record, record.course_id
