"""Courses and enrollments of Schoology, written through the gateway and read by schoolopy."""

from typing import Any

import pytest
import requests
import schoolopy  # type: ignore[import-untyped]

from lms_sandbox.data.known_ids import LAKESIDE
from tests.harness import GatewayHarness

ERRORS = "errors { code message field }"
COURSE = f"""course {{ id vendorId name code department description credits subject gradeLevels
  account {{ vendorId }} }} {ERRORS}"""
ENROLLMENT = f"""enrollment {{ id vendorId role state section {{ vendorId }}
  user {{ vendorId displayName }} }} {ERRORS}"""
INPUTS = {
    "createCourse": ("CreateCourseInput", COURSE),
    "updateCourse": ("UpdateCourseInput", COURSE),
    "deleteCourse": ("CourseInput", COURSE),
    "enrollUser": ("EnrollUserInput", ENROLLMENT),
    "updateEnrollment": ("UpdateEnrollmentInput", ENROLLMENT),
    "unenrollUser": ("UnenrollUserInput", ENROLLMENT),
    "redeemAccessCode": ("RedeemAccessCodeInput", ENROLLMENT),
}
SECTION = LAKESIDE.sections[3]


async def mutate(gateway: GatewayHarness, name: str, /, **input: Any) -> Any:
    """Run a mutation that must not fail; return its payload."""
    arguments, payload = INPUTS[name]
    query = f"mutation ($input: {arguments}!) {{ {name}(input: $input) {{ {payload} }} }}"
    return (await gateway.query(query, "lakeside", input=input))[name]


NEW = {
    "name": "Botany",
    "code": "BOT-1",
    "description": "What grows.",
    "department": "Science",
    "credits": 2.0,
    "account": {"vendorId": str(LAKESIDE.sub_accounts[0])},
    "schoology": {
        "subjectArea": 5,
        "gradeLevelRangeStart": 11,
        "gradeLevelRangeEnd": 12,
        "synced": False,
    },
}


async def test_a_course_is_created_with_all_documented_values(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    payload = await mutate(writable, "createCourse", **NEW)
    assert payload["errors"] == []
    made = payload["course"]
    assert (made["department"], made["credits"]) == ("Science", 2.0)
    stored = schoology.get_course(int(made["vendorId"]))
    assert (stored.title, stored.course_code) == ("Botany", "BOT-1")
    assert (stored.description, stored.department) == ("What grows.", "Science")
    assert float(stored.credits) == 2.0
    assert int(stored.subject_area) == 5
    assert (int(stored.grade_level_range_start), int(stored.grade_level_range_end)) == (11, 12)
    assert str(stored.building_id) == made["account"]["vendorId"] == str(LAKESIDE.sub_accounts[0])


async def test_a_course_update_keeps_values_that_are_not_given(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = (await mutate(writable, "createCourse", **NEW))["course"]
    payload = await mutate(
        writable,
        "updateCourse",
        course={"id": made["id"]},
        name="Field Botany",
        department=None,
        credits=None,
    )
    assert payload["errors"] == []
    assert (payload["course"]["name"], payload["course"]["department"]) == ("Field Botany", None)
    stored = schoology.get_course(int(made["vendorId"]))
    assert (stored.title, stored.department or "", float(stored.credits or 0)) == (
        "Field Botany",
        "",
        0,
    )
    assert stored.description == "What grows."


async def test_a_code_in_use_is_a_conflict(writable: GatewayHarness) -> None:
    await mutate(writable, "createCourse", name="Botany", code="BOT-1")
    payload = await mutate(writable, "createCourse", name="Other", code="BOT-1")
    assert payload["course"] is None
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "code"])


async def test_a_deleted_course_is_returned_as_it_was(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    made = (await mutate(writable, "createCourse", **NEW))["course"]
    payload = await mutate(writable, "deleteCourse", course={"id": made["id"]})
    assert payload == {"course": made, "errors": []}
    with pytest.raises(requests.HTTPError):
        schoology.get_course(int(made["vendorId"]))


async def enroll(gateway: GatewayHarness, **values: Any) -> Any:
    arguments = {
        "section": {"vendorId": str(SECTION)},
        "user": {"vendorId": str(LAKESIDE.student)},
        "role": "STUDENT",
        **values,
    }
    return await mutate(gateway, "enrollUser", **arguments)


def roster(client: schoolopy.Schoology) -> dict[str, tuple[str, str]]:
    """Return (admin, status) of each enrollment of the section."""
    rows = client.get_section_enrollments(SECTION)
    return {str(row.id): (str(row.admin), str(row.status)) for row in rows}


async def test_a_user_is_enrolled_updated_and_unenrolled(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    payload = await enroll(writable)
    assert payload["errors"] == []
    made = payload["enrollment"]
    assert (made["role"], made["state"]) == ("STUDENT", "ACTIVE")
    assert made["section"] == {"vendorId": str(SECTION)}
    assert made["user"]["displayName"]
    assert roster(schoology)[made["vendorId"]] == ("0", "1")

    changed = await mutate(
        writable, "updateEnrollment", enrollment=made["id"], role="TEACHER", state="ARCHIVED"
    )
    assert changed["errors"] == []
    assert (changed["enrollment"]["role"], changed["enrollment"]["state"]) == (
        "TEACHER",
        "ARCHIVED",
    )
    stored = writable.sandbox.schoology_school.enrollments[int(made["vendorId"])]
    assert (stored.role, stored.state) == ("teacher", "archived")

    removed = await mutate(writable, "unenrollUser", enrollment=made["id"])
    assert removed["errors"] == []
    assert removed["enrollment"]["user"]["vendorId"] == str(LAKESIDE.student)
    assert made["vendorId"] not in roster(schoology)
    assert str(schoology.get_user(LAKESIDE.student).uid) == str(LAKESIDE.student)


def new_section(client: schoolopy.Schoology) -> tuple[int, str]:
    """Create a section with schoolopy; return it and its access code."""
    made = client._post(
        f"courses/{LAKESIDE.course}/sections",
        {"title": "Night", "section_code": "N1", "grading_periods": [LAKESIDE.current_term]},
    )
    return int(made["id"]), made["access_code"]


async def test_the_viewer_enrolls_with_an_access_code(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    section, code = new_section(schoology)
    payload = await mutate(writable, "redeemAccessCode", section={"vendorId": str(section)}, accessCode=code)
    assert payload["errors"] == []
    made = payload["enrollment"]
    assert made["user"]["vendorId"] == str(LAKESIDE.admin)
    stored = schoology.get_section_enrollments(section)
    assert [str(row.id) for row in stored] == [made["vendorId"]]


async def test_a_wrong_access_code_is_rejected_and_not_quoted(
    writable: GatewayHarness, schoology: schoolopy.Schoology
) -> None:
    section, _ = new_section(schoology)
    answer = await writable.execute(
        """mutation ($input: RedeemAccessCodeInput!) {
             redeemAccessCode(input: $input) { errors { code } } }""",
        "lakeside",
        input={"section": {"vendorId": str(section)}, "accessCode": "WRONG-CODE"},
    )
    assert answer.codes == [("redeemAccessCode", "FORBIDDEN")]
    assert "WRONG-CODE" not in str(answer.errors)


async def test_other_roles_and_removal_modes_are_unsupported(writable: GatewayHarness) -> None:
    payload = await enroll(writable, role="OBSERVER")
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("UNSUPPORTED_BY_VENDOR", ["input", "role"])
    made = (await enroll(writable))["enrollment"]
    answer = await writable.execute(
        """mutation ($id: ID!) { unenrollUser(input: {enrollment: $id, how: CONCLUDE})
             { errors { code } } }""",
        id=made["id"],
    )
    assert answer.codes == [("unenrollUser", "UNSUPPORTED_BY_VENDOR")]
