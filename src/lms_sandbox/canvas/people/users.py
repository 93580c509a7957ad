"""Reading users: one, a profile, and an account's.

https://developerdocs.instructure.com/services/canvas/resources/users
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms_sandbox.canvas.http.request import (
    CanvasRequest,
    CanvasResponse,
    ListResponse,
    ObjectResponse,
)
from lms_sandbox.canvas.people.course_users import ROLES_BY_SHORT_TYPE, matches_search
from lms_sandbox.canvas.people.serializer import serialize_user
from lms_sandbox.data.models import Account, User

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LIST_INCLUDES = frozenset({"avatar_url", "email", "last_login", "time_zone", "uuid"})
_SHOW_INCLUDES = frozenset(
    {"avatar_url", "locale", "effective_locale", "first_name", "last_name", "email", "last_login",
     "time_zone", "uuid", "bio"}
)  # fmt: skip
_DEFAULT_INCLUDES = frozenset(
    {"avatar_url", "locale", "effective_locale", "first_name", "last_name"}
)


def show(request: CanvasRequest) -> CanvasResponse:
    """GET /users/:id"""
    user = request.user("id")
    if not request.viewer.can_view_profile(user):
        raise request.forbidden()
    data = serialize_user(
        request, user, includes=_DEFAULT_INCLUDES | request.includes & _SHOW_INCLUDES
    )
    is_self = user is request.viewer.user
    data["permissions"] = {
        "can_update_name": is_self or request.viewer.is_root_admin,
        "can_update_avatar": is_self or request.viewer.is_root_admin,
        "limit_parent_app_web_access": False,
    }
    return ObjectResponse(data)


def show_profile(request: CanvasRequest) -> CanvasResponse:
    """GET /users/:user_id/profile"""
    user = request.user()
    if not request.viewer.can_view_profile(user):
        raise request.forbidden()
    can_view_private = request.viewer.is_root_admin or user is request.viewer.user
    data = {
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
        "calendar": {"ics": f"{request.base_url}/feeds/calendars/user_{user.uuid}.ics"},
        "lti_user_id": user.uuid,
        "k5_user": False,
    }
    if user.pronouns is not None:
        data["pronouns"] = user.pronouns
    if request.quirks.has_avatars:
        data["avatar_url"] = user.avatar_url
    if can_view_private and user.state != "unconfirmed":
        data |= {"primary_email": user.email, "login_id": user.username}
    if request.viewer.is_root_admin:
        data |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
    return ObjectResponse(data)


def list_of_account(request: CanvasRequest) -> CanvasResponse:
    """GET /accounts/:account_id/users"""
    account = request.account()
    if not request.viewer.administers(account.id):
        raise request.forbidden()
    search_term = request.search_term(request.quirks.min_user_search_length)
    enrollment_type, sort, order = (
        request.scalar("enrollment_type"),
        request.scalar("sort"),
        request.scalar("order"),
    )
    key = (
        "account users",
        account.id,
        request.viewer.user.id,
        search_term,
        enrollment_type,
        sort,
        order,
    )
    users = request.cache.get(key, lambda: _find_users(request, account, search_term))
    includes = request.includes & _LIST_INCLUDES
    return ListResponse(users, lambda user: serialize_user(request, user, includes=includes))


def _find_users(request: CanvasRequest, account: Account, search_term: str | None) -> list[User]:
    school = request.school
    account_ids = {descendant.id for descendant in school.accounts_under(account.id)}
    enrollment_type = request.scalar("enrollment_type")
    role = None if enrollment_type is None else ROLES_BY_SHORT_TYPE.get(enrollment_type)

    def is_in_account(user: User) -> bool:
        enrollments = list(school.enrollments_of_user(user.id))
        if any(enrollment.role == "test_student" for enrollment in enrollments):
            return False
        if enrollment_type is not None and not any(
            enrollment.role == role and enrollment.state in ("active", "invited")
            for enrollment in enrollments
        ):
            return False
        return (
            account is school.root
            or user.account_id in account_ids
            or any(
                school.courses[enrollment.course_id].account_id in account_ids
                for enrollment in enrollments
            )
        )

    users = [
        user
        for user in school.users.values()
        if user.state != "deleted"
        and (search_term is None or matches_search(request, user, None, search_term))
        and is_in_account(user)
    ]
    sort_key = _sort_key(request.scalar("sort"))
    users.sort(
        key=lambda user: (sort_key(user), user.id), reverse=request.scalar("order") == "desc"
    )
    return users


def _sort_key(sort: str | None) -> Callable[[User], Any]:
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
