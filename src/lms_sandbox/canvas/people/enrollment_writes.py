"""Endpoints that create, end and reactivate enrollments.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from typing import Any

from lms_sandbox.canvas.courses.lifecycle import add_default_section, is_concluded
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.people.serializer import ENROLLMENT_TYPES, ROLE_IDS, serialize_enrollment
from lms_sandbox.data.models import Course, Enrollment, EnrollmentState, Role, Section, User

_ROLES_BY_TYPE: dict[str, Role] = {
    name: role for role, name in ENROLLMENT_TYPES.items() if role != "test_student"
}
_ROLES_BY_ID: dict[str, Role] = {str(id): role for role, id in ROLE_IDS.items() if role != "test_student"}
_CREATION_STATES: tuple[EnrollmentState, ...] = ("active", "invited", "inactive")
_END_STATES: dict[str, EnrollmentState] = {
    "delete": "deleted",
    "deactivate": "inactive",
    "inactivate": "inactive",
}
_NO_USER_MESSAGE = (
    "Can't create an enrollment without a user. Include enrollment[user_id] to create an enrollment"
)


@route("POST", "/courses/:course_id/enrollments")
def create_in_course(request: CanvasRequest) -> ObjectResponse:
    return _create(request, request.course(), None)


@route("POST", "/sections/:section_id/enrollments")
def create_in_section(request: CanvasRequest) -> ObjectResponse:
    section, course = request.section()
    return _create(request, course, section)


def _create(request: CanvasRequest, course: Course, section: Section | None) -> ObjectResponse:
    attributes = request.params.nested("enrollment")
    role = _parse_role(request, attributes)
    reference = attributes.text("user_id") or ""
    request.require(request.viewer.can_manage(course))
    if section is None:
        section = _choose_section(request, course, attributes)
    user = request.find_user(reference)
    if user is None:
        raise request.not_found()
    was_enrolled = any(
        enrollment.course_id == course.id for enrollment in request.school.enrollments_of_user(user.id)
    )
    if is_concluded(request, course) and not (was_enrolled and _is_section_open(request, section)):
        raise _rejection(request, "Can't add an enrollment to a concluded course.")
    enrollment = _enroll(request, section, user, role, attributes)
    return ObjectResponse(serialize_enrollment(request, enrollment))


def _parse_role(request: CanvasRequest, attributes: CanvasParams) -> Role:
    """Return the role of a new enrollment. Raises CanvasError with all errors of the parameters."""
    if not attributes:
        raise _rejection(request, "No parameters given")
    problems: list[str] = []
    type_name, role_name = attributes.text("type"), attributes.text("role")
    role_id = attributes.text("role_id")
    if role_id or role_name:
        role = _ROLES_BY_ID.get(role_id) if role_id else _ROLES_BY_TYPE.get(role_name or "")
        if role is None:
            problems.append("Invalid role")
        elif type_name and _ROLES_BY_TYPE.get(type_name) != role:
            problems.append("The specified type must match the base type for the role")
    else:
        role = _ROLES_BY_TYPE.get(type_name or "StudentEnrollment")
        if role is None:
            problems.append("Invalid type")
    if not attributes.text("user_id"):
        problems.append(_NO_USER_MESSAGE)
    if problems or role is None:
        raise _rejection(request, ", ".join(problems))
    return role


def _rejection(request: CanvasRequest, message: str) -> CanvasError:
    """Return the error of an enrollment that cannot be created."""
    return CanvasError(request.quirks.enrollment_refusal_status, {"message": message})


def _choose_section(request: CanvasRequest, course: Course, attributes: CanvasParams) -> Section:
    """Return the requested section, or else the first one; create one if there is none."""
    sections = request.school.sections_of_course(course.id)
    if reference := attributes.text("course_section_id"):
        named_section = request.find_section(reference)
        if named_section is None or named_section not in sections:
            raise request.not_found()
        return named_section
    return sections[0] if sections else add_default_section(request, course)


def _is_section_open(request: CanvasRequest, section: Section) -> bool:
    """Return whether a section has dates of its own and has not ended."""
    return section.restrict_to_dates is True and (
        section.end_at is None or section.end_at >= request.school.now
    )


def _enroll(
    request: CanvasRequest, section: Section, user: User, role: Role, attributes: CanvasParams
) -> Enrollment:
    """Create an enrollment, or update the one of this user, section and role if it exists."""
    school = request.school
    observed_id = None
    if role == "observer":
        observed_user = request.find_user(attributes.text("associated_user_id") or "")
        observed_id = None if observed_user is None else observed_user.id
    requested = attributes.text("enrollment_state")
    state = next((name for name in _CREATION_STATES if name == requested), None)
    fields: dict[str, Any] = {"updated_at": school.now}
    if "limit_privileges_to_course_section" in attributes:
        fields["limited_to_section"] = attributes.flag("limit_privileges_to_course_section") or False
    fields |= attributes.timestamps("start_at", "end_at")
    for enrollment in school.enrollments_of_user(user.id):
        key = (enrollment.section_id, enrollment.role, enrollment.observed_id)
        if key == (section.id, role, observed_id):
            if state is not None or enrollment.state != "active":
                fields["state"] = state or "invited"
            school.change(enrollment, **fields)
            return enrollment
    state = state or ("active" if role == "observer" else "invited")
    enrollment = Enrollment(0, user.id, section.course_id, section.id, role, state)
    enrollment.observed_id, enrollment.created_at = observed_id, school.now
    school.add(enrollment)
    school.change(enrollment, **fields)
    return enrollment


@route("DELETE", "/courses/:course_id/enrollments/:id")
def end(request: CanvasRequest) -> ObjectResponse:
    """Conclude an enrollment, or do what `task` requests."""
    enrollment = _find_enrollment(request)
    state = _END_STATES.get(request.params.text("task") or "", "completed")
    request.school.change(enrollment, state=state, updated_at=request.school.now)
    return ObjectResponse(serialize_enrollment(request, enrollment))


@route("PUT", "/courses/:course_id/enrollments/:id/reactivate")
def reactivate(request: CanvasRequest) -> ObjectResponse:
    enrollment = _find_enrollment(request)
    if enrollment.state != "inactive":
        raise CanvasError(400, {"error": "enrollment not inactive"})
    request.school.change(enrollment, state="active", updated_at=request.school.now)
    return ObjectResponse(serialize_enrollment(request, enrollment))


def _find_enrollment(request: CanvasRequest) -> Enrollment:
    course, enrollment = request.course(), request.enrollment()
    if enrollment.course_id != course.id or enrollment.state == "deleted":
        raise request.not_found()
    request.require(request.viewer.can_manage(course))
    return enrollment
