"""Responses to writes: a reduced object, or the result of a row of a bulk write.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course,
enrollment)
"""

from lms_sandbox.data.models import Course, Enrollment, Section
from lms_sandbox.schoology.context import Json, Row, SchoologyRequest
from lms_sandbox.schoology.request_body import BodyFields
from lms_sandbox.schoology.serializers import (
    OPTION_DEFAULTS,
    STATUSES,
    serialize_course,
    serialize_enrollment_row,
    serialize_section_row,
)

_CREATED_FIELDS = (
    "id", "course_id", "school_id", "section_title", "section_code", "section_school_code",
    "active", "description", "grading_periods", "profile_url", "location", "meeting_days",
    "links"
)  # fmt: skip


def serialize_created_section(
    request: SchoologyRequest, section: Section, fields: BodyFields
) -> Row:
    """Return the response to `POST /courses/{id}/sections`.

    It lacks the course's names and the caller's `admin` flag. A field that was not sent is null.
    """
    row = serialize_section_row(request, section)
    sent = fields.nested("options").values
    options = {name: sent.get(name) for name in OPTION_DEFAULTS}
    if options["upload_documents"] is None:
        options["upload_documents"] = sent.get("upload_document")
    return {name: row[name] for name in _CREATED_FIELDS} | {
        "access_code": section.access_code,
        "synced": fields.values.get("synced"),
        "start_time": section.start_time or None,
        "end_time": section.end_time or None,
        "options": options | {"content_index_visibility": []},
    }


def serialize_section_result(
    request: SchoologyRequest, section: Section, *, code: int, synced: Json
) -> Json:
    """Return the result of a row that wrote a section."""
    return {
        "response_code": code,
        "id": str(section.id),
        "location": request.url("sections", section.id),
        "section_code": section.code,
        "section_school_code": section.sis_id or "",
        "synced": synced,
        "grading_periods": list(section.term_ids),
    }


def serialize_created_course(request: SchoologyRequest, course: Course) -> Row:
    """Return the response to `POST /courses`."""
    return serialize_course(request, course) | {
        "links": {"self": request.url("courses", course.id)}
    }


def serialize_course_result(
    request: SchoologyRequest, course: Course, code: int, *, created: bool
) -> Row:
    """Return the result of a row that wrote a course; only a bulk POST has a `location`."""
    row: Row = {"response_code": code, "id": str(course.id)}
    if created:
        row["location"] = request.url("courses", course.id)
    return row | {"course_code": course.code}


def serialize_created_enrollment(request: SchoologyRequest, enrollment: Enrollment) -> Row:
    """Return the response to `POST /sections/{id}/enrollments`: the status is a number here."""
    return serialize_enrollment_row(request, enrollment) | {"status": STATUSES[enrollment.state]}


def serialize_enrollment_result(request: SchoologyRequest, enrollment: Enrollment) -> Row:
    """Return the result of a row that created an enrollment: the uid is an integer here."""
    return {
        "response_code": 200,
        "id": str(enrollment.id),
        "uid": enrollment.user_id,
        "location": request.url("sections", enrollment.section_id, "enrollments", enrollment.id),
    }
