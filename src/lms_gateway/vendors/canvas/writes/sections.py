"""Making, changing, moving and deleting sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from lms_gateway.domain.commands import (
    CommandResult,
    CommandStatus,
    Create,
    CrossList,
    Delete,
    InputProblem,
    Update,
)
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Record
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.api.endpoints import endpoint, write_endpoint
from lms_gateway.vendors.canvas.rows.converters import is_same_id
from lms_gateway.vendors.canvas.rows.sources import SECTION_ROW, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import NEW_SECTION, SECTION
from lms_gateway.vendors.canvas.writes.session import NOTHING_TO_CHANGE, WriteSession, rejected
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

_ROW = build_row_request(SECTION_ROW)
_ROW_BEFORE_DELETE = build_row_request(
    SECTION_ROW, frozenset({"student_count", "may_manage_calendar"})
)
_OVERRIDE = "override_sis_stickiness"


def create_section(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Make a section in a course."""
    if command.parent is None:
        return rejected(InputProblem("BAD_USER_INPUT", "a section is made in a course", "course"))
    problems = NEW_SECTION.validate(command.values, command.options)
    if problems:
        return rejected(*problems)
    session.field_names = NEW_SECTION.field_names
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such course, or hides it", "course"
    )
    body = NEW_SECTION.encode(command.values, command.options)
    template = "/courses/:course_id/sections"
    reply = yield from session.send(write_endpoint("POST", template, command.parent.id, json=body))
    record, reply_fields = session.add_row(_ROW, reply.decode())
    return CommandResult(
        CommandStatus.CONFIRMED,
        record,
        verify_stored(command.values, reply_fields, command.options),
    )


def update_section(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Change a section."""
    problems = SECTION.validate(command.values, command.options)
    if not problems and not command.values:
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    session.field_names = SECTION.field_names
    session.missing = _not_found()
    if command.values.keys() & {"sis_id", "integration_id"}:
        session.forbidden_message = "the vendor lets this credential manage no SIS ids (401)"
    body = SECTION.encode(command.values, command.options)
    reply = yield from session.send(
        write_endpoint("PUT", "/sections/:id", command.key.id, json=body)
    )
    record, reply_fields = session.add_row(_ROW, reply.decode(), command.key)
    return CommandResult(
        CommandStatus.CONFIRMED,
        record,
        verify_stored(command.values, reply_fields, command.options),
    )


def delete_section(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete a section that nobody is enrolled in. The record is the section as it was."""
    session.missing = _not_found()
    former = yield from _read_before(session, command.key)
    session.rejection = InputProblem(
        "CONFLICT", "Canvas deletes no section that has enrollments", "section"
    )
    yield from session.send(write_endpoint("DELETE", "/sections/:id", command.key.id))
    session.store.mark_absent(former.key)
    return CommandResult(CommandStatus.CONFIRMED, former)


def cross_list(session: WriteSession, command: CrossList) -> Steps[CommandResult]:
    """Move a section to another course, or back to its own."""
    body = {_OVERRIDE: command.override_sis_stickiness}
    if command.course is None:
        session.missing = _not_found()
        session.rejection = InputProblem("CONFLICT", "the section is not cross-listed", "section")
        query = ((_OVERRIDE, "true" if command.override_sis_stickiness else "false"),)
        call = write_endpoint("DELETE", "/sections/:id/crosslist", command.section.id, params=query)
        reply = yield from session.send(call)
        return _verify_move(session, reply, command)
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such section or course, or hides it"
    )
    session.rejection = InputProblem(
        "CONFLICT", "Canvas cross-lists no section into that course, e.g. a blueprint", "course"
    )
    template = "/sections/:id/crosslist/:new_course_id"
    ids = (command.section.id, command.course.id)
    reply = yield from session.send(write_endpoint("POST", template, *ids, json=body))
    return _verify_move(session, reply, command)


def _read_before(session: WriteSession, key: Key) -> Steps[Record]:
    """A section as it is before it is deleted; without a call where the store holds it."""
    cached = session.store.find(key)
    if cached is not None and {"name", "course_id"} <= cached.known_fields:
        return cached
    reply = yield from session.send(
        endpoint("/sections/:id", key.id, params=_ROW_BEFORE_DELETE.params)
    )
    record, _ = session.add_row(_ROW_BEFORE_DELETE, reply.decode(), key)
    return record


def _verify_move(session: WriteSession, reply: Reply, command: CrossList) -> CommandResult:
    """Whether the section is where it was to go: Canvas answers 200 also where it did nothing."""
    record, _ = session.add_row(_ROW, reply.decode(), command.section)
    if not isinstance(record, Section) or record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not tell the section's course")
    if command.course is None:
        has_moved = record.original_course_id is None
    else:
        has_moved = is_same_id(record.course_id, command.course.id)
    if has_moved:
        return CommandResult(CommandStatus.CONFIRMED, record)
    message = "Canvas left the section where it was"
    if not command.override_sis_stickiness:
        message += ", as overrideSisStickiness asks"
    field = "section" if command.course is None else "course"
    return CommandResult(
        CommandStatus.CONFIRMED, record, [InputProblem("CONFLICT", message, field)]
    )


def _not_found() -> InputProblem:
    return InputProblem("NOT_FOUND", "Canvas knows no such section, or hides it", "section")
