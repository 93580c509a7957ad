"""A course's settings, and what the caller may do there and in an account.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update_settings
"""

from __future__ import annotations

import re
from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, One
from lms_gateway.sandbox.canvas.course_options import CHANGEABLE_FLAGS, DEFAULTS, tell_settings
from lms_gateway.sandbox.canvas.refusals import invalid

_MOST_ANNOUNCEMENTS = 15
_READERS = ("read", "read_roster", "send_messages", "read_forum", "read_announcements")
_EDITORS = (
    "manage_course_content_add", "manage_course_content_edit", "manage_course_content_delete",
    "manage_files_add", "manage_files_edit", "manage_files_delete", "read_as_admin",
)  # fmt: skip
_UPDATERS = (
    "update", "manage", "manage_sections_add", "manage_sections_edit", "manage_sections_delete",
)  # fmt: skip
_TEACHERS = (
    "manage_students", "add_student_to_course", "remove_student_from_course", "use_student_view",
    "manage_courses_conclude", "manage_courses_publish", "manage_courses_reset",
    "create_announcement",
)  # fmt: skip
_GRADERS = ("manage_grades", "view_all_grades", "read_sis", "read_reports", "view_user_logins")
_ADMINISTRATORS = (
    "manage_sis", "manage_courses_add", "manage_courses_delete", "manage_courses_admin",
    "manage_storage_quotas", "undelete_courses", "manage_account_settings", "read_course_list",
    "become_user", "manage_role_overrides",
)  # fmt: skip


def show(ask: Ask) -> Answer:
    """GET /courses/:course_id/settings"""
    return One(tell_settings(ask, ask.course()))


def update(ask: Ask) -> Answer:
    """PUT /courses/:course_id/settings: the names stand at the top, not in a `course`."""
    course = ask.course()
    if not ask.viewer.edits(course):
        raise ask.refuse()
    params = ask.params
    options: dict[str, Any] = {
        name: flag for name in CHANGEABLE_FLAGS if (flag := params.flag(name)) is not None
    }
    if "home_page_announcement_limit" in params:
        limit = params.number("home_page_announcement_limit")
        if params.text("home_page_announcement_limit") and (
            limit is None or not 0 <= limit <= _MOST_ANNOUNCEMENTS
        ):
            message = f"must be from 0 to {_MOST_ANNOUNCEMENTS}"
            raise invalid(ask.habits, "home_page_announcement_limit", message)
        options["home_page_announcement_limit"] = limit
    if due := params.text("default_due_time"):
        if due != "inherit" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", due):
            raise invalid(ask.habits, "default_due_time", "Invalid due time")
        options["default_due_time"] = DEFAULTS["default_due_time"] if due == "inherit" else due
    ask.school.change(course, options={**course.options, **options})
    return One(tell_settings(ask, course))


def show_permissions(ask: Ask) -> Answer:
    """GET /courses/:course_id/permissions"""
    course, viewer = ask.course(), ask.viewer
    held = dict.fromkeys(_READERS, viewer.sees_roster(course))
    held |= dict.fromkeys(_EDITORS, viewer.edits_content(course))
    held |= dict.fromkeys(_UPDATERS, viewer.edits(course))
    held |= dict.fromkeys(_TEACHERS, viewer.teaches(course))
    held |= dict.fromkeys(_GRADERS, viewer.sees_grades(course))
    held |= dict.fromkeys(_ADMINISTRATORS, viewer.administers(course.account_id))
    return One(_asked_of(ask, held))


def show_account_permissions(ask: Ask) -> Answer:
    """GET /accounts/:account_id/permissions"""
    names = (*_READERS, *_EDITORS, *_UPDATERS, *_TEACHERS, *_GRADERS, *_ADMINISTRATORS)
    held = dict.fromkeys(names, ask.viewer.administers(ask.account().id))
    return One(_asked_of(ask, held))


def _asked_of(ask: Ask, held: dict[str, bool]) -> dict[str, bool]:
    """Those that were asked for, a name that is none being one that nobody has; else all."""
    asked = ask.params.array("permissions")
    return held if not asked else {name: held.get(name, False) for name in asked}
