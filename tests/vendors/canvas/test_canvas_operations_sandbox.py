"""Tokens, calendars, notifications and reports at the simulator."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lms_gateway.domain.commands import CommandResult, CommandStatus, VendorOperation
from lms_gateway.domain.errors import CredentialsRejected, Forbidden, OutcomeUnknown
from lms_gateway.domain.loads import Document, OperationListLoad, OperationLoad, Page
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.vendors.canvas import CanvasBackend
from lms_sandbox.app import create_sandbox
from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from lms_sandbox.faults import Fault
from lms_sandbox.server import SandboxServer
from tests.vendors.canvas.scripted import problem_codes, sandbox_backend
from tests.vendors.fetching import fetch_answer

TODAY = CanvasQuirks(jobs_advance="polls", job_poll_count=2)
OLD = replace(
    TODAY,
    forbidden_status=401,
    is_localized=True,
    wraps_calendars=False,
    has_auto_subscribe=False,
    token_secret_key="token",
    has_report_lines=False,
)
ROOT = Key(Kind.ACCOUNT, str(MAPLE.root))
PARTS = tuple(str(one) for one in MAPLE.sub_accounts)
ADMIN, TEACHER = Key(Kind.USER, str(MAPLE.admin)), Key(Kind.USER, str(MAPLE.teacher))
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
NEWS: dict[str, Any] = {"subject": "Snow", "message": "<p>!</p>", "start_at": BEGIN,
        "end_at": BEGIN + timedelta(days=90)}  # fmt: skip


@pytest.fixture(scope="module", params=[TODAY, OLD], ids=["today", "old"])
def serving(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    with SandboxServer(create_sandbox(13, canvas_quirks=request.param)) as server:
        yield server


@pytest.fixture
def server(serving: SandboxServer) -> SandboxServer:
    serving.reset()
    return serving


@pytest.fixture
async def canvas(server: SandboxServer) -> AsyncIterator[CanvasBackend]:
    async with sandbox_backend(server) as backend:
        yield backend


async def run_operation(backend: CanvasBackend, name: str, of: Key | None, /, **values: Any) -> CommandResult:
    (result,) = await backend.execute([VendorOperation(name, of, values)], Store("maple"))
    return result


async def run_confirmed(
    backend: CanvasBackend, name: str, of: Key | None, /, *, as_job: bool = False, **values: Any
) -> Any:
    """Run an operation without problems; return its detail."""
    result = await run_operation(backend, name, of, **values)
    status = CommandStatus.ACCEPTED if as_job else CommandStatus.CONFIRMED
    assert (result.status, list(result.problems), result.error) == (status, [], None)
    return result.detail


async def load_detail(backend: CanvasBackend, name: str, of: Key | None, /, **given: Any) -> Any:
    """Fetch an operation's value, or None."""
    results = await fetch_answer(backend, OperationLoad(name, of, tuple(given.items())), Projection.of())
    assert results is None or isinstance(results, Document), results
    return None if results is None else results.value


async def test_a_token_is_valid_until_regenerated_or_deleted(
    server: SandboxServer, canvas: CanvasBackend
) -> None:
    detail = await run_confirmed(canvas, "create_access_token", ADMIN, purpose="sync")
    token, secret = Key(Kind.TOKEN, f"{ADMIN.id}.{detail['token']['id']}"), detail["secret"]
    async with sandbox_backend(server, secret) as other:
        assert (await other.identify()).name
    shown = await load_detail(canvas, "access_token", ADMIN, id=detail["token"]["id"])
    assert secret not in repr(shown)
    assert secret.startswith(shown["token_hint"])

    renewed = await run_confirmed(canvas, "update_access_token", token, regenerate=True)
    assert renewed["secret"] not in (None, secret)
    async with sandbox_backend(server, secret) as other:
        with pytest.raises(CredentialsRejected):
            await other.identify()
    updated = await run_confirmed(canvas, "update_access_token", token, purpose="nightly")
    assert updated["token"]["purpose"] == "nightly"
    assert "secret" not in updated

    await run_confirmed(canvas, "delete_access_token", token)
    assert await load_detail(canvas, "access_token", ADMIN, id=detail["token"]["id"]) is None
    async with sandbox_backend(server, renewed["secret"]) as other:
        with pytest.raises(CredentialsRejected):
            await other.identify()
    log = repr([entry.to_json() for entry in server.log.entries()])
    assert secret not in log
    assert renewed["secret"] not in log


async def test_another_users_token_is_pending(server: SandboxServer, canvas: CanvasBackend) -> None:
    detail = await run_confirmed(canvas, "create_access_token", TEACHER, purpose="sync")
    assert detail["token"]["workflow_state"] == "pending"
    async with sandbox_backend(server, detail["secret"]) as other:
        with pytest.raises(CredentialsRejected):
            await other.identify()


async def test_a_students_token_must_expire(server: SandboxServer) -> None:
    async with sandbox_backend(server, STUDENT_TOKEN) as student:
        result = await run_operation(student, "create_access_token", None, purpose="sync")
        assert problem_codes(result) == [("BAD_USER_INPUT", "expires_at")]
        end = datetime(2026, 11, 30, tzinfo=UTC)
        detail = await run_confirmed(student, "create_access_token", None, purpose="x", expires_at=end)
        assert detail["token"]["expires_at"] == end


async def test_one_calendar_and_several(canvas: CanvasBackend) -> None:
    calendar = Key(Kind.CALENDAR, PARTS[0])
    for visible in (True, False):
        detail = await run_confirmed(canvas, "update_calendar", calendar, visible=visible)
        assert detail["calendar"]["visible"] is visible
    rows = tuple({"id": id, "visible": True} for id in PARTS)  # the last is two levels below
    detail = await run_confirmed(canvas, "update_calendars", ROOT, calendars=rows)
    assert [(one["id"], one["visible"]) for one in detail["calendars"]] == [(id, True) for id in PARTS]
    hidden = await fetch_answer(
        canvas, OperationListLoad("calendars", ROOT, (("filter", "hidden"),)), Projection.of()
    )
    assert isinstance(hidden, Page)
    assert not {one.value["id"] for one in hidden.items if isinstance(one, Document)} & {*PARTS}


async def test_a_calendar_of_another_account_changes_none(canvas: CanvasBackend) -> None:
    rows = tuple({"id": id, "visible": True} for id in (PARTS[2], PARTS[1]))
    before = [await load_detail(canvas, "calendar", Key(Kind.ACCOUNT, id)) for id in PARTS]
    result = await run_operation(canvas, "update_calendars", Key(Kind.ACCOUNT, PARTS[0]), calendars=rows)
    assert result.status is CommandStatus.REFUSED
    assert [await load_detail(canvas, "calendar", Key(Kind.ACCOUNT, id)) for id in PARTS] == before


async def test_a_notification_keeps_its_roles_until_they_are_removed(
    canvas: CanvasBackend,
) -> None:
    roles = ("TeacherEnrollment", "NilEnrollment")
    detail = await run_confirmed(canvas, "create_notification", ROOT, **NEWS, icon="error", roles=roles)
    id = detail["notification"]["id"]
    notice = Key(Kind.NOTIFICATION, f"{ROOT.id}.{id}")
    assert {*detail["notification"]["roles"]} == {*roles}

    thawed = await run_confirmed(canvas, "update_notification", notice, subject="Thaw")
    assert {*thawed["notification"]["roles"]} == {*roles}
    assert thawed["notification"]["message"] == NEWS["message"]

    await run_operation(canvas, "dismiss_notification", notice)
    again = await run_confirmed(canvas, "update_notification", notice, subject="Rain")
    assert {*again["notification"]["roles"]} == {*roles}

    only = await run_confirmed(canvas, "update_notification", notice, roles=("StudentEnrollment",))
    assert only["notification"]["roles"] == ["StudentEnrollment"]
    assert only["notification"]["subject"] == "Rain"
    for_all = await run_confirmed(canvas, "update_notification", notice, subject="Sun", roles=())
    assert for_all["notification"]["roles"] == []


async def test_dismissing_hides_a_notification_from_the_viewer_only(
    server: SandboxServer, canvas: CanvasBackend
) -> None:
    detail = await run_confirmed(canvas, "create_notification", ROOT, **NEWS)
    id = detail["notification"]["id"]
    notice = Key(Kind.NOTIFICATION, f"{ROOT.id}.{id}")
    async with sandbox_backend(server, STUDENT_TOKEN) as student:
        deleted = await run_confirmed(student, "dismiss_notification", notice)
        assert deleted["notification"]["subject"] == "Snow"
        assert await load_detail(student, "notification", ROOT, id=id) is None
        past = await load_detail(student, "notifications", ROOT, include_past=True)
        assert id in {one.value["id"] for one in past}
    assert (await load_detail(canvas, "notification", ROOT, id=id))["subject"] == "Snow"


async def test_unknown_roles_are_reported(canvas: CanvasBackend) -> None:
    result = await run_operation(canvas, "create_notification", ROOT, **NEWS, roles=("Studnet",))
    assert result.status is CommandStatus.CONFIRMED
    assert problem_codes(result) == [("BAD_USER_INPUT", "roles")]


async def test_a_report_runs_to_its_file_and_is_deleted(canvas: CanvasBackend) -> None:
    detail = await run_confirmed(
        canvas, "start_report", ROOT, as_job=True, report="provisioning_csv",
        parameters={"users": True},
    )  # fmt: skip
    started = detail["report"]
    assert (started["status"], started["report"]) == ("created", "provisioning_csv")
    arguments = {"report": "provisioning_csv", "id": started["id"]}
    seen: list[Any] = []
    while not seen or seen[-1]["status"] != "complete":
        assert len(seen) < 9
        seen.append(await load_detail(canvas, "report", ROOT, **arguments))
    assert seen[-1]["progress"] == 100
    assert seen[-1]["file_url"].startswith("http")
    assert seen[-1]["attachment"]["id"]

    report = Key(Kind.REPORT, f"{ROOT.id}.provisioning_csv.{started['id']}")
    result = await run_operation(canvas, "abort_report", report)
    assert problem_codes(result) == [("NOT_FOUND", "report")]
    await run_confirmed(canvas, "delete_report", report)
    runs = await fetch_answer(
        canvas,
        OperationListLoad("reports", ROOT, (("report", "provisioning_csv"),)),
        Projection.of(),
    )
    assert isinstance(runs, Page)
    assert started["id"] not in {one.value["id"] for one in runs.items if isinstance(one, Document)}


async def test_a_running_report_is_aborted(canvas: CanvasBackend) -> None:
    detail = await run_confirmed(canvas, "start_report", ROOT, as_job=True, report="provisioning_csv")
    report = Key(Kind.REPORT, f"{ROOT.id}.provisioning_csv.{detail['report']['id']}")
    ended = await run_confirmed(canvas, "abort_report", report)
    assert ended["report"]["status"] == "aborted"


async def test_reports_that_canvas_rejects(canvas: CanvasBackend) -> None:
    result = await run_operation(canvas, "start_report", ROOT, report="everything_csv")
    assert problem_codes(result) == [("NOT_FOUND", "report")]
    wrong = {"enrollment_term_id": "x"}
    result = await run_operation(canvas, "start_report", ROOT, report="grade_export_csv", parameters=wrong)
    assert problem_codes(result) == [("BAD_USER_INPUT", "parameters")]


@pytest.mark.parametrize(
    ("name", "of", "values"),
    [
        ("update_calendar", Key(Kind.CALENDAR, ROOT.id), {"visible": False}),
        ("create_notification", ROOT, NEWS),
        ("start_report", ROOT, {"report": "provisioning_csv"}),
    ],
)
async def test_a_teacher_is_forbidden(
    server: SandboxServer, name: str, of: Key, values: dict[str, Any]
) -> None:
    async with sandbox_backend(server, TEACHER_TOKEN) as teacher:
        result = await run_operation(teacher, name, of, **values)
        assert result.status is CommandStatus.REFUSED
        assert isinstance(result.error, Forbidden)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "truncated", "empty", "wrong_object"])
async def test_an_unanswered_operation_is_unknown_and_sent_once(
    server: SandboxServer, canvas: CanvasBackend, kind: Any
) -> None:
    server.faults.add(Fault(kind, method="POST"))
    result = await run_operation(canvas, "create_access_token", ADMIN, purpose="sync")
    assert result.status is CommandStatus.UNKNOWN
    assert isinstance(result.error, OutcomeUnknown)
    assert sum("/tokens" in call for call in server.log.calls("canvas")) == 1
