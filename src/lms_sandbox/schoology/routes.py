"""Routes: the function that answers a method and path, and the methods of a path."""

from collections.abc import Callable, Sequence
from urllib.parse import unquote

from lms_sandbox.schoology import courses, enrollments, schools, section_copies, sections, users
from lms_sandbox.schoology.context import SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.section_copies import SectionCopyJobs

_PARTLY_SUPPORTED = {"enrollments", "gradingperiods", "messages", "schools", "users"}
"""Resources that Schoology can write and the simulator cannot, or not completely."""
_READS: dict[str, Callable[[SchoologyRequest, Sequence[str]], SchoologyResponse]] = {
    "courses": courses.read,
    "gradingperiods": schools.read_periods,
    "roles": schools.read_roles,
    "schools": schools.read_schools,
    "sections": sections.read,
    "users": users.read,
}
_WRITES: dict[tuple[str, ...], Callable[..., SchoologyResponse]] = {
    ("POST", "courses"): courses.create,
    ("PUT", "courses"): courses.update_many,
    ("DELETE", "courses"): courses.delete_many,
    ("PUT", "courses", "*"): courses.update,
    ("DELETE", "courses", "*"): courses.delete,
    ("POST", "courses", "*", "sections"): sections.create,
    ("PUT", "sections"): sections.update_many,
    ("DELETE", "sections"): sections.delete_many,
    ("PUT", "sections", "*"): sections.update,
    ("DELETE", "sections", "*"): sections.delete,
    ("POST", "sections", "*", "accesscode"): enrollments.join_by_access_code,
    ("POST", "sections", "*", "enrollments"): enrollments.create_in_section,
    ("PUT", "sections", "*", "enrollments"): enrollments.update_in_section,
    ("DELETE", "sections", "*", "enrollments"): enrollments.delete_in_section,
    ("PUT", "sections", "*", "enrollments", "*"): enrollments.update_enrollment,
    ("DELETE", "sections", "*", "enrollments", "*"): enrollments.delete_enrollment,
    ("POST", "enrollments"): enrollments.create_in_any_section,
    ("DELETE", "enrollments"): enrollments.delete_enrollments,
    ("POST", "enrollments", "import", "course"): lambda request: enrollments.import_by_codes(request, None),
    ("POST", "enrollments", "import", "course", "*"): enrollments.import_by_codes,
}
"""Method and segments of a path -> function; the segments at each `*` are its arguments."""


def route_read(request: SchoologyRequest, path: str) -> SchoologyResponse:
    """Answer a GET. `path` is relative to the base and percent-encoded. Raises SchoologyError."""
    resource, *segments = split_path(path)
    if not segments and resource in ("multiget", "multioptions"):
        raise SchoologyError(405)
    if not segments and resource == "app-user-info":
        return users.read_app_user(request)
    if resource not in _READS:
        raise SchoologyError(404)
    return _READS[resource](request, segments)


def route_write(
    request: SchoologyRequest, copy_jobs: SectionCopyJobs, method: str, path: str
) -> SchoologyResponse:
    """Answer a POST, PUT or DELETE of a path as in `route_read`. Raises SchoologyError."""
    try:
        response = _find_write(request, copy_jobs, method, path)
    except SchoologyError as error:
        if request.quirks.refusal_text == "empty":
            raise SchoologyError(error.status) from None
        raise
    if response is not None:
        return response
    if method in allowed_methods(request, path) and split_path(path)[0] in _PARTLY_SUPPORTED:
        raise SchoologyError(501, "The simulator does not implement this.")
    raise SchoologyError(405)


def _find_write(
    request: SchoologyRequest, copy_jobs: SectionCopyJobs, method: str, path: str
) -> SchoologyResponse | None:
    """Answer a write; None if the simulator has no such write."""
    segments = split_path(path)
    if segments == ["sections", "copy"]:
        return section_copies.copy_sections(request, copy_jobs) if method == "POST" else None
    for (route_method, *pattern), write in _WRITES.items():
        if route_method == method and len(pattern) == len(segments):
            pairs = list(zip(pattern, segments, strict=True))
            if all(name in ("*", segment) for name, segment in pairs):
                return write(request, *(segment for name, segment in pairs if name == "*"))
    return None


def allowed_methods(request: SchoologyRequest, path: str) -> list[str]:
    """Return the methods that OPTIONS lists for a path; the caller may lack rights for them."""
    match split_path(path):
        case ["users"]:
            # Observed: GET and POST are missing for a caller who may not list users.
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
    """Return the decoded segments of a path; an encoded slash does not split a segment."""
    return [unquote(segment) for segment in path.strip("/").split("/")]
