"""Sections: reads, and writes of one section or many.

A section code is unique in a course and grading period, a section school code in the school. If
both are written, the section code is ignored. The school code and the grading periods of a synced
section are locked.
https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lms_sandbox.data.models import Course, Section
from lms_sandbox.schoology import lookup, serializers
from lms_sandbox.schoology.bulk import BulkResource, WriteRow
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.enrollments import list_enrollments, show_enrollment
from lms_sandbox.schoology.params import split_list
from lms_sandbox.schoology.request_body import BodyFields, invalid_field, missing_field, read_body

SECTIONS = BulkResource(
    "sections", "section", ("id", "section_code", "section_school_code", "grading_periods")
)

Values = dict[str, Any]
"""The fields of a `Section` that a request writes."""

_UNSUPPORTED_RESOURCES = frozenset({
    "albums", "assignments", "completion", "discussions", "documents", "events", "folders", "grade_items",
    "grades", "grading_categories", "grading_groups", "grading_rubrics", "grading_scales", "pages",
    "submissions", "updates",
})  # fmt: skip
"""Parts of a section that Schoology has and the simulator does not."""
_CREATED_FIELDS = (
    "id", "course_id", "school_id", "section_title", "section_code", "section_school_code", "active",
    "description", "grading_periods", "profile_url", "location", "meeting_days", "links"
)  # fmt: skip
_MAX_CODES = 50
_UNIQUE_FIELDS = {"code", "sis_id", "term_ids"}
_TIME_PATTERN = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_ACCESS_CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


# Reads


def read(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/sections`."""
    match segments:
        case []:
            return _list_by_codes(request)
        case ["ext", code]:
            return _show_by_code(request, code)
        case [section_id, *subpath]:
            section = lookup.find_section(request, section_id)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["enrollments"]:
            return list_enrollments(request, section)
        case ["enrollments", enrollment_id]:
            return show_enrollment(request, section, enrollment_id)
        case ["grading_periods"]:
            return _list_periods(request, section)
        case ["attendance", *_]:
            raise SchoologyError(410)
        case [name, *_] if name in _UNSUPPORTED_RESOURCES:
            raise SchoologyError(501, "The simulator does not implement this.")
        case _:
            # Schoology answers an unknown path below a section with the section.
            return _show(request, section)


def list_sections_of_course(request: SchoologyRequest, course: Course) -> SchoologyResponse:
    """Answer `GET /courses/{id}/sections`."""
    sections = request.current_sections(request.school.sections_of_course(course.id))
    path = f"courses/{course.id}/sections"
    return request.page("section", sections, serializers.serialize_section_row, path, total="str")


def _show(request: SchoologyRequest, section: Section) -> SchoologyResponse:
    return SchoologyResponse(200, serializers.serialize_section(request, section))


def _list_by_codes(request: SchoologyRequest) -> SchoologyResponse:
    if not request.params.get("section_school_codes"):
        raise SchoologyError(403)  # there is no list of all sections
    codes = split_list(request.params["section_school_codes"], _MAX_CODES)
    sections = [request.school.by_sis(Section, code) for code in dict.fromkeys(codes)]
    visible = [
        section
        for section in sections
        if section and request.section_exists(section) and request.sees_section(section)
    ]
    # Sorted by id, not in the order of the codes: a client must match rows by code.
    matches = request.current_sections(sorted(visible, key=lambda section: section.id))
    if request.quirks.lookup_paged:
        return request.page("section", matches, serializers.serialize_section_lookup, "sections", total="int")
    rows = [serializers.serialize_section_lookup(request, section) for section in matches]
    links = {"self": request.page_url("sections")}
    return request.envelope("section", rows, links, len(matches), "int")


def _show_by_code(request: SchoologyRequest, code: str) -> SchoologyResponse:
    section = lookup.find_section_by_code(request, code)
    if not request.sees_section(section):
        raise SchoologyError(403)
    if request.quirks.section_ext == "redirect":
        return request.redirect_to("sections", section.id)
    return _show(request, section)


def _list_periods(request: SchoologyRequest, section: Section) -> SchoologyResponse:
    candidates = [request.school.terms.get(term_id) for term_id in request.grading_periods(section)]
    terms = [term for term in candidates if term is not None and term.state == "active"]
    weight = 100 // max(1, len(terms))
    rows = [serializers.serialize_section_period(term, weight) for term in terms]
    links = {"self": request.url("sections", section.id, "grading_periods")}
    return SchoologyResponse(200, {"grading_period": rows, "links": links})


# Writes


def create(request: SchoologyRequest, course_id: str) -> SchoologyResponse:
    """Answer `POST /courses/{id}/sections`: one section, or many."""
    request.require("admin")
    course, fields = lookup.find_course(request, course_id), read_body(request.body)
    rows = SECTIONS.rows(request, fields)
    if rows is None:
        section = _create(request, course, fields)
        return SchoologyResponse(201, _serialize_created_section(request, section, fields))
    update = request.params.get("update_existing") == "1"
    return SECTIONS.write(request, rows, _section_writer(request, course, update=update))


def write_section_rows(
    request: SchoologyRequest, course: Course, rows: Iterable[BodyFields], *, update: bool
) -> list[Json]:
    """Write the sections within the row of a course and return a result for each."""
    return SECTIONS.write_rows(request, rows, _section_writer(request, course, update=update))


def update_many(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `PUT /sections`."""
    request.require("admin", "staff", "personal")

    def write_row(row: BodyFields) -> Json:
        section = lookup.find_editable_section(request, row.text("id") or "")
        _change(request, section, row)
        code, synced = request.quirks.changed_row_code, str(int(section.is_synced))
        return _serialize_section_result(request, section, code=code, synced=synced)

    return SECTIONS.update(request, write_row)


def update(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `PUT /sections/{id}`."""
    _change(request, lookup.find_editable_section(request, section_id), read_body(request.body))
    return SchoologyResponse(204)


def delete_many(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `DELETE /sections?section_ids=`."""
    request.require("admin")
    return SECTIONS.delete(request, lambda id: remove_section(request, lookup.find_section(request, id)))


def delete(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `DELETE /sections/{id}`."""
    request.require("admin")
    remove_section(request, lookup.find_section(request, section_id))
    return SchoologyResponse(204)


def _create(request: SchoologyRequest, course: Course, fields: BodyFields) -> Section:
    """Add a section to a course. Raises SchoologyError if a field is missing or invalid."""
    return add_section(request, course, validate_section(request, course, fields))


def validate_section(request: SchoologyRequest, course: Course, fields: BodyFields) -> Values:
    """Return the values of a new section. Raises SchoologyError if it cannot be created."""
    values = _parse_values(request, fields)
    if not values.get("name"):
        raise missing_field("title")
    if not values.get("code") and not values.get("sis_id"):
        raise missing_field("section_code")
    if not values.get("term_ids"):
        raise missing_field("grading_periods")
    _reject_duplicate_codes(request, course, values, None)
    return values


def add_section(request: SchoologyRequest, course: Course, values: Values) -> Section:
    """Add a section whose values are valid."""
    section = Section(
        0,
        course_id=course.id,
        lowest_grade=course.lowest_grade,
        highest_grade=course.highest_grade,
        subject=course.subject,
        **{"has_content": False, "created_at": request.school.now, **values},
    )
    request.school.add(section)
    section.access_code = _access_code(section.id)
    return section


def remove_section(request: SchoologyRequest, section: Section) -> None:
    """Delete a section; its codes may be used again."""
    request.school.change(section, state="deleted", sis_id=None, integration_id=None)


def _section_writer(request: SchoologyRequest, course: Course, *, update: bool) -> WriteRow:
    def write_row(row: BodyFields) -> Json:
        existing = _find_existing(request, course, row) if update else None
        if existing is None:
            section, code = _create(request, course, row), 200
        else:
            _change(request, existing, row)
            section, code = existing, request.quirks.changed_row_code
        synced = row.values.get("synced")
        return _serialize_section_result(request, section, code=code, synced=synced)

    return write_row


def _change(request: SchoologyRequest, section: Section, fields: BodyFields) -> None:
    """Write the fields that were sent. Raises SchoologyError before anything is written."""
    values = _parse_values(request, fields)
    if section.is_synced and values.get("is_synced", True):
        _reject_locked_changes(request, section, values)
    if values.get("name") == "":
        raise missing_field("title")
    if values.get("term_ids") == ():
        raise missing_field("grading_periods")
    unique_values = {name: values.get(name, getattr(section, name)) for name in _UNIQUE_FIELDS}
    if not unique_values["code"] and not unique_values["sis_id"]:
        raise missing_field("section_code")
    if not _UNIQUE_FIELDS.isdisjoint(values):
        course = request.school.courses[section.course_id]
        _reject_duplicate_codes(request, course, unique_values, section)
    if "options" in values:
        values["options"] = section.options | values["options"]
    request.school.change(section, **values)


def _parse_values(request: SchoologyRequest, fields: BodyFields) -> Values:
    """Return the values to write, by the field names of `Section`. Raises SchoologyError."""
    code, school_code = fields.text("section_code"), fields.text("section_school_code")
    written = {
        "name": fields.text("title", "section_title"),
        "code": None if code and school_code else code,
        "description": fields.text("description"),
        "location": fields.text("location"),
        "start_time": _parse_time(fields, "start_time"),
        "end_time": _parse_time(fields, "end_time"),
        "is_synced": fields.flag("synced"),
        "class_periods": fields.numbers("class_periods"),
        "term_ids": _parse_periods(request, fields),
    }
    values: Values = {name: value for name, value in written.items() if value is not None}
    if school_code is not None:
        values["sis_id"] = school_code or None
    if (days := fields.numbers("meeting_days", high=7)) is not None:
        # Saturday is 6; the documentation says 7.
        values["meeting_days"] = tuple(sorted({min(day, 6) for day in days}))
    if options := _parse_options(fields.nested("options")):
        values["options"] = options
    return values


def _parse_options(fields: BodyFields) -> dict[str, int]:
    options: dict[str, int] = {}
    for name in (*serializers.OPTION_DEFAULTS, "upload_document"):
        if (flag := fields.flag(name)) is not None:
            options["upload_documents" if name == "upload_document" else name] = int(flag)
    if (course_format := fields.number("course_format", 1, 2)) is not None:
        options["course_format"] = course_format
    return options


def _parse_time(fields: BodyFields, name: str) -> str | None:
    text = fields.text(name)
    if text and not _TIME_PATTERN.fullmatch(text):
        raise invalid_field(name)
    return text.zfill(5) if text else text


def _parse_periods(request: SchoologyRequest, fields: BodyFields) -> tuple[int, ...] | None:
    term_ids = fields.numbers("grading_periods")
    for term_id in term_ids or ():
        term = request.school.terms.get(term_id)
        if term is None or term.state != "active":
            raise invalid_field("grading_periods")
    return term_ids


def _reject_locked_changes(request: SchoologyRequest, section: Section, values: Values) -> None:
    """Raise for, or drop, changes of the fields that are locked in a synced section."""
    locked = []
    if values.get("sis_id", section.sis_id) != section.sis_id:
        locked.append("sis_id")
    if set(values.get("term_ids", section.term_ids)) != set(section.term_ids):
        locked.append("term_ids")
    if locked and request.quirks.locked_fields == "refused":
        raise SchoologyError(400, "A synced section's school code and grading periods are locked.")
    for name in locked:
        del values[name]


def _reject_duplicate_codes(
    request: SchoologyRequest, course: Course, values: Values, section: Section | None
) -> None:
    code, school_code = values.get("code"), values.get("sis_id")
    if school_code:
        other = request.school.by_sis(Section, school_code)
        if other is not None and other is not section and request.section_exists(other):
            raise SchoologyError(400, f"The section school code {school_code} is already in use.")
    if not code:
        return
    term_ids = set(values["term_ids"] or (course.term_id,))
    for other in request.school.sections_of_course(course.id):
        shared_terms = term_ids & set(request.grading_periods(other))
        if other is not section and other.code == code and shared_terms:
            raise SchoologyError(400, f"The section code {code} is already in use in this course.")


def _find_existing(request: SchoologyRequest, course: Course, fields: BodyFields) -> Section | None:
    """Return the section of the course that `update_existing` updates, or None."""
    # A row matches a section as follows:
    #
    #   the row has                    equal fields
    #   a section code only            section code and all grading periods
    #   a section school code          none: it creates a section or is a duplicate
    #   the same, with the quirk       section school code
    #     update_matches="any_code"
    code, term_ids = fields.text("section_code"), fields.numbers("grading_periods")
    school_code = fields.text("section_school_code")
    by_school_code = school_code and request.quirks.update_matches == "any_code"
    for section in request.school.sections_of_course(course.id):
        if code and not school_code and section.code == code:
            if set(section.term_ids) == set(term_ids or ()):
                return section
        elif by_school_code and section.sis_id == school_code:
            return section
    return None


def _access_code(section_id: int) -> str:
    code = ""
    scrambled = section_id * 2_654_435_761 % len(_ACCESS_CODE_ALPHABET) ** 10
    for _ in range(10):
        scrambled, letter_index = divmod(scrambled, len(_ACCESS_CODE_ALPHABET))
        code += _ACCESS_CODE_ALPHABET[letter_index]
    return f"{code[:5]}-{code[5:]}"


def _serialize_created_section(request: SchoologyRequest, section: Section, fields: BodyFields) -> Json:
    """Return the response to `POST /courses/{id}/sections`.

    It lacks the course's names and the caller's `admin` flag. A field that was not sent is null.
    """
    row = serializers.serialize_section_row(request, section)
    sent = fields.nested("options").values
    options = {name: sent.get(name) for name in serializers.OPTION_DEFAULTS}
    if options["upload_documents"] is None:
        options["upload_documents"] = sent.get("upload_document")
    return {name: row[name] for name in _CREATED_FIELDS} | {
        "access_code": section.access_code,
        "synced": fields.values.get("synced"),
        "start_time": section.start_time or None,
        "end_time": section.end_time or None,
        "options": options | {"content_index_visibility": []},
    }


def _serialize_section_result(
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
