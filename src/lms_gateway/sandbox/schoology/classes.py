"""Reading `/courses` and `/sections`, with their enrollments and grading periods.

https://developers.schoology.com/api-documentation/rest-api-v1/course-section
"""

from collections.abc import Mapping, Sequence

from lms_gateway.sandbox.records import Course, Enrollment, Section

from .shapes import (
    STATUSES,
    tell_course,
    tell_enrollment,
    tell_enrollment_row,
    tell_period_of_section,
    tell_section,
    tell_section_found,
    tell_section_row,
)
from .view import (
    LEADS,
    Answer,
    Json,
    Params,
    Refusal,
    View,
    grading_periods,
    listed,
    parse_id,
    split_list,
)

UNTOLD = frozenset(
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
_MOST_AT_ONCE = 50


def read_courses(view: View, rest: Sequence[str], params: Params) -> Answer:
    """Answer what follows `/courses`."""
    if view.rights in {"student", "parent"}:
        raise Refusal(403)  # even for a course they attend
    match rest:
        case []:
            view.require("admin")
            return _list_courses(view, params)
        case [number, *deeper]:
            course = find_course(view, number)
        case _:
            raise Refusal(404)
    match deeper:
        case ["sections"]:
            return _list_sections(view, course, params)
        case ["enrollments", *_]:
            raise Refusal(403)  # a course is no realm of enrollments
        case _:
            # The course itself, also where something that it does not have is asked of it.
            return Answer(200, tell_course(view, course))


def read_sections(view: View, rest: Sequence[str], params: Params) -> Answer:
    """Answer what follows `/sections`."""
    match rest:
        case []:
            return _find_by_codes(view, params)
        case ["ext", code]:
            return _find_by_code(view, code, params)
        case [number, *deeper]:
            section = find_section(view, number)
        case _:
            raise Refusal(404)
    match deeper:
        case ["enrollments"]:
            return _list_enrollments(view, section, params)
        case ["enrollments", number]:
            return _tell_enrollment(view, section, number, params)
        case ["grading_periods"]:
            return _list_periods(view, section)
        case ["attendance", *_]:
            raise Refusal(410)
        case [name, *_] if name in UNTOLD:
            raise Refusal(501, "The sandbox does not tell this.")
        case _:
            return Answer(200, tell_section(view, section, size=params.get("picture_size", "")))


def _list_courses(view: View, params: Params) -> Answer:
    found = [one for one in view.school.courses.values() if one.state != "deleted"]
    if "building_id" in params:
        building = parse_id(params["building_id"])
        found = [one for one in found if one.account_id == building]
    with_district = params.get("fetch_district_course_name") == "1"

    def tell(course: Course) -> Json:
        return tell_course(view, course, district_name=with_district)

    return view.page("course", found, tell, "courses", params, total="str")


def _list_sections(view: View, course: Course, params: Params) -> Answer:
    found = view.of_today(view.school.sections_of_course(course.id), params)

    def tell(section: Section) -> Json:
        return tell_section_row(view, section)

    return view.page("section", found, tell, f"courses/{course.id}/sections", params, total="str")


def _find_by_codes(view: View, params: Params) -> Answer:
    if not params.get("section_school_codes"):
        raise Refusal(403)  # there is no list of all sections
    codes = split_list(params["section_school_codes"], _MOST_AT_ONCE)
    sections = [view.school.by_sis(Section, code) for code in dict.fromkeys(codes)]
    seen = [one for one in sections if one and view.exists(one) and view.sees_section(one)]
    # By id, not as asked: whoever looks up must match by code.
    found = view.of_today(sorted(seen, key=lambda one: one.id), params)

    def tell(section: Section) -> Json:
        return tell_section_found(view, section)

    if view.habits.lookup_paged:
        return view.page("section", found, tell, "sections", params, total="int")
    links = {"self": view.page_url("sections", params)}
    return view.envelope("section", [tell(one) for one in found], links, len(found), "int")


def _find_by_code(view: View, code: str, params: Params) -> Answer:
    section = view.school.by_sis(Section, code)
    if section is None or not view.exists(section):
        raise view.unknown()
    if not view.sees_section(section):
        raise Refusal(403)
    if view.habits.section_ext == "redirect":
        return view.point_to("sections", section.id)
    return Answer(200, tell_section(view, section, size=params.get("picture_size", "")))


def _list_enrollments(view: View, section: Section, params: Params) -> Answer:
    _require_roster(view)
    found = listed(view.school.enrollments_of_section(section.id))
    if "uid" in params:
        people = {parse_id(one) for one in split_list(params["uid"])}
        found = [one for one in found if one.user_id in people]
    if "enrollment_status" in params:
        statuses = set(split_list(params["enrollment_status"]))
        found = [one for one in found if str(STATUSES[one.state]) in statuses]
    if types := set(split_list(params.get("type", ""))) & {"admin", "member"}:
        found = [one for one in found if ("admin" if one.role in LEADS else "member") in types]

    def tell(one: Enrollment) -> Json:
        return tell_enrollment_row(view, one, size=params.get("picture_size", ""))

    path = f"sections/{section.id}/enrollments"
    return view.page("enrollment", found, tell, path, params, total="str")


def _tell_enrollment(view: View, section: Section, number: str, params: Params) -> Answer:
    _require_roster(view)
    one = view.school.enrollments.get(parse_id(number))
    if one is None or one not in listed([one]):
        raise view.unknown()
    if one.section_id != section.id:
        raise Refusal(403)  # an enrollment of another realm
    return Answer(200, tell_enrollment(view, one, size=params.get("picture_size", "")))


def _list_periods(view: View, section: Section) -> Answer:
    found = [view.school.terms.get(at) for at in grading_periods(view.school, section)]
    terms = [term for term in found if term is not None and term.state == "active"]
    share = 100 // max(1, len(terms))
    rows = [tell_period_of_section(term, share) for term in terms]
    links = {"self": view.url("sections", section.id, "grading_periods")}
    return Answer(200, {"grading_period": rows, "links": links})


def _require_roster(view: View) -> None:
    if view.rights == "personal":
        raise Refusal(401)  # a roster is other people's data
    view.require("admin", "staff")


def find_course(view: View, number: str) -> Course:
    """The course with this id. Raises Refusal."""
    _refuse_other_kind(number, view.school.courses, view.school.sections)
    course: Course = view.find(view.school.courses, number)
    return course


def find_course_by_code(view: View, code: str) -> Course:
    """The course with this code. Raises Refusal where there is none."""
    for course in view.school.courses.values():
        if course.code == code and course.state != "deleted":
            return course
    raise view.unknown()


def find_section(view: View, number: str) -> Section:
    """The section with this id, where this caller may see it. Raises Refusal."""
    _refuse_other_kind(number, view.school.sections, view.school.courses)
    section: Section = view.find(view.school.sections, number)
    if not view.exists(section):
        raise view.unknown()
    if not view.sees_section(section):
        raise Refusal(403)
    return section


def _refuse_other_kind(
    number: str, wanted: Mapping[int, object], other: Mapping[int, object]
) -> None:
    """An id of the wrong kind is forbidden rather than unknown."""
    if parse_id(number) not in wanted and parse_id(number) in other:
        raise Refusal(403)
