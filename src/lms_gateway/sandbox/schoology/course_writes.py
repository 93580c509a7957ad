"""Writing courses, one at a time and in bulk, with their sections inline.

https://developers.schoology.com/api-documentation/rest-api-v1/course: the code is unique in the
school, and locked where the course is synced.
"""

from collections.abc import Sequence
from typing import Any

from lms_gateway.sandbox.records import GRADES, SUBJECTS, Course

from .bodies import Fields, invalid, missing, read_body, read_ids, read_rows, require_rows
from .classes import find_course, find_course_by_code
from .receipts import answer_rows, echo_of, tell_course_created, tell_course_kept, wrap_rows
from .section_writes import create_sections, keep_sections, remove_section
from .view import Answer, Json, Params, Refusal, View

Values = dict[str, Any]
"""Fields of a `Course`, those that are written."""

_ECHO = echo_of("id", "course_code")


def write_courses(
    view: View, method: str, rest: Sequence[str], params: Params, body: bytes
) -> Answer | None:
    """Answer a write of what follows `/courses`; None where there is no such write."""
    match method, rest:
        case "POST", []:
            return _create(view, params, body)
        case "PUT", []:
            return _update_many(view, body)
        case "DELETE", []:
            return _delete_many(view, params)
        case "POST", [number, "sections"]:
            return create_sections(view, number, params, body)
        case "PUT", [number]:
            view.require("admin")
            _update(view, find_course(view, number), read_body(body))
            return Answer(204)
        case "DELETE", [number]:
            view.require("admin")
            _remove(view, find_course(view, number))
            return Answer(204)
        case _:
            return None


def _create(view: View, params: Params, body: bytes) -> Answer:
    view.require("admin")
    fields = read_body(body)
    rows = read_rows(fields, "courses", "course", view.habits)
    if rows is None:
        return Answer(201, tell_course_created(view, _add(view, fields)))
    update = params.get("update_existing") == "1"

    def keep(row: Fields) -> Json:
        sections = read_rows(row, "sections", "section", view.habits)
        there = _match(view, row) if update else None
        if there is None:
            course, code = _add(view, row), 200
        else:
            _update(view, there, row)
            course, code = there, view.habits.changed_row_code
        told = tell_course_kept(view, course, code, created=True)
        if sections is not None:
            nested = keep_sections(view, course, sections, update=update)
            told["sections"] = {"section": nested}
        return told

    return wrap_rows(207, "course", answer_rows(view, rows, keep, _ECHO))


def _update_many(view: View, body: bytes) -> Answer:
    view.require("admin")
    rows = require_rows(read_body(body), "courses", "course", view.habits)

    def keep(fields: Fields) -> Json:
        course = find_course(view, fields.text("id") or "")
        _update(view, course, fields)
        return tell_course_kept(view, course, view.habits.changed_row_code, created=False)

    status = view.habits.bulk_put_status
    return wrap_rows(status, "course", answer_rows(view, rows, keep, _ECHO))


def _delete_many(view: View, params: Params) -> Answer:
    view.require("admin")
    ids = read_ids(params.get("course_ids", ""), view.habits)

    def keep(number: str) -> Json:
        _remove(view, find_course(view, number))
        return {"response_code": view.habits.changed_row_code, "id": number}

    return wrap_rows(207, "course", answer_rows(view, ids, keep, lambda number: {"id": number}))


def _add(view: View, fields: Fields) -> Course:
    values = _read(view, fields)
    if not values.get("name"):
        raise missing("title")
    if not values.get("code"):
        raise missing("course_code")
    _refuse_taken(view, values["code"], None)
    _refuse_district_name(view, values, None)
    school = view.school
    current = min(view.current_terms(), default=min(school.terms, default=0))
    course = Course(
        0,
        term_id=current,
        **{"account_id": school.root.id, "time_zone": school.time_zone, **values},
        created_at=school.now,
    )
    school.add(course)
    return course


def _update(view: View, course: Course, fields: Fields) -> None:
    values = _read(view, fields)
    if not values.get("name", "kept"):
        raise missing("title")
    if values.get("code", course.code) != course.code:
        if course.is_synced and values.get("is_synced", True):
            if view.habits.locked_fields == "refused":
                raise Refusal(400, "A synced course's code is locked.")
            del values["code"]
        elif not values["code"]:
            raise missing("course_code")
        else:
            _refuse_taken(view, values["code"], course)
    _refuse_district_name(view, values, course)
    view.school.change(course, **values)


def _remove(view: View, course: Course) -> None:
    """Delete a course for good, with its sections: their codes are free again."""
    for section in view.school.sections_of_course(course.id):
        remove_section(view, section)
    view.school.change(course, state="deleted", sis_id=None, integration_id=None)


def _read(view: View, fields: Fields) -> Values:
    """What is written of a course, in the sandbox's own words. Raises Refusal."""
    low = fields.number("grade_level_range_start", high=len(GRADES) - 1)
    high = fields.number("grade_level_range_end", high=len(GRADES) - 1)
    if low and high and high < low:
        raise invalid("grade_level_range_end")
    subject = fields.number("subject_area", high=len(SUBJECTS) - 1)
    written = {
        "name": fields.text("title"),
        "code": fields.text("course_code"),
        "department": fields.text("department"),
        "description": fields.text("description"),
        "credits": _credits(fields),
        "subject": None if subject is None else SUBJECTS[subject],
        "lowest_grade": None if low is None else GRADES[low],
        "highest_grade": None if high is None else GRADES[high],
        "is_synced": fields.flag("synced"),
        "account_id": _building(view, fields),
    }
    values: Values = {name: value for name, value in written.items() if value is not None}
    if (district := fields.text("district_course_name")) is not None:
        values["sis_id"] = district or None
    return values


def _credits(fields: Fields) -> float | None:
    text = fields.text("credits")
    if text is None:
        return None
    try:
        credits = float(text or 0)
    except ValueError:
        raise invalid("credits") from None
    if not 0 <= credits < 1_000_000:
        raise invalid("credits")
    return credits


def _building(view: View, fields: Fields) -> int | None:
    number = fields.number("building_id")
    if number and number not in view.school.accounts:
        raise invalid("building_id")
    return number or None


def _refuse_taken(view: View, code: str, itself: Course | None) -> None:
    for other in view.school.courses.values():
        if other.code == code and other is not itself and other.state != "deleted":
            raise Refusal(400, f"The course code {code} is already in use.")


def _refuse_district_name(view: View, values: Values, itself: Course | None) -> None:
    name = values.get("sis_id")
    other = view.school.by_sis(Course, name) if name else None
    if other is not None and other is not itself and other.state != "deleted":
        raise Refusal(400, f"The district course name {name} is already in use.")


def _match(view: View, fields: Fields) -> Course | None:
    """The course that an import means: the one with the same code."""
    try:
        return find_course_by_code(view, fields.text("course_code") or "")
    except Refusal:
        return None
