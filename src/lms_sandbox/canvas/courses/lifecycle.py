"""States of a course: the events claim, offer, conclude, delete and undelete.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from collections.abc import Iterator
from typing import Literal, get_args

from lms_sandbox.canvas.courses.options import option
from lms_sandbox.canvas.http.errors import validation_error
from lms_sandbox.canvas.http.request import CanvasRequest
from lms_sandbox.data.models import Course, CourseState, Enrollment, Section

CourseEventName = Literal["claim", "offer", "conclude", "delete", "undelete"]
EVENTS: tuple[CourseEventName, ...] = get_args(CourseEventName)


def current_enrollments(request: CanvasRequest, course: Course) -> Iterator[Enrollment]:
    """Yield the enrollments of a course that are neither deleted nor rejected."""
    for enrollment in request.school.enrollments_of_course(course.id):
        if enrollment.state not in ("deleted", "rejected"):
            yield enrollment


def is_concluded(request: CanvasRequest, course: Course) -> bool:
    """Return whether a course was concluded, or its end or that of its term has passed."""
    end = course.end_at or request.school.terms[course.term_id].end_at
    return course.state == "completed" or (end is not None and end < request.school.now)


def add_default_section(request: CanvasRequest, course: Course) -> Section:
    """Add a section with the name of the course."""
    section = Section(0, course.name, course.id, created_at=request.school.now)
    request.school.add(section)
    return section


def apply_event(request: CanvasRequest, course: Course, event: CourseEventName) -> bool:
    """Change the state of a course; an event that changes nothing is no error.

    Returns False for a deletion of a template, which is not possible. Raises CanvasError if a
    course with grades is to be claimed.
    """
    # Event      From                     To            Note
    # claim      available, completed     unpublished   not with grades
    # offer      unpublished, completed   available
    # conclude   unpublished, available   completed
    # delete     any                      deleted       with its enrollments; not a template
    # undelete   deleted                  unpublished   its enrollments stay deleted
    match event:
        case "claim":
            if course.state in ("available", "completed"):
                if _has_grades(request, course):
                    message = "This course cannot be unpublished: there are graded submissions"
                    raise validation_error(request.quirks, "workflow_state", message)
                _set_state(request, course, "unpublished")
        case "offer":
            if course.state in ("unpublished", "completed"):
                _set_state(request, course, "available")
        case "conclude":
            if course.state in ("unpublished", "available"):
                _set_state(request, course, "completed")
        case "delete":
            if option(course, "template"):
                return False
            _set_state(request, course, "deleted")
            for enrollment in request.school.enrollments_of_course(course.id):
                request.school.change(enrollment, state="deleted")
        case "undelete":
            if course.state == "deleted":
                _set_state(request, course, "unpublished")
    return True


def _has_grades(request: CanvasRequest, course: Course) -> bool:
    return any(
        enrollment.role == "student" and enrollment.score is not None
        for enrollment in current_enrollments(request, course)
    )


def _set_state(request: CanvasRequest, course: Course, state: CourseState) -> None:
    request.school.change(course, state=state, is_claimed=True, sticky=course.sticky | {"state"})
