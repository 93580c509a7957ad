"""Results of Canvas's replies to writes."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_gateway.domain.commands import (
    Command,
    CommandStatus,
    Create,
    CrossList,
    Delete,
    Reactivate,
    ResetCourse,
    Update,
)
from lms_gateway.domain.errors import (
    CredentialsRejected,
    Forbidden,
    OutcomeUnknown,
    RateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.errors import ConnectionInterrupted, DeadlineExceeded, NotSent
from lms_gateway.upstream.messages import Reply
from tests.vendors.canvas.rows import course_row, enrollment_row, section_row
from tests.vendors.canvas.scripted import problem_codes, run
from tests.vendors.fake_upstream import json_reply, request_lines

COURSE, OTHER = Key(Kind.COURSE, "1"), Key(Kind.COURSE, "2")
SECTION, USER = Key(Kind.SECTION, "7"), Key(Kind.USER, "5")
ENROLLMENT = Key(Kind.ENROLLMENT, "9")
NAME = {"name": "Evening"}
START = datetime(2026, 9, 1, 8, 0, 0, tzinfo=timezone(timedelta(hours=2)))

NEW = Create(Kind.SECTION, COURSE, NAME)
RENAME = Update(SECTION, NAME)


# -- rejections

NAMES = st.sampled_from(["errors", "error", "message", "name", "type", "field", "attribute"])
NAME_TOO_LONG = [("BAD_USER_INPUT", "name")]
DEFAULT_PROBLEM = [("BAD_USER_INPUT", None)]
TAKEN = [("CONFLICT", "sis_id")]
IN_USE = 'SIS ID "Ada Lovelace" is already in use'


@pytest.mark.parametrize(
    ("status", "body", "problems"),
    [
        (
            400,
            {"errors": {"name": [{"attribute": "name", "type": "too_long", "message": "too_long"}]}},
            NAME_TOO_LONG,
        ),
        (400, {"name": ["is too long, Ada Lovelace"]}, NAME_TOO_LONG),
        (400, {"invalid_record": ["Validation failed: Ada Lovelace"]}, DEFAULT_PROBLEM),
        (
            400,
            {"errors": [{"field": "name", "code": "invalid", "message": "Ada Lovelace"}]},
            NAME_TOO_LONG,
        ),
        (400, {"errors": [{"message": "token is missing"}]}, DEFAULT_PROBLEM),
        (400, {"message": "Ada Lovelace"}, DEFAULT_PROBLEM),
        (400, {"error": "Ada Lovelace"}, DEFAULT_PROBLEM),
        (400, {"error": {"message": "Ada Lovelace"}}, DEFAULT_PROBLEM),
        (403, {"error": "Ada Lovelace"}, DEFAULT_PROBLEM),
        (403, {"message": "Ada Lovelace"}, DEFAULT_PROBLEM),
        (400, [{"message": "token[purpose] is missing"}], DEFAULT_PROBLEM),
        (400, {"errors": "Missing key(s)"}, DEFAULT_PROBLEM),
        (400, {"errors": {"message": "cannot regenerate"}}, DEFAULT_PROBLEM),
        (422, {"errors": "Ada Lovelace"}, DEFAULT_PROBLEM),
        (
            400,
            {
                "errors": {
                    "sis_source_id": [{"attribute": "sis_source_id", "type": IN_USE, "message": IN_USE}]
                }
            },
            TAKEN,
        ),
        (400, {"sis_source_id": [IN_USE]}, TAKEN),
        (400, {"errors": {"sis_section_id": [{"type": "taken"}]}}, TAKEN),
        (400, {"errors": {"Ada Lovelace": [{"type": "taken"}]}}, DEFAULT_PROBLEM),
        (400, {"errors": {"conclude_at": [{"type": "invalid"}]}}, [("BAD_USER_INPUT", "end_at")]),
        (400, {"errors": {"course": [{"type": "taken"}]}}, [("CONFLICT", None)]),
        (409, {"message": "Ada Lovelace"}, [("CONFLICT", None)]),
        (413, {}, DEFAULT_PROBLEM),
        (
            404,
            {"errors": [{"message": "The specified resource does not exist."}]},
            [("NOT_FOUND", "section")],
        ),
    ],
)
def test_a_rejection_names_fields_and_quotes_no_input(
    status: int, body: Any, problems: list[tuple[str, str | None]]
) -> None:
    result, _ = run(Update(SECTION, {**NAME, "sis_id": "S"}), json_reply(body, status))
    assert result.status is CommandStatus.REFUSED
    assert problem_codes(result) == problems
    assert result.error is None
    assert not any(word in str(result) for word in ("Ada", "Lovelace", "token"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | NAMES, inner),
    max_leaves=8,
)


@given(body=JSON, status=st.sampled_from([400, 401, 403, 409, 422]))
def test_any_body_is_a_rejection_with_names_only(body: Any, status: int) -> None:
    result, _ = run(Update(SECTION, {**NAME, "sis_id": "S"}), json_reply(body, status))
    assert result.status is CommandStatus.REFUSED
    for problem in result.problems:
        assert problem.code in ("BAD_USER_INPUT", "CONFLICT")
        assert re.fullmatch(r"[A-Za-z][A-Za-z_]{0,39}( [a-zA-Z]+)*", problem.message)


def test_a_rejection_that_is_not_json_is_read() -> None:
    for body in (b"", b"<html>no</html>", b"\xff"):
        result, _ = run(RENAME, Reply(400, {}, body))
        assert problem_codes(result) == DEFAULT_PROBLEM


NO_ACCESS = {"status": "unauthorized", "errors": [{"message": "no autorizado"}]}
RULE = {"message": "You must have manage_sis permission to update sis attributes"}
BEARER = {"www-authenticate": 'Bearer realm="canvas-lms"'}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_reply(NO_ACCESS, 403), Forbidden),
        (json_reply(NO_ACCESS, 401), Forbidden),
        (json_reply({"errors": "Invalid as_user_id"}, 401), Forbidden),
        (json_reply(RULE, 401), Forbidden),
        (Reply(403, {}, b"<html>"), Forbidden),
        (Reply(403, {}, b"403 Forbidden (Rate Limit Exceeded)\n"), RateLimited),
        (Reply(429), RateLimited),
        (
            Reply(401, BEARER, b'{"errors":[{"message":"Invalid access token."}]}'),
            CredentialsRejected,
        ),
        (NotSent("no connection"), UpstreamUnavailable),
        (DeadlineExceeded("too late"), UpstreamTimeout),
    ],
)
def test_a_write_that_did_not_run_is_refused_with_its_error(reply: Any, error: type) -> None:
    result, _ = run(Update(SECTION, {"sis_id": "S"}), reply)
    assert result.status is CommandStatus.REFUSED
    assert isinstance(result.error, error)
    assert result.problems == ()
    assert "manage_sis" not in str(result.error)


@pytest.mark.parametrize(
    "reply",
    [
        ConnectionInterrupted("cut"),
        UpstreamTimeout("no answer"),
        Reply(500),
        Reply(502, {}, b"<html>"),
        Reply(408),
        Reply(302, {"location": "/login"}),
        Reply(200, {}, b"<html>"),
        Reply(200, {}, b'{"id": '),
        Reply(200),
        json_reply([]),
        json_reply({"name": "no id"}),
    ],
)
@pytest.mark.parametrize("change", [NEW, RENAME], ids=["create", "update"])
def test_a_write_that_may_have_run_is_unknown(change: Command, reply: Any) -> None:
    result, calls = run(change, reply)
    assert len(calls) == 1
    assert result.status is CommandStatus.UNKNOWN
    assert isinstance(result.error, OutcomeUnknown)
    assert result.record is None


def test_a_reply_with_another_object_confirms_nothing() -> None:
    for command in (RENAME, CrossList(SECTION, OTHER)):
        result, _ = run(command, json_reply(section_row(8, 2)))
        assert result.status is CommandStatus.UNKNOWN


def test_a_failure_before_sending_is_refused() -> None:
    for error in (ConnectionInterrupted("cut"), UpstreamTimeout("late")):
        result, calls = run(Delete(SECTION), error)
        assert request_lines(calls)[0].startswith("GET /sections/7")
        assert (result.status, result.error) == (CommandStatus.REFUSED, error)


# -- values that were not stored


def problems_of_update(command: Command, stored: dict[str, Any]) -> list[tuple[str, str | None]]:
    result, _ = run(command, json_reply(stored))
    assert result.status is CommandStatus.CONFIRMED
    return problem_codes(result)


def test_values_that_were_not_stored_are_named() -> None:
    dates = {"start_at": START, "end_at": START + timedelta(days=9)}
    unchanged = course_row(1, start_at=None, end_at=None, restrict_enrollments_to_course_dates=False)
    assert problems_of_update(Update(COURSE, dates), unchanged) == [
        ("BAD_USER_INPUT", "start_at"),
        ("BAD_USER_INPUT", "end_at"),
    ]
    hidden = {"canvas.is_public": True, "canvas.public_syllabus": False}
    assert problems_of_update(Create(Kind.COURSE, None, hidden), course_row(1, is_public=False)) == [
        ("BAD_USER_INPUT", "canvas.is_public")
    ]


def test_equal_values_in_other_forms_are_no_difference() -> None:
    values = {
        "name": " Evening ",
        "start_at": datetime(2026, 9, 1, 6, 0, 0, 250_000, tzinfo=UTC),
        "term_id": "10000000000034",
        "time_zone": "Mountain Time (US & Canada)",
        "canvas.is_public": False,
        "canvas.grading_standard_id": "0",
        "canvas.storage_quota_mb": 500,
        "canvas.blueprint_restrictions": {"content": True, "points": False},
        "canvas.allow_wiki_comments": True,
    }
    stored = course_row(
        1,
        name="Evening",
        start_at="2026-09-01T06:00:00Z",
        grading_standard_id=0,
        storage_quota_mb="500.0",
        blueprint_restrictions={"content": True, "points": False, "due_dates": False},
    )
    assert problems_of_update(Update(COURSE, values), stored) == []


def test_the_course_name_is_compared_not_the_nickname() -> None:
    stored = course_row(1, name="My favourite", original_name="Evening")
    assert problems_of_update(Update(COURSE, NAME), stored) == []
    assert problems_of_update(Update(COURSE, {"name": "My favourite"}), stored) != []


def test_sis_ids_missing_from_the_reply_were_not_stored() -> None:
    """A SIS id is visible to everyone who may set it."""
    stored = section_row(7)
    for key in ("sis_section_id", "sis_course_id", "integration_id", "sis_import_id"):
        del stored[key]
    command = Create(Kind.SECTION, COURSE, {"sis_id": "S", "integration_id": None})
    assert problems_of_update(command, stored) == [("BAD_USER_INPUT", "sis_id")]


def test_sticky_fields_are_conflicts() -> None:
    command = Update(SECTION, NAME, {"canvas.override_sis_stickiness": False})
    assert problems_of_update(command, section_row(7, name="Morning")) == [("CONFLICT", "name")]


def test_a_reactivated_section_keeps_its_old_values() -> None:
    values = {"name": "Evening", "sis_id": "S"}
    command = Create(Kind.SECTION, COURSE, values, {"canvas.enable_sis_reactivation": True})
    stored = section_row(7, name="Morning", sis_section_id="S")
    assert problems_of_update(command, stored) == [("BAD_USER_INPUT", "name")]


@pytest.mark.parametrize(
    ("change", "stored", "problems"),
    [
        (CrossList(SECTION, OTHER), section_row(7, 2, nonxlist_course_id=1), []),
        (CrossList(SECTION, OTHER, False), section_row(7, 1), [("CONFLICT", "course")]),
        (CrossList(SECTION, None), section_row(7, 1), []),
        (
            CrossList(SECTION, None, False),
            section_row(7, 2, nonxlist_course_id=1),
            [("CONFLICT", "section")],
        ),
    ],
)
def test_a_section_that_did_not_move_is_reported(
    change: CrossList, stored: dict[str, Any], problems: list[tuple[str, str | None]]
) -> None:
    result, calls = run(change, json_reply(stored))
    word = "true" if change.override_sis_stickiness else "false"
    if change.course is None:
        assert request_lines(calls) == [f"DELETE /sections/7/crosslist?override_sis_stickiness={word}"]
    else:
        assert request_lines(calls) == ["POST /sections/7/crosslist/2"]
        assert calls[0].json == {"override_sis_stickiness": change.override_sis_stickiness}
    assert result.status is CommandStatus.CONFIRMED
    assert problem_codes(result) == problems


def test_a_rejection_by_a_rule_of_canvas_is_a_conflict() -> None:
    blueprint = json_reply({"error": "cannot crosslist into blueprint courses"}, 403)
    for command, before, reply, field in (
        (CrossList(SECTION, OTHER), [], blueprint, "course"),
        (CrossList(SECTION, None), [], json_reply({"message": "not cross-listed"}, 400), "section"),
        (
            Delete(SECTION),
            [json_reply(section_row(7))],
            json_reply({"message": "enrollments"}, 400),
            "section",
        ),
        (Delete(COURSE), [json_reply(course_row(1))], json_reply({"delete": False}, 400), "course"),
        (ResetCourse(COURSE), [], json_reply({"message": "blueprint"}, 400), "course"),
        (
            Reactivate(ENROLLMENT),
            [json_reply(enrollment_row(9, 5))],
            json_reply({"error": "no"}, 400),
            "state",
        ),
    ):
        result, _ = run(command, *before, reply)
        assert (result.status, problem_codes(result)) == (
            CommandStatus.REFUSED,
            [("CONFLICT", field)],
        )


def test_fields_missing_from_the_reply_are_read_back() -> None:
    values = {"description": "Stars", "canvas.syllabus_body": "<p>Stars</p>"}
    seen = course_row(1, public_description="Moons", syllabus_body="<p>cleaned</p>")
    result, calls = run(Update(COURSE, values), json_reply(course_row(1)), json_reply(seen))
    assert request_lines(calls)[1] == "GET /courses/1?include[]=public_description&include[]=syllabus_body"
    assert problem_codes(result) == [("BAD_USER_INPUT", "description")]
    assert result.record.description == "Moons"  # type: ignore[union-attr]
    result, _ = run(Update(COURSE, values), json_reply(course_row(1)), ConnectionInterrupted("cut"))
    assert (result.status, problem_codes(result)) == (CommandStatus.CONFIRMED, [])
