"""Creates, updates, concludes, deletes and resets courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from typing import Any

from lms_gateway.domain.commands import CommandResult, Create, Delete, DeleteMode, ResetCourse, Update
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.models import Course, CourseState
from lms_gateway.domain.record import Record
from lms_gateway.vendors.canvas.rows.converters import to_bool
from lms_gateway.vendors.canvas.rows.sources import COURSE_SHOW, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import (
    COURSE,
    NEW_COURSE,
    normalize_images,
    validate_images,
)
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_state, verify_stored
from lms_gateway.vendors.shared.results import NOTHING_TO_CHANGE, conflict, not_found, rejected, unsupported
from lms_gateway.vendors.shared.steps import Steps

_COURSE = "/courses/:id"
_NOT_FOUND = not_found("course", "course")
_CREATE = WriteOperation(
    "POST", "/accounts/:account_id/courses", not_found("account", "account_id"), mapping=NEW_COURSE
)
_UPDATE = WriteOperation("PUT", _COURSE, _NOT_FOUND, mapping=COURSE)
_DELETE, _CONCLUDE = (
    WriteOperation("DELETE", _COURSE, _NOT_FOUND, conflict(f"Canvas did not {event} it", "course"))
    for event in ("delete", "conclude")
)
_RESET = WriteOperation(
    "POST",
    "/courses/:course_id/reset_content",
    _NOT_FOUND,
    conflict("cannot reset a blueprint or template course", "course"),
)
_ROW = build_row_request(COURSE_SHOW)
_ROW_BEFORE_DELETE = build_row_request(
    COURSE_SHOW, frozenset({"description", "student_count", "image_url"}), "term", "teachers"
)
_OMITTED_BY_REPLIES = frozenset({"description", "canvas.syllabus_body", "canvas.post_manually"})
"""Fields that replies to writes leave out; an include reads them."""


def create_course(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Create a course in an account (None: the root account)."""
    problems = NEW_COURSE.validate(command.values, command.options)
    if command.sections:
        message = "Canvas cannot create a course with sections; use createSections"
        problems.append(unsupported(message, "sections"))
    if problems:
        return rejected(*problems)
    account = "self" if command.parent is None else command.parent.id
    reply = yield from session.send_values(_CREATE, account, values=command.values, options=command.options)
    record, stored = session.add_row(_ROW, reply)
    return (yield from _verify(session, record, stored, command))


def update_course(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Update a course."""
    key, values, options = command.key, command.values, command.options
    problems = COURSE.validate(values, options) or validate_images(values)
    if not problems and not (values or options.get("canvas.event") or options.get("canvas.offer")):
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    reply = yield from session.send_values(_UPDATE, key.id, values=normalize_images(values), options=options)
    record, stored = session.add_row(_ROW, reply, key)
    return (yield from _verify(session, record, stored, command))


def delete_course(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete a course (the record is the course before) or conclude it (the record after)."""
    if command.mode is DeleteMode.DEACTIVATE:
        return rejected(unsupported("Canvas can delete or conclude a course, not deactivate it"))
    is_delete = command.mode is DeleteMode.DELETE
    operation, event = (_DELETE, "delete") if is_delete else (_CONCLUDE, "conclude")
    fields = frozenset({"name", "state"})
    former = yield from session.read_before(operation, _COURSE, command.key, _ROW_BEFORE_DELETE, fields)
    reply = yield from session.send(operation, command.key.id, params=(("event", event),))
    row = reply.decode() if reply.body.strip() else None
    if isinstance(row, dict) and to_bool(row.get(event)) is False:
        return rejected(operation.rejected)
    if is_delete:
        session.store.mark_absent(former.key)
        return confirmed(former)
    try:
        reply = yield from session.read(operation, _COURSE, command.key.id, params=_ROW.params)
        return confirmed(session.add_row(_ROW, reply, command.key)[0])
    except LmsError:
        former.merge({"state": CourseState.COMPLETED, "canvas.workflow_state": "completed"})
        return confirmed(former)


def reset_course(session: WriteSession, command: ResetCourse) -> Steps[CommandResult]:
    """Replace a course by an empty one; the record is the new course."""
    reply = yield from session.send(_RESET, command.course.id)
    record, _ = session.add_row(_ROW, reply)
    if record.key != command.course:
        session.store.mark_absent(command.course)
    return confirmed(record)


def _verify(
    session: WriteSession, record: Record, stored: dict[str, Any], command: Create | Update
) -> Steps[CommandResult]:
    """Compare what was sent with the reply, and read back what replies leave out."""
    values, options = command.values, command.options
    problems = verify_stored(values, stored, options)
    if isinstance(record, Course):
        problems += verify_state(options, record.state)
    omitted = values.keys() & _OMITTED_BY_REPLIES
    if omitted and stored.get("state") is not CourseState.DELETED:
        request = build_row_request(COURSE_SHOW, omitted)
        try:
            reply = yield from session.read(_UPDATE, _COURSE, record.key.id, params=request.params)
            _, stored = session.add_row(request, reply, record.key)
        except LmsError:
            return confirmed(record, problems)  # written, but not visible now
        # An include that is absent is empty or was dropped by Canvas: the two look the same.
        problems += verify_stored({name: values[name] for name in omitted}, stored, options)
    return confirmed(record, problems)
