"""What only Canvas knows of a course: each setting's default, and where it is told.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.update
"""

from __future__ import annotations

from typing import Any

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.data.models import Course

_COMMON: dict[str, Any] = {
    "is_public_to_auth_users": False,
    "public_syllabus": False,
    "public_syllabus_to_auth": False,
    "hide_final_grades": False,
    "apply_assignment_group_weights": False,
    "default_view": "modules",
    "grading_standard_id": None,
    "grade_passback_setting": None,
    "storage_quota_mb": 500,
    "template": False,
}
"""In every course that is told."""
_CREATION_ONLY: dict[str, Any] = {
    "license": "private",
    "allow_student_wiki_edits": False,
    "allow_wiki_comments": False,
    "allow_student_forum_attachments": True,
    "open_enrollment": False,
    "self_enrollment": False,
}
"""In the answer to a course's creation only (the attachments in its settings, too)."""
_SETTINGS: dict[str, Any] = {
    "allow_final_grade_override": False,
    "allow_student_discussion_topics": True,
    "allow_student_discussion_editing": True,
    "allow_student_discussion_reporting": True,
    "allow_student_anonymous_discussion_topics": False,
    "filter_speed_grader_by_student_group": False,
    "allow_student_organized_groups": True,
    "hide_distribution_graphs": False,
    "hide_sections_on_course_users_page": False,
    "lock_all_announcements": False,
    "usage_rights_required": False,
    "restrict_student_past_view": False,
    "restrict_student_future_view": False,
    "restrict_quantitative_data": False,
    "show_announcements_on_home_page": False,
    "home_page_announcement_limit": None,
    "syllabus_course_summary": True,
    "homeroom_course": False,
    "image_id": None,
    "banner_image_url": None,
    "banner_image_id": None,
    "course_color": None,
    "friendly_name": None,
    "default_due_time": "23:59:59",
    "conditional_release": False,
}
"""In a course's settings, with what `tell_settings` adds."""
_HIDDEN: dict[str, Any] = {
    "post_manually": False,  # an include
    "enable_course_paces": False,
    "sync_enrollments_from_homeroom": None,
    "homeroom_course_id": None,
    "blueprint_restrictions": {
        "content": True,
        "points": False,
        "due_dates": False,
        "availability_dates": False,
    },
    "use_blueprint_restrictions_by_object_type": False,
    "blueprint_restrictions_by_object_type": {},
}

DEFAULTS: dict[str, Any] = {**_COMMON, **_CREATION_ONLY, **_SETTINGS, **_HIDDEN}
_READ_ONLY_FLAGS = ("homeroom_course", "restrict_quantitative_data")
CHANGEABLE_FLAGS: tuple[str, ...] = (
    *(
        name
        for name, one in _SETTINGS.items()
        if isinstance(one, bool) and name not in _READ_ONLY_FLAGS
    ),
    "allow_student_forum_attachments",
    "hide_final_grades",
)
"""What `PUT /courses/:course_id/settings` takes of yes and no."""


def option(course: Course, name: str) -> Any:
    """A setting as it stands."""
    return course.options.get(name, DEFAULTS[name])


def serialize_common_options(course: Course) -> Json:
    """The settings that are keys of every course."""
    data: Json = {name: option(course, name) for name in _COMMON}
    if course.is_blueprint:
        name = "blueprint_restrictions"
        if option(course, "use_blueprint_restrictions_by_object_type"):
            name = "blueprint_restrictions_by_object_type"
        data[name] = option(course, name)
    return data


def serialize_creation_options(course: Course) -> Json:
    """The keys that only the answer to a creation has."""
    return {name: option(course, name) for name in _CREATION_ONLY}


def serialize_settings(request: CanvasRequest, course: Course) -> Json:
    """What `GET /courses/:course_id/settings` answers."""
    data: Json = {name: option(course, name) for name in _SETTINGS}
    image = image_url(request, course)
    return data | {
        "allow_student_forum_attachments": option(course, "allow_student_forum_attachments"),
        "hide_final_grades": option(course, "hide_final_grades"),
        "grading_standard_enabled": option(course, "grading_standard_id") is not None,
        "grading_standard_id": option(course, "grading_standard_id"),
        "grade_passback_setting": option(course, "grade_passback_setting"),
        "image_url": course.image_url,
        "image": image,
        "banner_image": option(course, "banner_image_url"),
    }


def image_url(request: CanvasRequest, course: Course) -> str | None:
    """Where a course's picture is found: it may be one of its files."""
    if (file_id := option(course, "image_id")) is not None:
        return f"{request.base_url}/courses/{course.id}/files/{file_id}/download"
    return course.image_url
