"""Endpoints that read the users of a course.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.users
"""

from functools import partial

from lms_sandbox.canvas.http.errors import CanvasError
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse, split_ids
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.people import serializer as people
from lms_sandbox.canvas.people.search import NEVER, matches_search, user_sort_key
from lms_sandbox.data.models import Course, Enrollment, User
from lms_sandbox.data.school import COUNTED_STATES

_INCLUDES = frozenset({
    "avatar_url", "bio", "uuid", "last_login", "group_ids", "custom_links", "sections", "observed_users",
    "can_be_removed", "locked",
})  # fmt: skip
_FILTERS = ("sort", "order", "enrollment_type", "enrollment_role", "user_ids", "enrollment_state")


@route("GET", "/courses/:course_id/users")
@route("GET", "/courses/:course_id/search_users")
def list_users(request: CanvasRequest) -> ListResponse:
    """Return the users of a course. The links of both paths name the first one."""
    course = request.course()
    request.require(request.viewer.can_read_roster(course))
    search_term = request.search_term(request.quirks.min_user_search_length)
    filters = tuple(pair for pair in request.flat_params if pair[0].startswith(_FILTERS))
    key = ("roster", course.id, request.viewer.user.id, search_term, filters)
    rows = request.canvas.cache.get(key, lambda: _find_rows(request, course, search_term))
    shows_test_student = "test_student" in request.includes or "student_view" in request.array(
        "enrollment_type"
    )
    user_id = request.scalar("user_id")
    positions = (index for index, row in enumerate(rows) if str(row[0].user_id) == user_id)
    includes = request.includes & _INCLUDES | {"email"}
    return ListResponse(
        rows,
        partial(_serialize_row, request, course=course, includes=includes),
        has_last=False,
        # Canvas removes the test student after paging: that page is one row shorter.
        row_filter=None if shows_test_student else _has_real_enrollment,
        link_path=f"/api/v1/courses/{course.id}/users",
        first_row=next(positions, 0),
    )


def _has_real_enrollment(row: list[Enrollment]) -> bool:
    return any(enrollment.role != "test_student" for enrollment in row)


def _find_rows(request: CanvasRequest, course: Course, search_term: str | None) -> list[list[Enrollment]]:
    """Return the matching enrollments, one list per user, in the requested order."""
    school = request.school
    names = request.array_or_scalar("enrollment_type")
    roles = {people.ROLES_BY_SHORT_TYPE[name] for name in names if name in people.ROLES_BY_SHORT_TYPE}
    role_name, role_id = request.scalar("enrollment_role"), request.scalar("enrollment_role_id")
    states = request.array("enrollment_state") or COUNTED_STATES
    user_ids = frozenset(split_ids(request.array_or_scalar("user_ids")))
    enrollments = school.enrollments_of_course(course.id)
    rows: dict[int, list[Enrollment]] = {}
    for enrollment in request.viewer.visible_enrollments(course, enrollments):
        user = school.users[enrollment.user_id]
        if (
            people.serialize_enrollment_state(enrollment.state) in states
            and (not roles or enrollment.role in roles)
            and role_name in (None, people.ENROLLMENT_TYPES[enrollment.role])
            and role_id in (None, str(people.ROLE_IDS[enrollment.role]))
            and (not user_ids or str(user.id) in user_ids)
            and (search_term is None or matches_search(request, user, course, search_term))
        ):
            rows.setdefault(user.id, []).append(enrollment)
    sort = request.scalar("sort")
    sort_key = user_sort_key(None if sort == "integration_id" else sort)
    is_descending, users = request.scalar("order") == "desc", [school.users[id] for id in rows]
    users.sort(key=sort_key, reverse=is_descending)
    return [rows[user.id] for user in users]


def _serialize_row(
    request: CanvasRequest, row: list[Enrollment], course: Course, includes: frozenset[str]
) -> Json:
    user = request.school.users[row[0].user_id]
    enrollments = row if "enrollments" in request.includes else None
    return people.serialize_user(request, user, course, includes=includes, enrollments=enrollments)


@route("GET", "/courses/:course_id/users/:id")
def show_user(request: CanvasRequest) -> ObjectResponse:
    """Return a user of the course; in contrast to the list, with `email` only if it is included."""
    course, user = request.course(), request.user("id")
    request.require(request.viewer.can_read_roster(course) or user is request.viewer.user)
    states = (*COUNTED_STATES, "completed")
    if "inactive_enrollments" in request.includes:
        states = (*states, "inactive")
    enrollments = request.school.enrollments_of_user(user.id)
    row = [
        enrollment
        for enrollment in request.viewer.visible_enrollments(course, enrollments)
        if enrollment.course_id == course.id and enrollment.state in states
    ]
    if not row:
        raise request.not_found()
    includes = request.includes & (_INCLUDES | {"email"})
    return ObjectResponse(_serialize_row(request, row, course, includes))


@route("GET", "/courses/:course_id/students")
def list_students(request: CanvasRequest) -> ObjectResponse:
    """Return the students, without pages although they are documented."""
    course = request.course()
    request.require(request.viewer.can_read_roster(course))
    users = sorted(_visible_students(request, course), key=user_sort_key(None))
    return request.unpaginated([people.serialize_user(request, user, course) for user in users])


def _visible_students(request: CanvasRequest, course: Course) -> list[User]:
    """Return the active and invited students that the caller sees, without duplicates."""
    enrollments = request.school.enrollments_of_course(course.id)
    students = {
        enrollment.user_id: request.school.users[enrollment.user_id]
        for enrollment in request.viewer.visible_enrollments(course, enrollments)
        if enrollment.role == "student" and enrollment.state in COUNTED_STATES
    }
    return list(students.values())


@route("GET", "/courses/:course_id/recent_students")
def list_recent_students(request: CanvasRequest) -> ListResponse:
    """Return the students by their last login, latest first."""
    course = request.course()
    request.require(request.viewer.can_view_grades(course))
    users = _visible_students(request, course)
    users.sort(key=lambda user: (user.last_login_at or NEVER, user.id), reverse=True)
    includes = frozenset({"last_login"})
    return ListResponse(users, partial(people.serialize_user, request, course=course, includes=includes))


@route("GET", "/courses/:course_id/content_share_users")
def list_content_share_users(request: CanvasRequest) -> ListResponse:
    """Return other teachers, TAs and designers."""
    course = request.course()
    request.require(request.viewer.can_edit_content(course))
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
    includes = frozenset({"avatar_url", "email"})
    return ListResponse(
        sorted(users, key=user_sort_key(None)),
        partial(people.serialize_user, request, course=course, includes=includes),
    )
