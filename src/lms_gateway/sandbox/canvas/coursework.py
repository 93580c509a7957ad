"""What there is to do in a course: its assignments, and how far its students have come.

All of it is invented, and follows from the school and its day alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lms_gateway.sandbox.canvas.ask import Ask, Json
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.records import Course, Enrollment
from lms_gateway.sandbox.school import COUNTED, School

NO_PROGRESS = (
    "no progress available because this course is not module based "
    "(has modules and module completion requirements) "
    "or the user is not enrolled as a student in this course"
)
NO_MODULES = "No progress available because this course is not module based."
_NAMES = ("First Steps", "Field Notes", "Essay", "Laboratory Report", "Final Project")


@dataclass(frozen=True, slots=True)
class Assignment:
    id: int
    name: str
    position: int  # from 1
    due_at: datetime | None  # for the course's first section; the others are a day later each
    points: int
    to_grade: int  # submissions that nobody has graded yet


def is_module_based(course: Course) -> bool:
    """Whether a course has modules with requirements, the only ones whose progress is told."""
    return course.id % 3 != 0


def count_to_grade(course: Course) -> int:
    """The ungraded submissions of all assignments."""
    return course.id % 7 + 2


def assignments_of(school: School, course: Course) -> list[Assignment]:
    """A course's assignments, in order; the last one is never due."""
    count = 3 + course.id % 3
    share, more = divmod(count_to_grade(course), count)
    return [
        Assignment(
            course.id * 100 + at,
            name,
            at,
            None if at == count else school.now + timedelta(days=7 * at - 10),
            10 * at,
            share + (at <= more),
        )
        for at, name in enumerate(_NAMES[:count], start=1)
    ]


def students_in(school: School, course: Course) -> Iterable[Enrollment]:
    """The enrollments of a course's active and invited students, section by section."""
    for section in school.sections_of_course(course.id):
        for one in school.enrollments_of_section(section.id):
            if one.role == "student" and one.state in COUNTED:
                yield one


def due_for(school: School, course: Course, assignment: Assignment, section_id: int) -> str | None:
    """When an assignment is due for a section's students; None: never."""
    if assignment.due_at is None:
        return None
    places = [section.id for section in school.sections_of_course(course.id)]
    late = places.index(section_id) if section_id in places else 0
    return tell_moment(assignment.due_at + timedelta(days=late))


def tell_progress(ask: Ask, course: Course, user_id: int) -> Json | None:
    """A student's progress; None for who is none, and where there are no modules."""
    if not is_module_based(course) or not any(
        one.course_id == course.id and one.role == "student" and one.state in _STUDYING
        for one in ask.school.enrollments_of_user(user_id)
    ):
        return None
    return tell_progress_of_student(ask, course, user_id)


def tell_progress_of_student(ask: Ask, course: Course, user_id: int) -> Json:
    """The same of somebody who is known to be a student of a course with modules."""
    total = 4 + course.id % 5
    done = user_id % (total + 1)
    item = f"{ask.base}/courses/{course.id}/modules/items/{course.id * 100 + done + 1}"
    is_done = done == total
    return {
        "requirement_count": total,
        "requirement_completed_count": done,
        "next_requirement_url": None if is_done else item,
        "completed_at": tell_moment(ask.school.now - timedelta(days=3)) if is_done else None,
    }


_STUDYING = (*COUNTED, "completed")
