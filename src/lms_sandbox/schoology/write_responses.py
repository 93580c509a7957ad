"""What Schoology answers to a write: a reduced object, or one row for each thing that was sent.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course,
enrollment)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from lms_sandbox.data.models import Course, Enrollment, Section
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.request_body import BodyFields
from lms_sandbox.schoology.serializers import (
    OPTION_DEFAULTS,
    STATUSES,
    serialize_course,
    serialize_enrollment,
    serialize_enrollment_row,
    serialize_section_row,
)

T = TypeVar("T")

_CREATED_FIELDS = (
    "id", "course_id", "school_id", "section_title", "section_code", "section_school_code",
    "active", "description", "grading_periods", "profile_url", "location", "meeting_days",
    "links",
)  # fmt: skip


def serialize_created_section(
    request: SchoologyRequest, section: Section, fields: BodyFields
) -> dict[str, Json]:
    """What `POST /courses/{C}/sections` answers: neither its course's names nor the caller's
    part in it; what was not sent is null."""
    row = serialize_section_row(request, section)
    sent = fields.nested("options").values
    options = dict.fromkeys(OPTION_DEFAULTS) | {
        option_name: sent[option_name] for option_name in OPTION_DEFAULTS if option_name in sent
    }
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
    """A row of a bulk write of sections that went well."""
    return {
        "response_code": code,
        "id": str(section.id),
        "location": request.url("sections", section.id),
        "section_code": section.code,
        "section_school_code": section.sis_id or "",
        "synced": synced,
        "grading_periods": list(section.term_ids),
    }


def serialize_created_course(request: SchoologyRequest, course: Course) -> dict[str, Json]:
    return serialize_course(request, course) | {
        "links": {"self": request.url("courses", course.id)}
    }


def serialize_course_result(
    request: SchoologyRequest, course: Course, code: int, *, created: bool
) -> dict[str, Json]:
    """A row of a bulk write of courses; only a creation tells where."""
    row: dict[str, Json] = {"response_code": code, "id": str(course.id)}
    if created:
        row["location"] = request.url("courses", course.id)
    return row | {"course_code": course.code}


def serialize_created_enrollment(
    request: SchoologyRequest, enrollment: Enrollment
) -> dict[str, Json]:
    """What `POST /sections/{S}/enrollments` answers: its status is a number here."""
    return serialize_enrollment_row(request, enrollment) | {"status": STATUSES[enrollment.state]}


def serialize_joined_enrollment(
    request: SchoologyRequest, enrollment: Enrollment
) -> dict[str, Json]:
    """What `POST /sections/{S}/accesscode` answers: its status is text, and there is no link."""
    return serialize_enrollment(request, enrollment)


def serialize_enrollment_result(
    request: SchoologyRequest, enrollment: Enrollment
) -> dict[str, Json]:
    """A row of a bulk creation: the uid is an integer here."""
    return {
        "response_code": 200,
        "id": str(enrollment.id),
        "uid": enrollment.user_id,
        "location": request.url("sections", enrollment.section_id, "enrollments", enrollment.id),
    }


def serialize_failed_row(
    request: SchoologyRequest, error: SchoologyError, echoed: Mapping[str, Json]
) -> Json:
    """A row that was refused: a code, the vendor's words, and which row it was."""
    text = error.text or f"Status {error.status}"
    row: dict[str, Json] = {"response_code": error.status, request.quirks.failed_row_key: text}
    return row | (dict(echoed) if request.quirks.failed_row_echo == "codes" else {})


def write_rows(
    request: SchoologyRequest,
    items: Iterable[T],
    write_row: Callable[[T], Json],
    echo: Callable[[T], Mapping[str, Json]],
) -> list[Json]:
    """One row for each item, in their order: what `keep` tells, or why it was refused."""
    rows = []
    for item in items:
        try:
            rows.append(write_row(item))
        except SchoologyError as error:
            rows.append(serialize_failed_row(request, error, echo(item)))
    return rows


def wrap_rows(status: int, name: str, rows: list[Json]) -> SchoologyResponse:
    """Rows as they are wrapped: those of enrollments twice."""
    wrapped = {name: rows}
    return SchoologyResponse(status, {"enrollments": wrapped} if name == "enrollment" else wrapped)


def echo_fields(*names: str) -> Callable[[BodyFields], Mapping[str, Json]]:
    """What a refused row repeats of what was sent, in the types it was sent in."""

    def echo(fields: BodyFields) -> Mapping[str, Json]:
        return {name: fields.values[name] for name in names if name in fields.values}

    return echo
