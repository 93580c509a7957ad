"""Reading `/users` and `/app-user-info`.

https://developers.schoology.com/api-documentation/rest-api-v1/user
"""

from collections.abc import Sequence

from lms_gateway.sandbox.records import Section, User

from .shapes import (
    ROLES,
    tell_section_of_user,
    tell_user,
    tell_user_alone,
    tell_user_inactive,
)
from .view import LISTED, MEMBERS, Answer, Json, Params, Refusal, View, parse_id, split_list

LANGUAGES = (
    ("en", "English"),
    ("es", "Spanish"),
    ("fr", "French"),
    ("de", "German"),
    ("pt-br", "Portuguese, Brazil"),
)
UNTOLD = frozenset({"events", "grades", "groups", "network", "requests", "updates"})
"""What users have at Schoology and not in this sandbox."""
_MOST_AT_ONCE = 50
_INACTIVE_FOR = 30 * 86_400


def read_users(view: View, rest: Sequence[str], params: Params) -> Answer:
    """Answer what follows `/users`."""
    match rest:
        case []:
            return _list_users(view, params)
        case ["me"]:
            return view.point_to("users", view.user.id)
        case ["ext", code]:
            user = view.school.by_sis(User, code)
            if user is None or not _is_there(user):
                raise view.unknown()
            return view.point_to("users", user.id)
        case ["languages"]:
            rows = [{"language_code": code, "language_name": name} for code, name in LANGUAGES]
            return Answer(200, {"language": rows})
        case ["inactive"]:
            return _list_inactive(view, params)
        case ["inactive", number]:
            _require_everybody(view)
            gone = view.find(view.school.users, number)
            if gone.state != "inactive":
                raise view.unknown()
            return Answer(200, _tell_inactive(view, gone))
        case [number]:
            user = _find(view, number)
            size, extended = params.get("picture_size", ""), "extended" in params
            return Answer(200, tell_user_alone(view, user, size=size, extended=extended))
        case [number, "sections"]:
            return _list_sections(view, number, params)
        case [number, name] if name in UNTOLD:
            _find(view, number)
            raise Refusal(501, "The sandbox does not tell this.")
        case _:
            raise Refusal(400)


def read_app_user(view: View) -> Answer:
    """Who asks, without a hop."""
    session: dict[str, Json] = {"web_session_timestamp": int(view.now) - 600}
    if view.habits.web_session == "none":
        session = {"web_session_timestamp": 0}
    elif view.habits.web_session == "absent":
        session = {}
    return Answer(200, session | {"api_uid": view.user.id})


def _list_users(view: View, params: Params) -> Answer:
    _require_everybody(view)
    found: Sequence[User]
    if "school_uids" in params:
        # Every code is looked up; the users themselves are never searched for it.
        codes = split_list(params["school_uids"], _MOST_AT_ONCE)
        users = [view.school.by_sis(User, code) for code in dict.fromkeys(codes)]
        found = sorted((one for one in users if one and _is_there(one)), key=lambda one: one.id)
    else:
        found = [one for one in view.school.users.values() if _is_there(one)]
    if "building_id" in params:
        building, root = parse_id(params["building_id"]), view.school.root.id
        found = [one for one in found if (one.account_id or root) == building]
    if "role_ids" in params:
        wanted = set(split_list(params["role_ids"]))
        positions = {position for position, role in ROLES.items() if str(role[0]) in wanted}
        found = [one for one in found if one.position in positions]

    def tell(user: User) -> Json:
        size, extended = params.get("picture_size", ""), "extended" in params
        told = tell_user(view, user, size=size, extended=extended)
        if params.get("parent_access_codes") == "1":
            told["parent_access_code"] = _parent_code(user)
        return told

    if "start_id" in params:
        return view.page_after("user", found, tell, "users", params)
    return view.page("user", found, tell, "users", params, total="str")


def _list_inactive(view: View, params: Params) -> Answer:
    _require_everybody(view)
    gone = [one for one in view.school.users.values() if one.state == "inactive"]

    def tell(user: User) -> Json:
        return _tell_inactive(view, user)

    return view.page("user", gone, tell, "users/inactive", params, total="int")


def _list_sections(view: View, number: str, params: Params) -> Answer:
    user = _find(view, number)
    is_related = user.id == view.user.id or user.id in view.user.child_ids
    if view.rights in {"student", "parent"} and not is_related:
        raise Refusal(403)
    past = "include_past" in params
    # An account that only follows children is in no section, and is told so with an empty list.
    sections: dict[int, Section] = {}
    for one in view.school.enrollments_of_user(user.id):
        section = view.school.sections[one.section_id]
        is_shown = one.state == "active" or (past and one.state in LISTED)
        if one.role in MEMBERS and is_shown and view.exists(section):
            sections[section.id] = section
    found = view.of_today(sections.values(), params)

    def tell(section: Section) -> Json:
        return tell_section_of_user(view, section, user)

    return view.page("section", found, tell, f"users/{user.id}/sections", params, total="absent")


def _require_everybody(view: View) -> None:
    # A personal key answers for its owner alone.
    if view.rights == "personal":
        raise Refusal(401)
    view.require("admin", "staff")


def _find(view: View, number: str) -> User:
    if not number.isdigit():
        raise Refusal(400)
    view.require_own(parse_id(number))
    user: User = view.find(view.school.users, number)
    if not _is_there(user):
        raise view.unknown()
    return user


def _is_there(user: User) -> bool:
    return user.state in {"registered", "unconfirmed"}


def _tell_inactive(view: View, user: User) -> Json:
    admins = view.school.admins.get(view.school.root.id, ())
    at = int(view.school.now.timestamp()) - _INACTIVE_FOR
    return tell_user_inactive(user, min(admins, default=view.user.id), at)


def _parent_code(user: User) -> str:
    # Made from the id, so that it is the same tomorrow; only students have one.
    return f"{user.id * 7919 % 36**5:05}-{user.id % 10**5:05}" if user.position == "student" else ""
