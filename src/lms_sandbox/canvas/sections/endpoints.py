"""Reading sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from __future__ import annotations

from lms_sandbox.canvas.accounts.serializer import serialize_section
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    Json,
    ListResponse,
    ObjectResponse,
)
from lms_sandbox.canvas.people.course_users import matches_search
from lms_sandbox.canvas.people.serializer import serialize_user
from lms_sandbox.data.models import Course, Role, Section, User
from lms_sandbox.data.school import COUNTED_STATES

_ROLES: dict[str, Role] = {
    "teacher": "teacher",
    "student": "student",
    "ta": "ta",
    "observer": "observer",
    "designer": "designer",
}


def list_of_course(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/sections"""
    course = request.course()
    search_term = request.search_term(request.quirks.min_section_search_length)
    sections = request.cache.get(("sections", course.id), lambda: _sorted_by_name(request, course))
    if search_term is not None:
        sections = [section for section in sections if search_term in section.name.lower()]
    if request.flag("all"):
        return ObjectResponse([_serialize(request, section, course) for section in sections])
    return ListResponse(sections, lambda section: _serialize(request, section, course))


def _sorted_by_name(request: CanvasRequest, course: Course) -> list[Section]:
    sections = request.school.sections_of_course(course.id)
    return sorted(sections, key=lambda section: (section.name.casefold(), section.id))


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /sections/:id"""
    section, course = request.section("id")
    return ObjectResponse(_serialize(request, section, course))


def show_in_course(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/sections/:id"""
    parent_course = request.course()
    section, course = request.section("id")
    if course is not parent_course:
        raise request.not_found()
    return ObjectResponse(_serialize(request, section, course))


def _serialize(request: CanvasRequest, section: Section, course: Course) -> Json:
    data = serialize_section(request, section, course)
    if not request.viewer.can_read_roster(course):
        return data  # Whatever was to be included is dropped, and nothing says so.
    includes = request.includes
    if "students" in includes:
        data["students"] = _serialize_students(request, section, course) or None
    if "total_students" in includes:
        data["total_students"] = request.school.count_students(section.id)
    if "user_count" in includes:
        enrollments = request.school.enrollments_of_section(section.id)
        data["user_count"] = len(
            {enrollment.user_id for enrollment in enrollments if enrollment.state in COUNTED_STATES}
        )
    if "passback_status" in includes:
        data["passback_status"] = {"sis_post_grades_status": {}}
    if "permissions" in includes and request.quirks.has_section_permissions:
        data["permissions"] = {"manage_calendar": request.viewer.can_view_grades(course)}
    return data


def _serialize_students(request: CanvasRequest, section: Section, course: Course) -> list[Json]:
    """A row for each student enrollment, the test student's too."""
    section_ids = request.viewer.visible_section_ids(course)
    if section_ids is not None and section.id not in section_ids:
        return []
    return [
        serialize_user(
            request,
            request.school.users[enrollment.user_id],
            course,
            includes=request.includes & {"avatar_url"},
            enrollments=[enrollment] if "enrollments" in request.includes else None,
        )
        for enrollment in request.school.enrollments_of_section(section.id)
        if enrollment.role in ("student", "test_student") and enrollment.state in COUNTED_STATES
    ]


def list_users(request: CanvasRequest) -> CanvasResponse:
    """GET /sections/:id/users: who is in a section, the inactive too unless told otherwise."""
    section, course = request.section("id")
    _require_visible(request, section, course)
    states = COUNTED_STATES if request.flag("exclude_inactive") else (*COUNTED_STATES, "inactive")
    requested_type, search_term = (
        request.scalar("enrollment_type"),
        request.search_term(request.quirks.min_user_search_length),
    )
    role = None if requested_type is None else _ROLES.get(requested_type)
    users_by_id: dict[int, User] = {}
    for enrollment in request.school.enrollments_of_section(section.id):
        user = request.school.users[enrollment.user_id]
        if (
            enrollment.state in states
            and enrollment.role != "test_student"
            and (requested_type is None or enrollment.role == role)
            and (search_term is None or matches_search(request, user, course, search_term))
        ):
            users_by_id[user.id] = user
    users = sorted(users_by_id.values(), key=lambda user: (user.sortable_name.casefold(), user.id))
    includes = request.includes & {"avatar_url"}
    return ListResponse(
        users, lambda user: serialize_user(request, user, course, includes=includes)
    )


def _require_visible(request: CanvasRequest, section: Section, course: Course) -> None:
    section_ids = request.viewer.visible_section_ids(course)
    if not request.viewer.can_read_roster(course) or (
        section_ids is not None and section.id not in section_ids
    ):
        raise CanvasError(403, {"error": "section is not visible to the current user"})
