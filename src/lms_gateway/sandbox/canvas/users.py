"""Reading users: one, a profile, and an account's.

https://developerdocs.instructure.com/services/canvas/resources/users
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Listing, One
from lms_gateway.sandbox.canvas.persons import tell_user
from lms_gateway.sandbox.canvas.roster import ROLES, matches
from lms_gateway.sandbox.records import Account, User

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LISTED = frozenset({"avatar_url", "email", "last_login", "time_zone", "uuid"})
_SHOWN = frozenset(
    {"avatar_url", "locale", "effective_locale", "first_name", "last_name", "email", "last_login",
     "time_zone", "uuid", "bio"}
)  # fmt: skip
_ALWAYS = frozenset({"avatar_url", "locale", "effective_locale", "first_name", "last_name"})


def show(ask: Ask) -> Answer:
    """GET /users/:id"""
    user = ask.user("id")
    if not ask.viewer.sees_person(user):
        raise ask.refuse()
    told = tell_user(ask, user, includes=_ALWAYS | ask.includes & _SHOWN)
    is_self = user is ask.viewer.user
    told["permissions"] = {
        "can_update_name": is_self or ask.viewer.is_root_admin,
        "can_update_avatar": is_self or ask.viewer.is_root_admin,
        "limit_parent_app_web_access": False,
    }
    return One(told)


def show_profile(ask: Ask) -> Answer:
    """GET /users/:user_id/profile"""
    user = ask.user()
    if not ask.viewer.sees_person(user):
        raise ask.refuse()
    knows = ask.viewer.is_root_admin or user is ask.viewer.user
    told = {
        "id": user.id,
        "name": user.full_name,
        "short_name": user.display_name,
        "sortable_name": user.sortable_name,
        "title": user.job,
        "bio": user.bio,
        "pronunciation": None,
        "time_zone": user.time_zone,
        "locale": user.locale,
        "effective_locale": user.locale or "en",
        "calendar": {"ics": f"{ask.base}/feeds/calendars/user_{user.uuid}.ics"},
        "lti_user_id": user.uuid,
        "k5_user": False,
    }
    if user.pronouns is not None:
        told["pronouns"] = user.pronouns
    if ask.habits.has_avatars:
        told["avatar_url"] = user.avatar_url
    if knows and user.state != "unconfirmed":
        told |= {"primary_email": user.email, "login_id": user.username}
    if ask.viewer.is_root_admin:
        told |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
    return One(told)


def list_of_account(ask: Ask) -> Answer:
    """GET /accounts/:account_id/users"""
    account = ask.account()
    if not ask.viewer.administers(account.id):
        raise ask.refuse()
    term = ask.search(ask.habits.user_search_minimum)
    kind, sort, order = ask.one("enrollment_type"), ask.one("sort"), ask.one("order")
    key = ("account users", account.id, ask.viewer.user.id, term, kind, sort, order)
    users = ask.memo.get(key, lambda: _find(ask, account, term))
    includes = ask.includes & _LISTED
    return Listing(users, lambda user: tell_user(ask, user, includes=includes))


def _find(ask: Ask, account: Account, term: str | None) -> list[User]:
    school = ask.school
    below = {at.id for at in school.accounts_under(account.id)}
    kind = ask.one("enrollment_type")
    role = None if kind is None else ROLES.get(kind)

    def belongs(user: User) -> bool:
        enrollments = list(school.enrollments_of_user(user.id))
        if any(one.role == "test_student" for one in enrollments):
            return False
        if kind is not None and not any(
            one.role == role and one.state in ("active", "invited") for one in enrollments
        ):
            return False
        return (
            account is school.root
            or user.account_id in below
            or any(school.courses[one.course_id].account_id in below for one in enrollments)
        )

    users = [
        user
        for user in school.users.values()
        if user.state != "deleted"
        and (term is None or matches(ask, user, None, term))
        and belongs(user)
    ]
    rank = _rank(ask.one("sort"))
    users.sort(key=lambda user: (rank(user), user.id), reverse=ask.one("order") == "desc")
    return users


def _rank(sort: str | None) -> Callable[[User], Any]:
    match sort:
        case "email":
            return lambda user: user.email.casefold()
        case "sis_id":
            return lambda user: user.sis_id or ""
        case "integration_id":
            return lambda user: user.integration_id or ""
        case "last_login":
            return lambda user: user.last_login_at or _NEVER
        case _:
            return lambda user: user.sortable_name.casefold()
