"""What answers which method and address.

Addresses are taken apart before they are decoded, so that an SIS id may hold an encoded slash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from lms_gateway.sandbox.canvas import (
    access_tokens,
    account_calendars,
    account_extras,
    accounts,
    course_batch,
    course_extras,
    course_settings,
    course_writes,
    courses,
    duties,
    enrollment_writes,
    enrollments,
    notifications,
    preview,
    progress,
    reports,
    roster,
    section_writes,
    sections,
    stream,
    users,
)
from lms_gateway.sandbox.canvas.ask import Answer, Ask

Read = Callable[[Ask], Answer]

_READS: dict[str, Read] = {
    "/account_calendars": account_calendars.list_available,
    "/account_calendars/:account_id": account_calendars.show,
    "/accounts": accounts.list_own,
    "/accounts/:id": accounts.show,
    "/accounts/:account_id/account_calendars": account_calendars.list_all,
    "/accounts/:account_id/account_notifications": notifications.list_own,
    "/accounts/:account_id/account_notifications/:id": notifications.show,
    "/accounts/:account_id/courses": courses.list_of_account,
    "/accounts/:account_id/courses/:id": courses.show_in_account,
    "/accounts/:account_id/enrollments/:id": enrollments.show,
    "/accounts/:account_id/help_links": account_extras.show_help_links,
    "/accounts/:account_id/permissions": course_settings.show_account_permissions,
    "/accounts/:account_id/reports": reports.list_available,
    "/accounts/:account_id/reports/:report": reports.list_runs,
    "/accounts/:account_id/reports/:report/:id": reports.show,
    "/accounts/:account_id/settings": account_extras.show_settings,
    "/accounts/:account_id/sub_accounts": accounts.list_parts,
    "/accounts/:account_id/terms": accounts.list_terms,
    "/accounts/:account_id/terms/:id": accounts.show_term,
    "/accounts/:account_id/terms_of_service": account_extras.show_terms_of_service,
    "/accounts/:account_id/users": users.list_of_account,
    "/accounts/:account_id/users/:user_id/account_notifications": notifications.list_own_by_user,
    "/accounts/:account_id/users/:user_id/account_notifications/:id": notifications.show_by_user,
    "/accounts/:account_id/visible_calendars_count": account_calendars.count_visible,
    "/accounts/search": account_extras.search_domains,
    "/course_accounts": accounts.list_of_courses,
    "/course_creation_accounts": accounts.list_for_creation,
    "/courses": courses.list_own,
    "/courses/:id": courses.show,
    "/courses/:course_id/activity_stream": stream.list_items,
    "/courses/:course_id/activity_stream/summary": stream.sum_up,
    "/courses/:course_id/bulk_user_progress": duties.list_progress,
    "/courses/:course_id/content_share_users": roster.list_share_users,
    "/courses/:course_id/course_copy/:id": course_extras.show_copy,
    "/courses/:course_id/effective_due_dates": duties.show_due_dates,
    "/courses/:course_id/enrollments": enrollments.list_of_course,
    "/courses/:course_id/permissions": course_settings.show_permissions,
    "/courses/:course_id/recent_students": roster.list_recent,
    "/courses/:course_id/search_users": roster.list_users,
    "/courses/:course_id/sections": sections.list_of_course,
    "/courses/:course_id/sections/:id": sections.show_in_course,
    "/courses/:course_id/settings": course_settings.show,
    "/courses/:course_id/student_view_student": course_extras.show_test_student,
    "/courses/:course_id/students": roster.list_students,
    "/courses/:course_id/todo": duties.list_todo,
    "/courses/:course_id/users": roster.list_users,
    "/courses/:course_id/users/:id": roster.show_user,
    "/courses/:course_id/users/:user_id/progress": duties.show_progress,
    "/manageable_accounts": accounts.list_manageable,
    "/manually_created_courses_account": account_extras.show_manual_account,
    "/progress/:id": progress.show,
    "/sections/:id": sections.show,
    "/sections/:id/users": sections.list_users,
    "/sections/:section_id/enrollments": enrollments.list_of_section,
    "/settings/environment": account_extras.show_environment,
    "/users/:id": users.show,
    "/users/:user_id/courses": courses.list_of_user,
    "/users/:user_id/enrollments": enrollments.list_of_user,
    "/users/:user_id/profile": users.show_profile,
    "/users/:user_id/tokens/:id": access_tokens.show,
    "/users/:user_id/user_generated_tokens": access_tokens.list_of_user,
}


_WRITES: dict[str, dict[str, Read]] = {
    "POST": {
        "/accounts/:account_id/account_notifications": notifications.create,
        "/accounts/:account_id/courses": course_writes.create,
        "/accounts/:account_id/reports/:report": reports.start,
        "/courses/:course_id/course_copy": course_extras.copy,
        "/courses/:course_id/enrollments": enrollment_writes.create_in_course,
        "/courses/:course_id/files": course_extras.prepare_upload,
        "/courses/:course_id/preview_html": preview.show,
        "/courses/:course_id/reset_content": course_writes.reset,
        "/courses/:course_id/sections": section_writes.create,
        "/courses/:id/dismiss_migration_limitation_message": course_extras.dismiss_alert,
        "/progress/:id/cancel": progress.cancel,
        "/sections/:id/crosslist/:new_course_id": section_writes.crosslist,
        "/sections/:section_id/enrollments": enrollment_writes.create_in_section,
        "/users/:user_id/tokens": access_tokens.create,
    },
    "PUT": {
        "/account_calendars/:account_id": account_calendars.update,
        "/accounts/:account_id/account_calendars": account_calendars.update_many,
        "/accounts/:account_id/account_notifications/:id": notifications.update,
        "/accounts/:account_id/courses": course_batch.start,
        "/accounts/:account_id/reports/:report/:id/abort": reports.abort,
        "/courses/:course_id/enrollments/:id/reactivate": enrollment_writes.reactivate,
        "/courses/:course_id/settings": course_settings.update,
        "/courses/:id": course_writes.update,
        "/sections/:id": section_writes.update,
        "/users/:user_id/tokens/:id": access_tokens.update,
    },
    "DELETE": {
        "/accounts/:account_id/account_notifications/:id": notifications.close,
        "/accounts/:account_id/reports/:report/:id": reports.delete,
        "/accounts/:account_id/users/:user_id/account_notifications/:id": (
            notifications.close_by_user
        ),
        "/courses/:course_id/enrollments/:id": enrollment_writes.end,
        "/courses/:id": course_writes.delete,
        "/sections/:id": section_writes.delete,
        "/sections/:id/crosslist": section_writes.uncrosslist,
        "/users/:user_id/tokens/:id": access_tokens.delete,
    },
}


@dataclass(frozen=True, slots=True)
class Route:
    read: Read
    scope: str  # what a scoped developer key must hold
    ids: dict[str, str]  # decoded


Patterns = dict[tuple[str, int, str], list[tuple[tuple[str, ...], str, Read]]]


def _sort_patterns() -> Patterns:
    """By method, length and first word; of those that fit an address, its own words come first."""
    found: Patterns = {}
    for method, patterns in {"GET": _READS, **_WRITES}.items():
        for pattern, read in patterns.items():
            parts = tuple(pattern.split("/"))
            found.setdefault((method, len(parts), parts[1]), []).append((parts, pattern, read))
    for fitting in found.values():
        fitting.sort(key=lambda one: [part.startswith(":") for part in one[0]])
    return found


_PATTERNS = _sort_patterns()


def find_route(method: str, path: str) -> Route | None:
    """What answers an encoded path below `/api/v1`; None where Canvas has none of the kind."""
    method = "GET" if method == "HEAD" else method
    given = path.removesuffix(".json").split("/")
    if len(given) < 2 or given[0] or not all(given[1:]):
        return None
    for parts, pattern, read in _PATTERNS.get((method, len(given), given[1]), ()):
        if all(part == word or part[:1] == ":" for part, word in zip(parts, given, strict=True)):
            ids = {
                part[1:]: unquote(word)
                for part, word in zip(parts, given, strict=True)
                if part[:1] == ":"
            }
            return Route(read, f"url:{method}|/api/v1{pattern}", ids)
    return None
