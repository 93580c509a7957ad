"""Assignments of courses, their due dates and to-do items. They are computed from ids and dates.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields, serialize_timestamp
from lms_sandbox.data.models import Course, Enrollment
from lms_sandbox.data.school import COUNTED_STATES, School

_GRADER_ROLES = frozenset({"teacher", "ta"})
_ASSIGNMENT_NAMES = ("First Steps", "Field Notes", "Essay", "Laboratory Report", "Final Project")


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment of a course."""

    id: int
    name: str
    position: int  # from 1
    due_at: datetime | None  # in the first section; one day later in each further one
    points: int
    ungraded_count: int  # number of submissions without a grade


def count_ungraded(course: Course) -> int:
    """Return the number of ungraded submissions of all assignments."""
    return course.id % 7 + 2


def assignments_of(school: School, course: Course) -> list[Assignment]:
    """Return the assignments of a course, in order; the last one has no due date."""
    count = 3 + course.id % 3
    per_assignment, remainder = divmod(count_ungraded(course), count)
    assignments = []
    for position, name in enumerate(_ASSIGNMENT_NAMES[:count], start=1):
        due_at = None if position == count else school.now + timedelta(days=7 * position - 10)
        ungraded = per_assignment + (position <= remainder)
        number, points = course.id * 100 + position, 10 * position
        assignments.append(Assignment(number, name, position, due_at, points, ungraded))
    return assignments


def student_enrollments(school: School, course: Course) -> Iterable[Enrollment]:
    """Yield the enrollments of active and invited students, section by section."""
    for section in school.sections_of_course(course.id):
        for enrollment in school.enrollments_of_section(section.id):
            if enrollment.role == "student" and enrollment.state in COUNTED_STATES:
                yield enrollment


def section_due_at(school: School, course: Course, assignment: Assignment, section_id: int) -> str | None:
    """Return the due date of an assignment in a section; None if it has none."""
    if assignment.due_at is None:
        return None
    section_ids = [section.id for section in school.sections_of_course(course.id)]
    day_offset = section_ids.index(section_id) if section_id in section_ids else 0
    return serialize_timestamp(assignment.due_at + timedelta(days=day_offset))


@route("GET", "/courses/:course_id/effective_due_dates")
def show_due_dates(request: CanvasRequest) -> ObjectResponse:
    """Return the due dates by assignment id and user id."""
    course = request.course()
    request.require(request.viewer.can_edit_content(course))
    assignment_ids = request.array("assignment_ids")
    if request.has("assignment_ids") or not all(text.isdecimal() for text in assignment_ids):
        raise CanvasError(422, {"errors": "assignment_ids param is invalid"})
    due_dates: Json = {}
    school, common = request.school, {"grading_period_id": None, "in_closed_grading_period": False}
    for assignment in assignments_of(school, course):
        if not assignment_ids or str(assignment.id) in assignment_ids:
            users = due_dates[str(assignment.id)] = {}
            for enrollment in student_enrollments(school, course):
                due_at = section_due_at(school, course, assignment, enrollment.section_id)
                users[str(enrollment.user_id)] = {"due_at": due_at, **common}
    return ObjectResponse(due_dates)


@route("GET", "/courses/:course_id/todo")
def list_todo(request: CanvasRequest) -> ListResponse:
    """Return the assignments that the caller has to grade or to submit."""
    course = request.course()
    roles = request.viewer.roles_in(course)
    assignments = assignments_of(request.school, course)
    rows: list[Json] = []
    for assignment in assignments if roles & _GRADER_ROLES else ():
        if assignment.ungraded_count:
            item = _serialize_assignment_item(request, course, assignment, "grading")
            item["needs_grading_count"] = assignment.ungraded_count
            url = f"{request.base_url}/courses/{course.id}/gradebook/speed_grader"
            rows.append({**item, "html_url": f"{url}?assignment_id={assignment.id}"})
    if "student" in roles:
        rows += [
            _serialize_assignment_item(request, course, assignment, "submitting")
            for assignment in assignments
            if assignment.due_at is not None and assignment.due_at >= request.school.now
        ]
        if "ungraded_quizzes" in request.includes:
            rows.append(_serialize_quiz_item(request, course))
    return ListResponse(rows, lambda row: row, has_last=False, is_bookmarked=True)


def _serialize_assignment_item(
    request: CanvasRequest, course: Course, assignment: Assignment, kind: str
) -> Json:
    url = f"{request.base_url}/courses/{course.id}/assignments/{assignment.id}"
    return {
        **_serialize_item_context(request, course, f"assignment_{assignment.id}", kind),
        "assignment": {
            **serialize_fields(assignment, "id", "name", "position", "due_at"),
            "description": f"<p>{assignment.name}</p>",
            "points_possible": assignment.points,
            "course_id": course.id,
            "html_url": url,
        },
        "html_url": f"{url}#submit",
    }


def _serialize_quiz_item(request: CanvasRequest, course: Course) -> Json:
    id = course.id * 100
    url = f"{request.base_url}/courses/{course.id}/quizzes/{id}"
    return {
        **_serialize_item_context(request, course, f"quiz_{id}", "submitting"),
        "quiz": {"id": id, "title": "Practice Quiz", "html_url": url, "quiz_type": "survey"},
        "html_url": url,
    }


def _serialize_item_context(request: CanvasRequest, course: Course, asset: str, kind: str) -> Json:
    ignore_url = f"{request.base_url}/api/v1/users/self/todo/{asset}/{kind}"
    return {
        "type": kind,
        "context_type": "Course",
        "course_id": course.id,
        "context_name": request.school.nicknames.get((request.viewer.user.id, course.id), course.name),
        "ignore": f"{ignore_url}?permanent=0",
        "ignore_permanently": f"{ignore_url}?permanent=1",
    }
