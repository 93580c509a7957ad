"""Canvas operations: requests, results, and secrets."""

from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from lms_gateway.domain.commands import CommandResult, CommandStatus, VendorOperation
from lms_gateway.domain.errors import (
    Forbidden,
    LmsError,
    OutcomeUnknown,
    Unsupported,
    UpstreamTimeout,
)
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Reply
from lms_gateway.vendors.canvas.writes.dispatch import ordering_key
from tests.vendors.canvas.rows import BASE, linked_reply
from tests.vendors.canvas.scripted import (
    DENIED,
    DENIED_OLD,
    MISSING,
    POLICY,
    canvas_backend,
    canvas_upstream,
    problem_codes,
    run,
)
from tests.vendors.fake_upstream import ScriptedUpstream, json_reply, request_lines

USER, ACCOUNT = Key(Kind.USER, "5"), Key(Kind.ACCOUNT, "4")
TOKEN, CALENDAR = Key(Kind.TOKEN, "5.3"), Key(Kind.CALENDAR, "4")
NOTIFICATION, REPORT = Key(Kind.NOTIFICATION, "4.2"), Key(Kind.REPORT, "4.grade_export_csv.7")
SECRET = "1~" + "s" * 62
END = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
START = datetime(2026, 12, 1, tzinfo=UTC)
NEWS = {"subject": "Snow", "message": "<p>!</p>", "start_at": START, "end_at": END}
SENT = {**NEWS, "start_at": "2026-12-01T00:00:00Z", "end_at": "2026-12-24T18:00:00Z"}


def token(**fields: Any) -> Reply:
    return json_reply({"id": 3, "user_id": 5, "purpose": "sync", "workflow_state": "active", **fields})


def notice(**fields: Any) -> Reply:
    return json_reply({"id": 2, **SENT, "roles": [], "role_ids": [], **fields})


def report(**fields: Any) -> Reply:
    return json_reply({"id": 7, "report": "grade_export_csv", "status": "created", **fields})


def act(name: str, of: Key | None, **values: Any) -> VendorOperation:
    return VendorOperation(name, of, values)


def only_detail(result: CommandResult, status: CommandStatus = CommandStatus.CONFIRMED) -> Any:
    """Return the only document of a result without problems."""
    assert (result.status, list(result.problems), result.error) == (status, [], None)
    (document,) = [value for name, value in result.detail.items() if name != "secret"]
    return document


# Tokens


@pytest.mark.parametrize("key", ["visible_token", "token"])
def test_a_new_token_is_returned_with_its_secret(key: str) -> None:
    """The documentation calls it `token`, Canvas `visible_token`."""
    new = act("create_access_token", USER, purpose="sync", expires_at=END, scopes=["a", "b"])
    answer = token(**{key: SECRET}, expires_at="2026-12-24T18:00:00Z", scopes=["b", "a"])
    result, calls = run(new, answer)
    assert request_lines(calls) == ["POST /users/5/tokens"]
    assert calls[0].json == {
        "token": {"purpose": "sync", "expires_at": "2026-12-24T18:00:00Z", "scopes": ["a", "b"]}
    }
    assert result.detail["secret"] == SECRET
    assert SECRET not in repr(only_detail(result))
    assert only_detail(result)["expires_at"] == END


def test_a_token_without_a_user_is_the_viewers() -> None:
    result, calls = run(act("create_access_token", None, purpose="x"), token(visible_token=SECRET))
    assert request_lines(calls) == ["POST /users/self/tokens"]
    assert problem_codes(result) == [("BAD_USER_INPUT", "purpose")]  # it came back as another one


def test_another_users_token_is_pending_and_has_no_secret_yet() -> None:
    answer = token(workflow_state="pending", visible_token="1~abc...")
    result, _ = run(act("create_access_token", USER, purpose="sync"), answer)
    assert only_detail(result)["workflow_state"] == "pending"
    assert result.detail["secret"] is None


@pytest.mark.parametrize("purpose", [None, "", " "])
def test_a_token_without_a_purpose_is_not_sent(purpose: str | None) -> None:
    result, calls = run(act("create_access_token", USER, purpose=purpose))
    assert problem_codes(result) == [("BAD_USER_INPUT", "purpose")]
    assert not calls


@pytest.mark.parametrize(
    "body",
    [
        [{"message": "token[purpose] is missing"}],
        [{"message": "Expiration date is required"}],
        {"errors": [{"message": "token is missing"}]},
        {"errors": {"message": "cannot regenerate an expired token without a new …"}},
    ],
)
def test_four_forms_of_token_rejections_are_read(body: Any) -> None:
    result, _ = run(act("create_access_token", USER, purpose="sync"), json_reply(body, 400))
    assert result.status is CommandStatus.REFUSED
    assert problem_codes(result) == [("BAD_USER_INPUT", "expires_at")]
    assert "missing" not in result.problems[0].message  # Canvas's words are localized


def test_a_rejected_token_value_is_named() -> None:
    body = {"errors": {"scopes": [{"attribute": "scopes", "type": "inclusion", "message": "x"}]}}
    result, _ = run(act("update_access_token", TOKEN, scopes=["x"]), json_reply(body, 400))
    assert problem_codes(result) == [("BAD_USER_INPUT", "scopes")]


def test_a_regenerated_token_is_returned_with_its_new_secret() -> None:
    result, calls = run(act("update_access_token", TOKEN, regenerate=True), token(visible_token=SECRET))
    assert request_lines(calls) == ["PUT /users/5/tokens/3"]
    assert calls[0].json == {"token": {"regenerate": True}}
    assert result.detail["secret"] == SECRET
    assert SECRET not in repr(only_detail(result))


def test_a_token_that_was_not_regenerated_is_reported() -> None:
    result, _ = run(act("update_access_token", TOKEN, regenerate=True), token(visible_token="1~abc..."))
    assert problem_codes(result) == [("CONFLICT", "regenerate")]


def test_an_updated_token_has_no_secret_and_reports_values_not_stored() -> None:
    answer = token(visible_token=SECRET, purpose="old", expires_at=None, scopes=[])
    result, calls = run(
        act("update_access_token", TOKEN, purpose="new", expires_at=None, scopes=None), answer
    )
    assert calls[0].json == {"token": {"purpose": "new", "expires_at": None, "scopes": []}}
    assert problem_codes(result) == [("BAD_USER_INPUT", "purpose")]
    assert SECRET not in repr(result)


def test_nothing_to_change_is_not_sent() -> None:
    for name, of in (
        ("update_access_token", TOKEN),
        ("update_calendar", CALENDAR),
        ("update_notification", NOTIFICATION),
    ):
        result, calls = run(act(name, of))
        assert (problem_codes(result), calls) == ([("BAD_USER_INPUT", None)], [])


def test_a_deleted_token_is_returned_as_it_was() -> None:
    answer = token(workflow_state="deleted", visible_token=SECRET)
    result, calls = run(act("delete_access_token", TOKEN), answer)
    assert request_lines(calls) == ["DELETE /users/5/tokens/3"]
    assert only_detail(result)["workflow_state"] == "deleted"
    assert SECRET not in repr(result)


@pytest.mark.parametrize("name", ["update_access_token", "delete_access_token"])
def test_an_unknown_token_is_not_found(name: str) -> None:
    values = {"purpose": "x"} if name == "update_access_token" else {}
    result, _ = run(act(name, TOKEN, **values), MISSING)
    assert problem_codes(result) == [("NOT_FOUND", "access_token")]


async def test_a_secret_is_neither_logged_nor_in_an_error() -> None:
    """Also if the reply that contains it cannot be parsed."""

    class UnreadableReply(ScriptedUpstream):
        async def send(self, call: Call) -> Reply:
            await super().send(call)
            return Reply(200, {}, f'{{"id": 3, "visible_token": "{SECRET}", "scopes": '.encode())

    new = act("create_access_token", USER, purpose="sync")
    with structlog.testing.capture_logs() as logs:
        (result,) = await canvas_backend(UnreadableReply({"/users/5/tokens": {}}, POLICY, BASE)).execute(
            [new], Store("maple")
        )
    assert result.status is CommandStatus.UNKNOWN
    assert SECRET not in repr((result, logs, result.error))


# Calendars


def test_only_given_values_of_a_calendar_are_sent() -> None:
    answer = json_reply({"id": 4, "visible": False, "auto_subscribe": True})
    result, calls = run(act("update_calendar", CALENDAR, visible=False), answer)
    assert request_lines(calls) == ["PUT /account_calendars/4"]
    assert calls[0].json == {"visible": False}
    assert only_detail(result) == {"id": "4", "visible": False, "auto_subscribe": True}


def test_a_calendar_value_that_was_not_stored_is_reported() -> None:
    answer = json_reply({"id": 4, "visible": False, "auto_subscribe": False})
    result, _ = run(act("update_calendar", CALENDAR, visible=True, auto_subscribe=True), answer)
    assert problem_codes(result) == [
        ("BAD_USER_INPUT", "visible"),
        ("BAD_USER_INPUT", "auto_subscribe"),
    ]


ROWS = ({"id": "4", "visible": True, "auto_subscribe": False}, {"id": "13", "visible": False})


async def update_calendars(*rows: dict[str, Any], **replies: Any) -> tuple[CommandResult, ScriptedUpstream]:
    script = canvas_upstream(
        {
            "/accounts/4/account_calendars": {"message": "2 Konten aktualisiert"},
            "/account_calendars/4": {"id": 4, "visible": True, "auto_subscribe": False},
            "/account_calendars/13": {"id": 13, "visible": False, "auto_subscribe": False},
        }
        | {f"/account_calendars/{id[1:]}": value for id, value in replies.items()}
    )
    command = act("update_calendars", ACCOUNT, calendars=rows)
    (result,) = await canvas_backend(script).execute([command], Store("maple"))
    return result, script


async def test_several_calendars_are_one_json_list_and_are_read_back() -> None:
    """Canvas accepts a list only here, and replies with a sentence."""
    result, script = await update_calendars(*ROWS)
    first, *reads = script.calls
    assert (first.method, first.path) == ("PUT", "/api/v1/accounts/4/account_calendars")
    assert first.json == [
        {"id": 4, "visible": True, "auto_subscribe": False},
        {"id": 13, "visible": False},
    ]
    assert [call.method for call in reads] == ["GET", "GET"]
    assert [(one["id"], one["visible"]) for one in only_detail(result)] == [
        ("4", True),
        ("13", False),
    ]


async def test_one_of_several_calendars_that_was_not_stored_is_reported() -> None:
    result, _ = await update_calendars(*ROWS, _13={"id": 13, "visible": True, "auto_subscribe": False})
    assert problem_codes(result) == [("BAD_USER_INPUT", "calendars")]
    assert [calendar["visible"] for calendar in result.detail["calendars"]] == [True, True]


@pytest.mark.parametrize("reply", [DENIED, json_reply([]), json_reply({"id": 99, "visible": True})])
async def test_an_update_is_confirmed_if_reading_back_fails(reply: Reply) -> None:
    result, _ = await update_calendars(*ROWS, _13=reply)
    assert [one["visible"] for one in only_detail(result)] == [True, False]


@pytest.mark.parametrize(
    "rows",
    [
        (),
        ({"id": "x", "visible": True},),
        ({"id": "4"},),
        ({"id": "4", "visible": True}, {"id": "4", "visible": False}),
    ],
)
async def test_calendars_that_canvas_would_reject_as_a_whole_are_not_sent(
    rows: tuple[dict[str, Any], ...],
) -> None:
    """It would reply `Missing key(s)` or `Duplicate IDs` as text."""
    result, script = await update_calendars(*rows)
    assert problem_codes(result) == [("BAD_USER_INPUT", "calendars")]
    assert not script.calls


def test_text_instead_of_errors_is_a_rejection() -> None:
    result, _ = run(
        act("update_calendars", ACCOUNT, calendars=ROWS),
        json_reply({"errors": "Missing key(s)"}, 400),
    )
    assert (result.status, problem_codes(result)) == (
        CommandStatus.REFUSED,
        [("BAD_USER_INPUT", None)],
    )


@pytest.mark.parametrize("refusal", [DENIED, DENIED_OLD])
def test_a_calendar_of_another_account_is_forbidden(refusal: Reply) -> None:
    result, _ = run(act("update_calendars", ACCOUNT, calendars=ROWS), refusal)
    assert isinstance(result.error, Forbidden)


# Notifications


def test_roles_are_sent_outside_the_notification_block() -> None:
    new = act("create_notification", ACCOUNT, **NEWS, icon="error", roles=("StudentEnrollment",))
    answer = notice(icon="error", roles=["StudentEnrollment"], role_ids=[3])
    result, calls = run(new, answer)
    assert request_lines(calls) == ["POST /accounts/4/account_notifications"]
    assert calls[0].json == {
        "account_notification": {**SENT, "icon": "error"},
        "account_notification_roles": ["StudentEnrollment"],
    }
    assert only_detail(result)["start_at"] == START


def test_roles_that_canvas_dropped_are_reported() -> None:
    new = act("create_notification", ACCOUNT, **NEWS, roles=("Studnet",))
    result, _ = run(new, notice())
    assert problem_codes(result) == [("BAD_USER_INPUT", "roles")]
    assert "everyone" in result.problems[0].message


def test_required_notification_values_are_reported() -> None:
    result, calls = run(act("create_notification", ACCOUNT, subject="Snow", end_at=END))
    assert problem_codes(result) == [("BAD_USER_INPUT", "message"), ("BAD_USER_INPUT", "start_at")]
    assert not calls


def test_invalid_notification_values_are_not_sent() -> None:
    changed = {**NEWS, "start_at": END, "end_at": START, "icon": "bell", "colour": "red"}
    result, calls = run(act("create_notification", ACCOUNT, **changed))
    assert problem_codes(result) == [
        ("UNSUPPORTED_BY_VENDOR", "colour"),
        ("BAD_USER_INPUT", "icon"),
        ("BAD_USER_INPUT", "end_at"),
    ]
    assert not calls


@pytest.mark.parametrize(
    ("present", "sent"),
    [
        ({"roles": ["StudentEnrollment"], "role_ids": [3, None]}, ["3", "NilEnrollment"]),
        ({"roles": ["StudentEnrollment", "NilEnrollment"]}, ["StudentEnrollment", "NilEnrollment"]),
        ({"roles": [], "role_ids": []}, None),
    ],
)
def test_present_roles_are_sent_if_none_are_given(present: dict[str, Any], sent: list[str] | None) -> None:
    """Without roles, Canvas sends the notification to everyone."""
    body = {"id": 2, **SENT, **present}
    command = act("update_notification", NOTIFICATION, subject="Thaw")
    result, calls = run(command, json_reply(body), json_reply({**body, "subject": "Thaw"}))
    assert request_lines(calls) == [
        "GET /accounts/4/account_notifications/2", "PUT /accounts/4/account_notifications/2",
    ]  # fmt: skip
    assert calls[1].json.get("account_notification_roles") == sent
    assert calls[1].json["account_notification"] == {"subject": "Thaw"}
    assert only_detail(result)["subject"] == "Thaw"


def test_given_roles_need_no_read() -> None:
    command = act("update_notification", NOTIFICATION, subject="Thaw", roles=("TeacherEnrollment",))
    answer = notice(subject="Thaw", roles=["TeacherEnrollment"], role_ids=[4])
    result, calls = run(command, answer)
    assert calls[0].json["account_notification_roles"] == ["TeacherEnrollment"]
    assert len(calls) == 1
    only_detail(result)


@pytest.mark.parametrize("roles", [None, ()])
def test_roles_are_removed_only_on_request(roles: Any) -> None:
    command = act("update_notification", NOTIFICATION, subject="Thaw", roles=roles)
    result, calls = run(command, notice(subject="Thaw"))
    assert "account_notification_roles" not in calls[0].json
    only_detail(result)


def test_roles_alone_are_sent_with_the_present_subject() -> None:
    """Canvas rejects an update with an empty block."""
    command = act("update_notification", NOTIFICATION, roles=("3",))
    result, calls = run(command, notice(), notice(roles=["StudentEnrollment"], role_ids=[3]))
    assert calls[1].json == {
        "account_notification": {"subject": "Snow"}, "account_notification_roles": ["3"],
    }  # fmt: skip
    only_detail(result)


@pytest.mark.parametrize("refusal", [DENIED, DENIED_OLD, MISSING])
def test_a_dismissed_notification_is_read_from_the_administrators_list(
    refusal: Reply,
) -> None:
    present = {"id": 2, **SENT, "role_ids": ["3"]}
    command = act("update_notification", NOTIFICATION, subject="Thaw")
    rows = json_reply([{"id": 1, "role_ids": []}, present])
    result, calls = run(command, refusal, rows, json_reply({**present, "subject": "Thaw"}))
    assert request_lines(calls)[1] == (
        "GET /accounts/4/account_notifications?include_past=true&include_all=true"
    )
    assert calls[2].json["account_notification_roles"] == ["3"]
    only_detail(result)


@pytest.mark.parametrize(
    "rows", [DENIED, json_reply([]), json_reply({}), json_reply([{"id": 2, "subject": "x"}])]
)
def test_roles_that_cannot_be_read_are_never_removed(rows: Reply) -> None:
    result, calls = run(act("update_notification", NOTIFICATION, subject="Thaw"), DENIED, rows)
    assert (result.status, problem_codes(result)) == (
        CommandStatus.REFUSED,
        [("CONFLICT", "roles")],
    )
    assert {call.method for call in calls} == {"GET"}


def test_a_dismissed_notification_is_returned_as_it_was() -> None:
    result, calls = run(act("dismiss_notification", NOTIFICATION), notice(roles=["StudentEnrollment"]))
    assert request_lines(calls) == ["DELETE /accounts/4/account_notifications/2"]
    assert only_detail(result)["subject"] == "Snow"


# Reports


def test_a_report_is_started_as_a_job() -> None:
    parameters = {"users": True, "course_id": 9, "start_at": START}
    command = act("start_report", ACCOUNT, report="grade_export_csv", parameters=parameters)
    result, calls = run(command, report(parameters={"users": "true"}))
    assert request_lines(calls) == ["POST /accounts/4/reports/grade_export_csv"]
    assert calls[0].json == {
        "parameters": {"users": True, "course_id": 9, "start_at": "2026-12-01T00:00:00Z"}
    }
    actual = only_detail(result, CommandStatus.ACCEPTED)
    assert (actual["id"], actual["parameters"]) == ("7", {"users": "true"})


def test_a_report_may_be_started_without_parameters() -> None:
    result, calls = run(act("start_report", ACCOUNT, report="a_csv"), json_reply({"id": 7}))
    assert calls[0].json is None
    assert only_detail(result, CommandStatus.ACCEPTED)["report"] == "a_csv"


@pytest.mark.parametrize("name", ["../users", "", None, "a.b"])
def test_a_malformed_report_name_is_not_sent(name: str | None) -> None:
    result, calls = run(act("start_report", ACCOUNT, report=name))
    assert (problem_codes(result), calls) == ([("BAD_USER_INPUT", "report")], [])


def test_unknown_reports_and_rejected_parameters() -> None:
    command = act("start_report", ACCOUNT, report="a_csv", parameters={"enrollment_term_id": "x"})
    result, _ = run(command, MISSING)
    assert problem_codes(result) == [("NOT_FOUND", "report")]
    result, _ = run(command, json_reply({"error": "invalid enrollment_term_id 'x'"}, 400))
    assert problem_codes(result) == [("BAD_USER_INPUT", "parameters")]


def test_a_report_is_deleted() -> None:
    result, calls = run(act("delete_report", REPORT), report(status="deleted"))
    assert request_lines(calls) == ["DELETE /accounts/4/reports/grade_export_csv/7"]
    assert only_detail(result)["status"] == "deleted"


def test_a_running_report_is_aborted() -> None:
    result, calls = run(act("abort_report", REPORT), report(status="aborted"))
    assert request_lines(calls) == ["PUT /accounts/4/reports/grade_export_csv/7/abort"]
    assert only_detail(result)["status"] == "aborted"
    result, _ = run(act("abort_report", REPORT), MISSING)  # also if it is not running
    assert problem_codes(result) == [("NOT_FOUND", "report")]
    result, _ = run(act("abort_report", REPORT), report(status="complete"))
    assert problem_codes(result) == [("CONFLICT", "report")]


# All of them

ALL_OPERATIONS = [
    act("create_access_token", USER, purpose="sync"),
    act("update_access_token", TOKEN, purpose="sync"),
    act("delete_access_token", TOKEN),
    act("update_calendar", CALENDAR, visible=True),
    act("update_calendars", ACCOUNT, calendars=ROWS),
    act("create_notification", ACCOUNT, **NEWS),
    act("update_notification", NOTIFICATION, subject="Thaw", roles=("3",)),
    act("dismiss_notification", NOTIFICATION),
    act("start_report", ACCOUNT, report="a_csv"),
    act("delete_report", REPORT),
    act("abort_report", REPORT),
]


@pytest.mark.parametrize("change", ALL_OPERATIONS, ids=lambda change: change.name)
def test_an_unanswered_operation_is_unknown_and_sent_once(
    change: VendorOperation,
) -> None:
    result, calls = run(change, UpstreamTimeout("late"))
    assert result.status is CommandStatus.UNKNOWN
    assert isinstance(result.error, OutcomeUnknown)
    assert [call.safe for call in calls] == [False]


@pytest.mark.parametrize("change", ALL_OPERATIONS, ids=lambda change: change.name)
@pytest.mark.parametrize("refusal", [DENIED, DENIED_OLD])
def test_an_operation_without_permission_is_forbidden(change: VendorOperation, refusal: Reply) -> None:
    result, _ = run(change, refusal)
    assert result.status is CommandStatus.REFUSED
    assert isinstance(result.error, Forbidden)


@pytest.mark.parametrize("change", ALL_OPERATIONS, ids=lambda change: change.name)
def test_an_operation_requires_its_target(change: VendorOperation) -> None:
    with pytest.raises(Unsupported):
        run(VendorOperation(change.name, Key(Kind.COURSE, "1"), change.values))


@pytest.mark.parametrize("of", [Key(Kind.TOKEN, "5"), Key(Kind.TOKEN, "5/../6.3"), Key(Kind.TOKEN, "05.3")])
def test_a_malformed_id_is_not_sent(of: Key) -> None:
    result, calls = run(act("delete_access_token", of))
    assert (problem_codes(result), calls) == ([("BAD_USER_INPUT", None)], [])


def test_an_unknown_operation_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        run(act("invite_everyone", ACCOUNT))


def test_writes_of_one_object_keep_their_order_and_creates_are_concurrent() -> None:
    keys = {command.name: ordering_key(command) for command in ALL_OPERATIONS}
    assert [name for name, key in keys.items() if key is None] == [
        "create_access_token", "create_notification", "start_report",
    ]  # fmt: skip
    assert keys["abort_report"] == keys["delete_report"] == REPORT


async def test_operations_are_executed_by_the_backend() -> None:
    script = canvas_upstream({"/accounts/4/reports/a_csv": linked_reply({"id": 1, "status": "created"})})
    (result,) = await canvas_backend(script).execute(
        [act("start_report", ACCOUNT, report="a_csv")], Store("maple")
    )
    assert result.status is CommandStatus.ACCEPTED
    assert not isinstance(result.error, LmsError)
