"""Reading progress, due dates and what is to be done in a course.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

from lms_sandbox.canvas.accounts.serializer import serialize_timestamp
from lms_sandbox.canvas.courses.assignments import (
    NO_MODULES_MESSAGE,
    NO_PROGRESS_MESSAGE,
    Assignment,
    assignments_of,
    is_module_based,
    section_due_at,
    serialize_progress,
    serialize_student_progress,
    student_enrollments,
)
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    Json,
    ListResponse,
    ObjectResponse,
)
from lms_sandbox.canvas.people.serializer import serialize_user_display
from lms_sandbox.data.models import Course, User

_GRADER_ROLES = frozenset({"teacher", "ta"})


def show_progress(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/users/:user_id/progress: 400 where a list has an error in-band."""
    course, user = request.course(), request.user()
    is_own = user.id in (request.viewer.user.id, *request.viewer.user.child_ids)
    if not (is_own or request.viewer.can_view_grades(course)):
        raise request.forbidden()
    progress = serialize_progress(request, course, user.id)
    if progress is None:
        raise CanvasError(400, {"error": {"message": NO_PROGRESS_MESSAGE}})
    return ObjectResponse(progress)


def list_progress(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/bulk_user_progress: its ids are numbers, whatever is accepted."""
    course = request.course()
    if not request.viewer.can_view_grades(course):
        raise request.forbidden()
    if not is_module_based(course):
        raise CanvasError(400, {"error": {"message": NO_MODULES_MESSAGE}})
    section_ids = request.viewer.visible_section_ids(course)
    user_ids = {
        enrollment.user_id
        for enrollment in student_enrollments(request.school, course)
        if section_ids is None or enrollment.section_id in section_ids
    }
    users = [request.school.users[user_id] for user_id in sorted(user_ids)]

    def serialize(user: User) -> Json:
        progress = serialize_student_progress(request, course, user.id)
        return {**serialize_user_display(request, user), "progress": progress}

    return ListResponse(users, serialize, keeps_integer_ids=True)


def show_due_dates(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/effective_due_dates: assignment ids, then user ids, as keys."""
    course = request.course()
    if not request.viewer.can_edit_content(course):
        raise request.forbidden()
    assignment_ids = request.array("assignment_ids")
    if request.has("assignment_ids") or not all(text.isdecimal() for text in assignment_ids):
        raise CanvasError(422, {"errors": "assignment_ids param is invalid"})
    due_dates: Json = {}
    for assignment in assignments_of(request.school, course):
        if not assignment_ids or str(assignment.id) in assignment_ids:
            due_dates[str(assignment.id)] = {
                str(enrollment.user_id): {
                    "due_at": section_due_at(
                        request.school, course, assignment, enrollment.section_id
                    ),
                    "grading_period_id": None,
                    "in_closed_grading_period": False,
                }
                for enrollment in student_enrollments(request.school, course)
            }
    return ObjectResponse(due_dates)


def list_todo(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/todo: what the caller has to grade, or to hand in."""
    course = request.course()
    roles = request.viewer.roles_in(course)
    assignments = assignments_of(request.school, course)
    rows: list[Json] = []
    if roles & _GRADER_ROLES:
        rows += [
            {
                **_serialize_assignment_item(request, course, assignment, "grading"),
                "needs_grading_count": assignment.ungraded_count,
                "html_url": f"{request.base_url}/courses/{course.id}/gradebook/speed_grader"
                f"?assignment_id={assignment.id}",
            }
            for assignment in assignments
            if assignment.ungraded_count
        ]
    if "student" in roles:
        now = request.school.now
        rows += [
            _serialize_assignment_item(request, course, assignment, "submitting")
            for assignment in assignments
            if assignment.due_at is not None and assignment.due_at >= now
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
            "id": assignment.id,
            "name": assignment.name,
            "description": f"<p>{assignment.name}</p>",
            "due_at": serialize_timestamp(assignment.due_at),
            "points_possible": assignment.points,
            "course_id": course.id,
            "position": assignment.position,
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
        "context_name": request.school.nicknames.get(
            (request.viewer.user.id, course.id), course.name
        ),
        "ignore": f"{ignore_url}?permanent=0",
        "ignore_permanently": f"{ignore_url}?permanent=1",
    }
