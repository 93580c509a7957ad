"""JSON of sections and their includes.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.canvas.http.serialization import serialize_fields, serialize_timestamp, sis_import_id
from lms_sandbox.canvas.people.serializer import serialize_user
from lms_sandbox.data.models import Course, Section
from lms_sandbox.data.school import COUNTED_STATES


def serialize_section(request: CanvasRequest, section: Section, course: Course) -> Json:
    """Return a section without its includes."""
    data: Json = {
        **serialize_fields(section, "id", "course_id", "name", "start_at", "end_at"),
        "restrict_enrollments_to_section_dates": section.restrict_to_dates,
        "nonxlist_course_id": section.original_course_id,
    }
    if request.quirks.has_created_at:
        data["created_at"] = serialize_timestamp(section.created_at)
    if request.viewer.can_view_grades(course):
        data |= {
            "sis_section_id": section.sis_id,
            "sis_course_id": course.sis_id,
            "integration_id": section.integration_id,
        }
    if request.viewer.can_manage_sis(course.account_id):
        data["sis_import_id"] = sis_import_id(section)
    return data


def serialize_section_with_includes(request: CanvasRequest, section: Section, course: Course) -> Json:
    """Return a section with its includes. Canvas ignores them if the roster is not readable."""
    data = serialize_section(request, section, course)
    if not request.viewer.can_read_roster(course):
        return data
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
    """Return a row for each student enrollment, including test students."""
    includes, rows = request.includes & {"avatar_url"}, []
    enrollments = request.school.enrollments_of_section(section.id)
    for enrollment in request.viewer.visible_enrollments(course, enrollments):
        if enrollment.role in ("student", "test_student") and enrollment.state in COUNTED_STATES:
            user = request.school.users[enrollment.user_id]
            listed = [enrollment] if "enrollments" in request.includes else None
            rows.append(serialize_user(request, user, course, includes=includes, enrollments=listed))
    return rows
