"""State that only Canvas has, beside the records of the school.

It consists of access tokens, notifications, calendar settings and reports.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.access_tokens import AccessTokenStore
from lms_sandbox.canvas.state.auth import ActiveTokens
from lms_sandbox.canvas.state.report_jobs import ReportRuns
from lms_sandbox.data.school import School

TEACHER_ROLE_ID = 4


@dataclass(slots=True)
class Notification:
    """A notification of an account to all users, or to some roles."""

    id: int
    account_id: int
    author_id: int
    subject: str
    message: str  # HTML
    start_at: datetime
    end_at: datetime
    icon: str = "warning"
    role_ids: tuple[int | None, ...] = ()  # empty: all users; None: users without enrollments
    dismissed_by: set[int] = field(default_factory=set)  # user ids


@dataclass(slots=True)
class CalendarSettings:
    """Settings of an account's calendar."""

    is_visible: bool
    is_auto_subscribed: bool


class CanvasState:
    """The state of one school."""

    def __init__(self, school: School, quirks: CanvasQuirks, tokens: ActiveTokens) -> None:
        self.access_tokens = AccessTokenStore(tokens, quirks, school.now)
        self.reports = ReportRuns(school, quirks)
        self.notifications = {
            notification.id: notification for notification in _demo_notifications(school)
        }
        self._calendars: dict[int, CalendarSettings] = {}
        self._root_id = school.root.id

    def calendar(self, account_id: int) -> CalendarSettings:
        """Return the settings of an account's calendar; initially visible for odd account ids."""
        return self._calendars.setdefault(
            account_id, CalendarSettings(account_id % 2 == 1, account_id == self._root_id)
        )


def _demo_notifications(school: School) -> list[Notification]:
    """Return notifications: to all, to teachers, past, future, and of a sub-account."""
    admins = school.admins[school.root.id]
    sub_accounts = school.sub_accounts_of(school.root.id)
    rows: list[tuple[str, int, int, str, tuple[int | None, ...], int]] = [
        ("Registration opens on Monday", -5, 20, "calendar", (), school.root.id),
        ("Grades are due on Friday", -3, 10, "warning", (TEACHER_ROLE_ID,), school.root.id),
        ("The library was closed", -60, -30, "information", (), school.root.id),
        ("Winter holidays", 10, 40, "calendar", (), school.root.id),
    ]
    if sub_accounts:
        rows.append(("Laboratories are being repaired", -2, 7, "error", (), sub_accounts[0].id))
    return [
        Notification(
            notification_id,
            account_id,
            min(admins, default=0),
            subject,
            f"<p>{subject}.</p>",
            school.now + timedelta(days=start),
            school.now + timedelta(days=end),
            icon,
            role_ids,
        )
        for notification_id, (subject, start, end, icon, role_ids, account_id) in enumerate(
            rows, start=1
        )
    ]
