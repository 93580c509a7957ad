"""What there is to do in a course: its assignments, and how far its students have come.

All of it is invented, and follows from the school and its day alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lms_sandbox.canvas.accounts.serializer import serialize_timestamp
from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.data.models import Course, Enrollment
from lms_sandbox.data.school import COUNTED_STATES, School

NO_PROGRESS_MESSAGE = (
    "no progress available because this course is not module based "
    "(has modules and module completion requirements) "
    "or the user is not enrolled as a student in this course"
)
NO_MODULES_MESSAGE = "No progress available because this course is not module based."
_ASSIGNMENT_NAMES = ("First Steps", "Field Notes", "Essay", "Laboratory Report", "Final Project")


@dataclass(frozen=True, slots=True)
class Assignment:
    id: int
    name: str
    position: int  # from 1
    due_at: datetime | None  # for the course's first section; the others are a day later each
    points: int
    ungraded_count: int  # submissions that nobody has graded yet


def is_module_based(course: Course) -> bool:
    """Whether a course has modules with requirements, the only ones whose progress is told."""
    return course.id % 3 != 0


def count_ungraded(course: Course) -> int:
    """The ungraded submissions of all assignments."""
    return course.id % 7 + 2


def assignments_of(school: School, course: Course) -> list[Assignment]:
    """A course's assignments, in order; the last one is never due."""
    count = 3 + course.id % 3
    per_assignment, remainder = divmod(count_ungraded(course), count)
    return [
        Assignment(
            course.id * 100 + position,
            name,
            position,
            None if position == count else school.now + timedelta(days=7 * position - 10),
            10 * position,
            per_assignment + (position <= remainder),
        )
        for position, name in enumerate(_ASSIGNMENT_NAMES[:count], start=1)
    ]


def student_enrollments(school: School, course: Course) -> Iterable[Enrollment]:
    """The enrollments of a course's active and invited students, section by section."""
    for section in school.sections_of_course(course.id):
        for enrollment in school.enrollments_of_section(section.id):
            if enrollment.role == "student" and enrollment.state in COUNTED_STATES:
                yield enrollment


def section_due_at(
    school: School, course: Course, assignment: Assignment, section_id: int
) -> str | None:
    """When an assignment is due for a section's students; None: never."""
    if assignment.due_at is None:
        return None
    section_ids = [section.id for section in school.sections_of_course(course.id)]
    day_offset = section_ids.index(section_id) if section_id in section_ids else 0
    return serialize_timestamp(assignment.due_at + timedelta(days=day_offset))


def serialize_progress(request: CanvasRequest, course: Course, user_id: int) -> Json | None:
    """A student's progress; None for who is none, and where there are no modules."""
    if not is_module_based(course) or not any(
        enrollment.course_id == course.id
        and enrollment.role == "student"
        and enrollment.state in _STUDENT_STATES
        for enrollment in request.school.enrollments_of_user(user_id)
    ):
        return None
    return serialize_student_progress(request, course, user_id)


def serialize_student_progress(request: CanvasRequest, course: Course, user_id: int) -> Json:
    """The same of somebody who is known to be a student of a course with modules."""
    total = 4 + course.id % 5
    done = user_id % (total + 1)
    item = f"{request.base_url}/courses/{course.id}/modules/items/{course.id * 100 + done + 1}"
    is_done = done == total
    return {
        "requirement_count": total,
        "requirement_completed_count": done,
        "next_requirement_url": None if is_done else item,
        "completed_at": serialize_timestamp(request.school.now - timedelta(days=3))
        if is_done
        else None,
    }


_STUDENT_STATES = (*COUNTED_STATES, "completed")
