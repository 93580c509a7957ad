"""From a path to what answers it: every GET, and which methods a path knows."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

from .classes import read_courses, read_sections
from .institution import read_periods, read_roles, read_schools
from .people import read_app_user, read_users
from .view import Answer, Params, Refusal, View


def read(view: View, path: str, query: str) -> Answer:
    """Answer a GET of `path` (below the base, not decoded). Raises Refusal."""
    params = parse_params(query)
    match split_path(path):
        case ["app-user-info"]:
            return read_app_user(view)
        case ["courses", *rest]:
            return read_courses(view, rest, params)
        case ["gradingperiods", *rest]:
            return read_periods(view, rest, params)
        case ["multiget" | "multioptions"]:
            raise Refusal(405)
        case ["roles", *rest]:
            return read_roles(view, rest)
        case ["schools", *rest]:
            return read_schools(view, rest)
        case ["sections", *rest]:
            return read_sections(view, rest, params)
        case ["users", *rest]:
            return read_users(view, rest, params)
        case _:
            raise Refusal(404)


def allowed_methods(view: View, path: str) -> list[str]:
    """What OPTIONS tells of a path: what it can do in general, not what this caller may."""
    match split_path(path):
        case ["users"]:
            # Seen live: for a caller who may not list users, GET and POST are missing here.
            listing = ["GET", "POST"] if view.rights in {"admin", "staff"} else []
            return sorted(["DELETE", "PUT", *listing])
        case ["courses"] | ["gradingperiods"] | ["sections", _, "enrollments"]:
            return ["DELETE", "GET", "POST", "PUT"]
        case ["courses", _, "sections"]:
            return ["GET", "POST"]
        case ["sections"]:
            return ["DELETE", "GET", "PUT"]
        case ["enrollments"]:
            return ["DELETE", "POST"]
        case ["messages" | "multiget" | "multioptions"] | ["sections", "copy"]:
            return ["POST"]
        case ["enrollments", "import", "course", *_] | ["sections", _, "accesscode"]:
            return ["POST"]
        case ["users", "me" | "languages" | "inactive"] | ["users" | "sections", "ext", _]:
            return ["GET"]
        case ["users" | "courses" | "sections" | "gradingperiods", _]:
            return ["DELETE", "GET", "PUT"]
        case ["sections", _, "enrollments", _] | ["schools", _]:
            return ["DELETE", "GET", "PUT"]
        case ["schools"] | ["schools", _, "buildings"]:
            return ["GET", "POST"]
        case ["app-user-info" | "roles", *_] | ["users" | "sections", _, _]:
            return ["GET"]
        case _:
            raise Refusal(404)


def split_path(path: str) -> Sequence[str]:
    """The decoded segments of a path; an encoded slash stays inside its segment."""
    return [unquote(segment) for segment in path.strip("/").split("/")]


def parse_params(query: str) -> Params:
    """The parameters of a query; of one that is given twice, the last (as PHP does)."""
    return dict(parse_qsl(query, keep_blank_values=True))
