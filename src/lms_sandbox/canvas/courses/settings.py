"""A course's settings, and what the caller may do there and in an account.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update_settings
"""

from __future__ import annotations

import re
from typing import Any

from lms_sandbox.canvas.courses.settings_defaults import (
    CHANGEABLE_FLAGS,
    DEFAULTS,
    serialize_settings,
)
from lms_sandbox.canvas.http.errors import validation_error
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse, ObjectResponse

_MAX_ANNOUNCEMENTS = 15
_READ_PERMISSIONS = ("read", "read_roster", "send_messages", "read_forum", "read_announcements")
_CONTENT_PERMISSIONS = (
    "manage_course_content_add", "manage_course_content_edit", "manage_course_content_delete",
    "manage_files_add", "manage_files_edit", "manage_files_delete", "read_as_admin",
)  # fmt: skip
_UPDATE_PERMISSIONS = (
    "update", "manage", "manage_sections_add", "manage_sections_edit", "manage_sections_delete",
)  # fmt: skip
_TEACHER_PERMISSIONS = (
    "manage_students", "add_student_to_course", "remove_student_from_course", "use_student_view",
    "manage_courses_conclude", "manage_courses_publish", "manage_courses_reset",
    "create_announcement",
)  # fmt: skip
_GRADER_PERMISSIONS = (
    "manage_grades",
    "view_all_grades",
    "read_sis",
    "read_reports",
    "view_user_logins",
)
_ADMIN_PERMISSIONS = (
    "manage_sis", "manage_courses_add", "manage_courses_delete", "manage_courses_admin",
    "manage_storage_quotas", "undelete_courses", "manage_account_settings", "read_course_list",
    "become_user", "manage_role_overrides",
)  # fmt: skip


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/settings"""
    return ObjectResponse(serialize_settings(request, request.course()))


def update(request: CanvasRequest) -> CanvasResponse:
    """PUT /courses/:course_id/settings: the names stand at the top, not in a `course`."""
    course = request.course()
    if not request.viewer.can_edit(course):
        raise request.forbidden()
    params = request.params
    options: dict[str, Any] = {
        name: flag for name in CHANGEABLE_FLAGS if (flag := params.flag(name)) is not None
    }
    if "home_page_announcement_limit" in params:
        limit = params.integer("home_page_announcement_limit")
        if params.text("home_page_announcement_limit") and (
            limit is None or not 0 <= limit <= _MAX_ANNOUNCEMENTS
        ):
            message = f"must be from 0 to {_MAX_ANNOUNCEMENTS}"
            raise validation_error(request.quirks, "home_page_announcement_limit", message)
        options["home_page_announcement_limit"] = limit
    if due_time := params.text("default_due_time"):
        if due_time != "inherit" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", due_time):
            raise validation_error(request.quirks, "default_due_time", "Invalid due time")
        options["default_due_time"] = (
            DEFAULTS["default_due_time"] if due_time == "inherit" else due_time
        )
    request.school.change(course, options={**course.options, **options})
    return ObjectResponse(serialize_settings(request, course))


def show_permissions(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/permissions"""
    course, viewer = request.course(), request.viewer
    permissions = dict.fromkeys(_READ_PERMISSIONS, viewer.can_read_roster(course))
    permissions |= dict.fromkeys(_CONTENT_PERMISSIONS, viewer.can_edit_content(course))
    permissions |= dict.fromkeys(_UPDATE_PERMISSIONS, viewer.can_edit(course))
    permissions |= dict.fromkeys(_TEACHER_PERMISSIONS, viewer.can_manage(course))
    permissions |= dict.fromkeys(_GRADER_PERMISSIONS, viewer.can_view_grades(course))
    permissions |= dict.fromkeys(_ADMIN_PERMISSIONS, viewer.administers(course.account_id))
    return ObjectResponse(_select_permissions(request, permissions))


def show_account_permissions(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/permissions"""
    names = (
        *_READ_PERMISSIONS,
        *_CONTENT_PERMISSIONS,
        *_UPDATE_PERMISSIONS,
        *_TEACHER_PERMISSIONS,
        *_GRADER_PERMISSIONS,
        *_ADMIN_PERMISSIONS,
    )
    permissions = dict.fromkeys(names, request.viewer.administers(request.account().id))
    return ObjectResponse(_select_permissions(request, permissions))


def _select_permissions(request: CanvasRequest, permissions: dict[str, bool]) -> dict[str, bool]:
    """Those that were asked for, a name that is none being one that nobody has; else all."""
    requested = request.params.array("permissions")
    return (
        permissions if not requested else {name: permissions.get(name, False) for name in requested}
    )
