"""Creates, updates, moves and deletes sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from dataclasses import replace

from lms_gateway.domain.commands import CommandResult, Create, CrossList, Delete, Update
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import Section
from lms_gateway.upstream.messages import Reply
from lms_gateway.vendors.canvas.rows.ids import is_same_id
from lms_gateway.vendors.canvas.rows.sources import SECTION_ROW, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import NEW_SECTION, SECTION
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

_NOT_FOUND = not_found("section", "section")
_CREATE = WriteOperation(
    "POST", "/courses/:course_id/sections", not_found("course", "course"), mapping=NEW_SECTION
)
_UPDATE = WriteOperation("PUT", "/sections/:id", _NOT_FOUND, mapping=SECTION)
_UPDATE_SIS_IDS = replace(_UPDATE, forbidden="this credential may not manage SIS ids (401)")
_DELETE = WriteOperation(
    "DELETE", "/sections/:id", _NOT_FOUND, conflict("cannot delete a section with enrollments", "section")
)
_CROSS_LIST = WriteOperation(
    "POST",
    "/sections/:id/crosslist/:new_course_id",
    not_found("section or course"),
    conflict("cannot cross-list into this course; it may be a blueprint", "course"),
)
_UNDO_CROSS_LIST = WriteOperation(
    "DELETE", "/sections/:id/crosslist", _NOT_FOUND, conflict("the section is not cross-listed", "section")
)
_SIS_IDS = frozenset({"sis_id", "integration_id"})
_ROW = build_row_request(SECTION_ROW)
_ROW_BEFORE_DELETE = build_row_request(SECTION_ROW, frozenset({"student_count", "may_manage_calendar"}))


def create_section(session: WriteSession, command: Create) -> Steps[CommandResult]:
    """Create a section in a course."""
    values, options = command.values, command.options
    if command.parent is None:
        return rejected(bad_input("required to create a section", "course"))
    if problems := NEW_SECTION.validate(values, options):
        return rejected(*problems)
    reply = yield from session.send_values(_CREATE, command.parent.id, values=values, options=options)
    record, stored = session.add_row(_ROW, reply)
    return confirmed(record, verify_stored(values, stored, options))


def update_section(session: WriteSession, command: Update) -> Steps[CommandResult]:
    """Update a section."""
    key, values, options = command.key, command.values, command.options
    if problems := SECTION.validate(values, options) or SECTION.validate_update(values):
        return rejected(*problems)
    operation = _UPDATE_SIS_IDS if values.keys() & _SIS_IDS else _UPDATE
    reply = yield from session.send_values(operation, key.id, values=values, options=options)
    record, stored = session.add_row(_ROW, reply, key)
    return confirmed(record, verify_stored(values, stored, options))


def delete_section(session: WriteSession, command: Delete) -> Steps[CommandResult]:
    """Delete a section without enrollments; the record is the section before."""
    fields = frozenset({"name", "course_id"})
    former = yield from session.read_before(_DELETE, "/sections/:id", command.key, _ROW_BEFORE_DELETE, fields)
    yield from session.send(_DELETE, command.key.id)
    session.store.mark_absent(former.key)
    return confirmed(former)


def cross_list(session: WriteSession, command: CrossList) -> Steps[CommandResult]:
    """Move a section to another course, or back to its original one."""
    override = command.override_sis_stickiness
    if command.course is None:
        params = (("override_sis_stickiness", "true" if override else "false"),)
        reply = yield from session.send(_UNDO_CROSS_LIST, command.section.id, params=params)
    else:
        ids = (command.section.id, command.course.id)
        body = {"override_sis_stickiness": override}
        reply = yield from session.send(_CROSS_LIST, *ids, json=body)
    return _verify_move(session, reply, command)


def _verify_move(session: WriteSession, reply: Reply, command: CrossList) -> CommandResult:
    """Report a section that did not move: Canvas answers 200 then as well."""
    record, _ = session.add_row(_ROW, reply, command.section)
    if not isinstance(record, Section) or record.course_id is None:
        raise UpstreamInvalid("the vendor's reply does not contain the section's course")
    if command.course is None:
        has_moved = record.original_course_id is None
    else:
        has_moved = is_same_id(record.course_id, command.course.id)
    if has_moved:
        return confirmed(record)
    message = "Canvas did not move the section"
    if not command.override_sis_stickiness:
        message += "; overrideSisStickiness is false"
    return confirmed(record, [conflict(message, "course" if command.course else "section")])
