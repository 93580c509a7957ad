"""Making, changing, moving and deleting sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from __future__ import annotations

from typing import Any

from lms_sandbox.canvas.accounts.serializer import serialize_section
from lms_sandbox.canvas.http.errors import CanvasError, already_in_use, validation_error
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.request import CanvasRequest, CanvasResponse, ObjectResponse
from lms_sandbox.data.models import Course, Section

_REMOVED_STATES = ("deleted", "rejected")
MAX_NAME_LENGTH = 255


def create(request: CanvasRequest) -> CanvasResponse:
    """POST /courses/:course_id/sections"""
    course = request.course()
    if not request.viewer.can_edit(course):
        raise request.forbidden()
    attributes = request.params.nested("course_section")
    sis_id = integration_id = None
    if request.viewer.can_manage_sis(course.account_id):  # else they are dropped in silence
        sis_id, integration_id = (
            attributes.text("sis_section_id"),
            attributes.text("integration_id"),
        )
    if sis_id and request.params.flag("enable_sis_reactivation"):
        deleted_section = request.school.by_sis(Section, sis_id)
        if (
            deleted_section is not None
            and deleted_section.state == "deleted"
            and deleted_section.course_id == course.id
        ):
            request.school.change(
                deleted_section, state="active"
            )  # as it was: nothing else that was sent counts
            return ObjectResponse(serialize_section(request, deleted_section, course))
    section = Section(0, course.name, course.id, created_at=request.school.now)
    fields = _parse_fields(request, attributes, section, course)
    fields |= _parse_sis_ids(request, section, sis_id, integration_id)
    for name, value in fields.items():
        setattr(section, name, value)
    request.school.add(section)
    return ObjectResponse(serialize_section(request, section, course))


def update(request: CanvasRequest) -> CanvasResponse:
    """PUT /sections/:id"""
    section, course = request.section("id")
    if not request.viewer.can_edit(course):
        raise request.forbidden()
    attributes = request.params.nested("course_section")
    sis_id, integration_id = attributes.text("sis_section_id"), attributes.text("integration_id")
    if (sis_id is not None or integration_id is not None) and not request.viewer.can_manage_sis(
        course.account_id
    ):
        message = "You must have manage_sis permission to update sis attributes"
        raise CanvasError(401, {"message": message})
    fields = _parse_fields(request, attributes, section, course)
    if _keeps_sticky_fields(request):
        fields = {name: value for name, value in fields.items() if name == "restrict_to_dates"}
    else:
        fields |= _parse_sis_ids(request, section, sis_id, integration_id)
    if fields:
        request.school.change(section, **fields)
    return ObjectResponse(serialize_section(request, section, course))


def delete(request: CanvasRequest) -> CanvasResponse:
    """DELETE /sections/:id: the section as it was."""
    section, course = request.section("id")
    if not request.viewer.can_edit(course):
        raise request.forbidden()
    enrollments = [
        enrollment
        for enrollment in request.school.enrollments_of_section(section.id)
        if enrollment.state not in _REMOVED_STATES
    ]
    if any(enrollment.role != "test_student" for enrollment in enrollments):
        raise CanvasError(400, {"message": "You can't delete a section that has enrollments"})
    for enrollment in enrollments:
        request.school.change(enrollment, state="deleted")
    request.school.change(section, state="deleted")
    return ObjectResponse(serialize_section(request, section, course))


def crosslist(request: CanvasRequest) -> CanvasResponse:
    """POST /sections/:id/crosslist/:new_course_id"""
    section, course = request.section("id")
    if _keeps_sticky_fields(request):
        return ObjectResponse(
            serialize_section(request, section, course)
        )  # 200, and nothing was looked at or done
    target = request.find_course(request.path_params["new_course_id"])
    if target is None or target.state == "deleted":
        raise request.not_found()
    if not (request.viewer.can_edit(course) and request.viewer.can_edit(target)):
        raise request.forbidden()
    if target.is_blueprint:
        raise CanvasError(403, {"error": "cannot crosslist into blueprint courses"})
    if target is not course:
        _move_to_course(request, section, target, section.original_course_id or course.id)
    return ObjectResponse(serialize_section(request, section, target))


def uncrosslist(request: CanvasRequest) -> CanvasResponse:
    """DELETE /sections/:id/crosslist: back to where it came from, which is brought back to life."""
    section, course = request.section("id")
    if section.original_course_id is None:
        raise CanvasError(400, {"message": "section is not cross-listed"})
    if _keeps_sticky_fields(request):
        return ObjectResponse(serialize_section(request, section, course))
    original = request.school.courses[section.original_course_id]
    if not (request.viewer.can_edit(course) and request.viewer.can_edit(original)):
        raise request.forbidden()
    if original.state == "deleted":
        request.school.change(original, state="unpublished", is_claimed=True)
    _move_to_course(request, section, original, None)
    return ObjectResponse(serialize_section(request, section, original))


def _move_to_course(
    request: CanvasRequest, section: Section, course: Course, original_course_id: int | None
) -> None:
    """Put a section and its people into another course."""
    request.school.change(section, course_id=course.id, original_course_id=original_course_id)
    for enrollment in list(request.school.enrollments_of_section(section.id)):
        request.school.change(enrollment, course_id=course.id)


def _keeps_sticky_fields(request: CanvasRequest) -> bool:
    return request.params.flag("override_sis_stickiness") is False


def _parse_fields(
    request: CanvasRequest, attributes: CanvasParams, section: Section, course: Course
) -> dict[str, Any]:
    """What the request changes of a section. Raises Refusal where it would not be valid."""
    fields: dict[str, Any] = {}
    if "name" in attributes:
        fields["name"] = (attributes.text("name") or "").strip() or course.name
        if len(fields["name"]) > MAX_NAME_LENGTH:
            raise validation_error(request.quirks, "name", "too_long", "too_long")
    fields |= {
        name: attributes.timestamp(name) for name in ("start_at", "end_at") if name in attributes
    }
    if "restrict_enrollments_to_section_dates" in attributes:
        fields["restrict_to_dates"] = attributes.flag("restrict_enrollments_to_section_dates")
    start = fields.get("start_at", section.start_at)
    end = fields.get("end_at", section.end_at)
    if start is not None and end is not None and end < start:
        raise validation_error(request.quirks, "end_at", "End date cannot be before start date")
    return fields


def _parse_sis_ids(
    request: CanvasRequest, section: Section, sis_id: str | None, integration_id: str | None
) -> dict[str, Any]:
    """The ids of other systems: None leaves one as it is, "" clears it.

    Raises Refusal where another section has it.
    """
    fields: dict[str, Any] = {}
    if sis_id is not None:
        other = request.school.by_sis(Section, sis_id)
        if other is not None and other is not section:
            raise already_in_use(request.quirks, "sis_source_id", "SIS ID", sis_id)
        fields["sis_id"] = sis_id or None
    if integration_id is not None:
        other = request.school.by_integration(Section, integration_id)
        if other is not None and other is not section:
            raise already_in_use(request.quirks, "integration_id", "Integration ID", integration_id)
        fields["integration_id"] = integration_id or None
    return fields
