"""The library `canvasapi` uses calendars, notifications, reports and coursework."""

from datetime import UTC, datetime
from typing import Any

import pytest
from canvasapi.exceptions import BadRequest, Forbidden  # type: ignore[import-untyped]

from lms_sandbox.canvas.state.auth import ADMIN_TOKEN, STUDENT_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.conftest import SignIn

# canvasapi warns about http; the simulator listens on the loopback interface.
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")


@pytest.fixture
def account(sign_in: SignIn) -> Any:
    return sign_in(ADMIN_TOKEN).get_account(MAPLE.root)


def test_reads_coursework(sign_in: SignIn) -> None:
    course = sign_in(TEACHER_TOKEN).get_course(MAPLE.course)

    assert course.get_settings()["hide_final_grades"] is False
    assert course.preview_html("<p><x></x>so</p>") == "<p>so</p>"
    recent = list(course.get_recent_students(per_page=9))
    assert len(recent) > 18
    assert recent[0].last_login >= recent[1].last_login
    assert recent[-1].id == MAPLE.invited
    to_grade = list(course.get_todo_items(per_page=1))
    assert len(to_grade) == 2
    assert to_grade[0].needs_grading_count == 1
    assert course.get_user(MAPLE.student).id == MAPLE.student


def test_lists_accounts_and_institutions(sign_in: SignIn) -> None:
    client = sign_in(TEACHER_TOKEN)

    assert len(list(client.get_course_accounts(per_page=1))) > 1
    [results] = client.search_accounts(domain="maple")
    assert results["name"] == "Maple University"


def test_reads_and_changes_calendars(sign_in: SignIn, account: Any) -> None:
    calendars = list(sign_in(TEACHER_TOKEN).get_account_calendars(per_page=2))
    assert [calendar.id for calendar in calendars] == [
        MAPLE.sub_accounts[0],
        MAPLE.sub_accounts[2],
        MAPLE.root,
    ]

    assert account.get_account_calendar().visible is True
    hidden = account.update_account_calendar_visibility(visible=False)
    assert (hidden.visible, hidden.auto_subscribe) == (False, True)
    assert len(list(account.get_all_account_calendars(per_page=1))) == 3
    assert len(list(account.get_all_account_calendars(filter="hidden"))) == 2
    # canvasapi sends only forms, but this endpoint requires a JSON array.
    with pytest.raises(BadRequest):
        account.update_many_account_calendars_visibility(id=1)


def test_creates_and_dismisses_notifications(sign_in: SignIn, account: Any) -> None:
    created = account.create_notification(
        {
            "subject": "Snow",
            "message": "<p>Stay at home.</p>",
            "start_at": datetime(2026, 11, 15, tzinfo=UTC),
            "end_at": datetime(2026, 11, 18, tzinfo=UTC),
        },
        account_notification_roles=["StudentEnrollment", "AccountAdmin"],
    )
    assert created.role_ids == [3, 1]
    assert account.get_global_notification(created.id).subject == "Snow"
    changed = created.update_global_notification(
        {
            "subject": "Sun",
            "message": "<p>Go out.</p>",
            "start_at": created.start_at,
            "end_at": created.end_at,
        }
    )
    assert (changed.subject, changed.roles) == ("Sun", [])
    user = sign_in(ADMIN_TOKEN).get_current_user()
    assert created.id in {notification.id for notification in account.get_user_notifications(user)}
    account.close_notification_for_user(user, created.id)
    assert created.id not in {notification.id for notification in account.get_user_notifications(user)}
    with pytest.raises(Forbidden):
        account.get_global_notification(created.id)


def test_runs_reports(sign_in: SignIn, account: Any) -> None:
    kinds = {report.report for report in account.get_reports()}
    assert "provisioning_csv" in kinds
    started = account.create_report("provisioning_csv", parameters={"courses": True})
    assert (started.status, started.parameters) == ("created", {"courses": "true"})

    done = account.get_report("provisioning_csv", started.id)
    assert done.status == "complete"
    assert done.file_url
    listed = account.get_index_of_reports("provisioning_csv", per_page=1)
    assert [report.id for report in listed] == [started.id]
    assert started.delete_report().status == "deleted"
    assert list(account.get_index_of_reports("provisioning_csv")) == []
    with pytest.raises(Forbidden):
        sign_in(STUDENT_TOKEN).get_account(MAPLE.root).create_report("provisioning_csv")
