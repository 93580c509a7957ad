"""Sections of Schoology, written through the gateway and read by schoolopy."""

from typing import Any

import pytest
import requests
import schoolopy  # type: ignore[import-untyped]

from lms_sandbox.data.known_ids import LAKESIDE
from tests.harness import GatewayHarness

SECTION = """section { id vendorId name code sisId description location isSynced
  meeting { days startTime endTime } terms { id vendorId } course { vendorId name }
  schoology { options { courseFormat memberPost } } } errors { code message field }"""
CREATE = f"mutation ($input: CreateSectionInput!) {{ createSection(input: $input) {{ {SECTION} }} }}"
UPDATE = f"mutation ($input: UpdateSectionInput!) {{ updateSection(input: $input) {{ {SECTION} }} }}"
DELETE = f"mutation ($input: DeleteSectionInput!) {{ deleteSection(input: $input) {{ {SECTION} }} }}"
COPY = """mutation ($input: CopySectionsInput!) { copySections(input: $input) {
  results { index status transferUrl section { vendorId name sisId } errors { code field } }
  errors { code } } }"""


def ref(id: int = LAKESIDE.course) -> dict[str, str]:
    return {"vendorId": str(id)}


async def mutate(gateway: GatewayHarness, mutation: str, /, **input: Any) -> Any:
    """Run a mutation that must not fail; return its payload."""
    (payload,) = (await gateway.query(mutation, "lakeside", input=input)).values()
    return payload


async def terms(gateway: GatewayHarness) -> list[str]:
    """Return the global ids of a section's grading periods."""
    data = await gateway.query(
        "query ($id: ID!) { section(by: {vendorId: $id}) { terms { id } } }",
        "lakeside",
        id=str(LAKESIDE.sections[0]),
    )
    return [term["id"] for term in data["section"]["terms"]]


async def make(gateway: GatewayHarness, **values: Any) -> Any:
    new = {"course": ref(), "name": "Night", "terms": await terms(gateway), "code": "N1", **values}
    payload = await mutate(gateway, CREATE, **new)
    assert payload["errors"] == []
    return payload["section"]


async def test_a_section_is_created_with_all_documented_values(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = await make(
        writable,
        description="After dark.",
        location="Room 7",
        meeting={"days": ["MONDAY", "FRIDAY"], "startTime": "18:30:00", "endTime": "20:00:00"},
        isSynced=False,
        schoology={
            "classPeriods": [],
            "options": {
                "courseFormat": 2,
                "weightedGradingCategories": True,
                "uploadDocuments": True,
                "createDiscussion": False,
                "memberPost": True,
                "memberPostComment": False,
            },
        },
    )
    stored = schoology.get_section(int(made["vendorId"]))
    assert (stored.section_title, stored.section_code) == ("Night", "N1")
    assert (stored.description, stored.location) == ("After dark.", "Room 7")
    assert (sorted(stored.meeting_days), stored.start_time, stored.end_time) == (
        ["1", "5"],
        "18:30",
        "20:00",
    )
    assert str(stored.course_id) == str(LAKESIDE.course)
    assert [str(id) for id in stored.grading_periods] == [t["vendorId"] for t in made["terms"]]
    assert str(stored.options["weighted_grading_categories"]) == "1"
    assert str(stored.options["member_post"]) == "1"
    assert str(stored.options["create_discussion"]) == "0"
    assert made["meeting"] == {
        "days": ["MONDAY", "FRIDAY"],
        "startTime": "18:30:00",
        "endTime": "20:00:00",
    }
    assert made["course"]["name"]


async def test_a_section_can_have_a_school_code_instead_of_a_code(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = await make(writable, code=None, sisId="NIGHT-1")
    assert made["sisId"] == "NIGHT-1"
    assert schoology.get_section(int(made["vendorId"])).section_school_code == "NIGHT-1"


async def test_a_code_in_use_is_a_conflict(writable: GatewayHarness) -> None:
    await make(writable)
    payload = await mutate(
        writable, CREATE, course=ref(), name="Other", code="N1", terms=await terms(writable)
    )
    assert payload["section"] is None
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "code"])


async def test_missing_required_values_are_rejected_before_sending(
    writable: GatewayHarness,
) -> None:
    payload = await mutate(writable, CREATE, course=ref())
    assert {(error["code"], *error["field"]) for error in payload["errors"]} == {
        ("BAD_USER_INPUT", "input", name) for name in ("name", "terms", "code")
    }
    assert writable.calls() == []


async def test_null_unsets_a_value_and_missing_values_stay(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    """Schoology answers 204; the payload was read back."""
    made = await make(writable, description="After dark.", location="Room 7")
    payload = await mutate(writable, UPDATE, section={"id": made["id"]}, name="Late", location=None)
    assert payload["errors"] == []
    section = payload["section"]
    assert (section["name"], section["location"]) == ("Late", None)
    assert section["description"] == "After dark."
    stored = schoology.get_section(int(made["vendorId"]))
    assert (stored.section_title, stored.location or "") == ("Late", "")
    assert stored.description == "After dark."


async def test_fields_of_synced_sections_are_locked(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = await make(writable, code=None, sisId="NIGHT-1", isSynced=True)
    payload = await mutate(writable, UPDATE, section={"id": made["id"]}, sisId="NIGHT-2")
    (problem,) = payload["errors"]
    assert payload["section"] is None
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "sisId"])
    assert "locked" in problem["message"]  # the vendor's message
    assert schoology.get_section(int(made["vendorId"])).section_school_code == "NIGHT-1"


async def test_a_deleted_section_is_returned_as_it_was(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = await make(writable)
    payload = await mutate(writable, DELETE, section={"id": made["id"]})
    assert payload == {"section": made, "errors": []}
    with pytest.raises(requests.HTTPError):
        schoology.get_section(int(made["vendorId"]))


async def test_an_unknown_section_is_not_found(writable: GatewayHarness) -> None:
    for mutation, arguments in ((DELETE, {}), (UPDATE, {"name": "X"})):
        payload = await mutate(writable, mutation, section=ref(999), **arguments)
        assert payload["section"] is None
        (problem,) = payload["errors"]
        assert (problem["code"], problem["field"]) == ("NOT_FOUND", ["input", "section"])


async def test_copies_are_jobs_whose_sections_are_awaited(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    """Each reference to source and target; only a copy with a school code can be found."""
    source = writable.sandbox.schoology_school.sections[LAKESIDE.sections[0]]
    empty = await make(writable, code="EMPTY")
    base = {"title": "Copied", "terms": await terms(writable), "course": {"course": ref()}}
    payload = await mutate(
        writable,
        COPY,
        waitSeconds=3,
        enrollUser=True,
        copies=[
            {**base, "source": ref(source.id), "target": {"sisId": "COPY-1"}},
            {
                **base,
                "source": {"sisId": source.sis_id},
                "target": {"code": "COPY-2"},
                "course": {"code": "BIO-101"},
                "description": "Again.",
                "isSynced": False,
            },
            {**base, "source": ref(source.id), "target": {"section": {"id": empty["id"]}}},
            {**base, "source": ref(999), "target": {"sisId": "COPY-3"}},
        ],
    )
    first, second, third, refused = payload["results"]
    assert [row["status"] for row in payload["results"]] == ["ACCEPTED"] * 3 + ["REFUSED"]
    assert all(row["transferUrl"].startswith("https://") for row in (first, second, third))
    assert first["section"]["sisId"] == "COPY-1"
    assert second["section"] is None
    assert third["section"]["vendorId"] == empty["vendorId"]
    assert refused["errors"]
    stored = schoology.get_section(int(first["section"]["vendorId"]))
    assert stored.section_title == "Copied"
    titles = [one.section_title for one in schoology.get_course_sections(LAKESIDE.course)]
    assert titles.count("Copied") == 2
