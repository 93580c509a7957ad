"""Writing sections: one at a time and in bulk.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section: a section code is
unique in a course and grading period, a section school code in the school; where both are
written the section code is ignored; a synced section's school code and periods are locked.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lms_sandbox.data.models import Course, Section
from lms_sandbox.schoology.context import (
    Json,
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
    grading_periods,
)
from lms_sandbox.schoology.courses import find_course, find_section
from lms_sandbox.schoology.request_body import (
    BodyFields,
    invalid_field,
    missing_field,
    read_body,
    read_ids,
    read_rows,
    require_rows,
)
from lms_sandbox.schoology.serializers import OPTION_DEFAULTS
from lms_sandbox.schoology.write_responses import (
    echo_fields,
    serialize_created_section,
    serialize_section_result,
    wrap_rows,
    write_rows,
)

Values = dict[str, Any]
"""Fields of a `Section`, those that are written."""

_ECHOED_FIELDS = echo_fields("id", "section_code", "section_school_code", "grading_periods")
_UNIQUENESS_FIELDS = {"code", "sis_id", "term_ids"}
_TIME_PATTERN = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_ACCESS_CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def write_sections(
    request: SchoologyRequest, method: str, segments: Sequence[str], params: Params, body: bytes
) -> SchoologyResponse | None:
    """Answer a write of what follows `/sections`; None where there is no such write."""
    match method, segments:
        case "PUT", []:
            return _update_many(request, body)
        case "DELETE", []:
            return _delete_many(request, params)
        case "PUT", [number]:
            update_section(request, _find_editable(request, number), read_body(body))
            return SchoologyResponse(204)
        case "DELETE", [number]:
            remove_section(request, _find_deletable(request, number))
            return SchoologyResponse(204)
        case _:
            return None


def create_sections(
    request: SchoologyRequest, number: str, params: Params, body: bytes
) -> SchoologyResponse:
    """Answer `POST /courses/{C}/sections`, single and bulk."""
    request.require("admin")
    course, fields = find_course(request, number), read_body(body)
    rows = read_rows(fields, "sections", "section", request.quirks)
    if rows is None:
        section = create_section(request, course, fields)
        return SchoologyResponse(201, serialize_created_section(request, section, fields))
    update = params.get("update_existing") == "1"
    return wrap_rows(207, "section", write_section_rows(request, course, rows, update=update))


def write_section_rows(
    request: SchoologyRequest, course: Course, rows: Iterable[BodyFields], *, update: bool
) -> list[Json]:
    """Create sections of a course, or with `update` change those that are there; a row each."""

    def write_row(fields: BodyFields) -> Json:
        existing = _find_existing(request, course, fields) if update else None
        if existing is None:
            section, code = create_section(request, course, fields), 200
        else:
            update_section(request, existing, fields)
            section, code = existing, request.quirks.changed_row_code
        return serialize_section_result(
            request, section, code=code, synced=fields.values.get("synced")
        )

    return write_rows(request, rows, write_row, _ECHOED_FIELDS)


def create_section(request: SchoologyRequest, course: Course, fields: BodyFields) -> Section:
    """Add a section to a course. Raises Refusal."""
    return add_section(request, course, validate_section(request, course, fields))


def validate_section(request: SchoologyRequest, course: Course, fields: BodyFields) -> Values:
    """The values of a section that may be created. Raises Refusal where it may not."""
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
    """Take a section in whose values were checked."""
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


def update_section(request: SchoologyRequest, section: Section, fields: BodyFields) -> None:
    """Write the fields that are there. Raises Refusal, and then writes none."""
    values = _parse_values(request, fields)
    if section.is_synced and values.get("is_synced", True):
        _reject_locked_changes(request, section, values)
    if not values.get("name", "kept"):
        raise missing_field("title")
    if not values.get("term_ids", "kept"):
        raise missing_field("grading_periods")
    unique_values = {name: values.get(name, getattr(section, name)) for name in _UNIQUENESS_FIELDS}
    if not unique_values["code"] and not unique_values["sis_id"]:
        raise missing_field("section_code")
    if not _UNIQUENESS_FIELDS.isdisjoint(values):
        _reject_duplicate_codes(
            request, request.school.courses[section.course_id], unique_values, section
        )
    if "options" in values:
        values["options"] = section.options | values["options"]
    request.school.change(section, **values)


def remove_section(request: SchoologyRequest, section: Section) -> None:
    """Delete a section for good: its codes are free again."""
    request.school.change(section, state="deleted", sis_id=None, integration_id=None)


def may_edit(request: SchoologyRequest, section: Section) -> bool:
    """Whether this caller administers a section."""
    if request.rights in {"staff", "personal"}:
        return request.leads_section(section, request.user)
    return request.rights == "admin"


def require_editor(request: SchoologyRequest, section: Section) -> None:
    if not may_edit(request, section):
        raise SchoologyError(403)


def _update_many(request: SchoologyRequest, body: bytes) -> SchoologyResponse:
    request.require("admin", "staff", "personal")
    rows = require_rows(read_body(body), "sections", "section", request.quirks)

    def write_row(fields: BodyFields) -> Json:
        section = _find_editable(request, fields.text("id") or "")
        update_section(request, section, fields)
        synced = str(int(section.is_synced))
        return serialize_section_result(
            request, section, code=request.quirks.changed_row_code, synced=synced
        )

    status = request.quirks.bulk_put_status
    return wrap_rows(status, "section", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _delete_many(request: SchoologyRequest, params: Params) -> SchoologyResponse:
    request.require("admin")
    ids = read_ids(params.get("section_ids", ""), request.quirks)

    def write_row(number: str) -> Json:
        remove_section(request, _find_deletable(request, number))
        return {"response_code": request.quirks.changed_row_code, "id": number}

    rows = write_rows(request, ids, write_row, lambda number: {"id": number})
    return wrap_rows(207, "section", rows)


def _find_editable(request: SchoologyRequest, number: str) -> Section:
    section = find_section(request, number)
    require_editor(request, section)
    return section


def _find_deletable(request: SchoologyRequest, number: str) -> Section:
    request.require("admin")
    return find_section(request, number)


def _parse_values(request: SchoologyRequest, fields: BodyFields) -> Values:
    """What is written of a section, in the sandbox's own words. Raises Refusal."""
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
        # Saturday is 6, and 7 as the documentation has it.
        values["meeting_days"] = tuple(sorted({min(day, 6) for day in days}))
    if options := _parse_options(fields.nested("options")):
        values["options"] = options
    return values


def _parse_options(fields: BodyFields) -> dict[str, int]:
    options: dict[str, int] = {}
    for name in (*OPTION_DEFAULTS, "upload_document"):
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
    periods = fields.numbers("grading_periods")
    for number in periods or ():
        term = request.school.terms.get(number)
        if term is None or term.state != "active":
            raise invalid_field("grading_periods")
    return periods


def _reject_locked_changes(request: SchoologyRequest, section: Section, values: Values) -> None:
    """Refuse or forget a change of what a synced section's owner alone may set."""
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
        other_section = request.school.by_sis(Section, school_code)
        if (
            other_section is not None
            and other_section is not section
            and request.section_exists(other_section)
        ):
            raise SchoologyError(400, f"The section school code {school_code} is already in use.")
    if not code:
        return
    period_ids = set(values["term_ids"] or (course.term_id,))
    for other_section in request.school.sections_of_course(course.id):
        shared_periods = period_ids & set(grading_periods(request.school, other_section))
        if other_section is not section and other_section.code == code and shared_periods:
            raise SchoologyError(400, f"The section code {code} is already in use in this course.")


def _find_existing(request: SchoologyRequest, course: Course, fields: BodyFields) -> Section | None:
    """The section that an import means: the same code in the same periods; by habit also the
    same school code."""
    code, periods = fields.text("section_code"), fields.numbers("grading_periods")
    school_code = fields.text("section_school_code")
    for section in request.school.sections_of_course(course.id):
        by_code = section.code == code and set(section.term_ids) == set(periods or ())
        if code and not school_code and by_code:
            return section
        by_school_code = (
            request.quirks.update_matches == "any_code" and section.sis_id == school_code
        )
        if school_code and by_school_code:
            return section
    return None


def _access_code(number: int) -> str:
    code = ""
    scrambled = number * 2_654_435_761 % len(_ACCESS_CODE_ALPHABET) ** 10
    for _ in range(10):
        scrambled, letter_index = divmod(scrambled, len(_ACCESS_CODE_ALPHABET))
        code += _ACCESS_CODE_ALPHABET[letter_index]
    return f"{code[:5]}-{code[5:]}"
