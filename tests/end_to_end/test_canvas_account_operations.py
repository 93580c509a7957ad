"""Account operations of Canvas, and its filters of course lists."""

from typing import Any

import pytest

from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.server import SandboxServer
from tests.end_to_end.vendor_state import AS_TEACHER, canvas_calls, read_canvas, sent_params
from tests.harness import GatewayHarness, gateway_over, running_gateway

ROOT, PART = str(MAPLE.root), str(MAPLE.sub_accounts[0])
TEACHER = str(MAPLE.teacher)


async def read_account(gateway: GatewayHarness, field: str, *, account: str = ROOT) -> Any:
    """Query a field of an account."""
    data = await gateway.query(f'{{ account(by: {{vendorId: "{account}"}}) {{ found: {field} }} }}', "maple")
    return data["account"]["found"]


async def global_id(gateway: GatewayHarness, type: str, id: str) -> str:
    data = await gateway.query(f'{{ {type}(by: {{vendorId: "{id}"}}) {{ id }} }}', "maple")
    results: str = data[type]["id"]
    return results


async def test_an_account_and_each_of_its_operations_are_one_call_each(
    writable: GatewayHarness,
) -> None:
    await writable.query(
        """{ account(by: {vendorId: "1"}) { name settings termsOfService { termsType }
           helpLinks { helpLinkName } visibleCalendarsCount
           notifications { subject } availableReports { title }
           permissions(names: ["manage_courses"]) { granted } calendar { visible } } }""",
        "maple",
    )
    below = f"GET /accounts/{ROOT}"
    assert canvas_calls(writable) == sorted(
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


async def test_settings_may_be_empty(writable: GatewayHarness) -> None:
    assert await read_account(writable, "settings") == await read_canvas(
        writable, f"/accounts/{ROOT}/settings"
    )
    assert await read_account(writable, "settings", account=PART) == {}


async def test_permissions(writable: GatewayHarness) -> None:
    actual = await read_account(writable, 'permissions(names: ["read_roster"]) { name granted }')
    assert actual == [{"name": "read_roster", "granted": True}]
    everything = await read_account(writable, "permissions { name granted }")
    stored = await read_canvas(writable, f"/accounts/{ROOT}/permissions")
    assert {row["name"]: row["granted"] for row in everything} == stored


async def test_terms_of_service(writable: GatewayHarness) -> None:
    actual = await read_account(writable, "termsOfService { id termsType passive accountId content }")
    stored = await read_canvas(writable, f"/accounts/{ROOT}/terms_of_service")
    assert actual == {
        "id": str(stored["id"]),
        "termsType": stored["terms_type"],
        "passive": stored["passive"],
        "accountId": str(stored["account_id"]),
        "content": stored["content"],
    }


async def test_only_root_accounts_have_help_links(writable: GatewayHarness) -> None:
    """Canvas answers with an empty object if there are none."""
    field = "helpLinks { helpLinkName customHelpLinks { id text url availableTo } }"
    actual = await read_account(writable, field)
    stored = await read_canvas(writable, f"/accounts/{ROOT}/help_links")
    assert actual["helpLinkName"] == stored["help_link_name"]
    assert actual["customHelpLinks"][0]["text"] == stored["custom_help_links"][0]["text"]
    assert await read_account(writable, field, account=PART) is None


async def test_lists_of_accounts(writable: GatewayHarness) -> None:
    data = await writable.query(
        """{ manageableAccounts { nodes { vendorId name } }
             courseCreationAccounts { nodes { vendorId } } accounts { nodes { vendorId } } }""",
        "maple",
    )
    for field, path in (
        ("manageableAccounts", "/manageable_accounts"),
        ("courseCreationAccounts", "/course_creation_accounts"),
        ("accounts", "/accounts"),
    ):
        stored = await read_canvas(writable, f"{path}?per_page=100")
        assert [row["vendorId"] for row in data[field]["nodes"]] == [str(row["id"]) for row in stored]


async def test_the_account_of_manually_created_courses(writable: GatewayHarness) -> None:
    """Canvas creates it on the first request."""
    data = await writable.query("{ manuallyCreatedCoursesAccount { vendorId name } }", "maple")
    made = await read_canvas(writable, "/manually_created_courses_account")
    assert data["manuallyCreatedCoursesAccount"] == {
        "vendorId": str(made["id"]),
        "name": made["name"],
    }


async def test_direct_and_recursive_sub_accounts() -> None:
    async with running_gateway(sections=13) as gateway:
        direct = await read_account(gateway, "subAccounts { nodes { vendorId parent { vendorId } } }")
        every = await read_account(gateway, "subAccounts(recursive: true) { nodes { vendorId } }")
        assert {row["vendorId"] for row in direct["nodes"]} == {str(id) for id in MAPLE.sub_accounts[:2]}
        assert {row["vendorId"] for row in every["nodes"]} == {str(id) for id in MAPLE.sub_accounts}
        assert ("recursive", "true") in sent_params(gateway, f"/accounts/{ROOT}/sub_accounts")


async def test_accounts_of_the_courses_that_the_viewer_teaches() -> None:
    """Read-only rows in bookmarked pages; teachers manage no account."""
    async with running_gateway(sections=13, settings=AS_TEACHER) as gateway:
        data = await gateway.query(
            """{ courseAccounts(first: 1) { nodes { vendorId name } pageInfo { endCursor } }
                 manageableAccounts { nodes { id } } accounts { nodes { id } } }""",
            "maple",
        )
        assert data["courseAccounts"]["nodes"][0]["name"]
        assert data["manageableAccounts"]["nodes"] == data["accounts"]["nodes"] == []


async def test_the_environment_and_the_search_for_schools(writable: GatewayHarness) -> None:
    data = await writable.query(
        '{ environment accountDomains(name: "maple") { name domain distance } }', "maple"
    )
    assert data["environment"] == await read_canvas(writable, "/settings/environment")
    stored = await read_canvas(writable, "/accounts/search?name=maple")
    assert [row["domain"] for row in data["accountDomains"]] == [row["domain"] for row in stored]
    assert stored
    assert ("name", "maple") in sent_params(writable, "/accounts/search")


CALENDARS = """{ accountCalendars { nodes { id vendorId name visible autoSubscribe } } }"""


@pytest.mark.parametrize("wraps", [True, False], ids=["wrapped", "bare"])
async def test_account_calendars_with_and_without_a_wrapper(wraps: bool) -> None:
    """Some versions of Canvas wrap the list in an object."""
    quirks = CanvasQuirks(wraps_calendars=wraps)
    async with running_gateway(sections=13, canvas_quirks=quirks) as gateway:
        actual = (await gateway.query(CALENDARS, "maple"))["accountCalendars"]["nodes"]
        stored = await read_canvas(gateway, "/account_calendars?per_page=100")
        assert isinstance(stored, dict) is wraps
        rows = stored["account_calendars"] if wraps else stored
        assert [row["vendorId"] for row in actual] == [str(row["id"]) for row in rows]
        assert all(row["visible"] for row in actual)


async def test_calendars_of_an_account(writable: GatewayHarness) -> None:
    """Without a search or filter: the account and its direct sub-accounts; with one: all below."""
    direct = await read_account(
        writable, "calendars { nodes { id vendorId subAccountCount rootAccountId name } }"
    )
    assert {row["vendorId"] for row in direct["nodes"]} >= {ROOT, PART}
    assert direct["nodes"][0]["subAccountCount"] is not None
    for visible, word in ((True, "visible"), (False, "hidden")):
        writable.clear_log()
        literal = str(visible).lower()
        some = await read_account(writable, f"calendars(visible: {literal}) {{ nodes {{ visible }} }}")
        assert {row["visible"] for row in some["nodes"]} <= {visible}
        assert ("filter", word) in sent_params(writable, f"/accounts/{ROOT}/account_calendars")
    name = direct["nodes"][1]["name"]
    actual = await read_account(writable, f'calendars(search: "{name}") {{ nodes {{ vendorId }} }}')
    assert direct["nodes"][1]["vendorId"] in [row["vendorId"] for row in actual["nodes"]]
    again = await writable.query(
        """query ($id: ID!) { node(id: $id) { __typename
             ... on AccountCalendar { vendorId name } } }""",
        id=direct["nodes"][1]["id"],
    )
    assert again["node"] == {
        "__typename": "AccountCalendar",
        "vendorId": direct["nodes"][1]["vendorId"],
        "name": name,
    }
    count = await read_account(writable, "visibleCalendarsCount")
    stored = await read_canvas(writable, f"/accounts/{ROOT}/visible_calendars_count")
    assert count == stored["count"]


async def test_a_search_that_canvas_would_reject_is_not_sent(writable: GatewayHarness) -> None:
    answer = await writable.execute('{ accountCalendars(search: "a") { nodes { id } } }', "maple")
    assert answer.codes == [("accountCalendars", "BAD_USER_INPUT")]
    assert canvas_calls(writable) == []


async def test_notifications_of_the_viewer_past_ones_and_all(writable: GatewayHarness) -> None:
    """They are not paged."""
    path = f"/accounts/{ROOT}/account_notifications"
    counts = []
    for arguments in ("", "(includePast: true)", "(includeAll: true)"):
        writable.clear_log()
        rows = await read_account(
            writable, f"notifications{arguments} {{ id vendorId subject roles roleIds startAt }}"
        )
        counts.append(len(rows))
        assert len([call for call in canvas_calls(writable) if call.endswith("notifications")]) == 1
    stored = await read_canvas(writable, f"{path}?include_all=true")
    own = await read_account(writable, "notifications { id subject }")
    assert {row["vendorId"] for row in rows} == {str(row["id"]) for row in stored}
    assert counts[0] <= counts[1]
    assert counts[0] <= counts[2]
    actual = await writable.query(
        "query ($id: ID!) { node(id: $id) { ... on AccountNotification { subject } } }",
        id=own[0]["id"],
    )
    assert actual["node"]["subject"] == own[0]["subject"]


async def test_available_reports_and_their_runs(writable: GatewayHarness) -> None:
    actual = await read_account(
        writable,
        "availableReports { report title parameters { name required description } lastRun }",
    )
    stored = await read_canvas(writable, f"/accounts/{ROOT}/reports")
    assert [row["report"] for row in actual] == [row["report"] for row in stored]
    grades = next(row for row in actual if row["report"] == "grade_export_csv")
    assert {"enrollment_term_id"} <= {one["name"] for one in grades["parameters"] if one["required"]}
    runs = await read_account(writable, 'reports(report: "provisioning_csv") { nodes { id status } }')
    assert runs["nodes"] == []
    assert f"GET /accounts/{ROOT}/reports/provisioning_csv" in canvas_calls(writable)


# Lists of courses with filters of Canvas

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
    ({"hideEnrollmentlessCourses": False}, []),  # any value hides them
    ({"homeroom": True}, [("homeroom", "true")]),
    ({"startsBefore": "2027-01-01"}, [("starts_before", "2027-01-01")]),
    ({"endsAfter": "2020-01-01"}, [("ends_after", "2020-01-01")]),
    ({"sort": "COURSE_NAME", "order": "DESC"}, [("sort", "course_name"), ("order", "desc")]),
]


@pytest.mark.parametrize(("canvas", "expected"), NARROWED, ids=lambda one: str(one)[:40])
async def test_an_accounts_courses_are_filtered_and_sorted(
    writable: GatewayHarness, canvas: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """False differs from a missing parameter."""
    data = await writable.query(OF_ACCOUNT, "maple", filter={"canvas": canvas})
    returned = [pair for pair in sent_params(writable, PATH) if not pair[0].startswith("include")]
    assert sorted(returned) == sorted(expected)
    query = "&".join(f"{name}={value}" for name, value in [*expected, ("per_page", "100")])
    stored = await read_canvas(writable, f"{PATH}?{query}")
    assert [row["vendorId"] for row in data["account"]["courses"]["nodes"]] == [
        str(row["id"]) for row in stored
    ]


async def test_courses_of_sub_accounts_and_searched_by_teacher(writable: GatewayHarness) -> None:
    part = await global_id(writable, "account", PART)
    writable.clear_log()
    data = await writable.query(OF_ACCOUNT, "maple", filter={"canvas": {"bySubaccounts": [part]}})
    stored = await read_canvas(writable, f"{PATH}?by_subaccounts[]={PART}&per_page=100")
    assert [row["vendorId"] for row in data["account"]["courses"]["nodes"]] == [
        str(row["id"]) for row in stored
    ]
    name = (await read_canvas(writable, f"/users/{TEACHER}"))["name"]
    data = await writable.query(
        OF_ACCOUNT, "maple", filter={"search": name, "canvas": {"searchBy": "TEACHER"}}
    )
    assert str(MAPLE.course) in [row["vendorId"] for row in data["account"]["courses"]["nodes"]]


async def test_an_order_without_a_sort_key_is_rejected(writable: GatewayHarness) -> None:
    """Canvas would ignore it."""
    answer = await writable.execute(OF_ACCOUNT, "maple", filter={"canvas": {"order": "DESC"}})
    assert answer.codes == [("account.courses", "BAD_USER_INPUT")]


async def test_a_users_courses_are_filtered() -> None:
    query = """query ($user: ID!, $filter: UserCoursesFilter) { user(by: {vendorId: $user}) {
      courses(filter: $filter) { nodes { vendorId } } } }"""
    async with running_gateway(sections=13) as gateway:
        part = await global_id(gateway, "account", PART)
        path = f"/users/{TEACHER}/courses"
        for canvas, expected in (
            ({"enrollmentState": "ACTIVE"}, ("enrollment_state", "active")),
            ({"homeroom": False}, None),
            ({"account": part}, ("account_id", PART)),
        ):
            gateway.clear_log()
            data = await gateway.query(query, "maple", user=TEACHER, filter={"canvas": canvas})
            arguments = [one for one in sent_params(gateway, path) if not one[0].startswith("include")]
            asked_for = f"&{expected[0]}={expected[1]}" if expected else ""
            if expected:
                assert expected in arguments
            stored = await read_canvas(gateway, f"{path}?per_page=100{asked_for}")
            assert [row["vendorId"] for row in data["user"]["courses"]["nodes"]] == [
                str(row["id"]) for row in stored
            ]
        data = await gateway.query(query, "maple", user=TEACHER, filter={"states": ["AVAILABLE"]})
        assert data["user"]["courses"]["nodes"]


async def test_the_viewers_courses_are_filtered() -> None:
    query = """query ($filter: UserCoursesFilter) { viewer {
      courses(filter: $filter) { nodes { vendorId } } } }"""
    async with running_gateway(sections=13, settings=AS_TEACHER) as gateway:
        for canvas, expected in (
            ({"enrollmentType": "TEACHER"}, ("enrollment_type", "teacher")),
            ({"enrollmentState": "ACTIVE"}, ("enrollment_state", "active")),
            ({"excludeBlueprintCourses": True}, ("exclude_blueprint_courses", "true")),
        ):
            gateway.clear_log()
            data = await gateway.query(query, "maple", filter={"canvas": canvas})
            assert expected in sent_params(gateway, "/courses")
            ids = [row["vendorId"] for row in data["viewer"]["courses"]["nodes"]]
            assert str(MAPLE.course) in ids
        gateway.clear_log()
        data = await gateway.query(query, "maple", filter={"canvas": {"enrollmentType": "STUDENT"}})
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
        "account(by: {root: true}) { courses(filter: {canvas: {published: true}}) { nodes { id } } }"
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


async def test_schoology_supports_none_of_it_and_reports_that() -> None:
    with SandboxServer(create_sandbox(13)) as server:
        async with gateway_over(server) as gateway:
            data = await gateway.query("{ tenant { capabilities { operation supported } } }", "lakeside")
            supported = {
                capability["operation"]: capability["supported"]
                for capability in data["tenant"]["capabilities"]
            }
            for place, query in NOWHERE_ELSE.items():
                answer = await gateway.execute(f"{{ {query} }}", "lakeside")
                assert [code for _, code in answer.codes] == ["UNSUPPORTED_BY_VENDOR"], place
                assert supported[place] is False, place
                ours = await gateway.query("{ tenant { capabilities { operation supported } } }", "maple")
                assert {"operation": place, "supported": True} in ours["tenant"]["capabilities"]
