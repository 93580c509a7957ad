"""Filters and sort orders that only Canvas has: from arguments to query parameters.

Canvas silently ignores a list sent as a single value, an order without a sort, and unknown values.
They are refused here.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Callable, Mapping
from typing import Any

from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.loads import Arguments
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.rows.ids import parse_id

EncodeFilter = Callable[[str, Any], Params]
"""From a filter's name and value to parameters. Raises BadInput for an invalid value."""


def account_course_params(arguments: Arguments) -> Params:
    """Return the parameters for an account's courses."""
    arguments_by_name = dict(arguments)
    if "order" in arguments_by_name and "sort" not in arguments_by_name:
        raise BadInput("order: requires sort")
    return _encode(arguments, _ACCOUNT_COURSES, "an account's courses")


def user_course_params(arguments: Arguments) -> Params:
    """Return the parameters for the courses that a user is enrolled in."""
    return _encode(arguments, _USER_COURSES, "a user's courses")


def course_user_params(arguments: Arguments) -> tuple[Params, Params]:
    """Return the parameters for a course's users: of each page, and of the first page only.

    `user_id` selects the page that contains a user, so later pages must not repeat it.
    """
    params = _encode(arguments, _COURSE_USERS, "a course's users")
    first_page_params = tuple(param for param in params if param[0] == "user_id")
    return tuple(param for param in params if param not in first_page_params), first_page_params


def reject_canvas_filters(arguments: Arguments, list_name: str) -> None:
    """Raise Unsupported if there is a filter: Canvas does not have it on this list."""
    if arguments:
        raise Unsupported(f"{arguments[0][0]}: Canvas does not narrow {list_name} by it")


def _encode(arguments: Arguments, encoders: Mapping[str, EncodeFilter], list_name: str) -> Params:
    params: list[tuple[str, str]] = []
    for name, value in arguments:
        if name not in encoders:
            reject_canvas_filters(((name, value),), list_name)
        params += encoders[name](name, value)
    return tuple(params)


def _encode_flag(name: str, value: Any) -> Params:
    """Send false as well: it differs from a missing parameter."""
    if not isinstance(value, bool):
        raise BadInput(f"{name}: must be true or false")
    return ((name, "true" if value else "false"),)


def _encode_presence(name: str, value: Any) -> Params:
    """Omit false: Canvas reads any value as true."""
    return _encode_flag(name, value) if value is not False else ()


def _encode_id(name: str, value: Any) -> Params:
    canonical = parse_id(value)
    if canonical is None:
        raise BadInput(f"{name}: not the id of a Canvas object")
    return ((name, canonical),)


def _encode_ids(name: str, value: Any) -> Params:
    """Send a list even of one id: Canvas ignores a single value."""
    return tuple(param for item in _as_tuple(value) for param in _encode_id(f"{name}[]", item))


def _encode_text(name: str, value: Any) -> Params:
    return ((name, str(value)),)


def _encode_choice(*choices: str) -> EncodeFilter:
    def encode(name: str, value: Any) -> Params:
        if value not in choices:
            raise BadInput(f"{name}: must be one of {', '.join(choices)}")
        return ((name, value),)

    return encode


def _encode_list(encode: EncodeFilter) -> EncodeFilter:
    def encode_all(name: str, value: Any) -> Params:
        return tuple((f"{name}[]", word) for item in _as_tuple(value) for _, word in encode(name, item))

    return encode_all


def _encode_single(encode: EncodeFilter) -> EncodeFilter:
    """Encode a list of one item as a single value. Raises Unsupported for more items."""

    def encode_one(name: str, value: Any) -> Params:
        items = _as_tuple(value)
        if len(items) != 1:
            raise Unsupported(f"{name}: Canvas narrows this list to one of them")
        return encode(name, items[0])

    return encode_one


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


_ENCODE_ENROLLMENT_TYPE = _encode_choice("teacher", "student", "ta", "observer", "designer")
_FLAGS = "with_enrollments published completed blueprint blueprint_associated public homeroom"
_SORTS = "course_status course_name sis_course_id teacher account_name term subaccount"
_ACCOUNT_COURSES: Mapping[str, EncodeFilter] = {
    **dict.fromkeys(_FLAGS.split(), _encode_flag),
    "enrollment_type": _encode_list(_ENCODE_ENROLLMENT_TYPE),
    "by_subaccounts": _encode_ids,
    "hide_enrollmentless_courses": _encode_presence,
    "sort": _encode_choice(*_SORTS.split()),
    "order": _encode_choice("asc", "desc"),
    "search_by": _encode_choice("course", "teacher"),
    "starts_before": _encode_text,
    "ends_after": _encode_text,
}
_USER_COURSES: Mapping[str, EncodeFilter] = {
    "enrollment_type": _encode_single(_ENCODE_ENROLLMENT_TYPE),
    "enrollment_role": _encode_text,
    "enrollment_role_id": _encode_id,
    "enrollment_state": _encode_choice("active", "invited_or_pending", "completed"),
    "exclude_blueprint_courses": _encode_flag,
    "homeroom": _encode_flag,
    "account_id": _encode_id,
}
_COURSE_USERS: Mapping[str, EncodeFilter] = {
    "sort": _encode_choice("username", "last_login", "email", "sis_id"),
    "enrollment_role": _encode_text,
    "enrollment_role_id": _encode_id,
    "user_id": _encode_id,
}
