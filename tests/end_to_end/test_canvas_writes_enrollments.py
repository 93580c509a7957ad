"""Enrollments of Canvas, written through the gateway and read by canvasapi."""

from typing import Any

import pytest

from lms_sandbox.data.known_ids import MAPLE
from tests.harness import GatewayHarness

# canvasapi warns that Canvas should use HTTPS; the simulator is on the loopback.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")

ENROLLMENT = """enrollment { id vendorId role state section { vendorId } user { vendorId name } }
  errors { code message field }"""
SECTION = {"vendorId": str(MAPLE.sections[3])}
PERSON = {"vendorId": str(MAPLE.admin)}


async def enroll(gateway: GatewayHarness, **values: Any) -> Any:
    """Enroll a user; return the payload."""
    input = {"section": SECTION, "user": PERSON, "role": "TA", **values}
    query = f"mutation ($input: EnrollUserInput!) {{ enrollUser(input: $input) {{ {ENROLLMENT} }} }}"
    return (await gateway.query(query, "maple", input=input))["enrollUser"]


async def update(gateway: GatewayHarness, id: str, **values: Any) -> Any:
    query = f"""mutation ($input: UpdateEnrollmentInput!) {{
      updateEnrollment(input: $input) {{ {ENROLLMENT} }} }}"""
    data = await gateway.query(query, input={"enrollment": id, **values})
    return data["updateEnrollment"]


async def unenroll(gateway: GatewayHarness, id: str, how: str) -> Any:
    query = f"""mutation ($input: UnenrollUserInput!) {{
      unenrollUser(input: $input) {{ {ENROLLMENT} }} }}"""
    return (await gateway.query(query, input={"enrollment": id, "how": how}))["unenrollUser"]


def stored(client: Any, enrollment: Any) -> Any:
    return client.get_account(MAPLE.root).get_enrollment(int(enrollment["vendorId"]))


async def test_a_user_is_enrolled(writable: GatewayHarness, canvas: Any) -> None:
    payload = await enroll(
        writable,
        state="ACTIVE",
        canvas={"limitPrivilegesToCourseSection": True, "notify": False},
    )
    assert payload["errors"] == []
    made = payload["enrollment"]
    assert (made["role"], made["state"]) == ("TA", "ACTIVE")
    assert (made["section"], made["user"]["vendorId"]) == (SECTION, str(MAPLE.admin))
    seen = stored(canvas, made)
    assert (seen.type, seen.enrollment_state) == ("TaEnrollment", "active")
    assert (seen.user_id, seen.course_section_id) == (MAPLE.admin, MAPLE.sections[3])
    assert seen.limit_privileges_to_course_section is True


async def test_an_observer_is_enrolled_for_a_student(writable: GatewayHarness, canvas: Any) -> None:
    payload = await enroll(
        writable,
        section={"vendorId": str(MAPLE.sections[0])},
        role="OBSERVER",
        canvas={"associatedUserId": str(MAPLE.student)},
    )
    assert payload["errors"] == []
    assert stored(canvas, payload["enrollment"]).associated_user_id == MAPLE.student


async def test_an_enrollment_is_deactivated_reactivated_and_concluded(
    writable: GatewayHarness, canvas: Any
) -> None:
    made = (await enroll(writable, state="ACTIVE"))["enrollment"]
    for state, returned in (
        ("INACTIVE", "inactive"),
        ("ACTIVE", "active"),
        ("COMPLETED", "completed"),
    ):
        payload = await update(writable, made["id"], state=state)
        assert (payload["errors"], payload["enrollment"]["state"]) == ([], state)
        assert stored(canvas, made).enrollment_state == returned


@pytest.mark.parametrize(
    ("how", "shown", "stored_state"),
    [
        ("CONCLUDE", "COMPLETED", "completed"),
        ("DEACTIVATE", "INACTIVE", "inactive"),
        ("DELETE", "ACTIVE", "deleted"),
    ],
)
async def test_ending_an_enrollment_keeps_the_user(
    writable: GatewayHarness, canvas: Any, how: str, shown: str, stored_state: str
) -> None:
    """A deleted enrollment is returned as it was."""
    made = (await enroll(writable, state="ACTIVE"))["enrollment"]
    payload = await unenroll(writable, made["id"], how)
    assert payload["errors"] == []
    assert payload["enrollment"]["state"] == shown
    assert payload["enrollment"]["user"]["name"]
    assert stored(canvas, made).enrollment_state == stored_state
    assert canvas.get_user(MAPLE.admin).id == MAPLE.admin


async def test_unchangeable_enrollment_values_are_rejected_before_sending(
    writable: GatewayHarness,
) -> None:
    made = (await enroll(writable, state="ACTIVE"))["enrollment"]
    writable.clear_log()
    for values, field in (({"role": "TEACHER"}, "role"), ({"state": "INVITED"}, "state")):
        payload = await update(writable, made["id"], **values)
        (problem,) = payload["errors"]
        assert (problem["code"], problem["field"]) == ("UNSUPPORTED_BY_VENDOR", ["input", field])
    assert writable.calls() == []


async def test_a_rejected_enrollment_is_an_error(writable: GatewayHarness) -> None:
    payload = await enroll(writable, section={"vendorId": str(MAPLE.concluded_section)})
    assert payload["enrollment"] is None
    assert [error["code"] for error in payload["errors"]] == ["CONFLICT"]


async def test_enrolling_an_unknown_user_is_not_found(writable: GatewayHarness) -> None:
    payload = await enroll(writable, user={"vendorId": "999"})
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    payload = await enroll(writable, user={"sisId": "nobody"})
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", ["input", "user"])
