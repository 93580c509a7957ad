"""Reading sections.

https://developerdocs.instructure.com/services/canvas/resources/sections
"""

from __future__ import annotations

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.persons import tell_user
from lms_gateway.sandbox.canvas.places import tell_section
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.canvas.roster import matches
from lms_gateway.sandbox.records import Course, Role, Section, User
from lms_gateway.sandbox.school import COUNTED

_TYPES: dict[str, Role] = {
    "teacher": "teacher",
    "student": "student",
    "ta": "ta",
    "observer": "observer",
    "designer": "designer",
}


def list_of_course(ask: Ask) -> Answer:
    """GET /courses/:course_id/sections"""
    course = ask.course()
    term = ask.search(ask.habits.section_search_minimum)
    sections = ask.memo.get(("sections", course.id), lambda: _in_order(ask, course))
    if term is not None:
        sections = [section for section in sections if term in section.name.lower()]
    if ask.flag("all"):
        return One([_tell(ask, section, course) for section in sections])
    return Listing(sections, lambda section: _tell(ask, section, course))


def _in_order(ask: Ask, course: Course) -> list[Section]:
    sections = ask.school.sections_of_course(course.id)
    return sorted(sections, key=lambda section: (section.name.casefold(), section.id))


def show(ask: Ask) -> Answer:
    """GET /sections/:id"""
    section, course = ask.section("id")
    return One(_tell(ask, section, course))


def show_in_course(ask: Ask) -> Answer:
    """GET /courses/:course_id/sections/:id"""
    within = ask.course()
    section, course = ask.section("id")
    if course is not within:
        raise ask.missing()
    return One(_tell(ask, section, course))


def _tell(ask: Ask, section: Section, course: Course) -> Json:
    told = tell_section(ask, section, course)
    if not ask.viewer.sees_roster(course):
        return told  # Whatever was to be included is dropped, and nothing says so.
    includes = ask.includes
    if "students" in includes:
        told["students"] = _tell_students(ask, section, course) or None
    if "total_students" in includes:
        told["total_students"] = ask.school.count_students(section.id)
    if "user_count" in includes:
        people = ask.school.enrollments_of_section(section.id)
        told["user_count"] = len({one.user_id for one in people if one.state in COUNTED})
    if "passback_status" in includes:
        told["passback_status"] = {"sis_post_grades_status": {}}
    if "permissions" in includes and ask.habits.has_section_permissions:
        told["permissions"] = {"manage_calendar": ask.viewer.sees_grades(course)}
    return told


def _tell_students(ask: Ask, section: Section, course: Course) -> list[Json]:
    """A row for each student enrollment, the test student's too."""
    limits = ask.viewer.limited_to(course)
    if limits is not None and section.id not in limits:
        return []
    return [
        tell_user(
            ask,
            ask.school.users[one.user_id],
            course,
            includes=ask.includes & {"avatar_url"},
            enrollments=[one] if "enrollments" in ask.includes else None,
        )
        for one in ask.school.enrollments_of_section(section.id)
        if one.role in ("student", "test_student") and one.state in COUNTED
    ]


def list_users(ask: Ask) -> Answer:
    """GET /sections/:id/users: who is in a section, the inactive too unless told otherwise."""
    section, course = ask.section("id")
    _require_visible(ask, section, course)
    states = COUNTED if ask.flag("exclude_inactive") else (*COUNTED, "inactive")
    wanted, term = ask.one("enrollment_type"), ask.search(ask.habits.user_search_minimum)
    role = None if wanted is None else _TYPES.get(wanted)
    found: dict[int, User] = {}
    for one in ask.school.enrollments_of_section(section.id):
        user = ask.school.users[one.user_id]
        if (
            one.state in states
            and one.role != "test_student"
            and (wanted is None or one.role == role)
            and (term is None or matches(ask, user, course, term))
        ):
            found[user.id] = user
    users = sorted(found.values(), key=lambda user: (user.sortable_name.casefold(), user.id))
    includes = ask.includes & {"avatar_url"}
    return Listing(users, lambda user: tell_user(ask, user, course, includes=includes))


def _require_visible(ask: Ask, section: Section, course: Course) -> None:
    limits = ask.viewer.limited_to(course)
    if not ask.viewer.sees_roster(course) or (limits is not None and section.id not in limits):
        raise Refusal(403, {"error": "section is not visible to the current user"})
