"""Creates, ends and reactivates enrollments.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Mapping

from lms_gateway.domain.commands import CommandResult, Create, Delete, DeleteMode, Reactivate, Update
from lms_gateway.domain.errors import NotFound, UpstreamInvalid
from lms_gateway.domain.models import Enrollment, EnrollmentState
from lms_gateway.domain.record import Key
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.rows.sources import build_enrollment_request
from lms_gateway.vendors.canvas.writes.input_mapping import ENROLLMENT, encode_enrollment
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected, unsupported
from lms_gateway.vendors.shared.steps import Steps

_NOT_FOUND = not_found("enrollment", "enrollment")
_ENROLLMENT = "/courses/:course_id/enrollments/:id"
_CREATE = WriteOperation(
    "POST",
    "/sections/:section_id/enrollments",
    not_found("section or user"),
    conflict("Canvas rejected the enrollment"),
    ENROLLMENT,
)
_DELETE = WriteOperation(
    "DELETE", _ENROLLMENT, _NOT_FOUND, conflict("Canvas cannot end this enrollment in this way", "enrollment")
)
_REACTIVATE = WriteOperation(
    "PUT",
    f"{_ENROLLMENT}/reactivate",
    _NOT_FOUND,
    conflict("Canvas can reactivate only an inactive enrollment", "state"),
)
_STATE_AFTER: Mapping[DeleteMode, EnrollmentState] = {
    DeleteMode.CONCLUDE: EnrollmentState.COMPLETED,
    DeleteMode.DEACTIVATE: EnrollmentState.INACTIVE,
}
_MODE_FOR_STATE = {state: mode for mode, state in _STATE_AFTER.items()}
_ROW = build_enrollment_request()


def enroll(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Enroll a user in a section."""
    if command.parent is None or not command.values.get("user_id"):
        return rejected(bad_input("a section and a user are required to enroll"))
    body, problems = encode_enrollment(command.values, command.options)
    if problems:
        return rejected(*problems)
    reply = yield from session.send(_CREATE, command.parent.id, json=body)
    record, stored = session.add_row(_ROW, reply)
    sent = {name: value for name, value in command.values.items() if value is not None}
    return confirmed(record, verify_stored(sent, stored))


def update_enrollment(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Change an enrollment's state, the only value that Canvas can change."""
    message = "Canvas can change only `state`; delete the enrollment and create a new one"
    names = [name for name in (*command.values, *command.options) if name != "state"]
    if names:
        return rejected(*(unsupported(message, name) for name in names))
    state = command.values.get("state")
    if state is EnrollmentState.ACTIVE:
        return (yield from reactivate(session, Reactivate(command.key)))
    if state in _MODE_FOR_STATE:
        return (yield from delete_enrollment(session, Delete(command.key, _MODE_FOR_STATE[state])))
    if state is None:
        return rejected(bad_input("must not be null", "state"))
    message = "must be ACTIVE, INACTIVE or COMPLETED; use unenrollUser to delete the enrollment"
    return rejected(unsupported(message, "state"))


def delete_enrollment(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete an enrollment (the record is the one before) or end it (the record after)."""
    former, course_id = yield from _read_before(session, _DELETE, command.key)
    params = (("task", command.mode.value.lower()),)
    reply = yield from session.send(_DELETE, course_id, command.key.id, params=params)
    if command.mode is not DeleteMode.DELETE:
        return _verify(session, command.key, reply, _STATE_AFTER[command.mode])
    session.store.mark_absent(former.key)
    return confirmed(former)


def reactivate(session: WriteSession, command: Reactivate) -> Steps[CommandResult]:
    """Make an inactive enrollment active."""
    _, course_id = yield from _read_before(session, _REACTIVATE, command.key)
    reply = yield from session.send(_REACTIVATE, course_id, command.key.id)
    return _verify(session, command.key, reply, EnrollmentState.ACTIVE)


def _verify(session: WriteSession, key: Key, reply: Reply, state: EnrollmentState) -> CommandResult:
    record, stored = session.add_row(_ROW, reply, key)
    return confirmed(record, verify_stored({"state": state}, stored))


def _read_before(session: WriteSession, operation: WriteOperation, key: Key) -> Steps[tuple[Enrollment, str]]:
    """Return the enrollment and its course, which is part of the path of a write.

    Raises NotFound for a deleted enrollment, because Canvas still returns it.
    """
    record = session.store.get(Enrollment, key.id)
    if record is None or record.course_id is None or "state" not in record.known_fields:
        reply = yield from session.read(operation, "/accounts/self/enrollments/:id", key.id)
        fetched, _ = session.add_row(_ROW, reply, key)
        assert isinstance(fetched, Enrollment)
        record = fetched
    if record.state is EnrollmentState.DELETED:
        raise NotFound("the enrollment is deleted")
    if record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not contain the enrollment's course")
    return record, record.course_id
