"""From a method and a path to the write that answers it."""

from lms_sandbox.schoology.context import (
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
)
from lms_sandbox.schoology.course_writes import write_courses
from lms_sandbox.schoology.enrollment_writes import (
    create_in_any_section,
    delete_many,
    import_by_codes,
    join_by_access_code,
    write_roster,
)
from lms_sandbox.schoology.routes import allowed_methods, parse_params, split_path
from lms_sandbox.schoology.section_copies import SectionCopyJobs, copy_sections
from lms_sandbox.schoology.section_writes import write_sections

_UNSUPPORTED_RESOURCES = {
    "enrollments",
    "gradingperiods",
    "messages",
    "schools",
    "users",
}
"""What can be written at Schoology and not, or not all of it, in this sandbox."""


def route_write(
    request: SchoologyRequest,
    copy_jobs: SectionCopyJobs,
    method: str,
    path: str,
    query: str,
    body: bytes,
) -> SchoologyResponse:
    """Answer a POST, PUT or DELETE of `path` (below the base, not decoded). Raises Refusal."""
    try:
        response = _route_write(request, copy_jobs, method, path, parse_params(query), body)
    except SchoologyError as error:
        if request.quirks.refusal_text == "empty":
            raise SchoologyError(error.status) from None
        raise
    if response is not None:
        return response
    if method in allowed_methods(request, path) and split_path(path)[0] in _UNSUPPORTED_RESOURCES:
        raise SchoologyError(501, "The sandbox does not do this.")
    raise SchoologyError(405)


def _route_write(
    request: SchoologyRequest,
    copy_jobs: SectionCopyJobs,
    method: str,
    path: str,
    params: Params,
    body: bytes,
) -> SchoologyResponse | None:
    match method, *split_path(path):
        case "POST", "sections", "copy":
            return copy_sections(request, copy_jobs, params, body)
        case _, "sections", "copy":
            return None
        case "POST", "sections", number, "accesscode":
            return join_by_access_code(request, number, body)
        case _, "sections", number, "enrollments", *segments:
            return write_roster(request, method, number, segments, params, body)
        case _, "sections", *segments:
            return write_sections(request, method, segments, params, body)
        case _, "courses", *segments:
            return write_courses(request, method, segments, params, body)
        case "POST", "enrollments":
            return create_in_any_section(request, params, body)
        case "DELETE", "enrollments":
            return delete_many(request, params)
        case "POST", "enrollments", "import", "course":
            return import_by_codes(request, None, body)
        case "POST", "enrollments", "import", "course", periods:
            return import_by_codes(request, periods, body)
        case _:
            return None
