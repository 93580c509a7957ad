"""What answers which method and address.

Addresses are taken apart before they are decoded, so that an SIS id may hold an encoded slash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from lms_gateway.sandbox.canvas import (
    accounts,
    course_batch,
    course_extras,
    course_settings,
    course_writes,
    courses,
    enrollment_writes,
    enrollments,
    progress,
    roster,
    section_writes,
    sections,
    users,
)
from lms_gateway.sandbox.canvas.ask import Answer, Ask

Read = Callable[[Ask], Answer]

_READS: dict[str, Read] = {
    "/accounts": accounts.list_own,
    "/accounts/:id": accounts.show,
    "/accounts/:account_id/courses": courses.list_of_account,
    "/accounts/:account_id/courses/:id": courses.show_in_account,
    "/accounts/:account_id/enrollments/:id": enrollments.show,
    "/accounts/:account_id/permissions": course_settings.show_account_permissions,
    "/accounts/:account_id/sub_accounts": accounts.list_parts,
    "/accounts/:account_id/terms": accounts.list_terms,
    "/accounts/:account_id/terms/:id": accounts.show_term,
    "/accounts/:account_id/users": users.list_of_account,
    "/course_accounts": accounts.list_of_courses,
    "/courses": courses.list_own,
    "/courses/:id": courses.show,
    "/courses/:course_id/course_copy/:id": course_extras.show_copy,
    "/courses/:course_id/enrollments": enrollments.list_of_course,
    "/courses/:course_id/permissions": course_settings.show_permissions,
    "/courses/:course_id/search_users": roster.list_users,
    "/courses/:course_id/sections": sections.list_of_course,
    "/courses/:course_id/sections/:id": sections.show_in_course,
    "/courses/:course_id/settings": course_settings.show,
    "/courses/:course_id/student_view_student": course_extras.show_test_student,
    "/courses/:course_id/students": roster.list_students,
    "/courses/:course_id/users": roster.list_users,
    "/courses/:course_id/users/:id": roster.show_user,
    "/manageable_accounts": accounts.list_manageable,
    "/progress/:id": progress.show,
    "/sections/:id": sections.show,
    "/sections/:id/users": sections.list_users,
    "/sections/:section_id/enrollments": enrollments.list_of_section,
    "/users/:id": users.show,
    "/users/:user_id/courses": courses.list_of_user,
    "/users/:user_id/enrollments": enrollments.list_of_user,
    "/users/:user_id/profile": users.show_profile,
}


_WRITES: dict[str, dict[str, Read]] = {
    "POST": {
        "/accounts/:account_id/courses": course_writes.create,
        "/courses/:course_id/course_copy": course_extras.copy,
        "/courses/:course_id/enrollments": enrollment_writes.create_in_course,
        "/courses/:course_id/files": course_extras.prepare_upload,
        "/courses/:course_id/reset_content": course_writes.reset,
        "/courses/:course_id/sections": section_writes.create,
        "/courses/:id/dismiss_migration_limitation_message": course_extras.dismiss_alert,
        "/progress/:id/cancel": progress.cancel,
        "/sections/:id/crosslist/:new_course_id": section_writes.crosslist,
        "/sections/:section_id/enrollments": enrollment_writes.create_in_section,
    },
    "PUT": {
        "/accounts/:account_id/courses": course_batch.start,
        "/courses/:course_id/enrollments/:id/reactivate": enrollment_writes.reactivate,
        "/courses/:course_id/settings": course_settings.update,
        "/courses/:id": course_writes.update,
        "/sections/:id": section_writes.update,
    },
    "DELETE": {
        "/courses/:course_id/enrollments/:id": enrollment_writes.end,
        "/courses/:id": course_writes.delete,
        "/sections/:id": section_writes.delete,
        "/sections/:id/crosslist": section_writes.uncrosslist,
    },
}


@dataclass(frozen=True, slots=True)
class Route:
    read: Read
    scope: str  # what a scoped developer key must hold
    ids: dict[str, str]  # decoded


# By method, length and fixed words: where two patterns fit, they differ in none of these.
_SHAPES = {
    (method, pattern.count("/"), tuple(pattern.split("/")[1::2])): (pattern, read)
    for method, patterns in {"GET": _READS, **_WRITES}.items()
    for pattern, read in patterns.items()
}


def find_route(method: str, path: str) -> Route | None:
    """What answers an encoded path below `/api/v1`; None where Canvas has none of the kind."""
    method = "GET" if method == "HEAD" else method
    if path.endswith(".json"):
        path = path.removesuffix(".json")
    parts = path.split("/")
    found = _SHAPES.get((method, path.count("/"), tuple(parts[1::2])))
    if found is None or not all(parts[1:]):
        return None
    pattern, read = found
    names = pattern.split("/")[2::2]
    values = [unquote(part) for part in parts[2::2]]
    ids = {name.removeprefix(":"): value for name, value in zip(names, values, strict=True)}
    return Route(read, f"url:{method}|/api/v1{pattern}", ids)
