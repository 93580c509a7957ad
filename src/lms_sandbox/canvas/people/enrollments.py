"""Reading enrollments: a course's, a section's, a user's, and one by its id.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from __future__ import annotations

from collections.abc import Iterable

from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    ListResponse,
    ObjectResponse,
    split_ids,
)
from lms_sandbox.canvas.people.serializer import (
    ENROLLMENT_TYPES,
    ROLE_IDS,
    serialize_enrollment,
    serialize_enrollment_state,
)
from lms_sandbox.data.models import Course, Enrollment
from lms_sandbox.data.school import COUNTED_STATES

_STATE_ALIASES: dict[str, tuple[str, ...]] = {
    "current_and_invited": ("active", "invited", "creation_pending"),
    "current_and_future": ("active", "invited", "creation_pending"),
    "current_future_and_restricted": ("active", "invited", "creation_pending"),
    "current_and_concluded": ("active", "completed"),
}


def list_of_course(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:course_id/enrollments"""
    course = request.course()
    return _list_visible(request, course, request.school.enrollments_of_course(course.id))


def list_of_section(request: CanvasRequest) -> CanvasResponse:
    """GET /sections/:section_id/enrollments"""
    section, course = request.section()
    return _list_visible(request, course, request.school.enrollments_of_section(section.id))


def _list_visible(
    request: CanvasRequest, course: Course, enrollments: Iterable[Enrollment]
) -> CanvasResponse:
    """Of a course or section: bookmarked pages, in the order of people's names."""
    if not request.viewer.can_read_roster(course):
        raise request.forbidden()
    section_ids = request.viewer.visible_section_ids(course)
    key = ("enrollments", request.path, request.viewer.user.id, _filter_params(request))
    rows = request.cache.get(
        key,
        lambda: sorted(
            (
                enrollment
                for enrollment in _apply_filters(request, enrollments)
                if section_ids is None or enrollment.section_id in section_ids
            ),
            key=lambda enrollment: (
                request.school.users[enrollment.user_id].sortable_name.casefold(),
                enrollment.id,
            ),
        ),
    )
    return _list_response(request, rows)


def list_of_user(request: CanvasRequest) -> CanvasResponse:
    """GET /users/:user_id/enrollments"""
    user = request.user()
    if not request.viewer.can_read_lists_of(user):
        raise request.forbidden()
    rows = [
        enrollment
        for enrollment in _apply_filters(request, request.school.enrollments_of_user(user.id))
        if request.school.courses[enrollment.course_id].state != "deleted"
    ]
    return _list_response(request, rows)


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/enrollments/:id"""
    account = request.account()
    enrollment_id = request.path_params["id"]
    enrollment = (
        request.school.enrollments.get(int(enrollment_id)) if enrollment_id.isdecimal() else None
    )
    if enrollment is None:
        raise request.not_found()
    course = request.school.courses[enrollment.course_id]
    if account not in request.school.accounts_above(course.account_id):
        raise request.not_found()
    if not (
        request.viewer.administers(course.account_id)
        or enrollment.user_id == request.viewer.user.id
    ):
        raise request.forbidden()
    return ObjectResponse(serialize_enrollment(request, enrollment, with_user=True))


def _filter_params(request: CanvasRequest) -> tuple[tuple[str, str], ...]:
    names = ("type", "role", "state", "user_id", "sis_")
    return tuple((key, value) for key, value in request.flat_params if key.startswith(names))


def _apply_filters(request: CanvasRequest, enrollments: Iterable[Enrollment]) -> list[Enrollment]:
    types, roles = (
        request.array_or_scalar("type"),
        [*request.array_or_scalar("role"), *request.array_or_scalar("role_id")],
    )
    states: list[str] = []
    for state in request.array_or_scalar("state"):
        states += _STATE_ALIASES.get(state, (state,))
    wanted_states = states or COUNTED_STATES
    user_ids = frozenset(split_ids(request.array_or_scalar("user_id")))
    sis_user_ids = frozenset(request.array_or_scalar("sis_user_id"))
    school = request.school
    return [
        enrollment
        for enrollment in enrollments
        if serialize_enrollment_state(enrollment.state) in wanted_states
        and (not types or ENROLLMENT_TYPES[enrollment.role] in types)
        and (
            not roles
            or ENROLLMENT_TYPES[enrollment.role] in roles
            or str(ROLE_IDS[enrollment.role]) in roles
        )
        and (not user_ids or str(enrollment.user_id) in user_ids)
        and (not sis_user_ids or school.users[enrollment.user_id].sis_id in sis_user_ids)
    ]


def _list_response(request: CanvasRequest, rows: list[Enrollment]) -> ListResponse:
    return ListResponse(
        rows,
        lambda enrollment: serialize_enrollment(
            request, enrollment, includes=request.includes, with_user=True
        ),
        is_bookmarked=True,
    )
