"""Courses: reads, and writes of one course or many, with their sections.

A course code is unique in the school, and locked if the course is synced.
https://developers.schoology.com/api-documentation/rest-api-v1/course
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from lms_sandbox.data.models import GRADES, SUBJECTS, Course
from lms_sandbox.schoology import sections
from lms_sandbox.schoology.bulk import BulkResource
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.lookup import find_course, find_course_by_code
from lms_sandbox.schoology.params import parse_id
from lms_sandbox.schoology.request_body import BodyFields, invalid_field, missing_field, read_body
from lms_sandbox.schoology.serializers import serialize_course

COURSES = BulkResource("courses", "course", ("id", "course_code"))

Values = dict[str, Any]
"""The fields of a `Course` that a request writes."""


def read(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/courses`."""
    if request.rights in {"student", "parent"}:
        raise SchoologyError(403)  # even for a course that they attend
    match segments:
        case []:
            request.require("admin")
            return _list_courses(request)
        case [course_id, *subpath]:
            course = find_course(request, course_id)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["sections"]:
            return sections.list_sections_of_course(request, course)
        case ["enrollments", *_]:
            raise SchoologyError(403)  # only sections have enrollments
        case _:
            # Schoology answers an unknown path below a course with the course.
            return SchoologyResponse(200, serialize_course(request, course))


def create(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `POST /courses`: one course, or many with their sections."""
    request.require("admin")
    fields = read_body(request.body)
    rows = COURSES.rows(request, fields)
    if rows is None:
        return SchoologyResponse(201, _serialize_created_course(request, _add(request, fields)))
    update = request.params.get("update_existing") == "1"

    def write_row(row: BodyFields) -> Json:
        section_rows = sections.SECTIONS.rows(request, row)
        existing = _find_existing(request, row) if update else None
        if existing is None:
            course, code = _add(request, row), 200
        else:
            _change(request, existing, row)
            course, code = existing, request.quirks.changed_row_code
        result = _serialize_course_result(request, course, code, created=True)
        if section_rows is not None:
            nested = sections.write_section_rows(request, course, section_rows, update=update)
            result["sections"] = {"section": nested}
        return result

    return COURSES.write(request, rows, write_row)


def update_many(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `PUT /courses`."""
    request.require("admin")

    def write_row(row: BodyFields) -> Json:
        course = find_course(request, row.text("id") or "")
        _change(request, course, row)
        code = request.quirks.changed_row_code
        return _serialize_course_result(request, course, code, created=False)

    return COURSES.update(request, write_row)


def update(request: SchoologyRequest, course_id: str) -> SchoologyResponse:
    """Answer `PUT /courses/{id}`."""
    request.require("admin")
    _change(request, find_course(request, course_id), read_body(request.body))
    return SchoologyResponse(204)


def delete_many(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `DELETE /courses?course_ids=`."""
    request.require("admin")
    return COURSES.delete(request, lambda id: _remove(request, find_course(request, id)))


def delete(request: SchoologyRequest, course_id: str) -> SchoologyResponse:
    """Answer `DELETE /courses/{id}`."""
    request.require("admin")
    _remove(request, find_course(request, course_id))
    return SchoologyResponse(204)


def _list_courses(request: SchoologyRequest) -> SchoologyResponse:
    courses = [course for course in request.school.courses.values() if course.state != "deleted"]
    if "building_id" in request.params:
        building_id = parse_id(request.params["building_id"])
        courses = [course for course in courses if course.account_id == building_id]
    with_district_name = request.params.get("fetch_district_course_name") == "1"
    serialize = partial(serialize_course, district_name=with_district_name)
    return request.page("course", courses, serialize, "courses", total="str")


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


def _change(request: SchoologyRequest, course: Course, fields: BodyFields) -> None:
    values = _parse_values(request, fields)
    if values.get("name") == "":
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
    """Delete a course and its sections; their codes may be used again."""
    for section in request.school.sections_of_course(course.id):
        sections.remove_section(request, section)
    request.school.change(course, state="deleted", sis_id=None, integration_id=None)


def _parse_values(request: SchoologyRequest, fields: BodyFields) -> Values:
    """Return the values to write, by the field names of `Course`. Raises SchoologyError."""
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
        "credits": _parse_credits(fields),
        "subject": None if subject is None else SUBJECTS[subject],
        "lowest_grade": None if lowest_grade is None else GRADES[lowest_grade],
        "highest_grade": None if highest_grade is None else GRADES[highest_grade],
        "is_synced": fields.flag("synced"),
        "account_id": _parse_building(request, fields),
    }
    values: Values = {name: value for name, value in written.items() if value is not None}
    if (district := fields.text("district_course_name")) is not None:
        values["sis_id"] = district or None
    return values


def _parse_credits(fields: BodyFields) -> float | None:
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


def _parse_building(request: SchoologyRequest, fields: BodyFields) -> int | None:
    building_id = fields.number("building_id")
    if building_id and building_id not in request.school.accounts:
        raise invalid_field("building_id")
    return building_id or None


def _reject_duplicate_code(request: SchoologyRequest, code: str, course: Course | None) -> None:
    for other in request.school.courses.values():
        if other.code == code and other is not course and other.state != "deleted":
            raise SchoologyError(400, f"The course code {code} is already in use.")


def _reject_duplicate_district_name(request: SchoologyRequest, values: Values, course: Course | None) -> None:
    name = values.get("sis_id")
    other = request.school.by_sis(Course, name) if name else None
    if other is not None and other is not course and other.state != "deleted":
        raise SchoologyError(400, f"The district course name {name} is already in use.")


def _find_existing(request: SchoologyRequest, fields: BodyFields) -> Course | None:
    """Return the course that `update_existing` updates: the one with the same code."""
    try:
        return find_course_by_code(request, fields.text("course_code") or "")
    except SchoologyError:
        return None


def _serialize_created_course(request: SchoologyRequest, course: Course) -> Json:
    """Return the response to `POST /courses`."""
    return serialize_course(request, course) | {"links": {"self": request.url("courses", course.id)}}


def _serialize_course_result(request: SchoologyRequest, course: Course, code: int, *, created: bool) -> Json:
    """Return the result of a row that wrote a course; only a bulk POST has a `location`."""
    row: dict[str, Json] = {"response_code": code, "id": str(course.id)}
    if created:
        row["location"] = request.url("courses", course.id)
    return row | {"course_code": course.code}
