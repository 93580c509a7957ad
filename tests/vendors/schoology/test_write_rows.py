"""Outcomes of bulk replies, in all forms of their rows."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms_gateway.domain.commands import (
    CommandResult,
    CommandStatus,
    Create,
    Delete,
    InputProblem,
    Update,
)
from lms_gateway.domain.errors import Forbidden, OutcomeUnknown, RateLimited, UpstreamTimeout
from lms_gateway.domain.models import Role
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.errors import ConnectionInterrupted, DeadlineExceeded, NotSent
from lms_gateway.upstream.messages import Call, Reply
from tests.vendors.fake_upstream import ScriptedUpstream
from tests.vendors.schoology.rows import (
    BASE,
    bulk_row,
    course_row,
    enrollment_row,
    new_section,
    rejected_row,
    section_row,
)
from tests.vendors.schoology.scripted import POLICY, execute, schoology_upstream

BULK = "POST /courses/7/sections"
CONFIRMED, REFUSED, UNKNOWN = CommandStatus.CONFIRMED, CommandStatus.REFUSED, CommandStatus.UNKNOWN


def sections(*numbers: int) -> dict[str, Any]:
    """Return replies for single sections."""
    return {f"GET /sections/{number}": section_row(number, 7) for number in numbers}


def ids_and_statuses(results: list[CommandResult]) -> list[tuple[str | None, CommandStatus]]:
    return [(r.record and r.record.key.id, r.status) for r in results]  # type: ignore[misc]


async def create(rows: object, count: int = 3, **more: Any) -> list[CommandResult]:
    upstream = schoology_upstream({BULK: rows, **sections(*range(1, count + 1)), **more})
    return await execute(upstream, *(new_section(number) for number in range(1, count + 1)))


async def test_rows_are_matched_by_position() -> None:
    results = await create({"section": [bulk_row(1), rejected_row(2, message="No."), bulk_row(3)]})
    assert ids_and_statuses(results) == [("1", CONFIRMED), (None, REFUSED), ("3", CONFIRMED)]
    assert results[1].problems == [InputProblem("BAD_USER_INPUT", "the vendor refused this section: No.")]


async def test_a_rejected_row_without_a_code_is_matched_by_position() -> None:
    bare = {"response_code": 400, "error": "Section School Code is already in use."}
    results = await create({"section": [bulk_row(1), bare, bulk_row(3)]})
    assert ids_and_statuses(results) == [("1", CONFIRMED), (None, REFUSED), ("3", CONFIRMED)]
    ((problem,)) = results[1].problems
    assert (problem.code, problem.field) == ("CONFLICT", "sis_id")


@pytest.mark.parametrize(
    "rows",
    [
        [bulk_row(3), bulk_row(1), bulk_row(2)],
        [bulk_row(2), bulk_row(1), bulk_row(3), bulk_row(9)],
        [bulk_row(1), bulk_row(1), bulk_row(2), bulk_row(3)],
    ],
    ids=["turned", "one too many", "one twice"],
)
async def test_misplaced_rows_are_matched_by_code(rows: list[Any]) -> None:
    results = await create({"section": rows})
    assert ids_and_statuses(results) == [(str(number), CONFIRMED) for number in (1, 2, 3)]


async def test_a_write_without_a_row_is_unknown() -> None:
    results = await create({"section": [bulk_row(1), bulk_row(3)]})
    assert ids_and_statuses(results) == [("1", CONFIRMED), (None, UNKNOWN), ("3", CONFIRMED)]
    assert isinstance(results[1].error, OutcomeUnknown)


@pytest.mark.parametrize(
    ("reply_row", "status", "code"),
    [
        ({"response_code": "204", "id": 2}, CONFIRMED, None),
        ({"response_code": 201, "location": f"{BASE}/sections/2"}, CONFIRMED, None),
        ({"response_code": 200}, CONFIRMED, None),
        ({"status": 400, "message": "Not so."}, REFUSED, "BAD_USER_INPUT"),
        ({"message": "Not so."}, REFUSED, "BAD_USER_INPUT"),
        ({"response_code": 409}, REFUSED, "CONFLICT"),
        ({"response_code": 400, "message": "A synced section's code is locked."},
         REFUSED, "CONFLICT"),
        ({"response_code": 404, "message": "?"}, REFUSED, "NOT_FOUND"),
        ({"response_code": 405}, REFUSED, "BAD_USER_INPUT"),
        ({"response_code": 403}, REFUSED, Forbidden),
        ({"response_code": 401}, REFUSED, Forbidden),
        ({"response_code": 429}, REFUSED, RateLimited),
        ({"response_code": 500, "message": "oops"}, UNKNOWN, OutcomeUnknown),
        ({"response_code": None}, UNKNOWN, OutcomeUnknown),
        ({"response_code": "soon"}, UNKNOWN, OutcomeUnknown),
        ({"id": "2", "message": "a word"}, UNKNOWN, OutcomeUnknown),
        ({}, UNKNOWN, OutcomeUnknown),
    ],
)  # fmt: skip
async def test_a_row_is_confirmed_only_by_its_response_code(
    reply_row: dict[str, Any], status: CommandStatus, code: Any
) -> None:
    _, result, _ = await create({"section": [bulk_row(1), reply_row, bulk_row(3)]})
    assert result.status is status
    if isinstance(code, str):
        assert [problem.code for problem in result.problems] == [code]
    else:
        assert result.problems == []
        assert isinstance(result.error, code or type(None))


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("The title\n is  too long.", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("ada@school.example has it already", False),
        ("<p>Service</p>", False),
        ("  ", False),
        (["a list"], False),
        (None, False),
    ],
)
async def test_short_sentences_without_addresses_are_quoted(words: object, quoted: bool) -> None:
    results = await create({"section": [bulk_row(1), rejected_row(2, message=words), bulk_row(3)]})
    ((problem,)) = results[1].problems
    assert problem.message.startswith("the vendor refused this section: ") is quoted
    assert not quoted or problem.message.endswith(" ".join(str(words).split()))
    assert "@" not in problem.message


async def test_sentences_about_enrollments_are_never_quoted() -> None:
    said = {"response_code": 400, "message": "Ada Lovelace is already enrolled."}
    path = "/sections/5/enrollments"
    upstream = schoology_upstream({f"POST {path}": {"enrollments": {"enrollment": [said, said]}}})
    new = [
        Create(Kind.ENROLLMENT, Key(Kind.SECTION, "5"), {"user_id": id, "role": Role.STUDENT})
        for id in ("11", "12")
    ]
    for result in await execute(upstream, *new):
        ((problem,)) = result.problems
        assert problem.code == "CONFLICT"
        assert "Ada" not in problem.message


@pytest.mark.parametrize(
    "body",
    [
        {"section": [bulk_row(1), bulk_row(2), bulk_row(3)]},
        {"sections": {"section": [bulk_row(1), bulk_row(2), bulk_row(3)]}},
        {"sections": [bulk_row(1), bulk_row(2), bulk_row(3)]},
        [bulk_row(1), bulk_row(2), bulk_row(3)],
    ],
    ids=["wrapped", "wrapped twice", "plural", "bare"],
)
async def test_rows_are_found_in_any_wrapper(body: object) -> None:
    assert [status for _, status in ids_and_statuses(await create(body))] == [CONFIRMED] * 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(207, {}, b""),
        Reply(207, {}, b"{"),
        Reply(200, {}, b"<html>"),
        Reply(207, {}, b'{"section": "gone"}'),
        Reply(207, {}, b'{"section": [1, 2, 3]}'),
        Reply(207, {}, b'{"id": "7", "title": "the course"}'),
        Reply(207, {}, b"null"),
        Reply(303, {"location": "/v1/courses/7"}),
        Reply(500),
        Reply(502, {}, b"<html>"),
        ConnectionInterrupted("cut"),
        UpstreamTimeout("late"),
    ],
    ids=str,
)
async def test_a_reply_without_rows_is_unknown(reply: object) -> None:
    results = await create(reply)
    assert ids_and_statuses(results) == [(None, UNKNOWN)] * 3
    assert {type(result.error) for result in results} == {OutcomeUnknown}


@pytest.mark.parametrize(
    "reply",
    [Reply(403), Reply(401), Reply(429), Reply(405), Reply(415), NotSent("no way"),
     DeadlineExceeded("too late")],
    ids=str,
)  # fmt: skip
async def test_a_call_that_did_not_run_refuses_its_rows(reply: object) -> None:
    results = await create(reply)
    assert ids_and_statuses(results) == [(None, REFUSED)] * 3
    assert all(r.error is not None and not isinstance(r.error, OutcomeUnknown) for r in results)


@pytest.mark.parametrize("body", [b"The title is missing.", b'"The title is missing."',
                                  b'{"message": "The title is missing."}',
                                  b'{"error": "The title is missing."}'])  # fmt: skip
async def test_a_rejected_call_rejects_its_rows_with_the_reason(body: bytes) -> None:
    for result in await create(Reply(400, {}, body)):
        ((problem,)) = result.problems
        assert (problem.code, problem.field) == ("BAD_USER_INPUT", "name")
        assert "The title is missing." in problem.message


async def test_an_unknown_course_is_named_as_not_found() -> None:
    assert [r.problems[0].code for r in await create(404)] == ["NOT_FOUND"] * 3
    (alone,) = await create(404, 1)
    assert (alone.problems[0].code, alone.problems[0].field) == ("NOT_FOUND", "course")


async def test_a_failing_chunk_affects_its_own_rows_only() -> None:
    """120 creates: three rejected rows, one lost call, and one result per row."""
    bad = {3, 77, 119}

    def answer(call: Call) -> Any:
        numbers = [int(r["section_school_code"][4:]) for r in call.json["sections"]["section"]]
        assert len(numbers) <= 50
        if 60 in numbers:
            return ConnectionInterrupted("cut")
        return {"section": [rejected_row(n) if n in bad else bulk_row(n) for n in numbers]}

    results = await create(answer, 120)
    for number, result in enumerate(results, 1):
        is_lost = 51 <= number <= 100
        status = UNKNOWN if is_lost else REFUSED if number in bad else CONFIRMED
        assert result.status is status
        record = None if result.record is None else result.record.key.id
        assert record == (str(number) if status is CONFIRMED else None)


async def test_a_repeated_delete_is_sent_once() -> None:
    upstream = schoology_upstream(
        {"DELETE /sections": {"section": [{"response_code": 204, "id": 1},
                                          {"response_code": 200, "id": "2"}]},
         **sections(1, 2)}
    )  # fmt: skip
    keys = [Key(Kind.SECTION, number) for number in ("1", "2", "1", "3")]
    results = await execute(upstream, *map(Delete, keys))
    assert ids_and_statuses(results) == [
        ("1", CONFIRMED), ("2", CONFIRMED), ("1", CONFIRMED), (None, REFUSED),
    ]  # fmt: skip
    assert results[0].record is not None
    assert results[0].record.name == "Section 1"
    assert results[3].problems[0].code == "NOT_FOUND"
    assert upstream.lines[-1] == "DELETE /sections?section_ids=1,2"


async def test_rows_of_another_id_confirm_nothing() -> None:
    upstream = schoology_upstream(
        {"PUT /sections": {"section": [bulk_row(8), bulk_row(9)]}, **sections(1, 2)}
    )
    commands = [Update(Key(Kind.SECTION, id), {"name": "N"}) for id in ("1", "2")]
    assert ids_and_statuses(await execute(upstream, *commands)) == [(None, UNKNOWN)] * 2


async def test_two_updates_of_one_object_have_a_result_each() -> None:
    upstream = schoology_upstream(
        {"PUT /sections": {"section": [bulk_row(1), bulk_row(1)]},
         "GET /sections/1": section_row(1, 7, section_title="Last", location="101")}
    )  # fmt: skip
    key = Key(Kind.SECTION, "1")
    first, last = await execute(
        upstream, Update(key, {"name": "First", "location": "202"}), Update(key, {"name": "Last"})
    )
    assert [p.field for p in first.problems] == ["location"]  # no later write of that field
    assert last.problems == []


async def test_chunks_that_update_one_object_are_sequential() -> None:
    """Each call waits for the one before, so that the later value is stored."""
    under_way: list[Call] = []

    class Slow(ScriptedUpstream):
        async def send(self, call: Call) -> Reply:
            if call.method != "PUT":
                return await super().send(call)
            under_way.append(call)
            assert len(under_way) == 1
            reply = await super().send(call)
            under_way.pop()
            return reply

    def answer(call: Call) -> Any:
        rows = call.json["sections"]["section"]
        return {"section": [{"response_code": 200, "id": r["id"]} for r in rows]}

    upstream = Slow({"PUT /sections": answer, **sections(*range(1, 61))}, POLICY, BASE)
    commands = [Update(Key(Kind.SECTION, str(n % 60 + 1)), {"location": str(n)}) for n in range(70)]
    assert {r.status for r in await execute(upstream, *commands)} == {CONFIRMED}


async def test_nested_sections_have_their_own_outcomes() -> None:
    nested = {"section": [bulk_row(1), rejected_row(2, message="The section school code exists.")]}
    courses = [{"response_code": 200, "id": "7", "course_code": "C7", "sections": nested}]
    upstream = schoology_upstream(
        {"POST /courses": {"course": courses}, "GET /courses/7": course_row(7), **sections(1)}
    )
    three = tuple(new_section(number) for number in (1, 2, 3))
    (result,) = await execute(
        upstream, Create(Kind.COURSE, None, {"name": "Course 7", "code": "C7"}, sections=three)
    )
    assert result.status is CONFIRMED
    assert [one.status for one in result.detail["sections"]] == [CONFIRMED, REFUSED, UNKNOWN]
    assert [(p.code, p.field) for p in result.problems] == [
        ("CONFLICT", "sections.1.sis_id"),
        ("OUTCOME_UNKNOWN", "sections.2"),
    ]
    assert result.detail["sections"][0].record.course_id == "7"


async def test_a_rejected_course_has_no_section_results() -> None:
    said = {"response_code": 400, "message": "Course code is already in use."}
    upstream = schoology_upstream({"POST /courses": {"course": [said]}})
    (result,) = await execute(
        upstream, Create(Kind.COURSE, None, {"name": "C", "code": "C7"}, sections=(new_section(1),))
    )
    assert result.status is REFUSED
    assert [(p.code, p.field) for p in result.problems] == [("CONFLICT", "code")]


async def test_enrollments_are_wrapped_twice_and_read_back_from_the_roster() -> None:
    path = "/sections/5/enrollments"
    rows = [
        {"response_code": 200, "id": str(n), "uid": n + 10, "location": f"{BASE}{path}/{n}"}
        for n in range(1, 6)
    ]
    roster = {"enrollment": [enrollment_row(n, n + 10) for n in range(1, 6)]}
    upstream = schoology_upstream(
        {f"POST {path}": {"enrollments": {"enrollment": rows}}, f"GET {path}": roster}
    )
    new = [
        Create(Kind.ENROLLMENT, Key(Kind.SECTION, "5"), {"user_id": str(n), "role": Role.TEACHER})
        for n in range(11, 16)
    ]
    results = await execute(upstream, *new)
    assert ids_and_statuses(results) == [(f"5.{n}", CONFIRMED) for n in range(1, 6)]
    assert {problem.field for r in results for problem in r.problems} == {"role"}
    assert [line.split()[0] for line in upstream.lines] == ["POST", "GET"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["section", "sections", "response_code", "id", "location", "message",
                         "section_code", "options", "grading_periods", "synced"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(body=JSON)
async def test_any_reply_gives_one_result_per_command(body: Any) -> None:
    for count in (1, 2):
        upstream = schoology_upstream({BULK: (lambda call: body), **sections(1, 2)})
        results = await execute(upstream, *(new_section(n) for n in range(count)))
        assert len(results) == count
        for result in results:
            assert isinstance(result.status, CommandStatus)


async def test_new_sections_of_several_courses_keep_their_order() -> None:
    other = Key(Kind.COURSE, "8")
    upstream = schoology_upstream(
        {
            BULK: {"section": [bulk_row(1), bulk_row(3)]},
            "POST /courses/8/sections": section_row(2, 8),
            **sections(1, 3),
        }
    )
    results = await execute(upstream, new_section(1), new_section(2, other, name="Section 2"), new_section(3))
    assert ids_and_statuses(results) == [("1", CONFIRMED), ("2", CONFIRMED), ("3", CONFIRMED)]
    assert upstream.lines[:2] == [BULK, "POST /courses/8/sections"]


async def test_a_single_create_without_an_id_is_unknown() -> None:
    bodies: tuple[Any, ...] = ({}, [], {"id": "0"}, {"location": "7"})
    for body in bodies:
        (result,) = await create(Reply(201, {}, str(body).replace("'", '"').encode()), 1)
        assert result.status is UNKNOWN
