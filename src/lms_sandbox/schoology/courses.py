"""Reading `/courses` and `/sections`, with their enrollments and grading periods.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

from collections.abc import Mapping, Sequence

from lms_sandbox.data.models import Course, Enrollment, Section
from lms_sandbox.schoology.context import (
    ADMIN_ROLES,
    Json,
    Params,
    SchoologyError,
    SchoologyRequest,
    SchoologyResponse,
    grading_periods,
    listed_enrollments,
    parse_id,
    split_list,
)
from lms_sandbox.schoology.serializers import (
    STATUSES,
    serialize_course,
    serialize_enrollment,
    serialize_enrollment_row,
    serialize_section,
    serialize_section_lookup,
    serialize_section_period,
    serialize_section_row,
)

UNSUPPORTED_SECTION_RESOURCES = frozenset(
    {
        "albums",
        "assignments",
        "completion",
        "discussions",
        "documents",
        "events",
        "folders",
        "grade_items",
        "grades",
        "grading_categories",
        "grading_groups",
        "grading_rubrics",
        "grading_scales",
        "pages",
        "submissions",
        "updates",
    }
)
"""What sections have at Schoology and not in this sandbox."""
_MAX_CODES = 50


def read_courses(
    request: SchoologyRequest, segments: Sequence[str], params: Params
) -> SchoologyResponse:
    """Answer what follows `/courses`."""
    if request.rights in {"student", "parent"}:
        raise SchoologyError(403)  # even for a course they attend
    match segments:
        case []:
            request.require("admin")
            return _list_courses(request, params)
        case [number, *subpath]:
            course = find_course(request, number)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["sections"]:
            return _list_sections(request, course, params)
        case ["enrollments", *_]:
            raise SchoologyError(403)  # a course is no realm of enrollments
        case _:
            # The course itself, also where something that it does not have is asked of it.
            return SchoologyResponse(200, serialize_course(request, course))


def read_sections(
    request: SchoologyRequest, segments: Sequence[str], params: Params
) -> SchoologyResponse:
    """Answer what follows `/sections`."""
    match segments:
        case []:
            return _find_by_codes(request, params)
        case ["ext", code]:
            return _find_by_code(request, code, params)
        case [number, *subpath]:
            section = find_section(request, number)
        case _:
            raise SchoologyError(404)
    match subpath:
        case ["enrollments"]:
            return _list_enrollments(request, section, params)
        case ["enrollments", number]:
            return _show_enrollment(request, section, number, params)
        case ["grading_periods"]:
            return _list_periods(request, section)
        case ["attendance", *_]:
            raise SchoologyError(410)
        case [name, *_] if name in UNSUPPORTED_SECTION_RESOURCES:
            raise SchoologyError(501, "The sandbox does not tell this.")
        case _:
            return SchoologyResponse(
                200, serialize_section(request, section, size=params.get("picture_size", ""))
            )


def _list_courses(request: SchoologyRequest, params: Params) -> SchoologyResponse:
    courses = [course for course in request.school.courses.values() if course.state != "deleted"]
    if "building_id" in params:
        building_id = parse_id(params["building_id"])
        courses = [course for course in courses if course.account_id == building_id]
    with_district_name = params.get("fetch_district_course_name") == "1"

    def serialize(course: Course) -> Json:
        return serialize_course(request, course, district_name=with_district_name)

    return request.page("course", courses, serialize, "courses", params, total="str")


def _list_sections(request: SchoologyRequest, course: Course, params: Params) -> SchoologyResponse:
    sections = request.current_sections(request.school.sections_of_course(course.id), params)

    def serialize(section: Section) -> Json:
        return serialize_section_row(request, section)

    return request.page(
        "section", sections, serialize, f"courses/{course.id}/sections", params, total="str"
    )


def _find_by_codes(request: SchoologyRequest, params: Params) -> SchoologyResponse:
    if not params.get("section_school_codes"):
        raise SchoologyError(403)  # there is no list of all sections
    codes = split_list(params["section_school_codes"], _MAX_CODES)
    sections = [request.school.by_sis(Section, code) for code in dict.fromkeys(codes)]
    visible = [
        section
        for section in sections
        if section and request.section_exists(section) and request.sees_section(section)
    ]
    # By id, not as asked: whoever looks up must match by code.
    matches = request.current_sections(sorted(visible, key=lambda section: section.id), params)

    def serialize(section: Section) -> Json:
        return serialize_section_lookup(request, section)

    if request.quirks.lookup_paged:
        return request.page("section", matches, serialize, "sections", params, total="int")
    links = {"self": request.page_url("sections", params)}
    return request.envelope(
        "section", [serialize(section) for section in matches], links, len(matches), "int"
    )


def _find_by_code(request: SchoologyRequest, code: str, params: Params) -> SchoologyResponse:
    section = request.school.by_sis(Section, code)
    if section is None or not request.section_exists(section):
        raise request.not_found()
    if not request.sees_section(section):
        raise SchoologyError(403)
    if request.quirks.section_ext == "redirect":
        return request.redirect_to("sections", section.id)
    return SchoologyResponse(
        200, serialize_section(request, section, size=params.get("picture_size", ""))
    )


def _list_enrollments(
    request: SchoologyRequest, section: Section, params: Params
) -> SchoologyResponse:
    _require_roster(request)
    enrollments = listed_enrollments(request.school.enrollments_of_section(section.id))
    if "uid" in params:
        user_ids = {parse_id(enrollment) for enrollment in split_list(params["uid"])}
        enrollments = [enrollment for enrollment in enrollments if enrollment.user_id in user_ids]
    if "enrollment_status" in params:
        statuses = set(split_list(params["enrollment_status"]))
        enrollments = [
            enrollment for enrollment in enrollments if str(STATUSES[enrollment.state]) in statuses
        ]
    if types := set(split_list(params.get("type", ""))) & {"admin", "member"}:
        enrollments = [
            enrollment
            for enrollment in enrollments
            if ("admin" if enrollment.role in ADMIN_ROLES else "member") in types
        ]

    def serialize(enrollment: Enrollment) -> Json:
        return serialize_enrollment_row(request, enrollment, size=params.get("picture_size", ""))

    path = f"sections/{section.id}/enrollments"
    return request.page("enrollment", enrollments, serialize, path, params, total="str")


def _show_enrollment(
    request: SchoologyRequest, section: Section, number: str, params: Params
) -> SchoologyResponse:
    _require_roster(request)
    enrollment = request.school.enrollments.get(parse_id(number))
    if enrollment is None or enrollment not in listed_enrollments([enrollment]):
        raise request.not_found()
    if enrollment.section_id != section.id:
        raise SchoologyError(403)  # an enrollment of another realm
    return SchoologyResponse(
        200, serialize_enrollment(request, enrollment, size=params.get("picture_size", ""))
    )


def _list_periods(request: SchoologyRequest, section: Section) -> SchoologyResponse:
    candidates = [
        request.school.terms.get(term_id) for term_id in grading_periods(request.school, section)
    ]
    terms = [term for term in candidates if term is not None and term.state == "active"]
    weight = 100 // max(1, len(terms))
    rows = [serialize_section_period(term, weight) for term in terms]
    links = {"self": request.url("sections", section.id, "grading_periods")}
    return SchoologyResponse(200, {"grading_period": rows, "links": links})


def _require_roster(request: SchoologyRequest) -> None:
    if request.rights == "personal":
        raise SchoologyError(401)  # a roster is other people's data
    request.require("admin", "staff")


def find_course(request: SchoologyRequest, number: str) -> Course:
    """The course with this id. Raises Refusal."""
    _reject_other_kind(number, request.school.courses, request.school.sections)
    course: Course = request.find(request.school.courses, number)
    return course


def find_course_by_code(request: SchoologyRequest, code: str) -> Course:
    """The course with this code. Raises Refusal where there is none."""
    for course in request.school.courses.values():
        if course.code == code and course.state != "deleted":
            return course
    raise request.not_found()


def find_section(request: SchoologyRequest, number: str) -> Section:
    """The section with this id, where this caller may see it. Raises Refusal."""
    _reject_other_kind(number, request.school.sections, request.school.courses)
    section: Section = request.find(request.school.sections, number)
    if not request.section_exists(section):
        raise request.not_found()
    if not request.sees_section(section):
        raise SchoologyError(403)
    return section


def _reject_other_kind(
    number: str, records: Mapping[int, object], other_records: Mapping[int, object]
) -> None:
    """An id of the wrong kind is forbidden rather than unknown."""
    if parse_id(number) not in records and parse_id(number) in other_records:
        raise SchoologyError(403)
