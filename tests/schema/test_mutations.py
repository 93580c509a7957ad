"""Mutations, whichever vendor carries them out: what goes out, once, and what is answered."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from lms_gateway.domain.changes import Create, Remove, Update
from lms_gateway.domain.records import Key, Kind
from lms_gateway.tenancy import Access, Scope, Tenant, Tenants
from tests.schema.conftest import Ask
from tests.schema.school import School

CREATE = """mutation ($input: CreateSectionInput!) { createSection(input: $input) {
  section { id name course { name } } errors { code message field } } }"""
KEY = "7c3f7a52-3f55-4a38-9d9a-0f1a3c1f1a01"


def a_section(**values: Any) -> dict[str, Any]:
    return {"course": {"vendorId": "1"}, "name": "New", **values}


async def test_a_created_section_is_shown_as_it_is_stored(school: School, ask: Ask) -> None:
    data, errors = await ask(CREATE, input=a_section())
    assert errors == []
    payload = data["createSection"]
    assert payload["errors"] == []
    assert payload["section"]["name"] == "New"
    assert payload["section"]["course"] == {"name": "Biology"}
    (change,) = school.maple.changes[0]
    assert change == Create(Kind.SECTION, Key(Kind.COURSE, "1"), {"name": "New"}, {})


async def test_left_out_and_null_are_different(school: School, ask: Ask) -> None:
    _, errors = await ask(
        """mutation { updateSection(input: {section: {vendorId: "11"}, name: "X", sisId: null,
             canvas: {restrictEnrollmentsToSectionDates: true, overrideSisStickiness: false}})
           { section { name } errors { code } } }"""
    )
    assert errors == []
    (change,) = school.maple.changes[0]
    assert change == Update(
        Key(Kind.SECTION, "11"),
        {"name": "X", "sis_id": None, "canvas.restrict_enrollments_to_section_dates": True},
        {"canvas.override_sis_stickiness": False},
    )


async def test_the_other_vendors_block_is_refused_with_its_path(school: School, ask: Ask) -> None:
    data, errors = await ask(CREATE, input=a_section(schoology={"classPeriods": ["1"]}))
    assert errors == []
    (problem,) = data["createSection"]["errors"]
    assert (problem["code"], problem["field"]) == ("BAD_USER_INPUT", ["input", "schoology"])
    assert school.maple.changes == []


async def test_a_vendors_refusal_names_the_field(ask: Ask) -> None:
    data, errors = await ask(CREATE, input=a_section(name="refuse me"))
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


async def test_an_unanswered_change_is_an_error(ask: Ask) -> None:
    data, errors = await ask(CREATE, input=a_section(name="break"))
    assert data == {"createSection": None}
    assert errors == [(["createSection"], "OUTCOME_UNKNOWN")]


async def test_an_operation_that_the_vendor_lacks_says_so(ask: Ask) -> None:
    _, errors = await ask(
        """mutation { crossListSection(input: {section: {vendorId: "11"}, course: {vendorId: "2"}})
           { errors { code } } }"""
    )
    assert errors == [(["crossListSection"], "UNSUPPORTED_BY_VENDOR")]


async def test_a_reference_to_nothing_is_not_found(school: School, ask: Ask) -> None:
    data, errors = await ask(CREATE, input=a_section(course={"vendorId": "x"}))
    assert errors == []
    (problem,) = data["createSection"]["errors"]
    assert (problem["code"], problem["field"]) == ("BAD_USER_INPUT", ["input", "course"])
    assert school.maple.changes == []


async def test_a_delete_answers_with_the_object_as_it_was(school: School, ask: Ask) -> None:
    data, errors = await ask(
        """mutation { deleteSection(input: {section: {vendorId: "11"}})
             { section { name studentCount course { name } } errors { code } } }"""
    )
    assert errors == []
    assert data["deleteSection"]["section"] == {
        "name": "Section 11",
        "studentCount": 3,
        "course": {"name": "Biology"},
    }
    assert school.maple.changes == [[Remove(Key(Kind.SECTION, "11"))]]
    gone, _ = await ask('{ section(by: {vendorId: "11"}) { name } }')
    assert gone == {"section": None}


async def test_later_fields_of_the_same_request_show_the_change(ask: Ask) -> None:
    update = 'updateSection(input: {{section: {{vendorId: "11"}}, name: "{0}"}})'
    payload = "{ section { name course { sections { nodes { name } } } } }"
    data, errors = await ask(
        f"mutation {{ a: {update.format('One')} {payload} b: {update.format('Two')} {payload} }}"
    )
    assert errors == []
    for alias, name in (("a", "One"), ("b", "Two")):
        section = data[alias]["section"]
        assert section["name"] == name
        assert name in [node["name"] for node in section["course"]["sections"]["nodes"]]


async def test_rows_keep_their_order_and_their_own_outcome(school: School, ask: Ask) -> None:
    rows = [
        a_section(name="A"),
        a_section(name="refuse me"),
        a_section(course={"vendorId": "nonsense"}),
        a_section(name="break"),
        a_section(name="B"),
    ]
    data, errors = await ask(
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
    assert len(school.maple.changes) == 1  # all rows in one call of the backend


async def test_rows_of_two_tenants_are_refused(school: School, ask: Ask) -> None:
    oak, _ = await ask('{ course(by: {vendorId: "1"}) { id } }', selected="oak")
    _, errors = await ask(
        """mutation ($rows: [NewSection!]!) { createSections(input: {sections: $rows})
             { errors { code } } }""",
        rows=[a_section(), a_section(course={"id": oak["course"]["id"]})],
    )
    assert errors == [(["createSections"], "BAD_USER_INPUT")]
    assert school.maple.changes == school.oak.changes == []


async def test_changes_need_the_write_scope(school: School, ask: Ask) -> None:
    tenant = Tenant(
        "maple", "Maple", school.maple.vendor, Access.KEY, frozenset(), None, school.maple
    )
    school.tenants = Tenants([tenant])
    school.caller = replace(
        school.caller, tenants=frozenset({"maple"}), scopes=frozenset({Scope.READ})
    )
    _, errors = await ask(CREATE, input=a_section())
    assert errors == [(["createSection"], "FORBIDDEN")]
    assert school.maple.changes == []


async def test_an_id_out_of_reach_is_refused_in_inputs_too(school: School, ask: Ask) -> None:
    from lms_gateway.schema.ids import write_id

    _, errors = await ask(CREATE, input=a_section(course={"id": write_id("elm", Kind.COURSE, "1")}))
    assert errors == [(["createSection"], "TENANT_FORBIDDEN")]
    assert school.elm.changes == []


class TestIdempotency:
    async def test_a_repeat_answers_the_first_payload(self, school: School, ask: Ask) -> None:
        first, _ = await ask(CREATE, input=a_section(idempotencyKey=KEY))
        again, errors = await ask(CREATE, input=a_section(idempotencyKey=KEY))
        assert errors == []
        assert again == first
        assert len(school.maple.changes) == 1

    async def test_another_input_is_a_conflict(self, school: School, ask: Ask) -> None:
        await ask(CREATE, input=a_section(idempotencyKey=KEY))
        _, errors = await ask(CREATE, input=a_section(idempotencyKey=KEY, name="Other"))
        assert errors == [(["createSection"], "CONFLICT")]
        assert len(school.maple.changes) == 1

    async def test_a_repeat_waits_for_the_first(self, school: School, ask: Ask) -> None:
        school.maple.may_change.clear()
        both = [
            asyncio.create_task(ask(CREATE, input=a_section(idempotencyKey=KEY)))  # type: ignore[arg-type]
            for _ in range(2)
        ]
        for _ in range(200):
            await asyncio.sleep(0)
        assert not any(task.done() for task in both)
        school.maple.may_change.set()
        (first, _), (second, _) = await asyncio.gather(*both)
        assert first == second
        assert len(school.maple.changes) == 1

    async def test_what_was_refused_may_be_tried_again(self, school: School, ask: Ask) -> None:
        for _ in range(2):
            await ask(CREATE, input=a_section(name="refuse me", idempotencyKey=KEY))
        assert len(school.maple.changes) == 2

    async def test_what_may_have_been_done_is_not_done_again(
        self, school: School, ask: Ask
    ) -> None:
        for _ in range(2):
            data, errors = await ask(CREATE, input=a_section(name="break", idempotencyKey=KEY))
            assert data == {"createSection": None}
            assert errors == [(["createSection"], "OUTCOME_UNKNOWN")]
        assert len(school.maple.changes) == 1

    async def test_what_surely_failed_may_be_tried_again(self, school: School, ask: Ask) -> None:
        for _ in range(2):
            _, errors = await ask(CREATE, input=a_section(name="wait", idempotencyKey=KEY))
            assert errors == [(["createSection"], "RATE_LIMITED")]
        assert len(school.maple.changes) == 2

    async def test_after_a_mistake_of_ours_nothing_is_done_again(
        self, school: School, ask: Ask
    ) -> None:
        """It may have come after the vendor had done it."""
        for _ in range(2):
            _, errors = await ask(CREATE, input=a_section(name="bug", idempotencyKey=KEY))
            assert errors == [(["createSection"], "a mistake of ours")]
        assert len(school.maple.changes) == 1

    async def test_keys_of_tenants_and_mutations_are_their_own(
        self, school: School, ask: Ask
    ) -> None:
        await ask(CREATE, input=a_section(idempotencyKey=KEY))
        await ask(CREATE, selected="oak", input=a_section(idempotencyKey=KEY))
        _, errors = await ask(
            """mutation ($key: UUID) { deleteSection(input: {section: {vendorId: "12"},
                 idempotencyKey: $key}) { errors { code } } }""",
            key=KEY,
        )
        assert errors == []
        assert (len(school.maple.changes), len(school.oak.changes)) == (2, 1)

    @pytest.mark.parametrize("key", ["", "not-a-uuid"])
    async def test_only_a_uuid_is_a_key(self, ask: Ask, key: str) -> None:
        _, errors = await ask(CREATE, input=a_section(idempotencyKey=key))
        assert len(errors) == 1
