"""Routes: the handler of each method and path.

Paths are split before they are decoded, so a SIS id can contain an encoded slash.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from lms_sandbox.canvas.accounts import calendars, information, notifications, reports
from lms_sandbox.canvas.accounts import endpoints as accounts
from lms_sandbox.canvas.courses import (
    actions,
    activity_stream,
    assignments,
    batch,
    html_preview,
    progress,
    settings,
)
from lms_sandbox.canvas.courses import endpoints as courses
from lms_sandbox.canvas.courses import writes as course_writes
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse
from lms_sandbox.canvas.people import (
    access_tokens,
    course_users,
    enrollment_writes,
    enrollments,
    users,
)
from lms_sandbox.canvas.sections import endpoints as sections
from lms_sandbox.canvas.sections import writes as section_writes

Handler = Callable[[CanvasRequest], CanvasResponse]

_HANDLERS: dict[str, dict[str, Handler]] = {
    "GET": {
        "/account_calendars": calendars.list_available,
        "/account_calendars/:account_id": calendars.show,
        "/accounts": accounts.list_own,
        "/accounts/:id": accounts.show,
        "/accounts/:account_id/account_calendars": calendars.list_all,
        "/accounts/:account_id/account_notifications": notifications.list_own,
        "/accounts/:account_id/account_notifications/:id": notifications.show,
        "/accounts/:account_id/courses": courses.list_of_account,
        "/accounts/:account_id/courses/:id": courses.show_in_account,
        "/accounts/:account_id/enrollments/:id": enrollments.show,
        "/accounts/:account_id/help_links": information.show_help_links,
        "/accounts/:account_id/permissions": settings.show_account_permissions,
        "/accounts/:account_id/reports": reports.list_available,
        "/accounts/:account_id/reports/:report": reports.list_runs,
        "/accounts/:account_id/reports/:report/:id": reports.show,
        "/accounts/:account_id/settings": information.show_settings,
        "/accounts/:account_id/sub_accounts": accounts.list_sub_accounts,
        "/accounts/:account_id/terms": accounts.list_terms,
        "/accounts/:account_id/terms/:id": accounts.show_term,
        "/accounts/:account_id/terms_of_service": information.show_terms_of_service,
        "/accounts/:account_id/users": users.list_of_account,
        "/accounts/:account_id/users/:user_id/account_notifications": notifications.list_by_user,
        "/accounts/:account_id/users/:user_id/account_notifications/:id": (
            notifications.show_by_user
        ),
        "/accounts/:account_id/visible_calendars_count": calendars.count_visible,
        "/accounts/search": information.search_domains,
        "/course_accounts": accounts.list_course_accounts,
        "/course_creation_accounts": accounts.list_for_creation,
        "/courses": courses.list_own,
        "/courses/:id": courses.show,
        "/courses/:course_id/activity_stream": activity_stream.list_items,
        "/courses/:course_id/activity_stream/summary": activity_stream.summarize,
        "/courses/:course_id/bulk_user_progress": progress.list_progress,
        "/courses/:course_id/content_share_users": course_users.list_content_share_users,
        "/courses/:course_id/course_copy/:id": actions.show_copy,
        "/courses/:course_id/effective_due_dates": assignments.show_due_dates,
        "/courses/:course_id/enrollments": enrollments.list_of_course,
        "/courses/:course_id/permissions": settings.show_permissions,
        "/courses/:course_id/recent_students": course_users.list_recent_students,
        "/courses/:course_id/search_users": course_users.list_users,
        "/courses/:course_id/sections": sections.list_of_course,
        "/courses/:course_id/sections/:id": sections.show_in_course,
        "/courses/:course_id/settings": settings.show,
        "/courses/:course_id/student_view_student": actions.show_test_student,
        "/courses/:course_id/students": course_users.list_students,
        "/courses/:course_id/todo": assignments.list_todo,
        "/courses/:course_id/users": course_users.list_users,
        "/courses/:course_id/users/:id": course_users.show_user,
        "/courses/:course_id/users/:user_id/progress": progress.show_progress,
        "/manageable_accounts": accounts.list_manageable,
        "/manually_created_courses_account": information.show_manual_courses_account,
        "/progress/:id": batch.show_progress,
        "/sections/:id": sections.show,
        "/sections/:id/users": sections.list_users,
        "/sections/:section_id/enrollments": enrollments.list_of_section,
        "/settings/environment": information.show_environment,
        "/users/:id": users.show,
        "/users/:user_id/courses": courses.list_of_user,
        "/users/:user_id/enrollments": enrollments.list_of_user,
        "/users/:user_id/profile": users.show_profile,
        "/users/:user_id/tokens/:id": access_tokens.show,
        "/users/:user_id/user_generated_tokens": access_tokens.list_of_user,
    },
    "POST": {
        "/accounts/:account_id/account_notifications": notifications.create,
        "/accounts/:account_id/courses": course_writes.create,
        "/accounts/:account_id/reports/:report": reports.start,
        "/courses/:course_id/course_copy": actions.copy,
        "/courses/:course_id/enrollments": enrollment_writes.create_in_course,
        "/courses/:course_id/files": actions.prepare_upload,
        "/courses/:course_id/preview_html": html_preview.show,
        "/courses/:course_id/reset_content": course_writes.reset,
        "/courses/:course_id/sections": section_writes.create,
        "/courses/:id/dismiss_migration_limitation_message": actions.dismiss_alert,
        "/progress/:id/cancel": batch.cancel_progress,
        "/sections/:id/crosslist/:new_course_id": section_writes.crosslist,
        "/sections/:section_id/enrollments": enrollment_writes.create_in_section,
        "/users/:user_id/tokens": access_tokens.create,
    },
    "PUT": {
        "/account_calendars/:account_id": calendars.update,
        "/accounts/:account_id/account_calendars": calendars.update_many,
        "/accounts/:account_id/account_notifications/:id": notifications.update,
        "/accounts/:account_id/courses": batch.start,
        "/accounts/:account_id/reports/:report/:id/abort": reports.abort,
        "/courses/:course_id/enrollments/:id/reactivate": enrollment_writes.reactivate,
        "/courses/:course_id/settings": settings.update,
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
class CanvasRoute:
    """A handler, the scope it needs and the variables of the path."""

    handler: Handler
    scope: str  # of a scoped developer key, for example "url:GET|/api/v1/courses"
    path_params: dict[str, str]  # decoded


RouteTable = dict[tuple[str, int, str], list[tuple[tuple[str, ...], str, Handler]]]


def _build_route_table() -> RouteTable:
    """Return the routes by method, number of segments and first segment.

    Within a group, a literal segment comes before a variable: `/accounts/search` before
    `/accounts/:id`.
    """
    table: RouteTable = {}
    for method, patterns in _HANDLERS.items():
        for pattern, handler in patterns.items():
            parts = tuple(pattern.split("/"))
            table.setdefault((method, len(parts), parts[1]), []).append((parts, pattern, handler))
    for candidates in table.values():
        candidates.sort(key=lambda candidate: [part.startswith(":") for part in candidate[0]])
    return table


_ROUTE_TABLE = _build_route_table()


def find_route(method: str, path: str) -> CanvasRoute | None:
    """Return the route of an encoded path below `/api/v1`; None if Canvas has no such route."""
    method = "GET" if method == "HEAD" else method
    segments = path.removesuffix(".json").split("/")
    if len(segments) < 2 or segments[0] or not all(segments[1:]):
        return None
    for parts, pattern, handler in _ROUTE_TABLE.get((method, len(segments), segments[1]), ()):
        pairs = list(zip(parts, segments, strict=True))
        if all(part == segment or part.startswith(":") for part, segment in pairs):
            path_params = {
                part[1:]: unquote(segment) for part, segment in pairs if part.startswith(":")
            }
            return CanvasRoute(handler, f"url:{method}|/api/v1{pattern}", path_params)
    return None
