"""One object at a time, and the school's own lists."""

from typing import Any

import pytest

from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    Unsupported,
    UpstreamInvalid,
)
from lms_gateway.domain.loads import (
    AccountFilter,
    Alias,
    ByAlias,
    ById,
    Children,
    CourseFilter,
    Load,
    Page,
    PageRequest,
    RootAccount,
    Search,
    TermsOf,
    UserFilter,
    Viewer,
)
from lms_gateway.domain.models import (
    Account,
    AccountKind,
    Course,
    CourseState,
    Enrollment,
    EnrollmentState,
    Role,
    Section,
    Term,
    User,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.fake_upstream import ScriptedUpstream, query_of
from tests.vendors.fetching import fetch_answers
from tests.vendors.schoology.rows import (
    BASE,
    course_row,
    enrollment_row,
    paged_list,
    section_row,
    user_row,
)
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream


async def read_load(
    script: ScriptedUpstream, load: Load, *fields: str, store: Store | None = None
) -> Any:
    return (await fetch_answers(schoology_backend(script), {load: Projection.of(*fields)}, store))[
        load
    ]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT, Kind.TERM])
async def test_hidden_and_unknown_objects_are_null_alike(kind: Kind, status: int) -> None:
    script = schoology_upstream()
    for path in ("sections", "courses", "users", "schools", "gradingperiods"):
        script.set_reply(f"/{path}/5", status)
    assert await read_load(script, ById(kind, "5"), "name") is None


async def test_what_was_absent_is_not_asked_for_again() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    for _ in range(2):
        assert await read_load(script, ById(Kind.SECTION, "5"), "name", store=store) is None
    assert len(script.lines) == 1


async def test_a_course_that_may_not_be_read_is_known_as_far_as_its_sections_tell() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    script.set_reply("/sections/1", section_row(1, 7))
    script.set_reply("/courses/7", 403)
    await read_load(script, ById(Kind.SECTION, "1"), "name", store=store)
    record = await read_load(script, ById(Kind.COURSE, "7"), "name", "department", store=store)
    assert isinstance(record, Course)
    assert (record.name, record.code, record.department) == ("Course 7", "C7", None)
    assert "department" in record.known_fields


@pytest.mark.parametrize(
    "body",
    [
        section_row(2),
        {"section": [section_row(1)]},
        [section_row(1)],
        "Section 1",
        None,
        Reply(200, {}, b"<!DOCTYPE html>"),
        Reply(200, {}, b'{"id": "1"'),
    ],
)
async def test_another_object_than_the_one_asked_for_is_invalid(body: Any) -> None:
    script = schoology_upstream()
    script.set_reply("/sections/1", body)
    assert isinstance(await read_load(script, ById(Kind.SECTION, "1"), "name"), UpstreamInvalid)


async def test_rejected_credentials_are_told_as_such() -> None:
    script = schoology_upstream()
    script.set_reply("/sections/1", 401)
    assert isinstance(await read_load(script, ById(Kind.SECTION, "1"), "name"), CredentialsRejected)


async def test_a_listed_section_is_read_by_itself_only_for_what_lists_lack() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    path = "/courses/1/sections"
    script.set_reply(path, paged_list(path, "section", [section_row(1)]))
    script.set_reply("/sections/1", section_row(1, subject_area="3"))
    await read_load(script, Children(Key(Kind.COURSE, "1"), Kind.SECTION), store=store)
    await read_load(script, ById(Kind.SECTION, "1"), "location", "meeting", store=store)
    assert len(script.lines) == 1
    record = await read_load(script, ById(Kind.SECTION, "1"), "schoology.subject_area", store=store)
    assert record.vendor_fields["subject_area"] == 3
    assert script.lines[1:] == ["GET /sections/1"]


async def test_a_districts_name_of_a_course_is_asked_for_where_it_is_wanted() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    script.set_reply(
        "/courses/1",
        lambda call: course_row(1, **({"district_course_name": "D"} if call.params else {})),
    )
    await read_load(script, ById(Kind.COURSE, "1"), "name", store=store)
    name = "schoology.district_course_name"
    record = await read_load(script, ById(Kind.COURSE, "1"), name, store=store)
    assert record.vendor_fields["district_course_name"] == "D"
    assert script.lines == ["GET /courses/1", "GET /courses/1?fetch_district_course_name=1"]


@pytest.mark.parametrize(
    "load",
    [
        ByAlias(Kind.COURSE, Alias.SIS_ID, "ENG101"),
        ByAlias(Kind.SECTION, Alias.INTEGRATION_ID, "x"),
        ByAlias(Kind.USER, Alias.LOGIN_ID, "ada"),
        ByAlias(Kind.ACCOUNT, Alias.SIS_ID, "x"),
    ],
)
async def test_other_names_than_sis_ids_are_refused(load: ByAlias) -> None:
    script = schoology_upstream()
    assert isinstance(await read_load(script, load, "name"), Unsupported)
    assert script.lines == []


async def test_an_empty_sis_id_is_bad_input() -> None:
    assert isinstance(
        await read_load(schoology_upstream(), ByAlias(Kind.USER, Alias.SIS_ID, " ")), BadInput
    )


async def test_an_unknown_sis_id_is_null() -> None:
    script = schoology_upstream()
    script.set_reply("/sections", {"section": [], "total": 0})
    assert (
        await read_load(script, ByAlias(Kind.SECTION, Alias.SIS_ID, "a/b?%.json"), "name") is None
    )
    assert script.lines == [
        "GET /sections?section_school_codes=a/b?%.json&include_past=1&limit=200"
    ]


@pytest.mark.parametrize("location", [f"{BASE}/users/5", "/v1/users/5", "http://x/v1/users/5"])
async def test_a_sis_id_with_a_comma_is_looked_up_by_itself_and_asked_for_by_id(
    location: str,
) -> None:
    script = schoology_upstream()
    script.set_reply("/users/ext/a%2Cb%20%2F", Reply(303, {"location": location}))
    script.set_reply("/users/5", user_row(5))
    record = await read_load(script, ByAlias(Kind.USER, Alias.SIS_ID, "a,b /"), "email")
    assert isinstance(record, User)
    assert record.email == "u5@school.example"
    assert script.lines == ["GET /users/ext/a%2Cb%20%2F", "GET /users/5"]


@pytest.mark.parametrize("shape", ["location", "headers", "resolved"])
async def test_redirects_within_a_multiget_are_understood(shape: str) -> None:
    script = schoology_upstream()

    def reshape(rows: list[Any]) -> list[Any]:
        for row in rows:
            if "/ext/" in row["location"]:
                number = int(row["location"].rpartition("-")[2])
                target = f"{BASE}/users/{number}"
                row["response_code"] = 200 if shape == "resolved" else 303
                row["body"] = user_row(number) if shape == "resolved" else ""
                if shape == "headers":
                    row["headers"] = [f"Location: {target}"]
                if shape == "location":
                    row["location"] = target
        return rows

    script.transform_rows = reshape
    loads: list[Load] = []
    for number in range(1, 6):
        script.set_reply(f"/users/ext/a%2C-{number}", {})
        script.set_reply(f"/users/{number}", user_row(number))
        loads.append(ByAlias(Kind.USER, Alias.SIS_ID, f"a,-{number}"))
    record = await fetch_answers(
        schoology_backend(script), dict.fromkeys(loads, Projection.of("email"))
    )
    assert [item.key.id for item in record.values() if isinstance(item, User)] == list("12345")


@pytest.mark.parametrize("location", ["", "/v1/users/me", "/v1/users/5/../7x", "nonsense"])
async def test_a_redirect_that_points_to_no_id_is_invalid(location: str) -> None:
    script = schoology_upstream()
    script.set_reply("/users/ext/a%2Cb", Reply(303, {"location": location}))
    answer = await read_load(script, ByAlias(Kind.USER, Alias.SIS_ID, "a,b"), "email")
    assert isinstance(answer, UpstreamInvalid)


async def test_a_lookup_that_fails_fails_its_own_fifty() -> None:
    script = schoology_upstream()

    def look(call: Call) -> Any:
        codes = query_of(call)["section_school_codes"].split(",")
        if "SIS-1" in codes:
            return 500
        return {"section": [section_row(int(code.removeprefix("SIS-"))) for code in codes]}

    script.set_reply("/sections", look)
    loads: list[Load] = [
        ByAlias(Kind.SECTION, Alias.SIS_ID, f"SIS-{index}") for index in range(1, 61)
    ]
    record = list(
        (
            await fetch_answers(
                schoology_backend(script), dict.fromkeys(loads, Projection.of("name"))
            )
        ).values()
    )
    assert [isinstance(item, Section) for item in record] == [False] * 50 + [True] * 10


async def test_the_viewer_is_told_without_a_hop_and_read_only_for_more_than_the_id() -> None:
    script = schoology_upstream()
    script.set_reply("/app-user-info", {"web_session_timestamp": 0, "api_uid": 45552})
    script.set_reply("/users/45552", user_row(45552))
    record = await read_load(script, Viewer(), "display_name")
    assert (record.key.id, record.display_name) == ("45552", "Ada Number 45552")
    assert script.lines == ["GET /app-user-info", "GET /users/45552"]


async def test_a_viewer_who_may_not_be_read_is_still_somebody() -> None:
    script = schoology_upstream()
    script.set_reply("/app-user-info", {"api_uid": "5"})
    script.set_reply("/users/5", 403)
    record = await read_load(script, Viewer(), "display_name")
    assert (record.key.id, record.display_name) == ("5", None)


async def test_an_enrollment_is_read_below_its_section_with_the_sections_course() -> None:
    script = schoology_upstream()
    script.set_reply("/sections/4/enrollments/8", enrollment_row(8, 5))
    script.set_reply("/sections/4", section_row(4, 7))
    record = await read_load(script, ById(Kind.ENROLLMENT, "4.8"), "role", "course_id")
    assert isinstance(record, Enrollment)
    assert (record.role, record.course_id, record.vendor_id) == (Role.STUDENT, "7", "8")
    assert sorted(script.lines) == ["GET /sections/4", "GET /sections/4/enrollments/8"]
    assert await read_load(script, ById(Kind.ENROLLMENT, "4.9"), "role") is None


async def test_enrollments_that_lack_only_their_course_share_their_section() -> None:
    script, store = schoology_upstream(), Store("lakeside")
    for number in (8, 9):
        script.set_reply(f"/sections/4/enrollments/{number}", enrollment_row(number, 5))
    script.set_reply("/sections/4", section_row(4, 7))
    loads: list[Load] = [ById(Kind.ENROLLMENT, "4.8"), ById(Kind.ENROLLMENT, "4.9")]
    schoology = schoology_backend(script)
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("role")), store)
    batch = {
        **dict.fromkeys(loads, Projection.of("course_id")),
        ById(Kind.SECTION, "4"): Projection.of("name"),
    }
    record = await fetch_answers(schoology, batch, store)
    assert [record[load].course_id for load in loads] == ["7", "7"]
    assert script.lines[2:] == ["GET /sections/4"]


async def test_terms_that_nobody_may_list_or_read_are_told_below_the_section() -> None:
    script = schoology_upstream()
    script.set_reply("/sections/1", section_row(1, grading_periods=[7]))
    row = {"id": 7, "title": "Fall", "start": "2026-08-17 00:00:00", "end": "2026-12-18 00:00:00"}
    script.set_reply("/sections/1/grading_periods", {"grading_period": [row]})
    load = TermsOf(Key(Kind.SECTION, "1"))
    page = await read_load(script, load, "name", "is_active")
    assert [(term.name, term.is_active) for term in page.items] == [("Fall", None)]
    assert len(script.lines) == 3


async def test_terms_of_which_nothing_can_be_told_are_still_there() -> None:
    script = schoology_upstream()
    script.set_reply("/sections/1", section_row(1, grading_periods=[7, 8]))
    page = await read_load(script, TermsOf(Key(Kind.SECTION, "1")), "name")
    assert [(term.key.id, term.name) for term in page.items] == [("7", None), ("8", None)]


async def test_a_term_by_id_is_read_whoever_asks() -> None:
    script = schoology_upstream()
    row = {"id": 7, "title": "Fall", "active": 1, "has_children": False, "parent": "0"}
    script.set_reply("/gradingperiods/7", row)
    record = await read_load(script, ById(Kind.TERM, "7"), "name", "is_active", "start_at")
    assert isinstance(record, Term)
    assert (record.name, record.is_active, record.start_at) == ("Fall", True, None)
    assert isinstance(await read_load(script, ById(Kind.TERM, "7")), Term)


def script_accounts() -> ScriptedUpstream:
    script = schoology_upstream()
    script.set_reply("/schools", {"school": [{"id": "9", "title": "Lakeside"}]})
    for number, name in ((9, "Lakeside"), (10, "North")):
        script.set_reply(f"/schools/{number}", {"id": str(number), "title": name})
    script.set_reply("/schools/9/buildings", {"building": [{"id": "10", "title": "North"}]})

    def courses(call: Call) -> Any:
        rows = [course_row(1), course_row(2, building_id="10")]
        load_filter = query_of(call).get("building_id")
        return {"course": [row for row in rows if load_filter in (None, row["building_id"])]}

    script.set_reply("/courses", courses)
    return script


async def test_the_school_is_the_root_and_buildings_are_below_it() -> None:
    script, store = script_accounts(), Store("lakeside")
    root = await read_load(script, RootAccount(), "name", "account_kind", store=store)
    assert isinstance(root, Account)
    assert (root.name, root.account_kind) == ("Lakeside", AccountKind.SCHOOL)
    below = Children(root.key, Kind.ACCOUNT, AccountFilter(recursive=True))
    page = await read_load(script, below, "name", store=store)
    assert [(item.name, item.account_kind, item.parent_id) for item in page.items] == [
        ("North", AccountKind.BUILDING, "9")
    ]


async def test_a_building_by_id_is_told_from_a_school_by_the_list_of_schools() -> None:
    script = script_accounts()
    record = await read_load(script, ById(Kind.ACCOUNT, "10"), "name", "account_kind", "parent_id")
    assert (record.account_kind, record.parent_id) == (AccountKind.BUILDING, "9")
    assert len(script.lines) == 2
    script = script_accounts()
    record = await read_load(script, ById(Kind.ACCOUNT, "9"), "name", "account_kind", "parent_id")
    assert (record.account_kind, record.parent_id) == (AccountKind.SCHOOL, None)
    assert len(script.lines) == 1
    script = script_accounts()
    await read_load(script, ById(Kind.ACCOUNT, "10"), "name")
    assert script.lines == ["GET /schools/10"]


async def test_buildings_that_are_refused_are_forbidden() -> None:
    script = script_accounts()
    script.set_reply("/schools/9/buildings", 403)
    answer = await read_load(script, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, Forbidden)


async def test_an_unknown_list_that_is_answered_with_the_school_itself_is_invalid() -> None:
    script = script_accounts()
    script.set_reply("/schools/9/buildings", {"id": "9", "title": "Lakeside"})
    answer = await read_load(script, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize(("account", "courses"), [("9", ["1", "2"]), ("10", ["2"])])
async def test_a_school_has_all_courses_and_a_building_its_own(
    account: str, courses: list[str]
) -> None:
    page = await read_load(script_accounts(), Children(Key(Kind.ACCOUNT, account), Kind.COURSE))
    assert [item.key.id for item in page.items] == courses


def script_student() -> ScriptedUpstream:
    """A credential that may list nothing: user 5, in sections 1 to 3 of courses 1, 1 and 2."""
    script = schoology_upstream()
    script.set_reply("/courses", 403)
    script.set_reply("/app-user-info", {"api_uid": 5})
    rows = [section_row(1, 1), section_row(2, 1), section_row(3, 2)]
    script.set_reply(
        "/users/5/sections", paged_list("/users/5/sections", "section", rows, with_total=False)
    )
    return script


async def test_where_courses_may_not_be_listed_they_are_the_callers_own() -> None:
    script = script_student()
    schoology = schoology_backend(script)
    load = Search(Kind.COURSE, page=PageRequest(1))
    (page,) = (await fetch_answers(schoology, {load: Projection.of("name")})).values()
    assert isinstance(page, Page)
    assert [item.name for item in page.items if isinstance(item, Course)] == ["Course 1"]
    assert page.has_next
    following = Search(Kind.COURSE, page=PageRequest(1, page.positions[-1]))
    before = len(script.lines)
    (rest,) = (await fetch_answers(schoology, {following: Projection.of("name")})).values()
    assert isinstance(rest, Page)
    assert [item.key.id for item in rest.items] == ["2"]
    assert not rest.has_next
    assert len(script.lines) - before == 1


async def test_a_refusal_is_remembered_for_some_minutes() -> None:
    script, now = script_student(), [0.0]
    schoology = schoology_backend(script, clock=lambda: now[0])
    for index, refused in ((0.0, 1), (599.0, 1), (601.0, 2)):
        now[0] = index
        await fetch_answers(schoology, {Search(Kind.COURSE): Projection.of("name")})
        assert len([call for call in script.lines if call.startswith("GET /courses")]) == refused


async def test_a_users_courses_are_those_of_the_users_sections() -> None:
    page = await read_load(
        script_student(), Children(Key(Kind.USER, "5"), Kind.COURSE), "name", "code"
    )
    assert [(item.name, item.code) for item in page.items] == [
        ("Course 1", "C1"),
        ("Course 2", "C2"),
    ]
    assert page.total == 2


@pytest.mark.parametrize(
    "load_filter",
    [
        CourseFilter(search="x"),
        CourseFilter(states=(CourseState.AVAILABLE,)),
        CourseFilter(term_id="1"),
        CourseFilter(teacher_ids=("1",)),
    ],
)
@pytest.mark.parametrize("parent", [None, Key(Kind.USER, "5"), Key(Kind.ACCOUNT, "9")])
async def test_courses_are_not_filtered(load_filter: CourseFilter, parent: Key | None) -> None:
    load = (
        Search(Kind.COURSE, load_filter)
        if parent is None
        else Children(parent, Kind.COURSE, load_filter)
    )
    script = script_student()
    assert isinstance(await read_load(script, load), Unsupported)
    assert script.lines == []


def script_users() -> ScriptedUpstream:
    script = schoology_upstream()
    roles = [
        {"id": 1, "title": "Teacher", "faculty": 1},
        {"id": "2", "title": "Student", "faculty": 0},
        {"id": 3, "title": "Parent", "faculty": "0"},
    ]
    script.set_reply("/roles", {"role": roles})
    script.set_reply("/users", paged_list("/users", "user", map(user_row, range(1, 10))))
    return script


async def test_users_of_a_role_are_asked_for_by_the_schools_own_roles() -> None:
    script = script_users()
    load = Search(Kind.USER, UserFilter(roles=(Role.STUDENT,)), PageRequest(2))
    page = await read_load(script, load, "email")
    assert script.lines == ["GET /roles", "GET /users?role_ids=2&limit=2"]
    following = Search(Kind.USER, load.filter, PageRequest(2, page.positions[-1]))
    await read_load(script, following, "email")
    assert script.lines[2:] == ["GET /users?role_ids=2&start=2&limit=2"]


@pytest.mark.parametrize(
    "load_filter",
    [
        UserFilter(search="ada"),
        UserFilter(roles=(Role.OBSERVER,)),
        UserFilter(states=(EnrollmentState.INACTIVE,)),
    ],
)
async def test_users_are_filtered_by_role_alone(load_filter: UserFilter) -> None:
    script = script_users()
    assert isinstance(await read_load(script, Search(Kind.USER, load_filter)), Unsupported)
    assert script.lines == []


async def test_lists_that_schoology_does_not_have_are_refused() -> None:
    load = Children(Key(Kind.ACCOUNT, "9"), Kind.SECTION)
    assert isinstance(await read_load(schoology_upstream(), load), Unsupported)


@pytest.mark.parametrize(
    "id",
    ["", "0", "007", "self", "1/enrollments", "sis_login_id:x", "../", "1~2", "-1", "1.2", " 1",
     "1\n", "٣", "9" * 21],
)  # fmt: skip
def test_what_is_no_id_is_bad_input(id: str) -> None:
    with pytest.raises(BadInput):
        schoology_backend(schoology_upstream()).canonical_id(Kind.SECTION, id)


@pytest.mark.parametrize("id", ["8", "4.", ".8", "4.8.1", "4/8"])
def test_an_enrollments_id_holds_its_sections(id: str) -> None:
    with pytest.raises(BadInput):
        schoology_backend(schoology_upstream()).canonical_id(Kind.ENROLLMENT, id)
    assert schoology_backend(schoology_upstream()).canonical_id(Kind.ENROLLMENT, "4.8") == "4.8"


async def test_a_credential_says_who_it_is() -> None:
    script = schoology_upstream()
    script.set_reply("/app-user-info", {"api_uid": 5})
    script.set_reply("/users/5", user_row(5))
    assert (await schoology_backend(script).identify()).name == "Ada Number 5"
    script.set_reply("/users/5", 403)
    assert (await schoology_backend(script).identify()).name == "user 5"
    script.set_reply("/app-user-info", 401)
    with pytest.raises(CredentialsRejected):
        await schoology_backend(script).identify()


def test_capabilities_say_why_not() -> None:
    capabilities = {
        item.operation: item for item in schoology_backend(schoology_upstream()).capabilities
    }
    assert capabilities["Query.courses"].supported
    assert not capabilities["Query.users(filter.search)"].supported
    assert all((item.reason is None) == item.supported for item in capabilities.values())
