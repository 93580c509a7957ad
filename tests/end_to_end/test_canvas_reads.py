"""Course operations of Canvas, compared with Canvas's own replies."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lms_sandbox.canvas.state.auth import TEACHER_TOKEN
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from tests.end_to_end.vendor_state import (
    AS_TEACHER,
    COURSE,
    HOST,
    canvas_calls,
    read_canvas,
    sent_params,
)
from tests.harness import GatewayHarness, running_gateway

OF = f'course(by: {{vendorId: "{COURSE}"}})'
STUDENT = str(MAPLE.student)


@pytest.fixture
async def as_teacher() -> AsyncIterator[GatewayHarness]:
    """A gateway with the credential of a teacher of three courses."""
    async with running_gateway(sections=13, settings=AS_TEACHER) as gateway:
        yield gateway


async def read_course(gateway: GatewayHarness, field: str, **variables: Any) -> Any:
    """Query a field of the course."""
    declarations = ", ".join(f"${name}: {type}" for name, (type, _) in variables.items())
    declaration = f"query ({declarations}) " if declarations else ""
    data = await gateway.query(
        f"{declaration}{{ {OF} {{ found: {field} }} }}",
        "maple",
        **{name: value for name, (_, value) in variables.items()},
    )
    return data["course"]["found"]


async def test_operations_and_their_course_are_concurrent_calls() -> None:
    """Five calls in one batch: none waits for the course, and none is repeated."""
    async with running_gateway(sections=13, latency_ms=50) as slow:
        data = await slow.query(
            f"""{{ {OF} {{ name settings {{ hideFinalGrades }} again: settings {{ courseColor }}
                 permissions(names: ["manage_grades"]) {{ name granted }}
                 progress(user: {{vendorId: "{STUDENT}"}}) {{ requirementCount }}
                 activityStreamSummary {{ type }} }} }}""",
            "maple",
        )
        assert data["course"]["name"]
        assert canvas_calls(slow) == [
            f"GET /courses/{COURSE}",
            f"GET /courses/{COURSE}/activity_stream/summary",
            f"GET /courses/{COURSE}/permissions",
            f"GET /courses/{COURSE}/settings",
            f"GET /courses/{COURSE}/users/{STUDENT}/progress",
        ]
        assert slow.log.peak_concurrency("canvas") > 1


async def test_settings(writable: GatewayHarness) -> None:
    actual = await read_course(
        writable,
        """settings { allowStudentDiscussionTopics hideFinalGrades homePageAnnouncementLimit
             homeroomCourse imageUrl defaultDueTime restrictQuantitativeData }""",
    )
    stored = await read_canvas(writable, f"/courses/{COURSE}/settings")
    assert actual["allowStudentDiscussionTopics"] is stored["allow_student_discussion_topics"]
    assert actual["hideFinalGrades"] is stored["hide_final_grades"]
    assert actual["homePageAnnouncementLimit"] == stored["home_page_announcement_limit"]
    assert actual["defaultDueTime"] == stored.get("default_due_time")


async def test_permissions_by_name_or_all(writable: GatewayHarness) -> None:
    names = ["manage_grades", "read_roster"]
    actual = await read_course(
        writable, "permissions(names: $names) { name granted }", names=("[String!]", names)
    )
    assert actual == [{"name": name, "granted": True} for name in names]
    assert sent_params(writable, f"/courses/{COURSE}/permissions") == [
        ("permissions[]", name) for name in names
    ]
    everything = await read_course(writable, "permissions { name granted }")
    stored = await read_canvas(writable, f"/courses/{COURSE}/permissions")
    assert {row["name"]: row["granted"] for row in everything} == stored


async def test_a_students_progress(writable: GatewayHarness) -> None:
    actual = await read_course(
        writable,
        f"""progress(user: {{vendorId: "{STUDENT}"}}) {{
             requirementCount requirementCompletedCount nextRequirementUrl completedAt }}""",
    )
    stored = await read_canvas(writable, f"/courses/{COURSE}/users/{STUDENT}/progress")
    assert actual["requirementCount"] == stored["requirement_count"] > 0
    assert actual["requirementCompletedCount"] == stored["requirement_completed_count"]
    assert actual["nextRequirementUrl"] == stored["next_requirement_url"]


async def test_an_error_instead_of_progress_is_the_fields_error(
    writable: GatewayHarness,
) -> None:
    """The rest of the answer is unaffected."""
    answer = await writable.execute(
        f"""{{ course(by: {{vendorId: "{HOST}"}}) {{ name
             progress(user: {{vendorId: "{STUDENT}"}}) {{ requirementCount }} }} }}""",
        "maple",
    )
    assert answer.codes == [("course.progress", "NOT_FOUND")]
    assert "modules" in answer.errors[0]["message"]
    assert answer.data["course"]["name"]
    assert answer.data["course"]["progress"] is None


async def test_progress_of_all_students_has_text_ids(writable: GatewayHarness) -> None:
    """`bulk_user_progress` always has numeric ids."""
    actual = await read_course(
        writable,
        """studentProgress(first: 500) { nodes { id displayName
             progress { requirementCount requirementCompletedCount } } }""",
    )
    rows = {row["id"]: row for row in actual["nodes"]}
    assert rows[STUDENT]["displayName"]
    assert rows[STUDENT]["progress"]["requirementCount"] > 0
    stored = await read_canvas(writable, f"/courses/{COURSE}/bulk_user_progress?per_page=100")
    assert isinstance(stored[0]["id"], int)
    assert {str(row["id"]) for row in stored} <= rows.keys()


async def test_progress_is_paged(writable: GatewayHarness) -> None:
    query = f"""query ($after: String) {{ {OF} {{ studentProgress(first: 4, after: $after) {{
        nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
    seen: list[str] = []
    after = None
    for _ in range(2):
        page = (await writable.query(query, "maple", after=after))["course"]["studentProgress"]
        seen += [row["id"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == 8


async def test_recent_students_are_users_with_their_last_login(writable: GatewayHarness) -> None:
    actual = await read_course(
        writable,
        "recentStudents(first: 3) { nodes { vendorId displayName canvas { lastLogin } } }",
    )
    stored = await read_canvas(writable, f"/courses/{COURSE}/recent_students?per_page=3")
    assert [row["vendorId"] for row in actual["nodes"]] == [str(row["id"]) for row in stored]
    assert all(row["canvas"]["lastLogin"] for row in actual["nodes"])


async def test_content_share_users(as_teacher: GatewayHarness) -> None:
    actual = await read_course(
        as_teacher, 'contentShareUsers(search: "a") { nodes { vendorId displayName avatarUrl } }'
    )
    path = f"/courses/{COURSE}/content_share_users"
    stored = await read_canvas(as_teacher, f"{path}?search_term=a&per_page=100", token=TEACHER_TOKEN)
    assert [row["vendorId"] for row in actual["nodes"]] == [str(row["id"]) for row in stored][:50]
    assert ("search_term", "a") in sent_params(as_teacher, path)


async def test_an_activity_stream_and_its_summary(as_teacher: GatewayHarness) -> None:
    """The summary is not paged, the stream is, by bookmarks."""
    actual = await read_course(
        as_teacher,
        "activityStream(first: 500) { nodes { id type title createdAt courseId readState all } }",
    )
    path = f"/courses/{COURSE}/activity_stream"
    stored = await read_canvas(as_teacher, f"{path}?per_page=100", token=TEACHER_TOKEN)
    assert [row["id"] for row in actual["nodes"]] == [str(row["id"]) for row in stored]
    first = actual["nodes"][0]
    assert first["createdAt"].replace("+00:00", "Z") == stored[0]["created_at"]
    assert first["courseId"] == COURSE
    assert first["all"]["context_type"] == "Course"
    summary = await read_course(
        as_teacher, "activityStreamSummary { type count unreadCount notificationCategory }"
    )
    assert sum(row["count"] for row in summary) == len(stored)
    assert sum(row["unreadCount"] for row in summary) == sum(not row["read_state"] for row in stored)


async def test_things_to_do(as_teacher: GatewayHarness) -> None:
    actual = await read_course(
        as_teacher,
        "todoItems { nodes { type needsGradingCount htmlUrl ignore courseId assignment } }",
    )
    stored = await read_canvas(as_teacher, f"/courses/{COURSE}/todo?per_page=100", token=TEACHER_TOKEN)
    assert [row["htmlUrl"] for row in actual["nodes"]] == [row["html_url"] for row in stored]
    assert actual["nodes"][0]["type"] == "grading"
    assert actual["nodes"][0]["needsGradingCount"] == stored[0]["needs_grading_count"]
    assert actual["nodes"][0]["assignment"]["name"] == stored[0]["assignment"]["name"]


async def test_due_dates_are_a_list_of_the_vendors_map(writable: GatewayHarness) -> None:
    """The keys of the two maps are ids, always text."""
    fields = "{ assignmentId userId dueAt gradingPeriodId inClosedGradingPeriod }"
    everything = await read_course(writable, f"effectiveDueDates {fields}")
    stored = await read_canvas(writable, f"/courses/{COURSE}/effective_due_dates")
    assert {(row["assignmentId"], row["userId"]) for row in everything} == {
        (assignment, user) for assignment, users in stored.items() for user in users
    }
    one = next(iter(stored))
    some = await read_course(
        writable, f"effectiveDueDates(assignmentIds: $ids) {fields}", ids=("[ID!]", [one])
    )
    assert {row["assignmentId"] for row in some} == {one}
    assert ("assignment_ids[]", one) in sent_params(writable, f"/courses/{COURSE}/effective_due_dates")


async def test_preview_html_returns_sanitized_html(writable: GatewayHarness) -> None:
    actual = await read_course(writable, 'previewHtml(html: "<b onclick=\\"x()\\">Hi</b>")')
    assert actual == "<b>Hi</b>"
    assert canvas_calls(writable) == [
        f"GET /courses/{COURSE}",
        f"POST /courses/{COURSE}/preview_html",
    ]


async def test_a_content_copy_by_id(writable: GatewayHarness) -> None:
    made = await writable.query(
        """mutation ($input: CopyCourseInput!) { copyCourse(input: $input) {
             copy { id } errors { code } } }""",
        "maple",
        input={"course": {"vendorId": COURSE}, "source": {"vendorId": HOST}},
    )
    id = made["copyCourse"]["copy"]["id"]
    actual = await read_course(writable, f'copy(id: "{id}") {{ id progress workflowState createdAt }}')
    stored = await read_canvas(writable, f"/courses/{COURSE}/course_copy/{id}")
    assert actual["id"] == id == str(stored["id"])
    assert actual["workflowState"] == stored["workflow_state"]
    assert await read_course(writable, 'copy(id: "99999") { id }') is None


async def test_a_course_user_and_a_user_who_is_not_in_the_course(writable: GatewayHarness) -> None:
    actual = await read_course(
        writable, f'user(by: {{vendorId: "{STUDENT}"}}) {{ vendorId name email avatarUrl }}'
    )
    stored = await read_canvas(writable, f"/courses/{COURSE}/users/{STUDENT}?include[]=email")
    assert (actual["vendorId"], actual["name"], actual["email"]) == (
        STUDENT,
        stored["name"],
        stored["email"],
    )
    outside = f'user(by: {{vendorId: "{MAPLE.admin}"}}) {{ vendorId }}'
    assert await read_course(writable, outside) is None


async def test_sorted_users_are_in_the_order_of_canvas(writable: GatewayHarness) -> None:
    path = f"/courses/{COURSE}/users"
    for sort, name in (("USERNAME", "username"), ("EMAIL", "email"), ("SIS_ID", "sis_id")):
        writable.clear_log()
        actual = await read_course(
            writable,
            f"users(first: 500, filter: {{canvas: {{sort: {sort}}}}}) {{ nodes {{ id }} }}",
        )
        assert ("sort", name) in sent_params(writable, path)
        ids = [row["id"] for row in actual["nodes"]]
        assert len(ids) == len(set(ids)) > 10


async def test_users_of_a_course_role_and_from_one_user_on(writable: GatewayHarness) -> None:
    path = f"/courses/{COURSE}/users"
    roster = await read_canvas(writable, f"{path}?include[]=enrollments&per_page=100")
    role = next(
        enrollment["role_id"]
        for row in roster
        for enrollment in row["enrollments"]
        if enrollment["type"] == "TeacherEnrollment"
    )
    writable.clear_log()
    actual = await read_course(
        writable,
        f'users(filter: {{canvas: {{enrollmentRoleId: "{role}"}}}}) {{ nodes {{ vendorId }} }}',
    )
    assert ("enrollment_role_id", str(role)) in sent_params(writable, path)
    assert str(MAPLE.teacher) in [row["vendorId"] for row in actual["nodes"]]

    user = await writable.query(f'{{ user(by: {{vendorId: "{STUDENT}"}}) {{ id }} }}', "maple")
    actual = await read_course(
        writable,
        "users(first: 5, filter: {canvas: {user: $id}}) { nodes { vendorId } }",
        id=("ID", user["user"]["id"]),
    )
    assert STUDENT in [row["vendorId"] for row in actual["nodes"]]
    assert ("user_id", STUDENT) in sent_params(writable, path)


async def test_included_fields_of_a_course(writable: GatewayHarness) -> None:
    """Tabs, images, the calendar feed and the blueprint are read with the course in one call."""
    actual = await read_course(
        writable,
        """canvas { calendar { ics } blueprint template bannerImageDownloadUrl storageQuotaUsedMb
             gradingPeriods { id } tabs { id label htmlUrl } concluded postManually
             syllabusBody isFavorite passbackStatus }""",
    )
    assert actual["calendar"]["ics"].startswith("http")
    assert actual["tabs"][0]["label"]
    assert actual["blueprint"] is False
    assert len(canvas_calls(writable)) == 1


NOWHERE_ELSE = (
    "settings { hideFinalGrades }",
    "permissions { name }",
    'progress(user: {vendorId: "1"}) { requirementCount }',
    "studentProgress { nodes { id } }",
    "recentStudents { nodes { id } }",
    'contentShareUsers(search: "an") { nodes { id } }',
    "activityStream { nodes { id } }",
    "activityStreamSummary { type }",
    "todoItems { nodes { type } }",
    "effectiveDueDates { dueAt }",
    'previewHtml(html: "x")',
    'copy(id: "1") { id }',
    'user(by: {vendorId: "1"}) { id }',
    "users(filter: {canvas: {sort: EMAIL}}) { nodes { id } }",
)


@pytest.mark.parametrize("field", NOWHERE_ELSE, ids=lambda field: field.split("(")[0].split()[0])
async def test_schoology_supports_none_of_it_and_reports_that(gateway: GatewayHarness, field: str) -> None:
    answer = await gateway.execute(
        f"""{{ tenant {{ capabilities {{ operation supported }} }}
             course(by: {{vendorId: "{LAKESIDE.course}"}}) {{ found: {field} }} }}""",
        "lakeside",
    )
    assert answer.codes == [("course.found", "UNSUPPORTED_BY_VENDOR")]
    name = field.split("(")[0].split()[0]
    place = f"Course.{name}(filter.canvas)" if name == "users" else f"Course.{name}"
    operations = {
        capability["operation"]: capability["supported"]
        for capability in answer.data["tenant"]["capabilities"]
    }
    assert operations[place] is False
    assert gateway.calls("schoology") == [f"GET /courses/{LAKESIDE.course}"]
