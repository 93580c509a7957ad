"""Reading the people of a course.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.users
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    Json,
    ListResponse,
    ObjectResponse,
    split_ids,
)
from lms_sandbox.canvas.people.serializer import (
    ENROLLMENT_TYPES,
    ROLE_IDS,
    SHORT_ENROLLMENT_TYPES,
    serialize_enrollment_state,
    serialize_user,
)
from lms_sandbox.data.models import Course, Enrollment, Role, User
from lms_sandbox.data.school import COUNTED_STATES

ROLES_BY_SHORT_TYPE: dict[str, Role] = {
    short: role for role, short in SHORT_ENROLLMENT_TYPES.items()
}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_INCLUDES = frozenset(
    {
        "avatar_url", "bio", "uuid", "last_login", "group_ids", "custom_links", "sections",
        "observed_users", "can_be_removed", "locked",
    }
)  # fmt: skip


def matches_search(
    request: CanvasRequest, user: User, course: Course | None, search_term: str
) -> bool:
    """Whether a search finds a user: by name or id, and by login, e-mail and SIS id for those who
    may see them."""
    if (
        search_term in user.full_name.lower()
        or search_term in user.display_name.lower()
        or search_term == str(user.id)
    ):
        return True
    can_view_private = (
        request.viewer.can_view_grades(course) if course else request.viewer.is_root_admin
    )
    return can_view_private and any(
        search_term in text.lower() for text in (user.username, user.email, user.sis_id or "")
    )


def list_users(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/users; /search_users answers the same and pages on here."""
    course = request.course()
    if not request.viewer.can_read_roster(course):
        raise request.forbidden()
    search_term = request.search_term(request.quirks.min_user_search_length)
    key = ("roster", course.id, request.viewer.user.id, search_term, _filter_params(request))
    enrollments_by_user = request.cache.get(
        key, lambda: _find_enrollments(request, course, search_term)
    )
    shows_test_students = "test_student" in request.includes or "student_view" in request.array(
        "enrollment_type"
    )
    rows = list(enrollments_by_user.values())

    def serialize(row: list[Enrollment]) -> Json:
        return _serialize_row(request, row, course, request.includes & _INCLUDES | {"email"})

    first_row = next(
        (
            index
            for index, row in enumerate(rows)
            if str(row[0].user_id) == request.scalar("user_id")
        ),
        0,
    )
    # The test student is dropped after the page was cut: that page is one row short.
    row_filter = (
        None
        if shows_test_students
        else (lambda row: any(enrollment.role != "test_student" for enrollment in row))
    )
    return ListResponse(
        rows,
        serialize,
        has_last=False,
        row_filter=row_filter,
        link_path=f"/api/v1/courses/{course.id}/users",
        first_row=first_row,
    )


def _filter_params(request: CanvasRequest) -> tuple[tuple[str, str], ...]:
    names = ("sort", "order", "enrollment_type", "enrollment_role", "user_ids", "enrollment_state")
    return tuple(
        (key, value)
        for key, value in request.flat_params
        if key.removesuffix("[]").startswith(names)
    )


def _find_enrollments(
    request: CanvasRequest, course: Course, search_term: str | None
) -> dict[int, list[Enrollment]]:
    """User id -> their enrollments that match, in the order asked for."""
    school = request.school
    roles = {
        ROLES_BY_SHORT_TYPE[name]
        for name in request.array_or_scalar("enrollment_type")
        if name in ROLES_BY_SHORT_TYPE
    }
    role_name, role_id = request.scalar("enrollment_role"), request.scalar("enrollment_role_id")
    states = request.array("enrollment_state") or COUNTED_STATES
    user_ids = frozenset(split_ids(request.array_or_scalar("user_ids")))
    section_ids = request.viewer.visible_section_ids(course)
    enrollments_by_user: dict[int, list[Enrollment]] = {}
    for enrollment in school.enrollments_of_course(course.id):
        if (
            serialize_enrollment_state(enrollment.state) in states
            and (not roles or enrollment.role in roles)
            and (role_name is None or ENROLLMENT_TYPES[enrollment.role] == role_name)
            and (role_id is None or str(ROLE_IDS[enrollment.role]) == role_id)
            and (not user_ids or str(enrollment.user_id) in user_ids)
            and (section_ids is None or enrollment.section_id in section_ids)
            and (
                search_term is None
                or matches_search(request, school.users[enrollment.user_id], course, search_term)
            )
        ):
            enrollments_by_user.setdefault(enrollment.user_id, []).append(enrollment)
    sort_key = _sort_key(request.scalar("sort"))
    ordered = sorted(
        enrollments_by_user,
        key=lambda user_id: (sort_key(school.users[user_id]), user_id),
        reverse=request.scalar("order") == "desc",
    )
    return {user_id: enrollments_by_user[user_id] for user_id in ordered}


def _sort_key(sort: str | None) -> Callable[[User], Any]:
    match sort:
        case "email":
            return lambda user: user.email.casefold()
        case "sis_id":
            return lambda user: user.sis_id or ""
        case "last_login":
            return lambda user: user.last_login_at or _NEVER
        case _:
            return lambda user: user.sortable_name.casefold()


def _serialize_row(
    request: CanvasRequest, row: list[Enrollment], course: Course, includes: frozenset[str]
) -> Json:
    return serialize_user(
        request,
        request.school.users[row[0].user_id],
        course,
        includes=includes,
        enrollments=row if "enrollments" in request.includes else None,
    )


def show_user(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/users/:id: here `email` has to be asked for."""
    course, user = request.course(), request.user("id")
    if not request.viewer.can_read_roster(course) and user is not request.viewer.user:
        raise request.forbidden()
    states = (*COUNTED_STATES, "completed")
    if "inactive_enrollments" in request.includes:
        states = (*states, "inactive")
    section_ids = request.viewer.visible_section_ids(course)
    row = [
        enrollment
        for enrollment in request.school.enrollments_of_user(user.id)
        if enrollment.course_id == course.id
        and enrollment.state in states
        and (section_ids is None or enrollment.section_id in section_ids)
    ]
    if not row:
        raise request.not_found()
    return ObjectResponse(
        _serialize_row(request, row, course, request.includes & (_INCLUDES | {"email"}))
    )


def list_students(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/students: never in pages, whatever the documentation says."""
    course = request.course()
    if not request.viewer.can_read_roster(course):
        raise request.forbidden()
    users = _visible_students(request, course)
    users.sort(key=lambda user: (user.sortable_name.casefold(), user.id))
    request.state["rows"] = len(users)
    return ObjectResponse([serialize_user(request, user, course) for user in users])


def _visible_students(request: CanvasRequest, course: Course) -> list[User]:
    """The students whom the viewer sees there, each once."""
    section_ids = request.viewer.visible_section_ids(course)
    students = {
        enrollment.user_id: request.school.users[enrollment.user_id]
        for enrollment in request.school.enrollments_of_course(course.id)
        if enrollment.role == "student"
        and enrollment.state in COUNTED_STATES
        and (section_ids is None or enrollment.section_id in section_ids)
    }
    return list(students.values())


def list_recent_students(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/recent_students: who signed in last comes first."""
    course = request.course()
    if not request.viewer.can_view_grades(course):
        raise request.forbidden()
    users = _visible_students(request, course)
    users.sort(key=lambda user: (user.last_login_at or _NEVER, user.id), reverse=True)
    return ListResponse(
        users,
        lambda user: serialize_user(request, user, course, includes=frozenset({"last_login"})),
    )


def list_content_share_users(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/content_share_users: other people who teach or design courses."""
    course = request.course()
    if not request.viewer.can_edit_content(course):
        raise request.forbidden()
    search_term = request.scalar("search_term")
    if search_term is None:
        raise CanvasError(400, {"errors": [{"message": "Search term required"}]})
    search_text = search_term.strip().lower()
    staff_ids = {
        enrollment.user_id
        for enrollment in request.school.enrollments.values()
        if enrollment.role in ("teacher", "ta", "designer") and enrollment.state == "active"
    }
    users = [
        user
        for user in (request.school.users[user_id] for user_id in staff_ids)
        if user is not request.viewer.user and search_text in user.full_name.lower()
    ]
    users.sort(key=lambda user: (user.sortable_name.casefold(), user.id))
    includes = frozenset({"avatar_url", "email"})
    return ListResponse(
        users, lambda user: serialize_user(request, user, course, includes=includes)
    )
