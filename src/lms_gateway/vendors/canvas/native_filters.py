"""Filters and orders that only Canvas has, by its own names: from arguments to a query.

What Canvas ignores without a word is refused here: a list sent as a word, an order without a sort,
a word that it does not know.

https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from collections.abc import Callable, Mapping
from typing import Any

from lms_gateway.domain.asks import Arguments
from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.values import read_id

Write = Callable[[str, Any], Params]
"""From a filter's name and value to the query. Raises BadInput for a value that is none of its."""


def account_course_params(given: Arguments) -> Params:
    """For an account's courses."""
    names = dict(given)
    if "order" in names and "sort" not in names:
        raise BadInput("order: Canvas puts courses in order only where `sort` says by what")
    return _write(given, _ACCOUNT_COURSES, "an account's courses")


def own_course_params(given: Arguments) -> Params:
    """For the courses that somebody is enrolled in."""
    return _write(given, _OWN_COURSES, "a user's courses")


def course_user_params(given: Arguments) -> tuple[Params, Params]:
    """For a course's people: what each page is asked with, and what the first one is.

    `user_id` leads to the page that somebody is on, which the pages behind must not be led to.
    """
    params = _write(given, _COURSE_USERS, "a course's users")
    opening = tuple(one for one in params if one[0] == "user_id")
    return tuple(one for one in params if one not in opening), opening


def refuse_native(given: Arguments, what: str) -> None:
    """Raises Unsupported for any such filter on a list that Canvas does not narrow by them."""
    if given:
        raise Unsupported(f"{given[0][0]}: Canvas does not narrow {what} by it")


def _write(given: Arguments, writers: Mapping[str, Write], what: str) -> Params:
    params: list[tuple[str, str]] = []
    for name, value in given:
        if name not in writers:
            refuse_native(((name, value),), what)
        params += writers[name](name, value)
    return tuple(params)


def _flag(name: str, value: Any) -> Params:
    """False is not the same as left out."""
    if not isinstance(value, bool):
        raise BadInput(f"{name}: true or false")
    return ((name, "true" if value else "false"),)


def _presence(name: str, value: Any) -> Params:
    """Canvas heeds that it is there, whatever it says."""
    return _flag(name, value) if value is not False else ()


def _id(name: str, value: Any) -> Params:
    found = read_id(value)
    if found is None:
        raise BadInput(f"{name}: not the id of a Canvas object")
    return ((name, found),)


def _ids(name: str, value: Any) -> Params:
    """Always as a list: Canvas ignores a single one."""
    return tuple(one for each in _several(value) for one in _id(f"{name}[]", each))


def _text(name: str, value: Any) -> Params:
    return ((name, str(value)),)


def _words(*words: str) -> Write:
    def write(name: str, value: Any) -> Params:
        if value not in words:
            raise BadInput(f"{name}: one of {', '.join(words)}")
        return ((name, value),)

    return write


def _list_of(write: Write) -> Write:
    def write_all(name: str, value: Any) -> Params:
        return tuple(
            (f"{name}[]", word) for each in _several(value) for _, word in write(name, each)
        )

    return write_all


def _first_of(write: Write) -> Write:
    """For what Canvas takes once, also where a list of one is given."""

    def write_one(name: str, value: Any) -> Params:
        several = _several(value)
        if len(several) != 1:
            raise Unsupported(f"{name}: Canvas narrows this list to one of them")
        return write(name, several[0])

    return write_one


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


_TYPE = _words("teacher", "student", "ta", "observer", "designer")
_ACCOUNT_COURSES: Mapping[str, Write] = {
    **dict.fromkeys(
        (
            "with_enrollments",
            "published",
            "completed",
            "blueprint",
            "blueprint_associated",
            "public",
            "homeroom",
        ),
        _flag,
    ),
    "enrollment_type": _list_of(_TYPE),
    "by_subaccounts": _ids,
    "hide_enrollmentless_courses": _presence,
    "sort": _words(
        "course_status",
        "course_name",
        "sis_course_id",
        "teacher",
        "account_name",
        "term",
        "subaccount",
    ),
    "order": _words("asc", "desc"),
    "search_by": _words("course", "teacher"),
    "starts_before": _text,
    "ends_after": _text,
}
_OWN_COURSES: Mapping[str, Write] = {
    "enrollment_type": _first_of(_TYPE),
    "enrollment_role": _text,
    "enrollment_role_id": _id,
    "enrollment_state": _words("active", "invited_or_pending", "completed"),
    "exclude_blueprint_courses": _flag,
    "homeroom": _flag,
    "account_id": _id,
}
_COURSE_USERS: Mapping[str, Write] = {
    "sort": _words("username", "last_login", "email", "sis_id"),
    "enrollment_role": _text,
    "enrollment_role_id": _id,
    "user_id": _id,
}
