"""Endpoints of course settings, and of permissions in courses and accounts.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update_settings
"""

import re
from typing import Any

from lms_sandbox.canvas.courses.options import OPTIONS, flags_of, serialize_settings
from lms_sandbox.canvas.http.errors import validation_error
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route

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
    "manage_grades", "view_all_grades", "read_sis", "read_reports", "view_user_logins",
)  # fmt: skip
_ADMIN_PERMISSIONS = (
    "manage_sis", "manage_courses_add", "manage_courses_delete", "manage_courses_admin",
    "manage_storage_quotas", "undelete_courses", "manage_account_settings", "read_course_list",
    "become_user", "manage_role_overrides",
)  # fmt: skip


@route("GET", "/courses/:course_id/settings")
def show(request: CanvasRequest) -> ObjectResponse:
    return ObjectResponse(serialize_settings(request, request.course()))


@route("PUT", "/courses/:course_id/settings")
def update(request: CanvasRequest) -> ObjectResponse:
    """Change settings. In contrast to other writes, the parameters are not nested."""
    course = request.course()
    request.require(request.viewer.can_edit(course))
    params = request.params
    options: dict[str, Any] = {
        name: flag for name in flags_of("settings") if (flag := params.flag(name)) is not None
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
        default = OPTIONS["default_due_time"].default
        options["default_due_time"] = default if due_time == "inherit" else due_time
    request.school.change(course, options={**course.options, **options})
    return ObjectResponse(serialize_settings(request, course))


@route("GET", "/courses/:course_id/permissions")
def show_permissions(request: CanvasRequest) -> ObjectResponse:
    course, viewer = request.course(), request.viewer
    permissions = dict.fromkeys(_READ_PERMISSIONS, viewer.can_read_roster(course))
    permissions |= dict.fromkeys(_CONTENT_PERMISSIONS, viewer.can_edit_content(course))
    permissions |= dict.fromkeys(_UPDATE_PERMISSIONS, viewer.can_edit(course))
    permissions |= dict.fromkeys(_TEACHER_PERMISSIONS, viewer.can_manage(course))
    permissions |= dict.fromkeys(_GRADER_PERMISSIONS, viewer.can_view_grades(course))
    permissions |= dict.fromkeys(_ADMIN_PERMISSIONS, viewer.administers(course.account_id))
    return ObjectResponse(_select_permissions(request, permissions))


@route("GET", "/accounts/:account_id/permissions")
def show_account_permissions(request: CanvasRequest) -> ObjectResponse:
    course_names = (*_READ_PERMISSIONS, *_CONTENT_PERMISSIONS, *_UPDATE_PERMISSIONS)
    names = (*course_names, *_TEACHER_PERMISSIONS, *_GRADER_PERMISSIONS, *_ADMIN_PERMISSIONS)
    permissions = dict.fromkeys(names, request.viewer.administers(request.account().id))
    return ObjectResponse(_select_permissions(request, permissions))


def _select_permissions(request: CanvasRequest, permissions: dict[str, bool]) -> dict[str, bool]:
    """Return the requested permissions, unknown ones as false; all if none is requested."""
    requested = request.params.array("permissions")
    return {name: permissions.get(name, False) for name in requested or permissions}
