"""Courses of Canvas, written through the gateway and read by canvasapi."""

from typing import Any

import pytest
from canvasapi.exceptions import ResourceDoesNotExist  # type: ignore[import-untyped]

from lms_sandbox.data.known_ids import MAPLE
from tests.harness import GatewayHarness

# canvasapi warns that Canvas should use HTTPS; the simulator is on the loopback.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")

ERRORS = "errors { code message field }"
COURSE = f"""course {{ id vendorId name code sisId state description timeZone term {{ vendorId }}
  account {{ vendorId }} canvas {{ license isPublic defaultView syllabusBody }} }} {ERRORS}"""
INPUTS = {
    "createCourse": "CreateCourseInput",
    "updateCourse": "UpdateCourseInput",
    "deleteCourse": "CourseInput",
    "concludeCourse": "CourseInput",
    "resetCourse": "CourseInput",
    "dismissQuizMigrationAlert": "CourseInput",
}


def ref(id: int | str = MAPLE.course) -> dict[str, str]:
    return {"vendorId": str(id)}


async def mutate(gateway: GatewayHarness, name: str, /, **input: Any) -> Any:
    """Run a mutation of one course that must not fail; return its payload."""
    query = f"mutation ($input: {INPUTS[name]}!) {{ {name}(input: $input) {{ {COURSE} }} }}"
    return (await gateway.query(query, "maple", input=input))[name]


async def make(gateway: GatewayHarness, **values: Any) -> Any:
    payload = await mutate(gateway, "createCourse", **{"name": "Botany", **values})
    assert payload["errors"] == []
    return payload["course"]


async def current_term(gateway: GatewayHarness) -> str:
    """Return the global id of the current term."""
    data = await gateway.query(
        "query ($id: ID!) { course(by: {vendorId: $id}) { term { id } } }",
        "maple",
        id=str(MAPLE.course),
    )
    id: str = data["course"]["term"]["id"]
    return id


NEW = {
    "name": "Botany",
    "code": "BOT-1",
    "sisId": "BOT",
    "integrationId": "INT",
    "description": "What grows.",
    "startAt": "2026-09-01T06:00:00Z",
    "endAt": "2026-12-01T06:00:00Z",
    "timeZone": "America/New_York",
    "account": {"vendorId": str(MAPLE.sub_accounts[0])},
    "canvas": {
        "license": "CC_BY",
        "isPublic": True,
        "isPublicToAuthUsers": True,
        "publicSyllabus": True,
        "publicSyllabusToAuth": True,
        "allowStudentWikiEdits": True,
        "allowWikiComments": True,
        "allowStudentForumAttachments": True,
        "openEnrollment": True,
        "selfEnrollment": True,
        "restrictEnrollmentsToCourseDates": True,
        "hideFinalGrades": True,
        "applyAssignmentGroupWeights": True,
        "defaultView": "SYLLABUS",
        "syllabusBody": "<p>Read.</p>",
        "gradePassbackSetting": "NIGHTLY_SYNC",
        "courseFormat": "ONLINE",
        "offer": True,
        "enrollMe": True,
    },
}
STORED = {
    "name": "Botany",
    "course_code": "BOT-1",
    "sis_course_id": "BOT",
    "integration_id": "INT",
    "public_description": "What grows.",
    "start_at": "2026-09-01T06:00:00Z",
    "end_at": "2026-12-01T06:00:00Z",
    "time_zone": "America/New_York",
    "account_id": MAPLE.sub_accounts[0],
    "enrollment_term_id": MAPLE.current_term,
    "is_public": True,
    "is_public_to_auth_users": True,
    "public_syllabus": True,
    "public_syllabus_to_auth": True,
    "restrict_enrollments_to_course_dates": True,
    "hide_final_grades": True,
    "apply_assignment_group_weights": True,
    "default_view": "syllabus",
    "syllabus_body": "<p>Read.</p>",
    "grade_passback_setting": "nightly_sync",
    "course_format": "online",
    "workflow_state": "available",
}
OMITTED_BY_REPLIES = {
    "license": "cc_by",
    "allow_student_wiki_edits": True,
    "allow_wiki_comments": True,
    "allow_student_forum_attachments": True,
    "open_enrollment": True,
    "self_enrollment": True,
}
"""Values that Canvas stores and returns only when the course is created."""


def stored_course(client: Any, id: str) -> Any:
    return client.get_course(int(id), include=["public_description", "syllabus_body"])


async def test_a_course_is_created_with_all_documented_values(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, **NEW, term=await current_term(writable))
    stored = stored_course(canvas, made["vendorId"])
    assert {name: getattr(stored, name) for name in STORED} == STORED
    stored_again = writable.sandbox.canvas_school.courses[int(made["vendorId"])].options
    assert {name: stored_again[name] for name in OMITTED_BY_REPLIES} == OMITTED_BY_REPLIES
    assert [enrollment.type for enrollment in stored.get_enrollments()] == ["TeacherEnrollment"]
    assert made["state"] == "AVAILABLE"
    assert made["canvas"]["license"] == "cc_by"
    assert made["term"] == {"vendorId": str(MAPLE.current_term)}


async def test_a_course_update_keeps_values_that_are_not_given(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, **NEW)
    payload = await mutate(
        writable,
        "updateCourse",
        course={"sisId": "BOT"},
        name="Field Botany",
        description="Outdoors.",
        account={"vendorId": str(MAPLE.sub_accounts[1])},
        integrationId=None,
        canvas={
            "license": "PRIVATE",
            "storageQuotaMb": 600,
            "blueprint": False,
            "homeroomCourse": False,
            "template": False,
            "event": "CLAIM",
            "imageUrl": "https://pictures.example/leaf.png",
        },
    )
    assert payload["course"]["name"] == "Field Botany"
    assert payload["course"]["description"] == "Outdoors."
    stored = stored_course(canvas, made["vendorId"])
    assert (stored.name, stored.public_description) == ("Field Botany", "Outdoors.")
    stored_again = writable.sandbox.canvas_school.courses[int(made["vendorId"])].options
    assert (stored_again["license"], stored.storage_quota_mb) == ("private", 600)
    assert stored.account_id == MAPLE.sub_accounts[1]
    assert stored.integration_id is None
    assert stored.default_view == "syllabus"
    assert stored.workflow_state == "unpublished"
    assert payload["errors"] == []


async def test_dates_without_their_restriction_are_reported_as_not_stored(
    writable: GatewayHarness,
) -> None:
    """Canvas answers 200 and stores no date."""
    payload = await mutate(writable, "updateCourse", course=ref(), startAt="2026-09-02T06:00:00Z")
    (problem,) = payload["errors"]
    assert problem["field"] == ["input", "startAt"]
    assert "restrictEnrollmentsToCourseDates" in problem["message"]


async def test_a_sis_id_in_use_is_a_conflict(writable: GatewayHarness) -> None:
    await make(writable, sisId="BOT")
    payload = await mutate(writable, "createCourse", name="Other", sisId="BOT")
    (problem,) = payload["errors"]
    assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "sisId"])


async def test_a_course_is_concluded_and_deleted(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, canvas={"offer": True})
    concluded = await mutate(writable, "concludeCourse", course={"id": made["id"]})
    assert (concluded["errors"], concluded["course"]["state"]) == ([], "COMPLETED")
    assert canvas.get_course(int(made["vendorId"])).workflow_state == "completed"

    deleted = await mutate(writable, "deleteCourse", course={"id": made["id"]})
    assert deleted["errors"] == []
    assert deleted["course"]["name"] == "Botany"
    assert deleted["course"]["state"] == "COMPLETED"  # as it was
    with pytest.raises(ResourceDoesNotExist):
        canvas.get_course(int(made["vendorId"]))


async def test_a_reset_course_is_a_new_one(writable: GatewayHarness, canvas: Any) -> None:
    made = await make(writable, sisId="BOT")
    payload = await mutate(writable, "resetCourse", course={"id": made["id"]})
    assert payload["errors"] == []
    assert payload["course"]["vendorId"] != made["vendorId"]
    fresh = canvas.get_course("BOT", use_sis_id=True)
    assert str(fresh.id) == payload["course"]["vendorId"]


async def test_settings_are_returned_as_stored(writable: GatewayHarness, canvas: Any) -> None:
    arguments = {
        "allowFinalGradeOverride": True,
        "allowStudentDiscussionTopics": False,
        "allowStudentForumAttachments": True,
        "allowStudentDiscussionEditing": False,
        "allowStudentOrganizedGroups": False,
        "allowStudentDiscussionReporting": False,
        "allowStudentAnonymousDiscussionTopics": True,
        "filterSpeedGraderByStudentGroup": True,
        "hideFinalGrades": True,
        "hideDistributionGraphs": True,
        "hideSectionsOnCourseUsersPage": True,
        "lockAllAnnouncements": True,
        "usageRightsRequired": True,
        "restrictStudentPastView": True,
        "restrictStudentFutureView": True,
        "showAnnouncementsOnHomePage": True,
        "homePageAnnouncementLimit": 3,
        "syllabusCourseSummary": False,
        "defaultDueTime": "22:00:00",
        "conditionalRelease": True,
    }
    fields = " ".join(arguments)
    data = await writable.query(
        f"""mutation ($input: UpdateCourseSettingsInput!) {{ updateCourseSettings(input: $input) {{
              settings {{ {fields} }} course {{ vendorId name }} {ERRORS} }} }}""",
        "maple",
        input={"course": ref(), "settings": arguments},
    )
    payload = data["updateCourseSettings"]
    stored = canvas.get_course(MAPLE.course).get_settings()
    assert payload["errors"] == []
    assert payload["course"]["name"]
    assert payload["settings"] == arguments
    snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in k): v for k, v in arguments.items()}
    assert {name: stored[name] for name in snake} == snake


async def test_a_bulk_course_event_is_a_job(writable: GatewayHarness, canvas: Any) -> None:
    ids = [MAPLE.unpublished_course, MAPLE.host_course]
    data = await writable.query(
        f"""mutation ($input: ChangeCourseStatesInput!) {{ changeCourseStates(input: $input) {{
              progress {{ id vendorId state completion }} {ERRORS} }} }}""",
        "maple",
        input={"courses": [ref(id) for id in ids], "event": "CONCLUDE"},
    )
    payload = data["changeCourseStates"]
    assert payload["errors"] == []
    actual = await writable.query(
        "query ($id: ID!) { progress(id: $id) { state completion message tenant { slug } } }",
        id=payload["progress"]["id"],
    )
    assert (actual["progress"]["state"], actual["progress"]["completion"]) == ("COMPLETED", 100)
    assert {canvas.get_course(id).workflow_state for id in ids} == {"completed"}
    assert canvas.get_progress(int(payload["progress"]["vendorId"])).completion == 100


@pytest.mark.parametrize(
    ("event", "course", "state"),
    [
        ("OFFER", MAPLE.unpublished_course, "available"),
        ("UNDELETE", MAPLE.deleted_course, "unpublished"),
    ],
)
async def test_courses_are_published_and_restored(
    writable: GatewayHarness, canvas: Any, event: str, course: int, state: str
) -> None:
    data = await writable.query(
        f"""mutation ($input: ChangeCourseStatesInput!) {{ changeCourseStates(input: $input) {{
              progress {{ id }} {ERRORS} }} }}""",
        "maple",
        input={"courses": [ref(course)], "event": event, "account": {"root": True}},
    )
    assert data["changeCourseStates"]["errors"] == []
    assert canvas.get_course(course).workflow_state == state


async def test_content_is_copied_as_a_job(writable: GatewayHarness, canvas: Any) -> None:
    data = await writable.query(
        f"""mutation ($input: CopyCourseInput!) {{ copyCourse(input: $input) {{
              course {{ vendorId }} copy {{ id progress workflowState createdAt statusUrl }}
              {ERRORS} }} }}""",
        "maple",
        input={"course": ref(MAPLE.host_course), "source": ref(), "only": ["FILES", "QUIZZES"]},
    )
    payload = data["copyCourse"]
    assert payload["errors"] == []
    assert payload["course"] == {"vendorId": str(MAPLE.host_course)}
    requester = canvas._Canvas__requester
    path = f"courses/{MAPLE.host_course}/course_copy/{payload['copy']['id']}"
    seen = requester.request("GET", path).json()
    assert seen["workflow_state"] == "completed"
    assert payload["copy"]["statusUrl"].endswith(path)


async def test_only_and_except_are_rejected_before_sending(
    writable: GatewayHarness,
) -> None:
    data = await writable.query(
        f"mutation ($input: CopyCourseInput!) {{ copyCourse(input: $input) {{ {ERRORS} }} }}",
        "maple",
        input={
            "course": ref(MAPLE.host_course),
            "source": ref(),
            "only": ["FILES"],
            "except": ["QUIZZES"],
        },
    )
    (problem,) = data["copyCourse"]["errors"]
    assert (problem["code"], problem["field"]) == ("BAD_USER_INPUT", ["input", "only"])
    assert writable.calls() == []


async def test_an_alert_is_dismissed_once(writable: GatewayHarness, canvas: Any) -> None:
    """The simulator raises the alert when quizzes are copied."""
    none = await mutate(writable, "dismissQuizMigrationAlert", course=ref(MAPLE.host_course))
    assert [error["code"] for error in none["errors"]] == ["NOT_FOUND"]
    await writable.query(
        "mutation ($input: CopyCourseInput!) { copyCourse(input: $input) { errors { code } } }",
        "maple",
        input={"course": ref(MAPLE.host_course), "source": ref()},
    )
    canvas.get_course(MAPLE.host_course)  # the copy is finished now
    payload = await mutate(writable, "dismissQuizMigrationAlert", course=ref(MAPLE.host_course))
    assert payload["errors"] == []
    assert payload["course"]["vendorId"] == str(MAPLE.host_course)


async def test_a_test_student_is_created_once(writable: GatewayHarness, canvas: Any) -> None:
    query = f"""mutation ($input: CourseInput!) {{ createTestStudent(input: $input) {{
      user {{ vendorId name }} {ERRORS} }} }}"""
    twice = [
        (await writable.query(query, "maple", input={"course": ref(MAPLE.host_course)}))["createTestStudent"]
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert twice[0]["errors"] == []
    students = canvas.get_course(MAPLE.host_course).get_enrollments(type=["StudentViewEnrollment"])
    assert {str(one.user_id) for one in students} == {twice[0]["user"]["vendorId"]}


async def test_a_file_upload_request_returns_the_url(writable: GatewayHarness, canvas: Any) -> None:
    data = await writable.query(
        f"""mutation ($input: RequestCourseFileUploadInput!) {{
              requestCourseFileUpload(input: $input) {{
                course {{ name }} upload {{ uploadUrl uploadParams fileParam }} {ERRORS} }} }}""",
        "maple",
        input={
            "course": ref(),
            "name": "leaf.png",
            "size": 12,
            "contentType": "image/png",
            "parentFolderPath": "pictures",
            "onDuplicate": "RENAME",
        },
    )
    payload = data["requestCourseFileUpload"]
    assert payload["errors"] == []
    assert payload["course"]["name"]
    requester = canvas._Canvas__requester
    same = requester.request("POST", f"courses/{MAPLE.course}/files", name="leaf.png").json()
    assert payload["upload"]["fileParam"] == same.get("file_param", "file")
    assert payload["upload"]["uploadUrl"].startswith("http")
    assert payload["upload"]["uploadParams"]["content_type"] == "image/png"
