"""Endpoints of course settings, and of permissions in courses and accounts.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update_settings
"""

import re
from collections.abc import Callable
from typing import Any

from lms_sandbox.canvas.courses.options import OPTIONS, flags_of, serialize_settings
from lms_sandbox.canvas.http.errors import validation_error
from lms_sandbox.canvas.http.permissions import CanvasViewer
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.data.models import Course

_MAX_ANNOUNCEMENTS = 15
_PERMISSIONS: tuple[tuple[Callable[[CanvasViewer, Course], bool], tuple[str, ...]], ...] = (
    (CanvasViewer.can_read_roster, (
        "read", "read_roster", "send_messages", "read_forum", "read_announcements",
    )),
    (CanvasViewer.can_edit_content, (
        "manage_course_content_add", "manage_course_content_edit", "manage_course_content_delete",
        "manage_files_add", "manage_files_edit", "manage_files_delete", "read_as_admin",
    )),
    (CanvasViewer.can_edit, (
        "update", "manage", "manage_sections_add", "manage_sections_edit", "manage_sections_delete",
    )),
    (CanvasViewer.can_manage, (
        "manage_students", "add_student_to_course", "remove_student_from_course", "use_student_view",
        "manage_courses_conclude", "manage_courses_publish", "manage_courses_reset", "create_announcement",
    )),
    (CanvasViewer.can_view_grades, (
        "manage_grades", "view_all_grades", "read_sis", "read_reports", "view_user_logins",
    )),
    (lambda viewer, course: viewer.administers(course.account_id), (
        "manage_sis", "manage_courses_add", "manage_courses_delete", "manage_courses_admin",
        "manage_storage_quotas", "undelete_courses", "manage_account_settings", "read_course_list",
        "become_user", "manage_role_overrides",
    )),
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
    return ObjectResponse(_select_permissions(request, lambda check: check(viewer, course)))


@route("GET", "/accounts/:account_id/permissions")
def show_account_permissions(request: CanvasRequest) -> ObjectResponse:
    is_admin = request.viewer.administers(request.account().id)
    return ObjectResponse(_select_permissions(request, lambda check: is_admin))


def _select_permissions(
    request: CanvasRequest, evaluate: Callable[[Callable[[CanvasViewer, Course], bool]], bool]
) -> dict[str, bool]:
    """Return the requested permissions, unknown ones as false; all if none is requested."""
    permissions = {name: evaluate(check) for check, names in _PERMISSIONS for name in names}
    requested = request.params.array("permissions")
    return {name: permissions.get(name, False) for name in requested or permissions}
