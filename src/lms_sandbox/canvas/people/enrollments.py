"""Endpoints that read enrollments: of a course, a section or a user, and one by its id.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from collections.abc import Iterable
from functools import partial

from lms_sandbox.canvas.http.request import CanvasRequest, ListResponse, ObjectResponse, split_ids
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.people import serializer as people
from lms_sandbox.data.models import Course, Enrollment
from lms_sandbox.data.school import COUNTED_STATES

_FILTERS = ("type", "role", "state", "user_id", "sis_")  # prefixes of the parameters
_STATE_ALIASES: dict[str, tuple[str, ...]] = {
    "current_and_invited": ("active", "invited", "creation_pending"),
    "current_and_future": ("active", "invited", "creation_pending"),
    "current_future_and_restricted": ("active", "invited", "creation_pending"),
    "current_and_concluded": ("active", "completed"),
}


@route("GET", "/courses/:course_id/enrollments")
def list_of_course(request: CanvasRequest) -> ListResponse:
    course = request.course()
    return _list_visible(request, course, request.school.enrollments_of_course(course.id))


@route("GET", "/sections/:section_id/enrollments")
def list_of_section(request: CanvasRequest) -> ListResponse:
    section, course = request.section()
    return _list_visible(request, course, request.school.enrollments_of_section(section.id))


def _list_visible(request: CanvasRequest, course: Course, enrollments: Iterable[Enrollment]) -> ListResponse:
    """Return the enrollments that the caller sees, sorted by the names of their users."""
    request.require(request.viewer.can_read_roster(course))
    filters = tuple(pair for pair in request.flat_params if pair[0].startswith(_FILTERS))
    key = ("enrollments", request.path, request.viewer.user.id, filters)

    def sort_key(enrollment: Enrollment) -> tuple[str, int]:
        return request.school.users[enrollment.user_id].sortable_name.casefold(), enrollment.id

    def find_rows() -> list[Enrollment]:
        rows = _apply_filters(request, enrollments)
        return sorted(request.viewer.visible_enrollments(course, rows), key=sort_key)

    return _list_response(request, request.canvas.cache.get(key, find_rows))


@route("GET", "/users/:user_id/enrollments")
def list_of_user(request: CanvasRequest) -> ListResponse:
    user = request.user()
    request.require(request.viewer.can_read_lists_of(user))
    rows = [
        enrollment
        for enrollment in _apply_filters(request, request.school.enrollments_of_user(user.id))
        if request.school.courses[enrollment.course_id].state != "deleted"
    ]
    return _list_response(request, rows)


@route("GET", "/accounts/:account_id/enrollments/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    account, enrollment = request.account(), request.enrollment()
    course = request.school.courses[enrollment.course_id]
    if account not in request.school.accounts_above(course.account_id):
        raise request.not_found()
    is_own = enrollment.user_id == request.viewer.user.id
    request.require(is_own or request.viewer.administers(course.account_id))
    return ObjectResponse(people.serialize_enrollment(request, enrollment, with_user=True))


def _apply_filters(request: CanvasRequest, enrollments: Iterable[Enrollment]) -> list[Enrollment]:
    types = request.array_or_scalar("type")
    roles = {*request.array_or_scalar("role"), *request.array_or_scalar("role_id")}
    requested = request.array_or_scalar("state")
    states = [name for state in requested for name in _STATE_ALIASES.get(state, (state,))]
    user_ids = frozenset(split_ids(request.array_or_scalar("user_id")))
    sis_user_ids = frozenset(request.array_or_scalar("sis_user_id"))
    school = request.school
    return [
        enrollment
        for enrollment in enrollments
        if people.serialize_enrollment_state(enrollment.state) in (states or COUNTED_STATES)
        and (not types or people.ENROLLMENT_TYPES[enrollment.role] in types)
        and (
            not roles
            or roles & {people.ENROLLMENT_TYPES[enrollment.role], str(people.ROLE_IDS[enrollment.role])}
        )
        and (not user_ids or str(enrollment.user_id) in user_ids)
        and (not sis_user_ids or school.users[enrollment.user_id].sis_id in sis_user_ids)
    ]


def _list_response(request: CanvasRequest, rows: list[Enrollment]) -> ListResponse:
    serialize = partial(people.serialize_enrollment, request, includes=request.includes, with_user=True)
    return ListResponse(rows, serialize, is_bookmarked=True)
