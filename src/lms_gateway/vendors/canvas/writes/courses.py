"""Making, changing, ending and emptying courses.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from typing import Any

from lms_gateway.domain.commands import (
    CommandResult,
    CommandStatus,
    Create,
    Delete,
    DeleteMode,
    InputProblem,
    ResetCourse,
    Update,
)
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.models import Course, CourseState
from lms_gateway.domain.record import Key, Record
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.rows.converters import to_bool
from lms_gateway.vendors.canvas.rows.sources import COURSE_SHOW, RowRequest, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import (
    COURSE,
    NEW_COURSE,
    normalize_images,
    validate_images,
)
from lms_gateway.vendors.canvas.writes.session import NOTHING_TO_CHANGE, WriteSession, rejected
from lms_gateway.vendors.canvas.writes.verification import verify_state, verify_stored
from lms_gateway.vendors.shared.steps import Steps

_ROW = build_row_request(COURSE_SHOW)
_ROW_BEFORE_DELETE = build_row_request(
    COURSE_SHOW, frozenset({"description", "student_count", "image_url"}), "term", "teachers"
)
_OMITTED_BY_REPLIES = frozenset({"description", "canvas.syllabus_body", "canvas.post_manually"})
"""What no reply to a change tells, and an include does."""


def create_course(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Make a course in an account."""
    problems = NEW_COURSE.validate(command.values, command.options)
    if command.sections:
        message = "Canvas makes a course without sections; make them with createSections"
        problems.append(InputProblem("UNSUPPORTED_BY_VENDOR", message, "sections"))
    if problems:
        return rejected(*problems)
    session.field_names = NEW_COURSE.field_names
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such account, or hides it", "account_id"
    )
    account = "self" if command.parent is None else command.parent.id
    body = NEW_COURSE.encode(command.values, command.options)
    reply = yield from session.send(
        write_endpoint("POST", "/accounts/:account_id/courses", account, json=body)
    )
    record, reply_fields = session.add_row(_ROW, reply.decode())
    return (yield from _read_back(session, record, reply_fields, command))


def update_course(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Change a course."""
    problems = COURSE.validate(command.values, command.options) or validate_images(command.values)
    event = command.options.get("canvas.event")
    if not problems and not (command.values or event or command.options.get("canvas.offer")):
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    session.field_names = COURSE.field_names
    session.missing = _not_found()
    body = COURSE.encode(normalize_images(command.values), command.options)
    reply = yield from session.send(
        write_endpoint("PUT", "/courses/:id", command.key.id, json=body)
    )
    record, reply_fields = session.add_row(_ROW, reply.decode(), command.key)
    return (yield from _read_back(session, record, reply_fields, command))


def delete_course(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete a course, the record being as it was; or conclude it, the record being as it is."""
    if command.mode is DeleteMode.DEACTIVATE:
        message = "Canvas concludes or deletes courses, and deactivates none"
        return rejected(InputProblem("UNSUPPORTED_BY_VENDOR", message))
    event = command.mode.value.lower()
    session.missing = _not_found()
    former = yield from _read_course(session, command.key, _ROW_BEFORE_DELETE)
    session.rejection = InputProblem("CONFLICT", f"Canvas did not {event} the course", "course")
    query = (("event", event),)
    reply = yield from session.send(
        write_endpoint("DELETE", "/courses/:id", command.key.id, params=query)
    )
    row = reply.decode() if reply.body.strip() else None
    if isinstance(row, dict) and to_bool(row.get(event)) is False:
        return rejected(session.rejection)
    if command.mode is DeleteMode.DELETE:
        session.store.mark_absent(former.key)
        return CommandResult(CommandStatus.CONFIRMED, former)
    try:
        record = yield from _read_course(session, command.key, _ROW, refresh=True)
    except LmsError:
        former.merge({"state": CourseState.COMPLETED, "canvas.workflow_state": "completed"})
        return CommandResult(CommandStatus.CONFIRMED, former)
    return CommandResult(CommandStatus.CONFIRMED, record)


def reset_course(session: WriteSession, command: ResetCourse) -> Steps[CommandResult]:
    """Empty a course. The record is the new one that takes its place."""
    session.missing = _not_found()
    session.rejection = InputProblem(
        "CONFLICT", "Canvas empties no blueprint or template course", "course"
    )
    template = "/courses/:course_id/reset_content"
    reply = yield from session.send(write_endpoint("POST", template, command.course.id))
    record, _ = session.add_row(_ROW, reply.decode())
    if record.key != command.course:
        session.store.mark_absent(command.course)
    return CommandResult(CommandStatus.CONFIRMED, record)


def _read_back(
    session: WriteSession, record: Record, reply_fields: dict[str, Any], command: Create | Update
) -> Steps[CommandResult]:
    """What became of a course's values; what the reply leaves out is read again."""
    problems = verify_stored(command.values, reply_fields, command.options)
    if isinstance(record, Course):
        problems += verify_state(command.options, record.state)
    omitted = command.values.keys() & _OMITTED_BY_REPLIES
    if omitted and reply_fields.get("state") is not CourseState.DELETED:
        row_request = build_row_request(COURSE_SHOW, omitted)
        try:
            reply = yield from session.send(
                endpoint("/courses/:id", record.key.id, params=row_request.params)
            )
            _, read_fields = session.add_row(row_request, reply.decode(), record.key)
        except LmsError:
            return CommandResult(
                CommandStatus.CONFIRMED, record, problems
            )  # done, and not to be seen now
        # An include that is absent holds nothing, or was dropped: that is not to be told apart.
        problems += verify_stored(
            {name: command.values[name] for name in omitted}, read_fields, command.options
        )
    return CommandResult(CommandStatus.CONFIRMED, record, problems)


def _read_course(
    session: WriteSession, key: Key, row_request: RowRequest, *, refresh: bool = False
) -> Steps[Record]:
    """A course; without a call where the store holds it, unless it is to be read anew."""
    cached = session.store.find(key)
    if not refresh and cached is not None and {"name", "state"} <= cached.known_fields:
        return cached
    reply = yield from session.send(endpoint("/courses/:id", key.id, params=row_request.params))
    record, _ = session.add_row(row_request, reply.decode(), key)
    return record


def _not_found() -> InputProblem:
    return InputProblem("NOT_FOUND", "Canvas knows no such course, or hides it", "course")
