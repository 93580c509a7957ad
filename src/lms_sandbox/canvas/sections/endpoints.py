"""Endpoints that read sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from functools import partial

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, ListResponse, ObjectResponse, Response
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.people.search import matches_search, user_sort_key
from lms_sandbox.canvas.people.serializer import SHORT_ENROLLMENT_TYPES, serialize_user
from lms_sandbox.canvas.sections.serializer import serialize_section_with_includes
from lms_sandbox.data.models import Course, Section, User
from lms_sandbox.data.school import COUNTED_STATES


@route("GET", "/courses/:course_id/sections")
def list_of_course(request: CanvasRequest) -> Response:
    """Return the sections by name; with `all`, without pages."""
    course = request.course()
    search_term = request.search_term(request.quirks.min_section_search_length)
    sections = request.canvas.cache.get(("sections", course.id), lambda: _sorted_by_name(request, course))
    if search_term is not None:
        sections = [section for section in sections if search_term in section.name.lower()]
    serialize = partial(serialize_section_with_includes, request, course=course)
    if request.flag("all"):
        return ObjectResponse([serialize(section) for section in sections])
    return ListResponse(sections, serialize)


def _sorted_by_name(request: CanvasRequest, course: Course) -> list[Section]:
    sections = request.school.sections_of_course(course.id)
    return sorted(sections, key=lambda section: (section.name.casefold(), section.id))


@route("GET", "/sections/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    return ObjectResponse(serialize_section_with_includes(request, *request.section("id")))


@route("GET", "/courses/:course_id/sections/:id")
def show_in_course(request: CanvasRequest) -> ObjectResponse:
    parent_course = request.course()
    section, course = request.section("id")
    if course is not parent_course:
        raise request.not_found()
    return ObjectResponse(serialize_section_with_includes(request, section, course))


@route("GET", "/sections/:id/users")
def list_users(request: CanvasRequest) -> ListResponse:
    """Return the users of a section, inactive ones except with `exclude_inactive`."""
    section, course = request.section("id")
    viewer = request.viewer
    if not (viewer.can_read_roster(course) and viewer.can_see_section(course, section.id)):
        raise CanvasError(403, {"error": "section is not visible to the current user"})
    states = COUNTED_STATES if request.flag("exclude_inactive") else (*COUNTED_STATES, "inactive")
    requested_type = request.scalar("enrollment_type")
    search_term = request.search_term(request.quirks.min_user_search_length)
    users: dict[int, User] = {}
    for enrollment in request.school.enrollments_of_section(section.id):
        user = request.school.users[enrollment.user_id]
        if (
            enrollment.state in states
            and enrollment.role != "test_student"
            and requested_type in (None, SHORT_ENROLLMENT_TYPES[enrollment.role])
            and (search_term is None or matches_search(request, user, course, search_term))
        ):
            users[user.id] = user
    return ListResponse(
        sorted(users.values(), key=user_sort_key(None)),
        partial(serialize_user, request, course=course, includes=request.includes & {"avatar_url"}),
    )
