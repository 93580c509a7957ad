"""The library `canvasapi` writes sections, courses and enrollments over a real socket."""

from datetime import UTC, datetime
from typing import Any

import pytest
from canvasapi.exceptions import BadRequest, Forbidden, ResourceDoesNotExist, Unauthorized  # type: ignore[import-untyped]
from canvasapi.progress import Progress  # type: ignore[import-untyped]
from canvasapi.util import combine_kwargs  # type: ignore[import-untyped]

from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.conftest import SignIn

# canvasapi warns about http; the simulator listens on the loopback interface.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")


@pytest.fixture
def client(sign_in: SignIn) -> Any:
    return sign_in(ADMIN_TOKEN)


def test_creates_changes_and_deletes_a_section(client: Any) -> None:
    course = client.get_course(MAPLE.course)
    section = course.create_course_section(
        course_section={
            "name": "Night",
            "sis_section_id": "NIGHT",
            "start_at": datetime(2026, 9, 1, 6, tzinfo=UTC),
            "restrict_enrollments_to_section_dates": True,
        }
    )
    assert (section.name, section.sis_section_id) == ("Night", "NIGHT")
    assert section.start_at == "2026-09-01T06:00:00Z"
    assert section.restrict_enrollments_to_section_dates is True
    with pytest.raises(BadRequest, match="already in use"):
        course.create_course_section(course_section={"sis_section_id": "NIGHT"})

    section.edit(course_section={"name": "Late Night", "sis_section_id": ""})
    assert section.name == client.get_section(section.id).name == "Late Night"
    assert client.get_section(section.id).sis_section_id is None

    assert section.delete().id == section.id
    with pytest.raises(ResourceDoesNotExist):
        client.get_section(section.id)
    with pytest.raises(BadRequest, match="has enrollments"):
        client.get_section(MAPLE.sections[0]).delete()


def test_cross_lists_a_section_and_undoes_it(client: Any) -> None:
    section = client.get_section(MAPLE.sections[0])
    still = section.cross_list_section(MAPLE.host_course, override_sis_stickiness=False)
    assert still.course_id == MAPLE.course
    moved = section.cross_list_section(client.get_course(MAPLE.host_course))
    assert (moved.course_id, moved.nonxlist_course_id) == (MAPLE.host_course, MAPLE.course)
    assert moved.decross_list_section().course_id == MAPLE.course
    with pytest.raises(BadRequest, match="not cross-listed"):
        section.decross_list_section()


def test_creates_changes_and_concludes_courses(client: Any) -> None:
    account = client.get_account(MAPLE.root)
    course = account.create_course(
        course={"name": "Botany", "sis_course_id": "BOT", "license": "cc_by", "is_public": True},
        offer=True,
        enroll_me=True,
    )
    assert (course.name, course.license, course.is_public) == ("Botany", "cc_by", True)
    assert course.workflow_state == "available"
    assert [enrollment.type for enrollment in course.get_enrollments()] == ["TeacherEnrollment"]

    assert course.update(course={"name": "Field Botany", "default_view": "syllabus"})
    body = client.get_course("BOT", use_sis_id=True)
    assert (body.name, body.default_view) == ("Field Botany", "syllabus")

    fresh = course.reset()
    assert fresh.id != course.id
    assert client.get_course("BOT", use_sis_id=True).id == fresh.id
    assert fresh.conclude() is True
    assert client.get_course(fresh.id).workflow_state == "completed"
    assert fresh.delete() is True
    with pytest.raises(ResourceDoesNotExist):
        client.get_course(fresh.id)
    assert fresh.update(course={"event": "undelete"})
    assert client.get_course(fresh.id).workflow_state == "unpublished"


def test_reads_and_changes_settings(client: Any) -> None:
    course = client.get_course(MAPLE.course)
    body = course.update_settings(lock_all_announcements=True, home_page_announcement_limit=3)
    assert (body["lock_all_announcements"], body["home_page_announcement_limit"]) == (True, 3)
    assert course.get_settings() == body


def test_creates_ends_and_reactivates_enrollments(client: Any) -> None:
    section = client.get_section(MAPLE.sections[3])
    enrollment = section.enroll_user(
        MAPLE.admin, enrollment={"type": "TaEnrollment", "enrollment_state": "active"}
    )
    assert (enrollment.type, enrollment.enrollment_state) == ("TaEnrollment", "active")
    assert enrollment.deactivate("deactivate").enrollment_state == "inactive"
    assert enrollment.reactivate().enrollment_state == "active"
    assert enrollment.deactivate("conclude").enrollment_state == "completed"
    assert enrollment.deactivate("delete").enrollment_state == "deleted"

    course = client.get_course(MAPLE.course)
    other = course.enroll_user(
        client.get_user(MAPLE.admin), enrollment={"course_section_id": MAPLE.sections[1]}
    )
    assert (other.course_section_id, other.enrollment_state) == (MAPLE.sections[1], "invited")
    account = client.get_account(MAPLE.root)
    assert account.get_enrollment(other.id).user_id == MAPLE.admin


def test_changes_many_courses_and_polls_the_progress(client: Any) -> None:
    """canvasapi has no method for batches: its requester sends one, its Progress polls it."""
    requester = client._Canvas__requester
    ids = [MAPLE.unpublished_course, MAPLE.concluded_course]
    reply = requester.request(
        "PUT",
        f"accounts/{MAPLE.root}/courses",
        _kwargs=combine_kwargs(course_ids=ids, event="offer"),
    )
    assert reply.json()["workflow_state"] == "queued"
    progress = Progress(requester, reply.json()).query()
    assert (progress.workflow_state, progress.completion) == ("completed", 100)
    for id in ids:
        assert client.get_course(id).workflow_state == "available"
    assert client.get_progress(progress.id).message == "2 courses processed"


def test_distinguishes_errors(sign_in: SignIn) -> None:
    teacher = sign_in(TEACHER_TOKEN)
    section = teacher.get_section(MAPLE.sections[0])
    with pytest.raises(Unauthorized, match="manage_sis"):
        section.edit(course_section={"sis_section_id": "mine"})
    with pytest.raises(Forbidden):
        teacher.get_account(MAPLE.root).create_course(course={"name": "Mine"})
    with pytest.raises(ResourceDoesNotExist):
        section.cross_list_section(999999)
    with pytest.raises(BadRequest, match="graded"):
        teacher.get_course(MAPLE.course).update(course={"event": "claim"})
