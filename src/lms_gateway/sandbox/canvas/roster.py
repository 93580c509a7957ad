"""Reading the people of a course.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.users
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One, split_ids
from lms_gateway.sandbox.canvas.persons import ROLE_IDS, SHORT_TYPES, TYPES, tell_state, tell_user
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import Course, Enrollment, Role, User
from lms_gateway.sandbox.school import COUNTED

ROLES: dict[str, Role] = {short: role for role, short in SHORT_TYPES.items()}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_INCLUDES = frozenset(
    {
        "avatar_url", "bio", "uuid", "last_login", "group_ids", "custom_links", "sections",
        "observed_users", "can_be_removed", "locked",
    }
)  # fmt: skip


def matches(ask: Ask, user: User, course: Course | None, term: str) -> bool:
    """Whether a search finds a user: by name or id, and by login, e-mail and SIS id for those who
    may see them."""
    if term in user.full_name.lower() or term in user.display_name.lower() or term == str(user.id):
        return True
    knows = ask.viewer.sees_grades(course) if course else ask.viewer.is_root_admin
    return knows and any(
        term in text.lower() for text in (user.username, user.email, user.sis_id or "")
    )


def list_users(ask: Ask) -> Answer:
    """GET /courses/:course_id/users; /search_users answers the same and pages on here."""
    course = ask.course()
    if not ask.viewer.sees_roster(course):
        raise ask.refuse()
    term = ask.search(ask.habits.user_search_minimum)
    key = ("roster", course.id, ask.viewer.user.id, term, _filters(ask))
    found = ask.memo.get(key, lambda: _find(ask, course, term))
    shows_test = "test_student" in ask.includes or "student_view" in ask.array("enrollment_type")
    rows = list(found.values())

    def tell(row: list[Enrollment]) -> Json:
        return _tell(ask, row, course, ask.includes & _INCLUDES | {"email"})

    start = next(
        (at for at, row in enumerate(rows) if str(row[0].user_id) == ask.one("user_id")), 0
    )
    # The test student is dropped after the page was cut: that page is one row short.
    keep = None if shows_test else (lambda row: any(one.role != "test_student" for one in row))
    return Listing(
        rows,
        tell,
        has_last=False,
        keep=keep,
        path=f"/api/v1/courses/{course.id}/users",
        start_at=start,
    )


def _filters(ask: Ask) -> tuple[tuple[str, str], ...]:
    names = ("sort", "order", "enrollment_type", "enrollment_role", "user_ids", "enrollment_state")
    return tuple(
        (key, value) for key, value in ask.query if key.removesuffix("[]").startswith(names)
    )


def _find(ask: Ask, course: Course, term: str | None) -> dict[int, list[Enrollment]]:
    """User id -> their enrollments that match, in the order asked for."""
    school = ask.school
    types = {ROLES[name] for name in ask.many("enrollment_type") if name in ROLES}
    role_name, role_id = ask.one("enrollment_role"), ask.one("enrollment_role_id")
    states = ask.array("enrollment_state") or COUNTED
    users = frozenset(split_ids(ask.many("user_ids")))
    limits = ask.viewer.limited_to(course)
    found: dict[int, list[Enrollment]] = {}
    for one in school.enrollments_of_course(course.id):
        if (
            tell_state(one.state) in states
            and (not types or one.role in types)
            and (role_name is None or TYPES[one.role] == role_name)
            and (role_id is None or str(ROLE_IDS[one.role]) == role_id)
            and (not users or str(one.user_id) in users)
            and (limits is None or one.section_id in limits)
            and (term is None or matches(ask, school.users[one.user_id], course, term))
        ):
            found.setdefault(one.user_id, []).append(one)
    rank = _rank(ask.one("sort"))
    ordered = sorted(
        found, key=lambda at: (rank(school.users[at]), at), reverse=ask.one("order") == "desc"
    )
    return {at: found[at] for at in ordered}


def _rank(sort: str | None) -> Callable[[User], Any]:
    match sort:
        case "email":
            return lambda user: user.email.casefold()
        case "sis_id":
            return lambda user: user.sis_id or ""
        case "last_login":
            return lambda user: user.last_login_at or _NEVER
        case _:
            return lambda user: user.sortable_name.casefold()


def _tell(ask: Ask, row: list[Enrollment], course: Course, includes: frozenset[str]) -> Json:
    return tell_user(
        ask,
        ask.school.users[row[0].user_id],
        course,
        includes=includes,
        enrollments=row if "enrollments" in ask.includes else None,
    )


def show_user(ask: Ask) -> Answer:
    """GET /courses/:course_id/users/:id: here `email` has to be asked for."""
    course, user = ask.course(), ask.user("id")
    if not ask.viewer.sees_roster(course) and user is not ask.viewer.user:
        raise ask.refuse()
    states = (*COUNTED, "completed")
    if "inactive_enrollments" in ask.includes:
        states = (*states, "inactive")
    limits = ask.viewer.limited_to(course)
    row = [
        one
        for one in ask.school.enrollments_of_user(user.id)
        if one.course_id == course.id
        and one.state in states
        and (limits is None or one.section_id in limits)
    ]
    if not row:
        raise ask.missing()
    return One(_tell(ask, row, course, ask.includes & (_INCLUDES | {"email"})))


def list_students(ask: Ask) -> Answer:
    """GET /courses/:course_id/students: never in pages, whatever the documentation says."""
    course = ask.course()
    if not ask.viewer.sees_roster(course):
        raise ask.refuse()
    users = _students_of(ask, course)
    users.sort(key=lambda user: (user.sortable_name.casefold(), user.id))
    ask.state["rows"] = len(users)
    return One([tell_user(ask, user, course) for user in users])


def _students_of(ask: Ask, course: Course) -> list[User]:
    """The students whom the viewer sees there, each once."""
    limits = ask.viewer.limited_to(course)
    found = {
        one.user_id: ask.school.users[one.user_id]
        for one in ask.school.enrollments_of_course(course.id)
        if one.role == "student"
        and one.state in COUNTED
        and (limits is None or one.section_id in limits)
    }
    return list(found.values())


def list_recent(ask: Ask) -> Answer:
    """GET /courses/:course_id/recent_students: who signed in last comes first."""
    course = ask.course()
    if not ask.viewer.sees_grades(course):
        raise ask.refuse()
    users = _students_of(ask, course)
    users.sort(key=lambda user: (user.last_login_at or _NEVER, user.id), reverse=True)
    return Listing(
        users, lambda user: tell_user(ask, user, course, includes=frozenset({"last_login"}))
    )


def list_share_users(ask: Ask) -> Answer:
    """GET /courses/:course_id/content_share_users: other people who teach or design courses."""
    course = ask.course()
    if not ask.viewer.edits_content(course):
        raise ask.refuse()
    term = ask.one("search_term")
    if term is None:
        raise Refusal(400, {"errors": [{"message": "Search term required"}]})
    wanted = term.strip().lower()
    staff = {
        one.user_id
        for one in ask.school.enrollments.values()
        if one.role in ("teacher", "ta", "designer") and one.state == "active"
    }
    users = [
        user
        for user in (ask.school.users[at] for at in staff)
        if user is not ask.viewer.user and wanted in user.full_name.lower()
    ]
    users.sort(key=lambda user: (user.sortable_name.casefold(), user.id))
    includes = frozenset({"avatar_url", "email"})
    return Listing(users, lambda user: tell_user(ask, user, course, includes=includes))
