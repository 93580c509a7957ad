"""Which read answers which address.

Addresses are taken apart before they are decoded, so that an SIS id may hold an encoded slash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from lms_gateway.sandbox.canvas import accounts, courses, enrollments, roster, sections, users
from lms_gateway.sandbox.canvas.ask import Answer, Ask

Read = Callable[[Ask], Answer]

_READS: dict[str, Read] = {
    "/accounts": accounts.list_own,
    "/accounts/:id": accounts.show,
    "/accounts/:account_id/courses": courses.list_of_account,
    "/accounts/:account_id/courses/:id": courses.show_in_account,
    "/accounts/:account_id/enrollments/:id": enrollments.show,
    "/accounts/:account_id/sub_accounts": accounts.list_parts,
    "/accounts/:account_id/terms": accounts.list_terms,
    "/accounts/:account_id/terms/:id": accounts.show_term,
    "/accounts/:account_id/users": users.list_of_account,
    "/course_accounts": accounts.list_of_courses,
    "/courses": courses.list_own,
    "/courses/:id": courses.show,
    "/courses/:course_id/enrollments": enrollments.list_of_course,
    "/courses/:course_id/search_users": roster.list_users,
    "/courses/:course_id/sections": sections.list_of_course,
    "/courses/:course_id/sections/:id": sections.show_in_course,
    "/courses/:course_id/students": roster.list_students,
    "/courses/:course_id/users": roster.list_users,
    "/courses/:course_id/users/:id": roster.show_user,
    "/manageable_accounts": accounts.list_manageable,
    "/sections/:id": sections.show,
    "/sections/:id/users": sections.list_users,
    "/sections/:section_id/enrollments": enrollments.list_of_section,
    "/users/:id": users.show,
    "/users/:user_id/courses": courses.list_of_user,
    "/users/:user_id/enrollments": enrollments.list_of_user,
    "/users/:user_id/profile": users.show_profile,
}


@dataclass(frozen=True, slots=True)
class Route:
    read: Read
    scope: str  # what a scoped developer key must hold
    ids: dict[str, str]  # decoded


# By length and fixed words: where two patterns fit, they differ in neither.
_SHAPES = {
    (pattern.count("/"), tuple(pattern.split("/")[1::2])): (pattern, read)
    for pattern, read in _READS.items()
}


def find_route(path: str) -> Route | None:
    """The read of an encoded path below `/api/v1`; None where Canvas has none of the kind."""
    if path.endswith(".json"):
        path = path.removesuffix(".json")
    parts = path.split("/")
    found = _SHAPES.get((path.count("/"), tuple(parts[1::2])))
    if found is None or not all(parts[1:]):
        return None
    pattern, read = found
    names = pattern.split("/")[2::2]
    values = [unquote(part) for part in parts[2::2]]
    ids = {name.removeprefix(":"): value for name, value in zip(names, values, strict=True)}
    return Route(read, f"url:GET|/api/v1{pattern}", ids)
