"""Options of courses that only Canvas has, in one table.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from dataclasses import dataclass
from typing import Any

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.data.models import Course


@dataclass(frozen=True, slots=True)
class CourseOption:
    """One option.

    `replies` lists the responses that contain it: every `course`, the `creation` of a course, its
    `settings`. `flags` lists the requests that set it as a boolean: `course[...]` and `settings`.
    `choices` are the values that `course[...]` accepts.
    """

    default: Any
    replies: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


_COURSE, _CREATION, _SETTINGS = ("course",), ("creation",), ("settings",)
_LICENSES = (
    "private", "cc_by_nc_nd", "cc_by_nc_sa", "cc_by_nc", "cc_by_nd", "cc_by_sa", "cc_by", "public_domain",
)  # fmt: skip
_VIEWS = ("feed", "wiki", "modules", "syllabus", "assignments")
RESTRICTIONS = ("content", "points", "due_dates", "availability_dates")
OPTIONS: dict[str, CourseOption] = {
    "is_public_to_auth_users": CourseOption(False, _COURSE, _COURSE),
    "public_syllabus": CourseOption(False, _COURSE, _COURSE),
    "public_syllabus_to_auth": CourseOption(False, _COURSE, _COURSE),
    "hide_final_grades": CourseOption(False, _COURSE + _SETTINGS, _COURSE + _SETTINGS),
    "apply_assignment_group_weights": CourseOption(False, _COURSE, _COURSE),
    "default_view": CourseOption("modules", _COURSE, choices=_VIEWS),
    "grading_standard_id": CourseOption(None, _COURSE + _SETTINGS),
    "grade_passback_setting": CourseOption(
        None, _COURSE + _SETTINGS, choices=("nightly_sync", "disabled", "")
    ),
    "storage_quota_mb": CourseOption(500, _COURSE),
    "template": CourseOption(False, _COURSE),
    "license": CourseOption("private", _CREATION, choices=_LICENSES),
    "allow_student_wiki_edits": CourseOption(False, _CREATION, _COURSE),
    "allow_wiki_comments": CourseOption(False, _CREATION, _COURSE),
    "allow_student_forum_attachments": CourseOption(True, _CREATION + _SETTINGS, _COURSE + _SETTINGS),
    "open_enrollment": CourseOption(False, _CREATION, _COURSE),
    "self_enrollment": CourseOption(False, _CREATION, _COURSE),
    "allow_final_grade_override": CourseOption(False, _SETTINGS, _SETTINGS),
    "allow_student_discussion_topics": CourseOption(True, _SETTINGS, _SETTINGS),
    "allow_student_discussion_editing": CourseOption(True, _SETTINGS, _SETTINGS),
    "allow_student_discussion_reporting": CourseOption(True, _SETTINGS, _SETTINGS),
    "allow_student_anonymous_discussion_topics": CourseOption(False, _SETTINGS, _SETTINGS),
    "filter_speed_grader_by_student_group": CourseOption(False, _SETTINGS, _SETTINGS),
    "allow_student_organized_groups": CourseOption(True, _SETTINGS, _SETTINGS),
    "hide_distribution_graphs": CourseOption(False, _SETTINGS, _SETTINGS),
    "hide_sections_on_course_users_page": CourseOption(False, _SETTINGS, _SETTINGS),
    "lock_all_announcements": CourseOption(False, _SETTINGS, _SETTINGS),
    "usage_rights_required": CourseOption(False, _SETTINGS, _SETTINGS),
    "restrict_student_past_view": CourseOption(False, _SETTINGS, _SETTINGS),
    "restrict_student_future_view": CourseOption(False, _SETTINGS, _SETTINGS),
    "restrict_quantitative_data": CourseOption(False, _SETTINGS),
    "show_announcements_on_home_page": CourseOption(False, _SETTINGS, _SETTINGS),
    "home_page_announcement_limit": CourseOption(None, _SETTINGS),
    "syllabus_course_summary": CourseOption(True, _SETTINGS, _COURSE + _SETTINGS),
    "homeroom_course": CourseOption(False, _SETTINGS),
    "image_id": CourseOption(None, _SETTINGS),
    "banner_image_url": CourseOption(None, _SETTINGS),
    "banner_image_id": CourseOption(None, _SETTINGS),
    "course_color": CourseOption(None, _SETTINGS),
    "friendly_name": CourseOption(None, _SETTINGS),
    "default_due_time": CourseOption("23:59:59", _SETTINGS),
    "conditional_release": CourseOption(False, _SETTINGS, _COURSE + _SETTINGS),
    "post_manually": CourseOption(False, flags=_COURSE),
    "enable_course_paces": CourseOption(False, flags=_COURSE),
    "sync_enrollments_from_homeroom": CourseOption(None),
    "homeroom_course_id": CourseOption(None),
    "blueprint_restrictions": CourseOption({name: name == "content" for name in RESTRICTIONS}),
    "use_blueprint_restrictions_by_object_type": CourseOption(False, flags=_COURSE),
    "blueprint_restrictions_by_object_type": CourseOption({}),
}


def flags_of(request_kind: str) -> list[str]:
    """Return the names of the boolean options of a request: `course` or `settings`."""
    return [name for name, known in OPTIONS.items() if request_kind in known.flags]


def option(course: Course, name: str) -> Any:
    """Return the current value of an option."""
    return course.options.get(name, OPTIONS[name].default)


def serialize_options(course: Course, reply: str) -> Json:
    """Return the options of a response: `course`, `creation` or `settings`."""
    return {name: option(course, name) for name, known in OPTIONS.items() if reply in known.replies}


def serialize_blueprint_restrictions(course: Course) -> Json:
    """Return the restrictions of a blueprint course; nothing for other courses."""
    if not course.is_blueprint:
        return {}
    by_type = option(course, "use_blueprint_restrictions_by_object_type")
    name = "blueprint_restrictions_by_object_type" if by_type else "blueprint_restrictions"
    return {name: option(course, name)}


def serialize_settings(request: CanvasRequest, course: Course) -> Json:
    """Return the body of `GET /courses/:course_id/settings`."""
    return {
        **serialize_options(course, "settings"),
        "grading_standard_enabled": option(course, "grading_standard_id") is not None,
        "image_url": course.image_url,
        "image": image_url(request, course),
        "banner_image": option(course, "banner_image_url"),
    }


def image_url(request: CanvasRequest, course: Course) -> str | None:
    """Return the URL of a course's image, which may be a file of the course; None without one."""
    if (file_id := option(course, "image_id")) is not None:
        return f"{request.base_url}/courses/{course.id}/files/{file_id}/download"
    return course.image_url
