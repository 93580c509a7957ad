"""Operations on courses that only Canvas has: bulk events, settings, copies, alerts, uploads.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from typing import Any

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    CommandResult,
    CommandStatus,
    CopyCourse,
    CreateTestStudent,
    DismissQuizMigrationAlert,
    RequestFileUpload,
    UpdateSettings,
)
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.canvas.rows.converters import to_bool
from lms_gateway.vendors.canvas.rows.documents import expect_object, read_course_copy, read_settings
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.canvas.rows.sources import ENROLLED_USER, PROGRESS_ROW, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import COPYABLE_CONTENT, SETTINGS, InputMapping
from lms_gateway.vendors.canvas.writes.session import WriteOperation, WriteSession, confirmed
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.results import bad_input, conflict, not_found, rejected
from lms_gateway.vendors.shared.steps import Steps

MAX_BULK_COURSES = 500
"""Courses in one `PUT /accounts/:id/courses`."""

_NOT_FOUND = not_found("course", "course")
_UPLOAD_NAMES = ("name", "size", "content_type", "parent_folder_path", "on_duplicate")
_BULK_EVENT = WriteOperation("PUT", "/accounts/:account_id/courses", not_found("account", "account"))
_SETTINGS = WriteOperation("PUT", "/courses/:course_id/settings", _NOT_FOUND, mapping=SETTINGS)
_COPY = WriteOperation("POST", "/courses/:course_id/course_copy", not_found("course"))
_DISMISS_ALERT = WriteOperation(
    "POST", "/courses/:id/dismiss_migration_limitation_message", not_found("course or alert", "course")
)
# A GET that creates the test student if there is none, so it is sent as a write.
_TEST_STUDENT = WriteOperation("GET", "/courses/:course_id/student_view_student", _NOT_FOUND)
_UPLOAD = WriteOperation(
    "POST",
    "/courses/:course_id/files",
    _NOT_FOUND,
    conflict("Canvas rejected the file; the course may have no storage left"),
    InputMapping("files", "", {name: name for name in _UPLOAD_NAMES}),
)


def apply_course_event(session: WriteSession, command: BulkCourseEvent) -> Steps[CommandResult]:
    """Start a job that changes the state of courses; the record is its Progress."""
    if not 0 < len(command.courses) <= MAX_BULK_COURSES:
        return rejected(bad_input(f"must contain 1 to {MAX_BULK_COURSES} courses", "courses"))
    if any(parse_id(id) is None for id in command.courses):
        return rejected(bad_input("not the id of a Canvas course", "courses"))
    account = "self" if command.account is None else command.account.id
    body = {"course_ids": list(command.courses), "event": command.event.value.lower()}
    reply = yield from session.send(_BULK_EVENT, account, json=body)
    record, _ = session.add_row(build_row_request(PROGRESS_ROW), reply)
    return CommandResult(CommandStatus.ACCEPTED, record)


def update_settings(session: WriteSession, command: UpdateSettings) -> Steps[CommandResult]:
    """Update a course's settings; `detail` is all settings as stored."""
    if problems := SETTINGS.validate_update(command.values):
        return rejected(*problems)
    reply = yield from session.send_values(_SETTINGS, command.course.id, values=command.values)
    stored = expect_object(reply.decode())
    problems = verify_stored(command.values, stored)
    return confirmed(_course(session, command.course), problems, read_settings(stored))


def copy_course(session: WriteSession, command: CopyCourse) -> Steps[CommandResult]:
    """Start a job that copies another course's content into a course; `detail` is the job."""
    selections = {"only": command.included, "except": command.excluded}
    if None not in selections.values():
        return rejected(bad_input("`only` and `except` must not be combined", "only"))
    problems = [
        bad_input(f"Canvas copies only {', '.join(sorted(COPYABLE_CONTENT))}", name)
        for name, kinds in selections.items()
        if not COPYABLE_CONTENT.issuperset(kinds or ())
    ]
    if parse_id(command.source_id) is None:
        problems.append(bad_input("not the id of a Canvas course", "source"))
    if problems:
        return rejected(*problems)
    body: dict[str, Any] = {"source_course": command.source_id}
    body |= {name: list(kinds) for name, kinds in selections.items() if kinds}
    reply = yield from session.send(_COPY, command.course.id, json=body)
    job = read_course_copy(reply.decode())
    if job.get("id") is None:
        raise UpstreamInvalid("the vendor's reply is not a course copy")
    return CommandResult(CommandStatus.ACCEPTED, _course(session, command.course), detail=job)


def dismiss_alert(session: WriteSession, command: DismissQuizMigrationAlert) -> Steps[CommandResult]:
    """Dismiss the quiz migration alert of a course, for the viewer."""
    reply = yield from session.send(_DISMISS_ALERT, command.course.id)
    if reply.body.strip() and to_bool(expect_object(reply.decode()).get("success")) is False:
        return rejected(conflict("Canvas did not dismiss the alert", "course"))
    return confirmed(_course(session, command.course))


def create_test_student(session: WriteSession, command: CreateTestStudent) -> Steps[CommandResult]:
    """Return the course's test student, creating it if there is none."""
    reply = yield from session.send(_TEST_STUDENT, command.course.id)
    return confirmed(session.add_row(build_row_request(ENROLLED_USER), reply)[0])


def request_upload(session: WriteSession, command: RequestFileUpload) -> Steps[CommandResult]:
    """Request an upload URL; `detail` is the URL and the form fields to send to it.

    https://developerdocs.instructure.com/services/canvas/basics/file.file_uploads
    """
    parameters = {name: getattr(command, name) for name in _UPLOAD_NAMES}
    body = {name: value for name, value in parameters.items() if value is not None}
    reply = yield from session.send(_UPLOAD, command.course.id, json=body)
    row = expect_object(reply.decode())
    if not isinstance(row.get("upload_url"), str):
        raise UpstreamInvalid("the vendor's reply does not contain an upload URL")
    upload = {key: row.get(key) for key in ("upload_url", "upload_params", "file_param")}
    return confirmed(_course(session, command.course), detail=upload)


def _course(session: WriteSession, key: Key) -> Record:
    return session.store.merge(Kind.COURSE, key.id, {})
