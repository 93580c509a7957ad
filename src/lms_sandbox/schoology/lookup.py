"""Lookup of courses and sections by the ids and codes of a request.

Each function raises SchoologyError if there is no such object or the caller may not access it.
"""

from collections.abc import Mapping

from lms_sandbox.data.models import Course, Section
from lms_sandbox.schoology.context import SchoologyError, SchoologyRequest
from lms_sandbox.schoology.params import parse_id


def find_course(request: SchoologyRequest, course_id: str) -> Course:
    _reject_other_kind(course_id, request.school.courses, request.school.sections)
    course: Course = request.find(request.school.courses, course_id)
    return course


def find_course_by_code(request: SchoologyRequest, code: str) -> Course:
    for course in request.school.courses.values():
        if course.code == code and course.state != "deleted":
            return course
    raise request.not_found()


def find_section(request: SchoologyRequest, section_id: str) -> Section:
    _reject_other_kind(section_id, request.school.sections, request.school.courses)
    section: Section = request.find(request.school.sections, section_id)
    if not request.section_exists(section):
        raise request.not_found()
    if not request.sees_section(section):
        raise SchoologyError(403)
    return section


def find_section_by_code(request: SchoologyRequest, school_code: str) -> Section:
    """Return the section with this `section_school_code`, whether the caller sees it or not."""
    section = request.school.by_sis(Section, school_code)
    if section is None or not request.section_exists(section):
        raise request.not_found()
    return section


def find_editable_section(request: SchoologyRequest, section_id: str) -> Section:
    """Return a section that the caller administers."""
    section = find_section(request, section_id)
    require_editor(request, section)
    return section


def require_editor(request: SchoologyRequest, section: Section) -> None:
    """Raise SchoologyError if the caller does not administer the section."""
    if request.rights in {"staff", "personal"}:
        is_editor = request.leads_section(section, request.user)
    else:
        is_editor = request.rights == "admin"
    if not is_editor:
        raise SchoologyError(403)


def _reject_other_kind(id: str, records: Mapping[int, object], other_records: Mapping[int, object]) -> None:
    # Schoology answers 403, not 404, to the id of a section in place of a course, and vice versa.
    if parse_id(id) not in records and parse_id(id) in other_records:
        raise SchoologyError(403)
