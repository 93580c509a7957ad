"""Endpoints of the progress of students. The progress is computed from ids and the school's date.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from datetime import timedelta

from lms_sandbox.canvas.courses.assignments import student_enrollments
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_timestamp
from lms_sandbox.canvas.people.serializer import serialize_user_display
from lms_sandbox.data.models import Course, User
from lms_sandbox.data.school import COUNTED_STATES

NO_PROGRESS_MESSAGE = (
    "no progress available because this course is not module based "
    "(has modules and module completion requirements) "
    "or the user is not enrolled as a student in this course"
)
NO_MODULES_MESSAGE = "No progress available because this course is not module based."
_STUDENT_STATES = (*COUNTED_STATES, "completed")


@route("GET", "/courses/:course_id/users/:user_id/progress")
def show_progress(request: CanvasRequest) -> ObjectResponse:
    """Return the progress of a user; status 400 if there is none."""
    course, user = request.course(), request.user()
    viewer = request.viewer
    request.require(viewer.is_self_or_child(user.id) or viewer.can_view_grades(course))
    progress = serialize_progress(request, course, user.id)
    if progress is None:
        raise CanvasError(400, {"error": {"message": NO_PROGRESS_MESSAGE}})
    return ObjectResponse(progress)


@route("GET", "/courses/:course_id/bulk_user_progress")
def list_progress(request: CanvasRequest) -> ListResponse:
    """Return the progress of all students. The ids are integers even with string ids requested."""
    course = request.course()
    request.require(request.viewer.can_view_grades(course))
    if not _is_module_based(course):
        raise CanvasError(400, {"error": {"message": NO_MODULES_MESSAGE}})
    enrollments = student_enrollments(request.school, course)
    visible = request.viewer.visible_enrollments(course, enrollments)
    user_ids = {enrollment.user_id for enrollment in visible}
    users = [request.school.users[user_id] for user_id in sorted(user_ids)]

    def serialize(user: User) -> Json:
        progress = _serialize_student_progress(request, course, user.id)
        return {**serialize_user_display(request, user), "progress": progress}

    return ListResponse(users, serialize, keeps_integer_ids=True)


def _is_module_based(course: Course) -> bool:
    """Return whether a course has modules with requirements; only such a course has progress."""
    return course.id % 3 != 0


def serialize_progress(request: CanvasRequest, course: Course, user_id: int) -> Json | None:
    """Return the progress of a user; None if they are no student or the course has no modules."""
    if not _is_module_based(course) or not any(
        enrollment.course_id == course.id
        and enrollment.role == "student"
        and enrollment.state in _STUDENT_STATES
        for enrollment in request.school.enrollments_of_user(user_id)
    ):
        return None
    return _serialize_student_progress(request, course, user_id)


def _serialize_student_progress(request: CanvasRequest, course: Course, user_id: int) -> Json:
    total = 4 + course.id % 5
    done = user_id % (total + 1)
    item = f"{request.base_url}/courses/{course.id}/modules/items/{course.id * 100 + done + 1}"
    is_done = done == total
    completed_at = serialize_timestamp(request.school.now - timedelta(days=3))
    return {
        "requirement_count": total,
        "requirement_completed_count": done,
        "next_requirement_url": None if is_done else item,
        "completed_at": completed_at if is_done else None,
    }
