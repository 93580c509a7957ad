"""Mutations without a vendor: the commands, sent once, and the payloads."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.commands import Create, Delete, Update
from lms_gateway.domain.record import Key, Kind
from lms_gateway.tenancy import Tenant, Tenants
from tests.schema.conftest import RunQuery
from tests.schema.school import School

CREATE = """mutation ($input: CreateSectionInput!) { createSection(input: $input) {
  section { id name course { name } } errors { code message field } } }"""
KEY = "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01"


def section_input(**values: Any) -> dict[str, Any]:
    return {"course": {"vendorId": "1"}, "name": "New", **values}


async def test_a_created_section_is_returned_as_stored(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query(CREATE, input=section_input())
    assert errors == []
    payload = data["createSection"]
    assert payload["errors"] == []
    assert payload["section"]["name"] == "New"
    assert payload["section"]["course"] == {"name": "Biology"}
    (change,) = school.maple.commands[0]
    assert change == Create(Kind.SECTION, Key(Kind.COURSE, "1"), {"name": "New"}, {})


async def test_omitted_and_null_values_differ(school: School, run_query: RunQuery) -> None:
    _, errors = await run_query(
        """mutation { updateSection(input: {section: {vendorId: "11"}, name: "X", sisId: null,
             canvas: {restrictEnrollmentsToSectionDates: true, overrideSisStickiness: false}})
           { section { name } errors { code } } }"""
    )
    assert errors == []
    (change,) = school.maple.commands[0]
    assert change == Update(
        Key(Kind.SECTION, "11"),
        {"name": "X", "sis_id": None, "canvas.restrict_enrollments_to_section_dates": True},
        {"canvas.override_sis_stickiness": False},
    )


async def test_the_block_of_another_vendor_is_rejected_with_its_path(
    school: School, run_query: RunQuery
) -> None:
    data, errors = await run_query(CREATE, input=section_input(schoology={"classPeriods": ["1"]}))
    assert errors == []
    (problem,) = data["createSection"]["errors"]
    assert (problem["code"], problem["field"]) == ("BAD_USER_INPUT", ["input", "schoology"])
    assert school.maple.commands == []


async def test_a_rejected_value_has_the_path_of_its_field(run_query: RunQuery) -> None:
    data, errors = await run_query(CREATE, input=section_input(name="refuse me"))
    assert errors == []
    assert data["createSection"] == {
        "section": None,
        "errors": [
            {
                "code": "BAD_USER_INPUT",
                "message": "not this name",
                "field": ["input", "canvas", "license"],
            }
        ],
    }


async def test_an_unknown_outcome_is_an_error(run_query: RunQuery) -> None:
    data, errors = await run_query(CREATE, input=section_input(name="break"))
    assert data == {"createSection": None}
    assert errors == [(["createSection"], "OUTCOME_UNKNOWN")]


async def test_an_operation_without_vendor_support_is_an_error(run_query: RunQuery) -> None:
    _, errors = await run_query(
        """mutation { crossListSection(input: {section: {vendorId: "11"}, course: {vendorId: "2"}})
           { errors { code } } }"""
    )
    assert errors == [(["crossListSection"], "UNSUPPORTED_BY_VENDOR")]


async def test_an_invalid_reference_is_an_error_of_its_field(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query(CREATE, input=section_input(course={"vendorId": "x"}))
    assert errors == []
    (problem,) = data["createSection"]["errors"]
    assert (problem["code"], problem["field"]) == ("BAD_USER_INPUT", ["input", "course"])
    assert school.maple.commands == []


async def test_a_delete_returns_the_object_before_the_deletion(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query(
        """mutation { deleteSection(input: {section: {vendorId: "11"}})
             { section { name studentCount course { name } } errors { code } } }"""
    )
    assert errors == []
    assert data["deleteSection"]["section"] == {
        "name": "Section 11",
        "studentCount": 3,
        "course": {"name": "Biology"},
    }
    assert school.maple.commands == [[Delete(Key(Kind.SECTION, "11"))]]
    after, _ = await run_query('{ section(by: {vendorId: "11"}) { name } }')
    assert after == {"section": None}


async def test_later_fields_of_the_same_request_contain_the_change(run_query: RunQuery) -> None:
    update = 'updateSection(input: {{section: {{vendorId: "11"}}, name: "{0}"}})'
    payload = "{ section { name course { sections { nodes { name } } } } }"
    data, errors = await run_query(
        f"mutation {{ a: {update.format('One')} {payload} b: {update.format('Two')} {payload} }}"
    )
    assert errors == []
    for alias, name in (("a", "One"), ("b", "Two")):
        section = data[alias]["section"]
        assert section["name"] == name
        assert name in [node["name"] for node in section["course"]["sections"]["nodes"]]


async def test_items_keep_their_order_and_have_their_own_outcome(school: School, run_query: RunQuery) -> None:
    rows = [
        section_input(name="A"),
        section_input(name="refuse me"),
        section_input(course={"vendorId": "nonsense"}),
        section_input(name="break"),
        section_input(name="B"),
    ]
    data, errors = await run_query(
        """mutation ($rows: [NewSection!]!) { createSections(input: {sections: $rows}) {
             results { index status section { name } errors { code field } } errors { code } } }""",
        rows=rows,
    )
    assert errors == []
    results = data["createSections"]["results"]
    assert [row["index"] for row in results] == [0, 1, 2, 3, 4]
    assert [row["status"] for row in results] == [
        "CONFIRMED",
        "REFUSED",
        "REFUSED",
        "UNKNOWN",
        "CONFIRMED",
    ]
    assert [row["section"] and row["section"]["name"] for row in results] == [
        "A",
        None,
        None,
        None,
        "B",
    ]
    assert results[1]["errors"][0]["field"] == ["input", "sections", "1", "canvas", "license"]
    assert results[2]["errors"][0]["field"] == ["input", "sections", "2", "course"]
    assert results[3]["errors"][0]["code"] == "OUTCOME_UNKNOWN"
    assert len(school.maple.commands) == 1  # all items in one call of the backend


async def test_items_of_two_tenants_are_rejected(school: School, run_query: RunQuery) -> None:
    oak, _ = await run_query('{ course(by: {vendorId: "1"}) { id } }', selected="oak")
    _, errors = await run_query(
        """mutation ($rows: [NewSection!]!) { createSections(input: {sections: $rows})
             { errors { code } } }""",
        rows=[section_input(), section_input(course={"id": oak["course"]["id"]})],
    )
    assert errors == [(["createSections"], "BAD_USER_INPUT")]
    assert school.maple.commands == school.oak.commands == []


async def test_mutations_require_the_write_scope(school: School, run_query: RunQuery) -> None:
    tenant = Tenant("maple", "Maple", school.maple.vendor, Access.KEY, frozenset(), None, school.maple)
    school.tenants = Tenants([tenant])
    school.caller = replace(school.caller, tenants=frozenset({"maple"}), scopes=frozenset({Scope.READ}))
    _, errors = await run_query(CREATE, input=section_input())
    assert errors == [(["createSection"], "FORBIDDEN")]
    assert school.maple.commands == []


async def test_an_id_of_an_inaccessible_tenant_is_rejected_in_inputs(
    school: School, run_query: RunQuery
) -> None:
    from lms_gateway.schema.ids import encode_id

    _, errors = await run_query(
        CREATE, input=section_input(course={"id": encode_id("elm", Kind.COURSE, "1")})
    )
    assert errors == [(["createSection"], "TENANT_FORBIDDEN")]
    assert school.elm.commands == []


class TestIdempotency:
    async def test_a_repeated_request_returns_the_first_payload(
        self, school: School, run_query: RunQuery
    ) -> None:
        first, _ = await run_query(CREATE, input=section_input(idempotencyKey=KEY))
        again, errors = await run_query(CREATE, input=section_input(idempotencyKey=KEY))
        assert errors == []
        assert again == first
        assert len(school.maple.commands) == 1

    async def test_another_input_is_a_conflict(self, school: School, run_query: RunQuery) -> None:
        await run_query(CREATE, input=section_input(idempotencyKey=KEY))
        _, errors = await run_query(CREATE, input=section_input(idempotencyKey=KEY, name="Other"))
        assert errors == [(["createSection"], "CONFLICT")]
        assert len(school.maple.commands) == 1

    async def test_a_repeated_request_waits_for_the_first(self, school: School, run_query: RunQuery) -> None:
        school.maple.may_run.clear()
        both: list[asyncio.Task[Any]] = [
            asyncio.create_task(run_query(CREATE, input=section_input(idempotencyKey=KEY)))  # type: ignore[arg-type]
            for _ in range(2)
        ]
        for _ in range(200):
            await asyncio.sleep(0)
        assert not any(task.done() for task in both)
        school.maple.may_run.set()
        (first, _), (second, _) = await asyncio.gather(*both)
        assert first == second
        assert len(school.maple.commands) == 1

    async def test_a_rejected_mutation_can_be_repeated(self, school: School, run_query: RunQuery) -> None:
        for _ in range(2):
            await run_query(CREATE, input=section_input(name="refuse me", idempotencyKey=KEY))
        assert len(school.maple.commands) == 2

    async def test_an_unknown_outcome_is_not_repeated(self, school: School, run_query: RunQuery) -> None:
        for _ in range(2):
            data, errors = await run_query(CREATE, input=section_input(name="break", idempotencyKey=KEY))
            assert data == {"createSection": None}
            assert errors == [(["createSection"], "OUTCOME_UNKNOWN")]
        assert len(school.maple.commands) == 1

    async def test_a_failed_mutation_can_be_repeated(self, school: School, run_query: RunQuery) -> None:
        for _ in range(2):
            _, errors = await run_query(CREATE, input=section_input(name="wait", idempotencyKey=KEY))
            assert errors == [(["createSection"], "RATE_LIMITED")]
        assert len(school.maple.commands) == 2

    async def test_an_internal_error_is_not_repeated(self, school: School, run_query: RunQuery) -> None:
        """The vendor may have made the change before the error."""
        for _ in range(2):
            _, errors = await run_query(CREATE, input=section_input(name="bug", idempotencyKey=KEY))
            assert errors == [(["createSection"], "a mistake of ours")]
        assert len(school.maple.commands) == 1

    async def test_keys_are_scoped_to_tenant_and_mutation(self, school: School, run_query: RunQuery) -> None:
        await run_query(CREATE, input=section_input(idempotencyKey=KEY))
        await run_query(CREATE, selected="oak", input=section_input(idempotencyKey=KEY))
        _, errors = await run_query(
            """mutation ($key: UUID) { deleteSection(input: {section: {vendorId: "12"},
                 idempotencyKey: $key}) { errors { code } } }""",
            key=KEY,
        )
        assert errors == []
        assert (len(school.maple.commands), len(school.oak.commands)) == (2, 1)

    @pytest.mark.parametrize("key", ["", "not-a-uuid"])
    async def test_a_key_must_be_a_uuid(self, run_query: RunQuery, key: str) -> None:
        _, errors = await run_query(CREATE, input=section_input(idempotencyKey=key))
        assert len(errors) == 1
