"""How Canvas tells people and their enrollments.

https://developerdocs.instructure.com/services/canvas/resources/users and …/enrollments
"""

from __future__ import annotations

from collections.abc import Iterable

from lms_sandbox.canvas.accounts.serializer import SIS_IMPORT, serialize_timestamp
from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.data.models import Course, Enrollment, EnrollmentState, Role, Section, User

ENROLLMENT_TYPES: dict[Role, str] = {
    "student": "StudentEnrollment",
    "teacher": "TeacherEnrollment",
    "ta": "TaEnrollment",
    "observer": "ObserverEnrollment",
    "designer": "DesignerEnrollment",
    "test_student": "StudentViewEnrollment",
}
SHORT_ENROLLMENT_TYPES: dict[Role, str] = {
    "student": "student",
    "teacher": "teacher",
    "ta": "ta",
    "observer": "observer",
    "designer": "designer",
    "test_student": "student_view",
}
ROLE_IDS: dict[Role, int] = {
    "student": 3,
    "teacher": 4,
    "ta": 5,
    "designer": 6,
    "observer": 7,
    "test_student": 8,
}
_STATE_ALIASES: dict[EnrollmentState, str] = {
    "requested": "creation_pending",
    "archived": "completed",
}


def serialize_enrollment_state(state: EnrollmentState) -> str:
    """An enrollment's state in Canvas's words, which are fewer."""
    return _STATE_ALIASES.get(state, state)


def serialize_user(
    request: CanvasRequest,
    user: User,
    course: Course | None = None,
    *,
    includes: frozenset[str] = frozenset(),
    enrollments: Iterable[Enrollment] | None = None,
) -> Json:
    """A user as the viewer may see them, in a course or (None) in the whole institution."""
    viewer = request.viewer
    can_view_private = viewer.can_view_grades(course) if course else viewer.is_root_admin
    can_manage_sis = viewer.can_manage_sis(course.account_id) if course else viewer.is_root_admin
    data: Json = {
        "id": user.id,
        "name": user.full_name,
        "sortable_name": user.sortable_name,
        "short_name": user.display_name,
    }
    if request.quirks.has_created_at:
        data["created_at"] = serialize_timestamp(user.created_at)
    is_registered = (
        user.state != "unconfirmed"
    )  # who never signed in has no login and no details yet
    if can_view_private:
        data |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
        if is_registered:
            data["login_id"] = user.username
    if can_manage_sis:
        data["sis_import_id"] = SIS_IMPORT if user.sis_id else None
    if user.pronouns is not None:
        data["pronouns"] = user.pronouns
    if "avatar_url" in includes and request.quirks.has_avatars:
        data["avatar_url"] = user.avatar_url or "https://canvas.example/avatar-50.png"
    if "email" in includes and is_registered and (can_view_private or user is viewer.user):
        data["email"] = user.email
    if "bio" in includes and is_registered:
        data |= {"bio": user.bio, "title": user.job}
    if "locale" in includes:
        data["locale"] = user.locale
    if "effective_locale" in includes:
        data["effective_locale"] = user.locale or "en"
    if "last_login" in includes and (can_view_private or user is viewer.user):
        data["last_login"] = serialize_timestamp(user.last_login_at)
    if "time_zone" in includes:
        data["time_zone"] = user.time_zone
    if "uuid" in includes:
        data["uuid"] = user.uuid
    if "first_name" in includes:
        data["first_name"] = user.given_name
    if "last_name" in includes:
        data["last_name"] = user.family_name
    if "custom_links" in includes:
        data["custom_links"] = []
    if "group_ids" in includes:
        data["group_ids"] = []
    if enrollments is not None:
        data["enrollments"] = [
            serialize_enrollment(request, enrollment, includes=includes)
            for enrollment in enrollments
        ]
    if "sections" in includes and course is not None:
        data["sections"] = ", ".join(
            request.school.sections[enrollment.section_id].name
            for enrollment in request.school.enrollments_of_user(user.id)
            if enrollment.course_id == course.id and enrollment.state == "active"
        )
    return data


def serialize_user_display(request: CanvasRequest, user: User) -> Json:
    """The short form in which a course's teachers come."""
    return {
        "id": user.id,
        "anonymous_id": _base36(user.id),
        "display_name": user.display_name,
        "avatar_image_url": user.avatar_url if request.quirks.has_avatars else None,
        "html_url": f"{request.base_url}/users/{user.id}",
        "pronouns": user.pronouns,
    }


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def serialize_enrollment(
    request: CanvasRequest,
    enrollment: Enrollment,
    *,
    includes: frozenset[str] = frozenset(),
    with_user: bool = False,
) -> Json:
    """An enrollment; with its user where the enrollments' own lists tell it."""
    school, viewer = request.school, request.viewer
    course, section = school.courses[enrollment.course_id], school.sections[enrollment.section_id]
    user = school.users[enrollment.user_id]
    can_view_private = viewer.can_view_grades(course)
    data: Json = {
        "id": enrollment.id,
        "root_account_id": school.root.id,
        "user_id": enrollment.user_id,
        "course_id": enrollment.course_id,
        "associated_user_id": enrollment.observed_id,
        "limit_privileges_to_course_section": enrollment.limited_to_section,
        "enrollment_state": serialize_enrollment_state(enrollment.state),
        "type": ENROLLMENT_TYPES[enrollment.role],
        "role": ENROLLMENT_TYPES[enrollment.role],
        "role_id": ROLE_IDS[enrollment.role],
        "created_at": serialize_timestamp(enrollment.created_at),
        "updated_at": serialize_timestamp(enrollment.updated_at),
        "start_at": serialize_timestamp(enrollment.start_at),
        "end_at": serialize_timestamp(enrollment.end_at),
        "html_url": f"{request.base_url}/courses/{enrollment.course_id}/users/{enrollment.user_id}",
    }
    if not request.quirks.hides_sections:
        data["course_section_id"] = enrollment.section_id
    if can_view_private or user is viewer.user:
        data |= {
            "last_activity_at": serialize_timestamp(enrollment.last_activity_at),
            "last_attended_at": None,
            "total_activity_time": enrollment.activity_seconds,
        }
    if enrollment.role in ("student", "test_student"):
        data["grades"] = serialize_grades(request, enrollment, can_view_private=can_view_private)
    if can_view_private:
        data |= _sis_keys(request, user, course, section)
    if viewer.can_manage_sis(course.account_id):
        data["sis_import_id"] = SIS_IMPORT if section.sis_id else None
    if "observed_users" in includes and enrollment.observed_id is not None:
        data["observed_user"] = serialize_user(
            request, school.users[enrollment.observed_id], course
        )
    if "can_be_removed" in includes:
        data["can_be_removed"] = can_view_private
    if "locked" in includes:
        data["locked"] = False
    if with_user:
        data["user"] = serialize_user(
            request, user, course, includes=includes & {"avatar_url", "uuid"}
        )
    return data


def _sis_keys(request: CanvasRequest, user: User, course: Course, section: Section) -> Json:
    return {
        "sis_account_id": request.school.accounts[course.account_id].sis_id,
        "sis_course_id": course.sis_id,
        "course_integration_id": course.integration_id,
        "sis_section_id": section.sis_id,
        "section_integration_id": section.integration_id,
        "sis_user_id": user.sis_id,
    }


def serialize_grades(
    request: CanvasRequest, enrollment: Enrollment, *, can_view_private: bool
) -> Json:
    """A student's grades: nothing but their address, to who may not see them."""
    data: Json = {
        "html_url": f"{request.base_url}/courses/{enrollment.course_id}/grades/{enrollment.user_id}"
    }
    if can_view_private or enrollment.user_id in (
        request.viewer.user.id,
        *request.viewer.user.child_ids,
    ):
        final = None if enrollment.score is None else round(enrollment.score * 0.9, 2)
        data |= {
            "current_score": enrollment.score,
            "current_grade": None,
            "final_score": final,
            "final_grade": None,
        }
        if can_view_private:
            data |= {
                "unposted_current_score": enrollment.score,
                "unposted_current_grade": None,
                "unposted_final_score": final,
                "unposted_final_grade": None,
            }
    return data
