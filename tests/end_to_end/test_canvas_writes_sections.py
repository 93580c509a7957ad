"""Sections of Canvas, written through the gateway and read by canvasapi."""

from typing import Any

import pytest
from canvasapi.exceptions import ResourceDoesNotExist  # type: ignore[import-untyped]

from lms_sandbox.data.known_ids import MAPLE
from tests.harness import GatewayHarness

# canvasapi warns that Canvas should use HTTPS; the simulator is on the loopback.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")

SECTION = """section { id vendorId name sisId integrationId startAt endAt course { vendorId name }
  originalCourse { vendorId } isCrossListed
  canvas { restrictEnrollmentsToSectionDates } } errors { code message field }"""
CREATE = f"mutation ($input: CreateSectionInput!) {{ createSection(input: $input) {{ {SECTION} }} }}"
UPDATE = f"mutation ($input: UpdateSectionInput!) {{ updateSection(input: $input) {{ {SECTION} }} }}"
DELETE = f"mutation ($input: DeleteSectionInput!) {{ deleteSection(input: $input) {{ {SECTION} }} }}"
CROSS_LIST = f"""mutation ($input: CrossListSectionInput!) {{
  crossListSection(input: $input) {{ {SECTION} }} }}"""
BACK = f"""mutation ($input: UnCrossListSectionInput!) {{
  unCrossListSection(input: $input) {{ {SECTION} }} }}"""


def course(id: int = MAPLE.course) -> dict[str, str]:
    return {"vendorId": str(id)}


async def mutate(gateway: GatewayHarness, mutation: str, **input: Any) -> Any:
    """Run a mutation that must not fail; return its payload."""
    (payload,) = (await gateway.query(mutation, "maple", input=input)).values()
    return payload


async def make(gateway: GatewayHarness, **values: Any) -> Any:
    payload = await mutate(gateway, CREATE, course=course(), **{"name": "Night", **values})
    assert payload["errors"] == []
    return payload["section"]


async def test_a_section_is_created_with_all_documented_values(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(
        writable,
        sisId="NIGHT",
        integrationId="INT",
        startAt="2026-09-01T08:00:00+02:00",
        endAt="2026-12-01T06:00:00Z",
        canvas={"restrictEnrollmentsToSectionDates": True},
    )
    assert made["course"]["vendorId"] == str(MAPLE.course)
    assert made["course"]["name"]
    stored = canvas.get_section(int(made["vendorId"]))
    assert (stored.name, stored.course_id) == (made["name"], MAPLE.course)
    assert (stored.sis_section_id, stored.integration_id) == ("NIGHT", "INT")
    assert (stored.start_at, stored.end_at) == ("2026-09-01T06:00:00Z", "2026-12-01T06:00:00Z")
    assert stored.restrict_enrollments_to_section_dates is True
    assert (made["sisId"], made["integrationId"]) == ("NIGHT", "INT")


async def test_a_deleted_section_is_restored_by_its_sis_id(writable: GatewayHarness, canvas: Any) -> None:
    """Values that Canvas unchanged are reported."""
    made = await make(writable, sisId="NIGHT")
    await mutate(writable, DELETE, section={"id": made["id"]})
    payload = await mutate(
        writable,
        CREATE,
        course=course(),
        name="Day",
        sisId="NIGHT",
        canvas={"enableSisReactivation": True},
    )
    assert payload["section"]["vendorId"] == made["vendorId"]
    assert payload["section"]["name"] == "Night"
    (unchanged,) = payload["errors"]
    assert unchanged["field"] == ["input", "name"]
    assert canvas.get_section(int(made["vendorId"])).name == "Night"


async def test_a_sis_id_in_use_is_a_conflict(writable: GatewayHarness) -> None:
    await make(writable, sisId="NIGHT")
    payload = await mutate(writable, CREATE, course=course(), name="Other", sisId="NIGHT")
    assert payload["section"] is None
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "sisId"])


async def test_a_section_of_an_unknown_course_is_not_found(writable: GatewayHarness) -> None:
    payload = await mutate(writable, CREATE, course=course(999), name="Night")
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", ["input", "course"])


async def test_null_unsets_a_value_and_missing_values_stay(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, sisId="NIGHT", integrationId="INT", startAt="2026-09-01T06:00:00Z")
    payload = await mutate(
        writable, UPDATE, section={"sisId": "NIGHT"}, name="Late", sisId=None, startAt=None
    )
    assert payload["errors"] == []
    assert payload["section"]["name"] == "Late"
    stored = canvas.get_section(int(made["vendorId"]))
    assert (stored.name, stored.sis_section_id, stored.start_at) == ("Late", None, None)
    assert stored.integration_id == "INT"


async def test_values_edited_in_canvas_can_be_preserved(writable: GatewayHarness, canvas: Any) -> None:
    """A 200 without effect is an error of the field."""
    made = await make(writable)
    await mutate(writable, UPDATE, section={"id": made["id"]}, name="By hand")
    payload = await mutate(
        writable,
        UPDATE,
        section={"id": made["id"]},
        name="By machine",
        canvas={"overrideSisStickiness": False},
    )
    assert payload["section"]["name"] == "By hand"
    (unchanged,) = payload["errors"]
    assert (unchanged["code"], unchanged["field"]) == ("CONFLICT", ["input", "name"])
    assert canvas.get_section(int(made["vendorId"])).name == "By hand"


async def test_a_deleted_section_is_returned_as_it_was(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, sisId="NIGHT")
    payload = await mutate(writable, DELETE, section={"sisId": "NIGHT"})
    assert payload == {"section": made, "errors": []}
    with pytest.raises(ResourceDoesNotExist):
        canvas.get_section(int(made["vendorId"]))


async def test_a_section_with_enrollments_is_not_deleted(writable: GatewayHarness, canvas: Any) -> None:
    payload = await mutate(writable, DELETE, section={"vendorId": str(MAPLE.sections[0])})
    (problem,) = payload["errors"]
    assert (payload["section"], problem["code"]) == (None, "CONFLICT")
    assert problem["field"] == ["input", "section"]
    assert canvas.get_section(MAPLE.sections[0]).name


async def test_a_section_moves_to_another_course_and_back(writable: GatewayHarness, canvas: Any) -> None:
    section = {"vendorId": str(MAPLE.sections[0])}
    there = await mutate(writable, CROSS_LIST, section=section, course=course(MAPLE.host_course))
    assert there["errors"] == []
    assert there["section"]["course"]["vendorId"] == str(MAPLE.host_course)
    assert there["section"]["originalCourse"] == {"vendorId": str(MAPLE.course)}
    stored = canvas.get_section(MAPLE.sections[0])
    assert (stored.course_id, stored.nonxlist_course_id) == (MAPLE.host_course, MAPLE.course)

    back = await mutate(writable, BACK, section=section)
    assert (back["errors"], back["section"]["isCrossListed"]) == ([], False)
    assert canvas.get_section(MAPLE.sections[0]).course_id == MAPLE.course

    again = await mutate(writable, BACK, section=section)
    (problem,) = again["errors"]
    assert problem["code"] == "CONFLICT"


async def test_a_cross_listing_without_effect_is_reported(writable: GatewayHarness, canvas: Any) -> None:
    payload = await mutate(
        writable,
        CROSS_LIST,
        section={"vendorId": str(MAPLE.sections[0])},
        course=course(MAPLE.host_course),
        overrideSisStickiness=False,
    )
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "course"])
    assert payload["section"]["course"]["vendorId"] == str(MAPLE.course)
    assert canvas.get_section(MAPLE.sections[0]).course_id == MAPLE.course
