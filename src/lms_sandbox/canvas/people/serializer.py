"""JSON of users and enrollments.

https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lms_sandbox.canvas.http.request import CanvasRequest, Json
from lms_sandbox.canvas.http.serialization import serialize_fields, serialize_timestamp, sis_import_id
from lms_sandbox.data.models import Course, Enrollment, EnrollmentState, Role, Section, User

_ROLES: tuple[tuple[Role, str, str, int], ...] = (
    ("student", "StudentEnrollment", "student", 3),
    ("teacher", "TeacherEnrollment", "teacher", 4),
    ("ta", "TaEnrollment", "ta", 5),
    ("designer", "DesignerEnrollment", "designer", 6),
    ("observer", "ObserverEnrollment", "observer", 7),
    ("test_student", "StudentViewEnrollment", "student_view", 8),
)
ENROLLMENT_TYPES: dict[Role, str] = {role: type_name for role, type_name, _, _ in _ROLES}
SHORT_ENROLLMENT_TYPES: dict[Role, str] = {role: short for role, _, short, _ in _ROLES}
ROLES_BY_SHORT_TYPE: dict[str, Role] = {short: role for role, _, short, _ in _ROLES}
ROLE_IDS: dict[Role, int] = {role: role_id for role, _, _, role_id in _ROLES}
_STATE_ALIASES: dict[EnrollmentState, str] = {"requested": "creation_pending", "archived": "completed"}


def serialize_enrollment_state(state: EnrollmentState) -> str:
    """Return an enrollment state as Canvas reports it; it has fewer states than the school."""
    return _STATE_ALIASES.get(state, state)


@dataclass(frozen=True, slots=True)
class _UserView:
    """A user as one caller sees them, in a course or (None) in the whole institution."""

    request: CanvasRequest
    user: User
    course: Course | None
    can_view_private: bool

    @property
    def is_registered(self) -> bool:
        """Whether the user has signed in once; before, Canvas has no login and no details."""
        return self.user.state != "unconfirmed"

    @property
    def can_view_login(self) -> bool:
        """Whether the caller sees the e-mail address and the last login."""
        return self.can_view_private or self.user is self.request.viewer.user


def serialize_user(
    request: CanvasRequest,
    user: User,
    course: Course | None = None,
    *,
    includes: frozenset[str] = frozenset(),
    enrollments: Iterable[Enrollment] | None = None,
) -> Json:
    """Return a user as the caller sees them, in a course or (None) in the whole institution."""
    viewer = request.viewer
    can_view_private = viewer.can_view_grades(course) if course else viewer.is_root_admin
    can_manage_sis = viewer.can_manage_sis(course.account_id) if course else viewer.is_root_admin
    view = _UserView(request, user, course, can_view_private)
    data: Json = {
        "id": user.id,
        "name": user.full_name,
        "sortable_name": user.sortable_name,
        "short_name": user.display_name,
    }
    if request.quirks.has_created_at:
        data["created_at"] = serialize_timestamp(user.created_at)
    if can_view_private:
        data |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
        if view.is_registered:
            data["login_id"] = user.username
    if can_manage_sis:
        data["sis_import_id"] = sis_import_id(user)
    if user.pronouns is not None:
        data["pronouns"] = user.pronouns
    for include, serialize in _USER_INCLUDES.items() if includes else ():
        if include in includes:
            data |= serialize(view)
    if enrollments is not None:
        data["enrollments"] = [
            serialize_enrollment(request, enrollment, includes=includes) for enrollment in enrollments
        ]
    return data


def _section_names(view: _UserView) -> Json:
    if view.course is None:
        return {}
    school = view.request.school
    names = (
        school.sections[enrollment.section_id].name
        for enrollment in school.enrollments_of_user(view.user.id)
        if enrollment.course_id == view.course.id and enrollment.state == "active"
    )
    return {"sections": ", ".join(names)}


# The keys that each include adds; none if the caller may not see them.
_USER_INCLUDES: dict[str, Callable[[_UserView], Json]] = {
    "avatar_url": lambda view: (
        {"avatar_url": view.user.avatar_url or "https://canvas.example/avatar-50.png"}
        if view.request.quirks.has_avatars
        else {}
    ),
    "email": lambda view: {"email": view.user.email} if view.is_registered and view.can_view_login else {},
    "bio": lambda view: {"bio": view.user.bio, "title": view.user.job} if view.is_registered else {},
    "locale": lambda view: {"locale": view.user.locale},
    "effective_locale": lambda view: {"effective_locale": view.user.locale or "en"},
    "last_login": lambda view: (
        {"last_login": serialize_timestamp(view.user.last_login_at)} if view.can_view_login else {}
    ),
    "time_zone": lambda view: {"time_zone": view.user.time_zone},
    "uuid": lambda view: {"uuid": view.user.uuid},
    "first_name": lambda view: {"first_name": view.user.given_name},
    "last_name": lambda view: {"last_name": view.user.family_name},
    "custom_links": lambda view: {"custom_links": []},
    "group_ids": lambda view: {"group_ids": []},
    "sections": _section_names,
}


def serialize_user_display(request: CanvasRequest, user: User) -> Json:
    """Return the short form of a user, as in the teachers of a course."""
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
    """Return an enrollment; `with_user` adds its user, as in lists of enrollments."""
    school, viewer = request.school, request.viewer
    course, section = school.courses[enrollment.course_id], school.sections[enrollment.section_id]
    user = school.users[enrollment.user_id]
    can_view_private = viewer.can_view_grades(course)
    names = ("id", "user_id", "course_id", "created_at", "updated_at", "start_at", "end_at")
    data: Json = {
        **serialize_fields(enrollment, *names),
        "root_account_id": school.root.id,
        "associated_user_id": enrollment.observed_id,
        "limit_privileges_to_course_section": enrollment.limited_to_section,
        "enrollment_state": serialize_enrollment_state(enrollment.state),
        "type": ENROLLMENT_TYPES[enrollment.role],
        "role": ENROLLMENT_TYPES[enrollment.role],
        "role_id": ROLE_IDS[enrollment.role],
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
        data["sis_import_id"] = sis_import_id(section)
    if "observed_users" in includes and enrollment.observed_id is not None:
        data["observed_user"] = serialize_user(request, school.users[enrollment.observed_id], course)
    if "can_be_removed" in includes:
        data["can_be_removed"] = can_view_private
    if "locked" in includes:
        data["locked"] = False
    if with_user:
        data["user"] = serialize_user(request, user, course, includes=includes & {"avatar_url", "uuid"})
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


def serialize_grades(request: CanvasRequest, enrollment: Enrollment, *, can_view_private: bool) -> Json:
    """Return a student's grades; only their URL if the caller may not see them."""
    course_url = f"{request.base_url}/courses/{enrollment.course_id}"
    data: Json = {"html_url": f"{course_url}/grades/{enrollment.user_id}"}
    if can_view_private or request.viewer.is_self_or_child(enrollment.user_id):
        data |= serialize_scores(enrollment)
    if can_view_private:
        data |= serialize_scores(enrollment, "unposted_")
    return data


def serialize_scores(enrollment: Enrollment, prefix: str = "") -> Json:
    """Return the current and the final score, with a prefix of the keys."""
    final = None if enrollment.score is None else round(enrollment.score * 0.9, 2)
    return {
        f"{prefix}current_score": enrollment.score,
        f"{prefix}current_grade": None,
        f"{prefix}final_score": final,
        f"{prefix}final_grade": None,
    }
