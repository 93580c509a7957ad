"""Users: `/users` and `/app-user-info`.

https://developers.schoology.com/api-documentation/rest-api-v1/user
"""

from collections.abc import Sequence
from functools import partial

from lms_sandbox.data.models import Section, User
from lms_sandbox.schoology import serializers
from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.params import parse_id, split_list
from lms_sandbox.schoology.roles import LISTED_STATES, MEMBER_ROLES

LANGUAGES = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German",
    "pt-br": "Portuguese, Brazil",
}  # fmt: skip
_UNSUPPORTED_RESOURCES = frozenset({"events", "grades", "groups", "network", "requests", "updates"})
"""Parts of a user that Schoology has and the simulator does not."""
_MAX_CODES = 50
_INACTIVE_SECONDS = 30 * 86_400


def read(request: SchoologyRequest, segments: Sequence[str]) -> SchoologyResponse:
    """Answer a GET below `/users`."""
    match segments:
        case []:
            return _list_users(request)
        case ["me"]:
            return request.redirect_to("users", request.user.id)
        case ["ext", code]:
            user = request.school.by_sis(User, code)
            if user is None or not _is_listed(user):
                raise request.not_found()
            return request.redirect_to("users", user.id)
        case ["languages"]:
            rows = [{"language_code": code, "language_name": name} for code, name in LANGUAGES.items()]
            return SchoologyResponse(200, {"language": rows})
        case ["inactive"]:
            return _list_inactive(request)
        case ["inactive", user_id]:
            _require_directory_access(request)
            inactive_user = request.find(request.school.users, user_id)
            if inactive_user.state != "inactive":
                raise request.not_found()
            return SchoologyResponse(200, _serialize_inactive(request, inactive_user))
        case [user_id]:
            user = _find_user(request, user_id)
            size, extended = request.picture_size, "extended" in request.params
            row = serializers.serialize_user_detail(request, user, size=size, extended=extended)
            return SchoologyResponse(200, row)
        case [user_id, "sections"]:
            return _list_sections(request, user_id)
        case [user_id, name] if name in _UNSUPPORTED_RESOURCES:
            _find_user(request, user_id)
            raise SchoologyError(501, "The simulator does not implement this.")
        case _:
            raise SchoologyError(400)


def read_app_user(request: SchoologyRequest) -> SchoologyResponse:
    """Answer `GET /app-user-info`: the id of the caller, without a redirect."""
    session: dict[str, Json] = {"web_session_timestamp": int(request.now) - 600}
    sessions = {"recent": session, "none": {"web_session_timestamp": 0}, "absent": {}}
    return SchoologyResponse(200, sessions[request.quirks.web_session] | {"api_uid": request.user.id})


def _list_users(request: SchoologyRequest) -> SchoologyResponse:
    _require_directory_access(request)
    selected: Sequence[User]
    if "school_uids" in request.params:
        # A lookup by code: the order of the result is that of the ids, not of the codes.
        codes = split_list(request.params["school_uids"], _MAX_CODES)
        users = [request.school.by_sis(User, code) for code in dict.fromkeys(codes)]
        selected = sorted((user for user in users if user and _is_listed(user)), key=lambda user: user.id)
    else:
        selected = [user for user in request.school.users.values() if _is_listed(user)]
    if "building_id" in request.params:
        building_id, root_id = parse_id(request.params["building_id"]), request.school.root.id
        selected = [user for user in selected if (user.account_id or root_id) == building_id]
    if "role_ids" in request.params:
        role_ids = set(split_list(request.params["role_ids"]))
        positions = {position for position, role in serializers.ROLES.items() if str(role[0]) in role_ids}
        selected = [user for user in selected if user.position in positions]

    def serialize(request: SchoologyRequest, user: User) -> Json:
        size, extended = request.picture_size, "extended" in request.params
        row = serializers.serialize_user(request, user, size=size, extended=extended)
        if request.params.get("parent_access_codes") == "1":
            row["parent_access_code"] = _parent_access_code(user)
        return row

    if "start_id" in request.params:
        return request.page_after("user", selected, serialize, "users")
    return request.page("user", selected, serialize, "users", total="str")


def _list_inactive(request: SchoologyRequest) -> SchoologyResponse:
    _require_directory_access(request)
    users = [user for user in request.school.users.values() if user.state == "inactive"]
    return request.page("user", users, _serialize_inactive, "users/inactive", total="int")


def _list_sections(request: SchoologyRequest, user_id: str) -> SchoologyResponse:
    user = _find_user(request, user_id)
    is_related = user.id == request.user.id or user.id in request.user.child_ids
    if request.rights in {"student", "parent"} and not is_related:
        raise SchoologyError(403)
    states = LISTED_STATES if "include_past" in request.params else ("active",)
    # A parent account has no sections of its own: its list is empty.
    sections: dict[int, Section] = {}
    for enrollment in request.school.enrollments_of_user(user.id):
        section = request.school.sections[enrollment.section_id]
        is_member = enrollment.role in MEMBER_ROLES and enrollment.state in states
        if is_member and request.section_exists(section):
            sections[section.id] = section
    rows = request.current_sections(sections.values())
    serialize = partial(serializers.serialize_user_section, user=user)
    return request.page("section", rows, serialize, f"users/{user.id}/sections", total="absent")


def _require_directory_access(request: SchoologyRequest) -> None:
    # A personal key may read only its owner.
    if request.rights == "personal":
        raise SchoologyError(401)
    request.require("admin", "staff")


def _find_user(request: SchoologyRequest, user_id: str) -> User:
    if not user_id.isdigit():
        raise SchoologyError(400)
    request.require_own(parse_id(user_id))
    user: User = request.find(request.school.users, user_id)
    if not _is_listed(user):
        raise request.not_found()
    return user


def _is_listed(user: User) -> bool:
    return user.state in {"registered", "unconfirmed"}


def _serialize_inactive(request: SchoologyRequest, user: User) -> Json:
    admins = request.school.admins.get(request.school.root.id, ())
    inactive_since = int(request.school.now.timestamp()) - _INACTIVE_SECONDS
    return serializers.serialize_inactive_user(user, min(admins, default=request.user.id), inactive_since)


def _parent_access_code(user: User) -> str:
    # Derived from the id, so that it does not change. Only students have one.
    return f"{user.id * 7919 % 36**5:05}-{user.id % 10**5:05}" if user.position == "student" else ""
