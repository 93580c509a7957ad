"""How Canvas tells people and their enrollments.

https://developerdocs.instructure.com/services/canvas/resources/users and …/enrollments
"""

from __future__ import annotations

from collections.abc import Iterable

from lms_gateway.sandbox.canvas.ask import Ask, Json
from lms_gateway.sandbox.canvas.places import SIS_IMPORT, tell_moment
from lms_gateway.sandbox.records import Course, Enrollment, EnrollmentState, Role, Section, User

TYPES: dict[Role, str] = {
    "student": "StudentEnrollment",
    "teacher": "TeacherEnrollment",
    "ta": "TaEnrollment",
    "observer": "ObserverEnrollment",
    "designer": "DesignerEnrollment",
    "test_student": "StudentViewEnrollment",
}
SHORT_TYPES: dict[Role, str] = {
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
_OTHER_STATES: dict[EnrollmentState, str] = {
    "requested": "creation_pending",
    "archived": "completed",
}


def tell_state(state: EnrollmentState) -> str:
    """An enrollment's state in Canvas's words, which are fewer."""
    return _OTHER_STATES.get(state, state)


def tell_user(
    ask: Ask,
    user: User,
    course: Course | None = None,
    *,
    includes: frozenset[str] = frozenset(),
    enrollments: Iterable[Enrollment] | None = None,
) -> Json:
    """A user as the viewer may see them, in a course or (None) in the whole institution."""
    viewer = ask.viewer
    knows = viewer.sees_grades(course) if course else viewer.is_root_admin
    manages = viewer.manages_sis(course.account_id) if course else viewer.is_root_admin
    told: Json = {
        "id": user.id,
        "name": user.full_name,
        "sortable_name": user.sortable_name,
        "short_name": user.display_name,
    }
    if ask.habits.has_created_at:
        told["created_at"] = tell_moment(user.created_at)
    is_known = user.state != "unconfirmed"  # who never signed in has no login and no details yet
    if knows:
        told |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
        if is_known:
            told["login_id"] = user.username
    if manages:
        told["sis_import_id"] = SIS_IMPORT if user.sis_id else None
    if user.pronouns is not None:
        told["pronouns"] = user.pronouns
    if "avatar_url" in includes and ask.habits.has_avatars:
        told["avatar_url"] = user.avatar_url or "https://canvas.example/avatar-50.png"
    if "email" in includes and is_known and (knows or user is viewer.user):
        told["email"] = user.email
    if "bio" in includes and is_known:
        told |= {"bio": user.bio, "title": user.job}
    if "locale" in includes:
        told["locale"] = user.locale
    if "effective_locale" in includes:
        told["effective_locale"] = user.locale or "en"
    if "last_login" in includes and (knows or user is viewer.user):
        told["last_login"] = tell_moment(user.last_login_at)
    if "time_zone" in includes:
        told["time_zone"] = user.time_zone
    if "uuid" in includes:
        told["uuid"] = user.uuid
    if "first_name" in includes:
        told["first_name"] = user.given_name
    if "last_name" in includes:
        told["last_name"] = user.family_name
    if "custom_links" in includes:
        told["custom_links"] = []
    if "group_ids" in includes:
        told["group_ids"] = []
    if enrollments is not None:
        told["enrollments"] = [tell_enrollment(ask, one, includes=includes) for one in enrollments]
    if "sections" in includes and course is not None:
        told["sections"] = ", ".join(
            ask.school.sections[one.section_id].name
            for one in ask.school.enrollments_of_user(user.id)
            if one.course_id == course.id and one.state == "active"
        )
    return told


def tell_display(ask: Ask, user: User) -> Json:
    """The short form in which a course's teachers come."""
    return {
        "id": user.id,
        "anonymous_id": _base36(user.id),
        "display_name": user.display_name,
        "avatar_image_url": user.avatar_url if ask.habits.has_avatars else None,
        "html_url": f"{ask.base}/users/{user.id}",
        "pronouns": user.pronouns,
    }


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, at = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[at] + digits
    return digits or "0"


def tell_enrollment(
    ask: Ask, one: Enrollment, *, includes: frozenset[str] = frozenset(), with_user: bool = False
) -> Json:
    """An enrollment; with its user where the enrollments' own lists tell it."""
    school, viewer = ask.school, ask.viewer
    course, section = school.courses[one.course_id], school.sections[one.section_id]
    user = school.users[one.user_id]
    knows = viewer.sees_grades(course)
    told: Json = {
        "id": one.id,
        "root_account_id": school.root.id,
        "user_id": one.user_id,
        "course_id": one.course_id,
        "associated_user_id": one.observed_id,
        "limit_privileges_to_course_section": one.limited_to_section,
        "enrollment_state": tell_state(one.state),
        "type": TYPES[one.role],
        "role": TYPES[one.role],
        "role_id": ROLE_IDS[one.role],
        "created_at": tell_moment(one.created_at),
        "updated_at": tell_moment(one.updated_at),
        "start_at": tell_moment(one.start_at),
        "end_at": tell_moment(one.end_at),
        "html_url": f"{ask.base}/courses/{one.course_id}/users/{one.user_id}",
    }
    if not ask.habits.hides_sections:
        told["course_section_id"] = one.section_id
    if knows or user is viewer.user:
        told |= {
            "last_activity_at": tell_moment(one.last_activity_at),
            "last_attended_at": None,
            "total_activity_time": one.activity_seconds,
        }
    if one.role in ("student", "test_student"):
        told["grades"] = tell_grades(ask, one, knows=knows)
    if knows:
        told |= _sis_keys(ask, user, course, section)
    if viewer.manages_sis(course.account_id):
        told["sis_import_id"] = SIS_IMPORT if section.sis_id else None
    if "observed_users" in includes and one.observed_id is not None:
        told["observed_user"] = tell_user(ask, school.users[one.observed_id], course)
    if "can_be_removed" in includes:
        told["can_be_removed"] = knows
    if "locked" in includes:
        told["locked"] = False
    if with_user:
        told["user"] = tell_user(ask, user, course, includes=includes & {"avatar_url", "uuid"})
    return told


def _sis_keys(ask: Ask, user: User, course: Course, section: Section) -> Json:
    return {
        "sis_account_id": ask.school.accounts[course.account_id].sis_id,
        "sis_course_id": course.sis_id,
        "course_integration_id": course.integration_id,
        "sis_section_id": section.sis_id,
        "section_integration_id": section.integration_id,
        "sis_user_id": user.sis_id,
    }


def tell_grades(ask: Ask, one: Enrollment, *, knows: bool) -> Json:
    """A student's grades: nothing but their address, to who may not see them."""
    told: Json = {"html_url": f"{ask.base}/courses/{one.course_id}/grades/{one.user_id}"}
    if knows or one.user_id in (ask.viewer.user.id, *ask.viewer.user.child_ids):
        final = None if one.score is None else round(one.score * 0.9, 2)
        told |= {
            "current_score": one.score,
            "current_grade": None,
            "final_score": final,
            "final_grade": None,
        }
        if knows:
            told |= {
                "unposted_current_score": one.score,
                "unposted_current_grade": None,
                "unposted_final_score": final,
                "unposted_final_grade": None,
            }
    return told
