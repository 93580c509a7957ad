"""Putting people into sections, and taking them out again.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from __future__ import annotations

from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, One
from lms_gateway.sandbox.canvas.course_shape import is_concluded
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.persons import ROLE_IDS, TYPES, tell_enrollment
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import (
    Course,
    Enrollment,
    EnrollmentState,
    Role,
    Section,
    User,
)

_ROLES: dict[str, Role] = {name: role for role, name in TYPES.items() if role != "test_student"}
_BY_ID: dict[str, Role] = {str(id): role for role, id in ROLE_IDS.items() if role != "test_student"}
_FIRST_STATES: tuple[EnrollmentState, ...] = ("active", "invited", "inactive")
_ENDS: dict[str, EnrollmentState] = {
    "delete": "deleted",
    "deactivate": "inactive",
    "inactivate": "inactive",
}
_NO_USER = (
    "Can't create an enrollment without a user. Include enrollment[user_id] to create an enrollment"
)


def create_in_course(ask: Ask) -> Answer:
    """POST /courses/:course_id/enrollments"""
    return _create(ask, ask.course(), None)


def create_in_section(ask: Ask) -> Answer:
    """POST /sections/:section_id/enrollments"""
    section, course = ask.section()
    return _create(ask, course, section)


def _create(ask: Ask, course: Course, section: Section | None) -> Answer:
    block = ask.params.block("enrollment")
    role = _read_role(ask, block)
    named = block.text("user_id") or ""
    if not ask.viewer.teaches(course):
        raise ask.refuse()
    if section is None:
        section = _choose_section(ask, course, block)
    user = ask.find_user(named)
    if user is None:
        raise ask.missing()
    is_known = any(one.course_id == course.id for one in ask.school.enrollments_of_user(user.id))
    if is_concluded(ask, course) and not (is_known and _is_open(ask, section)):
        raise _refuse(ask, "Can't add an enrollment to a concluded course.")
    return One(tell_enrollment(ask, _enroll(ask, section, user, role, block)))


def _read_role(ask: Ask, block: Params) -> Role:
    """Raises Refusal with all that is wrong with the parameters."""
    if not block:
        raise _refuse(ask, "No parameters given")
    faults: list[str] = []
    kind, role_id, name = block.text("type"), block.text("role_id"), block.text("role")
    if role_id or name:
        role = _BY_ID.get(role_id) if role_id else _ROLES.get(name or "")
        if role is None:
            faults.append("Invalid role")
        elif kind and _ROLES.get(kind) != role:
            faults.append("The specified type must match the base type for the role")
    else:
        role = _ROLES.get(kind or "StudentEnrollment")
        if role is None:
            faults.append("Invalid type")
    if not block.text("user_id"):
        faults.append(_NO_USER)
    if faults or role is None:
        raise _refuse(ask, ", ".join(faults))
    return role


def _refuse(ask: Ask, message: str) -> Refusal:
    return Refusal(ask.habits.enrollment_refusal_status, {"message": message})


def _choose_section(ask: Ask, course: Course, block: Params) -> Section:
    """The one that is named, or the course's first; a course without any gets one."""
    sections = ask.school.sections_of_course(course.id)
    if named := block.text("course_section_id"):
        found = ask.find_section(named)
        if found is None or found not in sections:
            raise ask.missing()
        return found
    if sections:
        return sections[0]
    section = Section(0, course.name, course.id, created_at=ask.school.now)
    ask.school.add(section)
    return section


def _is_open(ask: Ask, section: Section) -> bool:
    return section.restrict_to_dates is True and (
        section.end_at is None or section.end_at >= ask.school.now
    )


def _enroll(ask: Ask, section: Section, user: User, role: Role, block: Params) -> Enrollment:
    """A new enrollment; or the one that there is of this user, section and role, brought back."""
    school = ask.school
    observed = ask.find_user(block.text("associated_user_id") or "") if role == "observer" else None
    observed_id = None if observed is None else observed.id
    state = next((one for one in _FIRST_STATES if block.text("enrollment_state") == one), None)
    fields: dict[str, Any] = {"updated_at": school.now}
    if "limit_privileges_to_course_section" in block:
        fields["limited_to_section"] = block.flag("limit_privileges_to_course_section") or False
    fields |= {name: block.moment(name) for name in ("start_at", "end_at") if name in block}
    for one in school.enrollments_of_user(user.id):
        if (one.section_id, one.role, one.observed_id) == (section.id, role, observed_id):
            if state is not None or one.state != "active":
                fields["state"] = state or "invited"
            school.change(one, **fields)
            return one
    fresh = Enrollment(
        0,
        user.id,
        section.course_id,
        section.id,
        role,
        state or ("active" if role == "observer" else "invited"),
        observed_id=observed_id,
        created_at=school.now,
    )
    school.add(fresh)
    school.change(fresh, **fields)
    return fresh


def end(ask: Ask) -> Answer:
    """DELETE /courses/:course_id/enrollments/:id: concluded, unless `task` says another thing."""
    one = _find(ask)
    state = _ENDS.get(ask.params.text("task") or "", "completed")
    ask.school.change(one, state=state, updated_at=ask.school.now)
    return One(tell_enrollment(ask, one))


def reactivate(ask: Ask) -> Answer:
    """PUT /courses/:course_id/enrollments/:id/reactivate"""
    one = _find(ask)
    if one.state != "inactive":
        raise Refusal(400, {"error": "enrollment not inactive"})
    ask.school.change(one, state="active", updated_at=ask.school.now)
    return One(tell_enrollment(ask, one))


def _find(ask: Ask) -> Enrollment:
    course = ask.course()
    text = ask.ids["id"]
    one = ask.school.enrollments.get(int(text)) if text.isdecimal() else None
    if one is None or one.course_id != course.id or one.state == "deleted":
        raise ask.missing()
    if not ask.viewer.teaches(course):
        raise ask.refuse()
    return one
