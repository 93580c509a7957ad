"""Endpoints that read users: a user, a profile, the users of an account.

https://developerdocs.instructure.com/services/canvas/resources/users
"""

from functools import partial

from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_fields
from lms_sandbox.canvas.people.search import matches_search, user_sort_key
from lms_sandbox.canvas.people.serializer import ROLES_BY_SHORT_TYPE, serialize_user
from lms_sandbox.data.models import Account, User

_LIST_INCLUDES = frozenset({"avatar_url", "email", "last_login", "time_zone", "uuid"})
_DEFAULT_INCLUDES = frozenset({"avatar_url", "locale", "effective_locale", "first_name", "last_name"})
_SHOW_INCLUDES = _DEFAULT_INCLUDES | {"email", "last_login", "time_zone", "uuid", "bio"}


@route("GET", "/users/:id")
def show(request: CanvasRequest) -> ObjectResponse:
    user, viewer = request.user("id"), request.viewer
    request.require(viewer.can_view_profile(user))
    includes = _DEFAULT_INCLUDES | request.includes & _SHOW_INCLUDES
    data = serialize_user(request, user, includes=includes)
    can_update = user is viewer.user or viewer.is_root_admin
    data["permissions"] = {
        "can_update_name": can_update,
        "can_update_avatar": can_update,
        "limit_parent_app_web_access": False,
    }
    return ObjectResponse(data)


@route("GET", "/users/:user_id/profile")
def show_profile(request: CanvasRequest) -> ObjectResponse:
    user, viewer = request.user(), request.viewer
    request.require(viewer.can_view_profile(user))
    data: Json = {
        **serialize_fields(user, "id", "bio", "time_zone", "locale"),
        "name": user.full_name,
        "short_name": user.display_name,
        "sortable_name": user.sortable_name,
        "title": user.job,
        "pronunciation": None,
        "effective_locale": user.locale or "en",
        "calendar": {"ics": f"{request.base_url}/feeds/calendars/user_{user.uuid}.ics"},
        "lti_user_id": user.uuid,
        "k5_user": False,
    }
    if user.pronouns is not None:
        data["pronouns"] = user.pronouns
    if request.quirks.has_avatars:
        data["avatar_url"] = user.avatar_url
    if (viewer.is_root_admin or user is viewer.user) and user.state != "unconfirmed":
        data |= {"primary_email": user.email, "login_id": user.username}
    if viewer.is_root_admin:
        data |= {"sis_user_id": user.sis_id, "integration_id": user.integration_id}
    return ObjectResponse(data)


@route("GET", "/accounts/:account_id/users")
def list_of_account(request: CanvasRequest) -> ListResponse:
    account = request.managed_account()
    search_term = request.search_term(request.quirks.min_user_search_length)
    filters = tuple(request.scalar(name) for name in ("enrollment_type", "sort", "order"))
    key = ("account users", account.id, request.viewer.user.id, search_term, filters)
    users = request.canvas.cache.get(key, lambda: _find_users(request, account, search_term))
    includes = request.includes & _LIST_INCLUDES
    return ListResponse(users, partial(serialize_user, request, includes=includes))


def _find_users(request: CanvasRequest, account: Account, search_term: str | None) -> list[User]:
    school = request.school
    account_ids = {descendant.id for descendant in school.accounts_under(account.id)}
    enrollment_type = request.scalar("enrollment_type")
    role = None if enrollment_type is None else ROLES_BY_SHORT_TYPE.get(enrollment_type)

    def is_listed(user: User) -> bool:
        enrollments = list(school.enrollments_of_user(user.id))
        if any(enrollment.role == "test_student" for enrollment in enrollments):
            return False
        if enrollment_type is not None and not any(
            enrollment.role == role and enrollment.state in ("active", "invited")
            for enrollment in enrollments
        ):
            return False
        courses = (school.courses[enrollment.course_id] for enrollment in enrollments)
        is_inside = account is school.root or user.account_id in account_ids
        return is_inside or any(course.account_id in account_ids for course in courses)

    users = [
        user
        for user in school.users.values()
        if user.state != "deleted"
        and (search_term is None or matches_search(request, user, None, search_term))
        and is_listed(user)
    ]
    is_descending = request.scalar("order") == "desc"
    return sorted(users, key=user_sort_key(request.scalar("sort")), reverse=is_descending)
