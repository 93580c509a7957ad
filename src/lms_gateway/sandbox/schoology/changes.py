"""From a method and a path to the write that answers it."""

from .copies import Copies, copy_sections
from .course_writes import write_courses
from .enrollment_writes import (
    create_anywhere,
    delete_many,
    import_by_codes,
    join,
    write_roster,
)
from .reads import allowed_methods, parse_params, split_path
from .section_writes import write_sections
from .view import Answer, Params, Refusal, View

_UNDONE = {
    "enrollments",
    "gradingperiods",
    "messages",
    "schools",
    "users",
}
"""What can be written at Schoology and not, or not all of it, in this sandbox."""


def change(view: View, copies: Copies, method: str, path: str, query: str, body: bytes) -> Answer:
    """Answer a POST, PUT or DELETE of `path` (below the base, not decoded). Raises Refusal."""
    try:
        answer = _change(view, copies, method, path, parse_params(query), body)
    except Refusal as refusal:
        if view.habits.refusal_text == "empty":
            raise Refusal(refusal.status) from None
        raise
    if answer is not None:
        return answer
    if method in allowed_methods(view, path) and split_path(path)[0] in _UNDONE:
        raise Refusal(501, "The sandbox does not do this.")
    raise Refusal(405)


def _change(
    view: View, copies: Copies, method: str, path: str, params: Params, body: bytes
) -> Answer | None:
    match method, *split_path(path):
        case "POST", "sections", "copy":
            return copy_sections(view, copies, params, body)
        case _, "sections", "copy":
            return None
        case "POST", "sections", number, "accesscode":
            return join(view, number, body)
        case _, "sections", number, "enrollments", *rest:
            return write_roster(view, method, number, rest, params, body)
        case _, "sections", *rest:
            return write_sections(view, method, rest, params, body)
        case _, "courses", *rest:
            return write_courses(view, method, rest, params, body)
        case "POST", "enrollments":
            return create_anywhere(view, params, body)
        case "DELETE", "enrollments":
            return delete_many(view, params)
        case "POST", "enrollments", "import", "course":
            return import_by_codes(view, None, body)
        case "POST", "enrollments", "import", "course", periods:
            return import_by_codes(view, periods, body)
        case _:
            return None
