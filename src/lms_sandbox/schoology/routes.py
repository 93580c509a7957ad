"""Routes: the function that answers a method and path, and the methods of a path."""

from collections.abc import Sequence
from urllib.parse import unquote

from lms_sandbox.schoology import courses, enrollments, schools, section_copies, sections, users
from lms_sandbox.schoology.context import SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.section_copies import SectionCopyJobs

_PARTLY_SUPPORTED = {"enrollments", "gradingperiods", "messages", "schools", "users"}
"""Resources that Schoology can write and the simulator cannot, or not completely."""


def route_read(request: SchoologyRequest, path: str) -> SchoologyResponse:
    """Answer a GET. `path` is relative to the base and percent-encoded. Raises SchoologyError."""
    match split_path(path):
        case ["app-user-info"]:
            return users.read_app_user(request)
        case ["courses", *segments]:
            return courses.read(request, segments)
        case ["gradingperiods", *segments]:
            return schools.read_periods(request, segments)
        case ["multiget" | "multioptions"]:
            raise SchoologyError(405)
        case ["roles", *segments]:
            return schools.read_roles(request, segments)
        case ["schools", *segments]:
            return schools.read_schools(request, segments)
        case ["sections", *segments]:
            return sections.read(request, segments)
        case ["users", *segments]:
            return users.read(request, segments)
        case _:
            raise SchoologyError(404)


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
    match method, *split_path(path):
        # Courses
        case "POST", "courses":
            return courses.create(request)
        case "PUT", "courses":
            return courses.update_many(request)
        case "DELETE", "courses":
            return courses.delete_many(request)
        case "PUT", "courses", course_id:
            return courses.update(request, course_id)
        case "DELETE", "courses", course_id:
            return courses.delete(request, course_id)
        case "POST", "courses", course_id, "sections":
            return sections.create(request, course_id)
        # Sections
        case "POST", "sections", "copy":
            return section_copies.copy_sections(request, copy_jobs)
        case _, "sections", "copy":
            return None
        case "PUT", "sections":
            return sections.update_many(request)
        case "DELETE", "sections":
            return sections.delete_many(request)
        case "PUT", "sections", section_id:
            return sections.update(request, section_id)
        case "DELETE", "sections", section_id:
            return sections.delete(request, section_id)
        # Enrollments
        case "POST", "sections", section_id, "accesscode":
            return enrollments.join_by_access_code(request, section_id)
        case "POST", "sections", section_id, "enrollments":
            return enrollments.create_in_section(request, section_id)
        case "PUT", "sections", section_id, "enrollments":
            return enrollments.update_in_section(request, section_id)
        case "DELETE", "sections", section_id, "enrollments":
            return enrollments.delete_in_section(request, section_id)
        case "PUT", "sections", section_id, "enrollments", enrollment_id:
            return enrollments.update_enrollment(request, section_id, enrollment_id)
        case "DELETE", "sections", section_id, "enrollments", enrollment_id:
            return enrollments.delete_enrollment(request, section_id, enrollment_id)
        case "POST", "enrollments":
            return enrollments.create_in_any_section(request)
        case "DELETE", "enrollments":
            return enrollments.delete_enrollments(request)
        case "POST", "enrollments", "import", "course":
            return enrollments.import_by_codes(request, None)
        case "POST", "enrollments", "import", "course", periods:
            return enrollments.import_by_codes(request, periods)
        case _:
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
