"""JSON of courses and their includes.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lms_sandbox.canvas.accounts.serializer import serialize_account, serialize_term
from lms_sandbox.canvas.courses import options
from lms_sandbox.canvas.courses.assignments import count_ungraded
from lms_sandbox.canvas.courses.lifecycle import is_concluded
from lms_sandbox.canvas.courses.progress import NO_PROGRESS_MESSAGE, serialize_progress
from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.canvas.http.serialization import serialize_fields, sis_import_id
from lms_sandbox.canvas.people import serializer as people
from lms_sandbox.data.models import Course, User
from lms_sandbox.data.school import COUNTED_STATES

CourseContext = Literal["list", "show", "account", "created", "updated"]
"""The response: a user's list, one course, an account's list, or after a write."""


@dataclass(frozen=True, slots=True)
class _CourseView:
    """A course in a response to a caller."""

    request: CanvasRequest
    course: Course
    context: CourseContext


def serialize_course(
    request: CanvasRequest, course: Course, context: CourseContext, enrolled_user: User | None = None
) -> Json:
    """Return a course with its includes.

    `enrolled_user` is the user whose enrollments it contains; None means the caller.
    """
    if context == "list" and request.viewer.is_restricted_by_date(course):
        return serialize_stub(course)
    data = _serialize_base(request, course)
    if context == "created":
        data |= options.serialize_options(course, "creation")
    if context in ("created", "updated"):
        return data
    if context != "account":
        users = [enrolled_user or request.viewer.user]
        if "observed_users" in request.includes:
            users += [request.school.users[child_id] for child_id in request.viewer.user.child_ids]
        data["enrollments"] = [row for user in users for row in _serialize_enrollments(request, course, user)]
    view, includes = _CourseView(request, course, context), request.includes
    for include, serialize in _INCLUDES.items() if includes else ():
        if include in includes:
            data |= serialize(view)
    return data


def serialize_stub(course: Course) -> Json:
    """Return what a course that is closed by its dates shows of itself."""
    return {"id": course.id, "access_restricted_by_date": True}


def _serialize_base(request: CanvasRequest, course: Course) -> Json:
    shown_name = request.school.nicknames.get((request.viewer.user.id, course.id), course.name)
    if request.quirks.is_elementary and (friendly_name := options.option(course, "friendly_name")):
        shown_name = friendly_name
    data: Json = {
        **serialize_fields(course, "id", "uuid", "account_id", "is_public", "time_zone"),
        **serialize_fields(course, "start_at", "end_at", "created_at"),
        "name": shown_name,
        "course_code": course.code,
        "root_account_id": request.school.root.id,
        "enrollment_term_id": course.term_id,
        "calendar": {"ics": f"{request.base_url}/feeds/calendars/course_{course.uuid}.ics"},
        "blueprint": course.is_blueprint,
        "workflow_state": course.state,
        "restrict_enrollments_to_course_dates": course.restrict_to_dates,
        **options.serialize_options(course, "course"),
        **options.serialize_blueprint_restrictions(course),
    }
    if shown_name != course.name:
        data["original_name"] = course.name
    if course.format:
        data["course_format"] = course.format
    if request.viewer.can_view_grades(course):
        data |= {"sis_course_id": course.sis_id, "integration_id": course.integration_id}
    if request.viewer.can_manage_sis(course.account_id):
        data["sis_import_id"] = sis_import_id(course)
    return data


def _serialize_enrollments(request: CanvasRequest, course: Course, user: User) -> list[Json]:
    """Return a user's enrollments in a course in short form, without ids and sections."""
    rows = []
    for enrollment in request.school.enrollments_of_user(user.id):
        if enrollment.course_id != course.id or enrollment.state in ("deleted", "rejected", "inactive"):
            continue
        row: Json = {
            "type": people.SHORT_ENROLLMENT_TYPES[enrollment.role],
            "role": people.ENROLLMENT_TYPES[enrollment.role],
            "role_id": people.ROLE_IDS[enrollment.role],
            "user_id": enrollment.user_id,
            "enrollment_state": people.serialize_enrollment_state(enrollment.state),
            "limit_privileges_to_course_section": enrollment.limited_to_section,
        }
        if enrollment.role == "observer":
            row["associated_user_id"] = enrollment.observed_id
        if "total_scores" in request.includes and enrollment.role == "student":
            row |= people.serialize_scores(enrollment, "computed_")
        rows.append(row)
    return rows


def active_teachers(request: CanvasRequest, course: Course) -> list[User]:
    """Return the active teachers of a course, without duplicates."""
    user_ids = {
        enrollment.user_id: None
        for enrollment in request.school.enrollments_of_course(course.id)
        if enrollment.role == "teacher" and enrollment.state == "active"
    }
    return [request.school.users[user_id] for user_id in user_ids]


def count_students(request: CanvasRequest, course: Course) -> int:
    """Return the number of active and invited students of a course, test students excepted."""

    def count() -> int:
        enrollments = request.school.enrollments_of_course(course.id)
        students = (enrollment for enrollment in enrollments if enrollment.role == "student")
        return len({student.user_id for student in students if student.state in COUNTED_STATES})

    return request.canvas.cache.get(("total_students", course.id), count)


# Includes: each function returns the keys that it adds, none if the include is not supported in
# the context or not permitted.


def _account(view: _CourseView) -> Json:
    account = view.request.school.accounts[view.course.account_id]
    if view.context == "account":
        return {}
    return {"account": serialize_account(view.request, account, is_manager=False)}


def _account_name(view: _CourseView) -> Json:
    if view.context != "account":
        return {}
    return {"account_name": view.request.school.accounts[view.course.account_id].name}


def _subaccount(view: _CourseView) -> Json:
    account = view.request.school.accounts[view.course.account_id]
    return {"subaccount_id": account.id, "subaccount_name": account.name}


def _teachers(view: _CourseView) -> Json:
    teachers = active_teachers(view.request, view.course)
    limit = view.request.scalar("teacher_limit")
    if limit is not None and limit.isdigit() and len(teachers) > int(limit):
        return {"teacher_count": len(teachers)}
    return {"teachers": [people.serialize_user_display(view.request, teacher) for teacher in teachers]}


def _sections(view: _CourseView) -> Json:
    """Return the sections of the caller, one per enrollment.

    A caller without enrollments sees all sections if the course was read by its id.
    """
    request, school = view.request, view.request.school
    enrollments = request.viewer.enrollments_in(view.course.id)
    if view.context == "account" or not (enrollments or view.context == "show"):
        return {}
    names = ("id", "name", "start_at", "end_at")
    if enrollments:
        rows = []
        for enrollment in enrollments:
            row = serialize_fields(school.sections[enrollment.section_id], *names)
            rows.append({**row, "enrollment_role": people.ENROLLMENT_TYPES[enrollment.role]})
    else:
        includes_deleted = request.quirks.lists_deleted_sections
        sections = school.sections_of_course(view.course.id, deleted=includes_deleted)
        rows = [serialize_fields(section, *names) for section in sections]
    return {"sections": rows}


def _needs_grading_count(view: _CourseView) -> Json:
    if view.context == "account" or not view.request.viewer.can_view_grades(view.course):
        return {}
    return {"needs_grading_count": count_ungraded(view.course)}


def _course_progress(view: _CourseView) -> Json:
    """Return the progress of the caller, or an error in the value if the caller is no student."""
    progress = serialize_progress(view.request, view.course, view.request.viewer.user.id)
    return {"course_progress": progress or {"error": {"message": NO_PROGRESS_MESSAGE}}}


def _permissions(view: _CourseView) -> Json:
    if view.context != "show":
        return {}
    is_allowed = view.request.viewer.can_view_grades(view.course)
    permissions = {"create_discussion_topic": is_allowed, "create_announcement": is_allowed}
    return {"permissions": permissions}


def _tabs(view: _CourseView) -> Json:
    common, url = {"type": "internal", "visibility": "public"}, f"/courses/{view.course.id}"
    paths = {"Home": "", "Syllabus": "/syllabus", "People": "/people"}
    rows = []
    for index, (label, path) in enumerate(paths.items(), start=1):
        row = {"id": label.lower(), "label": label, "html_url": url + path, "position": index}
        rows.append({**row, **common})
    return {"tabs": rows}


def _term(view: _CourseView) -> Json:
    term = view.request.school.terms[view.course.term_id]
    return {"term": serialize_term(view.request, term, course=view.course)}


_INCLUDES: dict[str, Callable[[_CourseView], Json]] = {
    "term": _term,
    "account": _account,
    "account_name": _account_name,
    "subaccount": _subaccount,
    "teachers": _teachers,
    "active_teachers": _teachers,
    "total_students": lambda view: {"total_students": count_students(view.request, view.course)},
    "sections": _sections,
    "syllabus_body": lambda view: {"syllabus_body": view.course.syllabus},
    "public_description": lambda view: (
        {"public_description": view.course.description} if view.course.description else {}
    ),
    "needs_grading_count": _needs_grading_count,
    "course_progress": _course_progress,
    "storage_quota_used_mb": lambda view: {"storage_quota_used_mb": view.course.id % 90 + 0.5},
    "course_image": lambda view: {"image_download_url": options.image_url(view.request, view.course)},
    "banner_image": lambda view: {
        "banner_image_download_url": options.option(view.course, "banner_image_url")
    },
    "concluded": lambda view: {"concluded": is_concluded(view.request, view.course)},
    "permissions": _permissions,
    "tabs": _tabs,
    "grading_scheme": lambda view: {"grading_scheme": None},
    "grading_periods": lambda view: {"grading_periods": None},
    "current_grading_period_scores": lambda view: {
        "has_grading_periods": False,
        "multiple_grading_periods_enabled": False,
        "has_weighted_grading_periods": False,
    },
    "favorites": lambda view: {"is_favorite": bool(view.request.viewer.roles_in(view.course))},
    "post_manually": lambda view: {"post_manually": options.option(view.course, "post_manually")},
    "html_url": lambda view: {"html_url": f"{view.request.base_url}/courses/{view.course.id}"},
    "lti_context_id": lambda view: {"lti_context_id": view.course.uuid},
    "passback_status": lambda view: {"passback_status": {}},
    "access_restricted_by_date": lambda view: {
        "access_restricted_by_date": view.request.viewer.is_restricted_by_date(view.course)
    },
}
