"""Endpoints of other course operations: copies, test student, file uploads, an alert.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from typing import Any

from lms_sandbox.canvas.courses.options import option
from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_timestamp
from lms_sandbox.canvas.people.serializer import serialize_user
from lms_sandbox.canvas.state.jobs import Job, JobStep
from lms_sandbox.data.fake_people import enroll
from lms_sandbox.data.models import Course, User

_CONTENT_TYPES = (
    "course_settings", "assignments", "external_tools", "files", "topics", "calendar_events",
    "quizzes", "wiki_pages", "modules", "outcomes",
)  # fmt: skip
_MEGABYTE = 1_000_000


@route("POST", "/courses/:course_id/course_copy")
def copy(request: CanvasRequest) -> ObjectResponse:
    """Start a copy. It copies settings, pages and quiz alerts; the school has no other content."""
    course = request.course()
    request.require(request.viewer.can_edit_content(course))
    only, excluded = request.params.array("only"), request.params.array("except")
    if only is not None and excluded is not None:
        message = 'You can not use "only" and "except" options at the same time.'
        raise CanvasError(400, {"errors": message})
    source = request.find_course(request.params.text("source_course") or "")
    if source is None or source.state == "deleted":
        raise request.not_found()
    request.require(request.viewer.can_edit_content(source))
    contents = [
        name for name in _CONTENT_TYPES if (only is None or name in only) and name not in (excluded or ())
    ]
    steps = [_copy_step(request, source, course, name) for name in contents]
    user_id, clock_time = request.viewer.user.id, request.clock_time
    job = request.canvas.jobs.start(steps, user_id, clock_time, course_id=course.id)
    return ObjectResponse(_serialize_copy(job))


def _copy_step(request: CanvasRequest, source: Course, course: Course, content: str) -> JobStep:
    def run() -> None:
        fields: dict[str, Any] = {}
        if content == "course_settings":
            fields = {"options": dict(source.options), "image_url": source.image_url}
            fields |= {"description": source.description, "format": source.format}
        elif content == "wiki_pages":
            fields = {"syllabus": source.syllabus}
        elif content == "quizzes":
            request.canvas.jobs.quiz_alerts.add((request.viewer.user.id, course.id))
        if fields:
            request.school.change(course, **fields)

    return run


@route("GET", "/courses/:course_id/course_copy/:id")
def show_copy(request: CanvasRequest) -> ObjectResponse:
    course = request.course()
    job = request.canvas.jobs.get(request.path_params["id"])
    if job is None or job.course_id != course.id:
        raise request.not_found()
    request.require(request.viewer.can_edit_content(course))
    request.canvas.jobs.poll(job)
    return ObjectResponse(_serialize_copy(job))


def _serialize_copy(job: Job) -> Json:
    state = "completed" if job.is_finished else "started" if job.progress > 0 else "created"
    return {
        "id": job.id,
        "progress": round(100 * job.progress) if job.progress > 0 else None,
        "created_at": serialize_timestamp(job.created_at),
        "workflow_state": state,
        "status_url": f"/api/v1/courses/{job.course_id}/course_copy/{job.id}",
    }


@route("POST", "/courses/:id/dismiss_migration_limitation_message")
def dismiss_alert(request: CanvasRequest) -> ObjectResponse:
    alert = (request.viewer.user.id, request.course("id").id)
    if alert not in request.canvas.jobs.quiz_alerts:
        raise CanvasError(404, {"message": "Quiz migration alert not found"})
    request.canvas.jobs.quiz_alerts.remove(alert)
    return ObjectResponse({"success": True})


@route("GET", "/courses/:course_id/student_view_student")
def show_test_student(request: CanvasRequest) -> ObjectResponse:
    """Return the test student, who is created by the first request."""
    course = request.course()
    request.require(request.viewer.can_manage(course))
    school = request.school
    enrollments = [
        enrollment
        for enrollment in school.enrollments_of_course(course.id)
        if enrollment.role == "test_student" and enrollment.state != "deleted"
    ]
    if enrollments:
        student = school.users[enrollments[0].user_id]
    else:
        student = User(0, "Test", "Student", account_id=course.account_id)
        student.time_zone, student.created_at = course.time_zone, school.now
        school.add(student)
        school.change(student, uuid=f"user{student.id:036}")
    section_ids = {enrollment.section_id for enrollment in enrollments}
    for section in school.sections_of_course(course.id):
        if section.id not in section_ids:
            enroll(school, section, student, "test_student")
    return ObjectResponse(serialize_user(request, student, course))


@route("POST", "/courses/:course_id/files")
def prepare_upload(request: CanvasRequest) -> ObjectResponse:
    """Return the URL and the parameters with which the client uploads the file itself."""
    course, params = request.course(), request.params
    request.require(request.viewer.can_edit_content(course))
    quota = option(course, "storage_quota_mb") * _MEGABYTE
    if (params.integer("size") or 0) > quota:
        raise CanvasError(400, {"message": "file size exceeds quota"})
    upload_params: Json = {
        "filename": params.text("name") or "unknown",
        "content_type": params.text("content_type") or "application/octet-stream",
    }
    optional_names = ("on_duplicate", "parent_folder_id", "parent_folder_path")
    upload_params |= {name: text for name in optional_names if (text := params.text(name)) is not None}
    if url := params.text("url"):
        upload_params["target_url"] = url
    upload_url = f"{request.base_url}/files_api?course_id={course.id}"
    upload: Json = {"upload_url": upload_url, "upload_params": upload_params}
    return ObjectResponse({"file_param": "file", **upload})
