"""From a path to what answers it: every GET, and which methods a path knows."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

from lms_sandbox.schoology.context import (
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
)
from lms_sandbox.schoology.courses import read_courses, read_sections
from lms_sandbox.schoology.schools import read_periods, read_roles, read_schools
from lms_sandbox.schoology.users import read_app_user, read_users


def route_read(request: SchoologyRequest, path: str, query: str) -> SchoologyResponse:
    """Answer a GET of `path` (below the base, not decoded). Raises Refusal."""
    params = parse_params(query)
    match split_path(path):
        case ["app-user-info"]:
            return read_app_user(request)
        case ["courses", *segments]:
            return read_courses(request, segments, params)
        case ["gradingperiods", *segments]:
            return read_periods(request, segments, params)
        case ["multiget" | "multioptions"]:
            raise SchoologyError(405)
        case ["roles", *segments]:
            return read_roles(request, segments)
        case ["schools", *segments]:
            return read_schools(request, segments)
        case ["sections", *segments]:
            return read_sections(request, segments, params)
        case ["users", *segments]:
            return read_users(request, segments, params)
        case _:
            raise SchoologyError(404)


def allowed_methods(request: SchoologyRequest, path: str) -> list[str]:
    """What OPTIONS tells of a path: what it can do in general, not what this caller may."""
    match split_path(path):
        case ["users"]:
            # Seen live: for a caller who may not list users, GET and POST are missing here.
            list_methods = ["GET", "POST"] if request.rights in {"admin", "staff"} else []
            return sorted(["DELETE", "PUT", *list_methods])
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
            raise SchoologyError(404)


def split_path(path: str) -> Sequence[str]:
    """The decoded segments of a path; an encoded slash stays inside its segment."""
    return [unquote(segment) for segment in path.strip("/").split("/")]


def parse_params(query: str) -> Params:
    """The parameters of a query; of one that is given twice, the last (as PHP does)."""
    return dict(parse_qsl(query, keep_blank_values=True))
