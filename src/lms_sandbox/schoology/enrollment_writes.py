"""Writing enrollments: in one section, in many, by codes, and by access code.

https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Iterator, Sequence

from lms_sandbox.data.models import Enrollment, EnrollmentState, Section, User
from lms_sandbox.schoology.context import (
    ADMIN_ROLES,
    Json,
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
    grading_periods,
    listed_enrollments,
    parse_id,
)
from lms_sandbox.schoology.courses import find_course_by_code, find_section
from lms_sandbox.schoology.request_body import (
    BodyFields,
    invalid_field,
    missing_field,
    read_body,
    read_ids,
    read_rows,
    require_rows,
)
from lms_sandbox.schoology.section_writes import require_editor
from lms_sandbox.schoology.write_responses import (
    echo_fields,
    serialize_created_enrollment,
    serialize_enrollment_result,
    serialize_joined_enrollment,
    wrap_rows,
    write_rows,
)

_STATES: dict[int, EnrollmentState] = {
    1: "active",
    2: "completed",
    3: "invited",
    4: "requested",
    5: "archived",
}
_ECHOED_FIELDS = echo_fields("id", "uid", "realm", "section_id", "group_id")
_IMPORT_ECHOED_FIELDS = echo_fields(
    "school_uid", "section_school_code", "course_code", "section_code"
)


def write_roster(
    request: SchoologyRequest,
    method: str,
    number: str,
    segments: Sequence[str],
    params: Params,
    body: bytes,
) -> SchoologyResponse | None:
    """Answer a write of `/sections/{number}/enrollments…`; None where there is no such write."""
    if (method, bool(segments)) not in {
        ("POST", False),
        ("PUT", False),
        ("DELETE", False),
        ("PUT", True),
        ("DELETE", True),
    } or len(segments) > 1:
        return None
    _reject_personal_key(request)
    section = find_section(request, number)
    require_editor(request, section)
    match method, segments:
        case "POST", []:
            return _create_in(request, section, body)
        case "PUT", []:
            return _update_in(request, section, body)
        case "DELETE", []:
            return delete_many(request, params, section)
        case "PUT", [enrollment_id]:
            _update(request, _find_enrollment(request, enrollment_id, section), read_body(body))
        case _, [enrollment_id]:
            _remove(request, _find_enrollment(request, enrollment_id, section))
    return SchoologyResponse(204)


def create_in_any_section(
    request: SchoologyRequest, params: Params, body: bytes
) -> SchoologyResponse:
    """Answer `POST /enrollments`: each row names its own section."""
    _reject_personal_key(request)
    request.require("admin", "staff")
    rows = require_rows(read_body(body), "enrollments", "enrollment", request.quirks)
    update = params.get("update_existing") == "1"

    def write_row(fields: BodyFields) -> Json:
        if fields.text("realm") != "section":
            raise SchoologyError(403)  # there are no groups here
        section = find_section(request, fields.text("section_id") or "")
        require_editor(request, section)
        enrollment = _create(request, section, fields, update=update)
        realm = {"realm": "section", "realm_id": str(section.id)}
        return serialize_enrollment_result(request, enrollment) | realm

    return wrap_rows(207, "enrollment", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def delete_many(
    request: SchoologyRequest, params: Params, section: Section | None = None
) -> SchoologyResponse:
    """Answer `DELETE /enrollments?enrollment_ids=`, of one section or of any."""
    _reject_personal_key(request)
    request.require("admin", "staff")
    ids = read_ids(params.get("enrollment_ids", ""), request.quirks)

    def write_row(number: str) -> Json:
        enrollment = _find_enrollment(request, number, section)
        require_editor(request, request.school.sections[enrollment.section_id])
        _remove(request, enrollment)
        return {"response_code": request.quirks.changed_row_code, "id": number}

    rows = write_rows(request, ids, write_row, lambda number: {"id": number})
    return wrap_rows(207, "enrollment", rows)


def import_by_codes(
    request: SchoologyRequest, periods: str | None, body: bytes
) -> SchoologyResponse:
    """Answer `POST /enrollments/import/course[/{grading periods}]`: who is there is changed, who
    is not is added, and `delete` takes out."""
    request.require("admin")
    rows = require_rows(read_body(body), "enrollments", "enrollment", request.quirks)
    period_ids = None if periods is None else {parse_id(period) for period in periods.split(",")}

    def write_row(fields: BodyFields) -> Json:
        user = request.school.by_sis(User, fields.text("school_uid") or "")
        if user is None or user.state not in {"registered", "unconfirmed"}:
            raise request.not_found()
        sections = list(_matching_sections(request, fields, period_ids))
        if not sections:
            raise request.not_found()
        # A code may stand for a section of each period: all are written, the first is told.
        section, enrollment = sections[0], _import(request, sections[0], user, fields)
        for other_section in sections[1:]:
            _import(request, other_section, user, fields)
        result: dict[str, Json] = {
            "response_code": 200,
            "location": request.url("sections", section.id, "enrollments", enrollment.id),
            "school_uid": user.sis_id,
        }
        if period_ids is None:
            result["section_school_code"] = section.sis_id
        result["course_code"] = request.school.courses[section.course_id].code
        return result | {"section_code": section.code}

    return wrap_rows(207, "enrollment", write_rows(request, rows, write_row, _IMPORT_ECHOED_FIELDS))


def join_by_access_code(request: SchoologyRequest, number: str, body: bytes) -> SchoologyResponse:
    """Answer `POST /sections/{S}/accesscode`: the caller joins as a member."""
    code = read_body(body).text("access_code")
    if not code:
        raise missing_field("access_code")
    section = request.school.sections.get(parse_id(number))
    if section is None or not request.section_exists(section):
        raise request.not_found()
    if section.access_code != code:
        raise SchoologyError(403)
    if _find_member(request, section, request.user.id) is not None:
        raise SchoologyError(400, "The user is already enrolled.")
    enrollment = _add(request, section, request.user.id, is_admin=False, state="active")
    return SchoologyResponse(201, serialize_joined_enrollment(request, enrollment))


def _create_in(request: SchoologyRequest, section: Section, body: bytes) -> SchoologyResponse:
    fields = read_body(body)
    rows = read_rows(fields, "enrollments", "enrollment", request.quirks)
    if rows is None:
        return SchoologyResponse(
            201, serialize_created_enrollment(request, _create(request, section, fields))
        )

    def write_row(row: BodyFields) -> Json:
        return serialize_enrollment_result(request, _create(request, section, row))

    return wrap_rows(207, "enrollment", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _update_in(request: SchoologyRequest, section: Section, body: bytes) -> SchoologyResponse:
    rows = require_rows(read_body(body), "enrollments", "enrollment", request.quirks)

    def write_row(fields: BodyFields) -> Json:
        enrollment = _find_enrollment(request, fields.text("id") or "", section)
        _update(request, enrollment, fields)
        return {"response_code": request.quirks.changed_row_code, "id": str(enrollment.id)}

    status = request.quirks.bulk_put_status
    return wrap_rows(status, "enrollment", write_rows(request, rows, write_row, _ECHOED_FIELDS))


def _create(
    request: SchoologyRequest, section: Section, fields: BodyFields, *, update: bool = False
) -> Enrollment:
    for name in ("uid", "admin", "status"):
        if fields.text(name) in (None, ""):
            raise missing_field(name)
    user = request.school.users.get(fields.number("uid") or -1)
    if user is None or user.state not in {"registered", "unconfirmed"}:
        raise invalid_field("uid")
    is_admin, state = bool(fields.flag("admin")), _parse_state(fields)
    existing = _find_member(request, section, user.id)
    if existing is None:
        return _add(request, section, user.id, is_admin=is_admin, state=state or "active")
    if not update:
        raise SchoologyError(400, "The user is already enrolled.")
    _change(request, existing, is_admin, state)
    return existing


def _import(
    request: SchoologyRequest, section: Section, user: User, fields: BodyFields
) -> Enrollment:
    existing = _find_member(request, section, user.id)
    if fields.flag("delete"):
        if existing is None:
            raise request.not_found()
        _remove(request, existing)
        return existing
    is_admin = fields.flag("admin")
    if existing is None:
        return _add(request, section, user.id, is_admin=bool(is_admin), state="active")
    _change(request, existing, is_admin, "active")
    return existing


def _update(request: SchoologyRequest, enrollment: Enrollment, fields: BodyFields) -> None:
    if fields.number("uid") not in (None, enrollment.user_id):
        raise invalid_field("uid")
    _change(request, enrollment, fields.flag("admin"), _parse_state(fields))


def _change(
    request: SchoologyRequest,
    enrollment: Enrollment,
    is_admin: bool | None,
    state: EnrollmentState | None,
) -> None:
    role = enrollment.role
    if is_admin is not None and is_admin != (role in ADMIN_ROLES):
        role = "teacher" if is_admin else "student"
    request.school.change(
        enrollment, role=role, state=state or enrollment.state, updated_at=request.school.now
    )


def _remove(request: SchoologyRequest, enrollment: Enrollment) -> None:
    request.school.change(enrollment, state="deleted", updated_at=request.school.now)


def _add(
    request: SchoologyRequest,
    section: Section,
    user_id: int,
    *,
    is_admin: bool,
    state: EnrollmentState,
) -> Enrollment:
    now = request.school.now
    enrollment = Enrollment(
        0,
        user_id,
        section.course_id,
        section.id,
        "teacher" if is_admin else "student",
        state,
        created_at=now,
        updated_at=now,
    )
    request.school.add(enrollment)
    return enrollment


def _parse_state(fields: BodyFields) -> EnrollmentState | None:
    number = fields.number("status", 1, len(_STATES))
    return None if number is None else _STATES[number]


def _find_member(request: SchoologyRequest, section: Section, user_id: int) -> Enrollment | None:
    for enrollment in listed_enrollments(request.school.enrollments_of_section(section.id)):
        if enrollment.user_id == user_id:
            return enrollment
    return None


def _find_enrollment(
    request: SchoologyRequest, enrollment_id: str, section: Section | None
) -> Enrollment:
    enrollment = request.school.enrollments.get(parse_id(enrollment_id))
    if enrollment is None or enrollment not in listed_enrollments([enrollment]):
        raise request.not_found()
    if not request.section_exists(request.school.sections[enrollment.section_id]):
        raise request.not_found()
    if section is not None and enrollment.section_id != section.id:
        raise SchoologyError(403)  # an enrollment of another realm
    return enrollment


def _matching_sections(
    request: SchoologyRequest, fields: BodyFields, periods: set[int] | None
) -> Iterator[Section]:
    """The sections that a row of an import names by its codes. Raises Refusal."""
    if periods is None:
        section = request.school.by_sis(Section, fields.text("section_school_code") or "")
        if section is not None and request.section_exists(section):
            yield section
        return
    course = find_course_by_code(request, fields.text("course_code") or "")
    code = fields.text("section_code")
    for section in request.school.sections_of_course(course.id):
        covers_periods = periods <= set(grading_periods(request.school, section))
        if code and section.code == code and covers_periods:
            yield section


def _reject_personal_key(request: SchoologyRequest) -> None:
    if request.rights == "personal":
        raise SchoologyError(401)  # a roster is other people's data
