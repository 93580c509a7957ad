"""Lists of Schoology: pages, totals, filters; redirects; invalid requests; access rights."""

from typing import Any

import pytest

from lms_sandbox.data.demo_schools import lakeside
from lms_sandbox.data.known_ids import LAKESIDE
from lms_sandbox.data.models import Section
from lms_sandbox.data.school import School
from lms_sandbox.schoology import SchoologyQuirks
from lms_sandbox.schoology.api_keys import (
    PARENT_KEY,
    PARENT_SECRET,
    PERSONAL_KEY,
    PERSONAL_SECRET,
    STAFF_KEY,
    STAFF_SECRET,
    STUDENT_KEY,
    STUDENT_SECRET,
)
from tests.sandbox.schoology.client import SANDBOX_BASE, SchoologyCaller, SchoologySandbox

SECTION = LAKESIDE.sections[0]
STAFF = {"key": STAFF_KEY, "secret": STAFF_SECRET}
STUDENT = {"key": STUDENT_KEY, "secret": STUDENT_SECRET}
PARENT = {"key": PARENT_KEY, "secret": PARENT_SECRET}
PERSONAL = {"key": PERSONAL_KEY, "secret": PERSONAL_SECRET}


@pytest.fixture(scope="module")
def school() -> School:
    return lakeside(80)


@pytest.fixture
def caller(school: School) -> SchoologyCaller:
    return SchoologySandbox(school).caller()


def with_quirks(school: School, **quirks: Any) -> SchoologyCaller:
    return SchoologySandbox(school, SchoologyQuirks(**quirks)).caller()


# Pages


async def test_a_page_has_20_rows_by_default(caller: SchoologyCaller) -> None:
    page = await caller.read("/users")

    assert len(page["user"]) == 20
    assert page["links"] == {
        "self": f"{SANDBOX_BASE}/users?start=0&limit=20",
        "next": f"{SANDBOX_BASE}/users?start=20&limit=20",
    }


async def test_a_limit_above_200_is_reduced_to_200(caller: SchoologyCaller) -> None:
    page = await caller.read("/users?limit=5000")

    assert len(page["user"]) == 200
    assert page["links"]["self"].endswith("start=0&limit=200")


@pytest.mark.parametrize("limit", ["0", "-3", "many", ""])
async def test_an_invalid_limit_is_20(caller: SchoologyCaller, limit: str) -> None:
    assert len((await caller.read(f"/users?limit={limit}"))["user"]) == 20


async def test_next_is_absent_on_the_last_page_and_beyond_it(school: School, caller: SchoologyCaller) -> None:
    everybody = len(school.users)
    last = await caller.read(f"/users?start={everybody - 5}")
    beyond = await caller.read(f"/users?start={everybody + 5}")

    assert (len(last["user"]), "next" in last["links"]) == (5, False)
    assert (beyond["user"], "next" in beyond["links"]) == ([], False)


async def test_following_next_returns_every_user_once(school: School, caller: SchoologyCaller) -> None:
    rows = await caller.rows("/users?limit=97", "user")

    assert sorted(row["id"] for row in rows) == sorted(school.users)


async def test_next_carries_the_filters(caller: SchoologyCaller) -> None:
    page = await caller.read("/users?role_ids=1214%2C1213&limit=2")

    assert page["links"]["next"] == f"{SANDBOX_BASE}/users?role_ids=1214%2C1213&start=2&limit=2"


async def test_users_can_be_paged_by_start_id(school: School, caller: SchoologyCaller) -> None:
    page = await caller.read("/users?start_id=0&limit=100")

    assert page["links"]["next"].endswith(f"start_id={page['user'][-1]['id']}&limit=100")
    rows = await caller.rows("/users?start_id=0&limit=100", "user")
    assert [row["id"] for row in rows] == sorted(school.users)


@pytest.mark.parametrize(
    ("path", "name", "total"),
    [
        ("/users", "user", str),
        ("/users/inactive", "user", int),
        ("/courses", "course", str),
        (f"/courses/{LAKESIDE.course}/sections", "section", str),
        ("/sections?section_school_codes=none", "section", int),
        (f"/sections/{SECTION}/enrollments", "enrollment", str),
        (f"/users/{LAKESIDE.student}/sections", "section", None),
        ("/gradingperiods", "gradingperiods", int),
        (f"/sections/{SECTION}/grading_periods", "grading_period", None),
        ("/roles", "role", None),
        ("/schools", "school", None),
        (f"/schools/{LAKESIDE.root}/buildings", "building", None),
    ],
)
async def test_each_list_has_its_own_key_and_type_of_total(
    caller: SchoologyCaller, path: str, name: str, total: type | None
) -> None:
    row = await caller.read(path)

    assert isinstance(row[name], list)
    assert type(row["total"]) is total if total else "total" not in row


async def test_a_total_may_be_wrong(school: School) -> None:
    row = await with_quirks(school, total_drift=3).read("/users?limit=1")

    assert row["total"] == str(len(school.users) + 3)


# Filters


async def test_past_sections_are_hidden_until_include_past_has_any_value(
    caller: SchoologyCaller,
) -> None:
    path = f"/courses/{LAKESIDE.concluded_course}/sections"

    assert await caller.rows(path, "section") == []
    for value in ("1", "0", ""):
        rows = await caller.rows(f"{path}?include_past={value}", "section")
        assert [row["id"] for row in rows] == [str(LAKESIDE.concluded_section)]


async def test_a_users_past_sections_are_hidden_too(school: School, caller: SchoologyCaller) -> None:
    path = f"/users/{LAKESIDE.student}/sections"

    now = {row["id"] for row in await caller.rows(path, "section")}
    ever = {row["id"] for row in await caller.rows(f"{path}?include_past=0", "section")}

    assert {str(section_id) for section_id in LAKESIDE.sections[:2]} <= now
    assert str(LAKESIDE.concluded_section) in ever - now


async def test_sections_are_found_by_up_to_50_codes_in_the_order_of_ids(
    school: School, caller: SchoologyCaller
) -> None:
    coded = [
        section
        for section in school.sections.values()
        if section.sis_id and not set("/,") & set(section.sis_id)
    ]
    alive = [section for section in coded if school.courses[section.course_id].state != "deleted"]
    codes = ",".join(str(section.sis_id) for section in reversed(alive[:55]))

    page = await caller.read(f"/sections?section_school_codes={codes}&include_past=1")

    ids = [int(row["id"]) for row in page["section"]]
    assert ids == sorted(section.id for section in alive[5:55])
    assert (page["total"], "next" in page["links"]) == (50, False)
    paged = await with_quirks(school, lookup_paged=True).read(
        f"/sections?section_school_codes={codes}&include_past=1"
    )
    assert (len(paged["section"]), "next" in paged["links"]) == (20, True)


async def test_unknown_codes_give_an_empty_list(caller: SchoologyCaller) -> None:
    assert (await caller.read("/sections?section_school_codes=none"))["section"] == []


async def test_sections_are_not_listed_without_codes(caller: SchoologyCaller) -> None:
    for path in ("/sections", "/sections?section_school_codes=", "/sections?include_past=1"):
        reply = await caller.get(path)
        assert (reply.status_code, reply.text) == (403, "")


async def test_users_are_filtered_by_building_role_and_code(school: School, caller: SchoologyCaller) -> None:
    teachers = await caller.rows("/users?role_ids=1213,1212&limit=200", "user")
    north = await caller.rows(f"/users?building_id={LAKESIDE.sub_accounts[0]}&limit=200", "user")
    both = await caller.read("/users?school_uids=P000003,P000002,nobody")

    assert {row["role_id"] for row in teachers} == {1212, 1213}
    assert {row["building_id"] for row in north} == {LAKESIDE.sub_accounts[0]}
    assert {row["school_uid"] for row in both["user"]} == {"P000002", "P000003"}
    assert both["total"] == "2"


async def test_codes_after_the_50th_are_ignored(caller: SchoologyCaller) -> None:
    codes = ",".join(f"P{number:06}" for number in range(1, 61))

    assert (await caller.read(f"/users?school_uids={codes}&limit=200"))["total"] <= "50"


async def test_an_unknown_parameter_of_users_is_ignored(school: School, caller: SchoologyCaller) -> None:
    """`uids=` has no effect: all users are returned."""
    row = await caller.read(f"/users?uids={LAKESIDE.student}")

    assert row["total"] == str(len(school.users))


async def test_parent_access_codes_are_included_on_request(caller: SchoologyCaller) -> None:
    plain = await caller.read("/users?role_ids=1214")
    with_codes = await caller.read("/users?role_ids=1214&parent_access_codes=1")

    assert not any("parent_access_code" in row for row in plain["user"])
    assert all(row["parent_access_code"] for row in with_codes["user"])


async def test_courses_are_filtered_by_building_and_without_deleted_ones(
    school: School, caller: SchoologyCaller
) -> None:
    every = await caller.rows("/courses?limit=200", "course")
    north = await caller.rows(f"/courses?building_id={LAKESIDE.sub_accounts[0]}", "course")

    assert LAKESIDE.deleted_course not in {row["id"] for row in every}
    assert {row["building_id"] for row in north} == {str(LAKESIDE.sub_accounts[0])}


async def test_enrollments_are_filtered_by_user_status_and_type(caller: SchoologyCaller) -> None:
    path = f"/sections/{SECTION}/enrollments"
    people = f"{LAKESIDE.student},{LAKESIDE.teacher}"

    two = await caller.rows(f"{path}?uid={people}", "enrollment")
    invited = await caller.rows(f"{path}?enrollment_status=3,4", "enrollment")
    admins = await caller.rows(f"{path}?type=admin", "enrollment")
    members = await caller.rows(f"{path}?type=member", "enrollment")
    both = await caller.rows(f"{path}?type=member,admin", "enrollment")

    assert {row["uid"] for row in two} == set(people.split(","))
    assert {row["status"] for row in invited} == {"3", "4"}
    assert {row["admin"] for row in admins} == {1}
    assert {row["admin"] for row in members} == {0}
    assert len(both) == len(admins) + len(members)


async def test_grading_periods_are_found_by_title_and_prefix(
    caller: SchoologyCaller,
) -> None:
    for query, count in (
        ("title=Autumn%202026", 1),
        ("title=Autumn", 0),
        ("title=Autumn&startswith=1", 1),
        ("title=Spring&startswith=1", 2),
        ("startswith=1", 3),
    ):
        assert (await caller.read(f"/gradingperiods?{query}"))["total"] == count, query


async def test_inactive_users_are_in_a_separate_list() -> None:
    school = lakeside(20)
    deleted = school.users[LAKESIDE.invited]
    school.change(deleted, state="inactive")
    caller = SchoologySandbox(school).caller()

    row = await caller.read("/users/inactive")

    assert row["total"] == 1
    assert row["user"][0]["uid"] == deleted.id
    assert await caller.read(f"/users/inactive/{deleted.id}") == row["user"][0]
    assert (await caller.get(f"/users/{deleted.id}")).status_code == 404
    assert (await caller.get(f"/users/inactive/{LAKESIDE.student}")).status_code == 404


# Redirects


@pytest.mark.parametrize(
    ("quirk", "target"),
    [("absolute", f"{SANDBOX_BASE}/users/"), ("path", "/schoology/v1/users/")],
)
async def test_me_and_school_uids_are_303_redirects(school: School, quirk: str, target: str) -> None:
    caller = with_quirks(school, location=quirk)

    me = await caller.get("/users/me?limit=20")
    by_code = await caller.get("/users/ext/P000003")

    assert (me.status_code, me.headers["location"]) == (303, f"{target}{LAKESIDE.admin}")
    assert (by_code.status_code, by_code.headers["location"]) == (
        303,
        f"{target}{LAKESIDE.student}",
    )
    assert me.content == b""


async def test_following_a_redirect_with_the_same_header_is_a_replay(
    caller: SchoologyCaller,
) -> None:
    caller = caller.with_options(waits_for_credits=False)
    header = caller.sign("GET", f"{SANDBOX_BASE}/users/me")

    reply = await caller.get("/users/me", header=header, follow_redirects=True)

    assert reply.status_code == 401


async def test_a_code_with_special_characters_is_one_segment(caller: SchoologyCaller) -> None:
    user = await caller.get("/users/ext/u%2F8%20%3F50%25%2Cb.json")
    section = await caller.get("/sections/ext/sec%2F7%20%3F50%25%2Cb.json")

    assert user.headers["location"].endswith(f"/{LAKESIDE.awkward_user}")
    assert section.json()["id"] == str(LAKESIDE.awkward_section)


async def test_a_section_is_found_by_code_directly_or_by_a_redirect(
    school: School, caller: SchoologyCaller
) -> None:
    code = school.sections[SECTION].sis_id

    direct = await caller.read(f"/sections/ext/{code}")
    hop = await with_quirks(school, section_ext="redirect").get(f"/sections/ext/{code}")

    assert direct["id"] == str(SECTION)
    assert (hop.status_code, hop.headers["location"]) == (303, f"{SANDBOX_BASE}/sections/{SECTION}")


# Invalid requests


@pytest.mark.parametrize(
    "path",
    [
        f"/sections/{SECTION}/members",
        f"/sections/{SECTION}/folder/0",
        f"/sections/{SECTION}/sections",
    ],
)
async def test_an_unknown_path_below_a_section_returns_the_section(
    caller: SchoologyCaller, path: str
) -> None:
    assert (await caller.read(path))["id"] == str(SECTION)


async def test_an_unknown_path_below_a_course_or_school_returns_it(
    caller: SchoologyCaller,
) -> None:
    course = await caller.read(f"/courses/{LAKESIDE.course}/folders")
    school = await caller.read(f"/schools/{LAKESIDE.root}/users")

    assert course["id"] == LAKESIDE.course
    assert school["id"] == str(LAKESIDE.root)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/grading_periods", 404),
        ("/nothing", 404),
        ("/", 404),
        ("/users/1", 404),
        ("/users/nobody", 400),
        (f"/users/{LAKESIDE.student}/blogs", 400),
        (f"/users/{LAKESIDE.student}/grades", 501),
        (f"/users/{LAKESIDE.student}%2Fsections", 400),
        ("/users/ext/nobody", 404),
        ("/sections/1", 404),
        ("/sections/abc", 404),
        ("/sections/ext/none", 404),
        (f"/sections/{LAKESIDE.course}", 403),
        (f"/sections/{LAKESIDE.course}/enrollments", 403),
        (f"/sections/{SECTION}/attendance", 410),
        (f"/sections/{SECTION}/assignments", 501),
        (f"/sections/{SECTION}/enrollments/1", 404),
        (f"/courses/{SECTION}", 403),
        (f"/courses/{LAKESIDE.deleted_course}", 404),
        (f"/courses/{LAKESIDE.deleted_course}/sections", 404),
        (f"/courses/{LAKESIDE.course}/enrollments", 403),
        (f"/schools/{LAKESIDE.root}/enrollments", 403),
        ("/schools/1", 404),
        ("/roles/1", 404),
        ("/gradingperiods/1", 404),
        ("/multiget", 405),
    ],
)
async def test_an_error_is_a_status_and_at_most_a_sentence(
    caller: SchoologyCaller, path: str, status: int
) -> None:
    reply = await caller.get(path)

    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/xml; charset=UTF-8"
    assert not reply.text.startswith("{")
    assert status in {501} or reply.text == ""


async def test_the_sections_of_a_deleted_course_are_deleted(school: School, caller: SchoologyCaller) -> None:
    (section,) = school.sections_of_course(LAKESIDE.deleted_course)

    assert (await caller.get(f"/sections/{section.id}")).status_code == 404


async def test_an_unknown_object_may_be_403(school: School) -> None:
    assert (await with_quirks(school, unknown_object=403).get("/users/1")).status_code == 403


async def test_an_enrollment_of_another_section_is_forbidden(school: School, caller: SchoologyCaller) -> None:
    enrollment = next(iter(school.enrollments_of_section(LAKESIDE.sections[1])))

    reply = await caller.get(f"/sections/{SECTION}/enrollments/{enrollment.id}")

    assert (reply.status_code, reply.text) == (403, "")


@pytest.mark.parametrize("method", ["POST", "PATCH", "HEAD"])
async def test_an_unsupported_method_is_rejected(caller: SchoologyCaller, method: str) -> None:
    assert (await caller.send(method, f"/sections/{SECTION}")).status_code == 405


async def test_a_form_body_is_rejected(caller: SchoologyCaller) -> None:
    url = f"{SANDBOX_BASE}/multiget"
    reply = await caller.send(
        "POST",
        "/multiget",
        header=caller.sign("POST", url),
        data={"request": "/v1/users/1"},
    )

    assert reply.status_code == 415


async def test_options_lists_the_methods_of_a_path_not_the_rights_of_the_caller(
    caller: SchoologyCaller,
) -> None:
    student = caller.with_options(**STUDENT)

    assert (await student.send("OPTIONS", "/users")).headers["allow"] == "DELETE, PUT"
    assert (await student.send("OPTIONS", "/messages")).headers["allow"] == "POST"
    assert (await student.send("OPTIONS", f"/courses/{LAKESIDE.course}")).headers["allow"] == (
        "DELETE, GET, PUT"
    )
    assert "GET" in (await caller.send("OPTIONS", "/users")).headers["allow"]
    assert (await caller.send("OPTIONS", "/nothing")).status_code == 404


# Access rights


@pytest.mark.parametrize(
    ("path", "staff", "student", "personal"),
    [
        ("/courses", 403, 403, 403),
        (f"/courses/{LAKESIDE.course}", 200, 403, 200),
        (f"/courses/{LAKESIDE.course}/sections", 200, 403, 200),
        (f"/sections/{SECTION}", 200, 200, 200),
        (f"/sections/{LAKESIDE.sections[2]}", 200, 403, 200),
        (f"/sections/{SECTION}/grading_periods", 200, 200, 200),
        (f"/sections/{SECTION}/enrollments", 200, 403, 401),
        ("/users", 200, 403, 401),
        ("/users/inactive", 200, 403, 401),
        ("/users/languages", 200, 200, 200),
        (f"/users/{LAKESIDE.invited}", 200, 200, 401),
        (f"/users/{LAKESIDE.invited}/sections", 200, 403, 401),
        (f"/users/{LAKESIDE.teacher}", 200, 200, 200),
        (f"/users/{LAKESIDE.student}/sections", 200, 200, 401),
        ("/gradingperiods", 403, 403, 403),
        (f"/gradingperiods/{LAKESIDE.current_term}", 200, 200, 200),
        (f"/schools/{LAKESIDE.root}/buildings", 403, 403, 403),
        ("/schools", 200, 200, 200),
        ("/roles", 200, 200, 200),
        ("/app-user-info", 200, 200, 200),
    ],
)
async def test_each_key_has_its_own_rights(
    caller: SchoologyCaller, path: str, staff: int, student: int, personal: int
) -> None:
    for keys, status in ((STAFF, staff), (STUDENT, student), (PERSONAL, personal)):
        reply = await caller.with_options(**keys).get(path)
        assert reply.status_code == status, keys["key"]
        assert status == 200 or reply.text == ""


async def test_a_student_finds_only_own_sections(school: School, caller: SchoologyCaller) -> None:
    codes = [str(school.sections[section_id].sis_id) for section_id in LAKESIDE.sections]

    page = await caller.with_options(**STUDENT).read(f"/sections?section_school_codes={','.join(codes)}")
    hidden = await caller.with_options(**STUDENT).get(f"/sections/ext/{codes[2]}")

    assert [row["id"] for row in page["section"]] == [str(section_id) for section_id in LAKESIDE.sections[:2]]
    assert hidden.status_code == 403


async def test_a_parent_has_no_sections_and_sees_those_of_the_child(
    caller: SchoologyCaller,
) -> None:
    parent = caller.with_options(**PARENT)

    assert await parent.rows(f"/users/{LAKESIDE.observer}/sections", "section") == []
    assert await parent.rows(f"/users/{LAKESIDE.student}/sections", "section")
    assert (await parent.get(f"/sections/{SECTION}")).status_code == 200
    assert (await parent.get(f"/users/{LAKESIDE.invited}/sections")).status_code == 403


def test_ids_do_not_fit_in_32_bits(school: School) -> None:
    assert min(school.sections) > 2**31
    assert isinstance(school.sections[SECTION], Section)
