"""Writing sections: one at a time and in bulk.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section: a section code is
unique in a course and grading period, a section school code in the school; where both are
written the section code is ignored; a synced section's school code and periods are locked.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lms_gateway.sandbox.records import Course, Section

from .bodies import Fields, invalid, missing, read_body, read_ids, read_rows, require_rows
from .classes import find_course, find_section
from .receipts import (
    answer_rows,
    echo_of,
    tell_section_created,
    tell_section_kept,
    wrap_rows,
)
from .shapes import SWITCHES
from .view import Answer, Json, Params, Refusal, View, grading_periods

Values = dict[str, Any]
"""Fields of a `Section`, those that are written."""

_ECHO = echo_of("id", "section_code", "section_school_code", "grading_periods")
_UNIQUE = {"code", "sis_id", "term_ids"}
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"


def write_sections(
    view: View, method: str, rest: Sequence[str], params: Params, body: bytes
) -> Answer | None:
    """Answer a write of what follows `/sections`; None where there is no such write."""
    match method, rest:
        case "PUT", []:
            return _update_many(view, body)
        case "DELETE", []:
            return _delete_many(view, params)
        case "PUT", [number]:
            update_section(view, _find_own(view, number), read_body(body))
            return Answer(204)
        case "DELETE", [number]:
            remove_section(view, _find_to_delete(view, number))
            return Answer(204)
        case _:
            return None


def create_sections(view: View, number: str, params: Params, body: bytes) -> Answer:
    """Answer `POST /courses/{C}/sections`, single and bulk."""
    view.require("admin")
    course, fields = find_course(view, number), read_body(body)
    rows = read_rows(fields, "sections", "section", view.habits)
    if rows is None:
        section = create_section(view, course, fields)
        return Answer(201, tell_section_created(view, section, fields))
    update = params.get("update_existing") == "1"
    return wrap_rows(207, "section", keep_sections(view, course, rows, update=update))


def keep_sections(
    view: View, course: Course, rows: Iterable[Fields], *, update: bool
) -> list[Json]:
    """Create sections of a course, or with `update` change those that are there; a row each."""

    def keep(fields: Fields) -> Json:
        there = _match(view, course, fields) if update else None
        if there is None:
            section, code = create_section(view, course, fields), 200
        else:
            update_section(view, there, fields)
            section, code = there, view.habits.changed_row_code
        return tell_section_kept(view, section, code=code, synced=fields.told.get("synced"))

    return answer_rows(view, rows, keep, _ECHO)


def create_section(view: View, course: Course, fields: Fields) -> Section:
    """Add a section to a course. Raises Refusal."""
    return add_section(view, course, check_section(view, course, fields))


def check_section(view: View, course: Course, fields: Fields) -> Values:
    """The values of a section that may be created. Raises Refusal where it may not."""
    values = _read(view, fields)
    if not values.get("name"):
        raise missing("title")
    if not values.get("code") and not values.get("sis_id"):
        raise missing("section_code")
    if not values.get("term_ids"):
        raise missing("grading_periods")
    _refuse_taken(view, course, values, None)
    return values


def add_section(view: View, course: Course, values: Values) -> Section:
    """Take a section in whose values were checked."""
    section = Section(
        0,
        course_id=course.id,
        lowest_grade=course.lowest_grade,
        highest_grade=course.highest_grade,
        subject=course.subject,
        **{"has_content": False, "created_at": view.school.now, **values},
    )
    view.school.add(section)
    section.access_code = _access_code(section.id)
    return section


def update_section(view: View, section: Section, fields: Fields) -> None:
    """Write the fields that are there. Raises Refusal, and then writes none."""
    values = _read(view, fields)
    if section.is_synced and values.get("is_synced", True):
        _keep_locked(view, section, values)
    if not values.get("name", "kept"):
        raise missing("title")
    if not values.get("term_ids", "kept"):
        raise missing("grading_periods")
    after = {name: values.get(name, getattr(section, name)) for name in _UNIQUE}
    if not after["code"] and not after["sis_id"]:
        raise missing("section_code")
    if not _UNIQUE.isdisjoint(values):
        _refuse_taken(view, view.school.courses[section.course_id], after, section)
    if "options" in values:
        values["options"] = section.options | values["options"]
    view.school.change(section, **values)


def remove_section(view: View, section: Section) -> None:
    """Delete a section for good: its codes are free again."""
    view.school.change(section, state="deleted", sis_id=None, integration_id=None)


def may_edit(view: View, section: Section) -> bool:
    """Whether this caller administers a section."""
    if view.rights in {"staff", "personal"}:
        return view.leads_section(section, view.user)
    return view.rights == "admin"


def require_editor(view: View, section: Section) -> None:
    if not may_edit(view, section):
        raise Refusal(403)


def _update_many(view: View, body: bytes) -> Answer:
    view.require("admin", "staff", "personal")
    rows = require_rows(read_body(body), "sections", "section", view.habits)

    def keep(fields: Fields) -> Json:
        section = _find_own(view, fields.text("id") or "")
        update_section(view, section, fields)
        synced = str(int(section.is_synced))
        return tell_section_kept(view, section, code=view.habits.changed_row_code, synced=synced)

    status = view.habits.bulk_put_status
    return wrap_rows(status, "section", answer_rows(view, rows, keep, _ECHO))


def _delete_many(view: View, params: Params) -> Answer:
    view.require("admin")
    ids = read_ids(params.get("section_ids", ""), view.habits)

    def keep(number: str) -> Json:
        remove_section(view, _find_to_delete(view, number))
        return {"response_code": view.habits.changed_row_code, "id": number}

    rows = answer_rows(view, ids, keep, lambda number: {"id": number})
    return wrap_rows(207, "section", rows)


def _find_own(view: View, number: str) -> Section:
    section = find_section(view, number)
    require_editor(view, section)
    return section


def _find_to_delete(view: View, number: str) -> Section:
    view.require("admin")
    return find_section(view, number)


def _read(view: View, fields: Fields) -> Values:
    """What is written of a section, in the sandbox's own words. Raises Refusal."""
    code, school_code = fields.text("section_code"), fields.text("section_school_code")
    texts = {
        "name": fields.text("title", "section_title"),
        "code": None if code and school_code else code,
        "description": fields.text("description"),
        "location": fields.text("location"),
        "start_time": _time(fields, "start_time"),
        "end_time": _time(fields, "end_time"),
        "is_synced": fields.flag("synced"),
        "class_periods": fields.numbers("class_periods"),
        "term_ids": _periods(view, fields),
    }
    values: Values = {name: value for name, value in texts.items() if value is not None}
    if school_code is not None:
        values["sis_id"] = school_code or None
    if (days := fields.numbers("meeting_days", high=7)) is not None:
        # Saturday is 6, and 7 as the documentation has it.
        values["meeting_days"] = tuple(sorted({min(day, 6) for day in days}))
    if options := _options(fields.inside("options")):
        values["options"] = options
    return values


def _options(fields: Fields) -> dict[str, int]:
    options: dict[str, int] = {}
    for name in (*SWITCHES, "upload_document"):
        if (flag := fields.flag(name)) is not None:
            options["upload_documents" if name == "upload_document" else name] = int(flag)
    if (form := fields.number("course_format", 1, 2)) is not None:
        options["course_format"] = form
    return options


def _time(fields: Fields, name: str) -> str | None:
    text = fields.text(name)
    if text and not _TIME.fullmatch(text):
        raise invalid(name)
    return text.zfill(5) if text else text


def _periods(view: View, fields: Fields) -> tuple[int, ...] | None:
    periods = fields.numbers("grading_periods")
    for number in periods or ():
        term = view.school.terms.get(number)
        if term is None or term.state != "active":
            raise invalid("grading_periods")
    return periods


def _keep_locked(view: View, section: Section, values: Values) -> None:
    """Refuse or forget a change of what a synced section's owner alone may set."""
    locked = []
    if values.get("sis_id", section.sis_id) != section.sis_id:
        locked.append("sis_id")
    if set(values.get("term_ids", section.term_ids)) != set(section.term_ids):
        locked.append("term_ids")
    if locked and view.habits.locked_fields == "refused":
        raise Refusal(400, "A synced section's school code and grading periods are locked.")
    for name in locked:
        del values[name]


def _refuse_taken(view: View, course: Course, values: Values, itself: Section | None) -> None:
    code, school_code = values.get("code"), values.get("sis_id")
    if school_code:
        other = view.school.by_sis(Section, school_code)
        if other is not None and other is not itself and view.exists(other):
            raise Refusal(400, f"The section school code {school_code} is already in use.")
    if not code:
        return
    wanted = set(values["term_ids"] or (course.term_id,))
    for other in view.school.sections_of_course(course.id):
        shared = wanted & set(grading_periods(view.school, other))
        if other is not itself and other.code == code and shared:
            raise Refusal(400, f"The section code {code} is already in use in this course.")


def _match(view: View, course: Course, fields: Fields) -> Section | None:
    """The section that an import means: the same code in the same periods; by habit also the
    same school code."""
    code, periods = fields.text("section_code"), fields.numbers("grading_periods")
    school_code = fields.text("section_school_code")
    for section in view.school.sections_of_course(course.id):
        by_code = section.code == code and set(section.term_ids) == set(periods or ())
        if code and not school_code and by_code:
            return section
        by_school_code = view.habits.update_matches == "any_code" and section.sis_id == school_code
        if school_code and by_school_code:
            return section
    return None


def _access_code(number: int) -> str:
    letters = ""
    mixed = number * 2_654_435_761 % len(_LETTERS) ** 10
    for _ in range(10):
        mixed, at = divmod(mixed, len(_LETTERS))
        letters += _LETTERS[at]
    return f"{letters[:5]}-{letters[5:]}"
