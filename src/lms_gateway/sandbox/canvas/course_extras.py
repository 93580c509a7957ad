"""What else changes a course: copies into it, its test student, its files, an alert.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, One
from lms_gateway.sandbox.canvas.course_options import option
from lms_gateway.sandbox.canvas.jobs import Job, Step
from lms_gateway.sandbox.canvas.persons import tell_user
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.people import enroll
from lms_gateway.sandbox.records import Course, User

_CONTENTS = (
    "course_settings", "assignments", "external_tools", "files", "topics", "calendar_events",
    "quizzes", "wiki_pages", "modules", "outcomes",
)  # fmt: skip
_MEGABYTE = 1_000_000


def copy(ask: Ask) -> Answer:
    """POST /courses/:course_id/course_copy: of the contents, what this school has of them."""
    course = ask.course()
    if not ask.viewer.edits_content(course):
        raise ask.refuse()
    only, but = ask.params.array("only"), ask.params.array("except")
    if only is not None and but is not None:
        message = 'You can not use "only" and "except" options at the same time.'
        raise Refusal(400, {"errors": message})
    source = ask.find_course(ask.params.text("source_course") or "")
    if source is None or source.state == "deleted":
        raise ask.missing()
    if not ask.viewer.edits_content(source):
        raise ask.refuse()
    contents = [
        name for name in _CONTENTS if (only is None or name in only) and name not in (but or ())
    ]
    job = ask.jobs.start(
        [_step(ask, source, course, name) for name in contents],
        course_id=course.id,
        user_id=ask.viewer.user.id,
        now=ask.school.now,
        at=ask.at,
    )
    return One(_tell_copy(job))


def _step(ask: Ask, source: Course, course: Course, content: str) -> Step:
    def take() -> None:
        fields: dict[str, Any] = {}
        if content == "course_settings":
            fields = {"options": dict(source.options), "image_url": source.image_url}
            fields |= {"description": source.description, "format": source.format}
        elif content == "wiki_pages":
            fields = {"syllabus": source.syllabus}
        elif content == "quizzes":
            ask.jobs.quiz_alerts.add((ask.viewer.user.id, course.id))
        if fields:
            ask.school.change(course, **fields)

    return take


def show_copy(ask: Ask) -> Answer:
    """GET /courses/:course_id/course_copy/:id"""
    course = ask.course()
    job = ask.jobs.get(ask.ids["id"])
    if job is None or job.course_id != course.id:
        raise ask.missing()
    if not ask.viewer.edits_content(course):
        raise ask.refuse()
    ask.jobs.poll(job, ask.school.now)
    return One(_tell_copy(job))


def _tell_copy(job: Job) -> Json:
    state = "completed" if job.is_over else "started" if job.share > 0 else "created"
    return {
        "id": job.id,
        "progress": round(100 * job.share) if job.share > 0 else None,
        "created_at": tell_moment(job.created_at),
        "workflow_state": state,
        "status_url": f"/api/v1/courses/{job.course_id}/course_copy/{job.id}",
    }


def dismiss_alert(ask: Ask) -> Answer:
    """POST /courses/:id/dismiss_migration_limitation_message"""
    alert = (ask.viewer.user.id, ask.course("id").id)
    if alert not in ask.jobs.quiz_alerts:
        raise Refusal(404, {"message": "Quiz migration alert not found"})
    ask.jobs.quiz_alerts.remove(alert)
    return One({"success": True})


def show_test_student(ask: Ask) -> Answer:
    """GET /courses/:course_id/student_view_student: there is one from here on, in each section."""
    course = ask.course()
    if not ask.viewer.teaches(course):
        raise ask.refuse()
    school = ask.school
    found = [
        one
        for one in school.enrollments_of_course(course.id)
        if one.role == "test_student" and one.state != "deleted"
    ]
    if found:
        student = school.users[found[0].user_id]
    else:
        student = User(
            0,
            "Test",
            "Student",
            account_id=course.account_id,
            time_zone=course.time_zone,
            created_at=school.now,
        )
        school.add(student)
        school.change(student, uuid=f"user{student.id:036}")
    present = {one.section_id for one in found}
    for section in school.sections_of_course(course.id):
        if section.id not in present:
            enroll(school, section, student, "test_student")
    return One(tell_user(ask, student, course))


def prepare_upload(ask: Ask) -> Answer:
    """POST /courses/:course_id/files: where the file itself is to be sent."""
    course, params = ask.course(), ask.params
    if not ask.viewer.edits_content(course):
        raise ask.refuse()
    quota = option(course, "storage_quota_mb") * _MEGABYTE
    if (params.number("size") or 0) > quota:
        raise Refusal(400, {"message": "file size exceeds quota"})
    told: Json = {
        "filename": params.text("name") or "unknown",
        "content_type": params.text("content_type") or "application/octet-stream",
    }
    wanted = ("on_duplicate", "parent_folder_id", "parent_folder_path")
    told |= {name: text for name in wanted if (text := params.text(name)) is not None}
    if url := params.text("url"):
        told["target_url"] = url
    return One(
        {
            "file_param": "file",
            "upload_url": f"{ask.base}/files_api?course_id={course.id}",
            "upload_params": told,
        }
    )
