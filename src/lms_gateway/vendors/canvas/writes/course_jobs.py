"""What Canvas alone does with courses: states of many, settings, copies, alerts, uploads.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    CommandResult,
    CommandStatus,
    CopyCourse,
    CreateTestStudent,
    DismissQuizMigrationAlert,
    InputProblem,
    RequestFileUpload,
    UpdateSettings,
)
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.canvas.api.endpoints import write_endpoint
from lms_gateway.vendors.canvas.rows.converters import parse_id, to_bool
from lms_gateway.vendors.canvas.rows.documents import expect_object, read_course_copy, read_settings
from lms_gateway.vendors.canvas.rows.sources import ENROLLED_USER, PROGRESS_ROW, build_row_request
from lms_gateway.vendors.canvas.writes.input_mapping import COPYABLE_CONTENT, SETTINGS, encode_value
from lms_gateway.vendors.canvas.writes.session import NOTHING_TO_CHANGE, WriteSession, rejected
from lms_gateway.vendors.canvas.writes.verification import verify_stored
from lms_gateway.vendors.shared.steps import Steps

MAX_BULK_COURSES = 500
"""In one `PUT /accounts/:id/courses`."""


def apply_course_event(session: WriteSession, command: BulkCourseEvent) -> Steps[CommandResult]:
    """Bring courses to another state, as a job: its record is a Progress."""
    if not 0 < len(command.courses) <= MAX_BULK_COURSES:
        message = f"Canvas changes 1 to {MAX_BULK_COURSES} courses at a time"
        return rejected(InputProblem("BAD_USER_INPUT", message, "courses"))
    if any(parse_id(id) is None for id in command.courses):
        return rejected(InputProblem("BAD_USER_INPUT", "not the id of a Canvas course", "courses"))
    session.missing = InputProblem(
        "NOT_FOUND", "Canvas knows no such account, or hides it", "account"
    )
    account = "self" if command.account is None else command.account.id
    body = {"course_ids": list(command.courses), "event": command.event.value.lower()}
    template = "/accounts/:account_id/courses"
    reply = yield from session.send(write_endpoint("PUT", template, account, json=body))
    record, _ = session.add_row(build_row_request(PROGRESS_ROW), reply.decode())
    return CommandResult(CommandStatus.ACCEPTED, record)


def update_settings(session: WriteSession, command: UpdateSettings) -> Steps[CommandResult]:
    """Change a course's settings; `detail` are all of them as stored."""
    problems = SETTINGS.validate(command.values, {})
    if not problems and not command.values:
        problems = [NOTHING_TO_CHANGE]
    if problems:
        return rejected(*problems)
    session.field_names = SETTINGS.field_names
    session.missing = _not_found()
    body = {name: encode_value(value) for name, value in command.values.items()}
    template = "/courses/:course_id/settings"
    reply = yield from session.send(write_endpoint("PUT", template, command.course.id, json=body))
    stored = expect_object(reply.decode())
    mismatches = verify_stored(command.values, stored, {})
    return _course_result(
        session, command.course, CommandStatus.CONFIRMED, read_settings(stored), mismatches
    )


def copy_course(session: WriteSession, command: CopyCourse) -> Steps[CommandResult]:
    """Copy another course's content in, as a job; `detail` is how far it is."""
    if command.included is not None and command.excluded is not None:
        return rejected(InputProblem("BAD_USER_INPUT", "give `only` or `except`, not both", "only"))
    selections = {"only": command.included, "except": command.excluded}
    problems = [
        InputProblem("BAD_USER_INPUT", "not a kind of content that Canvas copies", name)
        for name, kinds in selections.items()
        if not COPYABLE_CONTENT.issuperset(kinds or ())
    ]
    if parse_id(command.source_id) is None:
        problems.append(InputProblem("BAD_USER_INPUT", "not the id of a Canvas course", "source"))
    if problems:
        return rejected(*problems)
    session.missing = InputProblem("NOT_FOUND", "Canvas knows no such course, or hides it")
    body: dict[str, Any] = {"source_course": command.source_id}
    body |= {name: list(kinds) for name, kinds in selections.items() if kinds}
    template = "/courses/:course_id/course_copy"
    reply = yield from session.send(write_endpoint("POST", template, command.course.id, json=body))
    job = read_course_copy(reply.decode())
    if job.get("id") is None:
        raise UpstreamInvalid("the vendor's reply is not a course copy")
    return _course_result(session, command.course, CommandStatus.ACCEPTED, job)


def dismiss_alert(
    session: WriteSession, command: DismissQuizMigrationAlert
) -> Steps[CommandResult]:
    """Dismiss the quiz migration alert of a course, for the viewer."""
    message = "Canvas knows no such course, hides it, or shows the viewer no such alert there"
    session.missing = InputProblem("NOT_FOUND", message, "course")
    template = "/courses/:id/dismiss_migration_limitation_message"
    reply = yield from session.send(write_endpoint("POST", template, command.course.id))
    if reply.body.strip() and to_bool(expect_object(reply.decode()).get("success")) is False:
        return rejected(InputProblem("CONFLICT", "Canvas did not dismiss the alert", "course"))
    return _course_result(session, command.course, CommandStatus.CONFIRMED)


def create_test_student(session: WriteSession, command: CreateTestStudent) -> Steps[CommandResult]:
    """Make the course's test student, or find it. A GET, and nothing to send twice."""
    session.missing = _not_found()
    template = "/courses/:course_id/student_view_student"
    reply = yield from session.send(write_endpoint("GET", template, command.course.id))
    record, _ = session.add_row(build_row_request(ENROLLED_USER), reply.decode())
    return CommandResult(CommandStatus.CONFIRMED, record)


def request_upload(session: WriteSession, command: RequestFileUpload) -> Steps[CommandResult]:
    """Ask where to send a file; `detail` tells.

    https://developerdocs.instructure.com/services/canvas/basics/file.file_uploads
    """
    session.missing = _not_found()
    session.rejection = InputProblem(
        "CONFLICT", "Canvas takes no such file here; is there room for it?"
    )
    parameters = {
        "name": command.name,
        "size": command.size,
        "content_type": command.content_type,
        "parent_folder_path": command.parent_folder_path,
        "on_duplicate": command.on_duplicate,
    }
    session.field_names = {name: name for name in parameters}
    body = {name: value for name, value in parameters.items() if value is not None}
    template = "/courses/:course_id/files"
    reply = yield from session.send(write_endpoint("POST", template, command.course.id, json=body))
    row = expect_object(reply.decode())
    if not isinstance(row.get("upload_url"), str):
        raise UpstreamInvalid("the vendor's reply does not tell where to send the file")
    upload = {key: row.get(key) for key in ("upload_url", "upload_params", "file_param")}
    return _course_result(session, command.course, CommandStatus.CONFIRMED, upload)


def _course_result(
    session: WriteSession,
    course: Key,
    status: CommandStatus,
    detail: Mapping[str, Any] | None = None,
    problems: list[InputProblem] | None = None,
) -> CommandResult:
    """A result about a course, of which nothing else was learnt."""
    record = session.store.merge(Kind.COURSE, course.id, {})
    return CommandResult(status, record, problems or (), detail=detail or {})


def _not_found() -> InputProblem:
    return InputProblem("NOT_FOUND", "Canvas knows no such course, or hides it", "course")
