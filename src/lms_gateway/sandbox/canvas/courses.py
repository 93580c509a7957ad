"""Reading courses: one by its id, a user's own, and an account's.

https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/accounts#method.accounts.courses_api
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Listing, One
from lms_gateway.sandbox.canvas.course_options import option
from lms_gateway.sandbox.canvas.course_shape import is_concluded, stub, teachers_of, tell_course
from lms_gateway.sandbox.canvas.persons import ROLE_IDS, TYPES
from lms_gateway.sandbox.canvas.roster import ROLES
from lms_gateway.sandbox.records import Account, Course, Enrollment, User

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_STATES: dict[str, tuple[str, ...]] = {
    "active": ("active",),
    "invited_or_pending": ("invited", "requested"),
    "completed": ("completed", "archived"),
}
_GONE = ("deleted", "rejected", "inactive")
_LEARNERS = ("student", "observer", "test_student")


def show(ask: Ask) -> Answer:
    """GET /courses/:id"""
    return _show(ask, None)


def show_in_account(ask: Ask) -> Answer:
    """GET /accounts/:account_id/courses/:id: only a course of this account or of one below."""
    return _show(ask, ask.account())


def _show(ask: Ask, account: Account | None) -> Answer:
    course = ask.find_course(ask.ids["id"])
    if course is None or (course.state == "deleted" and "all_courses" not in ask.includes):
        raise ask.missing()
    if account and account not in ask.school.accounts_above(course.account_id):
        raise ask.missing()
    if not ask.viewer.may_read(course):
        if ask.viewer.is_shut_out(course) and ask.habits.restricted_course == "stub":
            return One(stub(course))
        raise ask.refuse()
    return One(tell_course(ask, course, "show"))


def list_own(ask: Ask) -> Answer:
    """GET /courses: those that the caller is enrolled in."""
    return _list_enrolled(ask, ask.viewer.user)


def list_of_user(ask: Ask) -> Answer:
    """GET /users/:user_id/courses"""
    user = ask.user()
    if not ask.viewer.speaks_for(user):
        raise ask.refuse()
    return _list_enrolled(ask, user)


def _list_enrolled(ask: Ask, user: User) -> Answer:
    school = ask.school
    found: dict[int, list[Enrollment]] = {}
    for one in school.enrollments_of_user(user.id):
        if one.state not in _GONE and _is_wanted(ask, one):
            found.setdefault(one.course_id, []).append(one)
    states = ask.array("state")
    account = ask.one("account_id")
    courses = [
        course
        for course, own in ((school.courses[at], rows) for at, rows in found.items())
        if _is_listed(course, own, states)
        and (account is None or str(course.account_id) == account)
        and not (course.is_blueprint and ask.flag("exclude_blueprint_courses"))
        and (not ask.flag("homeroom") or option(course, "homeroom_course"))
    ]
    courses.sort(key=lambda course: (course.name.casefold(), course.id))
    return Listing(courses, lambda course: tell_course(ask, course, "list", user))


def _is_wanted(ask: Ask, one: Enrollment) -> bool:
    kind, name = ask.one("enrollment_type"), ask.one("enrollment_role")
    role_id, state = ask.one("enrollment_role_id"), ask.one("enrollment_state")
    return (
        (kind is None or ROLES.get(kind) == one.role)
        and (name is None or TYPES[one.role] == name)
        and (role_id is None or str(ROLE_IDS[one.role]) == role_id)
        and (state is None or one.state in _STATES.get(state, ()))
    )


def _is_listed(course: Course, own: Iterable[Enrollment], states: Sequence[str]) -> bool:
    if states:
        return course.state in states
    if course.state == "unpublished":
        return any(one.role not in _LEARNERS for one in own)
    return course.state != "deleted"


# An account's courses


def list_of_account(ask: Ask) -> Answer:
    """GET /accounts/:account_id/courses: of the account and of all below it."""
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    term = ask.search(ask.habits.course_search_minimum)
    key = ("account courses", account.id, ask.viewer.user.id, _filters(ask))
    courses = ask.memo.get(key, lambda: _find(ask, account, term))
    return Listing(courses, lambda one: tell_course(ask, one, "account"), has_last=False)


def _filters(ask: Ask) -> tuple[tuple[str, str], ...]:
    ignored = ("page", "per_page", "include[]", "include", "access_token", "as_user_id")
    return tuple((key, value) for key, value in ask.query if key not in ignored)


def _find(ask: Ask, account: Account, term: str | None) -> list[Course]:
    school = ask.school
    below = [at.id for at in school.accounts_under(account.id)]
    if parts := ask.array("by_subaccounts"):
        chosen = {ids.id for part in parts for ids in _accounts_named(ask, part)}
        below = [at for at in below if at in chosen]
    tests = [*_state_tests(ask), *_people_tests(ask), *_plain_tests(ask, term)]
    courses = [
        course
        for at in below
        for course in school.courses_of_account(at)
        if all(test(course) for test in tests)
    ]
    rank, reverse = _rank(ask)
    courses.sort(key=lambda course: course.id)
    courses.sort(key=rank, reverse=reverse)
    return courses


def _accounts_named(ask: Ask, text: str) -> list[Account]:
    found = ask.find_account(text)
    return [] if found is None else list(ask.school.accounts_under(found.id))


Test = Callable[[Course], bool]


def _api_state(course: Course) -> str:
    """A course's state in the words of this list's filter, which are not those of its rows."""
    if course.state == "unpublished":
        return "claimed" if course.has_begun else "created"
    return course.state


def _state_tests(ask: Ask) -> Iterable[Test]:
    states = ask.array("state")
    if not states:
        yield lambda course: course.state != "deleted"
    elif "all" not in states:
        yield lambda course: _api_state(course) in states
    published, completed = ask.flag("published"), ask.flag("completed")
    if published is not None:
        yield lambda course: (course.state in ("available", "completed")) is published
    if completed is not None:
        yield lambda course: is_concluded(ask, course) is completed
    blueprint, public = ask.flag("blueprint"), ask.flag("public")
    if blueprint is not None:
        yield lambda course: course.is_blueprint is blueprint
    if ask.flag("blueprint_associated"):
        yield lambda course: False  # no course here follows a blueprint
    if ask.flag("homeroom"):
        yield lambda course: bool(option(course, "homeroom_course"))
    if public is not None:
        yield lambda course: bool(course.is_public) is public


def _people_tests(ask: Ask) -> Iterable[Test]:
    def enrolled(course: Course) -> Iterable[Enrollment]:
        people = ask.school.enrollments_of_course(course.id)
        return (one for one in people if one.state not in ("deleted", "rejected"))

    with_enrollments = ask.flag("with_enrollments")
    if with_enrollments is not None:
        yield lambda course: any(True for _ in enrolled(course)) is with_enrollments
    if ask.has("hide_enrollmentless_courses"):  # its presence counts, not its value
        yield lambda course: any(True for _ in enrolled(course))
    if types := {ROLES[name] for name in ask.array("enrollment_type") if name in ROLES}:
        yield lambda course: any(one.role in types for one in enrolled(course))
    if teachers := ask.array("by_teachers"):
        users = {user.id for text in teachers if (user := ask.find_user(text))}
        yield lambda course: any(
            one.role == "teacher" and one.user_id in users for one in enrolled(course)
        )


def _plain_tests(ask: Ask, term: str | None) -> Iterable[Test]:
    if (named := ask.one("enrollment_term_id")) is not None:
        wanted = ask.find_term(named)
        if wanted is None:
            raise ask.missing()
        yield lambda course: course.term_id == wanted.id
    if term is not None and ask.one("search_by") == "teacher":
        yield lambda course: any(
            term in user.full_name.lower() for user in teachers_of(ask, course)
        )
    elif term is not None:
        yield lambda course: any(
            term in text.lower()
            for text in (course.name, course.code, course.sis_id or "", str(course.id))
        )
    before, after = ask.moment("starts_before"), ask.moment("ends_after")
    terms = ask.school.terms
    if before is not None:
        yield lambda course: (course.start_at or terms[course.term_id].start_at or before) <= before
    if after is not None:
        yield lambda course: (course.end_at or terms[course.term_id].end_at or after) >= after


def _rank(ask: Ask) -> tuple[Callable[[Course], Any], bool]:
    """What to sort by, and whether from the end; `order` without `sort` counts for nothing."""
    school = ask.school
    ranks: dict[str, Callable[[Course], Any]] = {
        "course_status": lambda course: course.state,
        "course_name": lambda course: course.name.casefold(),
        "sis_course_id": lambda course: course.sis_id or "",
        "teacher": lambda course: min(
            (user.sortable_name.casefold() for user in teachers_of(ask, course)), default=""
        ),
        "account_name": lambda course: school.accounts[course.account_id].name.casefold(),
        "subaccount": lambda course: school.accounts[course.account_id].name.casefold(),
        "term": lambda course: school.terms[course.term_id].start_at or _LONG_AGO,
    }
    rank = ranks.get(ask.one("sort") or "")
    if rank is None:
        return (lambda course: course.id), False
    return rank, ask.one("order") == "desc"
