"""Objects of Schoology: the fields and types that are documented or were observed."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.school import School
from lms_sandbox.schoology.api_keys import STAFF_KEY, STAFF_SECRET, STUDENT_KEY, STUDENT_SECRET
from lms_sandbox.schoology.quirks import SchoologyQuirks
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

SECTION = LAKESIDE.sections[0]
SECTION_FIELDS = {
    "id",
    "course_title",
    "course_code",
    "course_id",
    "school_id",
    "building_id",
    "access_code",
    "section_title",
    "section_code",
    "section_school_code",
    "synced",
    "active",
    "description",
    "grading_periods",
    "profile_url",
    "location",
    "meeting_days",
    "start_time",
    "end_time",
    "weight",
    "options",
    "parent_id",
    "admin",
}
LEVELS = {"grade_level_range_start", "grade_level_range_end"}
USER_FIELDS = {
    "uid",
    "id",
    "school_id",
    "synced",
    "school_uid",
    "building_id",
    "additional_buildings",
    "name_title",
    "name_title_show",
    "name_first",
    "name_first_preferred",
    "use_preferred_first_name",
    "name_middle",
    "name_middle_show",
    "name_last",
    "name_display",
    "username",
    "primary_email",
    "picture_url",
    "gender",
    "position",
    "grad_year",
    "password",
    "role_id",
    "tz_offset",
    "tz_name",
    "parents",
    "child_uids",
    "language",
    "permissions",
}
HIDDEN_OF_STUDENTS = {"username", "primary_email", "gender", "position", "grad_year"}


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(40)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def with_quirks(school: School, **quirks: Any) -> SchoologyCaller:
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller()


# Sections


async def test_a_section_alone_has_levels_as_text_and_no_links(caller: SchoologyCaller) -> None:
    row = await caller.read(f"/sections/{SECTION}")

    assert set(row) == SECTION_FIELDS | LEVELS | {"subject_area"}
    assert row["id"] == str(SECTION)
    assert int(row["id"]) > 2**31
    assert (row["course_id"], row["school_id"]) == (str(LAKESIDE.course), str(LAKESIDE.root))
    assert (row["course_title"], row["course_code"]) == ("Introduction to Biology", "BIO-101")
    assert (row["grade_level_range_start"], row["grade_level_range_end"]) == ("11", "12")
    assert row["subject_area"] == "5"
    assert (row["synced"], row["active"], row["admin"], row["weight"]) == ("1", 1, 1, "0")
    assert row["grading_periods"] == [LAKESIDE.current_term]
    assert row["parent_id"] is None
    assert row["options"]["member_post"] == "1"
    assert row["options"]["hide_overall_grade"] == 0
    assert row["options"]["content_index_visibility"]["pages"] == 1


async def test_a_section_in_a_course_has_links_but_neither_subject_nor_levels(
    caller: SchoologyCaller,
) -> None:
    rows = await caller.rows(f"/courses/{LAKESIDE.course}/sections", "section")

    assert {frozenset(row) for row in rows} == {frozenset(SECTION_FIELDS | {"links"})}
    assert [row["id"] for row in rows] == [str(section_id) for section_id in LAKESIDE.sections]
    assert rows[0]["links"] == {"self": f"{SANDBOX_BASE}/sections/{SECTION}"}


async def test_a_section_of_a_user_has_levels_as_integers(caller: SchoologyCaller) -> None:
    rows = await caller.rows(f"/users/{LAKESIDE.student}/sections", "section")

    assert {frozenset(row) for row in rows} == {frozenset(SECTION_FIELDS | LEVELS | {"links"})}
    assert (rows[0]["grade_level_range_start"], rows[0]["grade_level_range_end"]) == (11, 12)


async def test_a_section_found_by_its_code_has_no_building(caller: SchoologyCaller) -> None:
    code = (await caller.read(f"/sections/{SECTION}"))["section_school_code"]

    page = await caller.read(f"/sections?section_school_codes={code}")

    assert set(page["section"][0]) == (SECTION_FIELDS | {"links"}) - {"building_id"}
    assert page["total"] == 1


async def test_meeting_days_are_text_and_one_empty_text_where_there_are_none(
    school: School, caller: SchoologyCaller
) -> None:
    free = next(section.id for section in school.sections.values() if not section.meeting_days)
    weekend = next(section.id for section in school.sections.values() if section.meeting_days == (0, 6))

    assert (await caller.read(f"/sections/{SECTION}"))["meeting_days"] == ["1", "3", "5"]
    assert (await caller.read(f"/sections/{free}"))["meeting_days"] == [""]

    switched = with_quirks(school, meeting_days="int", saturday=7)
    assert (await switched.read(f"/sections/{weekend}"))["meeting_days"] == [0, 7]
    assert (await switched.read(f"/sections/{free}"))["meeting_days"] == [""]


async def test_the_same_sections_periods_come_in_two_orders(school: School, caller: SchoologyCaller) -> None:
    long = next(section for section in school.sections.values() if len(section.term_ids) > 1)
    rows = await caller.rows(f"/courses/{long.course_id}/sections", "section")
    row = next(row for row in rows if row["id"] == str(long.id))

    alone = await caller.read(f"/sections/{long.id}")

    assert row["grading_periods"] == alone["grading_periods"][::-1]


async def test_codes_and_descriptions_that_are_not_set_are_empty_or_null(
    school: School, caller: SchoologyCaller
) -> None:
    bare = next(
        section.id
        for section in school.sections.values()
        if not section.sis_id and school.courses[section.course_id].state != "deleted"
    )

    assert (await caller.read(f"/sections/{bare}"))["section_school_code"] == ""
    nulls = await with_quirks(school, unset_text=None).read(f"/sections/{bare}")
    assert nulls["section_school_code"] is None


async def test_only_administrators_see_an_access_code(school: School, caller: SchoologyCaller) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)

    assert (await caller.read(f"/sections/{SECTION}"))["access_code"]
    assert (await staff.read(f"/sections/{SECTION}"))["access_code"] == ""
    nulls = with_quirks(school, hidden_access_code=None).with_options(key=STAFF_KEY, secret=STAFF_SECRET)
    assert (await nulls.read(f"/sections/{SECTION}"))["access_code"] is None


async def test_admin_is_the_callers_flag_unless_switched_to_the_users(school: School) -> None:
    path = f"/users/{LAKESIDE.teacher}/sections"
    student = {"key": STUDENT_KEY, "secret": STUDENT_SECRET}

    assert {row["admin"] for row in await with_quirks(school).rows(path, "section")} == {1}
    student_caller = with_quirks(school).with_options(**student)
    rows = await student_caller.rows(f"/users/{LAKESIDE.student}/sections", "section")
    assert {row["admin"] for row in rows} == {0}
    switched = with_quirks(school, admin_of="user")
    rows = await switched.rows(f"/users/{LAKESIDE.student}/sections", "section")
    assert {row["admin"] for row in rows} == {0}


async def test_a_section_without_enrollments_has_a_list_as_index() -> None:
    school = lakeside(20)
    for enrollment in list(school.enrollments_of_section(LAKESIDE.sections[3])):
        school.change(enrollment, section_id=LAKESIDE.sections[2])

    row = await SchoologySandbox(school).caller().read(f"/sections/{LAKESIDE.sections[3]}")

    assert row["options"]["content_index_visibility"] == []


async def test_fields_of_the_documentation_only_can_be_enabled(school: School) -> None:
    caller = with_quirks(school, documented_options=True, class_periods=True, parent_id="0")

    row = await caller.read(f"/sections/{SECTION}")

    assert (row["class_periods"], row["parent_id"]) == ([], "0")
    assert (row["options"]["course_format"], row["options"]["upload_document"]) == ("1", "0")


async def test_a_past_section_is_not_active(caller: SchoologyCaller) -> None:
    assert (await caller.read(f"/sections/{LAKESIDE.concluded_section}"))["active"] == 0


@pytest.mark.parametrize(("size", "expected"), [("big", "big"), ("huge", "reg"), ("", "reg")])
async def test_pictures_come_in_sizes(caller: SchoologyCaller, size: str, expected: str) -> None:
    for path, name in ((f"/sections/{SECTION}", "profile_url"), ("/users/me", "picture_url")):
        target = path if name == "profile_url" else f"/users/{LAKESIDE.student}"
        picture = (await caller.read(f"{target}?picture_size={size}"))[name]
        assert picture.endswith(f"?size={expected}")


# Courses


async def test_a_course_has_integers_and_no_links(caller: SchoologyCaller) -> None:
    row = await caller.read(f"/courses/{LAKESIDE.course}")

    assert row == {
        "id": LAKESIDE.course,
        "title": "Introduction to Biology",
        "course_code": "BIO-101",
        "department": "Science",
        "description": row["description"],
        "credits": 0,
        "subject_area": 5,
        "grade_level_range_start": 11,
        "grade_level_range_end": 12,
        "synced": 1,
        "building_id": str(LAKESIDE.sub_accounts[0]),
    }


async def test_the_district_name_of_a_course_is_included_on_request(
    caller: SchoologyCaller,
) -> None:
    plain = await caller.read("/courses")
    with_names = await caller.read("/courses?fetch_district_course_name=1")

    assert "district_course_name" not in plain["course"][0]
    assert all(row["district_course_name"] for row in with_names["course"])


async def test_credits_can_be_fractions_or_text(school: School, caller: SchoologyCaller) -> None:
    half = next(course.id for course in school.courses.values() if course.credits == 1.5)

    assert (await caller.read(f"/courses/{half}"))["credits"] == 1.5
    assert (await with_quirks(school, credits="str").read(f"/courses/{half}"))["credits"] == "1.5"


# Users


async def test_a_user_has_its_id_twice_as_text_and_as_a_number(caller: SchoologyCaller) -> None:
    row = await caller.read(f"/users/{LAKESIDE.student}")

    assert set(row) == USER_FIELDS | {"send_message"}
    assert (row["uid"], row["id"]) == (str(LAKESIDE.student), LAKESIDE.student)
    assert (row["school_id"], row["role_id"], row["synced"]) == (LAKESIDE.root, 1214, 0)
    assert (row["name_title_show"], row["name_middle_show"]) == (0, 0)
    assert (row["name_first_preferred"], row["use_preferred_first_name"]) == ("Sunny", "1")
    assert row["name_display"].startswith("Sunny ")
    assert (row["tz_offset"], row["tz_name"]) == (-6, "America/Chicago")
    assert row["grad_year"].isdigit()
    assert row["password"] == ""


async def test_a_title_is_part_of_the_display_name(school: School, caller: SchoologyCaller) -> None:
    doctor = next(user for user in school.users.values() if user.title)

    row = await caller.read(f"/users/{doctor.id}")

    assert row["name_title_show"] == 1
    assert row["name_display"] == f"Dr. {doctor.display_name}"
    assert row["stats_user_type"] == 1


@pytest.mark.parametrize("wrapping", ["wrapped", "list", "null", "absent"])
async def test_the_wrapping_of_parents_is_configurable(school: School, wrapping: str) -> None:
    caller = with_quirks(school, parents=wrapping)

    row = await caller.read(f"/users/{LAKESIDE.student}")

    match wrapping:
        case "wrapped":
            assert row["parents"]["parent"][0]["id"] == LAKESIDE.observer
        case "list":
            assert row["parents"][0]["id"] == LAKESIDE.observer
        case "null":
            assert row["parents"] is None
        case _:
            assert "parents" not in row


async def test_children_are_a_comma_separated_text(school: School, caller: SchoologyCaller) -> None:
    parent = await caller.read(f"/users/{LAKESIDE.observer}")

    assert parent["child_uids"] == str(LAKESIDE.student)
    assert (parent["stats_user_type"], parent["role_id"]) == (3, 1215)
    assert (await caller.read(f"/users/{LAKESIDE.student}"))["child_uids"] is None
    switched = with_quirks(school, no_children="")
    assert (await switched.read(f"/users/{LAKESIDE.student}"))["child_uids"] == ""


async def test_a_hidden_field_has_no_key(caller: SchoologyCaller) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)
    student = caller.with_options(key=STUDENT_KEY, secret=STUDENT_SECRET)

    about_student = await staff.read(f"/users/{LAKESIDE.invited}")
    about_teacher = await staff.read(f"/users/{LAKESIDE.designer}")
    about_other = await student.read(f"/users/{LAKESIDE.teacher}")

    assert set(about_student) == (USER_FIELDS | {"send_message"}) - HIDDEN_OF_STUDENTS
    assert set(about_teacher) >= HIDDEN_OF_STUDENTS
    assert not HIDDEN_OF_STUDENTS & set(about_other)
    assert about_other["role_id"] == 0
    assert (await student.read(f"/users/{LAKESIDE.student}"))["role_id"] == 1214


async def test_an_extended_user_has_a_biography(
    caller: SchoologyCaller,
) -> None:
    """The effect of `extended` is undocumented, but clients send it."""
    assert "bio" not in await caller.read(f"/users/{LAKESIDE.admin}")
    assert (await caller.read(f"/users/{LAKESIDE.admin}?extended=true"))["bio"]


async def test_staff_are_admins_of_the_sections_they_teach(school: School, caller: SchoologyCaller) -> None:
    staff = caller.with_options(key=STAFF_KEY, secret=STAFF_SECRET)
    other_section_id = next(
        section.id
        for section in school.sections.values()
        if school.courses[section.course_id].state != "deleted"
        and LAKESIDE.teacher not in {e.user_id for e in school.enrollments_of_section(section.id)}
    )

    assert (await staff.read(f"/sections/{SECTION}"))["admin"] == 1
    assert (await staff.read(f"/sections/{other_section_id}"))["admin"] == 0
    assert (await caller.read(f"/sections/{other_section_id}"))["admin"] == 1


# Enrollments


async def test_an_enrollment_has_a_name_a_flag_and_a_status_as_text(
    caller: SchoologyCaller,
) -> None:
    rows = await caller.rows(f"/sections/{SECTION}/enrollments", "enrollment")
    row = next(row for row in rows if row["uid"] == str(LAKESIDE.student))

    assert set(row) == {
        "id",
        "uid",
        "school_uid",
        "name_title",
        "name_title_show",
        "name_first",
        "name_first_preferred",
        "name_middle",
        "name_middle_show",
        "name_last",
        "name_display",
        "admin",
        "status",
        "picture_url",
        "enrollment_source",
        "links",
    }
    assert (row["name_title_show"], row["name_middle_show"]) == ("0", "0")
    assert (row["admin"], row["status"]) == (0, "1")
    path = f"/sections/{SECTION}/enrollments/{row['id']}"
    assert row["links"]["self"] == f"{SANDBOX_BASE}{path}"
    assert await caller.read(path) == {key: row[key] for key in row if key != "links"}


async def test_a_roster_has_the_names_of_the_user_object(caller: SchoologyCaller) -> None:
    rows = await caller.rows(f"/sections/{SECTION}/enrollments", "enrollment")
    for row in rows[:5]:
        assert (await caller.read(f"/users/{row['uid']}"))["name_display"] == row["name_display"]


async def test_a_status_is_a_number_from_1_to_5_and_other_states_are_not_listed(
    school: School, caller: SchoologyCaller
) -> None:
    rows = await caller.rows(f"/sections/{SECTION}/enrollments?limit=200", "enrollment")

    rows_by_id = {int(row["id"]): row for row in rows}
    states = {enrollment_id: school.enrollments[enrollment_id].state for enrollment_id in rows_by_id}
    assert {(states[enrollment_id], row["status"]) for enrollment_id, row in rows_by_id.items()} == {
        ("active", "1"),
        ("completed", "2"),
        ("invited", "3"),
        ("requested", "4"),
        ("archived", "5"),
        ("inactive", "5"),
    }
    admins = {
        school.enrollments[enrollment_id].role
        for enrollment_id, row in rows_by_id.items()
        if row["admin"] == 1
    }
    members = {
        school.enrollments[enrollment_id].role
        for enrollment_id, row in rows_by_id.items()
        if row["admin"] == 0
    }
    assert (admins, members) == ({"teacher", "designer"}, {"student"})


# Periods, roles, schools


async def test_grading_periods_have_three_formats(school: School, caller: SchoologyCaller) -> None:
    listed = (await caller.read("/gradingperiods"))["gradingperiods"][1]
    inside = (await caller.read(f"/sections/{SECTION}/grading_periods"))["grading_period"][0]
    alone = await caller.read(f"/gradingperiods/{LAKESIDE.current_term}")

    assert listed == {
        "id": LAKESIDE.current_term,
        "title": "Autumn 2026",
        "start": "2026-07-01",
        "end": "2026-12-31",
        "active": "1",
        "links": {"self": f"{SANDBOX_BASE}/gradingperiods/{LAKESIDE.current_term}"},
    }
    assert inside == {
        "id": LAKESIDE.current_term,
        "title": "Autumn 2026",
        "weight": 100,
        "start": "2026-07-01 00:00:00",
        "end": "2026-12-31 00:00:00",
        "parent": 0,
        "has_children": 0,
    }
    assert (alone["id"], alone["active"]) == (LAKESIDE.current_term, 1)
    assert (alone["has_children"], alone["parent"]) == (False, "0")
    documented = with_quirks(school, grading_period_types="documented")
    row = await documented.read(f"/gradingperiods/{LAKESIDE.past_term}")
    assert (row["id"], row["active"]) == (str(LAKESIDE.past_term), "0")
    assert "has_children" not in row


async def test_roles_have_links_in_the_list_only(school: School, caller: SchoologyCaller) -> None:
    roles = await caller.read("/roles")

    assert set(roles) == {"role"}
    assert [row["title"] for row in roles["role"]] == [
        "School Admin",
        "Teacher",
        "Student",
        "Parent",
    ]
    alone = await caller.read("/roles/1213")
    assert alone == {"id": 1213, "title": "Teacher", "faculty": 1, "role_type": 1}
    switched = with_quirks(school, role_id_type="str")
    assert (await switched.read("/roles/1213"))["id"] == "1213"


async def test_a_building_has_the_format_of_a_school(caller: SchoologyCaller) -> None:
    schools = await caller.read("/schools")
    buildings = await caller.read(f"/schools/{LAKESIDE.root}/buildings")

    assert set(schools) == {"school"}
    assert [row["id"] for row in schools["school"]] == [str(LAKESIDE.root)]
    assert [row["id"] for row in buildings["building"]] == [
        str(building_id) for building_id in LAKESIDE.sub_accounts
    ]
    alone = await caller.read(f"/schools/{LAKESIDE.sub_accounts[0]}")
    assert alone == buildings["building"][0]
    assert (alone["address2"], alone["fax"], alone["building_code"]) == ("", "", "B1")


async def test_languages_are_listed(caller: SchoologyCaller) -> None:
    rows = (await caller.read("/users/languages"))["language"]

    assert {"language_code": "en", "language_name": "English"} in rows


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [("recent", {"web_session_timestamp", "api_uid"}), ("absent", {"api_uid"})],
)
async def test_app_user_info_returns_the_caller_without_a_redirect(
    school: School, quirk: str, expected: set[str]
) -> None:
    answer = await with_quirks(school, web_session=quirk).read("/app-user-info")

    assert set(answer) == expected
    assert answer["api_uid"] == LAKESIDE.admin


# Formats


async def test_slashes_are_escaped_as_php_does(caller: SchoologyCaller) -> None:
    assert "http:\\/\\/" in (await caller.get("/users?limit=1")).text


async def test_xml_is_the_other_format(school: School, caller: SchoologyCaller) -> None:
    reply = await caller.get(f"/sections/{SECTION}", headers={"Accept": "text/xml"})

    assert reply.headers["content-type"] == "text/xml; charset=UTF-8"
    assert f"<result><id>{SECTION}</id>" in reply.text
    assert "<meeting_days>1</meeting_days><meeting_days>3</meeting_days>" in reply.text
    silent = with_quirks(school, default_format="xml").with_options(headers={"Accept": "*/*"})
    assert "<result>" in (await silent.get("/roles", headers={"Accept": "*/*"})).text
    assert (await caller.get("/roles", headers={"Accept": "*/*"})).json()["role"]


async def test_a_matching_etag_is_answered_304_only_if_enabled(
    school: School, caller: SchoologyCaller
) -> None:
    tag = (await caller.get("/roles")).headers["etag"]
    switched = with_quirks(school, if_none_match=True)

    assert (await caller.get("/roles", headers={"If-None-Match": tag})).status_code == 200
    assert (await switched.get("/roles", headers={"If-None-Match": tag})).status_code == 304
    assert (await switched.get("/roles", headers={"If-None-Match": '"x"'})).status_code == 200
