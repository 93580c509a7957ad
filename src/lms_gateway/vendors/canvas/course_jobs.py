"""What Canvas alone does with courses: states of many, settings, copies, alerts, uploads.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.changes import (
    ChangeStates,
    CopyCourse,
    CreateTestStudent,
    DismissAlert,
    Problem,
    RequestUpload,
    Result,
    Status,
    UpdateSettings,
)
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.records import Key, Kind
from lms_gateway.vendors.canvas.calls import change
from lms_gateway.vendors.canvas.desk import NOTHING_GIVEN, Desk, refused
from lms_gateway.vendors.canvas.detail_values import object_of, read_copy, read_settings
from lms_gateway.vendors.canvas.echo import differences
from lms_gateway.vendors.canvas.includes import ENROLLED_USER, PROGRESS_ROW, request
from lms_gateway.vendors.canvas.payloads import CONTENT, SETTINGS, write
from lms_gateway.vendors.canvas.values import flag, read_id
from lms_gateway.vendors.reads import Steps

MOST_COURSES = 500
"""In one `PUT /accounts/:id/courses`."""


def change_states(desk: Desk, new: ChangeStates) -> Steps[Result]:
    """Bring courses to another state, as a job: its record is a Progress."""
    if not 0 < len(new.courses) <= MOST_COURSES:
        why = f"Canvas changes 1 to {MOST_COURSES} courses at a time"
        return refused(Problem("BAD_USER_INPUT", why, "courses"))
    if any(read_id(id) is None for id in new.courses):
        return refused(Problem("BAD_USER_INPUT", "not the id of a Canvas course", "courses"))
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such account, or hides it", "account")
    account = "self" if new.account is None else new.account.id
    body = {"course_ids": list(new.courses), "event": new.event.value.lower()}
    endpoint = "/accounts/:account_id/courses"
    reply = yield from desk.send(change("PUT", endpoint, account, json=body))
    record, _ = desk.learn(request(PROGRESS_ROW), reply.decode())
    return Result(Status.ACCEPTED, record)


def update_settings(desk: Desk, new: UpdateSettings) -> Steps[Result]:
    """Change a course's settings; `detail` are all of them as stored."""
    problems = SETTINGS.refuse(new.values, {})
    if not problems and not new.values:
        problems = [NOTHING_GIVEN]
    if problems:
        return refused(*problems)
    desk.names = SETTINGS.names
    desk.unknown = _unknown()
    body = {name: write(value) for name, value in new.values.items()}
    endpoint = "/courses/:course_id/settings"
    reply = yield from desk.send(change("PUT", endpoint, new.course.id, json=body))
    stored = object_of(reply.decode())
    kept = differences(new.values, stored, {})
    return _about(desk, new.course, Status.CONFIRMED, read_settings(stored), kept)


def copy_course(desk: Desk, new: CopyCourse) -> Steps[Result]:
    """Copy another course's content in, as a job; `detail` is how far it is."""
    if new.only is not None and new.leave_out is not None:
        return refused(Problem("BAD_USER_INPUT", "give `only` or `except`, not both", "only"))
    chosen = {"only": new.only, "except": new.leave_out}
    problems = [
        Problem("BAD_USER_INPUT", "not a kind of content that Canvas copies", name)
        for name, kinds in chosen.items()
        if not CONTENT.issuperset(kinds or ())
    ]
    if read_id(new.source) is None:
        problems.append(Problem("BAD_USER_INPUT", "not the id of a Canvas course", "source"))
    if problems:
        return refused(*problems)
    desk.unknown = Problem("NOT_FOUND", "Canvas knows no such course, or hides it")
    body: dict[str, Any] = {"source_course": new.source}
    body |= {name: list(kinds) for name, kinds in chosen.items() if kinds}
    endpoint = "/courses/:course_id/course_copy"
    reply = yield from desk.send(change("POST", endpoint, new.course.id, json=body))
    job = read_copy(reply.decode())
    if job.get("id") is None:
        raise UpstreamInvalid("the vendor's reply is not a course copy")
    return _about(desk, new.course, Status.ACCEPTED, job)


def dismiss_alert(desk: Desk, alert: DismissAlert) -> Steps[Result]:
    """Dismiss the quiz migration alert of a course, for the viewer."""
    why = "Canvas knows no such course, hides it, or shows the viewer no such alert there"
    desk.unknown = Problem("NOT_FOUND", why, "course")
    endpoint = "/courses/:id/dismiss_migration_limitation_message"
    reply = yield from desk.send(change("POST", endpoint, alert.course.id))
    if reply.body.strip() and flag(object_of(reply.decode()).get("success")) is False:
        return refused(Problem("CONFLICT", "Canvas did not dismiss the alert", "course"))
    return _about(desk, alert.course, Status.CONFIRMED)


def create_test_student(desk: Desk, new: CreateTestStudent) -> Steps[Result]:
    """Make the course's test student, or find it. A GET, and nothing to send twice."""
    desk.unknown = _unknown()
    endpoint = "/courses/:course_id/student_view_student"
    reply = yield from desk.send(change("GET", endpoint, new.course.id))
    record, _ = desk.learn(request(ENROLLED_USER), reply.decode())
    return Result(Status.CONFIRMED, record)


def request_upload(desk: Desk, new: RequestUpload) -> Steps[Result]:
    """Ask where to send a file; `detail` tells.

    https://developerdocs.instructure.com/services/canvas/basics/file.file_uploads
    """
    desk.unknown = _unknown()
    desk.meaning = Problem("CONFLICT", "Canvas takes no such file here; is there room for it?")
    sent = {
        "name": new.name,
        "size": new.size,
        "content_type": new.content_type,
        "parent_folder_path": new.parent_folder_path,
        "on_duplicate": new.on_duplicate,
    }
    desk.names = {name: name for name in sent}
    body = {name: value for name, value in sent.items() if value is not None}
    endpoint = "/courses/:course_id/files"
    reply = yield from desk.send(change("POST", endpoint, new.course.id, json=body))
    row = object_of(reply.decode())
    if not isinstance(row.get("upload_url"), str):
        raise UpstreamInvalid("the vendor's reply does not tell where to send the file")
    told = {key: row.get(key) for key in ("upload_url", "upload_params", "file_param")}
    return _about(desk, new.course, Status.CONFIRMED, told)


def _about(
    desk: Desk,
    course: Key,
    status: Status,
    detail: Mapping[str, Any] | None = None,
    problems: list[Problem] | None = None,
) -> Result:
    """A result about a course, of which nothing else was learnt."""
    record = desk.store.learn(Kind.COURSE, course.id, {})
    return Result(status, record, problems or (), detail=detail or {})


def _unknown() -> Problem:
    return Problem("NOT_FOUND", "Canvas knows no such course, or hides it", "course")
