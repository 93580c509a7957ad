"""Reading enrollments: a course's, a section's, a user's, and one by its id.

https://developerdocs.instructure.com/services/canvas/resources/enrollments
"""

from __future__ import annotations

from collections.abc import Iterable

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Listing, One, split_ids
from lms_gateway.sandbox.canvas.persons import ROLE_IDS, TYPES, tell_enrollment, tell_state
from lms_gateway.sandbox.records import Course, Enrollment
from lms_gateway.sandbox.school import COUNTED

_SYNTHETIC: dict[str, tuple[str, ...]] = {
    "current_and_invited": ("active", "invited", "creation_pending"),
    "current_and_future": ("active", "invited", "creation_pending"),
    "current_future_and_restricted": ("active", "invited", "creation_pending"),
    "current_and_concluded": ("active", "completed"),
}


def list_of_course(ask: Ask) -> Answer:
    """GET /courses/:course_id/enrollments"""
    course = ask.course()
    return _list_within(ask, course, ask.school.enrollments_of_course(course.id))


def list_of_section(ask: Ask) -> Answer:
    """GET /sections/:section_id/enrollments"""
    section, course = ask.section()
    return _list_within(ask, course, ask.school.enrollments_of_section(section.id))


def _list_within(ask: Ask, course: Course, enrollments: Iterable[Enrollment]) -> Answer:
    """Of a course or section: bookmarked pages, in the order of people's names."""
    if not ask.viewer.sees_roster(course):
        raise ask.refuse()
    limits = ask.viewer.limited_to(course)
    key = ("enrollments", ask.path, ask.viewer.user.id, _filters(ask))
    rows = ask.memo.get(
        key,
        lambda: sorted(
            (
                one
                for one in _filter(ask, enrollments)
                if limits is None or one.section_id in limits
            ),
            key=lambda one: (ask.school.users[one.user_id].sortable_name.casefold(), one.id),
        ),
    )
    return _listing(ask, rows)


def list_of_user(ask: Ask) -> Answer:
    """GET /users/:user_id/enrollments"""
    user = ask.user()
    if not ask.viewer.speaks_for(user):
        raise ask.refuse()
    rows = [
        one
        for one in _filter(ask, ask.school.enrollments_of_user(user.id))
        if ask.school.courses[one.course_id].state != "deleted"
    ]
    return _listing(ask, rows)


def show(ask: Ask) -> Answer:
    """GET /accounts/:account_id/enrollments/:id"""
    account = ask.account()
    text = ask.ids["id"]
    one = ask.school.enrollments.get(int(text)) if text.isdecimal() else None
    if one is None:
        raise ask.missing()
    course = ask.school.courses[one.course_id]
    if account not in ask.school.accounts_above(course.account_id):
        raise ask.missing()
    if not (ask.viewer.administers(course.account_id) or one.user_id == ask.viewer.user.id):
        raise ask.refuse()
    return One(tell_enrollment(ask, one, with_user=True))


def _filters(ask: Ask) -> tuple[tuple[str, str], ...]:
    names = ("type", "role", "state", "user_id", "sis_")
    return tuple((key, value) for key, value in ask.query if key.startswith(names))


def _filter(ask: Ask, enrollments: Iterable[Enrollment]) -> list[Enrollment]:
    types, roles = ask.many("type"), [*ask.many("role"), *ask.many("role_id")]
    states: list[str] = []
    for state in ask.many("state"):
        states += _SYNTHETIC.get(state, (state,))
    wanted = states or COUNTED
    people = frozenset(split_ids(ask.many("user_id")))
    sis_people = frozenset(ask.many("sis_user_id"))
    school = ask.school
    return [
        one
        for one in enrollments
        if tell_state(one.state) in wanted
        and (not types or TYPES[one.role] in types)
        and (not roles or TYPES[one.role] in roles or str(ROLE_IDS[one.role]) in roles)
        and (not people or str(one.user_id) in people)
        and (not sis_people or school.users[one.user_id].sis_id in sis_people)
    ]


def _listing(ask: Ask, rows: list[Enrollment]) -> Listing:
    return Listing(
        rows,
        lambda one: tell_enrollment(ask, one, includes=ask.includes, with_user=True),
        is_bookmarked=True,
    )
