"""Maps a command to the steps that carry it out, without I/O."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from lms_gateway.domain import commands as cmd
from lms_gateway.domain.commands import Command, CommandResult, VendorOperation
from lms_gateway.domain.errors import BadInput, LmsError, Unsupported
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.canvas.rows.ids import is_canonical
from lms_gateway.vendors.canvas.writes import (
    access_tokens,
    calendars,
    course_jobs,
    courses,
    enrollments,
    notifications,
    reports,
    sections,
)
from lms_gateway.vendors.canvas.writes.session import WriteSession
from lms_gateway.vendors.shared.steps import Steps


class _Handler(NamedTuple):
    steps: Callable[[WriteSession, Any], Steps[CommandResult]]
    target: Kind | None = None  # of a VendorOperation
    creates: bool = False  # it changes no existing object


_HANDLERS: Mapping[object, _Handler] = {
    (cmd.Create, Kind.SECTION): _Handler(sections.create_section, creates=True),
    (cmd.Update, Kind.SECTION): _Handler(sections.update_section),
    (cmd.Delete, Kind.SECTION): _Handler(sections.delete_section),
    cmd.CrossList: _Handler(sections.cross_list),
    (cmd.Create, Kind.COURSE): _Handler(courses.create_course, creates=True),
    (cmd.Update, Kind.COURSE): _Handler(courses.update_course),
    (cmd.Delete, Kind.COURSE): _Handler(courses.delete_course),
    cmd.ResetCourse: _Handler(courses.reset_course),
    cmd.BulkCourseEvent: _Handler(course_jobs.apply_course_event),
    cmd.UpdateSettings: _Handler(course_jobs.update_settings),
    cmd.CopyCourse: _Handler(course_jobs.copy_course),
    cmd.DismissQuizMigrationAlert: _Handler(course_jobs.dismiss_alert),
    cmd.CreateTestStudent: _Handler(course_jobs.create_test_student),
    cmd.RequestFileUpload: _Handler(course_jobs.request_upload),
    (cmd.Create, Kind.ENROLLMENT): _Handler(enrollments.enroll, creates=True),
    (cmd.Update, Kind.ENROLLMENT): _Handler(enrollments.update_enrollment),
    (cmd.Delete, Kind.ENROLLMENT): _Handler(enrollments.delete_enrollment),
    cmd.Reactivate: _Handler(enrollments.reactivate),
    "create_access_token": _Handler(access_tokens.create_access_token, Kind.USER, creates=True),
    "update_access_token": _Handler(access_tokens.update_access_token, Kind.TOKEN),
    "delete_access_token": _Handler(access_tokens.delete_access_token, Kind.TOKEN),
    "update_calendar": _Handler(calendars.update_calendar, Kind.CALENDAR),
    "update_calendars": _Handler(calendars.update_calendars, Kind.ACCOUNT),
    "create_notification": _Handler(notifications.create_notification, Kind.ACCOUNT, creates=True),
    "update_notification": _Handler(notifications.update_notification, Kind.NOTIFICATION),
    "dismiss_notification": _Handler(notifications.dismiss_notification, Kind.NOTIFICATION),
    "start_report": _Handler(reports.start_report, Kind.ACCOUNT, creates=True),
    "delete_report": _Handler(reports.delete_report, Kind.REPORT),
    "abort_report": _Handler(reports.abort_report, Kind.REPORT),
}


def write_steps(session: WriteSession, command: Command) -> Steps[CommandResult]:
    """Return the steps of a command. Raises Unsupported if Canvas has no such operation."""
    return _run(session, command, _handler_of(command))


def ordering_key(command: Command) -> Key | None:
    """Return the object that a command changes, None if it only creates one.

    Commands with the same key must keep their order.
    """
    keys = _keys_of(command)
    return keys[0] if keys and not _handler_of(command).creates else None


def _handler_of(command: Command) -> _Handler:
    match command:
        case cmd.Create():
            handler = _HANDLERS.get((cmd.Create, command.kind))
        case cmd.Update() | cmd.Delete():
            handler = _HANDLERS.get((type(command), command.key.kind))
        case VendorOperation():
            handler = _HANDLERS.get(command.name)
        case _:
            handler = _HANDLERS.get(type(command))
    if handler is None:
        raise Unsupported("Canvas has no such operation")
    if isinstance(command, VendorOperation):
        # A new object may belong to the viewer or the root account, which need not be named.
        kind = None if command.target is None else command.target.kind
        if kind is not handler.target and not (kind is None and handler.creates):
            raise Unsupported(f"Canvas has this operation only for a {handler.target}")
    return handler


def _run(session: WriteSession, command: Command, handler: _Handler) -> Steps[CommandResult]:
    try:
        for key in _keys_of(command):
            if not is_canonical(key):
                raise BadInput(f"not the id of a Canvas {key.kind}")
        return (yield from handler.steps(session, command))
    except LmsError as error:
        return session.result_for_error(error)


def _keys_of(command: Command) -> list[Key]:
    """Return the objects that a command refers to, the one that it changes first."""
    values = (getattr(command, field.name) for field in fields(command))
    return [value for value in values if isinstance(value, Key)]
