"""The events of a course's life: claim, offer, conclude, delete and undelete.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from __future__ import annotations

from typing import Literal, get_args

from lms_sandbox.canvas.courses.settings_defaults import option
from lms_sandbox.canvas.http.errors import validation_error
from lms_sandbox.canvas.http.request import CanvasRequest
from lms_sandbox.data.models import Course, CourseState

Event = Literal["claim", "offer", "conclude", "delete", "undelete"]
EVENTS: tuple[Event, ...] = get_args(Event)


def has_grades(request: CanvasRequest, course: Course) -> bool:
    """Whether a student has a grade there: such a course is not taken back."""
    return any(
        enrollment.role == "student"
        and enrollment.score is not None
        and enrollment.state not in ("deleted", "rejected")
        for enrollment in request.school.enrollments_of_course(course.id)
    )


def apply_event(request: CanvasRequest, course: Course, event: Event) -> bool:
    """Let an event happen; one that changes nothing is no error. False: a template stays.

    Raises Refusal where a course that has grades is to be claimed.
    """
    match event:
        case "claim":
            if course.state in ("available", "completed"):
                if has_grades(request, course):
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
            if course.state == "deleted":  # who was in it does not come back
                _set_state(request, course, "unpublished")
    return True


def _set_state(request: CanvasRequest, course: Course, state: CourseState) -> None:
    request.school.change(course, state=state, is_claimed=True, sticky=course.sticky | {"state"})
