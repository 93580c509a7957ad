"""How Canvas tells a course, and everything that can be included in one.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from lms_sandbox.canvas.accounts.serializer import (
    SIS_IMPORT,
    serialize_account,
    serialize_term,
    serialize_timestamp,
)
from lms_sandbox.canvas.courses.assignments import (
    NO_PROGRESS_MESSAGE,
    count_ungraded,
    serialize_progress,
)
from lms_sandbox.canvas.courses.settings_defaults import (
    image_url,
    option,
    serialize_common_options,
    serialize_creation_options,
)
from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.canvas.people.serializer import (
    ENROLLMENT_TYPES,
    ROLE_IDS,
    SHORT_ENROLLMENT_TYPES,
    serialize_enrollment_state,
    serialize_user_display,
)
from lms_sandbox.data.models import Course, Section, User
from lms_sandbox.data.school import COUNTED_STATES

CourseContext = Literal["list", "show", "account", "created", "updated"]


def serialize_course(
    request: CanvasRequest,
    course: Course,
    context: CourseContext,
    enrolled_user: User | None = None,
) -> Json:
    """A course in the caller's own list, by its id, in an account's list, or after a write.

    `whose`: the user whose enrollments it carries, where that is not the caller.
    """
    if context == "list" and request.viewer.is_restricted_by_date(course):
        return serialize_stub(course)
    data = _serialize_base(request, course)
    if context == "created":
        data |= serialize_creation_options(course)
    if context in ("created", "updated"):
        return data
    if context != "account":
        data["enrollments"] = _serialize_enrollments(
            request, course, enrolled_user or request.viewer.user
        )
    for include in request.includes:
        if (add := _INCLUDES.get(include)) is not None:
            add(request, course, data, context)
    return data


def serialize_stub(course: Course) -> Json:
    """What is told of a course that its dates keep closed."""
    return {"id": course.id, "access_restricted_by_date": True}


def _serialize_base(request: CanvasRequest, course: Course) -> Json:
    shown_name = request.school.nicknames.get((request.viewer.user.id, course.id), course.name)
    if request.quirks.is_elementary and (friendly_name := option(course, "friendly_name")):
        shown_name = friendly_name
    data: Json = {
        "id": course.id,
        "name": shown_name,
        "account_id": course.account_id,
        "uuid": course.uuid,
        "start_at": serialize_timestamp(course.start_at),
        "end_at": serialize_timestamp(course.end_at),
        "is_public": course.is_public,
        "created_at": serialize_timestamp(course.created_at),
        "course_code": course.code,
        "root_account_id": request.school.root.id,
        "enrollment_term_id": course.term_id,
        "calendar": {"ics": f"{request.base_url}/feeds/calendars/course_{course.uuid}.ics"},
        "time_zone": course.time_zone,
        "blueprint": course.is_blueprint,
        "workflow_state": course.state,
        "restrict_enrollments_to_course_dates": course.restrict_to_dates,
        **serialize_common_options(course),
    }
    if shown_name != course.name:
        data["original_name"] = course.name
    if course.format:
        data["course_format"] = course.format
    if request.viewer.can_view_grades(course):
        data |= {"sis_course_id": course.sis_id, "integration_id": course.integration_id}
    if request.viewer.can_manage_sis(course.account_id):
        data["sis_import_id"] = SIS_IMPORT if course.sis_id else None
    return data


def _serialize_enrollments(request: CanvasRequest, course: Course, user: User) -> list[Json]:
    """The user's enrollments in small: no id, no section."""
    rows = []
    for enrollment in request.school.enrollments_of_user(user.id):
        if enrollment.course_id != course.id or enrollment.state in (
            "deleted",
            "rejected",
            "inactive",
        ):
            continue
        row: Json = {
            "type": SHORT_ENROLLMENT_TYPES[enrollment.role],
            "role": ENROLLMENT_TYPES[enrollment.role],
            "role_id": ROLE_IDS[enrollment.role],
            "user_id": enrollment.user_id,
            "enrollment_state": serialize_enrollment_state(enrollment.state),
            "limit_privileges_to_course_section": enrollment.limited_to_section,
        }
        if enrollment.role == "observer":
            row["associated_user_id"] = enrollment.observed_id
        if "total_scores" in request.includes and enrollment.role == "student":
            row |= {
                "computed_current_score": enrollment.score,
                "computed_final_score": None
                if enrollment.score is None
                else round(enrollment.score * 0.9, 2),
                "computed_current_grade": None,
                "computed_final_grade": None,
            }
        rows.append(row)
    return rows


# Includes. Each adds its own keys; where it is not legal, it adds nothing.


def _add_term(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
    data["term"] = serialize_term(request, request.school.terms[course.term_id], course=course)


def _add_account(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    if context != "account":
        data["account"] = serialize_account(
            request, request.school.accounts[course.account_id], is_manager=False
        )


def _add_account_name(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    if context == "account":
        data["account_name"] = request.school.accounts[course.account_id].name


def _add_subaccount(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["subaccount_id"] = course.account_id
    data["subaccount_name"] = request.school.accounts[course.account_id].name


def _add_teachers(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    teachers = active_teachers(request, course)
    limit = request.scalar("teacher_limit")
    if limit is not None and limit.isdigit() and len(teachers) > int(limit):
        data["teacher_count"] = len(teachers)
    else:
        data["teachers"] = [serialize_user_display(request, teacher) for teacher in teachers]


def active_teachers(request: CanvasRequest, course: Course) -> list[User]:
    """A course's active teachers, each once."""
    user_ids = {
        enrollment.user_id: None
        for enrollment in request.school.enrollments_of_course(course.id)
        if enrollment.role == "teacher" and enrollment.state == "active"
    }
    return [request.school.users[user_id] for user_id in user_ids]


def count_students(request: CanvasRequest, course: Course) -> int:
    """The active and invited students of a whole course, each person once, no test student."""
    return request.cache.get(
        ("total_students", course.id),
        lambda: len(
            {
                enrollment.user_id
                for enrollment in request.school.enrollments_of_course(course.id)
                if enrollment.role == "student" and enrollment.state in COUNTED_STATES
            }
        ),
    )


def _add_total_students(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["total_students"] = count_students(request, course)


def _add_sections(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    """The caller's own sections, one for each enrollment; all of them to who has none (by id)."""
    if context == "account":
        return
    enrollments = request.viewer.enrollments_in(course.id)
    if enrollments:
        data["sections"] = [
            {
                **_serialize_section_summary(request.school.sections[enrollment.section_id]),
                "enrollment_role": ENROLLMENT_TYPES[enrollment.role],
            }
            for enrollment in enrollments
        ]
    elif context == "show":
        data["sections"] = [
            _serialize_section_summary(section)
            for section in request.school.sections_of_course(
                course.id, deleted=request.quirks.lists_deleted_sections
            )
        ]


def _serialize_section_summary(section: Section) -> Json:
    return {
        "id": section.id,
        "name": section.name,
        "start_at": serialize_timestamp(section.start_at),
        "end_at": serialize_timestamp(section.end_at),
    }


def _add_syllabus(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["syllabus_body"] = course.syllabus


def _add_description(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    if course.description:
        data["public_description"] = course.description


def _add_needs_grading_count(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    if context != "account" and request.viewer.can_view_grades(course):
        data["needs_grading_count"] = count_ungraded(course)


def _add_progress(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    """Whoever is no student there is told so in-band."""
    progress = serialize_progress(request, course, request.viewer.user.id)
    data["course_progress"] = progress or {"error": {"message": NO_PROGRESS_MESSAGE}}


def _add_quota(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
    data["storage_quota_used_mb"] = course.id % 90 + 0.5


def _add_image(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
    data["image_download_url"] = image_url(request, course)


def _add_banner(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
    data["banner_image_download_url"] = option(course, "banner_image_url")


def _add_concluded(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["concluded"] = is_concluded(request, course)


def is_concluded(request: CanvasRequest, course: Course) -> bool:
    """Whether a course was ended by hand, or by its own or its term's last day."""
    end = course.end_at or request.school.terms[course.term_id].end_at
    return course.state == "completed" or (end is not None and end < request.school.now)


def _add_permissions(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    if context == "show":
        is_allowed = request.viewer.can_view_grades(course)
        data["permissions"] = {
            "create_discussion_topic": is_allowed,
            "create_announcement": is_allowed,
        }


def _add_tabs(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
    data["tabs"] = [
        {
            "id": name.lower(),
            "html_url": f"/courses/{course.id}" + ("" if position == 1 else f"/{name.lower()}"),
            "label": name,
            "type": "internal",
            "position": position,
            "visibility": "public",
        }
        for position, name in enumerate(("Home", "Syllabus", "People"), start=1)
    ]


def _add_grading_scheme(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["grading_scheme"] = None


def _add_observed(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    """The enrollments of the observer's own children in the course."""
    for child in request.viewer.user.child_ids if context != "account" else ():
        data["enrollments"] += _serialize_enrollments(request, course, request.school.users[child])


def _add_grading_periods(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data["grading_periods"] = None


def _add_current_grading_period(
    request: CanvasRequest, course: Course, data: Json, context: CourseContext
) -> None:
    data |= {
        "has_grading_periods": False,
        "multiple_grading_periods_enabled": False,
        "has_weighted_grading_periods": False,
    }


def _include_value(
    key: str, compute: Callable[[CanvasRequest, Course], Json]
) -> Callable[..., None]:
    def add(request: CanvasRequest, course: Course, data: Json, context: CourseContext) -> None:
        data[key] = compute(request, course)

    return add


_INCLUDES: dict[str, Callable[[CanvasRequest, Course, Json, CourseContext], None]] = {
    "term": _add_term,
    "account": _add_account,
    "account_name": _add_account_name,
    "subaccount": _add_subaccount,
    "teachers": _add_teachers,
    "active_teachers": _add_teachers,
    "total_students": _add_total_students,
    "sections": _add_sections,
    "syllabus_body": _add_syllabus,
    "public_description": _add_description,
    "needs_grading_count": _add_needs_grading_count,
    "course_progress": _add_progress,
    "storage_quota_used_mb": _add_quota,
    "course_image": _add_image,
    "banner_image": _add_banner,
    "concluded": _add_concluded,
    "permissions": _add_permissions,
    "tabs": _add_tabs,
    "grading_scheme": _add_grading_scheme,
    "grading_periods": _add_grading_periods,
    "current_grading_period_scores": _add_current_grading_period,
    "observed_users": _add_observed,
    "favorites": _include_value(
        "is_favorite", lambda ask, course: bool(ask.viewer.roles_in(course))
    ),
    "post_manually": _include_value(
        "post_manually", lambda ask, course: option(course, "post_manually")
    ),
    "html_url": _include_value(
        "html_url", lambda ask, course: f"{ask.base_url}/courses/{course.id}"
    ),
    "lti_context_id": _include_value("lti_context_id", lambda ask, course: course.uuid),
    "passback_status": _include_value("passback_status", lambda ask, course: {}),
    "access_restricted_by_date": _include_value(
        "access_restricted_by_date", lambda ask, course: ask.viewer.is_restricted_by_date(course)
    ),
}
