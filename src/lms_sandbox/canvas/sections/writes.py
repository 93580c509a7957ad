"""Endpoints that create, change, cross-list and delete sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from typing import Any

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.validation import parse_sis_ids, validate_dates, validate_name
from lms_sandbox.canvas.sections.serializer import serialize_section
from lms_sandbox.data.models import Course, Section


@route("POST", "/courses/:course_id/sections")
def create(request: CanvasRequest) -> ObjectResponse:
    course = request.course()
    request.require(request.viewer.can_edit(course))
    attributes = request.params.nested("course_section")
    sis_id = integration_id = None
    if request.viewer.can_manage_sis(course.account_id):  # Canvas ignores them otherwise.
        sis_id = attributes.text("sis_section_id")
        integration_id = attributes.text("integration_id")
    if sis_id and request.params.flag("enable_sis_reactivation"):
        former = request.school.by_sis(Section, sis_id)
        if former is not None and former.state == "deleted" and former.course_id == course.id:
            request.school.change(former, state="active")  # All other parameters are ignored.
            return ObjectResponse(serialize_section(request, former, course))
    section = Section(0, course.name, course.id, created_at=request.school.now)
    fields = _parse_fields(request, attributes, section, course)
    fields |= parse_sis_ids(request.school, request.quirks, section, sis_id, integration_id)
    for name, value in fields.items():
        setattr(section, name, value)
    request.school.add(section)
    return ObjectResponse(serialize_section(request, section, course))


@route("PUT", "/sections/:id")
def update(request: CanvasRequest) -> ObjectResponse:
    section, course = request.section("id")
    request.require(request.viewer.can_edit(course))
    attributes = request.params.nested("course_section")
    sis_id, integration_id = attributes.text("sis_section_id"), attributes.text("integration_id")
    has_sis_ids = sis_id is not None or integration_id is not None
    if has_sis_ids and not request.viewer.can_manage_sis(course.account_id):
        message = "You must have manage_sis permission to update sis attributes"
        raise CanvasError(401, {"message": message})
    fields = _parse_fields(request, attributes, section, course)
    if _keeps_sticky_fields(request):
        fields = {name: value for name, value in fields.items() if name == "restrict_to_dates"}
    else:
        fields |= parse_sis_ids(request.school, request.quirks, section, sis_id, integration_id)
    if fields:
        request.school.change(section, **fields)
    return ObjectResponse(serialize_section(request, section, course))


@route("DELETE", "/sections/:id")
def delete(request: CanvasRequest) -> ObjectResponse:
    """Delete a section without enrollments; test students do not count."""
    section, course = request.section("id")
    request.require(request.viewer.can_edit(course))
    enrollments = [
        enrollment
        for enrollment in request.school.enrollments_of_section(section.id)
        if enrollment.state not in ("deleted", "rejected")
    ]
    if any(enrollment.role != "test_student" for enrollment in enrollments):
        raise CanvasError(400, {"message": "You can't delete a section that has enrollments"})
    for enrollment in enrollments:
        request.school.change(enrollment, state="deleted")
    request.school.change(section, state="deleted")
    return ObjectResponse(serialize_section(request, section, course))


@route("POST", "/sections/:id/crosslist/:new_course_id")
def crosslist(request: CanvasRequest) -> ObjectResponse:
    section, course = request.section("id")
    if _keeps_sticky_fields(request):
        return ObjectResponse(serialize_section(request, section, course))  # Nothing is checked.
    target = request.find_course(request.path_params["new_course_id"])
    if target is None or target.state == "deleted":
        raise request.not_found()
    request.require(request.viewer.can_edit(course) and request.viewer.can_edit(target))
    if target.is_blueprint:
        raise CanvasError(403, {"error": "cannot crosslist into blueprint courses"})
    if target is not course:
        _move_to_course(request, section, target, section.original_course_id or course.id)
    return ObjectResponse(serialize_section(request, section, target))


@route("DELETE", "/sections/:id/crosslist")
def uncrosslist(request: CanvasRequest) -> ObjectResponse:
    """Move a section back to its original course, which is undeleted if necessary."""
    section, course = request.section("id")
    if section.original_course_id is None:
        raise CanvasError(400, {"message": "section is not cross-listed"})
    if _keeps_sticky_fields(request):
        return ObjectResponse(serialize_section(request, section, course))
    original = request.school.courses[section.original_course_id]
    request.require(request.viewer.can_edit(course) and request.viewer.can_edit(original))
    if original.state == "deleted":
        request.school.change(original, state="unpublished", is_claimed=True)
    _move_to_course(request, section, original, None)
    return ObjectResponse(serialize_section(request, section, original))


def _move_to_course(
    request: CanvasRequest, section: Section, course: Course, original_course_id: int | None
) -> None:
    """Move a section and its enrollments to another course."""
    request.school.change(section, course_id=course.id, original_course_id=original_course_id)
    for enrollment in list(request.school.enrollments_of_section(section.id)):
        request.school.change(enrollment, course_id=course.id)


def _keeps_sticky_fields(request: CanvasRequest) -> bool:
    """Return whether the request asks to leave fields as they are that were changed by hand."""
    return request.params.flag("override_sis_stickiness") is False


def _parse_fields(
    request: CanvasRequest, attributes: CanvasParams, section: Section, course: Course
) -> dict[str, Any]:
    """Return the changes of a section. Raises CanvasError if they are not valid."""
    fields: dict[str, Any] = {}
    if "name" in attributes:
        name = (attributes.text("name") or "").strip()
        fields["name"] = validate_name(request.quirks, name or course.name)
    fields |= attributes.timestamps("start_at", "end_at")
    if "restrict_enrollments_to_section_dates" in attributes:
        fields["restrict_to_dates"] = attributes.flag("restrict_enrollments_to_section_dates")
    validate_dates(request.quirks, fields, section)
    return fields
