"""Enrollments: reads of a section's roster, and writes by section, by codes and by access code.

https://developers.schoology.com/api-documentation/rest-api-v1/enrollment
"""

from collections.abc import Iterable, Iterator
from functools import partial

from lms_sandbox.data.models import Enrollment, EnrollmentState, Role, Section, User
from lms_sandbox.schoology.bulk import BulkResource
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.lookup import find_course_by_code, find_section, require_editor
from lms_sandbox.schoology.params import parse_id, split_list
from lms_sandbox.schoology.request_body import BodyFields, invalid_field, missing_field, read_body
from lms_sandbox.schoology.roles import ADMIN_ROLES, LISTED_STATES, MEMBER_ROLES
from lms_sandbox.schoology.serializers import STATUSES, serialize_enrollment, serialize_enrollment_row

ENROLLMENTS = BulkResource("enrollments", "enrollment", ("id", "uid", "realm", "section_id", "group_id"))
_IMPORT_CODES = ("school_uid", "section_school_code", "course_code", "section_code")
_IMPORTS = BulkResource("enrollments", "enrollment", _IMPORT_CODES)
_STATES: tuple[EnrollmentState, ...] = ("active", "completed", "invited", "requested", "archived")
"""The states that can be written; the first has the number 1."""


# Reads


def list_enrollments(request: SchoologyRequest, section: Section) -> SchoologyResponse:
    """Answer `GET /sections/{id}/enrollments`."""
    _reject_personal_key(request)
    request.require("admin", "staff")
    enrollments = _listed(request.school.enrollments_of_section(section.id))
    if "uid" in request.params:
        user_ids = {parse_id(user_id) for user_id in split_list(request.params["uid"])}
        enrollments = [row for row in enrollments if row.user_id in user_ids]
    if "enrollment_status" in request.params:
        statuses = set(split_list(request.params["enrollment_status"]))
        enrollments = [row for row in enrollments if str(STATUSES[row.state]) in statuses]
    types = set(split_list(request.params.get("type", "")))
    # Both types, or none that is known, select all enrollments.
    if len(types & {"admin", "member"}) == 1:
        admins = "admin" in types
        enrollments = [row for row in enrollments if (row.role in ADMIN_ROLES) == admins]
    serialize = partial(serialize_enrollment_row, size=request.picture_size)
    path = f"sections/{section.id}/enrollments"
    return request.page("enrollment", enrollments, serialize, path, total="str")


def show_enrollment(request: SchoologyRequest, section: Section, enrollment_id: str) -> SchoologyResponse:
    """Answer `GET /sections/{id}/enrollments/{id}`."""
    _reject_personal_key(request)
    request.require("admin", "staff")
    enrollment = request.school.enrollments.get(parse_id(enrollment_id))
    if enrollment is None or enrollment not in _listed([enrollment]):
        raise request.not_found()
    if enrollment.section_id != section.id:
        raise SchoologyError(403)
    row = serialize_enrollment(request, enrollment, size=request.picture_size)
    return SchoologyResponse(200, row)


# Writes in one section


def create_in_section(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `POST /sections/{id}/enrollments`: one enrollment, or many."""
    section = _find_writable_section(request, section_id)
    fields = read_body(request.body)
    rows = ENROLLMENTS.rows(request, fields)
    if rows is None:
        enrollment = _create(request, section, fields)
        return SchoologyResponse(201, _serialize_created_enrollment(request, enrollment))

    def write_row(row: BodyFields) -> Json:
        return _serialize_enrollment_result(request, _create(request, section, row))

    return ENROLLMENTS.write(request, rows, write_row)


def update_in_section(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `PUT /sections/{id}/enrollments`."""
    section = _find_writable_section(request, section_id)

    def write_row(row: BodyFields) -> Json:
        enrollment = _find_enrollment(request, row.text("id") or "", section)
        _update(request, enrollment, row)
        return {"response_code": request.quirks.changed_row_code, "id": str(enrollment.id)}

    return ENROLLMENTS.update(request, write_row)


def delete_in_section(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `DELETE /sections/{id}/enrollments?enrollment_ids=`."""
    return delete_enrollments(request, _find_writable_section(request, section_id))


def update_enrollment(request: SchoologyRequest, section_id: str, enrollment_id: str) -> SchoologyResponse:
    """Answer `PUT /sections/{id}/enrollments/{id}`."""
    section = _find_writable_section(request, section_id)
    _update(request, _find_enrollment(request, enrollment_id, section), read_body(request.body))
    return SchoologyResponse(204)


def delete_enrollment(request: SchoologyRequest, section_id: str, enrollment_id: str) -> SchoologyResponse:
    """Answer `DELETE /sections/{id}/enrollments/{id}`."""
    section = _find_writable_section(request, section_id)
    _remove(request, _find_enrollment(request, enrollment_id, section))
    return SchoologyResponse(204)


def join_by_access_code(request: SchoologyRequest, section_id: str) -> SchoologyResponse:
    """Answer `POST /sections/{id}/accesscode`: the caller becomes a member."""
    code = read_body(request.body).text("access_code")
    if not code:
        raise missing_field("access_code")
    section = request.school.sections.get(parse_id(section_id))
    if section is None or not request.section_exists(section):
        raise request.not_found()
    if section.access_code != code:
        raise SchoologyError(403)
    if _find_member(request, section, request.user.id) is not None:
        raise SchoologyError(400, "The user is already enrolled.")
    enrollment = add_enrollment(request, section, request.user.id, "active", "student")
    # Unlike `POST /sections/{id}/enrollments`: the status is text, and there is no link.
    return SchoologyResponse(201, serialize_enrollment(request, enrollment))


# Writes in any section


def create_in_any_section(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `POST /enrollments`: each row names its section."""
    _reject_personal_key(request)
    request.require("admin", "staff")
    rows = ENROLLMENTS.required_rows(request)
    update = request.params.get("update_existing") == "1"

    def write_row(row: BodyFields) -> Json:
        if row.text("realm") != "section":
            raise SchoologyError(403)  # the simulator has no groups
        section = find_section(request, row.text("section_id") or "")
        require_editor(request, section)
        enrollment = _create(request, section, row, update=update)
        realm = {"realm": "section", "realm_id": str(section.id)}
        return _serialize_enrollment_result(request, enrollment) | realm

    return ENROLLMENTS.write(request, rows, write_row)


def delete_enrollments(request: SchoologyRequest, section: Section | None = None) -> SchoologyResponse:
    """Answer `DELETE /enrollments?enrollment_ids=`, in one section or in any."""
    _reject_personal_key(request)
    request.require("admin", "staff")

    def delete_one(enrollment_id: str) -> None:
        enrollment = _find_enrollment(request, enrollment_id, section)
        require_editor(request, request.school.sections[enrollment.section_id])
        _remove(request, enrollment)

    return ENROLLMENTS.delete(request, delete_one)


def import_by_codes(request: SchoologyRequest, periods: str | None) -> SchoologyResponse:
    """Answer `POST /enrollments/import/course[/{grading periods}]`.

    A row updates the enrollment of its user, adds a missing one, or with `delete` removes it.
    """
    request.require("admin")
    rows = _IMPORTS.required_rows(request)
    period_ids = None if periods is None else {parse_id(period) for period in periods.split(",")}

    def write_row(row: BodyFields) -> Json:
        user = request.school.by_sis(User, row.text("school_uid") or "")
        if user is None or user.state not in {"registered", "unconfirmed"}:
            raise request.not_found()
        # A code may match a section of each period: all are written, the result names the first.
        sections = list(_matching_sections(request, row, period_ids))
        if not sections:
            raise request.not_found()
        section, enrollment = sections[0], _import(request, sections[0], user, row)
        for other_section in sections[1:]:
            _import(request, other_section, user, row)
        result: dict[str, Json] = {
            "response_code": 200,
            "location": request.url("sections", section.id, "enrollments", enrollment.id),
            "school_uid": user.sis_id,
        }
        if period_ids is None:
            result["section_school_code"] = section.sis_id
        result["course_code"] = request.school.courses[section.course_id].code
        return result | {"section_code": section.code}

    return _IMPORTS.write(request, rows, write_row)


def _find_writable_section(request: SchoologyRequest, section_id: str) -> Section:
    _reject_personal_key(request)
    section = find_section(request, section_id)
    require_editor(request, section)
    return section


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
        return add_enrollment(request, section, user.id, state or "active", _role(is_admin))
    if not update:
        raise SchoologyError(400, "The user is already enrolled.")
    _change(request, existing, is_admin, state)
    return existing


def _import(request: SchoologyRequest, section: Section, user: User, fields: BodyFields) -> Enrollment:
    existing = _find_member(request, section, user.id)
    if fields.flag("delete"):
        if existing is None:
            raise request.not_found()
        _remove(request, existing)
        return existing
    is_admin = fields.flag("admin")
    if existing is None:
        return add_enrollment(request, section, user.id, "active", _role(is_admin))
    _change(request, existing, is_admin, "active")
    return existing


def _update(request: SchoologyRequest, enrollment: Enrollment, fields: BodyFields) -> None:
    if fields.number("uid") not in (None, enrollment.user_id):
        raise invalid_field("uid")
    _change(request, enrollment, fields.flag("admin"), _parse_state(fields))


def _change(
    request: SchoologyRequest, enrollment: Enrollment, is_admin: bool | None, state: EnrollmentState | None
) -> None:
    role = enrollment.role
    if is_admin is not None and is_admin != (role in ADMIN_ROLES):
        role = _role(is_admin)
    request.school.change(
        enrollment, role=role, state=state or enrollment.state, updated_at=request.school.now
    )


def _remove(request: SchoologyRequest, enrollment: Enrollment) -> None:
    request.school.change(enrollment, state="deleted", updated_at=request.school.now)


def add_enrollment(
    request: SchoologyRequest, section: Section, user_id: int, state: EnrollmentState, role: Role
) -> Enrollment:
    """Enroll a user in a section."""
    now = request.school.now
    enrollment = Enrollment(
        0, user_id, section.course_id, section.id, role, state, created_at=now, updated_at=now
    )
    request.school.add(enrollment)
    return enrollment


def _role(is_admin: bool | None) -> Role:
    return "teacher" if is_admin else "student"


def _parse_state(fields: BodyFields) -> EnrollmentState | None:
    number = fields.number("status", 1, len(_STATES))
    return None if number is None else _STATES[number - 1]


def _find_member(request: SchoologyRequest, section: Section, user_id: int) -> Enrollment | None:
    enrollments = _listed(request.school.enrollments_of_section(section.id))
    return next((enrollment for enrollment in enrollments if enrollment.user_id == user_id), None)


def _find_enrollment(request: SchoologyRequest, enrollment_id: str, section: Section | None) -> Enrollment:
    enrollment = request.school.enrollments.get(parse_id(enrollment_id))
    if enrollment is None or enrollment not in _listed([enrollment]):
        raise request.not_found()
    if not request.section_exists(request.school.sections[enrollment.section_id]):
        raise request.not_found()
    if section is not None and enrollment.section_id != section.id:
        raise SchoologyError(403)  # an enrollment of another section
    return enrollment


def _matching_sections(
    request: SchoologyRequest, fields: BodyFields, period_ids: set[int] | None
) -> Iterator[Section]:
    """Yield the sections that the codes of an import row match. Raises SchoologyError."""
    if period_ids is None:
        section = request.school.by_sis(Section, fields.text("section_school_code") or "")
        if section is not None and request.section_exists(section):
            yield section
        return
    course = find_course_by_code(request, fields.text("course_code") or "")
    code = fields.text("section_code")
    for section in request.school.sections_of_course(course.id):
        covers_periods = period_ids <= set(request.grading_periods(section))
        if code and section.code == code and covers_periods:
            yield section


def _reject_personal_key(request: SchoologyRequest) -> None:
    if request.rights == "personal":
        raise SchoologyError(401)  # a personal key may read only the data of its owner


def _serialize_created_enrollment(request: SchoologyRequest, enrollment: Enrollment) -> Json:
    """Return the response to `POST /sections/{id}/enrollments`: the status is a number here."""
    return serialize_enrollment_row(request, enrollment) | {"status": STATUSES[enrollment.state]}


def _serialize_enrollment_result(request: SchoologyRequest, enrollment: Enrollment) -> Json:
    """Return the result of a row that created an enrollment: the uid is an integer here."""
    return {
        "response_code": 200,
        "id": str(enrollment.id),
        "uid": enrollment.user_id,
        "location": request.url("sections", enrollment.section_id, "enrollments", enrollment.id),
    }


def _listed(enrollments: Iterable[Enrollment]) -> list[Enrollment]:
    """Return the enrollments that exist at Schoology."""
    return [row for row in enrollments if row.state in LISTED_STATES and row.role in MEMBER_ROLES]
