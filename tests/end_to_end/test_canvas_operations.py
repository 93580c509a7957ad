"""Canvas operations: tokens, calendars, notifications and reports, compared with what is stored."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import structlog
from structlog.testing import capture_logs

from lms_gateway.domain.record import Kind
from lms_gateway.schema.ids import encode_id
from lms_gateway.telemetry import configure_logs
from lms_gateway.tenancy import hash_key, new_key
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from tests.end_to_end.test_write_jobs import JobWatcher, job_watcher
from tests.end_to_end.vendor_state import canvas_calls, read_canvas
from tests.harness import GatewayHarness, running_gateway

ROOT = {"vendorId": str(MAPLE.root)}
ADMIN = {"vendorId": str(MAPLE.admin)}
OF_ROOT = f"/accounts/{MAPLE.root}"
BEGIN, END = "2026-11-01T00:00:00Z", "2027-01-31T00:00:00Z"
NEWS = {"account": ROOT, "subject": "Snow", "message": "<p>!</p>", "startAt": BEGIN, "endAt": END}
TOKEN = "accessToken { id vendorId purpose workflowState tokenHint expiresAt userId } secret"
CALENDAR = "{ id vendorId name visible autoSubscribe }"
NOTIFICATION = "notification { id vendorId subject message icon roles roleIds startAt endAt }"
REPORT = "report { id vendorId report status progress parameters fileUrl }"
SELECTIONS = {
    "createAccessToken": TOKEN,
    "updateAccessToken": TOKEN,
    "deleteAccessToken": TOKEN,
    "updateAccountCalendar": f"calendar {CALENDAR}",
    "updateAccountCalendars": f"calendars {CALENDAR}",
    "createAccountNotification": NOTIFICATION,
    "updateAccountNotification": NOTIFICATION,
    "dismissAccountNotification": NOTIFICATION,
    "startReport": REPORT,
    "deleteReport": REPORT,
    "abortReport": REPORT,
}
INPUTS = {name: f"{name[0].upper()}{name[1:]}Input" for name in SELECTIONS} | {
    "deleteReport": "ReportInput",
    "abortReport": "ReportInput",
}


def mutation(name: str) -> str:
    return f"""mutation ($input: {INPUTS[name]}!) {{ {name}(input: $input) {{
      {SELECTIONS[name]} errors {{ code message field }} }} }}"""


async def run_operation(gateway: GatewayHarness, name: str, **input: Any) -> Any:
    """Run a mutation that must not fail; return its payload."""
    return (await gateway.query(mutation(name), "maple", input=input))[name]


async def succeed(gateway: GatewayHarness, name: str, **input: Any) -> Any:
    """Run a mutation without errors; return its payload."""
    payload = await run_operation(gateway, name, **input)
    assert payload["errors"] == []
    return payload


async def is_usable(gateway: GatewayHarness, secret: str) -> bool:
    async with httpx2.AsyncClient(base_url=gateway.server.canvas_url) as client:
        reply = await client.get("/api/v1/users/self", headers={"Authorization": f"Bearer {secret}"})
    return reply.status_code == 200


@pytest.fixture
def gateway_log() -> Iterator[io.StringIO]:
    """The gateway's log."""
    stream = io.StringIO()
    configure_logs(level="DEBUG", stream=stream, as_json=True)
    yield stream
    structlog.reset_defaults()


# Access tokens


async def test_a_token_is_created_regenerated_and_deleted(writable: GatewayHarness) -> None:
    made = await succeed(
        writable, "createAccessToken", user=ADMIN, purpose="sync", expiresAt="2027-01-01T00:00:00Z"
    )
    token, secret = made["accessToken"], made["secret"]
    assert canvas_calls(writable) == [f"POST /users/{MAPLE.admin}/tokens"]
    assert await is_usable(writable, secret)
    stored = await read_canvas(writable, f"/users/{MAPLE.admin}/tokens/{token['vendorId']}")
    assert (stored["purpose"], stored["expires_at"]) == ("sync", "2027-01-01T00:00:00Z")
    assert token["userId"] == str(MAPLE.admin)

    named = await succeed(writable, "updateAccessToken", accessToken=token["id"], purpose="nightly")
    assert named["accessToken"]["purpose"] == "nightly"
    assert named["secret"] is None
    renewed = await succeed(writable, "updateAccessToken", accessToken=token["id"], regenerate=True)
    assert renewed["secret"] != secret
    assert await is_usable(writable, renewed["secret"])
    assert not await is_usable(writable, secret)

    deleted = await succeed(writable, "deleteAccessToken", accessToken=token["id"])
    assert deleted["accessToken"]["purpose"] == "nightly"
    assert deleted["secret"] is None
    assert not await is_usable(writable, renewed["secret"])
    after = await writable.query("query ($id: ID!) { node(id: $id) { id } }", "maple", id=token["id"])
    assert after == {"node": None}


async def test_a_token_is_read_by_id_or_hint_without_its_secret(
    writable: GatewayHarness,
) -> None:
    made = await succeed(writable, "createAccessToken", user=ADMIN, purpose="sync")
    id = made["accessToken"]["vendorId"]
    data = await writable.query(
        f"""{{ user(by: {{vendorId: "{MAPLE.admin}"}}) {{ accessToken(id: "{id}") {{
             id vendorId purpose tokenHint workflowState scopes createdAt }} }} }}""",
        "maple",
    )
    actual = data["user"]["accessToken"]
    assert actual["id"] == made["accessToken"]["id"]
    assert made["secret"] not in repr(data)
    assert made["secret"].startswith(actual["tokenHint"].rstrip("."))


@pytest.mark.parametrize("key", ["visible_token", "token"])
async def test_a_secret_is_returned_once_and_never_logged(gateway_log: io.StringIO, key: Any) -> None:
    """The secret has two names. A repeat with the same key creates no second token."""
    quirks = CanvasQuirks(token_secret_key=key)
    async with running_gateway(sections=13, canvas_quirks=quirks) as gateway:
        input = {
            "user": ADMIN,
            "purpose": "sync",
            "idempotencyKey": "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01",
        }
        made = await succeed(gateway, "createAccessToken", **input)
        assert made["secret"]
        again = await succeed(gateway, "createAccessToken", **input)
        assert again["accessToken"]["id"] == made["accessToken"]["id"]
        assert again["secret"] is None
        assert canvas_calls(gateway).count(f"POST /users/{MAPLE.admin}/tokens") == 1
        metrics = await gateway.client.get("/metrics")
        secret = made["secret"]
        assert gateway_log.getvalue()
        for place in (
            gateway_log.getvalue(),
            metrics.text,
            repr(again),
            repr([entry.to_json() for entry in gateway.log.entries()]),
        ):
            assert secret not in place


async def test_another_users_token_is_pending(writable: GatewayHarness) -> None:
    made = await succeed(writable, "createAccessToken", user={"vendorId": str(MAPLE.teacher)}, purpose="sync")
    assert made["accessToken"]["workflowState"] == "pending"


async def test_a_rejected_token_value_is_an_error_of_its_field(
    writable: GatewayHarness,
) -> None:
    payload = await run_operation(writable, "createAccessToken", user=ADMIN, purpose="")
    assert payload["accessToken"] is None
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "purpose"])
    ]
    deleted = encode_id("maple", Kind.TOKEN, f"{MAPLE.admin}.99999")
    payload = await run_operation(writable, "deleteAccessToken", accessToken=deleted)
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]


KEYED = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "canvas-demo-token" }}
access = "key"
[[api_key]]
name = "writer"
sha256 = "{writer}"
tenants = ["maple"]
scopes = ["read", "write"]
[[api_key]]
name = "admin"
sha256 = "{admin}"
tenants = ["maple"]
scopes = ["read", "write", "admin"]
"""


async def test_tokens_need_a_key_with_the_admin_scope() -> None:
    keys = {name: new_key() for name in ("writer", "admin")}
    settings = KEYED.format(**{name: hash_key(key).hex() for name, key in keys.items()})
    async with running_gateway(sections=13, settings=settings) as gateway:
        input = {"user": ADMIN, "purpose": "sync"}
        read = f'{{ user(by: {{vendorId: "{MAPLE.admin}"}}) {{ accessToken(id: "1") {{ id }} }} }}'
        as_writer = {"Authorization": f"Bearer {keys['writer']}"}
        for query in (mutation("createAccessToken"), read):
            answer = await gateway.execute(query, "maple", headers=as_writer, input=input)
            assert [code for _, code in answer.codes] == ["FORBIDDEN"]
        deleted = encode_id("maple", Kind.TOKEN, f"{MAPLE.admin}.1")
        for name, also in (("updateAccessToken", {"purpose": "x"}), ("deleteAccessToken", {})):
            answer = await gateway.execute(
                mutation(name), "maple", headers=as_writer, input={"accessToken": deleted, **also}
            )
            assert [code for _, code in answer.codes] == ["FORBIDDEN"]
        assert not [call for call in canvas_calls(gateway) if "tokens" in call]
        answer = await gateway.execute(
            mutation("createAccessToken"),
            "maple",
            headers={"Authorization": f"Bearer {keys['admin']}"},
            input=input,
        )
        assert answer.data["createAccessToken"]["secret"]


# Account calendars


async def calendar_ids(gateway: GatewayHarness) -> dict[str, str]:
    data = await gateway.query(
        """{ account(by: {root: true}) {
             calendars(first: 500) { nodes { id vendorId } } } }""",
        "maple",
    )
    rows = data["account"]["calendars"]["nodes"]
    gateway.clear_log()
    return {row["vendorId"]: row["id"] for row in rows}


async def test_only_the_given_values_of_a_calendar_change(writable: GatewayHarness) -> None:
    ids = await calendar_ids(writable)
    part = str(MAPLE.sub_accounts[0])
    before = await read_canvas(writable, f"/account_calendars/{part}")
    writable.clear_log()
    payload = await succeed(
        writable, "updateAccountCalendar", calendar=ids[part], visible=not before["visible"]
    )
    assert canvas_calls(writable) == [f"PUT /account_calendars/{part}"]
    after = await read_canvas(writable, f"/account_calendars/{part}")
    assert payload["calendar"]["visible"] is after["visible"] is not before["visible"]
    assert after["auto_subscribe"] == before["auto_subscribe"]


async def test_several_calendars_are_one_write_and_are_read_back(writable: GatewayHarness) -> None:
    """Canvas replies with a sentence; the gateway reads back."""
    ids = await calendar_ids(writable)
    parts = [str(id) for id in MAPLE.sub_accounts[:2]]
    rows = [{"calendar": ids[part], "visible": True, "autoSubscribe": False} for part in parts]
    payload = await succeed(writable, "updateAccountCalendars", account=ROOT, calendars=rows)
    assert [row["vendorId"] for row in payload["calendars"]] == parts
    assert [row["visible"] for row in payload["calendars"]] == [True, True]
    changed = [call for call in canvas_calls(writable) if call.startswith("PUT")]
    assert changed == [f"PUT {OF_ROOT}/account_calendars"]
    for part in parts:
        assert (await read_canvas(writable, f"/account_calendars/{part}"))["visible"] is True


async def test_a_calendar_given_twice_is_rejected_before_sending(
    writable: GatewayHarness,
) -> None:
    ids = await calendar_ids(writable)
    row = {"calendar": ids[str(MAPLE.sub_accounts[0])], "visible": True}
    answer = await writable.execute(
        mutation("updateAccountCalendars"),
        "maple",
        input={"account": ROOT, "calendars": [row, row]},
    )
    returned = answer.codes or answer.data["updateAccountCalendars"]["errors"]
    assert "BAD_USER_INPUT" in repr(returned)
    assert not [call for call in canvas_calls(writable) if call.startswith("PUT")]


# Notifications


async def test_a_notification_is_created_for_roles(writable: GatewayHarness) -> None:
    made = await succeed(
        writable,
        "createAccountNotification",
        **NEWS,
        icon="CALENDAR",
        roles=["StudentEnrollment", "NilEnrollment"],
    )
    returned = made["notification"]
    rows = await read_canvas(writable, f"{OF_ROOT}/account_notifications?include_all=true")
    stored = next(row for row in rows if str(row["id"]) == returned["vendorId"])
    assert (stored["subject"], stored["icon"]) == ("Snow", "calendar")
    assert {*stored["roles"]} == {*returned["roles"]} == {"StudentEnrollment", "NilEnrollment"}
    assert (stored["start_at"], stored["end_at"]) == (BEGIN, END)


async def test_updating_a_notification_keeps_its_roles(writable: GatewayHarness) -> None:
    """Without roles, Canvas sends the notification to everyone."""
    made = await succeed(writable, "createAccountNotification", **NEWS, roles=["TeacherEnrollment"])
    id = made["notification"]["id"]

    async def stored() -> Any:
        rows = await read_canvas(writable, f"{OF_ROOT}/account_notifications?include_all=true")
        return next(row for row in rows if str(row["id"]) == made["notification"]["vendorId"])

    updated = await succeed(writable, "updateAccountNotification", notification=id, subject="Thaw")
    assert updated["notification"]["roles"] == ["TeacherEnrollment"]
    assert (await stored())["roles"] == ["TeacherEnrollment"]
    assert (await stored())["subject"] == "Thaw"

    others = await succeed(
        writable, "updateAccountNotification", notification=id, roles=["StudentEnrollment"]
    )
    assert others["notification"]["roles"] == ["StudentEnrollment"]
    assert (await stored())["subject"] == "Thaw"
    await succeed(writable, "updateAccountNotification", notification=id, roles=[])
    assert (await stored())["roles"] == []


async def test_unknown_roles_are_reported(writable: GatewayHarness) -> None:
    payload = await run_operation(writable, "createAccountNotification", **NEWS, roles=["Studnet"])
    assert payload["notification"]["roles"] == []
    assert [error["field"] for error in payload["errors"]] == [["input", "roles"]]


async def test_dismissing_a_notification_hides_it_from_the_viewer_only(
    writable: GatewayHarness,
) -> None:
    """DELETE deletes nothing."""
    made = await succeed(writable, "createAccountNotification", **NEWS)
    id, vendor_id = made["notification"]["id"], made["notification"]["vendorId"]
    payload = await succeed(writable, "dismissAccountNotification", notification=id)
    assert payload["notification"]["subject"] == "Snow"
    path = f"{OF_ROOT}/account_notifications"
    assert vendor_id not in {str(row["id"]) for row in await read_canvas(writable, path)}
    others = await read_canvas(writable, path, token=STUDENT_TOKEN)
    assert vendor_id in {str(row["id"]) for row in others}
    every = await read_canvas(writable, f"{path}?include_all=true")
    assert vendor_id in {str(row["id"]) for row in every}


async def test_an_end_before_the_start_is_rejected(writable: GatewayHarness) -> None:
    payload = await run_operation(
        writable, "createAccountNotification", **{**NEWS, "startAt": END, "endAt": BEGIN}
    )
    assert payload["notification"] is None
    assert [error["code"] for error in payload["errors"]] == ["BAD_USER_INPUT"]


# Reports

WATCH = """subscription ($id: ID!) { report(id: $id) {
  id status progress fileUrl tenant { slug } } }"""


async def test_a_report_is_started_read_listed_and_deleted(writable: GatewayHarness) -> None:
    started = await succeed(
        writable,
        "startReport",
        account=ROOT,
        report="provisioning_csv",
        parameters={"users": True, "enrollment_term_id": "current"},
    )
    report = started["report"]
    assert report["report"] == "provisioning_csv"
    assert report["parameters"]["enrollment_term_id"] == "current"
    path = f"{OF_ROOT}/reports/provisioning_csv"
    assert canvas_calls(writable) == [f"POST {path}"]
    data = await writable.query(
        """query ($id: ID!) { report(id: $id) { id status progress fileUrl }
           account(by: {root: true}) { reports(report: "provisioning_csv") { nodes { id } } } }""",
        "maple",
        id=report["id"],
    )
    stored = await read_canvas(writable, f"{path}/{report['vendorId']}")
    assert data["report"]["status"] == stored["status"] == "complete"
    assert data["report"]["fileUrl"] == stored["file_url"]
    assert data["account"]["reports"]["nodes"] == [{"id": report["id"]}]

    over = await run_operation(writable, "abortReport", report=report["id"])
    assert [(error["code"], error["field"]) for error in over["errors"]] == [
        ("NOT_FOUND", ["input", "report"])
    ]
    deleted = await succeed(writable, "deleteReport", report=report["id"])
    assert deleted["report"]["id"] == report["id"]
    assert await read_canvas(writable, path) == []


async def test_a_running_report_is_aborted() -> None:
    quirks = CanvasQuirks(jobs_advance="polls", job_poll_count=5)
    async with running_gateway(sections=13, canvas_quirks=quirks) as gateway:
        started = await succeed(gateway, "startReport", account=ROOT, report="provisioning_csv")
        id = started["report"]["id"]
        stopped = await succeed(gateway, "abortReport", report=id)
        assert stopped["report"]["status"] == "aborted"


async def test_an_unknown_report_is_an_error_of_its_field(
    writable: GatewayHarness,
) -> None:
    payload = await run_operation(writable, "startReport", account=ROOT, report="everything_csv")
    assert payload["report"] is None
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [
        ("NOT_FOUND", ["input", "report"])
    ]
    wrong = {"enrollment_term_id": "x"}
    payload = await run_operation(
        writable, "startReport", account=ROOT, report="grade_export_csv", parameters=wrong
    )
    assert [error["field"] for error in payload["errors"]] == [["input", "parameters"]]


async def watch(watcher: JobWatcher, id: str) -> list[Any]:
    """Return the events of a report's subscription."""

    async with watcher.client.stream(
        "POST",
        f"{watcher.url}/graphql/stream",
        json={"query": WATCH, "variables": {"id": id}},
        headers={"Accept": "text/event-stream"},
    ) as reply:
        lines = [line async for line in reply.aiter_lines()]
    data_lines = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    return [json.loads(line_data)["data"]["report"] for line_data in data_lines if line_data]


async def test_several_subscribers_of_a_report_share_one_poll() -> None:
    async with job_watcher(CanvasQuirks(jobs_advance="polls", job_poll_count=3)) as place:
        reply = await place.client.post(
            f"{place.url}/t/maple/graphql",
            json={
                "query": mutation("startReport"),
                "variables": {"input": {"account": ROOT, "report": "provisioning_csv"}},
            },
        )
        report = reply.json()["data"]["startReport"]["report"]
        place.sandbox.log.clear()
        seen = await asyncio.gather(*(watch(place, report["id"]) for _ in range(6)))
        for rows in seen:
            assert rows[-1]["status"] == "complete"
            assert rows[-1]["progress"] == 100
            assert rows[0]["tenant"] == {"slug": "maple"}
        assert [row["status"] for row in max(seen, key=len)] == ["running", "running", "complete"]
        polls = [
            entry
            for entry in place.sandbox.log.entries("canvas")
            if entry.path.endswith(f"/reports/provisioning_csv/{report['vendorId']}")
        ]
        assert len(polls) == 3
        file = await place.client.get(
            seen[0][-1]["fileUrl"], headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}
        )
        assert file.text.startswith("canvas_course_id,")


# All operations


async def sample_input(gateway: GatewayHarness, name: str) -> dict[str, Any]:
    """Return the required fields of an input."""
    key = {
        "AccessToken": (Kind.TOKEN, f"{MAPLE.admin}.1"),
        "AccountCalendar": (Kind.CALENDAR, str(MAPLE.root)),
        "AccountNotification": (Kind.NOTIFICATION, f"{MAPLE.root}.1"),
        "Report": (Kind.REPORT, f"{MAPLE.root}.provisioning_csv.1"),
    }
    ids = {sample: encode_id("lakeside", kind, id) for sample, (kind, id) in key.items()}
    account = {"root": True}
    arguments: dict[str, dict[str, Any]] = {
        "createAccessToken": {"user": ADMIN, "purpose": "x"},
        "updateAccessToken": {"accessToken": ids["AccessToken"], "purpose": "x"},
        "deleteAccessToken": {"accessToken": ids["AccessToken"]},
        "updateAccountCalendar": {"calendar": ids["AccountCalendar"], "visible": True},
        "updateAccountCalendars": {
            "account": account,
            "calendars": [{"calendar": ids["AccountCalendar"], "visible": True}],
        },
        "createAccountNotification": {**NEWS, "account": account},
        "updateAccountNotification": {
            "notification": ids["AccountNotification"],
            "subject": "x",
        },
        "dismissAccountNotification": {"notification": ids["AccountNotification"]},
        "startReport": {"account": account, "report": "provisioning_csv"},
        "deleteReport": {"report": ids["Report"]},
        "abortReport": {"report": ids["Report"]},
    }
    return arguments[name]


@pytest.mark.parametrize("name", SELECTIONS)
async def test_schoology_supports_none_of_it_and_reports_that(writable: GatewayHarness, name: str) -> None:
    data = await writable.query("{ tenant { capabilities { operation supported } } }", "lakeside")
    assert {"operation": f"Mutation.{name}", "supported": False} in data["tenant"]["capabilities"]
    writable.clear_log()
    answer = await writable.execute(mutation(name), "lakeside", input=await sample_input(writable, name))
    assert "UNSUPPORTED_BY_VENDOR" in {code for _, code in answer.codes}
    assert not [entry for entry in writable.log.entries("schoology") if entry.method != "GET"]


@pytest.mark.parametrize("kind", ["cut_after", "truncated", "empty"])
async def test_an_unanswered_operation_is_unknown_and_sent_once(writable: GatewayHarness, kind: Any) -> None:
    writable.server.faults.add(Fault(kind, method="POST"))
    with capture_logs():
        answer = await writable.execute(
            mutation("startReport"), "maple", input={"account": ROOT, "report": "provisioning_csv"}
        )
    assert [code for _, code in answer.codes] == ["OUTCOME_UNKNOWN"]
    assert canvas_calls(writable) == [f"POST {OF_ROOT}/reports/provisioning_csv"]


@pytest.fixture
async def as_student() -> AsyncIterator[GatewayHarness]:
    settings = f"""
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{STUDENT_TOKEN}" }}
access = "open"
"""
    async with running_gateway(sections=13, settings=settings) as gateway:
        yield gateway


@pytest.mark.parametrize("name", ["createAccountNotification", "startReport"])
async def test_missing_permissions_are_reported(as_student: GatewayHarness, name: str) -> None:
    input = (
        {**NEWS} if name == "createAccountNotification" else {"account": ROOT, "report": "provisioning_csv"}
    )
    answer = await as_student.execute(mutation(name), "maple", input=input)
    assert [code for _, code in answer.codes] == ["FORBIDDEN"]


async def test_a_students_token_must_expire(as_student: GatewayHarness) -> None:
    payload = await run_operation(
        as_student, "createAccessToken", user={"vendorId": str(MAPLE.student)}, purpose="x"
    )
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "expiresAt"])
    ]
