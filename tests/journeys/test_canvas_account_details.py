"""What only Canvas tells of accounts, and how only Canvas narrows lists of courses."""

from typing import Any

import pytest

from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.canvas import CanvasHabits
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.sandbox.world import MAPLE
from tests.journeys.looking import AS_TEACHER, asked, look, sent
from tests.stage import Stage, over, staged

ROOT, PART = str(MAPLE.root), str(MAPLE.parts[0])
TEACHER = str(MAPLE.teacher)


async def told(stage: Stage, field: str, *, account: str = ROOT) -> Any:
    """A field of an account."""
    data = await stage.answer(
        f'{{ account(by: {{vendorId: "{account}"}}) {{ found: {field} }} }}', "maple"
    )
    return data["account"]["found"]


async def global_id(stage: Stage, type: str, id: str) -> str:
    data = await stage.answer(f'{{ {type}(by: {{vendorId: "{id}"}}) {{ id }} }}', "maple")
    found: str = data[type]["id"]
    return found


async def test_an_account_and_all_that_is_told_of_it_are_one_call_each(writable: Stage) -> None:
    await writable.answer(
        """{ account(by: {vendorId: "1"}) { name settings termsOfService { termsType }
           helpLinks { helpLinkName } visibleCalendarsCount
           notifications { subject } availableReports { title }
           permissions(names: ["manage_courses"]) { granted } calendar { visible } } }""",
        "maple",
    )
    below = f"GET /accounts/{ROOT}"
    assert asked(writable) == sorted(
        [
            below,
            f"GET /account_calendars/{ROOT}",
            *(
                f"{below}/{name}"
                for name in (
                    "account_notifications",
                    "help_links",
                    "permissions",
                    "reports",
                    "settings",
                    "terms_of_service",
                    "visible_calendars_count",
                )
            ),
        ]
    )


async def test_settings_may_be_empty(writable: Stage) -> None:
    assert await told(writable, "settings") == await look(writable, f"/accounts/{ROOT}/settings")
    assert await told(writable, "settings", account=PART) == {}


async def test_permissions(writable: Stage) -> None:
    found = await told(writable, 'permissions(names: ["read_roster"]) { name granted }')
    assert found == [{"name": "read_roster", "granted": True}]
    everything = await told(writable, "permissions { name granted }")
    stored = await look(writable, f"/accounts/{ROOT}/permissions")
    assert {row["name"]: row["granted"] for row in everything} == stored


async def test_terms_of_service(writable: Stage) -> None:
    found = await told(writable, "termsOfService { id termsType passive accountId content }")
    stored = await look(writable, f"/accounts/{ROOT}/terms_of_service")
    assert found == {
        "id": str(stored["id"]),
        "termsType": stored["terms_type"],
        "passive": stored["passive"],
        "accountId": str(stored["account_id"]),
        "content": stored["content"],
    }


async def test_help_is_told_of_root_accounts_only(writable: Stage) -> None:
    """An empty object is how Canvas says that there is none."""
    field = "helpLinks { helpLinkName customHelpLinks { id text url availableTo } }"
    found = await told(writable, field)
    stored = await look(writable, f"/accounts/{ROOT}/help_links")
    assert found["helpLinkName"] == stored["help_link_name"]
    assert found["customHelpLinks"][0]["text"] == stored["custom_help_links"][0]["text"]
    assert await told(writable, field, account=PART) is None


async def test_lists_of_accounts(writable: Stage) -> None:
    data = await writable.answer(
        """{ manageableAccounts { nodes { vendorId name } }
             courseCreationAccounts { nodes { vendorId } } accounts { nodes { vendorId } } }""",
        "maple",
    )
    for field, path in (
        ("manageableAccounts", "/manageable_accounts"),
        ("courseCreationAccounts", "/course_creation_accounts"),
        ("accounts", "/accounts"),
    ):
        stored = await look(writable, f"{path}?per_page=100")
        assert [row["vendorId"] for row in data[field]["nodes"]] == [
            str(row["id"]) for row in stored
        ]


async def test_the_account_of_courses_made_by_hand(writable: Stage) -> None:
    """Canvas makes it where it is asked for and there is none yet."""
    data = await writable.answer("{ manuallyCreatedCoursesAccount { vendorId name } }", "maple")
    made = await look(writable, "/manually_created_courses_account")
    assert data["manuallyCreatedCoursesAccount"] == {
        "vendorId": str(made["id"]),
        "name": made["name"],
    }


async def test_sub_accounts_directly_below_or_all() -> None:
    async with staged(sections=13) as stage:
        direct = await told(stage, "subAccounts { nodes { vendorId parent { vendorId } } }")
        every = await told(stage, "subAccounts(recursive: true) { nodes { vendorId } }")
        assert {row["vendorId"] for row in direct["nodes"]} == {str(id) for id in MAPLE.parts[:2]}
        assert {row["vendorId"] for row in every["nodes"]} == {str(id) for id in MAPLE.parts}
        assert ("recursive", "true") in sent(stage, f"/accounts/{ROOT}/sub_accounts")


async def test_accounts_of_the_courses_that_one_teaches() -> None:
    """Read-only rows, in bookmarked pages; and teachers manage none."""
    async with staged(sections=13, settings=AS_TEACHER) as stage:
        data = await stage.answer(
            """{ courseAccounts(first: 1) { nodes { vendorId name } pageInfo { endCursor } }
                 manageableAccounts { nodes { id } } accounts { nodes { id } } }""",
            "maple",
        )
        assert data["courseAccounts"]["nodes"][0]["name"]
        assert data["manageableAccounts"]["nodes"] == data["accounts"]["nodes"] == []


async def test_the_environment_and_the_search_for_schools(writable: Stage) -> None:
    data = await writable.answer(
        '{ environment accountDomains(name: "maple") { name domain distance } }', "maple"
    )
    assert data["environment"] == await look(writable, "/settings/environment")
    stored = await look(writable, "/accounts/search?name=maple")
    assert [row["domain"] for row in data["accountDomains"]] == [row["domain"] for row in stored]
    assert stored
    assert ("name", "maple") in sent(writable, "/accounts/search")


CALENDARS = """{ accountCalendars { nodes { id vendorId name visible autoSubscribe } } }"""


@pytest.mark.parametrize("wraps", [True, False], ids=["wrapped", "bare"])
async def test_account_calendars_wrapped_in_an_object_or_bare(wraps: bool) -> None:
    """Quirk 9."""
    habits = CanvasHabits(wraps_calendars=wraps)
    async with staged(sections=13, canvas_habits=habits) as stage:
        found = (await stage.answer(CALENDARS, "maple"))["accountCalendars"]["nodes"]
        stored = await look(stage, "/account_calendars?per_page=100")
        assert isinstance(stored, dict) is wraps
        rows = stored["account_calendars"] if wraps else stored
        assert [row["vendorId"] for row in found] == [str(row["id"]) for row in rows]
        assert all(row["visible"] for row in found)


async def test_calendars_of_an_account(writable: Stage) -> None:
    """Without a search or filter the account and those directly below, with one all below."""
    direct = await told(
        writable, "calendars { nodes { id vendorId subAccountCount rootAccountId name } }"
    )
    assert {row["vendorId"] for row in direct["nodes"]} >= {ROOT, PART}
    assert direct["nodes"][0]["subAccountCount"] is not None
    for visible, word in ((True, "visible"), (False, "hidden")):
        writable.cold()
        literal = str(visible).lower()
        some = await told(writable, f"calendars(visible: {literal}) {{ nodes {{ visible }} }}")
        assert {row["visible"] for row in some["nodes"]} <= {visible}
        assert ("filter", word) in sent(writable, f"/accounts/{ROOT}/account_calendars")
    name = direct["nodes"][1]["name"]
    found = await told(writable, f'calendars(search: "{name}") {{ nodes {{ vendorId }} }}')
    assert direct["nodes"][1]["vendorId"] in [row["vendorId"] for row in found["nodes"]]
    again = await writable.answer(
        """query ($id: ID!) { node(id: $id) { __typename
             ... on AccountCalendar { vendorId name } } }""",
        id=direct["nodes"][1]["id"],
    )
    assert again["node"] == {
        "__typename": "AccountCalendar",
        "vendorId": direct["nodes"][1]["vendorId"],
        "name": name,
    }
    count = await told(writable, "visibleCalendarsCount")
    stored = await look(writable, f"/accounts/{ROOT}/visible_calendars_count")
    assert count == stored["count"]


async def test_a_search_that_canvas_would_refuse_is_not_sent(writable: Stage) -> None:
    answer = await writable.ask('{ accountCalendars(search: "a") { nodes { id } } }', "maple")
    assert answer.codes == [("accountCalendars", "BAD_USER_INPUT")]
    assert asked(writable) == []


async def test_notifications_for_the_viewer_past_ones_and_all(writable: Stage) -> None:
    """Quirk 9: they are not paged."""
    path = f"/accounts/{ROOT}/account_notifications"
    counts = []
    for arguments in ("", "(includePast: true)", "(includeAll: true)"):
        writable.cold()
        rows = await told(
            writable, f"notifications{arguments} {{ id vendorId subject roles roleIds startAt }}"
        )
        counts.append(len(rows))
        assert len([one for one in asked(writable) if one.endswith("notifications")]) == 1
    stored = await look(writable, f"{path}?include_all=true")
    own = await told(writable, "notifications { id subject }")
    assert {row["vendorId"] for row in rows} == {str(row["id"]) for row in stored}
    assert counts[0] <= counts[1]
    assert counts[0] <= counts[2]
    found = await writable.answer(
        "query ($id: ID!) { node(id: $id) { ... on AccountNotification { subject } } }",
        id=own[0]["id"],
    )
    assert found["node"]["subject"] == own[0]["subject"]


async def test_reports_that_there_are_and_how_often_they_ran(writable: Stage) -> None:
    found = await told(
        writable,
        "availableReports { report title parameters { name required description } lastRun }",
    )
    stored = await look(writable, f"/accounts/{ROOT}/reports")
    assert [row["report"] for row in found] == [row["report"] for row in stored]
    grades = next(row for row in found if row["report"] == "grade_export_csv")
    assert {"enrollment_term_id"} <= {
        one["name"] for one in grades["parameters"] if one["required"]
    }
    runs = await told(writable, 'reports(report: "provisioning_csv") { nodes { id status } }')
    assert runs["nodes"] == []
    assert f"GET /accounts/{ROOT}/reports/provisioning_csv" in asked(writable)


# Lists of courses, narrowed as only Canvas can

OF_ACCOUNT = """query ($filter: CoursesFilter) { account(by: {vendorId: "1"}) {
  courses(first: 500, filter: $filter) { nodes { vendorId name } } } }"""
PATH = f"/accounts/{ROOT}/courses"
NARROWED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"withEnrollments": True}, [("with_enrollments", "true")]),
    ({"withEnrollments": False}, [("with_enrollments", "false")]),
    ({"published": False}, [("published", "false")]),
    ({"completed": True}, [("completed", "true")]),
    ({"blueprint": False}, [("blueprint", "false")]),
    ({"blueprintAssociated": False}, [("blueprint_associated", "false")]),
    ({"public": False}, [("public", "false")]),
    ({"enrollmentType": ["TEACHER"]}, [("enrollment_type[]", "teacher")]),
    ({"hideEnrollmentlessCourses": True}, [("hide_enrollmentless_courses", "true")]),
    ({"hideEnrollmentlessCourses": False}, []),  # quirk 25: any value hides them
    ({"homeroom": True}, [("homeroom", "true")]),
    ({"startsBefore": "2027-01-01"}, [("starts_before", "2027-01-01")]),
    ({"endsAfter": "2020-01-01"}, [("ends_after", "2020-01-01")]),
    ({"sort": "COURSE_NAME", "order": "DESC"}, [("sort", "course_name"), ("order", "desc")]),
]


@pytest.mark.parametrize(("canvas", "expected"), NARROWED, ids=lambda one: str(one)[:40])
async def test_an_accounts_courses_are_narrowed_and_sorted(
    writable: Stage, canvas: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Quirk 25: false is told from left out."""
    data = await writable.answer(OF_ACCOUNT, "maple", filter={"canvas": canvas})
    told = [pair for pair in sent(writable, PATH) if not pair[0].startswith("include")]
    assert sorted(told) == sorted(expected)
    query = "&".join(f"{name}={value}" for name, value in [*expected, ("per_page", "100")])
    stored = await look(writable, f"{PATH}?{query}")
    assert [row["vendorId"] for row in data["account"]["courses"]["nodes"]] == [
        str(row["id"]) for row in stored
    ]


async def test_courses_of_accounts_below_and_searched_by_teacher(writable: Stage) -> None:
    part = await global_id(writable, "account", PART)
    writable.cold()
    data = await writable.answer(OF_ACCOUNT, "maple", filter={"canvas": {"bySubaccounts": [part]}})
    stored = await look(writable, f"{PATH}?by_subaccounts[]={PART}&per_page=100")
    assert [row["vendorId"] for row in data["account"]["courses"]["nodes"]] == [
        str(row["id"]) for row in stored
    ]
    name = (await look(writable, f"/users/{TEACHER}"))["name"]
    data = await writable.answer(
        OF_ACCOUNT, "maple", filter={"search": name, "canvas": {"searchBy": "TEACHER"}}
    )
    assert str(MAPLE.course) in [row["vendorId"] for row in data["account"]["courses"]["nodes"]]


async def test_an_order_without_what_to_sort_by_is_refused(writable: Stage) -> None:
    """Canvas would ignore it."""
    answer = await writable.ask(OF_ACCOUNT, "maple", filter={"canvas": {"order": "DESC"}})
    assert answer.codes == [("account.courses", "BAD_USER_INPUT")]


async def test_a_users_courses_are_narrowed() -> None:
    query = """query ($user: ID!, $filter: UserCoursesFilter) { user(by: {vendorId: $user}) {
      courses(filter: $filter) { nodes { vendorId } } } }"""
    async with staged(sections=13) as stage:
        part = await global_id(stage, "account", PART)
        path = f"/users/{TEACHER}/courses"
        for canvas, expected in (
            ({"enrollmentState": "ACTIVE"}, ("enrollment_state", "active")),
            ({"homeroom": False}, None),
            ({"account": part}, ("account_id", PART)),
        ):
            stage.cold()
            data = await stage.answer(query, "maple", user=TEACHER, filter={"canvas": canvas})
            given = [one for one in sent(stage, path) if not one[0].startswith("include")]
            asked_for = f"&{expected[0]}={expected[1]}" if expected else ""
            if expected:
                assert expected in given
            stored = await look(stage, f"{path}?per_page=100{asked_for}")
            assert [row["vendorId"] for row in data["user"]["courses"]["nodes"]] == [
                str(row["id"]) for row in stored
            ]
        data = await stage.answer(query, "maple", user=TEACHER, filter={"states": ["AVAILABLE"]})
        assert data["user"]["courses"]["nodes"]


async def test_the_viewers_courses_are_narrowed() -> None:
    query = """query ($filter: UserCoursesFilter) { viewer {
      courses(filter: $filter) { nodes { vendorId } } } }"""
    async with staged(sections=13, settings=AS_TEACHER) as stage:
        for canvas, expected in (
            ({"enrollmentType": "TEACHER"}, ("enrollment_type", "teacher")),
            ({"enrollmentState": "ACTIVE"}, ("enrollment_state", "active")),
            ({"excludeBlueprintCourses": True}, ("exclude_blueprint_courses", "true")),
        ):
            stage.cold()
            data = await stage.answer(query, "maple", filter={"canvas": canvas})
            assert expected in sent(stage, "/courses")
            ids = [row["vendorId"] for row in data["viewer"]["courses"]["nodes"]]
            assert str(MAPLE.course) in ids
        stage.cold()
        data = await stage.answer(query, "maple", filter={"canvas": {"enrollmentType": "STUDENT"}})
        assert data["viewer"]["courses"]["nodes"] == []


NOWHERE_ELSE = {
    **{
        f"Account.{name}": f"account(by: {{root: true}}) {{ {name}{rest} }}"
        for name, rest in {
            "settings": "",
            "permissions": " { name }",
            "termsOfService": " { id }",
            "helpLinks": " { helpLinkName }",
            "calendar": " { id }",
            "calendars": " { nodes { id } }",
            "visibleCalendarsCount": "",
            "notifications": " { id }",
            "availableReports": " { title }",
            "reports": '(report: "x") { nodes { id } }',
        }.items()
    },
    "Account.courses(filter.canvas)": (
        "account(by: {root: true}) { "
        "courses(filter: {canvas: {published: true}}) { nodes { id } } }"
    ),
    "Query.manageableAccounts": "manageableAccounts { nodes { id } }",
    "Query.courseCreationAccounts": "courseCreationAccounts { nodes { id } }",
    "Query.courseAccounts": "courseAccounts { nodes { id } }",
    "Query.manuallyCreatedCoursesAccount": "manuallyCreatedCoursesAccount { id }",
    "Query.environment": "environment",
    "Query.accountDomains": 'accountDomains(name: "x") { name }',
    "Query.accountCalendars": "accountCalendars { nodes { id } }",
    "User.accessToken": 'viewer { accessToken(id: "1") { id } }',
    "User.courses(filter.canvas)": (
        "viewer { courses(filter: {canvas: {homeroom: true}}) { nodes { id } } }"
    ),
}


async def test_schoology_says_that_it_has_none_of_it_and_said_so_before() -> None:
    with SandboxServer(create_sandbox(13)) as server:
        async with over(server) as stage:
            data = await stage.answer(
                "{ tenant { capabilities { operation supported } } }", "lakeside"
            )
            supported = {
                one["operation"]: one["supported"] for one in data["tenant"]["capabilities"]
            }
            for place, query in NOWHERE_ELSE.items():
                answer = await stage.ask(f"{{ {query} }}", "lakeside")
                assert [code for _, code in answer.codes] == ["UNSUPPORTED_BY_VENDOR"], place
                assert supported[place] is False, place
                ours = await stage.answer(
                    "{ tenant { capabilities { operation supported } } }", "maple"
                )
                assert {"operation": place, "supported": True} in ours["tenant"]["capabilities"]
