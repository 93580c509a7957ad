"""The events of a course's life: claim, offer, conclude, delete and undelete.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from __future__ import annotations

from typing import Literal, get_args

from lms_gateway.sandbox.canvas.ask import Ask
from lms_gateway.sandbox.canvas.course_options import option
from lms_gateway.sandbox.canvas.refusals import invalid
from lms_gateway.sandbox.records import Course, CourseState

Event = Literal["claim", "offer", "conclude", "delete", "undelete"]
EVENTS: tuple[Event, ...] = get_args(Event)


def is_graded(ask: Ask, course: Course) -> bool:
    """Whether a student has a grade there: such a course is not taken back."""
    return any(
        one.role == "student" and one.score is not None and one.state not in ("deleted", "rejected")
        for one in ask.school.enrollments_of_course(course.id)
    )


def happen(ask: Ask, course: Course, event: Event) -> bool:
    """Let an event happen; one that changes nothing is no error. False: a template stays.

    Raises Refusal where a course that has grades is to be claimed.
    """
    match event:
        case "claim":
            if course.state in ("available", "completed"):
                if is_graded(ask, course):
                    message = "This course cannot be unpublished: there are graded submissions"
                    raise invalid(ask.habits, "workflow_state", message)
                _move(ask, course, "unpublished")
        case "offer":
            if course.state in ("unpublished", "completed"):
                _move(ask, course, "available")
        case "conclude":
            if course.state in ("unpublished", "available"):
                _move(ask, course, "completed")
        case "delete":
            if option(course, "template"):
                return False
            _move(ask, course, "deleted")
            for one in ask.school.enrollments_of_course(course.id):
                ask.school.change(one, state="deleted")
        case "undelete":
            if course.state == "deleted":  # who was in it does not come back
                _move(ask, course, "unpublished")
    return True


def _move(ask: Ask, course: Course, state: CourseState) -> None:
    ask.school.change(course, state=state, has_begun=True, sticky=course.sticky | {"state"})
