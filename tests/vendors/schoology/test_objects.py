"""Single objects, and the lists of the school."""

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
from tests.capabilities import capabilities
from tests.vendors.fake_upstream import ScriptedUpstream, query_of
from tests.vendors.fetching import fetch_answers, vendor_ids
from tests.vendors.schoology.rows import (
    BASE,
    course_row,
    enrollment_row,
    paged_list,
    section_row,
    user_row,
)
from tests.vendors.schoology.scripted import schoology_backend, schoology_upstream


async def read_load(upstream: ScriptedUpstream, load: Load, *fields: str, store: Store | None = None) -> Any:
    return (await fetch_answers(schoology_backend(upstream), {load: Projection.of(*fields)}, store))[load]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT, Kind.TERM])
async def test_hidden_and_unknown_objects_are_null_alike(kind: Kind, status: int) -> None:
    upstream = schoology_upstream()
    for path in ("sections", "courses", "users", "schools", "gradingperiods"):
        upstream.set_reply(f"/{path}/5", status)
    assert await read_load(upstream, ById(kind, "5"), "name") is None


async def test_an_absent_object_is_requested_once() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    for _ in range(2):
        assert await read_load(upstream, ById(Kind.SECTION, "5"), "name", store=store) is None
    assert len(upstream.lines) == 1


async def test_a_refused_course_has_the_fields_that_its_sections_contain() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    upstream.set_reply("/sections/1", section_row(1, 7))
    upstream.set_reply("/courses/7", 403)
    await read_load(upstream, ById(Kind.SECTION, "1"), "name", store=store)
    record = await read_load(upstream, ById(Kind.COURSE, "7"), "name", "department", store=store)
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
async def test_a_different_object_is_invalid(body: Any) -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections/1", body)
    assert isinstance(await read_load(upstream, ById(Kind.SECTION, "1"), "name"), UpstreamInvalid)


async def test_rejected_credentials_are_an_error() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections/1", 401)
    assert isinstance(await read_load(upstream, ById(Kind.SECTION, "1"), "name"), CredentialsRejected)


async def test_a_listed_section_is_read_by_itself_only_for_fields_that_lists_omit() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    path = "/courses/1/sections"
    upstream.set_reply(path, paged_list(path, "section", [section_row(1)]))
    upstream.set_reply("/sections/1", section_row(1, subject_area="3"))
    await read_load(upstream, Children(Key(Kind.COURSE, "1"), Kind.SECTION), store=store)
    await read_load(upstream, ById(Kind.SECTION, "1"), "location", "meeting", store=store)
    assert len(upstream.lines) == 1
    record = await read_load(upstream, ById(Kind.SECTION, "1"), "schoology.subject_area", store=store)
    assert record.vendor_fields["subject_area"] == 3
    assert upstream.lines[1:] == ["GET /sections/1"]


async def test_the_district_name_of_a_course_is_requested_if_it_is_selected() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    upstream.set_reply(
        "/courses/1",
        lambda call: course_row(1, **({"district_course_name": "D"} if call.params else {})),
    )
    await read_load(upstream, ById(Kind.COURSE, "1"), "name", store=store)
    name = "schoology.district_course_name"
    record = await read_load(upstream, ById(Kind.COURSE, "1"), name, store=store)
    assert record.vendor_fields["district_course_name"] == "D"
    assert upstream.lines == ["GET /courses/1", "GET /courses/1?fetch_district_course_name=1"]


@pytest.mark.parametrize(
    "load",
    [
        ByAlias(Kind.COURSE, Alias.SIS_ID, "ENG101"),
        ByAlias(Kind.SECTION, Alias.INTEGRATION_ID, "x"),
        ByAlias(Kind.USER, Alias.LOGIN_ID, "ada"),
        ByAlias(Kind.ACCOUNT, Alias.SIS_ID, "x"),
    ],
)
async def test_other_aliases_than_sis_ids_are_unsupported(load: ByAlias) -> None:
    upstream = schoology_upstream()
    assert isinstance(await read_load(upstream, load, "name"), Unsupported)
    assert upstream.lines == []


async def test_an_empty_sis_id_is_bad_input() -> None:
    assert isinstance(await read_load(schoology_upstream(), ByAlias(Kind.USER, Alias.SIS_ID, " ")), BadInput)


async def test_an_unknown_sis_id_is_null() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections", {"section": [], "total": 0})
    assert await read_load(upstream, ByAlias(Kind.SECTION, Alias.SIS_ID, "a/b?%.json"), "name") is None
    assert upstream.lines == ["GET /sections?section_school_codes=a/b?%.json&include_past=1&limit=200"]


@pytest.mark.parametrize("location", [f"{BASE}/users/5", "/v1/users/5", "http://x/v1/users/5"])
async def test_a_sis_id_with_a_comma_is_looked_up_by_itself_and_then_by_id(location: str) -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/users/ext/a%2Cb%20%2F", Reply(303, {"location": location}))
    upstream.set_reply("/users/5", user_row(5))
    record = await read_load(upstream, ByAlias(Kind.USER, Alias.SIS_ID, "a,b /"), "email")
    assert isinstance(record, User)
    assert record.email == "u5@school.example"
    assert upstream.lines == ["GET /users/ext/a%2Cb%20%2F", "GET /users/5"]


@pytest.mark.parametrize("shape", ["location", "headers", "resolved"])
async def test_redirects_within_a_multiget_are_understood(shape: str) -> None:
    upstream = schoology_upstream()

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

    upstream.transform_rows = reshape
    loads: list[Load] = []
    for number in range(1, 6):
        upstream.set_reply(f"/users/ext/a%2C-{number}", {})
        upstream.set_reply(f"/users/{number}", user_row(number))
        loads.append(ByAlias(Kind.USER, Alias.SIS_ID, f"a,-{number}"))
    record = await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("email")))
    assert [item.key.id for item in record.values() if isinstance(item, User)] == list("12345")


@pytest.mark.parametrize("location", ["", "/v1/users/me", "/v1/users/5/../7x", "nonsense"])
async def test_a_redirect_without_an_id_is_invalid(location: str) -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/users/ext/a%2Cb", Reply(303, {"location": location}))
    answer = await read_load(upstream, ByAlias(Kind.USER, Alias.SIS_ID, "a,b"), "email")
    assert isinstance(answer, UpstreamInvalid)


async def test_a_failed_lookup_fails_its_own_fifty() -> None:
    upstream = schoology_upstream()

    def look(call: Call) -> Any:
        codes = query_of(call)["section_school_codes"].split(",")
        if "SIS-1" in codes:
            return 500
        return {"section": [section_row(int(code.removeprefix("SIS-"))) for code in codes]}

    upstream.set_reply("/sections", look)
    loads: list[Load] = [ByAlias(Kind.SECTION, Alias.SIS_ID, f"SIS-{index}") for index in range(1, 61)]
    record = list(
        (
            await fetch_answers(schoology_backend(upstream), dict.fromkeys(loads, Projection.of("name")))
        ).values()
    )
    assert [isinstance(item, Section) for item in record] == [False] * 50 + [True] * 10


async def test_the_viewer_is_read_without_a_redirect() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/app-user-info", {"web_session_timestamp": 0, "api_uid": 45552})
    upstream.set_reply("/users/45552", user_row(45552))
    record = await read_load(upstream, Viewer(), "display_name")
    assert (record.key.id, record.display_name) == ("45552", "Ada Number 45552")
    assert upstream.lines == ["GET /app-user-info", "GET /users/45552"]


async def test_a_refused_viewer_still_has_an_id() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/app-user-info", {"api_uid": "5"})
    upstream.set_reply("/users/5", 403)
    record = await read_load(upstream, Viewer(), "display_name")
    assert (record.key.id, record.display_name) == ("5", None)


async def test_an_enrollment_is_read_from_its_section_and_has_the_sections_course() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections/4/enrollments/8", enrollment_row(8, 5))
    upstream.set_reply("/sections/4", section_row(4, 7))
    record = await read_load(upstream, ById(Kind.ENROLLMENT, "4.8"), "role", "course_id")
    assert isinstance(record, Enrollment)
    assert (record.role, record.course_id, record.vendor_id) == (Role.STUDENT, "7", "8")
    assert sorted(upstream.lines) == ["GET /sections/4", "GET /sections/4/enrollments/8"]
    assert await read_load(upstream, ById(Kind.ENROLLMENT, "4.9"), "role") is None


async def test_enrollments_without_a_course_share_one_read_of_their_section() -> None:
    upstream, store = schoology_upstream(), Store("lakeside")
    for number in (8, 9):
        upstream.set_reply(f"/sections/4/enrollments/{number}", enrollment_row(number, 5))
    upstream.set_reply("/sections/4", section_row(4, 7))
    loads: list[Load] = [ById(Kind.ENROLLMENT, "4.8"), ById(Kind.ENROLLMENT, "4.9")]
    schoology = schoology_backend(upstream)
    await fetch_answers(schoology, dict.fromkeys(loads, Projection.of("role")), store)
    batch = {
        **dict.fromkeys(loads, Projection.of("course_id")),
        ById(Kind.SECTION, "4"): Projection.of("name"),
    }
    results = await fetch_answers(schoology, batch, store)
    enrollments = [record for record in results.values() if isinstance(record, Enrollment)]
    assert [enrollment.course_id for enrollment in enrollments] == ["7", "7"]
    assert upstream.lines[2:] == ["GET /sections/4"]


async def test_refused_terms_are_read_from_the_section() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections/1", section_row(1, grading_periods=[7]))
    row = {"id": 7, "title": "Fall", "start": "2026-08-17 00:00:00", "end": "2026-12-18 00:00:00"}
    upstream.set_reply("/sections/1/grading_periods", {"grading_period": [row]})
    load = TermsOf(Key(Kind.SECTION, "1"))
    page = await read_load(upstream, load, "name", "is_active")
    assert [(term.name, term.is_active) for term in page.items] == [("Fall", None)]
    assert len(upstream.lines) == 3


async def test_unreadable_terms_of_a_section_exist_without_fields() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/sections/1", section_row(1, grading_periods=[7, 8]))
    page = await read_load(upstream, TermsOf(Key(Kind.SECTION, "1")), "name")
    assert [(term.key.id, term.name) for term in page.items] == [("7", None), ("8", None)]


async def test_a_term_by_id_is_read() -> None:
    upstream = schoology_upstream()
    row = {"id": 7, "title": "Fall", "active": 1, "has_children": False, "parent": "0"}
    upstream.set_reply("/gradingperiods/7", row)
    record = await read_load(upstream, ById(Kind.TERM, "7"), "name", "is_active", "start_at")
    assert isinstance(record, Term)
    assert (record.name, record.is_active, record.start_at) == ("Fall", True, None)
    assert isinstance(await read_load(upstream, ById(Kind.TERM, "7")), Term)


def scripted_accounts() -> ScriptedUpstream:
    upstream = schoology_upstream()
    upstream.set_reply("/schools", {"school": [{"id": "9", "title": "Lakeside"}]})
    for number, name in ((9, "Lakeside"), (10, "North")):
        upstream.set_reply(f"/schools/{number}", {"id": str(number), "title": name})
    upstream.set_reply("/schools/9/buildings", {"building": [{"id": "10", "title": "North"}]})

    def courses(call: Call) -> Any:
        rows = [course_row(1), course_row(2, building_id="10")]
        load_filter = query_of(call).get("building_id")
        return {"course": [row for row in rows if load_filter in (None, row["building_id"])]}

    upstream.set_reply("/courses", courses)
    return upstream


async def test_the_school_is_the_root_and_buildings_are_below_it() -> None:
    upstream, store = scripted_accounts(), Store("lakeside")
    root = await read_load(upstream, RootAccount(), "name", "account_kind", store=store)
    assert isinstance(root, Account)
    assert (root.name, root.account_kind) == ("Lakeside", AccountKind.SCHOOL)
    below = Children(root.key, Kind.ACCOUNT, AccountFilter(recursive=True))
    page = await read_load(upstream, below, "name", store=store)
    assert [(item.name, item.account_kind, item.parent_id) for item in page.items] == [
        ("North", AccountKind.BUILDING, "9")
    ]


async def test_the_list_of_schools_distinguishes_buildings_from_schools() -> None:
    upstream = scripted_accounts()
    record = await read_load(upstream, ById(Kind.ACCOUNT, "10"), "name", "account_kind", "parent_id")
    assert (record.account_kind, record.parent_id) == (AccountKind.BUILDING, "9")
    assert len(upstream.lines) == 2
    upstream = scripted_accounts()
    record = await read_load(upstream, ById(Kind.ACCOUNT, "9"), "name", "account_kind", "parent_id")
    assert (record.account_kind, record.parent_id) == (AccountKind.SCHOOL, None)
    assert len(upstream.lines) == 1
    upstream = scripted_accounts()
    await read_load(upstream, ById(Kind.ACCOUNT, "10"), "name")
    assert upstream.lines == ["GET /schools/10"]


async def test_buildings_that_are_refused_are_forbidden() -> None:
    upstream = scripted_accounts()
    upstream.set_reply("/schools/9/buildings", 403)
    answer = await read_load(upstream, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, Forbidden)


async def test_a_school_in_reply_to_a_list_is_invalid() -> None:
    upstream = scripted_accounts()
    upstream.set_reply("/schools/9/buildings", {"id": "9", "title": "Lakeside"})
    answer = await read_load(upstream, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize(("account", "courses"), [("9", ["1", "2"]), ("10", ["2"])])
async def test_a_school_has_all_courses_and_a_building_its_own(account: str, courses: list[str]) -> None:
    page = await read_load(scripted_accounts(), Children(Key(Kind.ACCOUNT, account), Kind.COURSE))
    assert [item.key.id for item in page.items] == courses


def scripted_student() -> ScriptedUpstream:
    """Script a credential without lists: user 5, in sections 1 to 3 of courses 1, 1 and 2."""
    upstream = schoology_upstream()
    upstream.set_reply("/courses", 403)
    upstream.set_reply("/app-user-info", {"api_uid": 5})
    rows = [section_row(1, 1), section_row(2, 1), section_row(3, 2)]
    upstream.set_reply(
        "/users/5/sections", paged_list("/users/5/sections", "section", rows, with_total=False)
    )
    return upstream


async def test_a_refused_list_of_courses_is_replaced_by_the_viewers_courses() -> None:
    upstream = scripted_student()
    schoology = schoology_backend(upstream)
    load = Search(Kind.COURSE, page=PageRequest(1))
    (page,) = (await fetch_answers(schoology, {load: Projection.of("name")})).values()
    assert isinstance(page, Page)
    assert [item.name for item in page.items if isinstance(item, Course)] == ["Course 1"]
    assert page.has_next
    following = Search(Kind.COURSE, page=PageRequest(1, page.positions[-1]))
    before = len(upstream.lines)
    (rest,) = (await fetch_answers(schoology, {following: Projection.of("name")})).values()
    assert isinstance(rest, Page)
    assert vendor_ids(rest) == ["2"]
    assert not rest.has_next
    assert len(upstream.lines) - before == 1


async def test_a_refusal_is_remembered_for_some_minutes() -> None:
    upstream, now = scripted_student(), [0.0]
    schoology = schoology_backend(upstream, clock=lambda: now[0])
    for index, refused in ((0.0, 1), (599.0, 1), (601.0, 2)):
        now[0] = index
        await fetch_answers(schoology, {Search(Kind.COURSE): Projection.of("name")})
        assert len([call for call in upstream.lines if call.startswith("GET /courses")]) == refused


async def test_a_users_courses_are_those_of_the_users_sections() -> None:
    page = await read_load(scripted_student(), Children(Key(Kind.USER, "5"), Kind.COURSE), "name", "code")
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
    load = Search(Kind.COURSE, load_filter) if parent is None else Children(parent, Kind.COURSE, load_filter)
    upstream = scripted_student()
    assert isinstance(await read_load(upstream, load), Unsupported)
    assert upstream.lines == []


def scripted_users() -> ScriptedUpstream:
    upstream = schoology_upstream()
    roles = [
        {"id": 1, "title": "Teacher", "faculty": 1},
        {"id": "2", "title": "Student", "faculty": 0},
        {"id": 3, "title": "Parent", "faculty": "0"},
    ]
    upstream.set_reply("/roles", {"role": roles})
    upstream.set_reply("/users", paged_list("/users", "user", map(user_row, range(1, 10))))
    return upstream


async def test_users_of_a_role_are_requested_by_the_schools_role_ids() -> None:
    upstream = scripted_users()
    load = Search(Kind.USER, UserFilter(roles=(Role.STUDENT,)), PageRequest(2))
    page = await read_load(upstream, load, "email")
    assert upstream.lines == ["GET /roles", "GET /users?role_ids=2&limit=2"]
    following = Search(Kind.USER, load.filter, PageRequest(2, page.positions[-1]))
    await read_load(upstream, following, "email")
    assert upstream.lines[2:] == ["GET /users?role_ids=2&start=2&limit=2"]


@pytest.mark.parametrize(
    "load_filter",
    [
        UserFilter(search="ada"),
        UserFilter(roles=(Role.OBSERVER,)),
        UserFilter(states=(EnrollmentState.INACTIVE,)),
    ],
)
async def test_users_are_filtered_by_role_only(load_filter: UserFilter) -> None:
    upstream = scripted_users()
    assert isinstance(await read_load(upstream, Search(Kind.USER, load_filter)), Unsupported)
    assert upstream.lines == []


async def test_missing_lists_are_unsupported() -> None:
    load = Children(Key(Kind.ACCOUNT, "9"), Kind.SECTION)
    assert isinstance(await read_load(schoology_upstream(), load), Unsupported)


@pytest.mark.parametrize(
    "id",
    ["", "0", "007", "self", "1/enrollments", "sis_login_id:x", "../", "1~2", "-1", "1.2", " 1",
     "1\n", "٣", "9" * 21],
)  # fmt: skip
def test_an_invalid_id_is_bad_input(id: str) -> None:
    with pytest.raises(BadInput):
        schoology_backend(schoology_upstream()).canonical_id(Kind.SECTION, id)


@pytest.mark.parametrize("id", ["8", "4.", ".8", "4.8.1", "4/8"])
def test_the_id_of_an_enrollment_contains_its_sections(id: str) -> None:
    with pytest.raises(BadInput):
        schoology_backend(schoology_upstream()).canonical_id(Kind.ENROLLMENT, id)
    assert schoology_backend(schoology_upstream()).canonical_id(Kind.ENROLLMENT, "4.8") == "4.8"


async def test_identify_returns_the_name_of_the_credentials_user() -> None:
    upstream = schoology_upstream()
    upstream.set_reply("/app-user-info", {"api_uid": 5})
    upstream.set_reply("/users/5", user_row(5))
    assert (await schoology_backend(upstream).identify()).name == "Ada Number 5"
    upstream.set_reply("/users/5", 403)
    assert (await schoology_backend(upstream).identify()).name == "user 5"
    upstream.set_reply("/app-user-info", 401)
    with pytest.raises(CredentialsRejected):
        await schoology_backend(upstream).identify()


def test_unsupported_operations_have_a_reason() -> None:
    by_operation = capabilities(schoology_backend(schoology_upstream()).limitations)
    assert by_operation["Query.courses"].supported
    assert not by_operation["Query.users(filter.search)"].supported
