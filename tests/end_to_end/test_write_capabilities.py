"""Unsupported writes are reported as capabilities and rejected before sending."""

import re
from typing import Any

import pytest
from graphql import GraphQLObjectType

from lms_gateway.schema import build_schema
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from tests.end_to_end.test_canvas_operations import SELECTIONS, sample_input
from tests.harness import GatewayAnswer, GatewayHarness

SCHEMA = build_schema()._schema
COORDINATE = re.compile(r"Mutation\.(\w+)(?:\(input\.(\w+)\))?")
KNOWN_IDS = {"maple": MAPLE, "lakeside": LAKESIDE}
UNSUPPORTED = {
    "maple": {"copySections", "redeemAccessCode"},
    "lakeside": {
        "crossListSection",
        "unCrossListSection",
        "changeCourseStates",
        "concludeCourse",
        "resetCourse",
        "updateCourseSettings",
        "copyCourse",
        "dismissQuizMigrationAlert",
        "createTestStudent",
        "requestCourseFileUpload",
        *SELECTIONS,
    },
}
VALUES: dict[str, Any] = {
    "code": "N1",
    "sisId": "NIGHT",
    "integrationId": "INT",
    "description": "What it is about.",
    "location": "Room 1",
    "startAt": "2026-09-01T06:00:00Z",
    "endAt": "2026-12-01T06:00:00Z",
    "meeting": {"days": ["MONDAY"]},
    "terms": [],
    "isSynced": True,
    "department": "Science",
    "credits": 1.0,
    "timeZone": "America/Denver",
    "role": "TEACHER",
    "how": "CONCLUDE",
}
BLOCKS = {
    "enrollUser": {"notify": True},
    "createSections": {"updateExisting": True},
    "createCourses": {"updateExisting": True},
}


async def enrollment_of(gateway: GatewayHarness, tenant: str) -> str:
    data = await gateway.query(
        """query ($id: ID!) { section(by: {vendorId: $id}) {
             enrollments(first: 1) { nodes { id } } } }""",
        tenant,
        id=str(KNOWN_IDS[tenant].sections[0]),
    )
    id: str = data["section"]["enrollments"]["nodes"][0]["id"]
    return id


async def input_of(gateway: GatewayHarness, tenant: str, mutation: str) -> dict[str, Any]:
    """Return the required fields of an input."""
    marks = KNOWN_IDS[tenant]
    section, course = {"vendorId": str(marks.sections[3])}, {"vendorId": str(marks.course)}
    copy: dict[str, Any] = {
        "source": section,
        "target": {"code": "C"},
        "course": {"course": course},
        "title": "Copy",
        "terms": [],
    }
    arguments: dict[str, dict[str, Any]] = {
        "createSection": {"course": course, "name": "Night"},
        "createSections": {"sections": [{"course": course, "name": "Night"}]},
        "updateSection": {"section": section},
        "crossListSection": {"section": section, "course": course},
        "unCrossListSection": {"section": section},
        "copySections": {"copies": [copy]},
        "createCourse": {"name": "Botany"},
        "createCourses": {"courses": [{"name": "Botany"}]},
        "updateCourse": {"course": course},
        "changeCourseStates": {"courses": [course], "event": "OFFER"},
        "updateCourseSettings": {"course": course, "settings": {"hideFinalGrades": True}},
        "copyCourse": {"course": course, "source": course},
        "requestCourseFileUpload": {"course": course, "name": "leaf.png"},
        "redeemAccessCode": {"section": section, "accessCode": "CODE"},
        "enrollUser": {"section": section, "user": {"vendorId": "1"}, "role": "STUDENT"},
    }
    if mutation in ("updateEnrollment", "unenrollUser"):
        return {"enrollment": await enrollment_of(gateway, tenant)}
    if mutation in SELECTIONS:
        return await sample_input(gateway, mutation)
    return arguments.get(mutation, {"course": course})


async def value_of(gateway: GatewayHarness, mutation: str, field: str) -> Any:
    if field in ("canvas", "schoology"):
        is_canvas = field == "canvas"
        sections = {"enableSisReactivation": True} if is_canvas else {"classPeriods": ["1"]}
        courses = {"isPublic": True} if is_canvas else {"subjectArea": 1}
        return BLOCKS.get(mutation, sections if mutation.endswith("Section") else courses)
    if field == "term":
        data = await gateway.query(
            "query ($id: ID!) { section(by: {vendorId: $id}) { terms { id } } }",
            "lakeside",
            id=str(LAKESIDE.sections[0]),
        )
        return data["section"]["terms"][0]["id"]
    return VALUES[field]


async def send(gateway: GatewayHarness, tenant: str, mutation: str, input: Any) -> GatewayAnswer:
    root: Any = SCHEMA.mutation_type
    assert isinstance(root, GraphQLObjectType)
    type_ = root.fields[mutation].args["input"].type
    payload: Any = root.fields[mutation].type
    rows = "results { errors { code field } }" if "results" in payload.fields else ""
    query = f"""mutation ($input: {type_}) {{
      {mutation}(input: $input) {{ {rows} errors {{ code field }} }} }}"""
    return await gateway.execute(query, tenant, input=input)


def problems(answer: GatewayAnswer, mutation: str) -> set[tuple[str, str | None]]:
    """Return (code, input field) of all errors of an answer."""
    results: set[tuple[str, str | None]] = {(code, None) for _, code in answer.codes}
    payload = (answer.data or {}).get(mutation) or {}
    for row in (payload, *payload.get("results", ())):
        for error in row.get("errors", ()):
            path = error["field"] or []
            inner = [part for part in path[1:] if not part.isdigit()]
            results.add((error["code"], next((p for p in inner if p not in _LISTS), None)))
    return results


_LISTS = ("sections", "courses", "copies", "enrollments")


async def capabilities_of(gateway: GatewayHarness, tenant: str) -> dict[str, bool]:
    data = await gateway.query("{ tenant { capabilities { operation supported } } }", tenant)
    return {capability["operation"]: capability["supported"] for capability in data["tenant"]["capabilities"]}


@pytest.mark.parametrize("tenant", UNSUPPORTED)
async def test_unsupported_mutations_are_reported(writable: GatewayHarness, tenant: str) -> None:
    capabilities = await capabilities_of(writable, tenant)
    root: Any = SCHEMA.mutation_type
    for name in root.fields:
        assert capabilities[f"Mutation.{name}"] is (name not in UNSUPPORTED[tenant]), name


@pytest.mark.parametrize("tenant", UNSUPPORTED)
async def test_unsupported_inputs_are_rejected_before_sending(writable: GatewayHarness, tenant: str) -> None:
    other = "schoology" if tenant == "maple" else "canvas"
    lacking = [
        match
        for operation, supported in (await capabilities_of(writable, tenant)).items()
        if not supported and (match := COORDINATE.fullmatch(operation))
    ]
    assert len(lacking) > 12
    for match in lacking:
        mutation, field = match[1], match[2]
        input = await input_of(writable, tenant, mutation)
        if field is not None:
            input[field] = await value_of(writable, mutation, field)
        actual = problems(await send(writable, tenant, mutation, input), mutation)
        if field == other:
            assert ("BAD_USER_INPUT", field) in actual, (match[0], actual)
        elif field == "term":  # of the other tenant, because this one has none
            assert {code for code, _ in actual} & {"UNSUPPORTED_BY_VENDOR", "BAD_USER_INPUT"}
        else:
            places = {None, field}
            assert any(code == "UNSUPPORTED_BY_VENDOR" and place in places for code, place in actual), (
                match[0],
                actual,
            )
        written = [entry for entry in writable.log.entries() if entry.method != "GET"]
        assert written == [], match[0]
