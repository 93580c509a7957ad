"""One object at a time, and the school's own lists."""

from typing import Any

import pytest

from lms_gateway.domain.asks import (
    AccountFilter,
    Alias,
    Ask,
    ByAlias,
    ById,
    Children,
    CourseFilter,
    Page,
    PageAsk,
    RootAccount,
    Search,
    TermsOf,
    UserFilter,
    Viewer,
)
from lms_gateway.domain.errors import (
    BadInput,
    CredentialsRejected,
    Forbidden,
    Unsupported,
    UpstreamInvalid,
)
from lms_gateway.domain.records import (
    Account,
    AccountKind,
    Course,
    CourseState,
    Enrollment,
    EnrollmentState,
    Key,
    Kind,
    Role,
    Section,
    Term,
    User,
)
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Reply
from tests.vendors.schoology.script import (
    BASE,
    Script,
    answers,
    backend,
    course,
    enrollment,
    listing,
    section,
    user,
)
from tests.vendors.wants import wanting


async def read(script: Script, ask: Ask, *facets: str, store: Store | None = None) -> Any:
    return (await answers(backend(script), {ask: wanting(*facets)}, store))[ask]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT, Kind.TERM])
async def test_hidden_and_unknown_objects_are_null_alike(kind: Kind, status: int) -> None:
    script = Script()
    for path in ("sections", "courses", "users", "schools", "gradingperiods"):
        script.tell(f"/{path}/5", status)
    assert await read(script, ById(kind, "5"), "name") is None


async def test_what_was_absent_is_not_asked_for_again() -> None:
    script, store = Script(), Store("lakeside")
    for _ in range(2):
        assert await read(script, ById(Kind.SECTION, "5"), "name", store=store) is None
    assert len(script.calls) == 1


async def test_a_course_that_may_not_be_read_is_known_as_far_as_its_sections_tell() -> None:
    script, store = Script(), Store("lakeside")
    script.tell("/sections/1", section(1, 7))
    script.tell("/courses/7", 403)
    await read(script, ById(Kind.SECTION, "1"), "name", store=store)
    found = await read(script, ById(Kind.COURSE, "7"), "name", "department", store=store)
    assert isinstance(found, Course)
    assert (found.name, found.code, found.department) == ("Course 7", "C7", None)
    assert "department" in found.known


@pytest.mark.parametrize(
    "body",
    [
        section(2),
        {"section": [section(1)]},
        [section(1)],
        "Section 1",
        None,
        Reply(200, {}, b"<!DOCTYPE html>"),
        Reply(200, {}, b'{"id": "1"'),
    ],
)
async def test_another_object_than_the_one_asked_for_is_invalid(body: Any) -> None:
    script = Script()
    script.tell("/sections/1", body)
    assert isinstance(await read(script, ById(Kind.SECTION, "1"), "name"), UpstreamInvalid)


async def test_rejected_credentials_are_told_as_such() -> None:
    script = Script()
    script.tell("/sections/1", 401)
    assert isinstance(await read(script, ById(Kind.SECTION, "1"), "name"), CredentialsRejected)


async def test_a_listed_section_is_read_by_itself_only_for_what_lists_lack() -> None:
    script, store = Script(), Store("lakeside")
    path = "/courses/1/sections"
    script.tell(path, listing(path, "section", [section(1)]))
    script.tell("/sections/1", section(1, subject_area="3"))
    await read(script, Children(Key(Kind.COURSE, "1"), Kind.SECTION), store=store)
    await read(script, ById(Kind.SECTION, "1"), "location", "meeting", store=store)
    assert len(script.calls) == 1
    found = await read(script, ById(Kind.SECTION, "1"), "schoology.subject_area", store=store)
    assert found.native["subject_area"] == 3
    assert script.calls[1:] == ["GET /sections/1"]


async def test_a_districts_name_of_a_course_is_asked_for_where_it_is_wanted() -> None:
    script, store = Script(), Store("lakeside")
    script.tell(
        "/courses/1",
        lambda params: course(1, **({"district_course_name": "D"} if params else {})),
    )
    await read(script, ById(Kind.COURSE, "1"), "name", store=store)
    name = "schoology.district_course_name"
    found = await read(script, ById(Kind.COURSE, "1"), name, store=store)
    assert found.native["district_course_name"] == "D"
    assert script.calls == ["GET /courses/1", "GET /courses/1?fetch_district_course_name=1"]


@pytest.mark.parametrize(
    "ask",
    [
        ByAlias(Kind.COURSE, Alias.SIS_ID, "ENG101"),
        ByAlias(Kind.SECTION, Alias.INTEGRATION_ID, "x"),
        ByAlias(Kind.USER, Alias.LOGIN_ID, "ada"),
        ByAlias(Kind.ACCOUNT, Alias.SIS_ID, "x"),
    ],
)
async def test_other_names_than_sis_ids_are_refused(ask: ByAlias) -> None:
    script = Script()
    assert isinstance(await read(script, ask, "name"), Unsupported)
    assert script.calls == []


async def test_an_empty_sis_id_is_bad_input() -> None:
    assert isinstance(await read(Script(), ByAlias(Kind.USER, Alias.SIS_ID, " ")), BadInput)


async def test_an_unknown_sis_id_is_null() -> None:
    script = Script()
    script.tell("/sections", {"section": [], "total": 0})
    assert await read(script, ByAlias(Kind.SECTION, Alias.SIS_ID, "a/b?%.json"), "name") is None
    assert script.calls == [
        "GET /sections?section_school_codes=a/b?%.json&include_past=1&limit=200"
    ]


@pytest.mark.parametrize("location", [f"{BASE}/users/5", "/v1/users/5", "http://x/v1/users/5"])
async def test_a_sis_id_with_a_comma_is_looked_up_by_itself_and_asked_for_by_id(
    location: str,
) -> None:
    script = Script()
    script.tell("/users/ext/a%2Cb%20%2F", Reply(303, {"location": location}))
    script.tell("/users/5", user(5))
    found = await read(script, ByAlias(Kind.USER, Alias.SIS_ID, "a,b /"), "email")
    assert isinstance(found, User)
    assert found.email == "u5@school.example"
    assert script.calls == ["GET /users/ext/a%2Cb%20%2F", "GET /users/5"]


@pytest.mark.parametrize("shape", ["location", "headers", "resolved"])
async def test_redirects_within_a_multiget_are_understood(shape: str) -> None:
    script = Script()

    def reshape(rows: list[Any]) -> list[Any]:
        for row in rows:
            if "/ext/" in row["location"]:
                number = int(row["location"].rpartition("-")[2])
                target = f"{BASE}/users/{number}"
                row["response_code"] = 200 if shape == "resolved" else 303
                row["body"] = user(number) if shape == "resolved" else ""
                if shape == "headers":
                    row["headers"] = [f"Location: {target}"]
                if shape == "location":
                    row["location"] = target
        return rows

    script.shape_rows = reshape
    asks: list[Ask] = []
    for number in range(1, 6):
        script.tell(f"/users/ext/a%2C-{number}", {})
        script.tell(f"/users/{number}", user(number))
        asks.append(ByAlias(Kind.USER, Alias.SIS_ID, f"a,-{number}"))
    found = await answers(backend(script), dict.fromkeys(asks, wanting("email")))
    assert [one.key.id for one in found.values() if isinstance(one, User)] == list("12345")


@pytest.mark.parametrize("location", ["", "/v1/users/me", "/v1/users/5/../7x", "nonsense"])
async def test_a_redirect_that_points_to_no_id_is_invalid(location: str) -> None:
    script = Script()
    script.tell("/users/ext/a%2Cb", Reply(303, {"location": location}))
    answer = await read(script, ByAlias(Kind.USER, Alias.SIS_ID, "a,b"), "email")
    assert isinstance(answer, UpstreamInvalid)


async def test_a_lookup_that_fails_fails_its_own_fifty() -> None:
    script = Script()

    def look(params: Any) -> Any:
        codes = params["section_school_codes"].split(",")
        if "SIS-1" in codes:
            return 500
        return {"section": [section(int(code.removeprefix("SIS-"))) for code in codes]}

    script.tell("/sections", look)
    asks: list[Ask] = [ByAlias(Kind.SECTION, Alias.SIS_ID, f"SIS-{at}") for at in range(1, 61)]
    found = list((await answers(backend(script), dict.fromkeys(asks, wanting("name")))).values())
    assert [isinstance(one, Section) for one in found] == [False] * 50 + [True] * 10


async def test_the_viewer_is_told_without_a_hop_and_read_only_for_more_than_the_id() -> None:
    script = Script()
    script.tell("/app-user-info", {"web_session_timestamp": 0, "api_uid": 45552})
    script.tell("/users/45552", user(45552))
    found = await read(script, Viewer(), "display_name")
    assert (found.key.id, found.display_name) == ("45552", "Ada Number 45552")
    assert script.calls == ["GET /app-user-info", "GET /users/45552"]


async def test_a_viewer_who_may_not_be_read_is_still_somebody() -> None:
    script = Script()
    script.tell("/app-user-info", {"api_uid": "5"})
    script.tell("/users/5", 403)
    found = await read(script, Viewer(), "display_name")
    assert (found.key.id, found.display_name) == ("5", None)


async def test_an_enrollment_is_read_below_its_section_with_the_sections_course() -> None:
    script = Script()
    script.tell("/sections/4/enrollments/8", enrollment(8, 5))
    script.tell("/sections/4", section(4, 7))
    found = await read(script, ById(Kind.ENROLLMENT, "4.8"), "role", "course_id")
    assert isinstance(found, Enrollment)
    assert (found.role, found.course_id, found.vendor_id) == (Role.STUDENT, "7", "8")
    assert sorted(script.calls) == ["GET /sections/4", "GET /sections/4/enrollments/8"]
    assert await read(script, ById(Kind.ENROLLMENT, "4.9"), "role") is None


async def test_enrollments_that_lack_only_their_course_share_their_section() -> None:
    script, store = Script(), Store("lakeside")
    for number in (8, 9):
        script.tell(f"/sections/4/enrollments/{number}", enrollment(number, 5))
    script.tell("/sections/4", section(4, 7))
    asks: list[Ask] = [ById(Kind.ENROLLMENT, "4.8"), ById(Kind.ENROLLMENT, "4.9")]
    school = backend(script)
    await answers(school, dict.fromkeys(asks, wanting("role")), store)
    batch = {**dict.fromkeys(asks, wanting("course_id")), ById(Kind.SECTION, "4"): wanting("name")}
    found = await answers(school, batch, store)
    assert [found[ask].course_id for ask in asks] == ["7", "7"]
    assert script.calls[2:] == ["GET /sections/4"]


async def test_terms_that_nobody_may_list_or_read_are_told_below_the_section() -> None:
    script = Script()
    script.tell("/sections/1", section(1, grading_periods=[7]))
    row = {"id": 7, "title": "Fall", "start": "2026-08-17 00:00:00", "end": "2026-12-18 00:00:00"}
    script.tell("/sections/1/grading_periods", {"grading_period": [row]})
    ask = TermsOf(Key(Kind.SECTION, "1"))
    page = await read(script, ask, "name", "is_active")
    assert [(term.name, term.is_active) for term in page.items] == [("Fall", None)]
    assert len(script.calls) == 3


async def test_terms_of_which_nothing_can_be_told_are_still_there() -> None:
    script = Script()
    script.tell("/sections/1", section(1, grading_periods=[7, 8]))
    page = await read(script, TermsOf(Key(Kind.SECTION, "1")), "name")
    assert [(term.key.id, term.name) for term in page.items] == [("7", None), ("8", None)]


async def test_a_term_by_id_is_read_whoever_asks() -> None:
    script = Script()
    row = {"id": 7, "title": "Fall", "active": 1, "has_children": False, "parent": "0"}
    script.tell("/gradingperiods/7", row)
    found = await read(script, ById(Kind.TERM, "7"), "name", "is_active", "start_at")
    assert isinstance(found, Term)
    assert (found.name, found.is_active, found.start_at) == ("Fall", True, None)
    assert isinstance(await read(script, ById(Kind.TERM, "7")), Term)


def accounts() -> Script:
    script = Script()
    script.tell("/schools", {"school": [{"id": "9", "title": "Lakeside"}]})
    for number, name in ((9, "Lakeside"), (10, "North")):
        script.tell(f"/schools/{number}", {"id": str(number), "title": name})
    script.tell("/schools/9/buildings", {"building": [{"id": "10", "title": "North"}]})

    def courses(params: Any) -> Any:
        rows = [course(1), course(2, building_id="10")]
        wanted = params.get("building_id")
        return {"course": [row for row in rows if wanted in (None, row["building_id"])]}

    script.tell("/courses", courses)
    return script


async def test_the_school_is_the_root_and_buildings_are_below_it() -> None:
    script, store = accounts(), Store("lakeside")
    root = await read(script, RootAccount(), "name", "account_kind", store=store)
    assert isinstance(root, Account)
    assert (root.name, root.account_kind) == ("Lakeside", AccountKind.SCHOOL)
    below = Children(root.key, Kind.ACCOUNT, AccountFilter(recursive=True))
    page = await read(script, below, "name", store=store)
    assert [(one.name, one.account_kind, one.parent_id) for one in page.items] == [
        ("North", AccountKind.BUILDING, "9")
    ]


async def test_a_building_by_id_is_told_from_a_school_by_the_list_of_schools() -> None:
    script = accounts()
    found = await read(script, ById(Kind.ACCOUNT, "10"), "name", "account_kind", "parent_id")
    assert (found.account_kind, found.parent_id) == (AccountKind.BUILDING, "9")
    assert len(script.calls) == 2
    script = accounts()
    found = await read(script, ById(Kind.ACCOUNT, "9"), "name", "account_kind", "parent_id")
    assert (found.account_kind, found.parent_id) == (AccountKind.SCHOOL, None)
    assert len(script.calls) == 1
    script = accounts()
    await read(script, ById(Kind.ACCOUNT, "10"), "name")
    assert script.calls == ["GET /schools/10"]


async def test_buildings_that_are_refused_are_forbidden() -> None:
    script = accounts()
    script.tell("/schools/9/buildings", 403)
    answer = await read(script, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, Forbidden)


async def test_an_unknown_list_that_is_answered_with_the_school_itself_is_invalid() -> None:
    script = accounts()
    script.tell("/schools/9/buildings", {"id": "9", "title": "Lakeside"})
    answer = await read(script, Children(Key(Kind.ACCOUNT, "9"), Kind.ACCOUNT))
    assert isinstance(answer, UpstreamInvalid)


@pytest.mark.parametrize(("account", "courses"), [("9", ["1", "2"]), ("10", ["2"])])
async def test_a_school_has_all_courses_and_a_building_its_own(
    account: str, courses: list[str]
) -> None:
    page = await read(accounts(), Children(Key(Kind.ACCOUNT, account), Kind.COURSE))
    assert [one.key.id for one in page.items] == courses


def student() -> Script:
    """A credential that may list nothing: user 5, in sections 1 to 3 of courses 1, 1 and 2."""
    script = Script()
    script.tell("/courses", 403)
    script.tell("/app-user-info", {"api_uid": 5})
    rows = [section(1, 1), section(2, 1), section(3, 2)]
    script.tell("/users/5/sections", listing("/users/5/sections", "section", rows, total=False))
    return script


async def test_where_courses_may_not_be_listed_they_are_the_callers_own() -> None:
    script = student()
    school = backend(script)
    ask = Search(Kind.COURSE, page=PageAsk(1))
    (page,) = (await answers(school, {ask: wanting("name")})).values()
    assert isinstance(page, Page)
    assert [one.name for one in page.items if isinstance(one, Course)] == ["Course 1"]
    assert page.has_next
    following = Search(Kind.COURSE, page=PageAsk(1, page.positions[-1]))
    before = len(script.calls)
    (rest,) = (await answers(school, {following: wanting("name")})).values()
    assert isinstance(rest, Page)
    assert [one.key.id for one in rest.items] == ["2"]
    assert not rest.has_next
    assert len(script.calls) - before == 1


async def test_a_refusal_is_remembered_for_some_minutes() -> None:
    script, now = student(), [0.0]
    school = backend(script, clock=lambda: now[0])
    for at, refused in ((0.0, 1), (599.0, 1), (601.0, 2)):
        now[0] = at
        await answers(school, {Search(Kind.COURSE): wanting("name")})
        assert len([call for call in script.calls if call.startswith("GET /courses")]) == refused


async def test_a_users_courses_are_those_of_the_users_sections() -> None:
    page = await read(student(), Children(Key(Kind.USER, "5"), Kind.COURSE), "name", "code")
    assert [(one.name, one.code) for one in page.items] == [("Course 1", "C1"), ("Course 2", "C2")]
    assert page.total == 2


@pytest.mark.parametrize(
    "wanted",
    [
        CourseFilter(search="x"),
        CourseFilter(states=(CourseState.AVAILABLE,)),
        CourseFilter(term_id="1"),
        CourseFilter(teacher_ids=("1",)),
    ],
)
@pytest.mark.parametrize("parent", [None, Key(Kind.USER, "5"), Key(Kind.ACCOUNT, "9")])
async def test_courses_are_not_filtered(wanted: CourseFilter, parent: Key | None) -> None:
    ask = Search(Kind.COURSE, wanted) if parent is None else Children(parent, Kind.COURSE, wanted)
    script = student()
    assert isinstance(await read(script, ask), Unsupported)
    assert script.calls == []


def users() -> Script:
    script = Script()
    roles = [
        {"id": 1, "title": "Teacher", "faculty": 1},
        {"id": "2", "title": "Student", "faculty": 0},
        {"id": 3, "title": "Parent", "faculty": "0"},
    ]
    script.tell("/roles", {"role": roles})
    script.tell("/users", listing("/users", "user", map(user, range(1, 10))))
    return script


async def test_users_of_a_role_are_asked_for_by_the_schools_own_roles() -> None:
    script = users()
    ask = Search(Kind.USER, UserFilter(roles=(Role.STUDENT,)), PageAsk(2))
    page = await read(script, ask, "email")
    assert script.calls == ["GET /roles", "GET /users?role_ids=2&limit=2"]
    following = Search(Kind.USER, ask.filter, PageAsk(2, page.positions[-1]))
    await read(script, following, "email")
    assert script.calls[2:] == ["GET /users?role_ids=2&start=2&limit=2"]


@pytest.mark.parametrize(
    "wanted",
    [
        UserFilter(search="ada"),
        UserFilter(roles=(Role.OBSERVER,)),
        UserFilter(states=(EnrollmentState.INACTIVE,)),
    ],
)
async def test_users_are_filtered_by_role_alone(wanted: UserFilter) -> None:
    script = users()
    assert isinstance(await read(script, Search(Kind.USER, wanted)), Unsupported)
    assert script.calls == []


async def test_lists_that_schoology_does_not_have_are_refused() -> None:
    ask = Children(Key(Kind.ACCOUNT, "9"), Kind.SECTION)
    assert isinstance(await read(Script(), ask), Unsupported)


@pytest.mark.parametrize(
    "id",
    ["", "0", "007", "self", "1/enrollments", "sis_login_id:x", "../", "1~2", "-1", "1.2", " 1",
     "1\n", "٣", "9" * 21],
)  # fmt: skip
def test_what_is_no_id_is_bad_input(id: str) -> None:
    with pytest.raises(BadInput):
        backend(Script()).canonical_id(Kind.SECTION, id)


@pytest.mark.parametrize("id", ["8", "4.", ".8", "4.8.1", "4/8"])
def test_an_enrollments_id_holds_its_sections(id: str) -> None:
    with pytest.raises(BadInput):
        backend(Script()).canonical_id(Kind.ENROLLMENT, id)
    assert backend(Script()).canonical_id(Kind.ENROLLMENT, "4.8") == "4.8"


async def test_a_credential_says_who_it_is() -> None:
    script = Script()
    script.tell("/app-user-info", {"api_uid": 5})
    script.tell("/users/5", user(5))
    assert (await backend(script).identify()).name == "Ada Number 5"
    script.tell("/users/5", 403)
    assert (await backend(script).identify()).name == "user 5"
    script.tell("/app-user-info", 401)
    with pytest.raises(CredentialsRejected):
        await backend(script).identify()


def test_capabilities_say_why_not() -> None:
    told = {one.operation: one for one in backend(Script()).capabilities}
    assert told["Query.courses"].supported
    assert not told["Query.users(filter.search)"].supported
    assert all((one.reason is None) == one.supported for one in told.values())
