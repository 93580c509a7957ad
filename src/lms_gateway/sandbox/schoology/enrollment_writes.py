"""Writing enrollments: in one section, in many, by codes, and by access code.

https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Iterator, Sequence

from lms_gateway.sandbox.records import Enrollment, EnrollmentState, Section, User

from .bodies import Fields, invalid, missing, read_body, read_ids, read_rows, require_rows
from .classes import find_course_by_code, find_section
from .receipts import (
    answer_rows,
    echo_of,
    tell_enrollment_created,
    tell_enrollment_joined,
    tell_enrollment_kept,
    wrap_rows,
)
from .section_writes import require_editor
from .view import LEADS, Answer, Json, Params, Refusal, View, grading_periods, listed, parse_id

_STATES: dict[int, EnrollmentState] = {
    1: "active",
    2: "completed",
    3: "invited",
    4: "requested",
    5: "archived",
}
_ECHO = echo_of("id", "uid", "realm", "section_id", "group_id")
_IMPORT_ECHO = echo_of("school_uid", "section_school_code", "course_code", "section_code")


def write_roster(
    view: View, method: str, number: str, rest: Sequence[str], params: Params, body: bytes
) -> Answer | None:
    """Answer a write of `/sections/{number}/enrollments…`; None where there is no such write."""
    if (method, bool(rest)) not in {
        ("POST", False),
        ("PUT", False),
        ("DELETE", False),
        ("PUT", True),
        ("DELETE", True),
    } or len(rest) > 1:
        return None
    _refuse_others(view)
    section = find_section(view, number)
    require_editor(view, section)
    match method, rest:
        case "POST", []:
            return _create_in(view, section, body)
        case "PUT", []:
            return _update_in(view, section, body)
        case "DELETE", []:
            return delete_many(view, params, section)
        case "PUT", [at]:
            _update(view, _find(view, at, section), read_body(body))
        case _, [at]:
            _remove(view, _find(view, at, section))
    return Answer(204)


def create_anywhere(view: View, params: Params, body: bytes) -> Answer:
    """Answer `POST /enrollments`: each row names its own section."""
    _refuse_others(view)
    view.require("admin", "staff")
    rows = require_rows(read_body(body), "enrollments", "enrollment", view.habits)
    update = params.get("update_existing") == "1"

    def keep(fields: Fields) -> Json:
        if fields.text("realm") != "section":
            raise Refusal(403)  # there are no groups here
        section = find_section(view, fields.text("section_id") or "")
        require_editor(view, section)
        one = _create(view, section, fields, update=update)
        realm = {"realm": "section", "realm_id": str(section.id)}
        return tell_enrollment_kept(view, one) | realm

    return wrap_rows(207, "enrollment", answer_rows(view, rows, keep, _ECHO))


def delete_many(view: View, params: Params, section: Section | None = None) -> Answer:
    """Answer `DELETE /enrollments?enrollment_ids=`, of one section or of any."""
    _refuse_others(view)
    view.require("admin", "staff")
    ids = read_ids(params.get("enrollment_ids", ""), view.habits)

    def keep(number: str) -> Json:
        one = _find(view, number, section)
        require_editor(view, view.school.sections[one.section_id])
        _remove(view, one)
        return {"response_code": view.habits.changed_row_code, "id": number}

    rows = answer_rows(view, ids, keep, lambda number: {"id": number})
    return wrap_rows(207, "enrollment", rows)


def import_by_codes(view: View, periods: str | None, body: bytes) -> Answer:
    """Answer `POST /enrollments/import/course[/{grading periods}]`: who is there is changed, who
    is not is added, and `delete` takes out."""
    view.require("admin")
    rows = require_rows(read_body(body), "enrollments", "enrollment", view.habits)
    wanted = None if periods is None else {parse_id(one) for one in periods.split(",")}

    def keep(fields: Fields) -> Json:
        user = view.school.by_sis(User, fields.text("school_uid") or "")
        if user is None or user.state not in {"registered", "unconfirmed"}:
            raise view.unknown()
        sections = list(_meant(view, fields, wanted))
        if not sections:
            raise view.unknown()
        # A code may stand for a section of each period: all are written, the first is told.
        section, one = sections[0], _import(view, sections[0], user, fields)
        for other in sections[1:]:
            _import(view, other, user, fields)
        told: dict[str, Json] = {
            "response_code": 200,
            "location": view.url("sections", section.id, "enrollments", one.id),
            "school_uid": user.sis_id,
        }
        if wanted is None:
            told["section_school_code"] = section.sis_id
        told["course_code"] = view.school.courses[section.course_id].code
        return told | {"section_code": section.code}

    return wrap_rows(207, "enrollment", answer_rows(view, rows, keep, _IMPORT_ECHO))


def join(view: View, number: str, body: bytes) -> Answer:
    """Answer `POST /sections/{S}/accesscode`: the caller joins as a member."""
    code = read_body(body).text("access_code")
    if not code:
        raise missing("access_code")
    section = view.school.sections.get(parse_id(number))
    if section is None or not view.exists(section):
        raise view.unknown()
    if section.access_code != code:
        raise Refusal(403)
    if _there(view, section, view.user.id) is not None:
        raise Refusal(400, "The user is already enrolled.")
    one = _add(view, section, view.user.id, is_admin=False, state="active")
    return Answer(201, tell_enrollment_joined(view, one))


def _create_in(view: View, section: Section, body: bytes) -> Answer:
    fields = read_body(body)
    rows = read_rows(fields, "enrollments", "enrollment", view.habits)
    if rows is None:
        return Answer(201, tell_enrollment_created(view, _create(view, section, fields)))

    def keep(row: Fields) -> Json:
        return tell_enrollment_kept(view, _create(view, section, row))

    return wrap_rows(207, "enrollment", answer_rows(view, rows, keep, _ECHO))


def _update_in(view: View, section: Section, body: bytes) -> Answer:
    rows = require_rows(read_body(body), "enrollments", "enrollment", view.habits)

    def keep(fields: Fields) -> Json:
        one = _find(view, fields.text("id") or "", section)
        _update(view, one, fields)
        return {"response_code": view.habits.changed_row_code, "id": str(one.id)}

    status = view.habits.bulk_put_status
    return wrap_rows(status, "enrollment", answer_rows(view, rows, keep, _ECHO))


def _create(view: View, section: Section, fields: Fields, *, update: bool = False) -> Enrollment:
    for name in ("uid", "admin", "status"):
        if fields.text(name) in (None, ""):
            raise missing(name)
    user = view.school.users.get(fields.number("uid") or -1)
    if user is None or user.state not in {"registered", "unconfirmed"}:
        raise invalid("uid")
    is_admin, state = bool(fields.flag("admin")), _state(fields)
    there = _there(view, section, user.id)
    if there is None:
        return _add(view, section, user.id, is_admin=is_admin, state=state or "active")
    if not update:
        raise Refusal(400, "The user is already enrolled.")
    _change(view, there, is_admin, state)
    return there


def _import(view: View, section: Section, user: User, fields: Fields) -> Enrollment:
    there = _there(view, section, user.id)
    if fields.flag("delete"):
        if there is None:
            raise view.unknown()
        _remove(view, there)
        return there
    is_admin = fields.flag("admin")
    if there is None:
        return _add(view, section, user.id, is_admin=bool(is_admin), state="active")
    _change(view, there, is_admin, "active")
    return there


def _update(view: View, one: Enrollment, fields: Fields) -> None:
    if fields.number("uid") not in (None, one.user_id):
        raise invalid("uid")
    _change(view, one, fields.flag("admin"), _state(fields))


def _change(
    view: View, one: Enrollment, is_admin: bool | None, state: EnrollmentState | None
) -> None:
    role = one.role
    if is_admin is not None and is_admin != (role in LEADS):
        role = "teacher" if is_admin else "student"
    view.school.change(one, role=role, state=state or one.state, updated_at=view.school.now)


def _remove(view: View, one: Enrollment) -> None:
    view.school.change(one, state="deleted", updated_at=view.school.now)


def _add(
    view: View, section: Section, user_id: int, *, is_admin: bool, state: EnrollmentState
) -> Enrollment:
    now = view.school.now
    one = Enrollment(
        0,
        user_id,
        section.course_id,
        section.id,
        "teacher" if is_admin else "student",
        state,
        created_at=now,
        updated_at=now,
    )
    view.school.add(one)
    return one


def _state(fields: Fields) -> EnrollmentState | None:
    number = fields.number("status", 1, len(_STATES))
    return None if number is None else _STATES[number]


def _there(view: View, section: Section, user_id: int) -> Enrollment | None:
    for one in listed(view.school.enrollments_of_section(section.id)):
        if one.user_id == user_id:
            return one
    return None


def _find(view: View, number: str, section: Section | None) -> Enrollment:
    one = view.school.enrollments.get(parse_id(number))
    if one is None or one not in listed([one]):
        raise view.unknown()
    if not view.exists(view.school.sections[one.section_id]):
        raise view.unknown()
    if section is not None and one.section_id != section.id:
        raise Refusal(403)  # an enrollment of another realm
    return one


def _meant(view: View, fields: Fields, periods: set[int] | None) -> Iterator[Section]:
    """The sections that a row of an import names by its codes. Raises Refusal."""
    if periods is None:
        section = view.school.by_sis(Section, fields.text("section_school_code") or "")
        if section is not None and view.exists(section):
            yield section
        return
    course = find_course_by_code(view, fields.text("course_code") or "")
    code = fields.text("section_code")
    for section in view.school.sections_of_course(course.id):
        spans = periods <= set(grading_periods(view.school, section))
        if code and section.code == code and spans:
            yield section


def _refuse_others(view: View) -> None:
    if view.rights == "personal":
        raise Refusal(401)  # a roster is other people's data
