"""Endpoints that read courses: a course, the courses of a user, the courses of an account.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts#method.accounts.courses_api
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lms_sandbox.canvas.courses.lifecycle import current_enrollments, is_concluded
from lms_sandbox.canvas.courses.options import option
from lms_sandbox.canvas.courses.serializer import active_teachers, serialize_course, serialize_stub
from lms_sandbox.canvas.http.request import CanvasRequest, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.people.serializer import ENROLLMENT_TYPES, ROLE_IDS, ROLES_BY_SHORT_TYPE
from lms_sandbox.data.models import Account, Course, Enrollment, Role, User

_MIN_DATETIME = datetime(1, 1, 1, tzinfo=UTC)
_ENROLLMENT_STATES: dict[str, tuple[str, ...]] = {
    "active": ("active",),
    "invited_or_pending": ("invited", "requested"),
    "completed": ("completed", "archived"),
}
_OTHER_PARAMS = ("page", "per_page", "include[]", "include", "access_token", "as_user_id")
_STUDENT_ROLES = ("student", "observer", "test_student")


@route("GET", "/courses/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    return _show(request, None)


@route("GET", "/accounts/:account_id/courses/:id")
def show_in_account(request: CanvasRequest) -> ObjectResponse:
    """Return a course of the account or of one below it."""
    return _show(request, request.account())


def _show(request: CanvasRequest, account: Account | None) -> ObjectResponse:
    course = request.find_course(request.path_params["id"])
    if course is None or (course.state == "deleted" and "all_courses" not in request.includes):
        raise request.not_found()
    if account and account not in request.school.accounts_above(course.account_id):
        raise request.not_found()
    viewer, shows_stub = request.viewer, request.quirks.restricted_course == "stub"
    if shows_stub and not viewer.can_read(course) and viewer.is_restricted_by_date(course):
        return ObjectResponse(serialize_stub(course))
    request.require(viewer.can_read(course))
    return ObjectResponse(serialize_course(request, course, "show"))


@route("GET", "/courses")
def list_own(request: CanvasRequest) -> ListResponse:
    """Return the courses in which the caller is enrolled."""
    return _list_enrolled(request, request.viewer.user)


@route("GET", "/users/:user_id/courses")
def list_of_user(request: CanvasRequest) -> ListResponse:
    user = request.user()
    request.require(request.viewer.can_read_lists_of(user))
    return _list_enrolled(request, user)


def _list_enrolled(request: CanvasRequest, user: User) -> ListResponse:
    school = request.school
    enrollments_by_course: dict[int, list[Enrollment]] = {}
    for enrollment in school.enrollments_of_user(user.id):
        if enrollment.state in ("deleted", "rejected", "inactive"):
            continue
        if _matches_filters(request, enrollment):
            enrollments_by_course.setdefault(enrollment.course_id, []).append(enrollment)
    states = request.array("state")
    account = request.scalar("account_id")
    courses = [
        course
        for course_id, enrollments in enrollments_by_course.items()
        if _is_in_list(course := school.courses[course_id], enrollments, states)
        and (account is None or str(course.account_id) == account)
        and not (course.is_blueprint and request.flag("exclude_blueprint_courses"))
        and (not request.flag("homeroom") or option(course, "homeroom_course"))
    ]
    courses.sort(key=lambda course: (course.name.casefold(), course.id))
    serialize = partial(serialize_course, request, context="list", enrolled_user=user)
    return ListResponse(courses, serialize)


def _matches_filters(request: CanvasRequest, enrollment: Enrollment) -> bool:
    enrollment_type, state = request.scalar("enrollment_type"), request.scalar("enrollment_state")
    role_name, role_id = request.scalar("enrollment_role"), request.scalar("enrollment_role_id")
    return (
        (enrollment_type is None or ROLES_BY_SHORT_TYPE.get(enrollment_type) == enrollment.role)
        and role_name in (None, ENROLLMENT_TYPES[enrollment.role])
        and role_id in (None, str(ROLE_IDS[enrollment.role]))
        and (state is None or enrollment.state in _ENROLLMENT_STATES.get(state, ()))
    )


def _is_in_list(course: Course, enrollments: Iterable[Enrollment], states: Sequence[str]) -> bool:
    """Return whether a user's list has a course; students do not see unpublished ones."""
    if states:
        return course.state in states
    if course.state == "unpublished":
        return any(enrollment.role not in _STUDENT_ROLES for enrollment in enrollments)
    return course.state != "deleted"


# Courses of an account


@route("GET", "/accounts/:account_id/courses")
def list_of_account(request: CanvasRequest) -> ListResponse:
    """Return the courses of the account and of all accounts below it."""
    account = request.managed_account()
    search_term = request.search_term(request.quirks.min_course_search_length)
    filters = tuple(pair for pair in request.flat_params if pair[0] not in _OTHER_PARAMS)
    key = ("account courses", account.id, request.viewer.user.id, filters)
    courses = request.canvas.cache.get(key, lambda: _find_courses(request, account, search_term))
    serialize = partial(serialize_course, request, context="account")
    return ListResponse(courses, serialize, has_last=False)


def _find_courses(request: CanvasRequest, account: Account, search_term: str | None) -> list[Course]:
    school = request.school
    accounts = list(school.accounts_under(account.id))
    if references := request.array("by_subaccounts"):
        parents = [parent for text in references if (parent := request.find_account(text))]
        chosen = [child for parent in parents for child in school.accounts_under(parent.id)]
        accounts = [listed for listed in accounts if listed in chosen]
    filters = [*_state_filters(request), *_enrollment_filters(request), *_other_filters(request, search_term)]
    courses = [
        course
        for listed in accounts
        for course in school.courses_of_account(listed.id)
        if all(is_match(course) for is_match in filters)
    ]
    sort_key, reverse = _sort_order(request)
    courses.sort(key=lambda course: course.id)
    courses.sort(key=sort_key, reverse=reverse)
    return courses


CourseFilter = Callable[[Course], bool]


def _filter_state(course: Course) -> str:
    """Return the state of a course as the filter `state[]` names it; the rows differ."""
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
        yield lambda course: False  # No course is associated with a blueprint.
    if request.flag("homeroom"):
        yield lambda course: bool(option(course, "homeroom_course"))
    if public is not None:
        yield lambda course: bool(course.is_public) is public


def _enrollment_filters(request: CanvasRequest) -> Iterable[CourseFilter]:
    def roles_of(course: Course) -> set[Role]:
        return {enrollment.role for enrollment in current_enrollments(request, course)}

    with_enrollments = request.flag("with_enrollments")
    if with_enrollments is not None:
        yield lambda course: bool(roles_of(course)) is with_enrollments
    if request.has("hide_enrollmentless_courses"):  # with any value
        yield lambda course: bool(roles_of(course))
    names = request.array("enrollment_type")
    if roles := {ROLES_BY_SHORT_TYPE[name] for name in names if name in ROLES_BY_SHORT_TYPE}:
        yield lambda course: not roles.isdisjoint(roles_of(course))
    if teachers := request.array("by_teachers"):
        users = {user.id for reference in teachers if (user := request.find_user(reference))}
        yield lambda course: any(
            enrollment.role == "teacher" and enrollment.user_id in users
            for enrollment in current_enrollments(request, course)
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
    """Return the sort key and whether the order is reversed; `order` requires `sort`."""
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
