"""Reading courses: one by its id, a user's own, and an account's.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts#method.accounts.courses_api
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from lms_sandbox.canvas.courses.serializer import (
    active_teachers,
    is_concluded,
    serialize_course,
    serialize_stub,
)
from lms_sandbox.canvas.courses.settings_defaults import option
from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    ListResponse,
    ObjectResponse,
)
from lms_sandbox.canvas.people.course_users import ROLES_BY_SHORT_TYPE
from lms_sandbox.canvas.people.serializer import ENROLLMENT_TYPES, ROLE_IDS
from lms_sandbox.data.models import Account, Course, Enrollment, User

_MIN_DATETIME = datetime(1, 1, 1, tzinfo=UTC)
_ENROLLMENT_STATES: dict[str, tuple[str, ...]] = {
    "active": ("active",),
    "invited_or_pending": ("invited", "requested"),
    "completed": ("completed", "archived"),
}
_HIDDEN_ENROLLMENT_STATES = ("deleted", "rejected", "inactive")
_STUDENT_ROLES = ("student", "observer", "test_student")


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /courses/:id"""
    return _show(request, None)


def show_in_account(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/courses/:id: only a course of this account or of one below."""
    return _show(request, request.account())


def _show(request: CanvasRequest, account: Account | None) -> CanvasResponse:
    course = request.find_course(request.path_params["id"])
    if course is None or (course.state == "deleted" and "all_courses" not in request.includes):
        raise request.not_found()
    if account and account not in request.school.accounts_above(course.account_id):
        raise request.not_found()
    if not request.viewer.can_read(course):
        if (
            request.viewer.is_restricted_by_date(course)
            and request.quirks.restricted_course == "stub"
        ):
            return ObjectResponse(serialize_stub(course))
        raise request.forbidden()
    return ObjectResponse(serialize_course(request, course, "show"))


def list_own(request: CanvasRequest) -> CanvasResponse:
    """GET /courses: those that the caller is enrolled in."""
    return _list_enrolled(request, request.viewer.user)


def list_of_user(request: CanvasRequest) -> CanvasResponse:
    """GET /users/:user_id/courses"""
    user = request.user()
    if not request.viewer.can_read_lists_of(user):
        raise request.forbidden()
    return _list_enrolled(request, user)


def _list_enrolled(request: CanvasRequest, user: User) -> CanvasResponse:
    school = request.school
    enrollments_by_course: dict[int, list[Enrollment]] = {}
    for enrollment in school.enrollments_of_user(user.id):
        if enrollment.state not in _HIDDEN_ENROLLMENT_STATES and _matches_filters(
            request, enrollment
        ):
            enrollments_by_course.setdefault(enrollment.course_id, []).append(enrollment)
    states = request.array("state")
    account = request.scalar("account_id")
    courses = [
        course
        for course, enrollments in (
            (school.courses[course_id], rows) for course_id, rows in enrollments_by_course.items()
        )
        if _is_in_list(course, enrollments, states)
        and (account is None or str(course.account_id) == account)
        and not (course.is_blueprint and request.flag("exclude_blueprint_courses"))
        and (not request.flag("homeroom") or option(course, "homeroom_course"))
    ]
    courses.sort(key=lambda course: (course.name.casefold(), course.id))
    return ListResponse(courses, lambda course: serialize_course(request, course, "list", user))


def _matches_filters(request: CanvasRequest, enrollment: Enrollment) -> bool:
    enrollment_type, role_name = (
        request.scalar("enrollment_type"),
        request.scalar("enrollment_role"),
    )
    role_id, state = request.scalar("enrollment_role_id"), request.scalar("enrollment_state")
    return (
        (enrollment_type is None or ROLES_BY_SHORT_TYPE.get(enrollment_type) == enrollment.role)
        and (role_name is None or ENROLLMENT_TYPES[enrollment.role] == role_name)
        and (role_id is None or str(ROLE_IDS[enrollment.role]) == role_id)
        and (state is None or enrollment.state in _ENROLLMENT_STATES.get(state, ()))
    )


def _is_in_list(course: Course, enrollments: Iterable[Enrollment], states: Sequence[str]) -> bool:
    if states:
        return course.state in states
    if course.state == "unpublished":
        return any(enrollment.role not in _STUDENT_ROLES for enrollment in enrollments)
    return course.state != "deleted"


# An account's courses


def list_of_account(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/courses: of the account and of all below it."""
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    search_term = request.search_term(request.quirks.min_course_search_length)
    key = ("account courses", account.id, request.viewer.user.id, _filter_params(request))
    courses = request.cache.get(key, lambda: _find_courses(request, account, search_term))
    return ListResponse(
        courses, lambda course: serialize_course(request, course, "account"), has_last=False
    )


def _filter_params(request: CanvasRequest) -> tuple[tuple[str, str], ...]:
    ignored = ("page", "per_page", "include[]", "include", "access_token", "as_user_id")
    return tuple((key, value) for key, value in request.flat_params if key not in ignored)


def _find_courses(
    request: CanvasRequest, account: Account, search_term: str | None
) -> list[Course]:
    school = request.school
    account_ids = [account_id.id for account_id in school.accounts_under(account.id)]
    if references := request.array("by_subaccounts"):
        chosen_ids = {
            chosen_account.id
            for reference in references
            for chosen_account in _account_and_descendants(request, reference)
        }
        account_ids = [account_id for account_id in account_ids if account_id in chosen_ids]
    filters = [
        *_state_filters(request),
        *_enrollment_filters(request),
        *_other_filters(request, search_term),
    ]
    courses = [
        course
        for account_id in account_ids
        for course in school.courses_of_account(account_id)
        if all(is_match(course) for is_match in filters)
    ]
    sort_key, reverse = _sort_order(request)
    courses.sort(key=lambda course: course.id)
    courses.sort(key=sort_key, reverse=reverse)
    return courses


def _account_and_descendants(request: CanvasRequest, reference: str) -> list[Account]:
    account = request.find_account(reference)
    return [] if account is None else list(request.school.accounts_under(account.id))


CourseFilter = Callable[[Course], bool]


def _filter_state(course: Course) -> str:
    """A course's state in the words of this list's filter, which are not those of its rows."""
    if course.state == "unpublished":
        return "claimed" if course.is_claimed else "created"
    return course.state


def _state_filters(request: CanvasRequest) -> Iterable[CourseFilter]:
    states = request.array("state")
    if not states:
        yield lambda course: course.state != "deleted"
    elif "all" not in states:
        yield lambda course: _filter_state(course) in states
    published, completed = request.flag("published"), request.flag("completed")
    if published is not None:
        yield lambda course: (course.state in ("available", "completed")) is published
    if completed is not None:
        yield lambda course: is_concluded(request, course) is completed
    blueprint, public = request.flag("blueprint"), request.flag("public")
    if blueprint is not None:
        yield lambda course: course.is_blueprint is blueprint
    if request.flag("blueprint_associated"):
        yield lambda course: False  # no course here follows a blueprint
    if request.flag("homeroom"):
        yield lambda course: bool(option(course, "homeroom_course"))
    if public is not None:
        yield lambda course: bool(course.is_public) is public


def _enrollment_filters(request: CanvasRequest) -> Iterable[CourseFilter]:
    def current_enrollments(course: Course) -> Iterable[Enrollment]:
        enrollments = request.school.enrollments_of_course(course.id)
        return (
            enrollment
            for enrollment in enrollments
            if enrollment.state not in ("deleted", "rejected")
        )

    with_enrollments = request.flag("with_enrollments")
    if with_enrollments is not None:
        yield lambda course: any(True for _ in current_enrollments(course)) is with_enrollments
    if request.has("hide_enrollmentless_courses"):  # its presence counts, not its value
        yield lambda course: any(True for _ in current_enrollments(course))
    if types := {
        ROLES_BY_SHORT_TYPE[name]
        for name in request.array("enrollment_type")
        if name in ROLES_BY_SHORT_TYPE
    }:
        yield lambda course: any(
            enrollment.role in types for enrollment in current_enrollments(course)
        )
    if teachers := request.array("by_teachers"):
        users = {user.id for reference in teachers if (user := request.find_user(reference))}
        yield lambda course: any(
            enrollment.role == "teacher" and enrollment.user_id in users
            for enrollment in current_enrollments(course)
        )


def _other_filters(request: CanvasRequest, search_term: str | None) -> Iterable[CourseFilter]:
    if (reference := request.scalar("enrollment_term_id")) is not None:
        enrollment_term = request.find_term(reference)
        if enrollment_term is None:
            raise request.not_found()
        yield lambda course: course.term_id == enrollment_term.id
    if search_term is not None and request.scalar("search_by") == "teacher":
        yield lambda course: any(
            search_term in user.full_name.lower() for user in active_teachers(request, course)
        )
    elif search_term is not None:
        yield lambda course: any(
            search_term in text.lower()
            for text in (course.name, course.code, course.sis_id or "", str(course.id))
        )
    before, after = request.timestamp("starts_before"), request.timestamp("ends_after")
    terms = request.school.terms
    if before is not None:
        yield lambda course: (course.start_at or terms[course.term_id].start_at or before) <= before
    if after is not None:
        yield lambda course: (course.end_at or terms[course.term_id].end_at or after) >= after


def _sort_order(request: CanvasRequest) -> tuple[Callable[[Course], Any], bool]:
    """What to sort by, and whether from the end; `order` without `sort` counts for nothing."""
    school = request.school
    sort_keys: dict[str, Callable[[Course], Any]] = {
        "course_status": lambda course: course.state,
        "course_name": lambda course: course.name.casefold(),
        "sis_course_id": lambda course: course.sis_id or "",
        "teacher": lambda course: min(
            (user.sortable_name.casefold() for user in active_teachers(request, course)), default=""
        ),
        "account_name": lambda course: school.accounts[course.account_id].name.casefold(),
        "subaccount": lambda course: school.accounts[course.account_id].name.casefold(),
        "term": lambda course: school.terms[course.term_id].start_at or _MIN_DATETIME,
    }
    sort_key = sort_keys.get(request.scalar("sort") or "")
    if sort_key is None:
        return (lambda course: course.id), False
    return sort_key, request.scalar("order") == "desc"
