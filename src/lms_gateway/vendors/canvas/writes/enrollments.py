"""Enrolling people, and ending and reviving enrollments.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Mapping

from lms_gateway.domain.commands import (
    CommandResult,
    CommandStatus,
    Create,
    Delete,
    DeleteMode,
    InputProblem,
    Reactivate,
    Update,
)
from lms_gateway.domain.errors import NotFound, UpstreamInvalid
from lms_gateway.domain.models import Enrollment, EnrollmentState
from lms_gateway.domain.record import Key
from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.rows.sources import build_enrollment_request
from lms_gateway.vendors.canvas.writes.input_mapping import (
    ENROLLMENT_FIELD_NAMES,
    UNSUPPORTED,
    encode_enrollment,
)
from lms_gateway.vendors.canvas.writes.session import WriteSession, rejected
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

_ROW = build_enrollment_request()
_ENROLLMENT = "/courses/:course_id/enrollments/:id"
_TASKS: Mapping[DeleteMode, str] = {
    DeleteMode.DELETE: "delete",
    DeleteMode.CONCLUDE: "conclude",
    DeleteMode.DEACTIVATE: "deactivate",
}
_STATE_AFTER: Mapping[DeleteMode, EnrollmentState] = {
    DeleteMode.CONCLUDE: EnrollmentState.COMPLETED,
    DeleteMode.DEACTIVATE: EnrollmentState.INACTIVE,
}
_MODE_FOR_STATE = {state: how for how, state in _STATE_AFTER.items()}


def enroll(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Enrol a person in a section."""
    if command.parent is None or not command.values.get("user_id"):
        return rejected(InputProblem("BAD_USER_INPUT", "a person is enrolled in a section"))
    body, problems = encode_enrollment(command.values, command.options)
    if problems:
        return rejected(*problems)
    session.field_names = ENROLLMENT_FIELD_NAMES
    session.missing = InputProblem("NOT_FOUND", "Canvas knows no such section or user, or hides it")
    session.rejection = InputProblem(
        "CONFLICT", "Canvas does not enrol this person in this section so"
    )
    template = "/sections/:section_id/enrollments"
    reply = yield from session.send(write_endpoint("POST", template, command.parent.id, json=body))
    record, reply_fields = session.add_row(_ROW, reply.decode())
    sent = {name: value for name, value in command.values.items() if value is not None}
    return CommandResult(CommandStatus.CONFIRMED, record, verify_stored(sent, reply_fields, {}))


def update_enrollment(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Bring an enrollment to another state, which is all that Canvas changes of one."""
    unsupported = [name for name in (*command.values, *command.options) if name != "state"]
    if unsupported:
        message = "Canvas changes only an enrollment's state: end it and enrol the person anew"
        return rejected(*(InputProblem(UNSUPPORTED, message, name) for name in unsupported))
    state = command.values.get("state")
    if state is EnrollmentState.ACTIVE:
        return (yield from reactivate(session, Reactivate(command.key)))
    if state in _MODE_FOR_STATE:
        return (yield from delete_enrollment(session, Delete(command.key, _MODE_FOR_STATE[state])))
    if state is None:
        return rejected(
            InputProblem("BAD_USER_INPUT", "give the state that it is to be in", "state")
        )
    message = "Canvas makes an enrollment ACTIVE, INACTIVE or COMPLETED; unenrollUser deletes it"
    return rejected(InputProblem(UNSUPPORTED, message, "state"))


def delete_enrollment(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete an enrollment, the record being as it was; or end it, the record being as it is."""
    former, course = yield from _read_before(session, command.key)
    session.rejection = InputProblem(
        "CONFLICT", "Canvas does not end this enrollment so", "enrollment"
    )
    query = (("task", _TASKS[command.mode]),)
    call = write_endpoint("DELETE", _ENROLLMENT, course, command.key.id, params=query)
    if command.mode is not DeleteMode.DELETE:
        return (yield from _change_state(session, command.key, call, _STATE_AFTER[command.mode]))
    yield from session.send(call)
    session.store.mark_absent(former.key)
    return CommandResult(CommandStatus.CONFIRMED, former)


def reactivate(session: WriteSession, command: Reactivate) -> Steps[CommandResult]:
    """Make an enrollment active again."""
    _, course = yield from _read_before(session, command.key)
    message = "Canvas reactivates only an enrollment that is inactive"
    session.rejection = InputProblem("CONFLICT", message, "state")
    call = write_endpoint("PUT", f"{_ENROLLMENT}/reactivate", course, command.key.id)
    return (yield from _change_state(session, command.key, call, EnrollmentState.ACTIVE))


def _change_state(
    session: WriteSession, key: Key, call: Call, state: EnrollmentState
) -> Steps[CommandResult]:
    """Send what brings an enrollment to a state, and look whether it is there."""
    reply = yield from session.send(call)
    record, reply_fields = session.add_row(_ROW, reply.decode(), key)
    return CommandResult(
        CommandStatus.CONFIRMED, record, verify_stored({"state": state}, reply_fields, {})
    )


def _read_before(session: WriteSession, key: Key) -> Steps[tuple[Enrollment, str]]:
    """An enrollment and its course, below which Canvas changes it.

    Without a call where the store holds it. Raises NotFound for one that is deleted: Canvas goes
    on telling of it.
    """
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such enrollment, or hides it", "enrollment"
    )
    record = session.store.get(Enrollment, key.id)
    if record is None or record.course_id is None or "state" not in record.known_fields:
        call = endpoint("/accounts/self/enrollments/:id", key.id)
        reply = yield from session.send(call)
        fetched, _ = session.add_row(_ROW, reply.decode(), key)
        assert isinstance(fetched, Enrollment)
        record = fetched
    if record.state is EnrollmentState.DELETED:
        raise NotFound("the enrollment is deleted")
    if record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not tell the enrollment's course")
    return record, record.course_id
