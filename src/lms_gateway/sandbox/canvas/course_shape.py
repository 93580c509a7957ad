"""How Canvas tells a course, and everything that can be included in one.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from lms_gateway.sandbox.canvas.ask import Ask, Json
from lms_gateway.sandbox.canvas.course_options import (
    image_of,
    option,
    tell_created,
    tell_plain,
)
from lms_gateway.sandbox.canvas.coursework import NO_PROGRESS, count_to_grade, tell_progress
from lms_gateway.sandbox.canvas.persons import (
    ROLE_IDS,
    SHORT_TYPES,
    TYPES,
    tell_display,
    tell_state,
)
from lms_gateway.sandbox.canvas.places import (
    SIS_IMPORT,
    tell_account,
    tell_moment,
    tell_term,
)
from lms_gateway.sandbox.records import Course, Section, User
from lms_gateway.sandbox.school import COUNTED

Where = Literal["list", "show", "account", "created", "updated"]


def tell_course(ask: Ask, course: Course, where: Where, whose: User | None = None) -> Json:
    """A course in the caller's own list, by its id, in an account's list, or after a write.

    `whose`: the user whose enrollments it carries, where that is not the caller.
    """
    if where == "list" and ask.viewer.is_shut_out(course):
        return stub(course)
    told = _tell_plain(ask, course)
    if where == "created":
        told |= tell_created(course)
    if where in ("created", "updated"):
        return told
    if where != "account":
        told["enrollments"] = _tell_own_enrollments(ask, course, whose or ask.viewer.user)
    for include in ask.includes:
        if (add := _INCLUDES.get(include)) is not None:
            add(ask, course, told, where)
    return told


def stub(course: Course) -> Json:
    """What is told of a course that its dates keep closed."""
    return {"id": course.id, "access_restricted_by_date": True}


def _tell_plain(ask: Ask, course: Course) -> Json:
    shown = ask.school.nicknames.get((ask.viewer.user.id, course.id), course.name)
    if ask.habits.is_elementary and (friendly := option(course, "friendly_name")):
        shown = friendly
    told: Json = {
        "id": course.id,
        "name": shown,
        "account_id": course.account_id,
        "uuid": course.uuid,
        "start_at": tell_moment(course.start_at),
        "end_at": tell_moment(course.end_at),
        "is_public": course.is_public,
        "created_at": tell_moment(course.created_at),
        "course_code": course.code,
        "root_account_id": ask.school.root.id,
        "enrollment_term_id": course.term_id,
        "calendar": {"ics": f"{ask.base}/feeds/calendars/course_{course.uuid}.ics"},
        "time_zone": course.time_zone,
        "blueprint": course.is_blueprint,
        "workflow_state": course.state,
        "restrict_enrollments_to_course_dates": course.restrict_to_dates,
        **tell_plain(course),
    }
    if shown != course.name:
        told["original_name"] = course.name
    if course.format:
        told["course_format"] = course.format
    if ask.viewer.sees_grades(course):
        told |= {"sis_course_id": course.sis_id, "integration_id": course.integration_id}
    if ask.viewer.manages_sis(course.account_id):
        told["sis_import_id"] = SIS_IMPORT if course.sis_id else None
    return told


def _tell_own_enrollments(ask: Ask, course: Course, user: User) -> list[Json]:
    """The user's enrollments in small: no id, no section."""
    told = []
    for one in ask.school.enrollments_of_user(user.id):
        if one.course_id != course.id or one.state in ("deleted", "rejected", "inactive"):
            continue
        row: Json = {
            "type": SHORT_TYPES[one.role],
            "role": TYPES[one.role],
            "role_id": ROLE_IDS[one.role],
            "user_id": one.user_id,
            "enrollment_state": tell_state(one.state),
            "limit_privileges_to_course_section": one.limited_to_section,
        }
        if one.role == "observer":
            row["associated_user_id"] = one.observed_id
        if "total_scores" in ask.includes and one.role == "student":
            row |= {
                "computed_current_score": one.score,
                "computed_final_score": None if one.score is None else round(one.score * 0.9, 2),
                "computed_current_grade": None,
                "computed_final_grade": None,
            }
        told.append(row)
    return told


# Includes. Each adds its own keys; where it is not legal, it adds nothing.


def _add_term(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["term"] = tell_term(ask, ask.school.terms[course.term_id], course=course)


def _add_account(ask: Ask, course: Course, told: Json, where: Where) -> None:
    if where != "account":
        told["account"] = tell_account(ask, ask.school.accounts[course.account_id], manager=False)


def _add_account_name(ask: Ask, course: Course, told: Json, where: Where) -> None:
    if where == "account":
        told["account_name"] = ask.school.accounts[course.account_id].name


def _add_subaccount(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["subaccount_id"] = course.account_id
    told["subaccount_name"] = ask.school.accounts[course.account_id].name


def _add_teachers(ask: Ask, course: Course, told: Json, where: Where) -> None:
    teachers = teachers_of(ask, course)
    limit = ask.one("teacher_limit")
    if limit is not None and limit.isdigit() and len(teachers) > int(limit):
        told["teacher_count"] = len(teachers)
    else:
        told["teachers"] = [tell_display(ask, teacher) for teacher in teachers]


def teachers_of(ask: Ask, course: Course) -> list[User]:
    """A course's active teachers, each once."""
    found = {
        one.user_id: None
        for one in ask.school.enrollments_of_course(course.id)
        if one.role == "teacher" and one.state == "active"
    }
    return [ask.school.users[at] for at in found]


def count_course_students(ask: Ask, course: Course) -> int:
    """The active and invited students of a whole course, each person once, no test student."""
    return ask.memo.get(
        ("total_students", course.id),
        lambda: len(
            {
                one.user_id
                for one in ask.school.enrollments_of_course(course.id)
                if one.role == "student" and one.state in COUNTED
            }
        ),
    )


def _add_total_students(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["total_students"] = count_course_students(ask, course)


def _add_sections(ask: Ask, course: Course, told: Json, where: Where) -> None:
    """The caller's own sections, one for each enrollment; all of them to who has none (by id)."""
    if where == "account":
        return
    own = ask.viewer.enrollments_in(course.id)
    if own:
        told["sections"] = [
            {
                **_tell_section_short(ask.school.sections[one.section_id]),
                "enrollment_role": TYPES[one.role],
            }
            for one in own
        ]
    elif where == "show":
        told["sections"] = [
            _tell_section_short(section)
            for section in ask.school.sections_of_course(
                course.id, deleted=ask.habits.lists_deleted_sections
            )
        ]


def _tell_section_short(section: Section) -> Json:
    return {
        "id": section.id,
        "name": section.name,
        "start_at": tell_moment(section.start_at),
        "end_at": tell_moment(section.end_at),
    }


def _add_syllabus(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["syllabus_body"] = course.syllabus


def _add_description(ask: Ask, course: Course, told: Json, where: Where) -> None:
    if course.description:
        told["public_description"] = course.description


def _add_needs_grading(ask: Ask, course: Course, told: Json, where: Where) -> None:
    if where != "account" and ask.viewer.sees_grades(course):
        told["needs_grading_count"] = count_to_grade(course)


def _add_progress(ask: Ask, course: Course, told: Json, where: Where) -> None:
    """Whoever is no student there is told so in-band."""
    progress = tell_progress(ask, course, ask.viewer.user.id)
    told["course_progress"] = progress or {"error": {"message": NO_PROGRESS}}


def _add_quota(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["storage_quota_used_mb"] = course.id % 90 + 0.5


def _add_image(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["image_download_url"] = image_of(ask, course)


def _add_banner(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["banner_image_download_url"] = option(course, "banner_image_url")


def _add_concluded(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["concluded"] = is_concluded(ask, course)


def is_concluded(ask: Ask, course: Course) -> bool:
    """Whether a course was ended by hand, or by its own or its term's last day."""
    end = course.end_at or ask.school.terms[course.term_id].end_at
    return course.state == "completed" or (end is not None and end < ask.school.now)


def _add_permissions(ask: Ask, course: Course, told: Json, where: Where) -> None:
    if where == "show":
        may = ask.viewer.sees_grades(course)
        told["permissions"] = {"create_discussion_topic": may, "create_announcement": may}


def _add_tabs(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["tabs"] = [
        {
            "id": name.lower(),
            "html_url": f"/courses/{course.id}" + ("" if at == 1 else f"/{name.lower()}"),
            "label": name,
            "type": "internal",
            "position": at,
            "visibility": "public",
        }
        for at, name in enumerate(("Home", "Syllabus", "People"), start=1)
    ]


def _add_grading_scheme(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["grading_scheme"] = None


def _add_observed(ask: Ask, course: Course, told: Json, where: Where) -> None:
    """The enrollments of the observer's own children in the course."""
    for child in ask.viewer.user.child_ids if where != "account" else ():
        told["enrollments"] += _tell_own_enrollments(ask, course, ask.school.users[child])


def _add_grading_periods(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told["grading_periods"] = None


def _add_current_period(ask: Ask, course: Course, told: Json, where: Where) -> None:
    told |= {
        "has_grading_periods": False,
        "multiple_grading_periods_enabled": False,
        "has_weighted_grading_periods": False,
    }


def _always(key: str, tell: Callable[[Ask, Course], Json]) -> Callable[..., None]:
    def add(ask: Ask, course: Course, told: Json, where: Where) -> None:
        told[key] = tell(ask, course)

    return add


_INCLUDES: dict[str, Callable[[Ask, Course, Json, Where], None]] = {
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
    "needs_grading_count": _add_needs_grading,
    "course_progress": _add_progress,
    "storage_quota_used_mb": _add_quota,
    "course_image": _add_image,
    "banner_image": _add_banner,
    "concluded": _add_concluded,
    "permissions": _add_permissions,
    "tabs": _add_tabs,
    "grading_scheme": _add_grading_scheme,
    "grading_periods": _add_grading_periods,
    "current_grading_period_scores": _add_current_period,
    "observed_users": _add_observed,
    "favorites": _always("is_favorite", lambda ask, course: bool(ask.viewer.roles_in(course))),
    "post_manually": _always("post_manually", lambda ask, course: option(course, "post_manually")),
    "html_url": _always("html_url", lambda ask, course: f"{ask.base}/courses/{course.id}"),
    "lti_context_id": _always("lti_context_id", lambda ask, course: course.uuid),
    "passback_status": _always("passback_status", lambda ask, course: {}),
    "access_restricted_by_date": _always(
        "access_restricted_by_date", lambda ask, course: ask.viewer.is_shut_out(course)
    ),
}
