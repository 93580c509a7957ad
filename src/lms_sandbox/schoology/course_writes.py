"""Writing courses, one at a time and in bulk, with their sections inline.

https://developers.schoology.com/api-documentation/rest-api-v1/course: the code is unique in the
school, and locked where the course is synced.
"""

from collections.abc import Sequence
from typing import Any

from lms_sandbox.data.models import GRADES, SUBJECTS, Course
from lms_sandbox.schoology.context import (
    Json,
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
)
from lms_sandbox.schoology.courses import find_course, find_course_by_code
from lms_sandbox.schoology.request_body import (
    BodyFields,
    invalid_field,
    missing_field,
    read_body,
    read_ids,
    read_rows,
    require_rows,
)
from lms_sandbox.schoology.section_writes import create_sections, remove_section, write_section_rows
from lms_sandbox.schoology.write_responses import (
    echo_fields,
    serialize_course_result,
    serialize_created_course,
    wrap_rows,
    write_rows,
)

Values = dict[str, Any]
"""Fields of a `Course`, those that are written."""

_ECHOED_FIELDS = echo_fields("id", "course_code")


def write_courses(
    request: SchoologyRequest, method: str, segments: Sequence[str], params: Params, body: bytes
) -> SchoologyResponse | None:
    """Answer a write of what follows `/courses`; None where there is no such write."""
    match method, segments:
        case "POST", []:
            return _create(request, params, body)
        case "PUT", []:
            return _update_many(request, body)
        case "DELETE", []:
            return _delete_many(request, params)
        case "POST", [number, "sections"]:
            return create_sections(request, number, params, body)
        case "PUT", [number]:
            request.require("admin")
            _update(request, find_course(request, number), read_body(body))
            return SchoologyResponse(204)
        case "DELETE", [number]:
            request.require("admin")
            _remove(request, find_course(request, number))
            return SchoologyResponse(204)
        case _:
            return None


def _create(request: SchoologyRequest, params: Params, body: bytes) -> SchoologyResponse:
    request.require("admin")
    fields = read_body(body)
    rows = read_rows(fields, "courses", "course", request.quirks)
    if rows is None:
        return SchoologyResponse(201, serialize_created_course(request, _add(request, fields)))
    update = params.get("update_existing") == "1"

    def write_row(row: BodyFields) -> Json:
        sections = read_rows(row, "sections", "section", request.quirks)
        existing = _find_existing(request, row) if update else None
        if existing is None:
            course, code = _add(request, row), 200
        else:
            _update(request, existing, row)
            course, code = existing, request.quirks.changed_row_code
        result = serialize_course_result(request, course, code, created=True)
        if sections is not None:
            nested = write_section_rows(request, course, sections, update=update)
            result["sections"] = {"section": nested}
        return result

    return wrap_rows(207, "course", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _update_many(request: SchoologyRequest, body: bytes) -> SchoologyResponse:
    request.require("admin")
    rows = require_rows(read_body(body), "courses", "course", request.quirks)

    def write_row(fields: BodyFields) -> Json:
        course = find_course(request, fields.text("id") or "")
        _update(request, course, fields)
        return serialize_course_result(
            request, course, request.quirks.changed_row_code, created=False
        )

    status = request.quirks.bulk_put_status
    return wrap_rows(status, "course", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _delete_many(request: SchoologyRequest, params: Params) -> SchoologyResponse:
    request.require("admin")
    ids = read_ids(params.get("course_ids", ""), request.quirks)

    def write_row(number: str) -> Json:
        _remove(request, find_course(request, number))
        return {"response_code": request.quirks.changed_row_code, "id": number}

    return wrap_rows(
        207, "course", write_rows(request, ids, write_row, lambda number: {"id": number})
    )


def _add(request: SchoologyRequest, fields: BodyFields) -> Course:
    values = _parse_values(request, fields)
    if not values.get("name"):
        raise missing_field("title")
    if not values.get("code"):
        raise missing_field("course_code")
    _reject_duplicate_code(request, values["code"], None)
    _reject_duplicate_district_name(request, values, None)
    school = request.school
    current = min(request.current_terms(), default=min(school.terms, default=0))
    course = Course(
        0,
        term_id=current,
        **{"account_id": school.root.id, "time_zone": school.time_zone, **values},
        created_at=school.now,
    )
    school.add(course)
    return course


def _update(request: SchoologyRequest, course: Course, fields: BodyFields) -> None:
    values = _parse_values(request, fields)
    if not values.get("name", "kept"):
        raise missing_field("title")
    if values.get("code", course.code) != course.code:
        if course.is_synced and values.get("is_synced", True):
            if request.quirks.locked_fields == "refused":
                raise SchoologyError(400, "A synced course's code is locked.")
            del values["code"]
        elif not values["code"]:
            raise missing_field("course_code")
        else:
            _reject_duplicate_code(request, values["code"], course)
    _reject_duplicate_district_name(request, values, course)
    request.school.change(course, **values)


def _remove(request: SchoologyRequest, course: Course) -> None:
    """Delete a course for good, with its sections: their codes are free again."""
    for section in request.school.sections_of_course(course.id):
        remove_section(request, section)
    request.school.change(course, state="deleted", sis_id=None, integration_id=None)


def _parse_values(request: SchoologyRequest, fields: BodyFields) -> Values:
    """What is written of a course, in the sandbox's own words. Raises Refusal."""
    lowest_grade = fields.number("grade_level_range_start", high=len(GRADES) - 1)
    highest_grade = fields.number("grade_level_range_end", high=len(GRADES) - 1)
    if lowest_grade and highest_grade and highest_grade < lowest_grade:
        raise invalid_field("grade_level_range_end")
    subject = fields.number("subject_area", high=len(SUBJECTS) - 1)
    written = {
        "name": fields.text("title"),
        "code": fields.text("course_code"),
        "department": fields.text("department"),
        "description": fields.text("description"),
        "credits": _credits(fields),
        "subject": None if subject is None else SUBJECTS[subject],
        "lowest_grade": None if lowest_grade is None else GRADES[lowest_grade],
        "highest_grade": None if highest_grade is None else GRADES[highest_grade],
        "is_synced": fields.flag("synced"),
        "account_id": _building(request, fields),
    }
    values: Values = {name: value for name, value in written.items() if value is not None}
    if (district := fields.text("district_course_name")) is not None:
        values["sis_id"] = district or None
    return values


def _credits(fields: BodyFields) -> float | None:
    text = fields.text("credits")
    if text is None:
        return None
    try:
        credits = float(text or 0)
    except ValueError:
        raise invalid_field("credits") from None
    if not 0 <= credits < 1_000_000:
        raise invalid_field("credits")
    return credits


def _building(request: SchoologyRequest, fields: BodyFields) -> int | None:
    number = fields.number("building_id")
    if number and number not in request.school.accounts:
        raise invalid_field("building_id")
    return number or None


def _reject_duplicate_code(request: SchoologyRequest, code: str, course: Course | None) -> None:
    for other_course in request.school.courses.values():
        if (
            other_course.code == code
            and other_course is not course
            and other_course.state != "deleted"
        ):
            raise SchoologyError(400, f"The course code {code} is already in use.")


def _reject_duplicate_district_name(
    request: SchoologyRequest, values: Values, course: Course | None
) -> None:
    name = values.get("sis_id")
    other_course = request.school.by_sis(Course, name) if name else None
    if other_course is not None and other_course is not course and other_course.state != "deleted":
        raise SchoologyError(400, f"The district course name {name} is already in use.")


def _find_existing(request: SchoologyRequest, fields: BodyFields) -> Course | None:
    """The course that an import means: the one with the same code."""
    try:
        return find_course_by_code(request, fields.text("course_code") or "")
    except SchoologyError:
        return None
