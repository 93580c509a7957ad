"""The endpoints of Schoology that are read.

https://developers.schoology.com/api-documentation/rest-api-v1
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Self
from urllib.parse import quote

from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Call, Params

_PLACEHOLDER = re.compile(r":(?:id|code)\b")


def endpoint(template: str, *values: str, params: Params = ()) -> Call:
    """Return the GET of an endpoint, its `:id` and `:code` placeholders filled in order."""
    literals = _literals(template)
    if len(values) == 1 and values[0].isalnum() and values[0].isascii():
        path = f"{literals[0]}{values[0]}{literals[1]}"  # an id: nearly every call
    else:
        encoded = (quote(value, safe="") for value in values)
        path = "".join(chain(literals[:1], *zip(encoded, literals[1:], strict=True)))
    return Call(path, template, params)


@cache
def _literals(template: str) -> list[str]:
    return _PLACEHOLDER.split(template)


@dataclass(frozen=True, slots=True)
class ListEndpoint:
    """A paged list, and the key of its rows in the envelope."""

    template: str
    rows_key: str
    params: Params = ()
    ids: tuple[str, ...] = ()

    def of(self, *ids: str, params: Params = ()) -> Self:
        """Return the list of the object with these ids, or with more parameters."""
        return replace(self, ids=ids, params=(*self.params, *params))

    def call(self, params: Params) -> Call:
        """Return the GET of one page."""
        return endpoint(self.template, *self.ids, params=(*self.params, *params))


VIEWER = "/app-user-info"
"""Contains the id of the credential's user. `/users/me` would answer with a redirect."""

OBJECTS: Mapping[Kind, str] = {
    Kind.SECTION: "/sections/:id",
    Kind.COURSE: "/courses/:id",
    Kind.USER: "/users/:id",
    Kind.ENROLLMENT: "/sections/:id/enrollments/:id",
    Kind.TERM: "/gradingperiods/:id",
    Kind.ACCOUNT: "/schools/:id",
}
OBJECTS_BY_CODE: Mapping[Kind, str] = {Kind.SECTION: "/sections/ext/:code", Kind.USER: "/users/ext/:code"}

DISTRICT_COURSE_NAME: Params = (("fetch_district_course_name", "1"),)
"""Adds `district_course_name` to a course, and to each course of a list."""
INCLUDE_PAST: Params = (("include_past", "1"),)
"""Adds sections of past grading periods. Any value switches it on, even 0."""

COURSES = ListEndpoint("/courses", "course", DISTRICT_COURSE_NAME)
SECTIONS = ListEndpoint("/sections", "section")
USERS = ListEndpoint("/users", "user")
ROLES = ListEndpoint("/roles", "role")
SCHOOLS = ListEndpoint("/schools", "school")
BUILDINGS = ListEndpoint("/schools/:id/buildings", "building")
GRADING_PERIODS = ListEndpoint("/gradingperiods", "gradingperiods")
COURSE_SECTIONS = ListEndpoint("/courses/:id/sections", "section")
USER_SECTIONS = ListEndpoint("/users/:id/sections", "section")
SECTION_ENROLLMENTS = ListEndpoint("/sections/:id/enrollments", "enrollment")
SECTION_GRADING_PERIODS = ListEndpoint("/sections/:id/grading_periods", "grading_period")
